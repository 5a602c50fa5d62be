"""How far the signal lies off the curve, and which echo or which tissue is the likely reason; a low first spin echo."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import stdtr

from ironreport.records import Caution, FloatArray
from ironreport.relaxometry.models import MONO, mono_exponential
from ironreport.relaxometry.phrases import milliseconds
from ironreport.relaxometry.solving import Solution, solve

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
    if misfit < VISIBLE_MISFIT:
        return tuple(_odd_echo(suspect, te_ms, values, echoes))
    cured = suspect is not None and suspect.without.rss < CURED_MISFIT**2 * result.rss
    reason = (
        f"{_position_words(suspect, te_ms, values, echoes)}: leave it out or check the series."
        if suspect is not None and cured
        else _shape_words(values - result.predicted(te_ms))
    )
    text = f"The signal scatters by {100 * misfit:.1f} % of the first echo around the curve. {reason}"
    return (Caution("NOT_EXPONENTIAL", text, blocks_grade=misfit > BLOCKING_MISFIT),)


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
    te_ms, signal = te_ms[:n_clear], signal[:n_clear]
    if n_clear <= FEWEST_OTHERS:
        return None
    others, everything = solve(MONO, te_ms[1:], signal[1:]), solve(MONO, te_ms, signal)
    if others is None or everything is None or others.covariance is None or others.dof < 1:
        return None
    expected = float(mono_exponential(te_ms[:1], others.s0, others.rate_per_s)[0])
    shortfall = 1.0 - float(signal[0]) / expected
    if shortfall < SMALLEST_SHORTFALL:
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
