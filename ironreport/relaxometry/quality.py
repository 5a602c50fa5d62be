"""What must be true of a signal before the fit, and of a fit before it may be called a result."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise
from typing import NoReturn

import numpy as np
import numpy.typing as npt

from ironreport.errors import FitError
from ironreport.records import Contrast, DecaySignal, FloatArray
from ironreport.relaxometry.noise_floor import longest_time_ms, n_above_floor
from ironreport.relaxometry.noise_law import MOST_COILS
from ironreport.relaxometry.solving import Solution

CLEAR_FALL = 0.2
"""A signal that falls at every step and by a fifth over the train decays, however wide its interval."""

FEWEST_ECHOES_OF_A_CURVE = 2
"""One point has no decay."""

FEWEST_ECHOES_OF_PIXELS = 3
"""Two echoes fit every pixel exactly and leave nothing to tell the noise by."""

SMALLEST_SIGNAL, LARGEST_SIGNAL = 1e-100, 1e30
LARGEST_TE_MS = 1e6
"""Far beyond any scanner; such numbers are typing errors, and their squares would be lost or overflow."""


def check_signal(signal: DecaySignal, left_out: Sequence[int] = ()) -> None:
    """Refuse a signal that cannot be fitted, naming the echo and its value.

    Parameters
    ----------
    signal : DecaySignal
    left_out : sequence of int
        Echoes, counted from 0, whose signal does not matter because the reader left them out.

    Raises
    ------
    FitError
        ``NO_ECHO``, ``LENGTHS_DIFFER``, ``NO_SUCH_ECHO``, ``TE_NOT_FINITE``, ``TE_NOT_POSITIVE``, ``TE_EQUAL``,
        ``TE_ORDER``, ``SIGNAL_NOT_FINITE``, ``SIGNAL_NOT_POSITIVE`` or ``ONE_ECHO``.
    """
    _check_lengths(signal, left_out)
    _check_echo_times(signal.te_ms)
    kept = [i for i in range(signal.n_echoes) if i not in set(left_out)]
    for i in kept:
        _check_value(signal, i)
    if not kept:
        raise FitError("NO_ECHO", "All echoes are left out.", "Keep at least two echoes, better four or more.")
    if len(kept) == 1:
        what = f"Only one echo (TE {signal.te_ms[kept[0]]:g} ms) is left: one point has no decay."
        raise FitError("ONE_ECHO", what, "Give the signal at two or more echo times, better four or more.")


def _check_lengths(signal: DecaySignal, left_out: Sequence[int]) -> None:
    n_te, n_signal = len(signal.te_ms), len(signal.signal)
    if n_te == 0 or n_signal == 0:
        raise FitError("NO_ECHO", "There is no echo to fit.", "Give echo times in ms and the signal at each of them.")
    if n_te != n_signal:
        what = f"There are {n_te} echo times but {n_signal} signals."
        raise FitError("LENGTHS_DIFFER", what, "Give one signal for each echo time.")
    strangers = [i for i in left_out if not 0 <= i < n_te]
    if strangers:
        what = f"Echo {strangers[0] + 1} is to be left out, but the signal has {n_te} echoes."
        raise FitError("NO_SUCH_ECHO", what, f"Choose echoes from 1 to {n_te}.")


def _check_echo_times(te_ms: Sequence[float]) -> None:
    for i, te in enumerate(te_ms, start=1):
        if not np.isfinite(te) or abs(te) > LARGEST_TE_MS:
            what = f"The echo time of echo {i} is not a number of ordinary size."
            raise FitError("TE_NOT_FINITE", what, "Type the echo time in ms, for example 2.4.")
        if te <= 0:
            what = f"The echo time of echo {i} is {te:g} ms; echo times are above zero."
            raise FitError("TE_NOT_POSITIVE", what, "Correct the echo time or remove the echo.")
    for i, (before, after) in enumerate(pairwise(te_ms), start=1):
        if after == before:
            what = f"Echoes {i} and {i + 1} have the same echo time, {after:g} ms."
            raise FitError("TE_EQUAL", what, "Keep one of them, or check whether two series are mixed.")
        if after < before:
            what = f"Echo {i + 1} (TE {after:g} ms) comes after echo {i} (TE {before:g} ms)."
            raise FitError("TE_ORDER", what, "Sort the echoes by echo time, the shortest first.")


def _check_value(signal: DecaySignal, i: int) -> None:
    value, te = signal.signal[i], signal.te_ms[i]
    if not np.isfinite(value) or abs(value) > LARGEST_SIGNAL or 0.0 < value < SMALLEST_SIGNAL:
        what = f"The signal of echo {i + 1} (TE {te:g} ms) is not a number of ordinary size."
        raise FitError("SIGNAL_NOT_FINITE", what, "Type the signal or leave the echo out.")
    if value <= 0:
        what = f"The signal of echo {i + 1} (TE {te:g} ms) is {value:g}; magnitude signals are above zero."
        raise FitError("SIGNAL_NOT_POSITIVE", what, "Use magnitude images, or leave the echo out.")


def check_curves(
    te_ms: FloatArray, rows: FloatArray, sigma: float | FloatArray | None, n_pixels: int, n_coils: int
) -> None:
    """Refuse curves, noise and counts that do not fit together; parameters as in `fit_mean_curves`."""
    if len(te_ms) < FEWEST_ECHOES_OF_A_CURVE or rows.shape[1] != len(te_ms):
        what = f"There are {len(te_ms)} echo times and {rows.shape[1]} signals."
        raise FitError("LENGTHS_DIFFER", what, "Give one signal for each of two or more echo times.")
    if not np.all(np.isfinite(te_ms)) or te_ms[0] <= 0.0 or np.any(np.diff(te_ms) <= 0.0):
        raise FitError("TE_ORDER", "The echo times do not ascend from above zero.", "Sort the echoes by echo time.")
    if sigma is not None and not np.all(np.isfinite(sigma) & (np.asarray(sigma) > 0.0)):
        what = "The noise given is not above zero."
        raise FitError("NOISE_NOT_POSITIVE", what, "Give the SD of the noise, or leave it open.")
    if n_pixels < 1 or not 1 <= n_coils <= MOST_COILS:
        what = f"{n_pixels} pixels and {n_coils} coils cannot be."
        raise FitError("COUNTS_INVALID", what, f"Give at least one pixel, and 1 to {MOST_COILS} coils.")


def check_pixels(te_ms: FloatArray, pixels: FloatArray, sigma: float | None, n_coils: int | None) -> None:
    """Refuse pixels that are no magnitudes at these echo times, or a noise that is none."""
    if pixels.ndim != 2 or pixels.shape[1:] != te_ms.shape:
        what = f"The pixels have the shape {pixels.shape}, the echo times {te_ms.shape}."
        raise FitError("PIXELS_SHAPE", what, "Give one row for each pixel and one column for each echo time.")
    if not np.all(np.isfinite(pixels)) or np.any(pixels < 0.0):
        what = "The region holds pixels that are no magnitude: negative or without a number."
        raise FitError("PIXELS_NOT_MAGNITUDE", what, "Use magnitude images, or draw the region elsewhere.")
    if len(te_ms) < FEWEST_ECHOES_OF_PIXELS and sigma is None:
        what = f"The noise of pixels cannot be told from {len(te_ms)} echoes."
        raise FitError("TOO_FEW_ECHOES", what, "Give three or more echoes, or the noise.")
    if (sigma is not None and not 0.0 < sigma < math.inf) or (n_coils is not None and not 1 <= n_coils <= MOST_COILS):
        raise FitError("NOISE_INVALID", "The noise given is no noise.", "Give a sigma above zero and one coil or more.")
    check_signal(DecaySignal("", tuple(te_ms.tolist()), (1.0,) * len(te_ms)))


def refuse_signal_gone(signal: DecaySignal, te_ms: FloatArray, values: FloatArray, floor: float | None) -> None:
    """Refuse a curve of which fewer than two echoes stand above its noise floor.

    Parameters
    ----------
    signal : DecaySignal
    te_ms, values : ndarray, shape (n_echoes,)
        Echoes kept by the reader.
    floor : float or None
        Noise floor, in the unit of the signal; nothing is refused without one.

    Raises
    ------
    FitError
        ``BEYOND_ACQUISITION``. It names an upper limit in words, never a relaxation time.
    """
    if floor is None or n_above_floor(values, floor) >= 2:
        return
    longest_ms = longest_time_ms(te_ms, values, floor, signal.n_pixels)
    limit = (
        f"{signal.contrast} is shorter than about {longest_ms:.2g} ms; heavy iron is likely"
        if longest_ms is not None
        else f"{signal.contrast} is too short for these echoes; heavy iron is likely, or the region holds no tissue"
    )
    what = (
        f"The signal is gone before the second echo (TE {te_ms[1]:g} ms): the noise floor is {floor:.3g}, "
        f"the first echo {values[0]:.3g}. {limit}."
    )
    raise FitError("BEYOND_ACQUISITION", what, f"{repeat_earlier(signal.contrast)} Check that the region is tissue.")


def refuse_no_decay(contrast: Contrast, te_ms: FloatArray, values: FloatArray, best: Solution | None) -> Solution:
    """Solution, where its signal falls; otherwise a refusal.

    The signal does not fall where the 95 % interval of R, on a linear scale, reaches zero. With three echoes
    that interval has one degree of freedom and reaches zero even for honest decays, so a signal that falls
    clearly at every step is let through; its interval says the rest.

    Parameters
    ----------
    te_ms, values : ndarray, shape (n_used,)
        Echoes used for the solution.
    best : Solution or None
        None where the best curve does not decay.

    Raises
    ------
    FitError
        ``NO_DECAY``, or ``NOT_DETERMINED`` where only the model with a floor leaves the decay open.
    """
    if best is not None:
        half_width = best.log_half_width
        first, last = best.predicted(te_ms[[0, -1]])
        falls_clearly = bool(np.all(np.diff(values) < 0)) and last < (1.0 - CLEAR_FALL) * first
        if half_width is None or half_width < 1.0 or falls_clearly:
            return best
        if best.floor > 0.0:
            what = f"These echoes do not determine {contrast} together with a floor under the decay."
            raise FitError("NOT_DETERMINED", what, "Choose the mono-exponential, or measure later echoes.")
    clearly = " clearly" if values[-1] < (1.0 - CLEAR_FALL) * values[0] else ""
    what = (
        f"The signal does not fall{clearly} with echo time ({values[0]:.4g} at TE {te_ms[0]:g} ms, "
        f"{values[-1]:.4g} at TE {te_ms[-1]:g} ms), so {contrast} cannot be read from it."
    )
    cure = "Check that these are magnitude images of one multi-echo series and that the region is tissue, not air."
    raise FitError("NO_DECAY", what, cure)


def refuse_too_short(contrast: Contrast, first_te_ms: float, time_ms: float, shortest_per_first_te: float) -> None:
    """Refuse a time that is too short for the first echo.

    Parameters
    ----------
    first_te_ms : float
        Shortest echo time used [ms].
    time_ms : float
        Fitted relaxation time [ms]; it is compared and never printed.
    shortest_per_first_te : float
        Shortest time that may be reported, per first echo time, from the knowledge files.

    Raises
    ------
    FitError
        ``SHORTER_THAN_FIRST_ECHO``.
    """
    shortest_ms = shortest_per_first_te * first_te_ms
    if time_ms < shortest_ms:
        what = (
            f"{contrast} is shorter than about {shortest_ms:.2g} ms, too short to be measured with a first echo "
            f"at {first_te_ms:g} ms; heavy iron is likely."
        )
        raise FitError("SHORTER_THAN_FIRST_ECHO", what, repeat_earlier(contrast))


def only_first_echo_falls(measured: FloatArray, predicted: FloatArray, used: npt.NDArray[np.bool_]) -> bool:
    """Whether the first echo, left out for it stands above the others, fell by more than all of them together do.

    A signal gone at the second echo over the floor of many coils looks like that, and its rest like slow decay.
    """
    if used[0] or not used[1:].all():
        return False
    return bool(measured[0] / predicted[0] > predicted[1] / predicted[-1])


def refuse_lost(te_ms: FloatArray, contrast: Contrast) -> NoReturn:
    """Refuse a decay of which no echo but the first holds anything.

    Raises
    ------
    FitError
        ``BEYOND_ACQUISITION``.
    """
    what = (
        f"The signal is lost in the noise before the second echo (TE {te_ms[1]:g} ms): {contrast} is too short for "
        "these echoes and heavy iron is likely, or the region holds no tissue."
    )
    raise FitError("BEYOND_ACQUISITION", what, f"{repeat_earlier(contrast)} Check that the region is tissue.")


# ------------------------------------------------- how echoes and cures are written


def echo_numbers(indices: npt.NDArray[np.intp]) -> str:
    """Echoes as the reader counts them, from 1, of ascending indices from 0.

    >>> echo_numbers(np.array([3, 4, 5])), echo_numbers(np.array([1])), echo_numbers(np.array([0, 4]))
    ('Echoes 4 to 6', 'Echo 2', 'Echoes 1 and 5')
    """
    numbers = [int(i) + 1 for i in indices]
    if len(numbers) == 1:
        return f"Echo {numbers[0]}"
    if len(numbers) > 2 and numbers[-1] - numbers[0] == len(numbers) - 1:
        return f"Echoes {numbers[0]} to {numbers[-1]}"
    return f"Echoes {', '.join(map(str, numbers[:-1]))} and {numbers[-1]}"


def repeat_earlier(contrast: Contrast) -> str:
    """The cure of a decay that is too fast for its echoes."""
    return "Repeat with a first echo of 1 ms or less." if contrast == "T2*" else "Repeat with a shorter first echo."
