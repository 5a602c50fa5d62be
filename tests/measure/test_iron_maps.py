"""Maps of known tissue: right where they can be measured, silent where they cannot, with a named noise."""

from __future__ import annotations

import io
import itertools
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import cache

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image

from ironreport.errors import FitError
from ironreport.intake import read_series, region_mask
from ironreport.knowledge import published_knowledge
from ironreport.measure import map_noise
from ironreport.measure.iron_maps import iron_map, r2star_map, spread_in
from ironreport.measure.map_noise import (
    MapNoise,
    background_noise,
    best_noise,
    corner_noise,
    is_of_tissue,
    residual_noise,
    scatters_as_one_law,
)
from ironreport.measure.region_signals import measure
from ironreport.measure.vessels import exclusion
from ironreport.records import EchoSeries, Region, Technique
from ironreport.relaxometry.pixel_noise import PixelNoise
from ironreport.report.maps.colours import map_colours
from ironreport.report.maps.picture import MapLayers, map_picture
from ironreport.report.maps.scale import MapScale, doubt_scale, iron, limit_rates, rate_scale, relaxation
from ironreport.report.palette import SEVERITY
from ironreport.synthetic.examination import Truth, vessel_liver
from ironreport.units import rate_per_s

TE_MS = tuple(1.0 + 1.3 * k for k in range(12))
SIGMA, SIDE = 4.0, 64
DISC = Region("ellipse", 32.0, 32.0, 48.0, 48.0)
KNOWLEDGE = published_knowledge()


def body(
    rate_per_s_of: Callable[[npt.NDArray[np.float64]], npt.NDArray[np.float64]], *, n_coils: int = 1,
    n_slices: int = 1, seed: int = 1,
) -> EchoSeries:  # fmt: skip
    """A disc of tissue in air; its rate [s^-1] is a function of the column."""
    rng = np.random.default_rng(seed)
    rates = np.broadcast_to(rate_per_s_of(np.arange(SIDE, dtype=float)), (SIDE, SIDE))
    inside = region_mask(DISC, (SIDE, SIDE))
    clean = 200.0 * inside * np.exp(-np.array(TE_MS)[:, None, None] * rates / 1000.0)
    shape = (n_slices, *clean.shape)
    power = (clean + SIGMA * rng.standard_normal(shape)) ** 2 + SIGMA**2 * rng.chisquare(2 * n_coils - 1, shape)
    return EchoSeries(
        key="key", label="1 liver", te_ms=TE_MS, images=np.sqrt(power).astype(np.float32), contrast="T2*",
        field_tesla=1.5, pixel_spacing_mm=(2.0, 1.0), slice_positions_mm=(None,) * n_slices, technique=Technique(),
        patient_key="p", study_key="s",
    )  # fmt: skip


def even(rate: float) -> Callable[[npt.NDArray[np.float64]], npt.NDArray[np.float64]]:
    return lambda column: np.full_like(column, rate)


# --------------------------------------------------------------------------------------- the map


def test_a_map_says_the_rate_of_the_tissue() -> None:
    series = body(lambda column: 60.0 + 6.0 * column, n_slices=2)
    one = iron_map(series)
    inside = region_mask(replace(DISC, height=44.0, width=44.0), (SIDE, SIDE))
    error = one.rates_per_s[:, inside] / (60.0 + 6.0 * np.broadcast_to(np.arange(SIDE), (SIDE, SIDE))[inside]) - 1.0
    assert abs(np.median(error)) < 0.01 and np.abs(error).max() < 0.35
    assert np.array_equal(r2star_map(series), one.rates_per_s, equal_nan=True)
    assert one.times_ms[0, 32, 32] == pytest.approx(1000.0 / one.rates_per_s[0, 32, 32], rel=1e-5)


