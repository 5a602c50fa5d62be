"""Which model one curve asks for, what it reads, and why, in words.

With the noise known the ladder chooses between one exponential, fat and one bad echo; without it, one exponential or
one on a noise floor is chosen.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from ironreport.errors import FitError
from ironreport.records import Caution, FloatArray
from ironreport.relaxometry.descent import s0_covariance
from ironreport.relaxometry.known_noise import KnownFits, fit_known
from ironreport.relaxometry.ladder import FEWEST_ECHOES, FEWEST_VISIBLE_TO_CORRECT, Alternative
from ironreport.relaxometry.misfit import DownwardBend, downward_bend
from ironreport.relaxometry.models import finite_exp, rates_per_s
from ironreport.relaxometry.noise_law import first_moment, median_moment
from ironreport.relaxometry.quality import check_curves
from ironreport.relaxometry.region_doubts import fat_not_excluded
from ironreport.relaxometry.unknown_noise import FloorFits, fit_floor

ModelName = Literal["mono", "fat", "bad echo", "floor"]
NoiseVerdict = Literal["not known", "as given", "larger", "smaller"]


@dataclass(frozen=True, slots=True)
class FatReading:
    """The fat fraction that moves R2* farthest of those that a curve allows.

    Parameters
    ----------
    fraction : float
        Of the signal at TE 0.
    rate_per_s : float
        R2* with it [s^-1].
    low_per_s, high_per_s : float
        Limits over all fractions allowed [s^-1].
    """

    fraction: float
    rate_per_s: float
    low_per_s: float
    high_per_s: float


@dataclass(frozen=True, slots=True)
class CurveChoice:
    """The model chosen for one curve, what it reads, and why it was chosen.

    Parameters
    ----------
    model : {"mono", "fat", "bad echo", "floor"}
    r2star_per_s, ci_low_per_s, ci_high_per_s : float
        R2* and its 95 % limits [s^-1]; the upper one is inf where the echoes set none.
    s0 : float
        Signal at TE 0 [unit of the signal].
    log_covariance : tuple of float or None
        var(ln S0), cov(ln S0, ln R), var(ln R) of the chosen model alone; None without degrees of freedom.
    predicted : tuple of float, shape (n_echoes,)
        Expected mean signal at every echo, with noise, used or not.
    left_out : int or None
        The bad echo, from 0.
    fat_fraction, noise_floor : float or None
        What a richer model adds: fat per signal at TE 0, floor in the unit of the signal.
    alternatives : tuple of Alternative
        All richer models tried where the noise is known, the best supported first.
    flagged : bool
        Whether evidence against one exponential was found that must not correct the result.
    reduced_chi_square, misfit_chance : float or None
        Goodness of fit where the noise is known; below 1 % the model does not describe the curve.
    noise : {"not known", "as given", "larger", "smaller"}
        What the curve says of the noise given.
    fat : FatReading or None
        Where fat cannot be told from iron: what it would make of R2*; the interval holds it.
    sentences : tuple of str
        Choice and evidence in words for the reader.
    """

    model: ModelName
    r2star_per_s: float
    ci_low_per_s: float
    ci_high_per_s: float
    s0: float
    log_covariance: tuple[float, float, float] | None
    predicted: tuple[float, ...]
    sentences: tuple[str, ...]
    left_out: int | None = None
    fat_fraction: float | None = None
    noise_floor: float | None = None
    alternatives: tuple[Alternative, ...] = ()
    flagged: bool = False
    reduced_chi_square: float | None = None
    misfit_chance: float | None = None
    noise: NoiseVerdict = "not known"
    fat: FatReading | None = None

    @property
    def corrects(self) -> bool:
        """Whether the model takes out what bends the curve, so that its rate is the one reported."""
        return self.model in ("fat", "bad echo")

    @property
    def words(self) -> str:
        """The model for the reader."""
        if self.model == "fat":
            return f"one exponential with {100 * (self.fat_fraction or 0.0):.0f} % fat"
        return "one exponential without its bad echo" if self.model == "bad echo" else "one exponential"

    def fat_cautions(self, rate_per_s: float, low_per_s: float, high_per_s: float) -> tuple[Caution, ...]:
        """A word where fat that would not show takes R2* out of the interval that is known without it [s^-1]."""
        if self.fat is None or self.flagged or math.isinf(high_per_s):
            return ()
        return fat_not_excluded(self.fat.fraction, self.fat.rate_per_s, rate_per_s, (low_per_s, high_per_s))

    @property
    def measurable(self) -> bool:
        """Whether both limits are set by the echoes."""
        return self.ci_low_per_s > 0.0 and bool(np.isfinite(self.ci_high_per_s))


def choose_model(
    te_ms: FloatArray,
    signal: FloatArray,
    sigma: float | None = None,
    n_pixels: int = 1,
    n_coils: int = 1,
    field_tesla: float | None = None,
    *,
    of_medians: bool = False,
) -> CurveChoice:
    """The model of one mean curve with its evidence; parameters as in `fit_mean_curves`.

    ``of_medians`` where each signal is the median and not the mean of the pixels, which needs their noise.

    Raises
    ------
    FitError
        With fewer than two echoes, numbers that are no magnitude signal, or a noise that is not positive.
    """
    te, rows = np.asarray(te_ms, dtype=np.float64), np.atleast_2d(np.asarray(signal, dtype=np.float64))
    check_curves(te, rows, sigma, n_pixels, n_coils)
    if not (np.all(np.isfinite(rows)) and rows.min() >= 0.0 and rows.max() > 0.0):
        what = "The curve holds numbers that are no magnitude signal."
        raise FitError("SIGNAL_NOT_POSITIVE", what, "Use magnitude images, or leave the echo out.")
    if sigma is None:
        scale = float(rows.max())
        return _without_noise(te, fit_floor(te, rows / scale), scale)
    moment = median_moment(n_coils) if of_medians else first_moment(n_coils)
    return _with_noise(fit_known(te, rows / sigma, n_pixels, moment, field_tesla), sigma, field_tesla)


def unless_bent(
    choice: CurveChoice, te_ms: FloatArray, curves: FloatArray, n_coils: int
) -> tuple[CurveChoice, DownwardBend | None]:
    """The choice, and a downward bend where the curve has one, which takes the place of a bad echo.

    Parameters
    ----------
    te_ms : ndarray, shape (n_echoes,)
    curves : ndarray, shape (1 + n_replicates, n_echoes)
        Median curves over sigma, the measured one first.
    """
    if choice.model == "fat":
        return choice, None
    bend = downward_bend(te_ms, median_moment(n_coils).amplitude(curves), choice.left_out)
    if bend is None:
        return choice, None
    return replace(choice, model="mono", left_out=None, flagged=False), bend


def _with_noise(fits: KnownFits, sigma: float, field_tesla: float | None) -> CurveChoice:
    ladder, alternatives = fits.ladder, fits.ladder.alternatives(0)
    column = int(ladder.corrected[0])
    is_fat = column == ladder.n_echoes
    left_out = column if 0 <= column < ladder.n_echoes else None
    other_noise = next((a.noise_factor for a in alternatives[:1] if a.believed and a.noise_factor is not None), None)
    return CurveChoice(
        model="fat" if is_fat else "mono" if left_out is None else "bad echo",
        r2star_per_s=float(rates_per_s(fits.log_rate)[0]),
        ci_low_per_s=float(rates_per_s(fits.low)[0]),
        ci_high_per_s=float(rates_per_s(fits.high)[0]),
        s0=float(finite_exp(fits.log_s0)[0]) * sigma,
        log_covariance=_triple(fits.covariance[0]),
        predicted=tuple((fits.expected[0] * sigma).tolist()),
        sentences=_sentences_with_noise(fits, field_tesla),
        left_out=left_out,
        fat_fraction=float(fits.fat_fraction[0]) if is_fat else None,
        alternatives=alternatives,
        flagged=bool(ladder.flagged[0]),
        reduced_chi_square=float(ladder.reduced_chi_square[0]),
        misfit_chance=float(ladder.misfit_chance[0]),
        noise="as given" if other_noise is None else "larger" if other_noise > 1.0 else "smaller",
        fat=_fat_reading(fits),
    )


def _fat_reading(fits: KnownFits) -> FatReading | None:
    """What fat would make of the first curve, where its fraction is open."""
    if fits.fat is None or 0 not in fits.fat.row:
        return None
    rate, low, high = (float(rates_per_s(each)[0]) for each in (fits.fat.log_rate, fits.fat.low, fits.fat.high))
    return FatReading(float(fits.fat.fraction[0]), rate, low, high)


def _without_noise(te_ms: FloatArray, fits: FloorFits, scale: float) -> CurveChoice:
    has_floor = bool(fits.has_floor[0])
    return CurveChoice(
        model="floor" if has_floor else "mono",
        r2star_per_s=float(rates_per_s(fits.points[:, 1])[0]),
        ci_low_per_s=float(rates_per_s(fits.low)[0]),
        ci_high_per_s=float(rates_per_s(fits.high)[0]),
        s0=float(finite_exp(fits.log_s0(te_ms))[0]) * scale,
        log_covariance=_triple(s0_covariance(te_ms, fits.points, fits.covariance)[0]),
        predicted=tuple((fits.expected[0] * scale).tolist()),
        sentences=_sentences_without_noise(fits),
        noise_floor=float(fits.floor[0]) * scale if has_floor else None,
    )


def _triple(covariance: FloatArray) -> tuple[float, float, float] | None:
    if not np.all(np.isfinite(covariance)):
        return None
    return float(covariance[0, 0]), float(covariance[0, 1]), float(covariance[1, 1])


# ------------------------------------------------- what was chosen, and on what evidence, in words


def _sentences_with_noise(fits: KnownFits, field_tesla: float | None) -> tuple[str, ...]:
    """Choice of the ladder for the first curve, then what else the reader should know."""
    ladder, alternatives = fits.ladder, fits.ladder.alternatives(0)
    best = alternatives[0] if alternatives and alternatives[0].believed else None
    words = [
        _plain_words(fits)
        if best is None
        else _chosen_words(best, bool(ladder.flagged[0]), float(fits.fat_fraction[0]))
    ]
    if best is not None:
        credible = [a for a in alternatives[1:] if ladder.credible[0, _column(a, ladder.n_echoes)]]
        words += [_rival_words(rival) for rival in credible[:1]]
    if ladder.misfit[0]:
        stretch = math.sqrt(ladder.reduced_chi_square[0])
        words.append(
            f"The curve is not fully described (chi-square {ladder.reduced_chi_square[0]:.1f} per degree of freedom, "
            f"1 expected): the interval is widened {stretch:.1f} times. Check the region and the series."
        )
    if field_tesla is None and ladder.n_echoes >= FEWEST_ECHOES:
        words.append("Fat was not tried: the field strength is not known.")
    return tuple(words)


def _column(alternative: Alternative, n_echoes: int) -> int:
    if alternative.left_out is not None:
        return alternative.left_out
    return n_echoes if alternative.kind == "fat" else n_echoes + 1


def _plain_words(fits: KnownFits) -> str:
    if fits.ladder.n_echoes < FEWEST_ECHOES:
        return "One exponential is fitted; there are too few echoes to test it."
    cost = f"chi-square {fits.ladder.reduced_chi_square[0]:.1f} per degree of freedom"
    if fits.ladder.misfit[0]:
        return "One exponential is fitted: neither fat nor one bad echo explains the curve better."
    return f"One exponential is fitted ({cost}): nothing speaks for fat or a bad echo."


def _chosen_words(best: Alternative, flagged: bool, fitted_fraction: float) -> str:
    evidence = f"chi-square gain {best.gain:.0f} against {best.threshold:.0f}"
    if best.kind == "noise" and best.noise_factor is not None:
        return (
            f"The faint echoes ask for noise {best.noise_factor:.2g} times as large as given ({evidence}): R2* is not "
            "changed, its interval is widened. Check the noise and the number of coils; a vessel looks alike."
        )
    if best.fat_fraction is not None:
        fraction = best.fat_fraction if flagged else fitted_fraction
        cause, evidence = "Fat", f"fat fraction {100 * fraction:.0f} %, {evidence}"
        cure = "explains the zig-zag of the residuals", "R2* is fitted with fat"
    else:
        cause, cure = _echo(best), ("does not fit the others", "R2* is fitted without it")
    if not flagged:
        return f"{cause} {cure[0]} ({evidence}): {cure[1]}."
    return (
        f"{cause} {'may bend the curve' if best.kind == 'fat' else 'may be bad'} ({evidence}), but fewer than "
        f"{FEWEST_VISIBLE_TO_CORRECT} echoes stand clear of the noise to tell fat from a bad echo: R2* is not changed, "
        "its interval is widened."
    )


def _rival_words(rival: Alternative) -> str:
    explanation = {
        "fat": "Fat",
        "noise": "Other noise than given",
        "bad echo": f"Leaving out {_echo(rival).lower()}",
    }[rival.kind]
    return (
        f"{explanation} explains the curve as well (R2* {rival.rate_per_s:.3g} s⁻¹): the interval holds both readings."
    )


def _echo(alternative: Alternative) -> str:
    return f"Echo {(alternative.left_out or 0) + 1}"


def _sentences_without_noise(fits: FloorFits) -> tuple[str, ...]:
    """Choice between none and a noise floor for the first curve, and what cannot be told without the noise."""
    gain, needed = f"{fits.gain[0]:.1f}", f"{fits.threshold:.1f}"
    if fits.has_floor[0]:
        return (
            f"A noise floor explains the late echoes (gain {gain} against {needed} by AICc): R2* is fitted with the "
            "floor; its interval holds the laws of one and of many coils.",
            "Without the pixels a vessel in the region cannot be told from a noise floor.",
        )
    if math.isinf(fits.threshold):
        return ("One exponential is fitted; there are too few echoes to look for a noise floor.",)
    return (f"One exponential is fitted: a noise floor explains no more (gain {gain} against {needed} by AICc).",)
