"""A region's R2* from its pixels: right, with an interval that holds, open where the signal is gone."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from pydantic import TypeAdapter

from ironreport.errors import FitError
from ironreport.records import PixelSummary, RegionFit
from ironreport.relaxometry.region import MOST_DRAWN, fit_region, fit_summary, summarise_pixels

Floats = npt.NDArray[np.float64]
LIVER_MS = 0.93 + 1.34 * np.arange(12)
HEART_MS = 2.0 + 2.2 * np.arange(8)
LATE_MS = 4.8 + 1.34 * np.arange(12)


def region(
    te_ms: Floats, r2star_per_s: float, snr: float, seed: int, *, n: int = 100, spread: float = 0.0,
    vessels: float = 0.0, n_coils: int = 1,
) -> Floats:  # fmt: skip
    """Magnitudes of sigma 1, shape (n_pixels, n_echoes); vessels are bright and decay with 30 s^-1."""
    rng = np.random.default_rng(seed)
    rate, s0 = r2star_per_s * np.exp(spread * rng.standard_normal(n)), snr * (1.0 + spread * rng.standard_normal(n))
    vessel = rng.random(n) < vessels
    rate, s0 = np.where(vessel, 30.0, rate), np.where(vessel, 1.2 * snr, s0)
    clean = s0[:, np.newaxis] * np.exp(-np.outer(rate, te_ms) / 1000.0)
    power = (clean + rng.standard_normal(clean.shape)) ** 2 + rng.chisquare(2 * n_coils - 1, clean.shape)
    return np.sqrt(power)


def holds(fit: RegionFit, truth: float) -> bool:
    return fit.ci_low_per_s <= truth <= fit.ci_high_per_s


def numbers(fit: RegionFit) -> tuple[float, float, float, float]:
    return fit.r2star_per_s, fit.ci_low_per_s, fit.ci_high_per_s, fit.s0


# --------------------------------------------------------------------------- the number


@pytest.mark.parametrize("r2star_per_s", [30.0, 200.0, 1000.0])
def test_noise_free_region_comes_back(r2star_per_s: float) -> None:
    pixels = np.outer(np.linspace(80.0, 120.0, 40), np.exp(-r2star_per_s * LIVER_MS / 1000.0))
    fit = fit_region(LIVER_MS, pixels)
    assert fit.r2star_per_s == pytest.approx(r2star_per_s, rel=1e-4)
    assert fit.s0 == pytest.approx(100.0, rel=1e-3)
    assert fit.predicted == pytest.approx(fit.summary.curve, rel=1e-3, abs=1e-3)
    assert [c.code for c in fit.cautions] == ["NO_NOISE"]


@pytest.mark.parametrize(
    ("te_ms", "r2star_per_s", "snr"),
    [(LIVER_MS, 1250.0, 50.0), (LIVER_MS, 200.0, 50.0), (HEART_MS, 100.0, 20.0), (LATE_MS, 250.0, 50.0)],
    ids=["heavy liver", "liver", "heart", "late first echo"],
)
@pytest.mark.parametrize(
    ("spread", "vessels", "most_bias"), [(0.0, 0.0, 0.015), (0.15, 0.0, 0.045), (0.15, 0.1, 0.045)],
    ids=["even", "uneven", "with vessels"],
)  # fmt: skip
def test_bias_is_small_and_intervals_hold(
    te_ms: Floats, r2star_per_s: float, snr: float, spread: float, vessels: float, most_bias: float
) -> None:
    # The bias is 2 % at most; the median of twelve uneven regions scatters by another 1 %.
    pixels = [region(te_ms, r2star_per_s, snr, seed, spread=spread, vessels=vessels) for seed in range(12)]
    fits = [fit_region(te_ms, p) for p in pixels]
    assert abs(np.median([fit.r2star_per_s for fit in fits]) / r2star_per_s - 1.0) < most_bias
    assert sum(holds(fit, r2star_per_s) for fit in fits) >= 9


def test_vessels_are_screened_and_many_are_said() -> None:
    fit = fit_region(LIVER_MS, region(LIVER_MS, 500.0, 50.0, 3, vessels=0.3))
    assert fit.summary.n_kept < 80 and fit.r2star_per_s == pytest.approx(500.0, rel=0.04)
    assert "PIXELS_SCREENED" in [c.code for c in fit.cautions]
    clean = fit_region(LIVER_MS, region(LIVER_MS, 500.0, 50.0, 3))
    assert clean.summary.n_kept > 90 and clean.cautions == ()


def test_several_coils_are_seen_and_corrected() -> None:
    fits = [fit_region(LIVER_MS, region(LIVER_MS, 500.0, 50.0, seed, n_coils=4)) for seed in range(8)]
    assert {fit.summary.n_coils for fit in fits} == {4}
    assert np.median([fit.r2star_per_s for fit in fits]) == pytest.approx(500.0, rel=0.015)


def test_a_known_sigma_is_used() -> None:
    pixels = region(LIVER_MS, 300.0, 50.0, 4)
    assert fit_region(LIVER_MS, pixels, 1.0).summary.sigma == 1.0
    assert fit_region(LIVER_MS[:2], pixels[:, :2], 1.0).r2star_per_s == pytest.approx(300.0, rel=0.1)


def test_large_regions_keep_a_systematic_doubt() -> None:
    widths = []
    for n in (MOST_DRAWN // 4, 4 * MOST_DRAWN):
        fit = fit_region(LIVER_MS, region(LIVER_MS, 200.0, 50.0, 5, n=n, spread=0.15))
        assert holds(fit, 200.0)
        widths.append(math.log(fit.ci_high_per_s / fit.ci_low_per_s))
    assert 0.04 < widths[1] < 0.06 < widths[0]


# --------------------------------------------------------------------------- beyond the acquisition


@pytest.mark.parametrize(
    ("te_ms", "r2star_per_s"),
    [(LIVER_MS, 2600.0), (HEART_MS, 1430.0), (LATE_MS, 900.0)],
    ids=["liver", "heart", "late"],
)
def test_beyond_the_acquisition_only_a_lower_limit_is_known(te_ms: Floats, r2star_per_s: float) -> None:
    fits = [fit_region(te_ms, region(te_ms, r2star_per_s, 50.0, seed)) for seed in range(8)]
    said = [fit for fit in fits if fit.ci_high_per_s == math.inf]
    assert len(said) >= 7
    assert sum(fit.ci_low_per_s < r2star_per_s for fit in said) >= 6
    assert all("BEYOND_ACQUISITION" in [c.code for c in fit.cautions] for fit in said)


def test_within_the_acquisition_the_upper_limit_is_known() -> None:
    fits = [fit_region(LIVER_MS, region(LIVER_MS, 1250.0, 50.0, seed)) for seed in range(6)]
    assert all(fit.ci_high_per_s < 1600.0 for fit in fits)


# --------------------------------------------------------------------------- the same numbers again


def test_a_saved_summary_gives_the_very_same_numbers() -> None:
    fit = fit_region(LIVER_MS, region(LIVER_MS, 700.0, 40.0, 6, spread=0.15, vessels=0.1))
    saved = json.dumps(TypeAdapter(PixelSummary).dump_python(fit.summary, mode="json"))
    opened = TypeAdapter(PixelSummary).validate_python(json.loads(saved))
    assert fit_summary(LIVER_MS, opened) == fit


@pytest.mark.parametrize("n", [40, 3 * MOST_DRAWN])
def test_the_order_of_pixels_does_not_matter(n: int) -> None:
    pixels = region(LIVER_MS, 400.0, 40.0, 7, n=n, spread=0.15)
    shuffled = np.random.default_rng(1).permutation(pixels)
    assert fit_region(LIVER_MS, shuffled) == fit_region(LIVER_MS, pixels)


@pytest.mark.parametrize("scale", [1e-3, 37.0, 1e6])
def test_the_scale_of_the_signal_does_not_matter(scale: float) -> None:
    pixels = region(LIVER_MS, 400.0, 40.0, 8)
    one, scaled = fit_region(LIVER_MS, pixels), fit_region(LIVER_MS, scale * pixels)
    assert numbers(scaled)[:3] == pytest.approx(numbers(one)[:3], rel=1e-4)
    assert scaled.s0 == pytest.approx(scale * one.s0, rel=1e-4)


def test_a_left_out_echo_decides_nothing() -> None:
    pixels = region(HEART_MS, 60.0, 50.0, 9)
    summary = summarise_pixels(HEART_MS, pixels)
    spoiled = replace(
        summary,
        curve=tuple(0.7 * s if i == 2 else s for i, s in enumerate(summary.curve)),
        replicates=tuple(tuple(0.5 * s if i == 2 else s for i, s in enumerate(row)) for row in summary.replicates),
    )
    without, repaired = fit_summary(HEART_MS, summary, (2,)), fit_summary(HEART_MS, spoiled, (2,))
    assert numbers(repaired) == numbers(without)
    assert len(without.predicted) == 8
    assert fit_summary(HEART_MS, spoiled).r2star_per_s != pytest.approx(without.r2star_per_s, rel=0.01)


# --------------------------------------------------------------------------- odd input


def test_whole_numbers_change_little() -> None:
    pixels = region(LIVER_MS, 300.0, 50.0, 10)
    exact, rounded = fit_region(LIVER_MS, pixels), fit_region(LIVER_MS, np.round(pixels).astype(np.uint16))
    assert rounded.r2star_per_s == pytest.approx(exact.r2star_per_s, rel=0.02)


def test_masked_pixels_are_left_out_and_said() -> None:
    pixels = region(LIVER_MS, 300.0, 50.0, 11)
    masked = np.vstack([pixels, np.zeros((30, 12))])
    fit = fit_region(LIVER_MS, masked)
    assert fit.r2star_per_s == fit_region(LIVER_MS, pixels).r2star_per_s
    assert fit.summary.n_pixels == 130 and "ZEROS_IN_REGION" in [c.code for c in fit.cautions]


def test_five_pixels_are_enough_and_four_are_not() -> None:
    pixels = region(LIVER_MS, 200.0, 50.0, 12, n=5)
    fit = fit_region(LIVER_MS, pixels)
    assert holds(fit, 200.0) and "FEW_PIXELS" in [c.code for c in fit.cautions]
    with pytest.raises(FitError) as refused:
        fit_region(LIVER_MS, pixels[:4])
    assert refused.value.refusal.code == "TOO_FEW_PIXELS"


@pytest.mark.parametrize(
    ("code", "te_ms", "pixels", "sigma"),
    [
        ("PIXELS_SHAPE", LIVER_MS, np.ones((12, 20)), None),
        ("PIXELS_SHAPE", LIVER_MS, np.ones(12), None),
        ("PIXELS_NOT_MAGNITUDE", LIVER_MS, np.full((20, 12), np.nan), None),
        ("PIXELS_NOT_MAGNITUDE", LIVER_MS, -np.ones((20, 12)), None),
        ("TOO_FEW_PIXELS", LIVER_MS, np.zeros((20, 12)), None),
        ("TOO_FEW_ECHOES", LIVER_MS[:2], np.ones((20, 2)), None),
        ("NOISE_INVALID", LIVER_MS, np.ones((20, 12)), 0.0),
        ("TE_ORDER", LIVER_MS[::-1], np.ones((20, 12)), None),
        ("NO_DECAY", LIVER_MS, np.full((20, 12), 7.0), None),
        ("NO_DECAY", LIVER_MS, region(LIVER_MS, 100.0, 50.0, 13)[:, ::-1], None),
    ],
)
def test_what_cannot_be_fitted_is_refused_by_name(
    code: str, te_ms: Floats, pixels: Floats, sigma: float | None
) -> None:
    with pytest.raises(FitError) as refused:
        fit_region(te_ms, pixels, sigma)
    assert refused.value.refusal.code == code and refused.value.refusal.cure


def test_a_spoiled_summary_is_refused() -> None:
    good = summarise_pixels(LIVER_MS, region(LIVER_MS, 100.0, 50.0, 14, n=20))
    spoiled = [replace(good, sigma=0.0), replace(good, replicates=()), replace(good, sigma=math.nan),
               replace(good, replicates=(*good.replicates, (1.0,))), replace(good, n_coils=0)]  # fmt: skip
    for summary in spoiled:
        with pytest.raises(FitError) as refused:
            fit_summary(LIVER_MS, summary)
        assert refused.value.refusal.code == "SUMMARY_INVALID"


def test_a_signal_that_hardly_falls_gets_no_class() -> None:
    flat = 50.0 + np.random.default_rng(0).standard_normal((30, 12))
    try:
        fit = fit_region(LIVER_MS, flat)
    except FitError as error:
        assert error.refusal.code == "NO_DECAY"
    else:
        assert [c.code for c in fit.cautions if c.blocks_grade] == ["WEAK_DECAY"]


# --------------------------------------------------------------------------- a real kidney


def test_a_real_kidney_reads_as_its_means_do(shared_data: Path) -> None:
    from ironreport.intake import read_series, region_signal
    from ironreport.intake.regions import region_mask
    from ironreport.records import Region

    folder = shared_data / "ge_mr750_gre12_MRI_mixed_2slices"
    files = [(p.name, p.read_bytes()) for p in sorted(folder.rglob("*")) if p.is_file() and "LICENSE" not in p.name]
    series = read_series(files).series[0]
    boxes = [Region("rectangle", 111, 198, 7, 7, k) for k in range(2)]
    box = next(b for b in boxes if region_signal(series, b, "kidney").signal[0] == pytest.approx(3108.9, abs=0.1))
    pixels = series.images[box.slice_index][:, region_mask(box, series.images.shape[2:])].T
    fit = fit_region(series.te_ms, pixels)
    assert 1000.0 / fit.r2star_per_s == pytest.approx(37.19, rel=0.02), "the mono-exponential of the means"
    assert fit.cautions == ()


# --------------------------------------------------------------------------- the number of coils


@pytest.mark.parametrize("n_coils", [2, 8, 32])
@pytest.mark.parametrize("time_ms", [0.35, 1.2, 6.0, 20.0])
def test_sum_of_squares_never_makes_iron_look_light(n_coils: int, time_ms: float) -> None:
    truth = 1000.0 / time_ms
    fits = [fit_region(LIVER_MS, region(LIVER_MS, truth, 30.0, seed, n=60, n_coils=n_coils)) for seed in range(3)]
    assert all(fit.ci_high_per_s > 0.5 * truth for fit in fits)
    assert sum(holds(fit, truth) for fit in fits) >= 2


def test_readings_by_rival_numbers_of_coils_stand_in_the_interval() -> None:
    pixels = region(LIVER_MS, 50.0, 30.0, 1, n=60, n_coils=16)
    fit = fit_region(LIVER_MS, pixels)
    rivals = dict(fit.summary.rivals)
    assert fit.summary.n_coils == 1 and 16 in rivals
    others = [fit_summary(LIVER_MS, summarise_pixels(LIVER_MS, pixels, n_coils=n)).r2star_per_s for n in rivals]
    assert max(others) > 1.02 * fit.r2star_per_s
    assert all(fit.ci_low_per_s < other < fit.ci_high_per_s for other in others)
    assert "COILS_UNSURE" in {caution.code for caution in fit.cautions}


def test_no_number_is_shown_where_it_hangs_on_the_number_of_coils() -> None:
    summary = summarise_pixels(LIVER_MS, region(LIVER_MS, 1250.0, 30.0, 1, n=60, n_coils=16))
    unsure = replace(summary, n_coils=1, sigma=3.0, rivals=((16, summary.sigma),))
    with pytest.raises(FitError) as refused:
        fit_summary(LIVER_MS, unsure)
    assert refused.value.refusal.code == "COILS_UNKNOWN" and refused.value.refusal.cure