def test_air_is_no_body_and_has_no_number() -> None:
    one = iron_map(body(even(100.0)))
    inside = region_mask(DISC, (SIDE, SIDE))
    assert np.array_equal(one.body[0], inside)
    assert np.isnan(one.rates_per_s[0][~inside]).all()
    assert not one.unmeasurable[0][~inside].any()


def test_signal_gone_too_early_is_said_and_is_no_number() -> None:
    centre = region_mask(Region("ellipse", 32.0, 32.0, 9.0, 9.0), (SIDE, SIDE))
    series = body(even(100.0))
    dark = body(even(4000.0))
    series.images[0][:, centre] = dark.images[0][:, centre]
    one = iron_map(series)
    assert one.unmeasurable[0][centre].all()
    assert np.isnan(one.rates_per_s[0][centre]).all()


def test_a_map_that_is_given_up_leaves_no_map() -> None:
    with pytest.raises(FitError) as refused:
        iron_map(body(even(100.0)), cancelled=lambda: True)
    assert refused.value.refusal.code == "CANCELLED"


def test_progress_runs_to_the_end() -> None:
    steps: list[tuple[int, int]] = []
    iron_map(body(even(100.0), n_slices=3), progress=lambda done, total: steps.append((done, total)))
    assert steps[-1] == (3 * SIDE * SIDE, 3 * SIDE * SIDE)
    assert all(a < b for (a, _), (b, _) in itertools.pairwise(steps))


def test_pixels_gone_too_early_count_as_the_fastest() -> None:
    series = body(lambda column: np.where(column < 28.0, 200.0, 4000.0))
    inside = region_mask(DISC, (SIDE, SIDE))
    spread = spread_in(iron_map(series), 0, inside)
    assert spread.unmeasurable > 0.5
    assert spread.median_per_s is None and spread.high_per_s is None
    assert spread.low_per_s == pytest.approx(200.0, rel=0.1)
    assert spread_in(iron_map(series), 0, np.zeros_like(inside)).n_pixels == 0


# ------------------------------------------------------------------------------------- its noise


@pytest.mark.parametrize("n_coils", [1, 4])
def test_corners_know_sigma_and_the_coils(n_coils: int) -> None:
    noise = corner_noise(body(even(100.0), n_coils=n_coils, n_slices=3))
    assert noise.sigma == pytest.approx(SIGMA, rel=0.05)
    assert (noise.n_coils, noise.source) == (n_coils, "corners")
    assert "4 of 4" in noise.words


def test_a_loud_corner_and_one_with_tissue_are_left_out() -> None:
    series = body(even(100.0))
    series.images[:, :, :8, :8] *= 5.0
    series.images[:, :, -8:, :8] += 200.0 * np.exp(-np.array(TE_MS)[:, None, None] / 20.0)
    noise = corner_noise(series)
    assert noise.sigma == pytest.approx(SIGMA, rel=0.1)
    assert "2 of 4" in noise.words


def test_masked_corners_hand_over_to_the_pixels() -> None:
    series = body(even(60.0), n_slices=2)
    series.images[:, :, ~region_mask(DISC, (SIDE, SIDE))] = 0.0
    with pytest.raises(FitError) as refused:
        corner_noise(series)
    assert refused.value.refusal.code == "NO_AIR_IN_CORNERS"
    noise = best_noise(series)
    assert noise.source == "residuals" and "tiles" in noise.words
    assert noise.sigma == pytest.approx(SIGMA, rel=0.15)
    assert residual_noise(series, (replace(DISC, height=12.0, width=12.0),)).sigma == pytest.approx(SIGMA, rel=0.15)


@pytest.mark.parametrize(
    ("louder", "source"), [(1.15, "corners"), (0.87, "corners"), (1.4, "residuals"), (0.7, "residuals")]
)
def test_corners_of_other_noise_than_the_tissue_hand_over_to_the_pixels(louder: float, source: str) -> None:
    """Parallel imaging makes the middle noisier than the corners, a mask that fades the corners too."""
    series = body(even(60.0))
    outside = ~region_mask(DISC, (SIDE, SIDE))
    series.images[:, :, outside] /= louder
    noise = best_noise(series)
    assert noise.source == source
    if source == "residuals":
        assert noise.sigma == pytest.approx(SIGMA, rel=0.15)
        assert f"corners say {corner_noise(series).sigma:.3g}" in noise.words


