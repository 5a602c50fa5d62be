"""What only the pixels of a region can make doubtful, and a train of two series, in sentences for the reader."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import stdtr

from ironreport.records import Caution, FloatArray
from ironreport.relaxometry.screening import BoolArray, n_falling_faster, n_of_another_tissue, rounding_scatter

ENOUGH_PIXELS = 20
"""Chosen: the median of 20 pixels scatters by 28 % of their spread, that of the 30 asked for by 23 %."""

MANY_SCREENED = 0.15
CHANCE_SCREENED = 2
"""Clean regions lose 2 % of their pixels to the screen, at most 6 % of 100; among few pixels two more by chance."""

FEWEST_OTHER = 2
"""Pixels of another tissue in a region of fewer than twenty, in which an edge cannot be found by where they lie."""

MANY_ZEROS, NO_NOISE = 0.01, 1e-5
"""Noise of a magnitude is hardly ever exactly zero, and never below this part of the median signal."""

CLEARLY_ALIKE = 1.5
"""White noise reads 1.0 to 1.2 pixels per independent one, a Hamming filter 2, twofold zero filling 4."""

ODD_LOG_SIGMA = 0.15
"""The median curve asks for a noise 15 % off that of the pixels, three SD of its doubt."""

LARGE_MISFIT = 0.03
SURE_MISFIT = 4.0
"""Misfit of a model whose noise is known, per largest signal and per noise of the curve. Even regions of every kind
that `benchmarks.conditions` holds stay below 0.03 or below four times their noise, also filtered ones, with fat or
with coils; halves of two series, echoes of two series in turn and clipped values exceed both."""

CLEAR_OF_FLOOR = 2.0
FEWEST_OF_A_SERIES = 3
FASTER_OF_TWO = 1.3
LIKE_STARTS = 0.25
"""Two lines through three echoes or more each, well above the noise, whose signals at TE 0 are within a quarter. Of two
series in turn (T2* 2 to 15 ms and 20 to 40 ms) all are found; of fat fractions of 0.03 to 0.5 at 1.5 and 3 T, 6 in
1,000 trains look alike."""

FEWEST_IN_ALL = 5
FASTER_OF_FEW, LIKE_STARTS_OF_FEW = 1.5, 0.1
"""A line through two echoes fits by force: the lower of three and two must fall faster by half, and both start within a
tenth. Of 5,000 trains of 5 echoes with fat, 1.4 % look so; of two series in turn, 97 % do."""

TWICE_THE_NOISE = 2.0
"""Of a region of 25 pixels at SNR 15 noise alone moves each echo by 3 %: a heart of 10 ms whose every other echo was of
another series read 22 ms with a third of fat, normal."""

WORTH_SAYING = 1.05
"""Readings within 5 % of the one used widen the interval without a word: half of what two scans differ by."""

MOST_FAT = 0.49
"""A fit that asks for more has run into the end of what it may try, one half: it found no fat fraction. Livers hold up
to 0.4, and none of 240 regions of 35 and 40 % came so far."""


def fat_at_its_limit(fraction: float | None) -> tuple[Caution, ...]:
    """A doubt where the fit asks for as much fat as it may: the decay is not determined, whatever bends the echoes."""
    if fraction is None or fraction < MOST_FAT:
        return ()
    text = (
        "The best fit lies at half fat, where water and fat trade places and the decay is not determined. Something "
        "else may bend the echoes: two series in one, or a region over fat. Check series and region."
    )
    return (Caution("FAT_AT_LIMIT", text, blocks_grade=True),)


def fat_not_excluded(
    fraction: float, with_fat_per_s: float, rate_per_s: float, limits_per_s: tuple[float, float]
) -> tuple[Caution, ...]:
    """A word where fat would not show and would take R2* out of the interval that is known without it.

    Parameters
    ----------
    fraction : float
        Of the signal at TE 0.
    with_fat_per_s, rate_per_s : float
        R2* with so much fat and without [s^-1].
    limits_per_s : tuple of float
        Its 95 % limits without [s^-1].
    """
    low, high = min(limits_per_s[0], rate_per_s / WORTH_SAYING), max(limits_per_s[1], rate_per_s * WORTH_SAYING)
    if low <= with_fat_per_s <= high:
        return ()
    text = (
        f"{100 * fraction:.0f} % of fat would not show in the few echoes above the noise: R2* would then be "
        f"{with_fat_per_s:.3g} s⁻¹ and not {rate_per_s:.3g} s⁻¹. The interval holds both; an earlier first echo or "
        "more echoes before the signal is lost tell them apart."
    )
    return (Caution("FAT_NOT_EXCLUDED", text),)


def pixel_cautions(drawn: FloatArray, features: FloatArray, kept: BoolArray, sigma: float) -> tuple[Caution, ...]:
    """Doubts that only the pixels can raise.

    Parameters
    ----------
    drawn : ndarray, shape (n_drawn, n_echoes)
        Signals of all pixels of the region.
    features : ndarray, shape (n_features, n_lit)
        Of those with signal, from `brightness`.
    kept : ndarray of bool, shape (n_lit,)
        Those that the number rests on.
    sigma : float
        Noise of a pixel over the brightest median signal.
    """
    n_lit, n_kept, n_faster = len(kept), int(np.count_nonzero(kept)), n_falling_faster(features, kept)
    n_other = n_of_another_tissue(features, kept) if len(drawn) < ENOUGH_PIXELS else 0
    found: list[Caution] = []
    if n_kept < ENOUGH_PIXELS:
        found.append(Caution("FEW_PIXELS", f"The fit rests on {n_kept} pixels; 30 or more make it reliable."))
    n_screened = n_lit - n_kept
    if n_faster > MANY_SCREENED * n_lit + CHANCE_SCREENED:
        text = (
            f"{n_faster} of {n_lit} pixels fall faster than those the number rests on, which vessels never do: the "
            "region holds two tissues, and the number may be that of the wrong one. Draw it inside one."
        )
        found.append(Caution("FASTER_PIXELS_LEFT_OUT", text, blocks_grade=True))
    elif n_other >= FEWEST_OTHER:
        text = (
            f"{n_other} of {n_lit} pixels fall much faster than the others, or are dark from the first echo on: the "
            "region holds two tissues, and the number may be that of the wrong one. Draw it inside one."
        )
        found.append(Caution("FASTER_PIXELS_LEFT_OUT", text, blocks_grade=True))
    elif n_screened > MANY_SCREENED * n_lit + CHANCE_SCREENED:
        text = (
            f"{n_screened} of {n_lit} pixels are unlike the rest and were left out: vessels or bile ducts are likely. "
            "Draw the region away from them."
        )
        found.append(Caution("PIXELS_SCREENED", text))
    zeros = float(np.mean(drawn == 0.0))
    if zeros > MANY_ZEROS:
        text = f"{zeros:.1%} of the region's signals are zero: masked, or rounded coarsely. Late echoes may be too low."
        found.append(Caution("ZEROS_IN_REGION", text))
    if sigma < NO_NOISE:
        text = "The pixels show no noise, so nothing is known of the noise floor. Use images as the scanner made them."
        found.append(Caution("NO_NOISE", text))
    return tuple(found)


def noise_cautions(log_sigma: float) -> tuple[Caution, ...]:
    """A word where the median curve asks for other noise than the pixels show; ``log_sigma`` is ln of the ratio."""
    if abs(log_sigma) <= ODD_LOG_SIGMA:
        return ()
    side = "above" if log_sigma > 0.0 else "below"
    text = (
        f"The late echoes lie {side} what the noise of the pixels explains: filtered images, fat or a vessel may be "
        "the cause. Compare the other models."
    )
    return (Caution("NOISE_ODD", text),)


def correlation_cautions(per_independent: float) -> tuple[Caution, ...]:
    """A word where neighbouring pixels share their noise."""
    if per_independent < CLEARLY_ALIKE:
        return ()
    text = (
        "Neighbouring pixels share their noise, as in filtered or interpolated images: "
        f"{per_independent:.1f} pixels say as much as one. The interval is widened for it."
    )
    return (Caution("PIXELS_CORRELATED", text),)


def misfit_cautions(misfit: float, largest: float, noise: float) -> tuple[Caution, ...]:
    """A doubt of residuals that neither the model chosen nor the noise explains, whatever echo or fat it blames.

    Parameters
    ----------
    misfit : float
        Root mean square of the residuals.
    largest : float
        Largest signal used.
    noise : float
        SD of the curve at one echo. All in the unit of the signal.
    """
    if misfit <= max(LARGE_MISFIT * largest, SURE_MISFIT * noise):
        return ()
    text = (
        f"The signal scatters by {100 * misfit / largest:.1f} % of the largest echo around the curve, beyond what its "
        "noise explains: echoes of two series, clipped values or two tissues do this. Check series and region."
    )
    return (Caution("NOT_EXPONENTIAL", text, blocks_grade=True),)


def in_turn_cautions(
    te_ms: FloatArray, values: FloatArray, is_clear: npt.NDArray[np.bool_], noise_sd: float = 0.0
) -> tuple[Caution, ...]:
    """A doubt where every other echo is of another series: it looks like fat, but the lower echoes fall faster.

    Fat lowers the opposed-phase echoes from the start, and along the train by less and less; two series start alike.

    Parameters
    ----------
    te_ms, values : ndarray, shape (n_echoes,)
        The whole train, with the signal measured.
    is_clear : ndarray of bool, shape (n_echoes,)
        Echoes well above the noise; the others take their turn and are not looked at.
    noise_sd : float
        Of the curve at one echo, where it is known: by twice as much both lines may miss their points.
    """
    turns = [is_clear & (np.arange(len(te_ms)) % 2 == start) for start in (0, 1)]
    halves = [(te_ms[turn], np.log(values[turn])) for turn in turns]
    fewest = min(len(times) for times, _ in halves)
    if np.count_nonzero(is_clear) < FEWEST_IN_ALL or fewest < 2:
        return ()
    is_few = fewest < FEWEST_OF_A_SERIES
    faster, alike = (FASTER_OF_FEW, LIKE_STARTS_OF_FEW) if is_few else (FASTER_OF_TWO, LIKE_STARTS)
    lines = [np.polynomial.Polynomial.fit(times, logs, 1) for times, logs in halves]
    for line, (times, logs) in zip(lines, halves, strict=True):
        noise = noise_sd * math.sqrt(float(np.mean(np.exp(-2.0 * logs))))
        if float(np.std(logs - line(times))) > max(LARGE_MISFIT, TWICE_THE_NOISE * noise):
            return ()
    first, second = (-float(line.deriv()(0.0)) for line in lines)
    middle = float(te_ms[is_clear].mean())
    upper, lower = (first, second) if lines[0](middle) > lines[1](middle) else (second, first)
    start = abs(float(lines[0](0.0) - lines[1](0.0)))
    if lower <= faster * max(upper, 0.0) or start >= alike:
        return ()
    text = (
        "Every other echo lies on a decay of its own, and the lower one falls faster, as fat hardly ever makes it: the "
        "train may hold the echoes of two series in turn. Check the series."
    )
    return (Caution("TWO_SERIES_IN_TURN", text, blocks_grade=True),)


# ------------------------------------------------------------------ two series one after the other

JOINED_STEP = 0.03
JOINED_LEVEL = 1e-4
"""One false alarm in ten thousand curves, counted over all places of the step, and at least 3 %: what merely bends, as
floor and vessels make it, leaves a smaller one between two lines. Of 2,800 curves of one tissue, with blood or with
fat, none is called joined."""

NO_BAD_ECHO_LEVEL = 0.01
"""One bad echo beside the step looks like it; of such curves one in a hundred is called joined."""

FEWEST_JOINED = 6
"""Two lines leave six echoes two that can disagree."""

FEWEST_BEFORE, FEWEST_AFTER = 2, 3
"""A line asks for two; two behind the step would be one bad echo and the last, which may have reached the floor."""

N_OF_TWO_LINES = 4
LARGEST_STEP = math.log(1000.0)
"""What is said of a larger one is a thousand times."""

LEAST_WEIGHT = 1e-6
"""Of the faintest line per the strongest: of less the square is lost in a double, and a line through it too."""


@dataclass(frozen=True, slots=True)
class Joined:
    """The first echo of the later series, from 0, and how far its decay begins above the earlier, as a share."""

    first: int
    step: float

    def sentence(self, echo: int) -> str:
        """The evidence in words; ``echo`` is the first of the later series, counted from 1 in the whole train."""
        percent = f"{100 * self.step:.0f}"
        return (
            f"From echo {echo} on it stands {percent} % above the decay of the echoes before, as those of another "
            "series do: check the series."
        )


def joined_series(te_ms: FloatArray, values: FloatArray, one_rss: float, without_rss: float) -> Joined | None:
    """Evidence that the train holds two series one after the other, or None.

    Two lines through ln S, one before and one after the step, have to fit better than one decay, and than one decay
    without its worst echo, and the later has to begin above the earlier: a signal does not rise by itself.

    Parameters
    ----------
    te_ms, values : ndarray, shape (n,)
        Echo times [ms] and positive signals.
    one_rss, without_rss : float
        Squares that one decay leaves, and one without its worst echo.
    """
    freedom = len(values) - N_OF_TWO_LINES
    if len(values) < FEWEST_JOINED or values.min() <= 0.0:
        return None
    firsts = range(FEWEST_BEFORE, len(values) - FEWEST_AFTER + 1)
    first, step, error, rss = max(
        ((k, *_step(te_ms, values, k)) for k in firsts), key=lambda found: found[1] / found[2]
    )
    if step < math.log1p(JOINED_STEP):
        return None

    def chance(deviations: float) -> float:
        return float(stdtr(freedom, -deviations))

    def better_than(other: float) -> float:
        return math.sqrt(max(other - rss, 0.0) * freedom / rss)

    alone = len(firsts) * chance(min(step / error, better_than(one_rss)))
    is_joined = alone < JOINED_LEVEL and chance(better_than(without_rss)) < NO_BAD_ECHO_LEVEL
    return Joined(first, math.expm1(min(step, LARGEST_STEP))) if is_joined else None


def _step(te_ms: FloatArray, values: FloatArray, first: int) -> tuple[float, float, float]:
    """Step of ln S before the echo ``first``, its error, and the squares that two lines leave, not below rounding.

    Where echoes too faint to carry a line leave it open there is no step, and the error knows no bound.
    """
    freedom, middle = len(values) - N_OF_TWO_LINES, 0.5 * (te_ms[first - 1] + te_ms[first])
    lines = np.zeros((len(values), N_OF_TWO_LINES))
    lines[:first, 0], lines[:first, 1] = 1.0, te_ms[:first] - middle
    lines[first:, 2], lines[first:, 3] = 1.0, te_ms[first:] - middle
    weighted = lines * values[:, np.newaxis]
    found, _, rank, _ = np.linalg.lstsq(weighted, np.log(values) * values, rcond=LEAST_WEIGHT)
    if rank < N_OF_TWO_LINES:
        return 0.0, math.inf, math.inf
    left = float(np.sum((np.log(values) * values - weighted @ found) ** 2))
    rss = max(left, rounding_scatter(values) ** 2 * freedom, np.finfo(float).eps * float(values @ values))
    spread = np.linalg.inv(weighted.T @ weighted) * rss / freedom
    return float(found[2] - found[0]), math.sqrt(spread[0, 0] + spread[2, 2]), rss
