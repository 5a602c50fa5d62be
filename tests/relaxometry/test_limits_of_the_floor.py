"""When a curve of unknown noise is said to have reached a floor, and what that does to its echoes and its interval."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from scipy import stats
from scipy.special import stdtrit

from ironreport.errors import FitError
from ironreport.records import DecaySignal, FloatArray
from ironreport.relaxometry import fit_decay
from ironreport.relaxometry.models import MONO, QUADRATURE
from ironreport.relaxometry.noise_floor import (
    RAYLEIGH_SD_PER_MEAN,
    floor_is_better,
    longest_time_ms,
    n_above_floor,
    noise_floor,
    second_echo_stands_out,
)
from ironreport.relaxometry.noise_law import noise_law
from ironreport.relaxometry.solving import Solution
from ironreport.relaxometry.unknown_noise import fit_floor

EVIDENCE = [4, 5, 6, 7, 8, 12]
"""Numbers of echoes: an F test up to six, AICc from seven on."""


def needed(n: int) -> float:
    """Misfit without a floor per misfit with one at which the floor begins to be believed, from tables."""
    if n < 7:
        return 1.0 + float(stats.f.isf(0.05, 1, n - 3)) / (n - 3)
    # AICc with three and four parameters, the variance of the noise among them
    return math.exp((2.0 + 40.0 / (n - 5) - 24.0 / (n - 4)) / n)


def solutions(n: int, ratio: float, *, floor: float = 1.0, rss: float = 1.0) -> tuple[Solution, Solution]:
    """One exponential and one on a floor, whose misfits have the ratio asked."""
    quadrature = Solution(QUADRATURE, 100.0, 200.0, floor, rss, n, np.zeros((2, 2)), settled=True)
    return replace(quadrature, model=MONO, floor=0.0, rss=ratio * rss), quadrature


@pytest.mark.parametrize("n", EVIDENCE)
@pytest.mark.parametrize(("factor", "better"), [(0.98, False), (1.02, True)])
def test_a_floor_is_believed_at_five_percent_of_the_f_test_and_from_seven_echoes_on_by_aicc(
    n: int, factor: float, better: bool
) -> None:
    signal = np.linspace(100.0, 10.0, n)
    assert floor_is_better(signal, *solutions(n, factor * needed(n))) is better


def test_no_floor_is_better_where_there_is_none_or_no_echo_to_spare() -> None:
    signal = np.linspace(100.0, 10.0, 8)
    mono, quadrature = solutions(8, 1e6)
    assert not floor_is_better(signal, mono, None)
    assert not floor_is_better(signal, mono, replace(quadrature, floor=0.0))
    assert not floor_is_better(signal[:3], *solutions(3, 1e6))
    assert floor_is_better(signal, None, replace(quadrature, rss=1.0)), "without one exponential all changes are misfit"


@pytest.mark.parametrize(("millionths", "better"), [(0.98, False), (1.02, True)])
def test_misfits_of_a_millionth_of_the_first_echo_are_rounding(millionths: float, better: bool) -> None:
    """A perfect fit with a floor beats one exponential only where that misses by more than rounding."""
    n, signal = 8, np.linspace(100.0, 10.0, 8)
    mono, quadrature = solutions(n, 1.0)
    rounding = n * (1e-6 * signal[0]) ** 2
    misses = replace(mono, rss=(millionths * needed(n) - 1.0) * rounding)
    assert floor_is_better(signal, misses, replace(quadrature, rss=0.0)) is better


@pytest.mark.parametrize("n", [*EVIDENCE, 3])
def test_the_fit_of_many_curves_asks_for_the_same_evidence(n: int) -> None:
    te_ms = 1.0 + np.arange(n)
    rng = np.random.default_rng(n)
    values = np.hypot(np.exp(-te_ms / 1.5), 0.02) + 0.002 * rng.standard_normal((40, n))
    fits = fit_floor(te_ms, values / values.max(axis=1, keepdims=True))
    if n == 3:
        assert fits.threshold == math.inf
        assert not fits.has_floor.any()
    else:
        assert fits.threshold == pytest.approx(n * math.log(needed(n)), rel=1e-9)
        assert fits.has_floor.any()
        assert np.array_equal(fits.has_floor, fits.floor > 0.0)


# ------------------------------------------------------------------------------------------ what is believed

TE_MS = np.array([1.0, 2.0, 3.0, 4.0, 6.0, 8.0, 10.0, 12.0])


def reached(last_per_floor: float = 0.1, floor_per_first: float = 0.1, unexplained: float = 0.01) -> float | None:
    """Floor of a curve whose last echo holds so much tissue, by a plain exponential that misses so many changes."""
    first = 100.0
    floor = floor_per_first * first
    rate = 1000.0 * math.log(first / (last_per_floor * floor)) / 12.0
    quadrature = Solution(QUADRATURE, first, rate, floor, 1e-9, 8, np.zeros((2, 2)), settled=True)
    signal = np.linspace(first, floor, 8)
    changes = float(np.sum((signal - signal.mean()) ** 2))
    mono = replace(quadrature, model=MONO, floor=0.0, rss=unexplained * changes)
    return noise_floor(TE_MS, signal, mono, quadrature)


@pytest.mark.parametrize(("last_per_floor", "believed"), [(0.98, True), (1.02, False)])
def test_a_floor_is_reached_where_the_last_echo_holds_less_tissue_than_floor(
    last_per_floor: float, believed: bool
) -> None:
    assert reached(last_per_floor=last_per_floor) == (10.0 if believed else None)


@pytest.mark.parametrize(
    ("floor_per_first", "unexplained", "believed"),
    [(0.39, 0.01, True), (0.41, 0.01, False), (0.41, 0.098, False), (0.41, 0.102, True)],
)
def test_a_floor_above_40_percent_is_believed_only_where_one_exponential_explains_less_than_90(
    floor_per_first: float, unexplained: float, believed: bool
) -> None:
    assert (reached(0.1, floor_per_first, unexplained) is not None) is believed


# ------------------------------------------------------------------------------------------ what stands above it


def test_echoes_count_as_lost_below_2_05_times_the_floor() -> None:
    assert n_above_floor(np.array([100.0, 20.6, 20.4, 30.0]), 10.0) == 2, "what comes after a lost echo is lost too"
    assert n_above_floor(np.array([100.0, 20.6]), 10.0) == 2


def test_the_mean_of_pixels_at_the_floor_scatters_as_rayleigh_noise_does() -> None:
    assert pytest.approx(math.sqrt(4.0 / math.pi - 1.0), abs=2e-4) == RAYLEIGH_SD_PER_MEAN


@pytest.mark.parametrize("n_pixels", [25, 400, None])
def test_the_longest_time_is_two_scatters_of_the_floor_from_what_was_measured(n_pixels: int | None) -> None:
    te_ms, signal, floor = np.array([4.8, 7.0]), np.array([60.0, 21.0]), 19.0
    scatter = 2.0 * 0.5227 * floor / math.sqrt(n_pixels or 100)
    first, second = math.sqrt((60.0 - scatter) ** 2 - floor**2), math.sqrt((21.0 + scatter) ** 2 - floor**2)
    found = longest_time_ms(te_ms, signal, floor, n_pixels)
    assert found == pytest.approx(2.2 / math.log(first / second), rel=2e-4)


def test_a_second_echo_below_the_floor_counts_as_at_the_floor() -> None:
    te_ms, floor = np.array([4.8, 7.0]), 19.0
    at, below = (longest_time_ms(te_ms, np.array([60.0, second]), floor, 100) for second in (19.0, 10.0))
    assert at == below


def test_a_first_echo_at_the_floor_bounds_no_time() -> None:
    assert longest_time_ms(np.array([4.8, 7.0]), np.array([20.0, 19.0]), 19.0, 100) is None
    assert longest_time_ms(np.array([4.8, 7.0]), np.array([22.5, 19.0]), 19.0, 100) is None, "longer than the second TE"


@pytest.mark.parametrize(("n_coils", "comes_back"), [(1, False), (2, True), (3, False)])
def test_a_curve_on_its_floor_is_read_by_the_law_of_two_coils(n_coils: int, comes_back: bool) -> None:
    """The law between that of one coil and that of many; the interval holds those of both ends."""
    te_ms = 0.93 + 1.34 * np.arange(12)
    values = noise_law(n_coils).mean(50.0 * np.exp(-te_ms / 2.0))
    fits = fit_floor(te_ms, (values / values.max())[None])
    time_ms, low_ms, high_ms = (1.0 / math.exp(float(x[0])) for x in (fits.points[:, 1], fits.high, fits.low))
    assert (time_ms == pytest.approx(2.0, rel=1e-4)) is comes_back
    assert low_ms <= 2.0 * (1.0 + 1e-3)
    assert high_ms >= 2.0 * (1.0 - 1e-3)
    assert time_ms == pytest.approx(2.0, rel=0.015)


def test_the_interval_of_a_curve_on_its_floor_ends_at_the_laws_of_one_and_of_many_coils() -> None:
    """Curves without scatter: the law of one is the slow end, that of many, quadrature, the fast one."""
    te_ms = 0.93 + 1.34 * np.arange(12)
    amplitude = 50.0 * np.exp(-te_ms / 2.0)
    one, many = noise_law(1).mean(amplitude), np.hypot(amplitude, 1.5)
    fits = fit_floor(te_ms, np.stack([one / one.max(), many / many.max()]))
    assert fits.low[0] == pytest.approx(-math.log(2.0), abs=0.002)
    assert fits.high[1] == pytest.approx(-math.log(2.0), abs=0.002)
    assert fits.low[0] < fits.points[0, 1] - 0.003
    assert fits.high[1] > fits.points[1, 1] + 0.003


# ------------------------------------------------------------------------------------------ intervals left open


def three_echoes(half_width: float, gap_per_time: float) -> tuple[FloatArray, FloatArray]:
    """Three echoes of one exponential with residuals that leave ln R open by so much (Student t, one freedom)."""
    te_ms = 1.0 + np.arange(3.0)
    decay = np.exp(-gap_per_time * (te_ms - 1.0))
    slopes = np.stack([decay, -gap_per_time * (te_ms - 1.0) * decay], axis=1)
    across = np.linalg.svd(slopes.T)[2][2]
    error = math.sqrt(np.linalg.inv(slopes.T @ slopes)[1, 1])
    return te_ms, decay + across * half_width / (float(stats.t.isf(0.025, 1)) * error)


@pytest.mark.parametrize(("half_width", "known"), [(2.9, True), (3.1, False)])
def test_an_interval_of_a_curve_alone_is_open_from_a_factor_of_twenty_on(half_width: float, known: bool) -> None:
    te_ms, values = three_echoes(half_width, 0.5)
    fits = fit_floor(te_ms, (values / values.max())[None])
    assert bool(np.isfinite(fits.low[0])) is known
    assert bool(np.isfinite(fits.high[0])) is known


@pytest.mark.parametrize(
    ("gap_per_time", "half_width", "known"), [(1.3, 0.47, True), (1.3, 0.53, False), (0.9, 0.53, True)]
)
def test_the_upper_limit_of_a_decay_faster_than_the_spacing_is_open_from_a_half_width_of_a_half_on(
    gap_per_time: float, half_width: float, known: bool
) -> None:
    te_ms, values = three_echoes(half_width, gap_per_time)
    fits = fit_floor(te_ms, (values / values.max())[None])
    assert fits.points[0, 1] - fits.low[0] == pytest.approx(half_width, rel=0.05)
    assert bool(np.isfinite(fits.high[0])) is known


# -------------------------------------------------------------------------- the second echo in the floor


@pytest.mark.parametrize("n_later", [4, 10])
@pytest.mark.parametrize(("per_limit", "stands_out"), [(0.98, False), (1.02, True)])
def test_the_second_echo_stands_out_at_three_chances_in_ten_thousand(
    per_limit: float, stands_out: bool, n_later: int
) -> None:
    later = 10.0 + np.linspace(-1.0, 1.0, n_later)
    limit = stdtrit(n_later - 1, 1.0 - 3e-4) * later.std(ddof=1) * math.sqrt(1.0 + 1.0 / n_later)
    assert second_echo_stands_out(np.array([50.0, 10.0 + per_limit * limit, *later])) is stands_out
    assert not second_echo_stands_out(np.array([50.0, 10.0 - 10.0 * limit, *later]))


def test_one_later_echo_has_no_scatter_to_stand_out_of() -> None:
    assert not second_echo_stands_out(np.array([50.0, 30.0, 10.0]))


def mean_curves(te_ms: FloatArray, time_ms: float, n: int) -> FloatArray:
    """Means of 60 pixels of SNR 30, shape (n, n_echoes)."""
    rng = np.random.default_rng(8)
    clean = 30.0 * np.exp(-te_ms / time_ms)
    shape = (n, 60, len(te_ms))
    return np.asarray(np.hypot(clean + rng.standard_normal(shape), rng.standard_normal(shape)).mean(axis=1))


def test_heavy_iron_whose_second_echo_stands_out_of_the_floor_has_a_number() -> None:
    """T2* 0.8 ms in echoes from 1.3 ms, bound 7 %."""
    te_ms, numbers = 1.3 + 1.05 * np.arange(12), []
    for curve in mean_curves(te_ms, 0.8, 20):
        try:
            fit = fit_decay(DecaySignal("liver", tuple(te_ms.tolist()), tuple(curve.tolist())))
        except FitError as refused:
            assert refused.refusal.code == "BEYOND_ACQUISITION"
            continue
        assert not any(caution.blocks_grade for caution in fit.cautions)
        assert fit.rate.low is not None and fit.rate.high is not None
        numbers.append((fit.rate.low < 1250.0 < fit.rate.high, fit.time.value))
    assert len(numbers) >= 16
    assert sum(held for held, _ in numbers) >= len(numbers) - 3
    assert np.median([time_ms for _, time_ms in numbers]) == pytest.approx(0.8, rel=0.08)


def test_iron_beyond_the_echoes_stays_refused() -> None:
    te_ms = 1.2 + 1.5 * np.arange(8)
    for curve in mean_curves(te_ms, 0.45, 40):
        with pytest.raises(FitError, match="gone before the second echo"):
            fit_decay(DecaySignal("liver", tuple(te_ms.tolist()), tuple(curve.tolist())))
