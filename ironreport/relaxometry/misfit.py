"""How far the signal lies off the curve, and which echo or which tissue is the likely reason.

Two reasons have evidence of their own: a low first spin echo, and a decay that a field gradient bends downwards.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import ndtr, stdtr

from ironreport.records import Caution, FloatArray
from ironreport.relaxometry.descent import HALF_WIDTH
from ironreport.relaxometry.models import MONO, QUADRATURE, mono_exponential
from ironreport.relaxometry.region_doubts import joined_series
from ironreport.relaxometry.solving import Solution, solve
from ironreport.units import milliseconds, rate_per_s

BLOCKING_MISFIT = 0.05
VISIBLE_MISFIT = 0.02
"""Root mean square of the residuals per first echo. Simulated clean regions of 100 pixels stay below 0.02 from
SNR 20 on; one bad echo, fat or two mixed series exceed 0.05."""

CURED_MISFIT = 1.0 / 3.0
"""One echo is to blame where leaving it out removes two thirds of the misfit; else the whole curve is."""

ZIGZAG_SIGN_CHANGES = 3
"""A curve that merely bends changes the sign of its residuals twice."""

ODD_ECHO_LEVEL = 0.001
ODD_ECHO_DEVIATION = 0.02
"""One false alarm in a thousand fits, counted over all echoes tried, and at least 2 % of the first echo."""

FEW_TO_TELL_CHANCE = 5
LARGE_FALL = 0.5
CHANCE_OF_A_FALL = 1e-4
"""Means of 20 pixels of pure noise differ by 12 %: three to five of them fall like a slow decay once in a hundred
times, and the sixth ends it (0 of 6,000). They never halve. A smaller fall of a few echoes is believed where their
scatter makes it a chance of less than one in ten thousand, as the means of any region of tissue do."""

SMALLEST_FREEDOM = 1e-6
"""Keeps an echo that the curve passes through by force (leverage 1) from dividing by zero."""


@dataclass(frozen=True, slots=True)
class Suspect:
    """An echo, counted from 0 among those used, and the curve through all the others."""

    position: int
    without: Solution


def residual_doubts(
    result: Solution, te_ms: FloatArray, values: FloatArray, echoes: npt.NDArray[np.intp]
) -> tuple[Caution, ...]:
    """Cautions about residuals too large, or one echo too far, for an exponential.

    Parameters
    ----------
    result : Solution
        Curve through the used echoes.
    te_ms, values : ndarray, shape (n_used,)
        Echo times [ms] and signals used.
    echoes : ndarray of int, shape (n_used,)
        Index of each used echo in the whole train, from 0.
    """
    if result.dof < 1:
        return ()
    misfit = math.sqrt(result.rss / len(values)) / float(values[0])
    suspect = _suspect(result, te_ms, values)
    joined = suspect and joined_series(te_ms, values, result.rss, suspect.without.rss)
    if misfit < VISIBLE_MISFIT and not joined:
        return tuple(_odd_echo(suspect, te_ms, values, echoes))
    cured = suspect is not None and suspect.without.rss < CURED_MISFIT**2 * result.rss
    if joined:
        reason = joined.sentence(int(echoes[joined.first]) + 1)
    elif suspect is not None and cured:
        reason = f"{_position_words(suspect, te_ms, values, echoes)}: leave it out or check the series."
    else:
        reason = _shape_words(values - result.predicted(te_ms))
    text = f"The signal scatters by {100 * misfit:.1f} % of the first echo around the curve. {reason}"
    return (Caution("NOT_EXPONENTIAL", text, blocks_grade=bool(joined) or misfit > BLOCKING_MISFIT),)


def fall_by_chance(solution: Solution, te_ms: FloatArray) -> Iterable[Caution]:
    """A doubt of few echoes, their noise unknown, whose fall the means of pure noise have as well."""
    if len(te_ms) > FEW_TO_TELL_CHANCE or solution.covariance is None or solution.dof < 1:
        return
    fall = -math.expm1(-solution.rate_per_s * float(np.ptp(te_ms)) / rate_per_s(1.0))
    error = math.sqrt(solution.covariance[1, 1])
    chance = float(stdtr(solution.dof, -1.0 / error)) if error > 0.0 else 0.0
    if fall < LARGE_FALL and chance > CHANCE_OF_A_FALL:
        text = (
            f"{len(te_ms)} echoes fall by {100 * fall:.0f} % in all, as means of pure noise do by chance. "
            "More or later echoes tell the two apart."
        )
        yield Caution("FALL_BY_CHANCE", text, blocks_grade=True)


def _suspect(result: Solution, te_ms: FloatArray, values: FloatArray) -> Suspect | None:
    """Echo without which the others agree best; None where the others would have no scatter left.

    Leaving out echo i lowers the residual sum of squares by e_i^2 / (1 - h_i) with its leverage h_i
    (Cook RD, Weisberg S, Residuals and Influence in Regression, 1982), so one refit is enough.
    """
    if result.dof < 2:
        return None
    residuals = values - result.predicted(te_ms)
    relief = residuals**2 / np.maximum(1.0 - result.leverage(te_ms), SMALLEST_FREEDOM)
    i = int(np.argmax(relief))
    without = solve(result.model, np.delete(te_ms, i), np.delete(values, i))
    return None if without is None else Suspect(i, without)


def _odd_echo(
    suspect: Suspect | None, te_ms: FloatArray, values: FloatArray, echoes: npt.NDArray[np.intp]
) -> Iterable[Caution]:
    if suspect is None or suspect.without.dof < 2 or suspect.without.rss <= 0.0:
        return
    i, others = suspect.position, suspect.without
    deviation = float(values[i] - others.predicted(te_ms)[i])
    # The other echoes' scatter understates the doubt of their curve at the ends, hence the strict level.
    score = abs(deviation) / math.sqrt(others.rss / others.dof)
    chance = 2.0 * len(values) * (1.0 - float(stdtr(others.dof, score)))
    if abs(deviation) > ODD_ECHO_DEVIATION * values[0] and chance < ODD_ECHO_LEVEL:
        yield Caution("ODD_ECHO", f"{_position_words(suspect, te_ms, values, echoes)}: check its echo time and image.")


def _position_words(suspect: Suspect, te_ms: FloatArray, values: FloatArray, echoes: npt.NDArray[np.intp]) -> str:
    i = suspect.position
    expected = float(suspect.without.predicted(te_ms)[i])
    percent = 100.0 * (float(values[i]) / expected - 1.0)
    side = "above" if percent > 0 else "below"
    return f"Echo {echoes[i] + 1} (TE {te_ms[i]:g} ms) lies {abs(percent):.0f} % {side} the curve"


def _shape_words(residuals: FloatArray) -> str:
    signs = np.sign(residuals)
    if int(np.sum(signs[1:] != signs[:-1])) >= ZIGZAG_SIGN_CHANGES:
        return (
            "It rises and falls along the train, as fat or two mixed series do: keep the in-phase echoes only, "
            "or check the series."
        )
    return "It bends away from an exponential, as vessels, fat or the noise floor do: redraw the region."


# ------------------------------------------------------------- a first spin echo below all others

FEWEST_OTHERS = 4
"""Echoes behind the first that a curve with its own scatter needs."""

CLEAR_OF_NOISE = 0.1
"""Echoes below a tenth of the largest bend at the noise floor and say little about the first."""

FEWEST_OVER_A_FLOOR = 6
FLOOR_SHORTFALL = 0.05
"""Where fewer stand clear, all of six echoes or more are compared over a floor of their own, whose law is not known
to better than a few per cent: a first echo 10 % low (T2 7 to 16 ms, steps of 6 or 10 ms), which was missed, is found
in 27 to 100 %; in clean trains of T2 8 ms 7 of 100 are called low, in others 0 to 2."""

CHANCE = 0.01
SMALLEST_SHORTFALL = 0.02
"""One false alarm in a hundred clean curves, and at least 2 %."""


@dataclass(frozen=True, slots=True)
class LowFirstEcho:
    """The first echo lies below the curve through the others.

    Later echoes of a train with imperfect refocusing pulses hold stimulated echoes, the first holds none
    (Hennig J, J Magn Reson 1988;78:397); left in, it makes T2 too long.

    Parameters
    ----------
    shortfall : float
        How far it is below the curve through the others, as a share of that curve.
    time_ms, time_without_ms : float
        T2 [ms] of the echoes compared, with and without the first.
    """

    shortfall: float
    time_ms: float
    time_without_ms: float

    @property
    def sentence(self) -> str:
        """The evidence in words."""
        change = 100.0 * (self.time_ms / self.time_without_ms - 1.0)
        return (
            f"The first echo is {100 * self.shortfall:.0f} % below the curve through the others, as stimulated echoes "
            f"make it, and was left out; with it T2 would read {milliseconds(self.time_ms)} ms ({change:+.0f} %)."
        )


def low_first_echo(te_ms: FloatArray, signal: FloatArray) -> LowFirstEcho | None:
    """Evidence that the first spin echo is low, or None.

    Parameters
    ----------
    te_ms, signal : ndarray, shape (n_echoes,)
        Echo times [ms], ascending, and positive signals.
    """
    clear = signal >= CLEAR_OF_NOISE * signal.max()
    n_clear = len(signal) if np.all(clear) else int(np.argmin(clear))
    model, smallest = MONO, SMALLEST_SHORTFALL
    if n_clear > FEWEST_OTHERS:
        te_ms, signal = te_ms[:n_clear], signal[:n_clear]
    elif len(te_ms) >= FEWEST_OVER_A_FLOOR:
        model, smallest = QUADRATURE, FLOOR_SHORTFALL
    else:
        return None
    others, everything = solve(model, te_ms[1:], signal[1:]), solve(model, te_ms, signal)
    if others is None or everything is None or others.covariance is None or others.dof < 1:
        return None
    expected = float(mono_exponential(te_ms[:1], others.s0, others.rate_per_s)[0])
    shortfall = 1.0 - float(signal[0]) / expected
    if shortfall < smallest:
        return None
    spread = _spread(others, float(te_ms[0]), expected)
    chance = float(stdtr(others.dof, -shortfall * expected / spread)) if spread > 0.0 else 0.0
    return LowFirstEcho(shortfall, everything.time_ms, others.time_ms) if chance < CHANCE else None


def _spread(others: Solution, te_ms: float, expected: float) -> float:
    """SD of a new echo around the curve carried on to its time."""
    if others.covariance is None:
        return math.inf
    # ln A = ln S0 - R TE, so its slope by ln R is -R TE.
    slopes = np.array([1.0, -te_ms / others.time_ms])
    return math.sqrt(others.rss / others.dof + float(slopes @ others.covariance @ slopes) * expected**2)


# ------------------------------------------------- a decay bent downwards by a field gradient

BENT_PARAMETERS, FEWEST_BENT = 3, 5
"""A line and its bend leave five echoes two that can disagree."""

CLEAR_OF_FLOOR = 5.0
"""Sigma above which the floor adds 2 % to a signal and its doubt can bend nothing."""

BEND_CHANCE = 1e-3
"""One false alarm in 1,000 straight decays, 3.1 deviations of a region; sinc(TE / 60 ms) in a heart of 22 ms (80
pixels, SNR 50) makes 6.7."""

SCALE_OF_A_CURVE = 1e-3
"""Echoes below half a per cent of the largest are left out where the noise is not known."""

SMALLEST_BEND = 0.02
"""A bend that changes R2* by less than 2 % lies within every interval."""

MOST_OF_THE_RATE = 0.5
LEAST_RATE_LEFT = 0.1
"""A bend that takes more than half of the rate leaves nothing to grade; the lower limit ends at a tenth of the rate."""


@dataclass(frozen=True, slots=True)
class DownwardBend:
    """The signal falls faster late than early, as dephasing through the slice makes it (sinc of TE).

    Vessels, mixed tissue and the noise floor bend a decay the other way.

    Parameters
    ----------
    rate_per_s : float
        R2* where the bend begins, at TE 0 [s^-1].
    error_per_s : float
        Its standard error [s^-1].
    """

    rate_per_s: float
    error_per_s: float

    def low_per_s(self, straight_per_s: float) -> float:
        """Lower 95 % limit of R2* [s^-1] beside the rate that a straight decay reads."""
        return max(self.rate_per_s - HALF_WIDTH * self.error_per_s, LEAST_RATE_LEFT * straight_per_s)

    def caution(self, straight_per_s: float) -> Caution:
        """The evidence in words."""
        mostly = self.rate_per_s < MOST_OF_THE_RATE * straight_per_s
        without = "the bend is most of it" if mostly else f"without the bend it reads {self.rate_per_s:.3g} s⁻¹"
        text = (
            "The signal bends downwards: it falls faster late than early, as a field gradient through the slice makes "
            f"it (near lung, veins or bowel). R2* of {straight_per_s:.3g} s⁻¹ may be too high; {without}, and the "
            "interval holds that too. Draw the region away from the gradient, or use thinner slices."
        )
        return Caution("DECAY_BENDS_DOWN", text, blocks_grade=mostly)


def downward_bend(te_ms: FloatArray, amplitudes: FloatArray, blamed: int | None = None) -> DownwardBend | None:
    """Evidence that a decay bends downwards, or None.

    Parameters
    ----------
    te_ms : ndarray, shape (n_echoes,)
        Echo times [ms].
    amplitudes : ndarray, shape (1 + n_replicates, n_echoes)
        Signals over sigma with the noise floor taken off: the measured ones, then resampled ones, whose scatter is
        the doubt. Without replicates the echoes' own scatter is.
    blamed : int or None
        Echo that was found bad; without it a straight decay may explain the signal better than a bend does.
    """
    clear = amplitudes[0] > CLEAR_OF_FLOOR
    n_clear = len(te_ms) if np.all(clear) else int(np.argmin(clear))
    if n_clear < FEWEST_BENT:
        return None
    te_ms, weight = te_ms[:n_clear], amplitudes[0, :n_clear]
    signals = np.log(np.maximum(amplitudes[:, :n_clear], 1.0)) * weight
    powers = np.vander(te_ms, BENT_PARAMETERS, increasing=True) * weight[:, np.newaxis]
    found, misfit = _least_squares(powers, signals)
    straight = float(_least_squares(powers[:, :2], signals[:1])[0][1, 0])
    if found[1, 0] - straight < SMALLEST_BEND * abs(straight):
        return None
    if blamed is not None and blamed < n_clear:
        others = np.delete(np.arange(n_clear), blamed)
        if _least_squares(powers[others, :2], signals[:, others])[1] < misfit:
            return None
    if len(amplitudes) > 1:
        errors, freedom = found[:, 1:].std(axis=1), math.inf
    else:
        freedom = float(n_clear - BENT_PARAMETERS)
        errors = np.sqrt(np.diag(np.linalg.inv(powers.T @ powers)) * misfit / freedom)
    deviations = -float(found[2, 0]) / max(float(errors[2]), np.finfo(float).tiny)
    chance = float(stdtr(freedom, -deviations)) if math.isfinite(freedom) else float(ndtr(-deviations))
    if chance > BEND_CHANCE:
        return None
    return DownwardBend(-rate_per_s(1.0) * float(found[1, 0]), rate_per_s(1.0) * float(errors[1]))


def downward_bend_of_curve(te_ms: FloatArray, signal: FloatArray) -> DownwardBend | None:
    """The same of a mean curve alone that has reached no floor, ``signal`` of shape (n_echoes,)."""
    return downward_bend(te_ms, signal[np.newaxis] / (SCALE_OF_A_CURVE * signal.max()))


def _least_squares(shapes: FloatArray, signals: FloatArray) -> tuple[FloatArray, float]:
    """Coefficients of each row of signals, shape (n_shapes, n_rows), and the squares that the first one leaves."""
    found = np.asarray(np.linalg.lstsq(shapes, signals.T, rcond=None)[0], dtype=np.float64)
    return found, float(np.sum((signals[0] - shapes @ found[:, 0]) ** 2))