def test_tissue_that_does_not_decay_evenly_here_and_there_does_not_deny_the_corners() -> None:
    """Tiles that swing with fat look noisy; the quietest ones tell."""
    series = body(even(60.0))
    swing = np.random.default_rng(1).uniform(0.0, 0.5, (SIDE, SIDE)) * (np.arange(SIDE)[:, None] >= 24)
    inside = region_mask(DISC, (SIDE, SIDE))
    series.images[:] *= (1.0 + inside * swing * np.cos(2.0 * np.arange(12.0))[:, None, None]).astype(np.float32)
    assert best_noise(series).source == "corners"


@pytest.mark.parametrize(("ratio", "alike"), [(1.24, True), (1.26, False)])
def test_corners_are_of_the_tissue_within_a_fourth(ratio: float, alike: bool) -> None:
    assert is_of_tissue(ratio * SIGMA, SIGMA) is is_of_tissue(SIGMA, ratio * SIGMA) is alike


def test_corners_are_compared_with_the_quieter_fourth_of_twelve_places(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fat in some tiles passes for noise, so the quieter count; each tile costs what a region costs, so twelve do."""
    told = itertools.count(1)
    monkeypatch.setattr(map_noise, "pixel_noise", lambda *_, **__: PixelNoise(float(next(told)), 1))
    monkeypatch.setattr(map_noise, "corner_noise", lambda _: MapNoise(3.9, 1, "corners", ""))
    tissue = replace(body(even(100.0)), images=np.full((11, len(TE_MS), 36, 48), 100.0, dtype=np.float32))
    assert best_noise(tissue).source == "corners"  # 4, of 1 to 12, and neither 3 nor 5
    assert next(told) == 13


def test_corners_with_ghosts_are_no_noise() -> None:
    """A ghost as strong as the noise in every third row keeps the mean power even from echo to echo."""
    series = body(even(60.0), n_slices=2)
    series.images[:, :, ::3] *= 4.0
    with pytest.raises(FitError) as refused:
        corner_noise(series)
    assert refused.value.refusal.code == "CORNERS_UNEVEN"


@pytest.mark.parametrize(("ratio", "even_noise"), [(1.55, True), (1.7, False), (1.0 / 1.55, True), (1.0 / 1.7, False)])
def test_corners_say_their_number_of_coils_twice_alike(ratio: float, even_noise: bool) -> None:
    assert scatters_as_one_law(4.0 * ratio, 4) is even_noise


def test_a_background_region_must_lie_in_air() -> None:
    series = body(even(100.0))
    air = Region("rectangle", 3.0, 32.0, 6.0, 60.0)
    noise = background_noise(series, air)
    assert noise.sigma == pytest.approx(SIGMA, rel=0.05)
    assert noise.source == "background" and "slice 1" in noise.words
    with pytest.raises(FitError) as refused:
        background_noise(series, replace(air, row=32.0))
    assert refused.value.refusal.code == "NO_AIR_IN_REGION"


@pytest.mark.parametrize("n_echoes", [2, 12])
def test_images_without_tissue_or_echoes_have_no_noise_of_pixels(n_echoes: int) -> None:
    series = body(even(100.0))
    series = replace(series, te_ms=TE_MS[:n_echoes], images=np.zeros_like(series.images[:, :n_echoes]))
    with pytest.raises(FitError):
        best_noise(series)


# -------------------------------------------------------------------------------------- vessels


@cache
def vessels() -> tuple[EchoSeries, Truth]:
    exam = vessel_liver()
    return read_series(exam.files.items()).series[0], exam.truth


def regions() -> Iterator[Region]:
    yield from vessels()[1].locations["right lobe"]


@pytest.mark.parametrize("slice_index", [0, 1, 2])
def test_exclusion_takes_the_bias_of_vessels_away(slice_index: int) -> None:
    series, truth = vessels()
    found = exclusion(series, list(regions())[slice_index])
    assert found.mean_curve is not None and found.screened is not None
    assert found.mean_curve.time.value > 2.0 * truth.recipe.relaxation_ms
    assert abs(rate_per_s(found.screened.r2star_per_s) / truth.recipe.relaxation_ms - 1.0) < 0.05


def test_the_pixels_left_out_are_the_vessels() -> None:
    series, truth = vessels()
    for region in regions():
        found = exclusion(series, region)
        vessel = truth.vessels[region.slice_index] & found.drawn
        assert (found.left_out & vessel).sum() >= 0.95 * vessel.sum()
        assert (found.left_out & ~vessel).sum() < 0.05 * found.drawn.sum()
        assert not found.left_out[~found.drawn].any()
        assert 0.1 < found.share < 0.25


def test_the_switch_measures_the_region_anew() -> None:
    series, _ = vessels()
    region = next(regions())
    kept, without = (measure(series, region, "liver", screened=screened).pixels for screened in (False, True))
    assert kept is not None and without is not None
    assert kept.n_kept == kept.n_pixels
    assert without.n_kept == kept.n_kept - exclusion(series, region).left_out.sum()


# -------------------------------------------------------------------------------- colours and bar


def lightness(colours: npt.NDArray[np.uint8]) -> npt.NDArray[np.float64]:
    """Relative luminance of sRGB colours (WCAG 2)."""
    linear = np.where(colours <= 10, colours / 255.0 / 12.92, ((colours / 255.0 + 0.055) / 1.055) ** 2.4)
    return np.asarray(linear @ [0.2126, 0.7152, 0.0722], dtype=np.float64)


BLINDNESS = {
    "protanopia": [[0.152, 1.053, -0.205], [0.115, 0.786, 0.099], [-0.004, -0.048, 1.052]],
    "deuteranopia": [[0.367, 0.861, -0.228], [0.280, 0.673, 0.047], [-0.012, 0.043, 0.969]],
    "tritanopia": [[1.256, -0.077, -0.179], [-0.078, 0.931, 0.148], [0.005, 0.691, 0.304]],
}
"""What is left of linear colours (Machado GM, IEEE Trans Vis Comput Graph 2009;15:1291)."""


def test_colours_darken_evenly() -> None:
    steps = np.diff(np.cbrt(lightness(map_colours(64))))
    assert (steps < 0.0).all()
    assert steps.min() / steps.mean() < 3.0


@pytest.mark.parametrize("kind", BLINDNESS)
def test_colours_keep_their_order_for_colour_blind_eyes(kind: str) -> None:
    linear = (map_colours(32) / 255.0) ** 2.2 @ np.array(BLINDNESS[kind]).T
    seen = np.clip(linear, 0.0, 1.0) @ [0.2126, 0.7152, 0.0722]
    assert (np.diff(np.cbrt(seen)) < -0.005).all()


def liver_scale(quantity: str, *, by_class: bool = False) -> MapScale:
    ladder, calibration = KNOWLEDGE.ladders("liver", "1.5")[0], KNOWLEDGE.calibrations("liver", "1.5")[0]
    shown = iron(calibration) if quantity == "lic_mg_per_g" else relaxation(quantity)
    return rate_scale(shown, np.array([50.0, 200.0]), ladder, calibration, by_class=by_class)


def test_class_limits_stand_at_the_same_place_for_time_rate_and_iron() -> None:
    scales = [liver_scale(quantity) for quantity in ("t2star_ms", "r2star_per_s", "lic_mg_per_g")]
    places = [[mark.at for mark in scale.limits] for scale in scales]
    assert np.ptp(places, axis=0).max() < 1e-9
    bounds = KNOWLEDGE.ladders("liver", "1.5")[0].bounds
    assert [float(mark.text) for mark in scales[2].limits] == pytest.approx(bounds)


def test_class_colours_are_those_of_the_class() -> None:
    ladder, calibration = KNOWLEDGE.ladders("liver", "1.5")[0], KNOWLEDGE.calibrations("liver", "1.5")[0]
    scale = liver_scale("lic_mg_per_g", by_class=True)
    for rate in np.geomspace(10.0, 2000.0, 60).tolist():
        grade = ladder.grade_of(calibration.iron_mg_per_g(rate))
        assert bytes(scale.colours(np.array([rate]))[0]).hex() == SEVERITY[grade.severity][1:]


def test_a_ladder_of_times_needs_no_calibration() -> None:
    ladder = KNOWLEDGE.ladders("heart", "1.5")[0]
    assert ladder.quantity == "t2star_ms"
    assert limit_rates(ladder, None) == pytest.approx([rate_per_s(bound) for bound in ladder.bounds])
    assert limit_rates(KNOWLEDGE.ladders("liver", "1.5")[0], None) == ()


@pytest.mark.parametrize("organ", KNOWLEDGE.organs)
@pytest.mark.parametrize("field", [field.id for field in KNOWLEDGE.shared.field])
def test_every_calibration_and_ladder_has_a_bar(organ: str, field: str) -> None:
    calibrations = [c for c in KNOWLEDGE.calibrations(organ, field) if c.input in ("r2star_per_s", "t2star_ms")]
    for calibration, ladder in itertools.product(
        [None, *calibrations], [None, *KNOWLEDGE.ladders(organ, field)]
    ):  # fmt: skip
        shown = relaxation("t2star_ms") if calibration is None else iron(calibration)
        scale = rate_scale(shown, np.array([20.0, 300.0]), ladder, calibration, by_class=True)
        places = [scale.place(band.low) for band in scale.bands]
        assert places == sorted(places) and places[0] == 0.0
        assert scale.ticks or scale.limits


def test_without_a_ladder_the_bar_spans_the_map() -> None:
    scale = rate_scale(relaxation("t2star_ms"), np.array([np.nan, 20.0, 30.0, 400.0]), None, None)
    assert scale.low == pytest.approx(20.4, rel=0.02) and scale.high > 300.0
    assert len(scale.ticks) >= 3 and not scale.limits
    nothing = rate_scale(relaxation("t2star_ms"), np.array([np.nan]), None, None, by_class=True)
    assert nothing.low < nothing.high


def test_the_bar_of_doubt_runs_from_1_to_100_percent() -> None:
    assert [mark.text for mark in doubt_scale().ticks] == ["1", "2", "5", "10", "20", "50", "100"]


def test_a_picture_shows_colour_hatch_and_caption() -> None:
    values = np.full((8, 8), 100.0)
    values[:4] = np.nan
    hatched = np.zeros((8, 8), dtype=bool)
    hatched[:4, :4] = True
    layers = MapLayers(np.full((8, 8), 90, dtype=np.uint8), values, hatched, aspect=0.5)
    scale = liver_scale("t2star_ms")
    short, long = (
        np.asarray(Image.open(io.BytesIO(map_picture(layers, scale, 1.0, lines)))) for lines in (["a"], ["a", "b"])
    )
    assert (short[400, 450] == scale.colours(np.array([100.0]))[0]).all()
    assert (short[100, 700] == 90).all()
    assert (short[100, 100:200] != 90).any() and (short[100, 100:200] == 90).any()
    assert short.shape[1] == 900 and long.shape[0] > short.shape[0] > 450


def test_a_named_noise_travels_with_the_map() -> None:
    noise = MapNoise(5.0, 1, "background", "as told")
    assert iron_map(body(even(100.0)), noise).noise is noise
