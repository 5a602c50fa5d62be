"""The route that knows nothing but a mean curve: plain models by least squares, and what they read of its floor."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from ironreport.errors import FitError
from ironreport.records import Caution, DecaySignal, FloatArray
from ironreport.relaxometry.biexponential import SlowUnderFloor, slow_under_floor
from ironreport.relaxometry.descent import s0_covariance
from ironreport.relaxometry.misfit import VISIBLE_MISFIT
from ironreport.relaxometry.model_choice import choose_model
from ironreport.relaxometry.models import (
    CONSTANT,
    MONO,
    QUADRATURE,
    DecayModel,
    fat_water,
    finite_exp,
    mono_exponential,
    rates_per_s,
)
from ironreport.relaxometry.noise_floor import (
    SlowOverFloor,
    floor_is_better,
    n_above_floor,
    noise_floor,
    second_echo_stands_out,
    slow_over_floor,
)
from ironreport.relaxometry.noise_law import noise_law
from ironreport.relaxometry.quality import refuse_no_decay, refuse_signal_gone, refuse_too_short
from ironreport.relaxometry.readings import Reading, limits_of, through
from ironreport.relaxometry.region_doubts import fat_at_its_limit
from ironreport.relaxometry.screening import moved_levels
from ironreport.relaxometry.solving import PlainSolutions, Solution, solve, solve_each
from ironreport.relaxometry.unknown_noise import FAT_RIVAL, MIDDLE_COILS, SUSPECT_RIVAL, FatInCurve, fat_in_curve
from ironreport.units import rate_per_s, time_ms

Bools = npt.NDArray[np.bool_]

AUTO, TRUNCATED = "auto", "truncated"
_MODELS = {AUTO: MONO, TRUNCATED: MONO, **{model.name: model for model in (MONO, CONSTANT, QUADRATURE)}}

METHODS: dict[str, str] = {
    AUTO: "Automatic: the noise floor is modelled where the curve shows one",
    MONO.name: f"{MONO.words}, all echoes",
    TRUNCATED: f"{MONO.words}, truncated at the noise floor",
    CONSTANT.name: CONSTANT.words,
    QUADRATURE.name: QUADRATURE.words,
}
"""Method id to words for the reader."""

CURVE_ALONE = 0.015
"""Without the noise a floor is known by its bend only: a law not quite right, or a floor too shallow to be seen, moved
R2* of simulated regions by up to 1.5 %, which their scatter does not show."""

WIDEST_FLOOR_READING = 0.3
"""A floor seen by chance in a slow decay leaves R open by more than 30 %; its reading says nothing then."""


@dataclass(frozen=True, slots=True, eq=False)
class CurveReading:
    """What the curve alone gives.

    Parameters
    ----------
    reading : Reading
        What is reported.
    solution : Solution
        The plain model through the used echoes, which the doubts look at.
    plain : Reading
        What that model reads; the reading itself where no floor was modelled.
    others : tuple of Solution
        What every plain model reads from all kept echoes.
    floor : float or None
        Noise floor that the curve has reached.
    log_half_width : float or None
        Half width of the reported interval of ln R, before it is judged too wide to be shown.
    slow : SlowUnderFloor or None
        A slow part that may be what looks like the floor.
    """

    reading: Reading
    solution: Solution
    plain: Reading
    others: tuple[Solution, ...]
    floor: float | None
    log_half_width: float | None
    slow: SlowUnderFloor | None = None


def model_of(method: str) -> DecayModel:
    """The plain model of a method; a name that is not known is refused."""
    try:
        return _MODELS[method]
    except KeyError:
        what = "The fitting method asked for is not known."
        raise FitError("UNKNOWN_METHOD", what, f"Choose one of: {', '.join(METHODS)}.") from None


def settled(*solutions: Solution | None) -> tuple[Solution, ...]:
    """Those that the echoes determine."""
    return tuple(each for each in solutions if each is not None and each.settled)


def read_curve(
    signal: DecaySignal,
    kept: Bools,
    method: str,
    shortest_time_per_first_te: float | None = None,
    solved: PlainSolutions | None = None,
) -> CurveReading:
    """Reading of a curve of unknown noise; parameters as of `fit_decay`, ``solved`` the plain models of its echoes.

    Raises
    ------
    FitError
        Where the curve does not decay, is gone before its second echo, or has too few echoes for the model.
    """
    te_ms, values = np.asarray(signal.te_ms, dtype=np.float64), np.asarray(signal.signal, dtype=np.float64)
    mono, constant, quadrature = solved or solve_each(te_ms[kept], values[kept])
    floor = noise_floor(te_ms[kept], values[kept], mono, quadrature)
    model, modelled = model_of(method), None
    if method == AUTO and floor is not None and kept.sum() > QUADRATURE.n_parameters:
        model, modelled = QUADRATURE, _on_its_floor(te_ms, values, kept)
    if modelled is None or not second_echo_stands_out(values[kept]):
        refuse_signal_gone(signal, te_ms[kept], values[kept], floor)
    used = _above_floor(values, kept, floor) if method == TRUNCATED and floor is not None else kept
    _check_enough(model, int(used.sum()))
    if model.has_floor or used is not kept:
        best = quadrature if model is QUADRATURE and used is kept else solve(model, te_ms[used], values[used])
    else:
        best = mono
    found = refuse_no_decay(signal.contrast, te_ms[used], values[used], best)
    if shortest_time_per_first_te is not None:
        refuse_too_short(signal.contrast, float(te_ms[used][0]), found.time_ms, shortest_time_per_first_te)
    shift = _floor_shift(found, quadrature) if floor_is_better(values[kept], mono, quadrature) else 0.0
    noise, systematic = found.log_half_width, CURVE_ALONE if method == AUTO else 0.0
    half_width = None if noise is None else math.hypot(noise, systematic) + shift
    plain = _of_solution(found, te_ms, values, used, half_width, method, floor)
    others = settled(mono, constant, quadrature)
    if modelled is None:
        return CurveReading(plain, found, plain, others, floor, half_width)
    modelled = modelled.widened(math.hypot(CURVE_ALONE, _rounding_doubt(te_ms, values, kept, modelled.rate_per_s)))
    slow = None
    if signal.contrast == "T2*" and constant is not None and quadrature is not None:
        floor_rss = min(modelled.rss, quadrature.rss)
        slow = slow_under_floor(te_ms[kept], values[kept], modelled.time_ms, floor_rss, constant.rss)
        modelled = _holding(modelled, slow, _over_floor(te_ms[kept], values[kept], modelled, floor_rss))
    return CurveReading(modelled, found, plain, others, floor, modelled.log_half_width, slow)


def _holding(reading: Reading, slow: SlowUnderFloor | None, over: SlowOverFloor | None) -> Reading:
    """The reading with an interval that holds the decay over a slow part as well, beside a floor or in its place."""
    rates = [reading.high_per_s or 0.0, 0.0 if slow is None else rate_per_s(slow.shortest_ms)]
    return replace(reading, high_per_s=max([*rates, 0.0 if over is None else over.high_per_s]))


def _over_floor(te_ms: FloatArray, values: FloatArray, of: Reading, rss: float) -> SlowOverFloor | None:
    return slow_over_floor(te_ms, values, (of.s0, of.rate_per_s, of.floor or 0.0, rss), CURVE_ALONE)


def _rounding_doubt(te_ms: FloatArray, values: FloatArray, kept: Bools, rate_per_s: float) -> float:
    """How far ln R moves where equal late echoes lie at either end of the step that they were rounded to."""
    rates = [choose_model(te_ms[kept], moved).r2star_per_s for moved in moved_levels(values[kept])]
    return max((abs(math.log(rate / rate_per_s)) for rate in rates), default=0.0)


def _check_enough(model: DecayModel, n_used: int) -> None:
    if model.has_floor and n_used <= model.n_parameters:
        what = f"{n_used} echoes are too few for this model: {model.words.lower()}."
        raise FitError("TOO_FEW_ECHOES", what, "Keep at least four echoes, or choose the mono-exponential.")


def _above_floor(values: npt.NDArray[np.float64], kept: npt.NDArray[np.bool_], floor: float) -> npt.NDArray[np.bool_]:
    """Kept echoes before the first one at the noise floor, shape (n_echoes,)."""
    used = np.zeros_like(kept)
    used[np.flatnonzero(kept)[: n_above_floor(values[kept], floor)]] = True
    return used


def _floor_shift(result: Solution, quadrature: Solution | None) -> float:
    """Distance in ln R that modelling the floor would make; none where the floor leaves R open."""
    if quadrature is None or result.model.has_floor:
        return 0.0
    half_width = quadrature.log_half_width
    if half_width is None or half_width > WIDEST_FLOOR_READING:
        return 0.0
    return abs(math.log(quadrature.rate_per_s / result.rate_per_s))


def _of_solution(
    found: Solution,
    te_ms: FloatArray,
    values: FloatArray,
    used: Bools,
    half_width: float | None,
    method: str,
    floor: float | None,
) -> Reading:
    """The reading of a plain model, its interval symmetric in ln R."""
    covariance = found.covariance
    low_per_s, high_per_s = limits_of(found.rate_per_s, half_width)
    return Reading(
        words=f"{found.model.words}, chosen automatically" if method == AUTO else METHODS[method],
        rate_per_s=found.rate_per_s,
        low_per_s=low_per_s,
        high_per_s=high_per_s,
        s0=found.s0,
        log_covariance=None
        if covariance is None
        else (float(covariance[0, 0]), float(covariance[0, 1]), float(covariance[1, 1])),
        used=used,
        measured=values,
        predicted=found.predicted(te_ms),
        drawn=found.predicted,
        bare=found.predicted,
        rss=found.rss,
        floor=found.floor if found.model.has_floor else floor if method == TRUNCATED else None,
        n_parameters=found.model.n_parameters,
    )


def _on_its_floor(te_ms: FloatArray, values: FloatArray, kept: Bools) -> Reading | None:
    """Reading of a curve of unknown noise that has reached its floor; None where the floor leaves the rate open."""
    choice = choose_model(te_ms[kept], values[kept])
    if choice.model != "floor" or not choice.measurable or not choice.noise_floor:
        return None
    law, floor = noise_law(MIDDLE_COILS), choice.noise_floor
    mean = through(law.mean, floor / float(law.mean(np.zeros(1))[0]))

    def amplitude(times_ms: FloatArray) -> FloatArray:
        return mono_exponential(times_ms, choice.s0, choice.r2star_per_s)

    predicted = mean(amplitude(te_ms))
    return Reading(
        words="Exponential on a noise floor, chosen automatically",
        rate_per_s=choice.r2star_per_s,
        low_per_s=choice.ci_low_per_s,
        high_per_s=choice.ci_high_per_s,
        s0=choice.s0,
        log_covariance=choice.log_covariance,
        used=kept,
        measured=values,
        predicted=predicted,
        drawn=lambda times_ms: mean(amplitude(times_ms)),
        bare=amplitude,
        rss=float(np.sum((values - predicted)[kept] ** 2)),
        floor=floor,
        reasons=choice.sentences,
    )


# ------------------------------------------------------------------------------------------------- fat


def suspected_fat(
    signal: DecaySignal, kept: Bools, method: str, solved: PlainSolutions | None = None
) -> FatInCurve | None:
    """Fat in a gradient echo curve of unknown noise whose field is known; asked of the automatic method only."""
    values = np.asarray(signal.signal, dtype=np.float64)[kept]
    if method != AUTO or signal.contrast != "T2*" or signal.field_tesla is None:
        return None
    te_ms, largest = np.asarray(signal.te_ms, dtype=np.float64)[kept], float(values.max())
    mono, constant, _ = solved or solve_each(te_ms, values)
    plain = {"mono": mono, "constant": constant}
    rss = {name: math.inf if each is None else each.rss / largest**2 for name, each in plain.items()}
    fat = fat_in_curve(te_ms, values / largest, signal.field_tesla, rss)
    return fat if fat is None or not fat.believed else _unless_blood(fat, te_ms, values / largest)


def _unless_blood(fat: FatInCurve, te_ms: FloatArray, values: FloatArray) -> FatInCurve | None:
    """Fat as far as a slow part over a floor does not explain the curve as well."""
    reading = _on_its_floor(te_ms, values, np.ones(len(te_ms), dtype=np.bool_))
    over = None if reading is None else _over_floor(te_ms, values, reading, reading.rss)
    if over is None or over.rss > FAT_RIVAL * fat.rss:
        return fat
    return replace(fat, believed=False, rival=over.rss / fat.rss) if over.rss > SUSPECT_RIVAL * fat.rss else None


def read_fat(
    signal: DecaySignal,
    kept: Bools,
    fat: FatInCurve,
    field_tesla: float,
    shortest_time_per_first_te: float | None = None,
) -> Reading:
    """The reading with fat that was believed; refused as `read_curve` refuses where it is too short for its echoes."""
    te_ms, values = np.asarray(signal.te_ms, dtype=np.float64), np.asarray(signal.signal, dtype=np.float64)
    scale, kept_ms = float(values[kept].max()), te_ms[kept]
    rate = float(rates_per_s(fat.points[:, 1])[0])
    s0 = float(finite_exp(fat.points[:, 0] + np.exp(fat.points[:, 1]) * kept_ms[0])[0]) * scale
    if shortest_time_per_first_te is not None:
        refuse_too_short(signal.contrast, float(kept_ms[0]), time_ms(rate), shortest_time_per_first_te)
    floor = fat.floor * scale
    model = f"One exponential with {100 * fat.fraction:.0f} % fat{' on a floor' if floor else ''}"

    def amplitude(times_ms: FloatArray) -> FloatArray:
        return fat_water(times_ms, s0, rate, fat.fraction, field_tesla)

    def drawn(times_ms: FloatArray) -> FloatArray:
        return np.hypot(amplitude(times_ms), floor)

    predicted = drawn(te_ms)
    covariance = s0_covariance(kept_ms, fat.points, fat.covariance)[0]
    low_per_s, high_per_s = limits_of(rate, math.hypot(fat.half_width, CURVE_ALONE))
    return Reading(
        words=f"{model}, chosen automatically",
        rate_per_s=rate,
        low_per_s=low_per_s,
        high_per_s=high_per_s,
        s0=s0,
        log_covariance=(float(covariance[0, 0]), float(covariance[0, 1]), float(covariance[1, 1])),
        used=kept,
        measured=values,
        predicted=predicted,
        drawn=drawn,
        bare=amplitude,
        rss=float(np.sum((values - predicted)[kept] ** 2)),
        floor=floor or None,
        n_parameters=4 if floor else 3,
        cautions=(_fat_caution(fat), *fat_at_its_limit(fat.fraction)),
    )


def _fat_caution(fat: FatInCurve) -> Caution:
    share = f"fat fraction {100 * fat.fraction:.0f} %"
    text = (
        f"Fat explains the zig-zag of the echoes ({share}; any other reason leaves {fat.rival:.0f} times the squares): "
        "R2* is fitted with fat."
    )
    return Caution("FAT_FITTED", text)


def fat_suspicion(fat: FatInCurve | None, plain: Reading) -> tuple[Caution, ...]:
    """A doubt that withholds the class where fat may bend a curve visibly but is not believed."""
    largest = float(plain.measured[plain.used].max())
    misfit = math.sqrt(plain.rss / int(plain.used.sum())) / largest
    if fat is None or fat.believed or misfit < VISIBLE_MISFIT:
        return ()
    text = (
        f"Fat may bend the curve (fat fraction {100 * fat.fraction:.0f} %), but these echoes do not suffice to tell: "
        "R2* is not changed. Measure the pixels of the images, or give the noise and the number of pixels."
    )
    return (Caution("MODEL_UNSURE", text, blocks_grade=True),)
