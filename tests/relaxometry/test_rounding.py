"""Curves that were rounded: equal late echoes are known to their step only, and neither prove a decay nor a class."""

from __future__ import annotations

import math

import numpy as np
import pytest

from ironreport.errors import FitError
from ironreport.records import DecayFit, DecaySignal, FloatArray
from ironreport.relaxometry import fit_decay
from ironreport.relaxometry.noise_floor import longest_time_ms, second_echo_stands_out
from ironreport.relaxometry.screening import moved_levels, rounding_scatter, rounding_scatters, visible_step

STEPS = [0.1, 1.0, 10.0]
N_EQUAL = range(3, 9)


def levelled(step: float, n_equal: int, *first: float) -> FloatArray:
    """A curve that ends in equal echoes of 20 steps."""
    return np.round(step * np.array([*first, *[20.0] * n_equal]), 6)


def read(values: FloatArray, te_ms: FloatArray | None = None) -> DecayFit | None:
    times_ms: FloatArray = 0.95 + 0.7 * np.arange(len(values), dtype=np.float64) if te_ms is None else te_ms
    try:
        return fit_decay(DecaySignal("liver", tuple(times_ms.tolist()), tuple(values.tolist()), "T2*", 1.5))
    except FitError:
        return None


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("n_equal", N_EQUAL)
def test_a_second_echo_two_steps_above_equal_late_ones_does_not_stand_out(step: float, n_equal: int) -> None:
    for second in (21.0, 22.0):
        values = levelled(step, n_equal, 101.0, second)
        assert not second_echo_stands_out(values)
        assert read(values) is None


@pytest.mark.parametrize("step", STEPS)
def test_a_second_echo_many_steps_above_equal_late_ones_stands_out(step: float) -> None:
    assert second_echo_stands_out(levelled(step, 8, 101.0, 24.0))
    assert not second_echo_stands_out(levelled(step, 2, 101.0, 24.0)), "two late echoes say little of their scatter"


@pytest.mark.parametrize(("values", "step"), [
    ([100.0, 23.0, 20.0, 20.0], 1.0), ([1000.0, 230.0, 200.0, 200.0], 10.0), ([0.9, 0.3, 0.2, 0.2], 0.1),
    ([98.123, 23.456, 20.372, 20.372], 3.084), ([100.0, 23.0, 20.0, 19.0], 0.0), ([7.0, 7.0, 7.0], 0.0),
])  # fmt: skip
def test_the_step_is_what_all_signals_are_multiples_of_where_one_repeats(values: list[float], step: float) -> None:
    assert visible_step(np.array(values)) == pytest.approx(step, rel=1e-6)


def test_a_step_that_scaling_hid_is_the_least_difference() -> None:
    """Of more than a thousand steps three late echoes do not repeat by chance."""
    assert visible_step(np.array([999.0, 301.0, 200.0, 200.0])) == pytest.approx(1.0)
    assert visible_step(np.array([1001.0, 301.0, 200.0, 200.0])) == pytest.approx(101.0)


@pytest.mark.parametrize(("late", "is_level"), [
    ([20.0, 20.0, 20.0], True), ([25.0, 20.0, 20.0], False), ([20.0, 20.0, 20.0, 21.0], True),
    ([20.0, 20.0, 21.0, 20.0, 21.0], False), ([30.0, 20.0, 20.0, 20.0], True),
])  # fmt: skip
def test_three_equal_late_echoes_are_a_level_where_three_of_four_are_equal(late: list[float], is_level: bool) -> None:
    values = np.array([101.0, 40.0, *late])
    assert rounding_scatter(values) == pytest.approx(1.0 / math.sqrt(12.0) if is_level else 0.0)
    assert rounding_scatters(np.array([values, np.arange(len(values)) + 1.0])).tolist() == [rounding_scatter(values), 0]
    low, high = moved_levels(values) or (values, values)
    assert np.unique(high - low).tolist() == ([0.0, 1.0] if is_level else [0.0])


@pytest.mark.parametrize("floor", [9.55, 9.7, 10.0, 10.3, 10.45])
@pytest.mark.parametrize("step", STEPS)
def test_the_interval_over_equal_late_echoes_holds_the_truth_wherever_the_floor_lies_in_its_step(
    step: float, floor: float
) -> None:
    te_ms = 0.95 + 0.7 * np.arange(12.0)
    values = step * np.round(np.hypot(100.0 * np.exp(-te_ms / 0.8), floor))
    assert len(np.unique(values[-6:])) == 1
    fit = read(np.round(values, 6), te_ms)
    assert fit is not None
    assert (fit.rate.low or math.inf) <= 1000.0 / 0.8 <= (fit.rate.high or 0.0)


def test_rounded_means_of_heavy_iron_read_no_milder_than_they_are() -> None:
    """Means of 60 pixels as whole numbers of S0 30: equal late ones gave intervals of 6 % that left out the truth."""
    rng, te_ms = np.random.default_rng(4), 1.2 + 1.5 * np.arange(8.0)
    for time_ms in (0.8, 1.0, 1.2):
        clean, shape = 30.0 * np.exp(-te_ms / time_ms), (12, 60, 8)
        pixels = np.hypot(clean + rng.standard_normal(shape), rng.standard_normal(shape))
        fits = [read(values, te_ms) for values in np.round(pixels.mean(axis=1))]
        assert all(fit is None or (fit.rate.high or math.inf) >= 950.0 / time_ms for fit in fits)


@pytest.mark.parametrize("n_pixels", [100, None])
def test_the_longest_time_of_a_lost_signal_knows_its_rounding(n_pixels: int | None) -> None:
    te_ms, values = 0.95 + 0.7 * np.arange(8.0), np.array([100.0, 25.0, *[20.0] * 6])
    exact_ms = longest_time_ms(te_ms, np.array([100.0, 25.0, 20.0, 19.9, 20.1, 20.05, 19.95, 20.0]), 20.0, n_pixels)
    coarse_ms = longest_time_ms(te_ms, values, 20.0, n_pixels)
    assert exact_ms is not None and coarse_ms is not None
    assert coarse_ms > 1.05 * exact_ms
