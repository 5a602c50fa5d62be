"""What makes a finished fit doubtful, in sentences for the reader: what, how much and what to do."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ironreport.records import Caution, DecaySignal, FloatArray
from ironreport.relaxometry.misfit import fall_by_chance, residual_doubts
from ironreport.relaxometry.noise_floor import FEWEST_FOR_AICC, RAYLEIGH_SD_PER_MEAN, n_above_floor
from ironreport.relaxometry.quality import echo_numbers
from ironreport.relaxometry.readings import Reading
from ironreport.relaxometry.region_doubts import CLEAR_OF_FLOOR, in_turn_cautions, misfit_cautions
from ironreport.relaxometry.screening import CLEAR_STEP, last_that_hardly_falls, level_start
from ironreport.relaxometry.solving import Solution
from ironreport.units import milliseconds

FEW_ECHOES = 4
"""Three echoes leave one degree of freedom. The interval then carries a Student factor of 12.7 and is honest, so
three echoes are a caution and not a reason to withhold the class; `WIDE_INTERVAL` withholds it where needed, and
`SHORT_TRAIN` where they fall little."""

WIDEST_INTERVAL = 2.0
"""An interval that reaches twice and half the value spans more than one severity class on every ladder."""

WEAK_R_SQUARED = 0.85
"""Clean curves of 100 pixels stay above 0.97 even where they fall by a fifth; noise that happens to fall does not."""

MODEL_SPREAD = 1.05
SURE_SPREAD = 1.5
"""Models that read 5 % apart, and further than 1.5 times the interval of the other one, tell of a vessel, fat or the
noise floor; without the second condition the open floor of slow decays raises the alarm in 7 % of clean curves."""

FEWEST_ON_A_FLOOR = 6
"""Three parameters leave six echoes three degrees of freedom: two clear echoes over a modelled floor then have an
honest interval (T2* 1 ms in six echoes from 1.2 ms: it holds the truth in 94 %)."""

HIGH_FLOOR = 0.2
"""Noise above a fifth of the first echo means SNR below 6, which a region mean rarely has; vessels do this. A decay
shorter than the first echo time is judged as if that echo came at its T2*: late is not noisy."""

SHORT_TRAIN = 0.5
"""By half of T the signal has fallen by 39 %; less leaves the rate to small differences."""

FEWEST_IN_A_SHORT_TRAIN = 6
"""Five echoes or fewer with a small fall lie on one exponential whatever bends them: hearts of 12 to 15 ms whose signal
turned its sign, over a constant or a vessel, or in images scaled each by itself, read 20 to 30 ms, normal."""

SURE_SMALL_FALL = 0.25
"""A small fall is believed where the half width of ln R stays below 0.25. At 1.0, where it excludes zero, flat noise
of four echoes passes for a long time in 4 % of simulated curves; at 0.25 in about one of a thousand."""

NOISE_SD_PER_MEAN = 1.0 / 2.2
"""Pure noise has SD / mean = 0.52, tissue 0.1 to 0.3."""


@dataclass(frozen=True, slots=True, eq=False)
class FittedDecay:
    """A reading with all that the doubts look at.

    Parameters
    ----------
    signal : DecaySignal
        With the signals that were fitted.
    kept : ndarray of bool, shape (n_echoes,)
        Echoes the reader kept.
    reading : Reading
        What the route read, of a curve alone its plain model.
    others : tuple of Solution
        What the plain models read from all kept echoes.
    floor : float or None
        Noise floor that a curve of unknown noise has reached.
    log_half_width : float or None
        Half width of the reported interval of ln R.
    """

    signal: DecaySignal
    kept: npt.NDArray[np.bool_]
    reading: Reading
    others: tuple[Solution, ...]
    floor: float | None
    log_half_width: float | None

    @property
    def used(self) -> npt.NDArray[np.bool_]:
        """Echoes that the reading rests on, shape (n_echoes,)."""
        return self.reading.used

    @property
    def te_ms(self) -> FloatArray:
        """Echo times used [ms]."""
        return np.asarray(self.signal.te_ms, dtype=np.float64)[self.used]

    @property
    def values(self) -> FloatArray:
        """Signals used."""
        return np.asarray(self.signal.signal, dtype=np.float64)[self.used]

    @property
    def at_floor(self) -> npt.NDArray[np.intp]:
        """Indices of the kept echoes from the first one lost in the noise floor on."""
        kept = np.flatnonzero(self.kept)
        if self.floor is None:
            return kept[len(kept) :]
        return kept[n_above_floor(np.asarray(self.signal.signal, dtype=np.float64)[kept], self.floor) :]


def doubts(fitted: FittedDecay, solution: Solution) -> tuple[Caution, ...]:
    """All cautions of a curve alone, the ones that withhold the class first; ``solution`` is its plain model."""
    misfit = residual_doubts(solution, fitted.te_ms, fitted.values, np.flatnonzero(fitted.used))
    withheld = any(doubt.blocks_grade for doubt in misfit)
    found = [
        *_few_echoes(fitted),
        *_wide_interval(fitted),
        *(tuple(_flat_start(fitted)) or (() if withheld else _bent_start(fitted, misfit))),
        *misfit,
        *(() if withheld else _weak_decay(fitted)),
        *_noise_like(fitted),
        *_high_floor(fitted),
        *_at_the_floor(fitted),
        *_model_dependent(fitted),
        *_short_train(fitted),
        *fall_by_chance(solution, fitted.te_ms),
        *_reader_left_out(fitted),
    ]
    return ordered(found)


def doubts_of_known_noise(fitted: FittedDecay, known: tuple[Caution, ...]) -> tuple[Caution, ...]:
    """Cautions of a fit whose noise is known: what its route found, and what no noise explains."""
    beyond = fitted.reading.beyond  # a limit is said without fat, and no number is printed that fat could move
    found = [
        *(doubt for doubt in known if not (beyond and doubt.code == "FAT_NOT_EXCLUDED")),
        *_few_echoes(fitted),
        *_unexplained(fitted, is_fat=any(doubt.code == "FAT_FITTED" for doubt in known)),
        # beyond the acquisition the first echo is near the noise by nature, and its signal was shown against it
        *(() if beyond else _doubts_of_an_estimate(fitted)),
        *_reader_left_out(fitted),
    ]
    return ordered(found)


def noise_of_curve(signal: DecaySignal) -> float:
    """SD of the curve at one echo, where the noise of a pixel is known: of a median of pixels, or of their mean."""
    if signal.pixels is not None:
        return signal.pixels.sigma * math.sqrt(math.pi / 2.0 / signal.pixels.n_kept)
    return (signal.noise_sd or 0.0) / math.sqrt(signal.n_pixels or 1)


def _unexplained(fitted: FittedDecay, *, is_fat: bool) -> Iterable[Caution]:
    """What neither the model chosen nor the known noise explains, and fat that may be two series."""
    reading = fitted.reading
    misfit, noise = math.sqrt(reading.rss / max(int(reading.used.sum()), 1)), noise_of_curve(fitted.signal)
    largest = float(reading.measured[reading.used].max(initial=0.0))
    yield from misfit_cautions(misfit, largest, noise)
    if is_fat:
        clear = fitted.kept & (reading.measured > CLEAR_OF_FLOOR * (reading.floor or 0.0))
        yield from in_turn_cautions(np.asarray(fitted.signal.te_ms), reading.measured, clear, noise)


def _doubts_of_an_estimate(fitted: FittedDecay) -> Iterable[Caution]:
    yield from _wide_interval(fitted)
    yield from _flat_start(fitted)
    yield from _short_train(fitted)
    yield from _noise_like(fitted)


def ordered(found: Iterable[Caution]) -> tuple[Caution, ...]:
    """The cautions that withhold the class first."""
    return tuple(sorted(found, key=lambda doubt: not doubt.blocks_grade))


def _few_echoes(fitted: FittedDecay) -> Iterable[Caution]:
    n_used, n_kept = len(fitted.te_ms), int(fitted.kept.sum())
    if n_used == 2 and n_kept == 2:
        yield Caution(
            "TWO_ECHOES",
            "Two echoes give a curve but no goodness of fit and no interval; measure at least four echoes.",
            blocks_grade=True,
        )
    elif n_used == 2 or (n_kept < _fewest_at_a_floor(fitted) and n_kept - len(fitted.at_floor) <= 2):
        text = (
            "Only two echoes stand above the noise floor: they give a curve but no goodness of fit; "
            "repeat with shorter echo times."
        )
        yield Caution("TWO_ECHOES", text, blocks_grade=True)
    elif fitted.log_half_width is None:
        text = f"{n_used} echoes give this model no interval; keep more echoes or choose the mono-exponential."
        yield Caution("NO_INTERVAL", text, blocks_grade=True)
    elif n_used < FEW_ECHOES:
        yield Caution("FEW_ECHOES", f"The fit rests on {n_used} echoes; at least four make it reliable.")


def _fewest_at_a_floor(fitted: FittedDecay) -> int:
    """Echoes with which two clear ones are enough."""
    return FEWEST_ON_A_FLOOR if fitted.reading.n_parameters > 2 else FEWEST_FOR_AICC


def _wide_interval(fitted: FittedDecay) -> Iterable[Caution]:
    half_width = fitted.log_half_width
    if half_width is not None and half_width > math.log(WIDEST_INTERVAL):
        # the interval itself stands beside the number, once
        text = (
            f"The 95 % interval of {fitted.signal.contrast} is too wide for a class; measure more echoes or a larger "
            "region."
        )
        yield Caution("WIDE_INTERVAL", text, blocks_grade=True)


def _flat_start(fitted: FittedDecay) -> Iterable[Caution]:
    values = fitted.values
    n_equal, tolerance = level_start(values, fitted.reading.rss)
    last, falls = max(n_equal - 1, 1), _falls(fitted)
    if values[last] >= (1.0 - tolerance) * values[0] and falls[last] >= CLEAR_STEP:
        yield _clipped(fitted, last, "are equal" if n_equal > 1 else "rise", falls[last])


def _bent_start(fitted: FittedDecay, misfit: tuple[Caution, ...]) -> Iterable[Caution]:
    """First echoes that hardly fall, where the train lies off its curve and would keep its class."""
    falls = _falls(fitted)
    if (last := last_that_hardly_falls(fitted.values, falls)) and any(
        doubt.code == "NOT_EXPONENTIAL" for doubt in misfit
    ):
        yield _clipped(fitted, last, "hardly fall", falls[last])


def _falls(fitted: FittedDecay) -> FloatArray:
    """What the curve has fallen by at each echo, per its first one."""
    expected = fitted.reading.bare(fitted.te_ms)
    return np.asarray(1.0 - expected / expected[0])


def _clipped(fitted: FittedDecay, last: int, seen: str, fall: float) -> Caution:
    first_echoes = echo_numbers(np.flatnonzero(fitted.used)[: last + 1])
    text = (
        f"{first_echoes} {seen} where the curve falls by {100 * fall:.0f} %: the values may be clipped, or the first "
        "echo is disturbed. Leave them out or repeat with lower receiver gain."
    )
    return Caution("FLAT_START", text, blocks_grade=True)


def _weak_decay(fitted: FittedDecay) -> Iterable[Caution]:
    r_squared = fitted.reading.r_squared
    if r_squared is not None and r_squared < WEAK_R_SQUARED:
        text = (
            f"The curve explains only {100 * r_squared:.0f} % of the changes of the signal (R² {r_squared:.2f}): "
            "noise, motion or a region without tissue. Check the region and the images."
        )
        yield Caution("WEAK_DECAY", text, blocks_grade=True)


def _noise_like(fitted: FittedDecay) -> Iterable[Caution]:
    if not fitted.signal.sd:
        return
    first = int(np.flatnonzero(fitted.used)[0])
    ratio = fitted.signal.sd[first] / fitted.signal.signal[first]
    if ratio > NOISE_SD_PER_MEAN:
        text = (
            f"The pixels of the region vary by {100 * ratio:.0f} % at the first echo, like pure noise "
            f"({100 * RAYLEIGH_SD_PER_MEAN:.0f} %): the region may be air or a mixture. Place it again."
        )
        yield Caution("NOISE_LIKE", text, blocks_grade=True)


def _high_floor(fitted: FittedDecay) -> Iterable[Caution]:
    if fitted.floor is None:
        return
    reading, first = fitted.reading, float(fitted.values[0])
    at_its_time = reading.s0 / math.e if reading.time_ms < fitted.te_ms[0] else 0.0
    share = fitted.floor / max(first, at_its_time)
    if share > HIGH_FLOOR and len(fitted.at_floor) >= 2:
        text = (
            f"The signal levels off at {100 * share:.0f} % of the first echo, high for noise: vessels or other tissue "
            "in the region are possible. Redraw the region before a class is given."
        )
        yield Caution("HIGH_FLOOR", text, blocks_grade=True)


def _at_the_floor(fitted: FittedDecay) -> Iterable[Caution]:
    if len(fitted.at_floor) == 0:
        return
    one = len(fitted.at_floor) == 1
    place = f"{echo_numbers(fitted.at_floor)} {'is' if one else 'are'} at or near the noise floor ({fitted.floor:.3g})"
    if fitted.reading.n_parameters > 2:
        yield Caution("FLOOR_MODELLED", f"{'; '.join([f'{place}, which is modelled', *_without_floor(fitted)])}.")
        return
    if np.array_equal(fitted.kept, fitted.used):
        text = f"{place} and {'was' if one else 'were'} kept; {fitted.signal.contrast} may read too long."
        yield Caution("FLOOR_KEPT", text)
        return
    gone = f"{place} and {'was' if one else 'were'} left out"
    yield Caution("TRUNCATED", f"{'; '.join([gone, *_without_floor(fitted)])}.")


def _without_floor(fitted: FittedDecay) -> list[str]:
    """What a plain exponential through every kept echo would read."""
    whole = next((other for other in fitted.others if other.model.name == "mono"), None)
    if whole is None:
        return []
    change = 100.0 * (whole.time_ms / fitted.reading.time_ms - 1.0)
    direction = "longer" if change >= 0 else "shorter"
    return [f"without that {fitted.signal.contrast} would read {abs(change):.0f} % {direction}"]


def _model_dependent(fitted: FittedDecay) -> Iterable[Caution]:
    time_ms = fitted.reading.time_ms
    readings = [other.time_ms for other in fitted.others if _disagrees(other, time_ms)]
    if readings:
        low, high = min(time_ms, *readings), max(time_ms, *readings)
        text = (
            f"The model alone moves {fitted.signal.contrast} from {milliseconds(low)} to {milliseconds(high)} ms: "
            "vessel, fat or noise floor in the region. Name the model with the result, or redraw the region."
        )
        yield Caution("MODEL_DEPENDENT", text)


def _disagrees(other: Solution, time_ms: float) -> bool:
    """Another reading is more than 5 % away, and surely so."""
    distance = abs(math.log(other.time_ms / time_ms))
    half_width = other.log_half_width
    return half_width is not None and distance > max(math.log(MODEL_SPREAD), SURE_SPREAD * half_width)


def _short_train(fitted: FittedDecay) -> Iterable[Caution]:
    last_te_ms, time_ms = float(fitted.te_ms[-1]), fitted.reading.time_ms
    half_width = fitted.log_half_width
    if last_te_ms < SHORT_TRAIN * time_ms:
        unsure = half_width is None or half_width > SURE_SMALL_FALL
        text = (
            f"The last echo used (TE {last_te_ms:g} ms) comes before half of {fitted.signal.contrast} "
            f"({milliseconds(time_ms)} ms), so the fall is small and the time poorly determined; use later echoes."
        )
        few = len(fitted.te_ms) < FEWEST_IN_A_SHORT_TRAIN
        flat = ["A signal lost in noise looks the same."] if unsure else []
        bent = ["With so few echoes a clipped one, or one of another series, would not show."] if few else []
        yield Caution("SHORT_TRAIN", " ".join([text, *flat, *bent]), blocks_grade=unsure or few)


def _reader_left_out(fitted: FittedDecay) -> Iterable[Caution]:
    gone = np.flatnonzero(~fitted.kept)
    if len(gone):
        times = ", ".join(f"{fitted.signal.te_ms[i]:g}" for i in gone)
        yield Caution("READER_LEFT_OUT", f"Left out by the reader: {echo_numbers(gone).lower()} (TE {times} ms).")
