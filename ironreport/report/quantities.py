"""What an export may state as a number: values, one-sided limits, and reasons where there is neither."""

from __future__ import annotations

import hashlib
import json
import math
from dataclasses import asdict, dataclass
from typing import Any, Literal

from ironreport.knowledge import Knowledge
from ironreport.records import CalibratedIron, DecaySignal, Estimate, Finding, IronEstimate, Measurement
from ironreport.report.answers import calibration_of, ladder_of
from ironreport.report.numbers import ends, number

Comparator = Literal["", "<", ">"]
COMPARATOR: dict[str, Comparator] = {"": "", "above": ">", "below": "<"}
NOT_MEASURABLE = "The calibration gives no iron at this rate; read it as not measurable."
WHERE_FROM = (
    "origin", "location", "region", "regions", "technique", "cautions", "header_organs", "series_key", "exam_key",
)  # fmt: skip
"""Fields of a measurement that say where its numbers came from and are no numbers themselves."""


@dataclass(frozen=True, slots=True)
class Stated:
    """One quantity of one organ.

    Parameters
    ----------
    value, low, high : float or None
        In the unit of the quantity, unrounded. With a comparator the value is a limit and there is no interval;
        without a value ``why_no_value`` is not empty.
    printed, printed_low, printed_high : str
        The same as the report prints them, without the comparator; empty where there is none.
    calibration : str
        Id of the calibration behind an iron concentration; empty for what was measured.
    """

    quantity: str
    value: float | None
    comparator: Comparator = ""
    low: float | None = None
    high: float | None = None
    printed: str = ""
    printed_low: str = ""
    printed_high: str = ""
    calibration: str = ""
    why_no_value: str = ""


def stated(finding: Finding, knowledge: Knowledge) -> tuple[Stated, ...]:
    """Rate, time and iron of one organ, as far as they are known."""
    estimate = finding.estimate
    if estimate is None:
        return ()
    ladder = ladder_of(finding, knowledge)
    limits: dict[str, tuple[float, ...]] = {ladder.quantity: ladder.bounds} if ladder else {}
    measured = [e for e in (estimate.rate, estimate.time) if e is not None]
    found = [_stated(e, limits.get(e.quantity, ())) for e in measured]
    if estimate.iron is not None:
        found.append(_iron(estimate.iron, estimate, limits.get(estimate.iron.iron.quantity, ()), knowledge))
    return tuple(found)


def _stated(estimate: Estimate, limits: tuple[float, ...], calibration: str = "") -> Stated:
    text = number(estimate, limits).lstrip("<> ")
    if estimate.bound:
        return Stated(
            estimate.quantity, estimate.value, COMPARATOR[estimate.bound], printed=text, calibration=calibration
        )
    low, high = (x if x is not None and math.isfinite(x) else None for x in (estimate.low, estimate.high))
    printed = ends(estimate, limits) or ("", "")
    low_text, high_text = ("" if x is None else text for x, text in zip((low, high), printed, strict=True))
    return Stated(
        estimate.quantity, estimate.value, "", low, high, text, low_text, high_text, calibration=calibration
    )  # fmt: skip


def _iron(iron: CalibratedIron, estimate: IronEstimate, limits: tuple[float, ...], knowledge: Knowledge) -> Stated:
    """Iron as the report prints it: never beyond the calibrated range, never zero or less."""
    calibration = calibration_of(iron, estimate, knowledge)
    highest = calibration.range_high if calibration else None
    if iron.beyond_range and highest is not None:
        return Stated(iron.iron.quantity, highest, ">", printed=f"{highest:g}", calibration=iron.calibration)
    if iron.iron.value <= 0.0:
        return Stated(iron.iron.quantity, None, calibration=iron.calibration, why_no_value=NOT_MEASURABLE)
    return _stated(iron.iron, limits, iron.calibration)


def input_sha256(measurement: Measurement) -> str:
    """Fingerprint of the numbers a finding rests on: equal numbers, equal fingerprint, wherever they came from."""
    kind = "decay" if isinstance(measurement.signal, DecaySignal) else "printed"
    numbers = {"kind": kind} | _without_origin(asdict(measurement.signal))
    return hashlib.sha256(json.dumps(numbers, sort_keys=True).encode()).hexdigest()


def _without_origin(signal: dict[str, Any]) -> dict[str, Any]:
    """The numbers of a signal and of its parts."""
    numbers = {name: value for name, value in signal.items() if name not in WHERE_FROM}
    return numbers | ({"parts": [_without_origin(part) for part in signal["parts"]]} if signal.get("parts") else {})
