"""Someone holds only a printed number: what can be said of it, and what cannot.

A printed number has no curve, so it has no fit interval; what is shown is repeatability alone.
"""

from __future__ import annotations

from dataclasses import replace

from ironreport.errors import AssessmentError
from ironreport.knowledge import Knowledge
from ironreport.knowledge.schema import Calibration
from ironreport.records import Caution, Estimate, Origin, PrintedReading, PrintedResult
from ironreport.units import rate_per_s, time_ms

QUANTITIES = ("r2star_per_s", "t2star_ms", "lic_mg_per_g", "r2_per_s")


def half_digit(value: float) -> float:
    """Half a unit of the last digit of a number as it was typed.

    >>> half_digit(67.73), half_digit(15.0)
    (0.005, 0.5)
    """
    digits = repr(value)
    decimals = len(digits.partition(".")[2]) if not digits.endswith(".0") and "e" not in digits else 0
    return 0.5 * 10.0**-decimals


def check_printed(printed: PrintedResult) -> tuple[Caution, ...]:
    """Doubts about the printed numbers themselves; T2* x R2* must be 1000.

    Raises
    ------
    AssessmentError
        If nothing was entered, or a number is not above zero.
    """
    given = {name: getattr(printed, name) for name in QUANTITIES if getattr(printed, name) is not None}
    if not given:
        raise AssessmentError("NO_NUMBER", "No number was entered.", "Enter an R2*, a T2* or an LIC.")
    for name, value in given.items():
        if not 0.0 < value < float("inf"):
            raise AssessmentError(
                "NOT_POSITIVE", f"{name} is {value:g}; it must be above zero.", "Check the printed number."
            )
    if printed.r2star_per_s is None or printed.t2star_ms is None or product_agrees(printed):
        return ()
    product = printed.r2star_per_s * printed.t2star_ms
    return (
        Caution(
            "PRODUCT_NOT_1000",
            f"T2* × R2* is {product:.0f} and must be 1000: one of the two numbers is wrong, "
            "or they belong to different regions. Check both, and that ms and s⁻¹ are not exchanged.",
            blocks_grade=True,
        ),
    )


def product_agrees(printed: PrintedResult) -> bool:
    """True where T2* x R2* can be 1000 within the rounding of both printed numbers."""
    r, t = printed.r2star_per_s or 0.0, printed.t2star_ms or 0.0
    dr, dt = half_digit(r), half_digit(t)
    return (r - dr) * (t - dt) <= rate_per_s(1.0) <= (r + dr) * (t + dt)


def printed_rate(printed: PrintedResult, knowledge: Knowledge) -> Estimate | None:
    """The relaxation rate behind the printed numbers; None for an LIC without its calibration."""
    if printed.r2_per_s is not None:
        return Estimate("r2_per_s", printed.r2_per_s)
    if printed.r2star_per_s is not None:
        return Estimate("r2star_per_s", printed.r2star_per_s)
    if printed.t2star_ms is not None:
        return Estimate("r2star_per_s", rate_per_s(printed.t2star_ms))
    origin = next((c for c in r2star_calibrations(printed, knowledge) if c.id == printed.calibration), None)
    if origin is None or printed.lic_mg_per_g is None or _r2star(origin, printed.lic_mg_per_g) <= 0.0:
        return None
    return Estimate("r2star_per_s", _r2star(origin, printed.lic_mg_per_g))


def r2star_calibrations(printed: PrintedResult, knowledge: Knowledge) -> tuple[Calibration, ...]:
    """Calibrations of the organ and field that start from T2* or R2*."""
    field = knowledge.field_class(printed.field_tesla)
    found = knowledge.calibrations(printed.organ, field.id if field else None)
    return tuple(c for c in found if not c.requires and not c.information_only)


def _r2star(calibration: Calibration, lic_mg_per_g: float) -> float:
    found = calibration.input_for(lic_mg_per_g)
    return rate_per_s(found) if calibration.input == "t2star_ms" else found


def _lic(calibration: Calibration, r2star_per_s: float) -> float:
    return calibration.iron_mg_per_g(time_ms(r2star_per_s) if calibration.input == "t2star_ms" else r2star_per_s)


def origins(printed: PrintedResult, knowledge: Knowledge) -> tuple[Origin, ...]:
    """Which calibrations could have given the printed LIC, and what rate lies behind it if so.

    With a printed rate, ``gives_printed`` says whether the calibration reproduces the printed LIC to
    its last digit; without one every calibration is possible and it is None.
    """
    rate = printed_rate(printed, knowledge)
    if rate is not None and rate.quantity != "r2star_per_s":
        return ()
    if rate is None and printed.lic_mg_per_g is None:
        return ()
    possible = (_origin(c, printed.lic_mg_per_g, rate) for c in r2star_calibrations(printed, knowledge))
    return tuple(o for o in possible if o.r2star_per_s > 0.0)


def reading(printed: PrintedResult, default: str, knowledge: Knowledge) -> PrintedReading:
    """How a printed number is read: by the calibration it comes from, as far as that can be told.

    Parameters
    ----------
    default : str
        Id of the calibration that holds where nothing is chosen, the hospital's or the published one; of several
        that give the printed LIC it goes first.
    """
    possible = origins(printed, knowledge)
    fitting = tuple(o.calibration for o in possible if o.gives_printed)
    if printed.calibration:
        return PrintedReading(printed.calibration, "stated", fitting)
    if printed.lic_mg_per_g is None or not possible:
        return PrintedReading("", "no-iron-printed", ())
    if all(o.gives_printed is None for o in possible):
        return PrintedReading("", "not-known", ())
    if not fitting:
        return PrintedReading("", "none-fits", ())
    return PrintedReading("" if default in fitting else fitting[0], "fits", fitting)


def origins_by_field(printed: PrintedResult, knowledge: Knowledge) -> dict[str, tuple[Origin, ...]]:
    """Origins of a printed LIC for each field strength, by the id of the field: for reports that do not state it."""
    return {f.id: origins(replace(printed, field_tesla=float(f.id)), knowledge) for f in knowledge.shared.field}


def _origin(calibration: Calibration, lic_mg_per_g: float | None, rate: Estimate | None) -> Origin:
    if rate is None:
        assert lic_mg_per_g is not None  # noqa: S101 - origins() asks for one of the two
        return Origin(calibration.id, lic_mg_per_g, None, _r2star(calibration, lic_mg_per_g))
    computed = _lic(calibration, rate.value)
    gives = None if lic_mg_per_g is None else abs(computed - lic_mg_per_g) <= half_digit(lic_mg_per_g)
    return Origin(calibration.id, computed, gives, rate.value)
