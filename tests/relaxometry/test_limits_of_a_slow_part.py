"""From where a slow part under a decay is suspected, and from where it is said to decay itself."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest
from scipy import optimize, stats

from ironreport.records import DecaySignal, Estimate
from ironreport.relaxometry import fit_decay
from ironreport.relaxometry.biexponential import (
    BiexponentialFit,
    HiddenPart,
    fit_biexponential,
    hidden_slow_part,
    vessel_suspicion,
)
from ironreport.relaxometry.curve_reading import suspected_fat
from ironreport.relaxometry.model_choice import choose_model
from ironreport.relaxometry.models import CONSTANT, MONO, QUADRATURE
from ironreport.relaxometry.noise_law import noise_law
from ironreport.relaxometry.solving import solve, solve_each
from ironreport.relaxometry.unknown_noise import fat_in_curve

TE_MS = 1.3 + 1.2 * np.arange(10)


def second(
    *, ratio: float = 10.0, slow_share: float = 0.2, over_mono: float = 50.0, over_floor: float = 0.0
) -> BiexponentialFit:
    return BiexponentialFit(3.0, 3.0 * ratio, slow_share, (), over_mono, over_floor)


def test_a_clear_second_part_is_suspicious() -> None:
    assert second().suspicious


@pytest.mark.parametrize(("ratio", "suspicious"), [(1.98, False), (2.02, True)])
def test_two_times_closer_than_a_factor_of_two_are_one(ratio: float, suspicious: bool) -> None:
    assert second(ratio=ratio).suspicious is suspicious


@pytest.mark.parametrize(("share", "suspicious"), [(0.049, False), (0.051, True), (0.599, True), (0.601, False)])
def test_a_slow_part_below_five_percent_changes_nothing_and_above_sixty_is_the_tissue(
    share: float, suspicious: bool
) -> None:
    assert second(slow_share=share).suspicious is suspicious


@pytest.mark.parametrize(("gain", "clear"), [(9.9, False), (10.1, True)])
def test_a_second_part_needs_an_evidence_ratio_of_150_against_each_rival(gain: float, clear: bool) -> None:
    assert second(over_mono=gain).suspicious is clear
    assert second(over_floor=gain).decays is clear


def test_seven_echoes_can_show_a_second_part_and_six_cannot() -> None:
    signal = 700.0 * np.exp(-TE_MS / 2.0) + 300.0 * np.exp(-TE_MS / 40.0)
    assert fit_biexponential(TE_MS[:6], signal[:6]) is None
    assert fit_biexponential(TE_MS[:7], signal[:7]) is not None


def test_the_evidence_is_aicc_with_rounding_of_a_millionth() -> None:
    signal = 700.0 * np.exp(-TE_MS / 2.0) + 300.0 * np.exp(-TE_MS / 40.0)
    fit = fit_biexponential(TE_MS, signal)
    assert fit is not None
    rounding = 10 * (1e-6 * signal[0]) ** 2
    misfit = float(np.sum((np.array(fit.curve) - signal) ** 2))
    plain, *floors = (solve(model, TE_MS, signal) for model in (MONO, CONSTANT, QUADRATURE))
    assert plain is not None

    def aicc(rss: float, k: int) -> float:
        return 10 * np.log(rss + rounding) + 2 * k + 2 * k * (k + 1) / (10 - k - 1)

    two = aicc(misfit, 5)
    assert fit.gain_over_mono == pytest.approx(aicc(plain.rss, 3) - two, abs=1e-6)
    floor = min(aicc(each.rss, 4) for each in floors if each is not None)
    assert fit.gain_over_floor == pytest.approx(floor - two, abs=1e-6)


@pytest.mark.parametrize(("fast_ms", "slow_ms"), [(2.0, 230.0), (0.13, 40.0)])
def test_times_are_sought_from_a_tenth_of_the_spacing_to_twenty_times_the_last_echo(
    fast_ms: float, slow_ms: float
) -> None:
    te_ms = 0.05 + 1.2 * np.arange(10) if fast_ms < 1.0 else TE_MS
    fit = fit_biexponential(te_ms, 700.0 * np.exp(-te_ms / fast_ms) + 300.0 * np.exp(-te_ms / slow_ms))
    assert fit is not None
    assert fit.slow_ms == pytest.approx(slow_ms, rel=0.01)
    assert fit.fast_ms == pytest.approx(fast_ms, rel=0.05)


def test_times_stay_within_a_tenth_of_the_spacing_and_twenty_times_the_last_echo() -> None:
    signal = 700.0 * np.exp(-TE_MS / 2.0) + 300.0
    fit = fit_biexponential(TE_MS, signal)
    assert fit is not None
    assert fit.slow_ms == pytest.approx(20.0 * float(TE_MS[-1]), rel=1e-3)


def test_nothing_is_suspected_where_one_exponential_has_no_solution() -> None:
    assert vessel_suspicion(TE_MS, np.full(10, 100.0)) is None


# ------------------------------------------------------------------- a tenth of blood that does not show

HEART_MS = 2.0 + 16.0 / 7.0 * np.arange(8)


def with_scatter(size: float) -> npt.NDArray[np.float64]:
    """A heart of 20 ms whose echoes scatter without a trend."""
    return np.asarray(1000.0 * np.exp(-HEART_MS / 20.0) + size * np.array([1, -2, 1, 1, -2, 1, 1, -1.0]))


def evidence_against_blood(signal: npt.NDArray[np.float64]) -> float:
    """F of the best decay with a tenth of the signal five times slower, against one exponential."""
    plain = solve(MONO, HEART_MS, signal)
    assert plain is not None

    def misfit(time_ms: float) -> float:
        shape = 0.9 * np.exp(-HEART_MS / time_ms) + 0.1 * np.exp(-HEART_MS / (5.0 * plain.time_ms))
        return float(np.sum((signal - (signal @ shape) / (shape @ shape) * shape) ** 2))

    least = optimize.minimize_scalar(misfit, bounds=(10.0, 20.0), method="bounded").fun
    return float((least - plain.rss) * 6.0 / plain.rss)


@pytest.mark.parametrize(("per_limit", "said"), [(1.04, False), (0.96, True)])
def test_blood_is_excluded_where_it_fits_worse_than_chance_explains_in_one_of_a_hundred(
    per_limit: float, said: bool
) -> None:
    limit = per_limit * float(stats.f.isf(0.01, 1, 6))
    size = optimize.brentq(lambda log_size: evidence_against_blood(with_scatter(np.exp(log_size))) - limit, -5.0, 4.0)
    assert (hidden_slow_part(HEART_MS, with_scatter(float(np.exp(size)))) is not None) is said


def test_the_time_without_blood_is_said() -> None:
    signal = 900.0 * np.exp(-HEART_MS / 18.0) + 100.0 * np.exp(-HEART_MS / 100.0)
    signal += 3.0 * np.array([1, -2, 1, 1, -2, 1, 1, -1.0])
    hidden = hidden_slow_part(HEART_MS, signal)
    assert hidden is not None and not hidden.caution.blocks_grade
    assert "10 % of blood" in hidden.caution.text
    assert "T2* would then be 17.9 ms and not 20.4 ms" in hidden.caution.text


def test_the_rate_without_blood_keeps_the_width_of_its_interval() -> None:
    rate = HiddenPart(20.0, 16.0).without(Estimate("r2star_per_s", 50.0, 40.0, 60.0))
    assert (rate.value, rate.low, rate.high) == pytest.approx((62.5, 50.0, 75.0))
    assert HiddenPart(20.0, 16.0).without(Estimate("r2star_per_s", 50.0)).low is None


def test_a_curve_without_scatter_excludes_blood_and_two_echoes_say_nothing_of_it() -> None:
    assert hidden_slow_part(HEART_MS, 1000.0 * np.exp(-HEART_MS / 20.0)) is None
    assert hidden_slow_part(HEART_MS[:2], np.array([100.0, 80.0])) is None


def test_a_pasted_heart_that_may_hold_blood_says_so_once() -> None:
    def codes(signal: npt.NDArray[np.float64], method: str = "auto") -> list[str]:
        fit = fit_decay(DecaySignal("heart", tuple(HEART_MS.tolist()), tuple(signal.tolist())), method)
        return [caution.code for caution in fit.cautions]

    assert "BLOOD_NOT_EXCLUDED" in codes(with_scatter(4.0))
    assert "BLOOD_NOT_EXCLUDED" not in codes(with_scatter(4.0), "mono")
    clear = 900.0 * np.exp(-HEART_MS / 8.0) + 100.0 * np.exp(-HEART_MS / 80.0)
    assert "BLOOD_NOT_EXCLUDED" not in codes(clear)


def over_its_floor(size: float, scatter: float, n_echoes: int = 12) -> tuple[float, float]:
    """Upper limit of R2* of a curve alone of 1.2 ms that falls to noise and blood, by the floor alone and as read."""
    te_ms = 0.95 + 0.7 * np.arange(n_echoes)
    noise = noise_law(1).mean(900.0 * np.exp(-te_ms / 1.2) / 18.0) * 18.0
    values = noise + 1000.0 * size * np.exp(-te_ms / 80.0) + scatter * np.resize([1.0, -2.0, 1.0, 1.0, -1.0], n_echoes)
    signal = DecaySignal("liver", tuple(te_ms.tolist()), tuple(values.tolist()), field_tesla=1.5)
    choice, fit = choose_model(te_ms, values), fit_decay(signal)
    assert fit.rate.high is not None and choice.model == "floor"
    return choice.ci_high_per_s, fit.rate.high


def test_blood_over_a_noise_floor_is_held_by_the_interval_of_a_curve_alone() -> None:
    for scatter in (0.5, 1.0, 1.5):
        without, held = over_its_floor(0.05, scatter)
        assert without < 1000.0 / 1.2 < held


def test_a_floor_without_blood_is_not_doubted_for_it() -> None:
    without, held = over_its_floor(0.0, 1.0)
    assert held < 1.02 * without


@pytest.mark.parametrize("seed", [16, 36])
def test_fat_is_not_believed_where_blood_over_a_floor_explains_the_curve(seed: int) -> None:
    te_ms = 0.95 + 0.7 * np.arange(12)
    floored = noise_law(1).mean(950.0 * np.exp(-te_ms / 1.2) / 17.0) * 17.0
    scatter = 1.7 * np.random.default_rng(seed).standard_normal(12)
    values = floored + 50.0 * np.exp(-te_ms / 80.0) + scatter
    largest = float(values.max())
    mono, constant, _ = solve_each(te_ms, values)
    assert mono is not None and constant is not None
    plain = {"mono": mono.rss / largest**2, "constant": constant.rss / largest**2}
    alone = fat_in_curve(te_ms, values / largest, 1.5, plain)
    assert alone is not None and alone.believed, "but for the blood"
    signal = DecaySignal("liver", tuple(te_ms.tolist()), tuple(values.tolist()), field_tesla=1.5)
    fat = suspected_fat(signal, np.ones(12, dtype=np.bool_), "auto")
    assert fat is None or not fat.believed
