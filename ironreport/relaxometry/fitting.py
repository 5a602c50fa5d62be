"""Relaxation time of one decay: its route, its doubts, and the record that carries both."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import replace

import numpy as np

from ironreport import units
from ironreport.errors import FitError
from ironreport.records import Caution, DecayFit, DecaySignal, Estimate, ModelReading
from ironreport.relaxometry.biexponential import hidden_slow_part, vessel_suspicion
from ironreport.relaxometry.curve_reading import (
    AUTO,
    METHODS,
    fat_suspicion,
    model_of,
    read_curve,
    read_fat,
    settled,
    suspected_fat,
)
from ironreport.relaxometry.doubts import (
    FittedDecay,
    doubts,
    doubts_of_known_noise,
    noise_of_curve,
    ordered,
)
from ironreport.relaxometry.misfit import (
    FEWEST_OTHERS,
    SMALLEST_SHORTFALL,
    DownwardBend,
    LowFirstEcho,
    downward_bend_of_curve,
    low_first_echo,
)
from ironreport.relaxometry.quality import check_signal, repeat_earlier
from ironreport.relaxometry.readings import Bools, Reading, knows_noise, limits_of, read_known_noise
from ironreport.relaxometry.solving import Solution, solve_each
from ironreport.units import milliseconds

__all__ = ["METHODS", "fit_decay"]

TIME_QUANTITY = {"T2*": "t2star_ms", "T2": "t2_ms"}

N_CURVE_POINTS = 61
"""Points of the drawn curve: enough to look smooth on a page, few enough for the exam file."""

SLOW_PART_NAMED = {"MODEL_DEPENDENT", "NOT_EXPONENTIAL"}
"""Cautions that already name a vessel."""

SURE_SHORTFALL = 3.0
"""A first echo three standard deviations below the curve of the others: one false alarm in 700."""


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
    model_of(method)
    check_signal(signal, left_out)
    kept = np.array([i not in set(left_out) for i in range(signal.n_echoes)])
    if method == AUTO and signal.parts:
        return _fit_parts(signal, left_out)
    if method == AUTO and knows_noise(signal):
        return _fit_known_noise(signal, kept)
    return _fit_curve(signal, kept, method, shortest_time_per_first_te)


# ----------------------------------------------------------------------------------- the two routes


def _fit_known_noise(signal: DecaySignal, kept: Bools) -> DecayFit:
    """The fit of a signal whose noise is known: by its pixels, or by its noise and number of pixels."""
    low = _low_by_known_noise(signal, kept) if signal.contrast == "T2" else None
    asked = kept if low is None else _without_first(kept)
    reading = read_known_noise(signal, asked)
    fitted_signal = replace(signal, signal=tuple(reading.measured.tolist()))
    # beyond the acquisition the plain models read normal where the truth is heaviest: they are no bracket there
    te_ms = np.asarray(signal.te_ms, dtype=np.float64)
    others = () if reading.beyond else settled(*solve_each(te_ms[asked], reading.measured[asked]))
    fitted = FittedDecay(fitted_signal, kept, reading, others, None, reading.log_half_width)
    limit = (_beyond_caution(reading, signal),) if reading.beyond else ()
    cautions = doubts_of_known_noise(fitted, (*reading.cautions, *limit))
    return _assembled(reading, fitted, (*cautions, *_said(low)), low=low)


def _fit_curve(signal: DecaySignal, kept: Bools, method: str, shortest_time_per_first_te: float | None) -> DecayFit:
    """The fit of a mean curve alone, with what only such a curve must fear: a vessel in it, or its first spin echo."""
    te_ms, values = (np.asarray(x, dtype=np.float64)[kept] for x in (signal.te_ms, signal.signal))
    low = low_first_echo(te_ms, values) if signal.contrast == "T2" and method == AUTO else None
    asked = kept if low is None else _without_first(kept)
    solved = solve_each(te_ms, values) if low is None else None
    fat = suspected_fat(signal, kept, method, solved)
    if fat is not None and fat.believed and signal.field_tesla is not None:
        return _of_fat(signal, kept, read_fat(signal, kept, fat, signal.field_tesla, shortest_time_per_first_te))
    found = read_curve(signal, asked, method, shortest_time_per_first_te, solved)
    fitted = FittedDecay(signal, kept, found.plain, found.others, found.floor, found.log_half_width)
    cautions = ordered([*doubts(fitted, found.solution), *fat_suspicion(fat, found.plain)])
    if signal.contrast == "T2":
        return _assembled(found.reading, fitted, (*cautions, *_said(low)), low=low)
    bend = downward_bend_of_curve(te_ms, values) if method == AUTO and found.floor is None else None
    if bend is not None:
        return _assembled(
            _bent(found.reading, bend), fitted, ordered([*cautions, bend.caution(found.reading.rate_per_s)])
        )
    suspicion = vessel_suspicion(te_ms, values, solved)
    if found.slow is not None and found.slow.is_sure and not (suspicion and suspicion[0].blocks_grade):
        said = ordered([*cautions, found.slow.caution(found.plain.time_ms)])
        return _assembled(found.reading, fitted, said, () if suspicion is None else (suspicion[1],))
    if suspicion is None:
        named = any(caution.code in SLOW_PART_NAMED for caution in cautions)
        hidden = None if named or method != AUTO or found.floor is not None else hidden_slow_part(te_ms, values, solved)
        said = cautions if hidden is None else ordered([*cautions, hidden.caution])
        whole_fit = _assembled(found.reading, fitted, said)
        return whole_fit if hidden is None else replace(whole_fit, without_blood=hidden.without(whole_fit.rate))
    caution, second = suspicion
    whole = second if bool(kept.all()) else replace(second, curve=())
    return _assembled(found.reading, fitted, ordered([*cautions, caution]), (whole,))


def _of_fat(signal: DecaySignal, kept: Bools, reading: Reading) -> DecayFit:
    """The fit of a curve alone that fat swings: what the better model has answered is doubted no more."""
    others = settled(*solve_each(np.asarray(signal.te_ms, dtype=np.float64)[kept], reading.measured[kept]))
    fitted = FittedDecay(signal, kept, reading, others, None, reading.log_half_width)
    return _assembled(reading, fitted, doubts_of_known_noise(fitted, reading.cautions))


def _bent(reading: Reading, bend: DownwardBend) -> Reading:
    """The reading with an interval that holds the decay without its bend."""
    if reading.low_per_s is None:
        return reading
    return replace(reading, low_per_s=min(reading.low_per_s, bend.low_per_s(reading.rate_per_s)))


# ------------------------------------------------------------------------- a low first spin echo
# It is the first echo that stimulated echoes leave low, so it is asked before the ladder may blame another.


def _without_first(kept: Bools) -> Bools:
    rest = kept.copy()
    rest[np.flatnonzero(kept)[0]] = False
    return rest


def _low_by_known_noise(signal: DecaySignal, kept: Bools) -> LowFirstEcho | None:
    """Evidence by the noise that is known, which a few echoes clear of it already hold."""
    if np.count_nonzero(kept) <= FEWEST_OTHERS:
        return None
    try:
        others, everything = read_known_noise(signal, _without_first(kept)), read_known_noise(signal, kept)
    except FitError:
        return None
    if others.log_covariance is None or others.beyond:
        return None
    first = int(np.flatnonzero(kept)[0])
    expected, te_ms = float(others.predicted[first]), signal.te_ms[first]
    shortfall = 1.0 - float(others.measured[first]) / expected
    slope = -others.rate_per_s * te_ms / units.rate_per_s(1.0)
    v_s0, v_both, v_rate = others.log_covariance
    spread = math.sqrt(
        max(v_s0 + 2.0 * slope * v_both + slope**2 * v_rate, 0.0) + (noise_of_curve(signal) / expected) ** 2
    )
    if shortfall < max(SMALLEST_SHORTFALL, SURE_SHORTFALL * spread):
        return None
    return LowFirstEcho(shortfall, everything.time_ms, others.time_ms)


def _said(low: LowFirstEcho | None) -> Iterable[Caution]:
    if low is not None:
        yield Caution("LOW_FIRST_ECHO", low.sentence)


# ---------------------------------------------------------------------------------------- the record


def _assembled(
    reading: Reading,
    fitted: FittedDecay,
    cautions: tuple[Caution, ...],
    suspected: tuple[ModelReading, ...] = (),
    low: LowFirstEcho | None = None,
) -> DecayFit:
    """The record of a fit, whichever route read it; ``suspected`` models stand in the bracket behind the others."""
    signal = fitted.signal
    time, rate = _estimates(reading, signal)
    te_ms = np.linspace(0.0, 1.05 * signal.te_ms[-1], N_CURVE_POINTS)
    return DecayFit(
        method=reading.words,
        s0=reading.s0,
        time=time,
        rate=rate,
        used=tuple(bool(use) for use in reading.used),
        left_out_because=_reasons(fitted, reading, low),
        predicted=tuple(reading.predicted.tolist()),
        residuals=tuple((reading.measured - reading.predicted).tolist()),
        residual_sd=reading.residual_sd,
        r_squared=reading.r_squared,
        noise_floor=reading.floor,
        log_covariance=reading.log_covariance,
        bracket=(*(_model_reading(other, signal) for other in fitted.others), *suspected),
        cautions=cautions,
        curve=() if reading.beyond else tuple(zip(te_ms.tolist(), reading.drawn(te_ms).tolist(), strict=True)),
        measured=tuple(reading.measured.tolist()),
        reasons=reading.reasons,
        largest_rate_per_s=reading.largest_rate_per_s,
        with_fat=None if reading.fat is None else Estimate(rate.quantity, reading.fat.rate_per_s),
    )


def _estimates(reading: Reading, signal: DecaySignal) -> tuple[Estimate, Estimate]:
    """Time and rate of a reading: with an interval, as a limit, or alone where an interval would say nothing."""
    if reading.beyond and reading.low_per_s is not None:
        time_name = TIME_QUANTITY[signal.contrast]
        rate = Estimate(units.RATE_OF_TIME[time_name], reading.low_per_s, bound="above")
        return Estimate(time_name, reading.time_ms, bound="below"), rate
    return _with_limits(signal, reading.rate_per_s, reading.low_per_s, reading.high_per_s)


def _with_limits(
    signal: DecaySignal, rate_per_s: float, low_per_s: float | None, high_per_s: float | None
) -> tuple[Estimate, Estimate]:
    time_name = TIME_QUANTITY[signal.contrast]
    rate_name = units.RATE_OF_TIME[time_name]
    if low_per_s is None or high_per_s is None:
        return Estimate(time_name, units.time_ms(rate_per_s)), Estimate(rate_name, rate_per_s)
    time = Estimate(time_name, units.time_ms(rate_per_s), units.time_ms(high_per_s), units.time_ms(low_per_s))
    return time, Estimate(rate_name, rate_per_s, low_per_s, high_per_s)


def _model_reading(other: Solution, signal: DecaySignal) -> ModelReading:
    time, rate = _with_limits(signal, other.rate_per_s, *limits_of(other.rate_per_s, other.log_half_width))
    curve = other.predicted(np.asarray(signal.te_ms, dtype=np.float64))
    return ModelReading(other.model.words, time, rate, tuple(float(value) for value in curve))


def _reasons(fitted: FittedDecay, reading: Reading, low: LowFirstEcho | None) -> tuple[str, ...]:
    """Why each echo was not used; empty where it was."""
    low_echo = int(np.flatnonzero(fitted.kept)[0]) if low is not None else -1
    why = "does not fit the others" if fitted.floor is None else f"at the noise floor ({fitted.floor:.3g})"
    return tuple(
        "left out by the reader" if not keep else "" if use else "below the others" if i == low_echo else why
        for i, (keep, use) in enumerate(zip(fitted.kept, reading.used, strict=True))
    )


# ------------------------------------------------------------------------------- several regions


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
        each = "; ".join(f"region {i} {_part_words(fit)}" for i, fit in enumerate(fits, start=1))
        text = f"No mean of the regions can be given ({each}): all their pixels are fitted together."
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


def _beyond_caution(reading: Reading, signal: DecaySignal) -> Caution:
    """What a result that is only a limit means."""
    limit = milliseconds(reading.time_ms)
    said = [
        f"Beyond this acquisition: the signal is gone too early for echoes that begin at TE {signal.te_ms[0]:g} ms.",
        f"{signal.contrast} is below {limit} ms (95 %); how far below cannot be told.",
    ]
    if reading.largest_rate_per_s is not None:
        shortest = milliseconds(units.time_ms(reading.largest_rate_per_s))
        said.append(f"With this noise they measure {signal.contrast} down to about {shortest} ms.")
    return Caution("BEYOND_ACQUISITION", " ".join([*said, repeat_earlier(signal.contrast)]))
