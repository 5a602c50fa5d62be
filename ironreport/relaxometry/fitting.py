"""Relaxation time of one decay: which echoes, which model, which interval."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from ironreport import units
from ironreport.errors import FitError
from ironreport.records import Caution, DecayFit, DecaySignal, Estimate, FloatArray, ModelReading
from ironreport.relaxometry.biexponential import vessel_suspicion
from ironreport.relaxometry.doubts import FittedDecay, doubts, doubts_of_known_noise
from ironreport.relaxometry.first_echo import low_first_echo
from ironreport.relaxometry.models import CONSTANT, MONO, QUADRATURE, DecayModel
from ironreport.relaxometry.noise_floor import floor_is_better, n_above_floor, noise_floor
from ironreport.relaxometry.phrases import milliseconds
from ironreport.relaxometry.quality import check_signal, refuse_no_decay, refuse_signal_gone, refuse_too_short
from ironreport.relaxometry.readings import Reading, beyond_caution, knows_noise, read, read_floor
from ironreport.relaxometry.solving import Solution, solve

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

TIME_QUANTITY = {"T2*": "t2star_ms", "T2": "t2_ms"}

CURVE_ALONE = 0.015
"""Without the noise a floor is known by its bend only: a law not quite right, or a floor too shallow to be seen, moved
R2* of simulated regions by up to 1.5 %, which their scatter does not show."""

N_CURVE_POINTS = 61

WIDEST_LOG_INTERVAL = 10.0
"""An interval of a factor above e^10 either way says that nothing is known; none is given then."""

WIDEST_FLOOR_READING = 0.3
"""A floor seen by chance in a slow decay leaves R open by more than 30 %; its reading says nothing then."""


def fit_decay(
    signal: DecaySignal,
    method: str = AUTO,
    left_out: Sequence[int] = (),
    *,
    shortest_time_per_first_te: float | None = None,
) -> DecayFit:
    """Relaxation time and rate of a decay, with interval, bracket and doubts.

    Parameters
    ----------
    signal : DecaySignal
        Mean signal at each echo time.
    method : str
        One of `METHODS`: ``auto`` fits the pixels or, with the noise known, the mean by the law of the noise; of a
        curve alone it models the noise floor where the curve shows one and is mono-exponential otherwise. ``mono``
        never has a floor, ``truncated`` leaves out the echoes at the floor, ``constant`` adds a constant,
        ``quadrature`` always has a floor. All but ``auto`` fit the mean curve.
    left_out : sequence of int
        Echoes that the reader left out, counted from 0.
    shortest_time_per_first_te : float, optional
        Shortest reportable time per first echo time, from the knowledge files; no check without it.

    Returns
    -------
    DecayFit
        ``noise_floor`` is the fitted floor, or the one behind the truncation; None without one. The bracket holds
        every model's reading of all kept echoes.

    Raises
    ------
    FitError
        Where there is no honest number: see the checks of the quality module.
    """
    model = _model(method)
    check_signal(signal, left_out)
    te_ms, values = np.asarray(signal.te_ms, dtype=np.float64), np.asarray(signal.signal, dtype=np.float64)
    kept = np.array([i not in set(left_out) for i in range(signal.n_echoes)])
    if method == AUTO and signal.parts:
        return _fit_parts(signal, left_out)
    if method == AUTO and knows_noise(signal):
        return _fit_known(signal, te_ms, kept)
    mono, constant, quadrature = (solve(each, te_ms[kept], values[kept]) for each in (MONO, CONSTANT, QUADRATURE))
    floor = noise_floor(te_ms[kept], values[kept], mono, quadrature)
    refuse_signal_gone(signal, te_ms[kept], values[kept], floor)
    if method == AUTO and floor is not None and kept.sum() > QUADRATURE.n_parameters:
        model = QUADRATURE
    used = _above_floor(values, kept, floor) if method == TRUNCATED and floor is not None else kept
    _check_enough(model, int(used.sum()))
    result = refuse_no_decay(signal.contrast, te_ms[used], values[used], solve(model, te_ms[used], values[used]))
    if shortest_time_per_first_te is not None:
        refuse_too_short(signal.contrast, float(te_ms[used][0]), result.time_ms, shortest_time_per_first_te)
    others = tuple(other for other in (mono, constant, quadrature) if other is not None and other.settled)
    shift = _floor_shift(result, quadrature) if floor_is_better(values[kept], mono, quadrature) else 0.0
    systematic = CURVE_ALONE if method == AUTO else 0.0
    fitted = FittedDecay(signal, kept, used, result, others, floor, shift, systematic=systematic)
    return _with_tissue_doubts(_curve_fit(method, model, fitted), te_ms[kept], values[kept], signal)


def _curve_fit(method: str, model: DecayModel, fitted: FittedDecay) -> DecayFit:
    """The fit of a curve of unknown noise: the law of averaged noise where a floor was chosen for it."""
    te_ms, values = (np.asarray(x, dtype=np.float64) for x in (fitted.signal.te_ms, fitted.signal.signal))
    reading = read_floor(te_ms, values, fitted.kept) if method == AUTO and model is QUADRATURE else None
    if reading is None:
        return _decay_fit(method, fitted)
    reading = reading.widened(CURVE_ALONE)
    fitted = replace(fitted, known_half_width=reading.log_half_width)
    return _from_reading(reading, fitted, doubts(fitted))


def _with_tissue_doubts(fit: DecayFit, te_ms: FloatArray, values: FloatArray, signal: DecaySignal) -> DecayFit:
    """The fit with what only a curve without pixels must fear: a vessel in it, or a first echo of a spin-echo train."""
    if signal.contrast == "T2":
        return _with_first_echo_doubt(fit, te_ms, values)
    suspicion = vessel_suspicion(te_ms, values)
    if suspicion is None:
        return fit
    caution, reading = suspicion
    whole = reading if len(te_ms) == signal.n_echoes else replace(reading, curve=())
    cautions = sorted((*fit.cautions, caution), key=lambda doubt: not doubt.blocks_grade)
    return replace(fit, cautions=tuple(cautions), bracket=(*fit.bracket, whole))


def _with_first_echo_doubt(fit: DecayFit, te_ms: FloatArray, values: FloatArray) -> DecayFit:
    """The fit of a spin-echo train with a word on a first echo that stimulated echoes left too low."""
    low = low_first_echo(te_ms, values)
    return fit if low is None else replace(fit, cautions=(*fit.cautions, Caution("LOW_FIRST_ECHO", low.sentence)))


def _fit_known(signal: DecaySignal, te_ms: FloatArray, kept: npt.NDArray[np.bool_]) -> DecayFit:
    """The fit of a signal whose noise is known: by its pixels, or by its noise and number of pixels."""
    reading = read(signal, kept)
    values = reading.measured
    used = kept.copy()
    if reading.left_out is not None:
        used[reading.left_out] = False
    # beyond the acquisition the plain models read normal where the truth is heaviest: they are no bracket there
    models = () if reading.beyond else (MONO, CONSTANT, QUADRATURE)
    others = [solve(each, te_ms[kept], values[kept]) for each in models]
    carrier = Solution(
        model=MONO, s0=reading.s0, rate_per_s=reading.low_per_s if reading.beyond else reading.rate_per_s, floor=0.0,
        rss=float(np.sum((values - reading.predicted)[used] ** 2)), n_echoes=int(used.sum()), covariance=None,
        settled=True,
    )  # fmt: skip
    fitted = FittedDecay(
        replace(signal, signal=tuple(values.tolist())), kept, used, carrier,
        tuple(other for other in others if other is not None and other.settled), None,
        known_half_width=reading.log_half_width,
    )  # fmt: skip
    known = (*reading.cautions, *((beyond_caution(reading, signal),) if reading.beyond else ()))
    fit = _from_reading(reading, fitted, doubts_of_known_noise(fitted, known, beyond=reading.beyond))
    return _with_first_echo_doubt(fit, te_ms[used], values[used]) if signal.contrast == "T2" else fit


def _from_reading(reading: Reading, fitted: FittedDecay, cautions: tuple[Caution, ...]) -> DecayFit:
    signal, residuals = fitted.signal, reading.measured - reading.predicted
    time_name = TIME_QUANTITY[signal.contrast]
    rate_name = units.RATE_OF_TIME[time_name]
    if reading.beyond:
        rate = Estimate(rate_name, reading.low_per_s, bound="above")
        time = Estimate(time_name, units.time_ms(reading.low_per_s), bound="below")
    else:
        rate = Estimate(rate_name, reading.rate_per_s, reading.low_per_s, reading.high_per_s)
        limits = units.time_ms(reading.high_per_s), units.time_ms(reading.low_per_s)
        time = Estimate(time_name, units.time_ms(reading.rate_per_s), *limits)
    te_ms = np.linspace(0.0, 1.05 * signal.te_ms[-1], N_CURVE_POINTS)
    drawn = () if reading.beyond else tuple(zip(te_ms.tolist(), reading.drawn(te_ms).tolist(), strict=True))
    dof = int(fitted.used.sum()) - 2
    return DecayFit(
        method=reading.words,
        s0=reading.s0,
        time=time,
        rate=rate,
        used=tuple(bool(use) for use in fitted.used),
        left_out_because=_reasons(fitted, "does not fit the others"),
        predicted=tuple(reading.predicted.tolist()),
        residuals=tuple(residuals.tolist()),
        residual_sd=math.sqrt(float(np.sum(residuals[fitted.used] ** 2)) / dof) if dof > 0 else None,
        r_squared=fitted.r_squared if dof > 0 else None,
        noise_floor=reading.floor,
        log_covariance=None if reading.beyond else reading.log_covariance,
        bracket=tuple(_reading(other, signal) for other in fitted.others),
        cautions=cautions,
        curve=drawn,
        measured=tuple(reading.measured.tolist()),
        reasons=reading.reasons,
        largest_rate_per_s=reading.largest_rate_per_s,
    )


def _model(method: str) -> DecayModel:
    try:
        return _MODELS[method]
    except KeyError:
        what = "The fitting method asked for is not known."
        raise FitError("UNKNOWN_METHOD", what, f"Choose one of: {', '.join(METHODS)}.") from None


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


def _decay_fit(method: str, fitted: FittedDecay) -> DecayFit:
    result, signal = fitted.result, fitted.signal
    time, rate = _estimates(result, signal, fitted.log_half_width)
    predicted = result.predicted(np.asarray(signal.te_ms, dtype=np.float64))
    variances = result.covariance
    return DecayFit(
        method=_words(method, result),
        s0=result.s0,
        time=time,
        rate=rate,
        used=tuple(bool(use) for use in fitted.used),
        left_out_because=_reasons(fitted),
        predicted=tuple(float(value) for value in predicted),
        residuals=tuple(float(value) for value in np.asarray(signal.signal) - predicted),
        residual_sd=math.sqrt(result.rss / result.dof) if result.dof > 0 else None,
        r_squared=fitted.r_squared,
        noise_floor=result.floor if result.model.has_floor else (fitted.floor if method == TRUNCATED else None),
        log_covariance=None
        if variances is None
        else (float(variances[0, 0]), float(variances[0, 1]), float(variances[1, 1])),
        bracket=tuple(_reading(other, signal) for other in fitted.others),
        cautions=doubts(fitted),
        curve=_sampled(result, signal.te_ms[-1]),
        measured=signal.signal,
    )


def _words(method: str, result: Solution) -> str:
    return f"{result.model.words}, chosen automatically" if method == AUTO else METHODS[method]


def _reading(other: Solution, signal: DecaySignal) -> ModelReading:
    curve = other.predicted(np.asarray(signal.te_ms, dtype=np.float64))
    time, rate = _estimates(other, signal, other.log_half_width)
    return ModelReading(other.model.words, time, rate, tuple(float(value) for value in curve))


def _sampled(result: Solution, last_te_ms: float) -> tuple[tuple[float, float], ...]:
    te_ms = np.linspace(0.0, 1.05 * last_te_ms, N_CURVE_POINTS)
    return tuple(zip(te_ms.tolist(), result.predicted(te_ms).tolist(), strict=True))


def _estimates(solution: Solution, signal: DecaySignal, half_width: float | None) -> tuple[Estimate, Estimate]:
    """Time and rate of a solution, with an interval symmetric in ln R; none where it would say nothing."""
    time_name = TIME_QUANTITY[signal.contrast]
    rate_name = units.RATE_OF_TIME[time_name]
    rate = solution.rate_per_s
    if half_width is None or half_width > WIDEST_LOG_INTERVAL:
        return Estimate(time_name, solution.time_ms), Estimate(rate_name, rate)
    low, high = rate * math.exp(-half_width), rate * math.exp(half_width)
    time = Estimate(time_name, solution.time_ms, units.time_ms(high), units.time_ms(low))
    return time, Estimate(rate_name, rate, low, high)


def _reasons(fitted: FittedDecay, why: str = "") -> tuple[str, ...]:
    floor_words = why if fitted.floor is None else f"at the noise floor ({fitted.floor:.3g})"
    return tuple(
        "left out by the reader" if not keep else "" if use else floor_words
        for keep, use in zip(fitted.kept, fitted.used, strict=True)
    )


def _fit_parts(signal: DecaySignal, left_out: Sequence[int]) -> DecayFit:
    """The fit of all regions together with the mean of the relaxation times of each.

    The interval is that of a mean of independent times. Where a region is refused or gives only a limit there is no
    mean, and the fit of all pixels stands with a doubt.
    """
    whole = fit_decay(replace(signal, parts=()), AUTO, left_out)
    fits = [_part_fit(part, left_out) for part in signal.parts]
    said = "; ".join(
        f"{part.location or f'region {i}'} {_part_words(fit)}"
        for i, (part, fit) in enumerate(zip(signal.parts, fits, strict=True), start=1)
    )
    measured = [fit for fit in fits if fit is not None and fit.time.low is not None and fit.time.high is not None]
    if len(measured) < len(fits) or whole.time.bound:
        text = f"No mean of the regions can be given ({said}): all their pixels are fitted together."
        return replace(whole, cautions=(*whole.cautions, Caution("NO_MEAN_OF_REGIONS", text)))
    time_ms = sum(fit.time.value for fit in measured) / len(measured)
    error = math.sqrt(sum((fit.time.value * _log_width(fit) / time_ms) ** 2 for fit in measured)) / len(measured)
    low_ms, high_ms = time_ms * math.exp(-error), time_ms * math.exp(error)
    doubted = [c for fit in measured for c in fit.cautions]
    return replace(
        whole,
        method=f"Mean of {len(measured)} regions ({said}); shown: {whole.method[0].lower()}{whole.method[1:]}",
        time=Estimate(whole.time.quantity, time_ms, low_ms, high_ms),
        rate=Estimate(
            whole.rate.quantity, units.rate_per_s(time_ms), units.rate_per_s(high_ms), units.rate_per_s(low_ms)
        ),
        cautions=tuple(dict.fromkeys([*whole.cautions, *doubted])),
    )


def _part_fit(part: DecaySignal, left_out: Sequence[int]) -> DecayFit | None:
    try:
        return fit_decay(replace(part, parts=()), AUTO, left_out)
    except FitError:
        return None


def _part_words(fit: DecayFit | None) -> str:
    if fit is None:
        return "without a time"
    return f"{'below ' if fit.time.bound else ''}{milliseconds(fit.time.value)} ms"


def _log_width(fit: DecayFit) -> float:
    """Half width of the interval of ln T."""
    assert fit.time.low is not None and fit.time.high is not None  # noqa: S101 - _fit_parts() asked
    return math.log(fit.time.high / fit.time.low) / 2.0
