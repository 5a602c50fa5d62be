"""What a fit says, brought to the form that is kept, and where two of them differ."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import fields, is_dataclass, replace
from typing import Any

import numpy as np

from ironreport.errors import FitError
from ironreport.records import Caution, PixelSummary

OPEN = "decided by rounding"


def without_replicates(summary: PixelSummary) -> PixelSummary:
    """The rows of replicates take most of the place: their mean and their spread are enough."""
    rows = np.array(summary.replicates)
    return replace(summary, replicates=(tuple(rows.mean(axis=0)), tuple(rows.std(axis=0))))


def refused(fit: Callable[[], Any]) -> Any:
    """What a fit gives, or why it gives nothing."""
    try:
        found = fit()
    except FitError as error:
        return [error.refusal.code, str(error)]
    if hasattr(found, "summary"):
        return replace(found, summary=without_replicates(found.summary))
    return found


def drawn(fit: Any) -> Any:
    """A fit with five of the points that draw its curve."""
    return replace(fit, curve=fit.curve[:: max(len(fit.curve) // 4, 1)])


def plain(found: Any) -> Any:
    """Records and arrays as what JSON holds, numbers to nine digits."""
    if isinstance(found, Caution):
        return [found.code, found.text, found.blocks_grade]
    if is_dataclass(found):
        return [plain(getattr(found, field.name)) for field in fields(found)]
    if isinstance(found, np.ndarray):
        return plain(found.tolist())
    if isinstance(found, list | tuple):
        return [plain(one) for one in found]
    if isinstance(found, float | np.floating):
        return float(f"{found:.9g}") if math.isfinite(found) else str(float(found))
    return found.item() if isinstance(found, np.generic) else found


def differ(found: Any, kept: Any, relative: float, at: str = "") -> Iterator[str]:
    """Where two of them differ."""
    if isinstance(found, list) and isinstance(kept, list) and len(found) == len(kept):
        scale = max((abs(x) for x in kept if isinstance(x, float) and abs(x) < 1e290), default=0.0)
        for i, (one, other) in enumerate(zip(found, kept, strict=True)):
            yield from differ(one, other, relative, f"{at}[{i}]") if not near(one, other, relative, scale) else ()
    elif not near(found, kept, relative, 0.0):
        yield f"{at}: {found!r}, kept {kept!r}"


def agreed(kept: Any, shaken: Any, relative: float) -> Any:
    """What is kept, without what a movement of the decays by a rounding changes: another processor may change it."""
    if not list(differ(shaken, kept, relative)):
        return kept
    if isinstance(kept, list) and isinstance(shaken, list) and len(kept) == len(shaken):
        return [agreed(one, other, relative) for one, other in zip(kept, shaken, strict=True)]
    return OPEN


def near(found: Any, kept: Any, relative: float, scale: float) -> bool:
    """Equal, or numbers that agree; rounding leaves a trifle where a number of its row is none."""
    if kept == OPEN:
        return True
    if isinstance(found, bool) or not isinstance(found, float) or not isinstance(kept, float | int):
        return bool(found == kept)
    return math.isclose(found, kept, rel_tol=relative, abs_tol=1e-4 * relative * scale + 1e-12)
