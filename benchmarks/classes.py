"""The class that a reading would give a patient, by the published limits of the knowledge files."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from benchmarks.methods import FIELD_TESLA, Bools, Readings
from benchmarks.trials import Floats
from ironreport.knowledge import published_knowledge
from ironreport.units import rate_per_s

EDGE = 0.05
"""Truths within 5 % of a limit are left out: there chance decides, not the method."""

NO_CLASS = -1


def limits_per_s(organ: str) -> Floats:
    """R2* at which each worse class of the organ's default ladder begins [s^-1], ascending."""
    knowledge = published_knowledge()
    field = knowledge.field_class(FIELD_TESLA)
    assert field is not None  # noqa: S101 - 1.5 T has a class
    ladder = knowledge.ladders(organ, field.id)[0]
    if ladder.quantity == "t2star_ms":
        return np.array([rate_per_s(bound) for bound in ladder.bounds])
    calibration = knowledge.calibrations(organ, field.id)[0]
    return np.array([calibration.input_for(bound) for bound in ladder.bounds])


def on_an_edge(r2star_per_s: Floats, limits: Floats) -> Bools:
    """Whether a truth lies within `EDGE` of a limit, shape (n,)."""
    return np.asarray((np.abs(r2star_per_s[:, None] / limits - 1.0) < EDGE).any(axis=1))


def classes(readings: Readings, limits: Floats) -> npt.NDArray[np.intp]:
    """Class of each reading counted from the mildest, `NO_CLASS` where none is given.

    A reading "above X" has a class only where X lies in the worst one.
    """
    grade, lowest = (
        np.searchsorted(limits, np.nan_to_num(x), side="right") for x in (readings.r2star_per_s, readings.ci_low_per_s)
    )
    proven = np.where(readings.is_open & (lowest == limits.size), lowest, NO_CLASS)
    return np.where(readings.has_value, grade, proven)
