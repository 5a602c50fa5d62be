"""What the numbers of a case give: the signals of a recipe, and each way to read them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from ironreport.assess.assessment import assess
from ironreport.errors import FitError
from ironreport.knowledge import Knowledge
from ironreport.records import DecaySignal, Exam, Finding, FloatArray, Measurement
from ironreport.relaxometry import fit_decay
from ironreport.relaxometry.models import CONSTANT, MONO, DecayModel, mono_exponential
from ironreport.relaxometry.noise_law import noise_law
from ironreport.relaxometry.solving import solve
from ironreport.teaching.case_file import Case, CaseData, CaseReading, Method, SignalRecipe
from ironreport.units import rate_per_s, time_ms

N_CURVE = 61
TOLERANCE = 0.51
"""Of the last digit that a case prints."""


@dataclass(frozen=True, slots=True)
class BenchReading:
    """What one method makes of some echoes; ``t2star_ms`` is None where the program gives no number.

    Parameters
    ----------
    curve : tuple of (te_ms, signal)
        For drawing; empty without a number.
    refusal : str
        Why there is no number.
    """

    method: Method
    left_out: tuple[int, ...]
    t2star_ms: float | None
    r_squared: float | None = None
    curve: tuple[tuple[float, float], ...] = ()
    refusal: str = ""


def signals_of(recipe: SignalRecipe, te_ms: tuple[float, ...]) -> FloatArray:
    """Signals of a recipe at each echo time, not rounded, shape (n_echoes,)."""
    te = np.asarray(te_ms, dtype=np.float64)
    clean = sum((mono_exponential(te, p.s0, rate_per_s(p.t2star_ms)) for p in recipe.part), np.zeros_like(te))
    if recipe.fat_beat_ms is not None:
        beat = np.exp(2j * np.pi * te / recipe.fat_beat_ms)
        clean = clean * np.abs(1.0 - recipe.fat_fraction + recipe.fat_fraction * beat)
    if recipe.weak_echo is not None:
        clean[recipe.weak_echo - 1] *= recipe.weak_factor
    if recipe.noise_sd > 0.0:
        clean = recipe.noise_sd * noise_law(1).mean(clean / recipe.noise_sd)
    return np.asarray(clean, dtype=np.float64)


def signal_of(case: Case, knowledge: Knowledge) -> DecaySignal:
    """The echoes of a case as the program takes them."""
    data = case.data
    return DecaySignal(
        case.organ, data.te_ms, data.signal, field_tesla=field_tesla(data.field, knowledge), origin="teaching case"
    )


def field_tesla(field: str, knowledge: Knowledge) -> float | None:
    """Field strength [T] of a class of fields; None where it is not said."""
    known = {f.id: float(f.id) for f in knowledge.shared.field}
    return known.get(field)


def finding_of(case: Case, left_out: tuple[int, ...], knowledge: Knowledge) -> Finding:
    """What the program says of the echoes of a case, with some left out (counted from 1)."""
    from ironreport.records import Choices  # noqa: PLC0415 - beside its only use

    choices = Choices(left_out=tuple(i - 1 for i in left_out))
    return assess(Exam("Case", measurements=(Measurement(signal_of(case, knowledge), choices),)), knowledge).findings[0]


# ------------------------------------------------------------------------------------- the bench


def read_at_bench(data: CaseData, method: Method, left_out: tuple[int, ...], organ: str = "liver") -> BenchReading:
    """T2* by one method from the echoes that are kept.

    Parameters
    ----------
    left_out : tuple of int
        Echoes left out, counted from 1.
    """
    kept = [i for i in range(len(data.te_ms)) if i + 1 not in left_out]
    te, values = (np.asarray([x[i] for i in kept], dtype=np.float64) for x in (data.te_ms, data.signal))
    if method == "program":
        return _by_program(data, left_out, organ)
    least = CONSTANT.n_parameters if method == "constant" else MONO.n_parameters
    if len(kept) < least or bool((values <= 0).any()):
        return BenchReading(method, left_out, None, refusal="too few echoes are kept for this method")
    if method == "log-linear":
        slope, intercept = np.polyfit(te, np.log(values), 1)
        return _drawn(data, method, left_out, (float(np.exp(intercept)), float(-slope), 0.0))
    return _solved(data, method, left_out, CONSTANT if method == "constant" else MONO, te, values)


def _solved(
    data: CaseData, method: Method, left_out: tuple[int, ...], model: DecayModel, te: FloatArray, values: FloatArray
) -> BenchReading:
    found = solve(model, te, values)
    if found is None:
        return BenchReading(method, left_out, None, refusal="these echoes do not determine a curve")
    r_squared = 1.0 - found.rss / float(np.sum((values - values.mean()) ** 2)) if len(values) > 1 else None
    return _drawn(data, method, left_out, (found.s0, found.rate_per_s / rate_per_s(1.0), found.floor), r_squared)


def _drawn(
    data: CaseData,
    method: Method,
    left_out: tuple[int, ...],
    fitted: tuple[float, float, float],
    r_squared: float | None = None,
) -> BenchReading:
    s0, rate_per_ms, floor = fitted
    if rate_per_ms <= 0.0:
        return BenchReading(method, left_out, None, refusal="these echoes do not fall")
    te = np.linspace(0.0, 1.05 * data.te_ms[-1], N_CURVE)
    curve = tuple(zip(te.tolist(), (s0 * np.exp(-rate_per_ms * te) + floor).tolist(), strict=True))
    return BenchReading(method, left_out, 1.0 / rate_per_ms, r_squared, curve)


def _by_program(data: CaseData, left_out: tuple[int, ...], organ: str) -> BenchReading:
    signal = DecaySignal(organ, data.te_ms, data.signal, origin="teaching case")
    try:
        fit = fit_decay(signal, left_out=[i - 1 for i in left_out])
    except FitError as error:
        return BenchReading("program", left_out, None, refusal=f"{error.refusal.what} {error.refusal.cure}")
    return BenchReading("program", left_out, fit.time.value, fit.r_squared, fit.curve)


# ------------------------------------------------------------------------------ iron and classes


def iron_by_calibration(organ: str, field: str, r2star_per_s: float, knowledge: Knowledge) -> dict[str, float]:
    """Iron [mg/g dry weight] of a rate by each calibration for T2* or R2*, default first."""
    inputs = {"r2star_per_s": r2star_per_s, "t2star_ms": time_ms(r2star_per_s)}
    found = [c for c in knowledge.calibrations(organ, field) if c.input in inputs and not c.requires]
    return {c.id: c.iron_mg_per_g(inputs[c.input]) for c in found}


def grade_label(organ: str, field: str, quantity: str, value: float, knowledge: Knowledge) -> str:
    """Class of a value on the default ladder of an organ; empty where it has none for this quantity."""
    ladder = next((x for x in knowledge.ladders(organ, field) if x.quantity == quantity), None)
    return ladder.grade_of(value).label if ladder else ""


# ----------------------------------------------------------------------------------- the promise


def contradictions(case: Case, knowledge: Knowledge) -> Iterator[str]:
    """Each number of a case that does not come out again."""
    if case.data.recipe is not None:
        made = tuple(float(x) for x in np.rint(signals_of(case.data.recipe, case.data.te_ms)))
        if made != case.data.signal:
            yield f"data.signal: the recipe gives {[round(x) for x in made]}"
    for reading in case.reading:
        yield from _of_reading(case, reading, knowledge)


def _of_reading(case: Case, reading: CaseReading, knowledge: Knowledge) -> Iterator[str]:
    place = f"reading[{reading.id}]"
    t2star_ms = reading.t2star_ms or (time_ms(reading.r2star_per_s) if reading.r2star_per_s else None)
    if reading.by != "typed":
        found = read_at_bench(case.data, reading.by, reading.left_out, case.organ)
        if reading.refused != (found.t2star_ms is None):
            yield f"{place}.refused: the method gives {found.t2star_ms}"
        if found.t2star_ms is not None and not _as_printed(found.t2star_ms, reading.t2star_ms):
            yield f"{place}.t2star_ms: the method gives {found.t2star_ms:.4g}"
        if reading.r_squared is not None and not _as_printed(found.r_squared or 0.0, reading.r_squared):
            yield f"{place}.r_squared: the method gives {found.r_squared:.4f}"
        t2star_ms = found.t2star_ms
    if t2star_ms is not None:
        yield from _of_iron(case, reading, t2star_ms, knowledge)


def _of_iron(case: Case, reading: CaseReading, t2star_ms: float, knowledge: Knowledge) -> Iterator[str]:
    field, place = reading.field or case.data.field, f"reading[{reading.id}]"
    iron = iron_by_calibration(case.organ, field, reading.r2star_per_s or rate_per_s(t2star_ms), knowledge)
    for calibration, printed in reading.lic.items():
        if calibration not in iron:
            yield f"{place}.lic: there is no calibration '{calibration}' at {field} T"
        elif not _as_printed(iron[calibration], printed):
            yield f"{place}.lic.{calibration}: it is {iron[calibration]:.4g}"
    for calibration, label in reading.grade.items():
        quantity = "t2star_ms" if calibration == "t2star" else "lic_mg_per_g"
        value = t2star_ms if calibration == "t2star" else iron.get(calibration)
        found = grade_label(case.organ, field, quantity, value, knowledge) if value is not None else "unknown"
        if found != label:
            yield f"{place}.grade.{calibration}: it is '{found}'"


def _as_printed(value: float, printed: float | None) -> bool:
    """Whether a number rounds to the one that is printed, by the digits that stand there."""
    if printed is None:
        return True
    decimals = len(f"{printed:.10g}".partition(".")[2])
    return abs(value - printed) <= TOLERANCE * 10.0**-decimals
