"""Whole exams from known truth, in the files of each vendor: for tests, teaching and the samples that ship."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import Any, Literal

import numpy as np

from ironreport.records import Region
from ironreport.synthetic.acquisition import Recipe, acquire
from ironreport.synthetic.anatomy import ANATOMIES, Mask
from ironreport.synthetic.enhanced import enhanced_files
from ironreport.synthetic.vendors import DIALECTS, Plan, classic_files

VENDORS = tuple(DIALECTS)
ORGANS = tuple(ANATOMIES)
MOLLI_TI_MS = (120.0, 200.0, 1120.0, 1200.0, 2120.0, 2200.0, 3120.0, 4120.0)
"""Inversion times of a MOLLI 5(3)3 in ascending order [ms]."""
USUAL_RELAXATION_MS = {"liver": 4.0, "heart": 8.0, "pancreas": 12.0, "kidney": 25.0, "pituitary": 55.0}
"""An iron-loaded organ of each kind: T2* at 1.5 T, T2 of the pituitary."""


@dataclass(frozen=True, slots=True, eq=False)
class Truth:
    """What an exam was made from, and where to find it in the images.

    Parameters
    ----------
    quantity : {"T2*", "T2", "T1"}
        What ``recipe.relaxation_ms`` is.
    locations : dict
        Regions wholly inside the organ by the name of the location, one for each slice.
    outline, vessels : ndarray of bool, shape (n_slices, n_rows, n_columns)
        The organ as a reader would outline it, and the vessel pixels within it.
    """

    vendor: str
    organ: str
    quantity: Literal["T2*", "T2", "T1"]
    te_ms: tuple[float, ...]
    recipe: Recipe
    locations: dict[str, tuple[Region, ...]]
    outline: Mask
    vessels: Mask

    def json(self) -> str:
        """The truth as text; masks as runs of [slice, row, first column, last column]."""
        content: dict[str, Any] = {
            "vendor": self.vendor,
            "organ": self.organ,
            "quantity": self.quantity,
            "te_ms": self.te_ms,
            "recipe": asdict(self.recipe),
            "locations": {name: [asdict(region) for region in regions] for name, regions in self.locations.items()},
            "outline": _runs(self.outline),
            "vessels": _runs(self.vessels),
        }
        return json.dumps(content, separators=(",", ":"))


@dataclass(frozen=True, slots=True, eq=False)
class SyntheticExam:
    """Files of an exam by name, and the truth behind them."""

    files: dict[str, bytes]
    truth: Truth


def synthetic_exam(vendor: str, organ: str, recipe: Recipe | None = None) -> SyntheticExam:
    """An exam of one organ as one vendor writes it, with its truth.

    Parameters
    ----------
    vendor : str
        One of `VENDORS`; classic files but for ``siemens-xa`` and ``philips-enhanced``.
    organ : str
        One of `ORGANS`.
    recipe : Recipe, optional
        How it is made; an iron-loaded organ with the usual echo times where not given.
    """
    anatomy = ANATOMIES[organ]
    plan = Plan(vendor, anatomy, recipe or Recipe(USUAL_RELAXATION_MS[organ]))
    acquired = acquire(anatomy, plan.recipe)
    files = (enhanced_files if plan.dialect.enhanced else classic_files)(plan, acquired)
    locations = {place.name: tuple(map(place.region, range(plan.recipe.n_slices))) for place in anatomy.locations}
    quantity: Literal["T2*", "T2", "T1"] = "T1" if plan.recipe.ti_ms else "T2" if anatomy.spin_echo else "T2*"
    truth = Truth(vendor, organ, quantity, plan.te_ms, plan.recipe, locations, acquired.outline, acquired.vessels)
    return SyntheticExam(files, truth)


def vessel_liver(vendor: str = "siemens") -> SyntheticExam:
    """A liver of T2* 3 ms with 15 % vessel pixels, whose mean curve decays more than twice too slowly."""
    te_ms = tuple(round(1.2 + 1.3 * k, 1) for k in range(12))
    return synthetic_exam(vendor, "liver", Recipe(3.0, te_ms=te_ms, vessel_share=0.15, phase=False))


def _runs(mask: Mask) -> list[list[int]]:
    """Runs of true pixels in rows as [slice, row, first column, last column]."""
    edges = np.diff(np.pad(mask.astype(np.int8), ((0, 0), (0, 0), (1, 1))), axis=2)
    first, after = np.argwhere(edges == 1), np.argwhere(edges == -1)
    return [[int(s), int(r), int(c), int(end) - 1] for (s, r, c), (_, _, end) in zip(first, after, strict=True)]
