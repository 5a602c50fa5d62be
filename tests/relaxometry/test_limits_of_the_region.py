"""From where a region's pixels are too few, too odd or too dark, and what its interval is made of."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from scipy import optimize

from ironreport.errors import FitError
from ironreport.records import FloatArray, PixelSummary, RegionFit
from ironreport.relaxometry.median_curves import doubts_by_sigma, fit_medians
from ironreport.relaxometry.noise_law import noise_contrast, noise_law
from ironreport.relaxometry.region import fit_summary, summarise_pixels
from ironreport.relaxometry.region_doubts import pixel_cautions
from ironreport.relaxometry.screening import brightness, tissue

TE_MS = 1.0 + 1.3 * np.arange(12)
N_REPLICATES = 200


def medians(rate_per_s: FloatArray, s0: float = 50.0, te_ms: FloatArray = TE_MS, n_coils: int = 1) -> FloatArray:
    """Median signals over sigma of decays, shape (n, n_echoes)."""
    return noise_law(n_coils).median(s0 * np.exp(-np.outer(rate_per_s, te_ms) / 1000.0))


def summary(curve: FloatArray, replicates: FloatArray, n_kept: int = 100, n_coils: int = 1) -> PixelSummary:
    return PixelSummary(
        sigma=1.0, n_coils=n_coils, n_pixels=n_kept, n_kept=n_kept, curve=tuple(curve.tolist()),
        replicates=tuple(tuple(row.tolist()) for row in replicates),
    )  # fmt: skip


def codes(found: RegionFit | PixelSummary) -> set[str]:
    return {c.code for c in found.cautions}


# ------------------------------------------------------------------------------------------ the interval


def test_pixels_that_agree_leave_two_percent_of_doubt() -> None:
    curve = medians(np.array([200.0]))[0]
    fit = fit_summary(TE_MS, summary(curve, np.tile(curve, (N_REPLICATES, 1))))
    assert fit.r2star_per_s == pytest.approx(200.0, rel=1e-6)
    assert fit.ci_low_per_s == pytest.approx(200.0 * math.exp(-0.02), rel=1e-6)
    assert fit.ci_high_per_s == pytest.approx(200.0 * math.exp(0.02), rel=1e-6)


def test_the_interval_leaves_out_one_replicate_in_forty_at_each_end_and_adds_two_percent() -> None:
    rates = 200.0 * np.exp(np.linspace(-0.3, 0.5, N_REPLICATES))
    fit = fit_summary(TE_MS, summary(medians(np.array([200.0]))[0], medians(rates)))
    below, above = np.log(200.0 / np.quantile(rates, 0.025)), np.log(np.quantile(rates, 0.975) / 200.0)
    assert math.log(200.0 / fit.ci_low_per_s) == pytest.approx(math.hypot(below, 0.02), rel=1e-4)
    assert math.log(fit.ci_high_per_s / 200.0) == pytest.approx(math.hypot(above, 0.02), rel=1e-4)


def test_the_same_pixels_give_the_same_interval_to_the_digit_in_every_version() -> None:
    """Saved reports are compared with new ones: draws, their number and their seed belong to the result."""
    grid = np.linspace(0.9, 1.1, 20)
    pixels = np.outer(grid, 100.0 * np.exp(-TE_MS / 5.0)) * (1.0 + 0.01 * np.cos(np.arange(20 * 12)).reshape(20, 12))
    found = summarise_pixels(TE_MS, pixels)
    assert len(found.replicates) == N_REPLICATES
    assert found.replicates[0][:3] == (80.435, 61.5568, 47.5142)
    large = summarise_pixels(TE_MS, np.tile(pixels, (20, 1)))
    assert large.replicates[0][:3] == (81.8706, 62.5334, 47.9925)


# ------------------------------------------------------------------------------------------ beyond the acquisition


def with_second_echo(amplitude: float, te_ms: FloatArray, second_ms: float, n_coils: int = 1) -> FloatArray:
    """Median curve of a decay that holds so much at a time, 40 at the first echo."""
    rate = 1000.0 * math.log(40.0 / amplitude) / (second_ms - te_ms[0])
    return medians(np.array([rate]), 40.0 * math.exp(rate * te_ms[0] / 1000.0), te_ms, n_coils)[0]


@pytest.mark.parametrize(("n_coils", "n_kept"), [(1, 100), (4, 100), (1, 1600)])
@pytest.mark.parametrize(("least", "is_open"), [(0.82, False), (0.78, True)])
def test_the_upper_limit_is_open_where_the_second_echo_holds_less_than_0_8_of_what_the_pixels_show(
    n_coils: int, n_kept: int, least: float, is_open: bool
) -> None:
    curve = with_second_echo(least * (n_coils / n_kept) ** 0.25, TE_MS, float(TE_MS[1]), n_coils)
    fit = fit_summary(TE_MS, summary(curve, np.tile(curve, (N_REPLICATES, 1)), n_kept, n_coils))
    assert math.isinf(fit.ci_high_per_s) is is_open
    assert ("BEYOND_ACQUISITION" in codes(fit)) is is_open


@pytest.mark.parametrize(("n_gone", "is_open"), [(5, False), (6, True)])
def test_the_upper_limit_is_open_where_more_than_one_replicate_in_forty_has_lost_the_signal(
    n_gone: int, is_open: bool
) -> None:
    there, gone = medians(np.array([400.0]))[0], with_second_echo(0.15, TE_MS, float(TE_MS[1]))
    rows = np.where((np.arange(N_REPLICATES) < n_gone)[:, None], gone, there)
    assert math.isinf(fit_summary(TE_MS, summary(there, rows)).ci_high_per_s) is is_open


def dim(deviations: float, n_kept: int = 60, clear: float = 1.5) -> PixelSummary:
    """A region of 1.6 times TE1 whose power behind the first echo falls by so many deviations of noise."""
    te_ms, rate_per_s = TE_MS, np.array([1000.0 / 1.6])
    curve = medians(rate_per_s, clear * math.exp(float(te_ms[1]) / 1.6))[0]
    shape = np.exp(-2.0 * rate_per_s[0] / 1000.0 * (te_ms[1:] - te_ms[1]))

    def missing(fall: float) -> float:
        powers = 2.0 + fall * shape
        noise = min(max(powers.mean() / 2.0, 1.0), 1.2**2)  # the power of later echoes, were they noise alone
        return noise_contrast(shape, powers / noise, n_kept, 1) - deviations

    fall = optimize.brentq(missing, 0.0, 100.0)
    powers = np.concatenate([[20.0], 2.0 + fall * shape])
    found = summary(curve, np.tile(curve, (N_REPLICATES, 1)), n_kept)
    return replace(found, powers=tuple(powers.tolist()))


@pytest.mark.parametrize("n_kept", [9, 60, 500])
@pytest.mark.parametrize(("deviations", "is_open"), [(4.99, True), (5.01, False)])
def test_the_upper_limit_is_open_unless_power_falls_by_five_deviations_of_noise(
    deviations: float, is_open: bool, n_kept: int
) -> None:
    assert math.isinf(fit_summary(TE_MS, dim(deviations, n_kept)).ci_high_per_s) == is_open


@pytest.mark.parametrize(("sigma", "is_open"), [(0.84, True), (0.81, False)])
def test_a_sigma_a_fifth_too_low_makes_no_decay_of_noise_and_a_lower_one_is_not_expected(
    sigma: float, is_open: bool
) -> None:
    """Power that falls by 4.9 deviations of the noise of later echoes passes only where sigma may not explain it."""
    noise = dim(4.9, n_kept=500)
    assert noise.powers is not None
    scale = 2.0 / float(np.mean(noise.powers[1:]))
    found = replace(noise, powers=tuple(scale * power / sigma**2 for power in noise.powers))
    assert math.isinf(fit_summary(TE_MS, found).ci_high_per_s) is is_open


def test_a_bright_floor_whose_power_does_not_fall_has_no_upper_limit() -> None:
    assert math.isinf(fit_summary(TE_MS, dim(1.0, clear=12.0)).ci_high_per_s)


def test_pixels_that_share_their_noise_count_as_fewer_where_a_fall_is_judged() -> None:
    few = replace(dim(5.1), pixels_per_independent=2.0)
    assert math.isinf(fit_summary(TE_MS, few).ci_high_per_s)


def test_a_summary_saved_without_powers_is_read_as_it_was() -> None:
    assert math.isfinite(fit_summary(TE_MS, replace(dim(1.0), powers=())).ci_high_per_s)


def test_noise_alone_falls_by_four_deviations_in_one_of_ten_thousand_regions_of_any_size() -> None:
    rng, shape = np.random.default_rng(3), np.exp(-1.5 * np.arange(7.0))
    for n_pixels, n_coils in ((9, 1), (60, 1), (20, 8)):
        powers = rng.chisquare(2 * n_coils * n_pixels, (20_000, 7)) / n_pixels
        found = np.array([noise_contrast(shape, row, n_pixels, n_coils) for row in powers])
        assert abs(found.mean()) < 0.03 and abs(found.std() - 1.0) < 0.02
        assert np.count_nonzero(found > 4.0) <= 4


@pytest.mark.parametrize(("least", "is_open"), [(0.82, False), (0.78, True)])
def test_an_echo_sooner_than_0_45_of_the_first_is_no_second_look(least: float, is_open: bool) -> None:
    late_ms = 10.0 + np.arange(12)
    curve = with_second_echo(least * 0.01**0.25, late_ms, 14.5)
    fit = fit_summary(late_ms, summary(curve, np.tile(curve, (N_REPLICATES, 1))))
    assert math.isinf(fit.ci_high_per_s) is is_open


# ------------------------------------------------------------------------------------------ coils not told apart


def with_rival(ratio: float, spread: float = 0.0) -> PixelSummary:
    """A region that reads 200 s^-1 by one coil, and so many times that by eight, whose floor lies higher."""
    curve = medians(np.array([200.0]))[0]
    rates = 200.0 * np.exp(np.linspace(-spread, spread, N_REPLICATES))

    def apart(log_sigma: float) -> float:
        found = fit_medians(TE_MS, curve[None] / math.exp(log_sigma), 8, 100)
        return float(found.rate_per_ms[0]) - 0.2 * ratio

    sigma = math.exp(optimize.brentq(apart, math.log(0.5), math.log(10.0)))
    return replace(summary(curve, medians(rates)), rivals=((8, sigma),))


@pytest.mark.parametrize(("ratio", "said_so"), [(1.045, False), (1.055, True)])
def test_numbers_of_coils_that_read_five_percent_apart_are_said_and_share_in_the_interval(
    ratio: float, said_so: bool
) -> None:
    region = with_rival(ratio)
    fit = fit_summary(TE_MS, region)
    _of_one, of_eight = doubts_by_sigma(TE_MS, np.asarray(region.curve), region)
    assert ("COILS_UNSURE" in codes(fit)) is said_so
    assert fit.r2star_per_s == pytest.approx(200.0, rel=1e-4)
    assert fit.ci_high_per_s == pytest.approx(200.0 * ratio * math.exp(math.hypot(0.02, of_eight)), rel=1e-3)
    assert fit.ci_low_per_s == pytest.approx(200.0 * math.exp(-0.02), rel=1e-3)


def test_the_error_of_sigma_widens_by_laws_of_several_coils_only_and_four_times_the_pixels_about_halve_it() -> None:
    region = with_rival(1.1)
    doubts = [doubts_by_sigma(TE_MS, np.asarray(region.curve), replace(region, n_kept=n), 1.0) for n in (100, 400)]
    assert [float(each[0]) for each in doubts] == [0.0, 0.0]
    assert 0.001 < doubts[0][1] < 0.05
    assert doubts[0][1] / doubts[1][1] == pytest.approx(2.0, rel=0.25)


def test_coils_within_a_wide_interval_are_not_said() -> None:
    assert "COILS_UNSURE" not in codes(fit_summary(TE_MS, with_rival(1.10, spread=0.2)))


@pytest.mark.parametrize(("ratio", "refused"), [(1.48, False), (1.52, True)])
def test_numbers_of_coils_that_read_a_factor_of_one_and_a_half_apart_give_no_number(
    ratio: float, refused: bool
) -> None:
    if refused:
        with pytest.raises(FitError, match="200 or 304 s⁻¹") as caught:
            fit_summary(TE_MS, with_rival(ratio))
        assert caught.value.refusal.code == "COILS_UNKNOWN"
    else:
        assert "with 8 coils 296 s⁻¹" in fit_summary(TE_MS, with_rival(ratio)).cautions[0].text


# ------------------------------------------------------------------------------------------ hardly a decay


@pytest.mark.parametrize(("fall", "withheld"), [(0.9e-3, True), (1.1e-3, False)])
def test_an_interval_that_reaches_a_fall_of_a_thousandth_has_no_class(fall: float, withheld: bool) -> None:
    low = 1000.0 * fall / float(TE_MS[-1] - TE_MS[0])
    rates = np.full(N_REPLICATES, 50.0)
    rates[:10] = low * math.exp(0.02 / 2)
    fit = fit_summary(TE_MS, summary(medians(np.array([50.0]), 1e6)[0], medians(rates, 1e6)))
    reached = fit.ci_low_per_s * float(TE_MS[-1] - TE_MS[0]) / 1000.0
    assert reached == pytest.approx(fall, rel=0.05)
    assert ("WEAK_DECAY" in codes(fit)) is withheld
    assert all(c.blocks_grade for c in fit.cautions)


@pytest.mark.parametrize(("n_rising", "refused"), [(195, False), (196, True)])
def test_a_region_is_no_decay_where_all_but_one_replicate_in_forty_rise(n_rising: int, refused: bool) -> None:
    falling, rising = medians(np.array([50.0]))[0], medians(np.array([-5.0]))[0]
    rows = np.where((np.arange(N_REPLICATES) < n_rising)[:, None], rising, falling)
    if refused:
        with pytest.raises(FitError, match="does not fall") as caught:
            fit_summary(TE_MS, summary(falling, rows))
        assert caught.value.refusal.code == "NO_DECAY"
    else:
        assert fit_summary(TE_MS, summary(falling, rows)).ci_low_per_s >= 0.0


def test_the_last_echo_used_says_whether_a_region_falls() -> None:
    falling = medians(np.array([50.0]))[0]
    hump, dip = falling.copy(), falling.copy()
    hump[-2], dip[-1] = 2.0 * falling[0], 2.0 * falling[0]
    assert fit_summary(TE_MS, summary(falling, np.tile(hump, (N_REPLICATES, 1)))).r2star_per_s == pytest.approx(50.0)
    with pytest.raises(FitError, match="does not fall from TE 1 ms to TE 15"):
        fit_summary(TE_MS, summary(falling, np.tile(dip, (N_REPLICATES, 1))))
    assert fit_summary(TE_MS, summary(falling, np.tile(dip, (N_REPLICATES, 1))), left_out=[11]).r2star_per_s > 0.0


# ------------------------------------------------------------------------------------------ odd noise


@pytest.mark.parametrize("side", [1.0, -1.0])
@pytest.mark.parametrize(("asked", "odd"), [(0.14, False), (0.16, True)])
def test_late_echoes_that_ask_for_fifteen_percent_other_noise_are_said(side: float, asked: float, odd: bool) -> None:
    """With very many pixels the curve itself says what the noise is, whatever was given."""
    scale = math.exp(side * asked)
    curve = scale * medians(np.array([600.0]), 50.0 / scale)[0]
    fit = fit_summary(TE_MS, summary(curve, np.tile(curve, (N_REPLICATES, 1)), n_kept=10**7))
    assert ("NOISE_ODD" in codes(fit)) is odd
    if odd:
        assert f"lie {'above' if side > 0 else 'below'} what" in fit.cautions[0].text


@pytest.mark.parametrize("n_pixels", [30, 300])
def test_a_sigma_from_pixels_is_doubted_by_five_percent(n_pixels: int) -> None:
    """Ordinary least squares with what is known of sigma, by another optimiser."""
    truth = medians(np.array([700.0]), 30.0)[0]
    curve = truth + 0.08 + 0.05 * np.cos(np.arange(12) + 0.5)
    weight = math.pi / (2.0 * n_pixels * 0.05**2)

    def misses(point: FloatArray) -> FloatArray:
        decay = np.exp(point[0] - np.exp(point[1]) * (TE_MS - TE_MS[0]))
        expected = np.exp(point[2]) * noise_law(1).median(decay / np.exp(point[2]))
        return np.append(curve - expected, math.sqrt(weight) * point[2])

    answer = optimize.least_squares(misses, [math.log(15.0), math.log(0.7), 0.0], xtol=1e-12, ftol=1e-12)
    found = fit_medians(TE_MS, curve[None], 1, n_pixels)
    assert abs(answer.x[2]) > 0.005
    assert found.points[0] == pytest.approx(answer.x, rel=1e-4, abs=1e-5)


def test_rates_end_at_a_fall_of_e_to_the_ten_a_gap_and_of_a_ten_thousandth_a_train() -> None:
    gone = medians(np.array([0.0]), 0.0)[0]
    gone[0] = 40.0
    flat = medians(np.array([0.0]))[0]
    rates = fit_medians(TE_MS, np.stack([gone, flat]), 1, 100).rate_per_ms
    assert rates[0] <= 10.0 / 1.3 * (1.0 + 1e-9)
    assert rates[1] == pytest.approx(1e-4 / float(TE_MS[-1] - TE_MS[0]), rel=1e-6)


def test_noise_is_sought_within_a_factor_of_e() -> None:
    """Far beyond the doubt about sigma, so that a curve without any noise floor still has an end."""
    for scale, found in ((4.0, 1.0), (0.2, -1.0)):
        curve = scale * medians(np.array([600.0]), 50.0 / scale)[0]
        assert fit_medians(TE_MS, curve[None], 1, 10**7).log_sigma[0] == pytest.approx(found, abs=1e-6)


# ------------------------------------------------------------------------------------------ pixels


def alike(n: int, n_odd: int = 0, odd_time_ms: float = 20.0) -> FloatArray:
    """Pixels of one signal of 5 ms, some of them of another time; sigma is given apart."""
    time_ms = np.where(np.arange(n) < n_odd, odd_time_ms, 5.0)
    return 100.0 * np.exp(-TE_MS / time_ms[:, None])


def said(pixels: FloatArray, sigma: float = 1.0) -> set[str]:
    return codes(summarise_pixels(TE_MS, pixels, sigma, n_coils=1))


def test_three_echoes_tell_the_noise_of_pixels_and_two_need_it_given() -> None:
    pixels = np.hypot(alike(30), np.random.default_rng(0).standard_normal((30, 12)))
    assert summarise_pixels(TE_MS[:3], pixels[:, :3]).sigma > 0.0
    assert summarise_pixels(TE_MS[:2], pixels[:, :2], 1.0).sigma == 1.0
    with pytest.raises(FitError) as caught:
        summarise_pixels(TE_MS[:2], pixels[:, :2])
    assert caught.value.refusal.code == "TOO_FEW_ECHOES"


@pytest.mark.parametrize(("sigma", "n_coils"), [(0.0, 1), (math.inf, 1), (1.0, 0), (1.0, 33)])
def test_a_noise_that_is_none_is_refused(sigma: float, n_coils: int) -> None:
    with pytest.raises(FitError) as caught:
        summarise_pixels(TE_MS, alike(30), sigma, n_coils=n_coils)
    assert caught.value.refusal.code == "NOISE_INVALID"
    assert summarise_pixels(TE_MS, alike(30), 1.0, n_coils=32).n_coils == 32


def test_nineteen_pixels_are_few_and_twenty_are_not() -> None:
    assert said(alike(19)) == {"FEW_PIXELS"}
    assert said(alike(20)) == set()
    assert said(alike(25, 6)) >= {"FEW_PIXELS"}, "those kept count, not those drawn"


@pytest.mark.parametrize(("time_ms", "code"), [(20.0, "PIXELS_SCREENED"), (3.0, "FASTER_PIXELS_LEFT_OUT")])
@pytest.mark.parametrize(("n", "n_odd", "many"), [(100, 17, False), (100, 18, True), (40, 8, False), (40, 9, True)])
def test_fifteen_percent_of_the_pixels_and_two_may_be_screened_by_chance(
    n: int, n_odd: int, many: bool, time_ms: float, code: str
) -> None:
    """More are a vessel where they fall slower than the rest, and another tissue where they fall faster."""
    found = summarise_pixels(TE_MS, alike(n, n_odd, time_ms), 1.0, n_coils=1)
    assert found.n_kept == n - n_odd
    assert codes(found) == ({code} if many else set())
    assert all(c.blocks_grade is (time_ms < 5.0) for c in found.cautions)


@pytest.mark.parametrize(("n_zero", "many"), [(12, False), (13, True)])
def test_one_signal_in_a_hundred_may_be_zero(n_zero: int, many: bool) -> None:
    pixels = alike(100)
    pixels[:n_zero, -1] = 0.0
    assert ("ZEROS_IN_REGION" in said(pixels)) is many


@pytest.mark.parametrize(("sigma", "none"), [(0.9e-5, True), (1.1e-5, False)])
def test_noise_below_a_hundred_thousandth_of_the_signal_is_none(sigma: float, none: bool) -> None:
    pixels = alike(100)
    assert ("NO_NOISE" in said(pixels, sigma * pixels[0, 0])) is none


# ------------------------------------------------------------------------------------------ the screen


@pytest.mark.parametrize("side", [1.0, -1.0])
@pytest.mark.parametrize(("deviations", "kept"), [(2.95, True), (3.05, False)])
def test_a_pixel_three_robust_deviations_from_the_median_is_not_its_tissue(
    side: float, deviations: float, kept: bool
) -> None:
    # half of the values at either side: the median absolute deviation is 1, a normal SD of 1.4826
    feature = np.concatenate([np.tile([-1.0, 0.0, 1.0, 1.0, -1.0], 20), [side * deviations * 1.4826]])
    assert bool(tissue(feature[None])[-1]) is kept
    assert tissue(feature[None])[:-1].all()


def test_the_screen_looks_a_second_time_without_what_it_took_out() -> None:
    """Far pixels widen the spread and hide near ones; one more look finds these, and no third is taken."""
    middle = np.linspace(-1.0, 1.0, 61)
    near, far = np.full(6, 3.3), np.full(14, 30.0)
    kept = tissue(np.concatenate([middle, near, far])[None])
    assert kept[:61].all()
    assert not kept[61:].any()


@pytest.mark.parametrize(("relative", "dark"), [(0.5e-6, True), (2e-6, False)])
def test_signals_below_a_millionth_of_the_brightest_count_as_that(relative: float, dark: bool) -> None:
    pixels = np.full((4, 3), 1.0)
    pixels[2:, 0] = relative
    late = brightness(pixels)[-1, 0]
    assert late == pytest.approx(math.log(1e-6 if dark else relative))


def test_spreads_below_a_millionth_are_rounding() -> None:
    feature = np.concatenate([np.zeros(20), [2.9e-6], [3.1e-6]])
    assert tissue(feature[None]).tolist() == [True] * 21 + [False]


def test_a_summary_without_pixels_is_refused() -> None:
    curve = medians(np.array([200.0]))[0]
    spoiled = replace(summary(curve, np.tile(curve, (N_REPLICATES, 1))), n_kept=0)
    with pytest.raises(FitError, match="does not fit together"):
        fit_summary(TE_MS, spoiled)


# ------------------------------------------------------------------------------------------ another tissue


@pytest.mark.parametrize(
    ("n_other", "start", "fall", "spread", "n_pixels", "withheld"),
    [
        (2, 0.0, -0.26, 0.01, 16, True), (1, 0.0, -0.26, 0.01, 16, False), (2, 0.0, -0.24, 0.01, 16, False),
        (2, 0.0, -0.91, 0.1, 16, True), (2, 0.0, -0.87, 0.1, 16, False), (2, 0.0, 2.0, 0.01, 16, False),
        (2, -0.92, 0.0, 0.01, 16, True), (2, -0.88, 0.0, 0.01, 16, False), (2, 0.9, 0.0, 0.01, 16, False),
        (2, 0.0, -0.26, 0.01, 19, True), (2, 0.0, -0.26, 0.01, 20, False),
    ],
)  # fmt: skip
def test_two_pixels_of_another_tissue_withhold_the_class_of_a_small_region(
    n_other: int, start: float, fall: float, spread: float, n_pixels: int, withheld: bool
) -> None:
    """Nobody sees where so few pixels lie: an organ full of iron at the rim would pass for a vessel."""
    kept = np.arange(n_pixels) >= n_other
    early = np.where(kept, 0.0, start)
    late = early + np.where(kept, spread * (-1.0) ** np.arange(n_pixels), fall)
    (doubt,) = (
        [c for c in pixel_cautions(np.ones((n_pixels, 8)), np.array([early, late]), kept, 0.01) if c.blocks_grade]
        or [None]
    )  # fmt: skip
    assert (doubt is not None) is withheld
    if doubt is not None:
        assert doubt.code == "FASTER_PIXELS_LEFT_OUT" and f"{n_other} of {n_pixels} pixels" in doubt.text


@pytest.mark.parametrize(
    ("n_faster", "apart", "spread", "n_pixels", "withheld"),
    [
        (8, 0.9, 0.02, 16, True), (8, 0.26, 0.02, 16, True), (8, 0.24, 0.02, 16, False), (8, 1.08, 0.1, 16, True),
        (8, 1.06, 0.1, 16, False), (2, 0.9, 0.02, 16, True), (1, 0.9, 0.02, 16, False), (9, 0.9, 0.02, 16, False),
        (8, 0.9, 0.02, 20, False), (4, 0.9, 0.02, 9, True),
    ],
)  # fmt: skip
def test_a_small_region_of_two_halves_has_no_class(
    n_faster: int, apart: float, spread: float, n_pixels: int, withheld: bool
) -> None:
    """Eight pixels of 11 ms and eight of 40 ms read 21 ms, normal: all of them were like the rest."""
    falls = spread * (-1.0) ** np.arange(n_pixels) - apart * (np.arange(n_pixels) < n_faster)
    features = np.array([np.zeros(n_pixels), falls])
    found = pixel_cautions(np.ones((n_pixels, 8)), features, np.ones(n_pixels, dtype=bool), 0.01)
    doubts = [c for c in found if c.blocks_grade]
    assert bool(doubts) is withheld
    assert not doubts or f"{n_faster} of {n_pixels} pixels" in doubts[0].text
