"""What came into the body and what left it between two scans, and what the reader typed for it."""

from __future__ import annotations

from dataclasses import dataclass

from ironreport.records.signals import Caution, Estimate


@dataclass(frozen=True, slots=True)
class Transfused:
    """What was transfused since the earlier scan, as the reader typed it; None where not stated.

    Either units, or the volume of what was given with its haematocrit and the iron of its red cells.
    ``iron_per_unit_mg`` is the reader's own number in place of the published range.
    """

    weight_kg: float | None = None
    n_units: float | None = None
    iron_per_unit_mg: float | None = None
    volume_ml: float | None = None
    haematocrit_percent: float | None = None
    red_cell_iron_mg_per_ml: float | None = None

    @property
    def by_volume(self) -> tuple[float | None, ...]:
        """Volume, haematocrit and iron of the red cells."""
        return self.volume_ml, self.haematocrit_percent, self.red_cell_iron_mg_per_ml

    @property
    def stated(self) -> bool:
        """Whether anything was typed."""
        return self != NOT_STATED


NOT_STATED = Transfused()
"""Nothing was typed."""


@dataclass(frozen=True, slots=True)
class IronFlow:
    """Iron that moved between two dates: all of it [mg/kg body weight], and each day [mg/kg/day]."""

    total: Estimate
    per_day: Estimate


@dataclass(frozen=True, slots=True)
class IronLedger:
    """Body iron [mg/kg body weight] before and now, and what moved between: in less out is the change."""

    body_before: Estimate
    body_now: Estimate
    change: IronFlow
    iron_in: IronFlow
    iron_out: IronFlow


@dataclass(frozen=True, slots=True)
class IronBalance:
    """The ledger of an exam with all it rests on: two results of one organ, what was transfused, and the doubts.

    Parameters
    ----------
    since, until : str
        ISO dates of the two results, ``n_days`` apart.
    iron_before, iron_now : Estimate
        Iron of the organ by one calibration [mg/g dry weight].
    out_by_calibration : tuple of (str, float)
        Iron out each day [mg/kg/day] by every other calibration of the field.
    """

    organ: str
    since: str
    until: str
    n_days: int
    calibration: str
    transfused: Transfused
    iron_before: Estimate
    iron_now: Estimate
    ledger: IronLedger
    out_by_calibration: tuple[tuple[str, float], ...] = ()
    cautions: tuple[Caution, ...] = ()


@dataclass(frozen=True, slots=True)
class NoBalance:
    """Why what was typed for an organ makes no balance: a stable code, what happened, and the cure."""

    organ: str
    code: str
    what: str
    cure: str
