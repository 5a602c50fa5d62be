"""Geometry becomes pixels, pixels become signals, and doubts travel with them."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from ironreport.errors import IntakeError
from ironreport.intake.regions import (
    MIN_PIXELS,
    display_window,
    region_mask,
    region_pixels,
    region_signal,
    slice_picture,
)
from ironreport.intake.series import read_series
from ironreport.records import Caution, EchoSeries, Region, Technique

SHAPE = (40, 30)


def series_of(
    images: np.ndarray,
    label: str = "16 T2* liver",
    cautions: tuple[Caution, ...] = (),
    number: int | None = 16,
    acquisition: int = 0,
) -> EchoSeries:
    """Series around images of shape (n_slices, n_echoes, n_rows, n_columns)."""
    n_slices, n_echoes = images.shape[:2]
    return EchoSeries(
        key="k",
        label=label,
        te_ms=tuple(1.0 + e for e in range(n_echoes)),
        images=images.astype(np.float32),
        contrast="T2",
        field_tesla=1.5,
        pixel_spacing_mm=(1.0, 1.0),
        slice_positions_mm=(0.0,) * n_slices,
        technique=Technique(scanner="S"),
        patient_key="p",
        study_key="s",
        cautions=cautions,
        number=number,
        acquisition=acquisition,
    )


def noisy(n_slices: int = 3, n_echoes: int = 4) -> np.ndarray:
    return np.random.default_rng(1).normal(500.0, 20.0, (n_slices, n_echoes, *SHAPE))


def box(row: float = 20, column: float = 15, height: float = 7, width: float = 7, slice_index: int = 0) -> Region:
    return Region("rectangle", row, column, height, width, slice_index)


# ------------------------------------------------------------------------------------- masks


def test_a_box_of_seven_covers_three_pixels_each_side_of_its_centre() -> None:
    mask = region_mask(box(111, 198), (256, 256))
    rows, columns = np.nonzero(mask)
    assert (rows.min(), rows.max(), columns.min(), columns.max()) == (108, 114, 195, 201)
    assert mask.sum() == 49


sizes = st.integers(1, 12)
centres = st.integers(0, 60).map(lambda half_pixels: 10 + half_pixels / 4)


@given(height=sizes, width=sizes, row=centres, column=centres)
@settings(max_examples=100)
def test_a_rectangle_keeps_its_number_of_pixels_wherever_it_lies(
    height: int, width: int, row: float, column: float
) -> None:
    assert region_mask(Region("rectangle", row, column, height, width), (60, 60)).sum() == height * width


@given(height=st.floats(0.1, 20), width=st.floats(0.1, 20), row=st.floats(0, 39), column=st.floats(0, 29))
@settings(max_examples=100)
def test_an_ellipse_holds_just_the_pixel_centres_inside_it(
    height: float, width: float, row: float, column: float
) -> None:
    mask = region_mask(Region("ellipse", row, column, height, width), SHAPE)
    for r in range(SHAPE[0]):
        for c in range(SHAPE[1]):
            distance = math.hypot((r - row) / (height / 2), (c - column) / (width / 2))
            if abs(distance - 1.0) > 1e-9:
                assert mask[r, c] == (distance < 1.0)


def test_a_large_ellipse_has_the_area_of_an_ellipse() -> None:
    mask = region_mask(Region("ellipse", 250, 250, 300, 200), (500, 500))
    assert mask.sum() == pytest.approx(math.pi * 150 * 100, rel=1e-3)


@given(row=st.integers(10, 29), column=st.integers(10, 19), size=st.floats(1, 15))
@settings(max_examples=50)
def test_an_ellipse_around_a_pixel_is_symmetric(row: int, column: int, size: float) -> None:
    mask = region_mask(Region("ellipse", row, column, size, size), SHAPE)
    window = mask[row - 8 : row + 9, column - 8 : column + 9]
    assert np.array_equal(window, window[::-1, ::-1])
    assert np.array_equal(window, window.T)


@pytest.mark.parametrize("field", ["row", "column", "height", "width"])
@pytest.mark.parametrize("wrong", [math.nan, math.inf])
def test_a_region_without_numbers_is_refused(field: str, wrong: float) -> None:
    values = {"row": 5.0, "column": 5.0, "height": 3.0, "width": 3.0, field: wrong}
    with pytest.raises(IntakeError) as caught:
        region_mask(Region("ellipse", **values), SHAPE)
    assert caught.value.refusal.code == "REGION_INVALID"


@pytest.mark.parametrize(("height", "width"), [(0, 3), (3, 0), (-1, 3)])
def test_a_region_without_size_is_refused(height: float, width: float) -> None:
    with pytest.raises(IntakeError):
        region_mask(Region("rectangle", 5, 5, height, width), SHAPE)


def polygon(*points: tuple[float, float]) -> Region:
    return Region.polygon(points)


def test_a_polygon_around_whole_pixels_holds_just_them() -> None:
    mask = region_mask(polygon((3, 4), (3, 9), (8, 9), (8, 4)), SHAPE)
    rows, columns = np.nonzero(mask)
    assert (rows.min(), rows.max(), columns.min(), columns.max(), mask.sum()) == (3, 7, 4, 8, 25)


def test_the_centre_and_extent_of_a_polygon_are_those_of_its_box() -> None:
    drawn = polygon((108, 195), (115, 195), (115, 202), (108, 202))
    assert (drawn.row, drawn.column, drawn.height, drawn.width) == (111, 198, 7, 7)
    assert np.array_equal(region_mask(drawn, (256, 256)), region_mask(box(111, 198), (256, 256)))


corners = st.tuples(st.floats(-8, 48), st.floats(-8, 38))


@given(points=st.lists(corners, min_size=3, max_size=12, unique=True))
@settings(max_examples=60)
def test_a_polygon_is_the_same_from_whichever_corner_it_is_drawn(points: list[tuple[float, float]]) -> None:
    assume(all(max(axis) > min(axis) for axis in zip(*points, strict=True)))
    mask = region_mask(Region.polygon(points), SHAPE)
    assert np.array_equal(mask, region_mask(Region.polygon([*points[2:], *points[:2]]), SHAPE))


def test_a_line_that_crosses_itself_leaves_out_what_it_encloses_twice() -> None:
    ring = polygon((2, 2), (2, 12), (12, 12), (12, 2), (2, 2), (5, 5), (5, 9), (9, 9), (9, 5), (5, 5))
    mask = region_mask(ring, SHAPE)
    assert mask.sum() == 100 - 16 and not mask[6, 6] and mask[3, 3]


def test_two_polygons_that_share_a_side_share_no_pixel() -> None:
    whole = region_mask(polygon((1, 1), (1, 20), (30, 20), (30, 1)), SHAPE)
    left = region_mask(polygon((1, 1), (1, 7), (30, 13), (30, 1)), SHAPE)
    right = region_mask(polygon((1, 7), (1, 20), (30, 20), (30, 13)), SHAPE)
    assert not (left & right).any() and np.array_equal(left | right, whole)


@pytest.mark.parametrize(
    "points",
    [((1.0, 1.0), (9.0, 9.0)), ((1.0, 1.0), (1.0, 5.0), (1.0, 9.0)), ((1.0, 1.0), (9.0, math.nan), (9.0, 1.0))],
)
def test_a_polygon_without_area_is_refused(points: tuple[tuple[float, float], ...]) -> None:
    with pytest.raises(IntakeError) as caught:
        region_mask(Region("polygon", 5, 5, 0 if points[0][0] == points[-1][0] else 8, 8, 0, points), SHAPE)
    assert caught.value.refusal.code == "REGION_INVALID"


# ----------------------------------------------------------------------------------- signals


def test_the_pixels_of_a_region_are_those_under_its_mask() -> None:
    images = noisy()
    pixels = region_pixels(series_of(images), polygon((3, 4), (3, 9), (8, 9), (8, 4)))
    assert pixels.shape == (25, 4)
    assert np.array_equal(pixels, images.astype(np.float32)[0, :, 3:8, 4:9].reshape(4, -1).T.astype(np.float64))


def test_a_drawn_region_says_how_many_corners_it_has() -> None:
    signal = region_signal(series_of(noisy()), polygon((3, 4), (3, 12), (12, 12)), "liver")
    assert "polygon of 3 corners, 9 x 8 pixels" in signal.origin


def test_a_region_over_two_tissues_is_doubted() -> None:
    images = noisy()
    images[..., 15:] *= 4.0
    assert codes(series_of(images), box(column=15)) == ["HIGH_SPREAD"]
    assert codes(series_of(images), box(column=5)) == []


def test_mean_and_scatter_are_those_of_the_pixels() -> None:
    images = noisy()
    signal = region_signal(series_of(images), box(slice_index=2), "liver", location="segment VII")
    pixels = images.astype(np.float32).astype(np.float64)[2, :, 17:24, 12:19].reshape(4, -1)
    assert signal.signal == pytest.approx(pixels.mean(axis=1), rel=1e-12)
    assert signal.sd == pytest.approx(pixels.std(axis=1, ddof=1), rel=1e-9)
    assert (signal.n_pixels, signal.organ, signal.location, signal.contrast) == (49, "liver", "segment VII", "T2")
    assert (signal.te_ms, signal.field_tesla) == ((1.0, 2.0, 3.0, 4.0), 1.5)
    assert signal.region == box(slice_index=2)
    assert signal.technique is not None
    assert signal.cautions == ()


def test_the_origin_says_where_the_signal_came_from() -> None:
    series = series_of(noisy())
    region = Region("ellipse", row=11.5, column=19, height=8, width=9, slice_index=2)
    assert region_signal(series, region, "liver").origin == (
        "series 16, slice 3 of 3, ellipse 8 x 9 pixels centred at row 11.5, column 19"
    )


@pytest.mark.parametrize(
    ("label", "number", "acquisition", "start"),
    [
        ("DOE^JANE liver", None, 0, "series without number, slice"),
        ("19800312 DOE^JANE", None, 0, "series without number, slice"),
        ("16 DOE^JANE (acquisition 2)", 16, 2, "series 16 (acquisition 2), slice"),
    ],
)
def test_the_origin_repeats_no_text_of_the_series(label: str, number: int | None, acquisition: int, start: str) -> None:
    series = series_of(noisy(), label, number=number, acquisition=acquisition)
    origin = region_signal(series, box(), "liver").origin
    assert origin.startswith(start)
    assert "JANE" not in origin and "1980" not in origin


@pytest.mark.parametrize(
    ("region", "code"),
    [
        (box(slice_index=3), "SLICE_OUTSIDE"),
        (box(slice_index=-1), "SLICE_OUTSIDE"),
        (box(row=-50), "REGION_OUTSIDE"),
        (box(column=500), "REGION_OUTSIDE"),
        (Region("ellipse", 20.5, 15.5, 0.5, 0.5), "REGION_OUTSIDE"),
        (box(height=0), "REGION_INVALID"),
    ],
)
def test_a_region_without_pixels_is_refused_with_a_cure(region: Region, code: str) -> None:
    with pytest.raises(IntakeError) as caught:
        region_signal(series_of(noisy()), region, "liver")
    assert caught.value.refusal.code == code
    assert caught.value.refusal.cure


def test_pixels_without_a_number_are_refused() -> None:
    images = noisy()
    images[0, 2, 20, 15] = np.nan
    with pytest.raises(IntakeError) as caught:
        region_signal(series_of(images), box(), "liver")
    assert caught.value.refusal.code == "REGION_NOT_FINITE"


def codes(series: EchoSeries, region: Region) -> list[str]:
    return [caution.code for caution in region_signal(series, region, "liver").cautions]


def test_few_pixels_are_said_aloud() -> None:
    series = series_of(noisy())
    assert codes(series, box(height=5, width=6)) == []
    assert codes(series, box(height=5, width=5)) == ["FEW_PIXELS"]
    assert MIN_PIXELS == 30


def test_one_pixel_has_no_scatter_rather_than_a_wrong_one() -> None:
    signal = region_signal(series_of(noisy()), box(height=1, width=1), "liver")
    assert signal.n_pixels == 1
    assert signal.sd == ()


@pytest.mark.parametrize(("row", "column"), [(3, 15), (36, 15), (20, 3), (20, 26), (1, 15)])
def test_a_region_at_the_edge_is_said_aloud(row: float, column: float) -> None:
    assert "REGION_AT_EDGE" in codes(series_of(noisy()), box(row, column))


def test_empty_pixels_are_said_aloud_from_one_in_a_hundred() -> None:
    images = noisy()
    images[0, 0, 20, 15] = 0.0
    assert codes(series_of(images), box(height=10, width=10)) == []
    images[0, :, 20, 14:16] = 0.0
    assert codes(series_of(images), box(height=10, width=10)) == ["ZEROS_IN_REGION"]


def test_doubts_about_the_series_travel_with_the_signal() -> None:
    doubt = Caution("FIELD_IN_GAUSS", "as read")
    assert region_signal(series_of(noisy(), cautions=(doubt,)), box(), "liver").cautions == (doubt,)


def test_a_region_on_clipped_pixels_blocks_the_grade_and_another_does_not() -> None:
    images = np.minimum(noisy(), 510.0)
    images[0, :, :10] = 450.0
    series = series_of(images, cautions=(Caution("CLIPPED", "clipped"),))
    on_clipped = region_signal(series, box(), "liver").cautions
    assert [caution.code for caution in on_clipped if caution.blocks_grade] == ["CLIPPED_IN_REGION"]
    assert codes(series, box(row=5)) == ["CLIPPED"]


def test_the_region_of_a_real_exam_gives_its_published_means(shared_data: Path) -> None:
    folder = shared_data / "siemens_xa60_mese17_enhanced"
    [series] = read_series((path.name, path.read_bytes()) for path in folder.glob("*.dcm")).series
    means = [region_signal(series, box(88, 188, 5, 5, s), "muscle").signal for s in range(series.n_slices)]
    [signal] = [mean for mean in means if mean[0] == pytest.approx(1248.44, abs=0.01)]
    assert signal[1] == pytest.approx(1118.64, abs=0.01)
    assert signal[-1] == pytest.approx(26.64, abs=0.01)


# ---------------------------------------------------------------------------------- pictures


def test_a_picture_runs_from_black_to_white() -> None:
    image = np.array([[-5.0, 0.0, 50.0, 100.0, 1e9, np.nan]], dtype=np.float32)
    picture = slice_picture(image, 0.0, 100.0)
    assert picture.dtype == np.uint8
    assert picture.tolist() == [[0, 0, 128, 255, 255, 0]]


@pytest.mark.parametrize(("low", "high"), [(1.0, 1.0), (2.0, 1.0), (math.nan, 1.0), (0.0, math.inf)])
def test_an_empty_window_is_refused(low: float, high: float) -> None:
    with pytest.raises(IntakeError):
        slice_picture(np.zeros((2, 2), dtype=np.float32), low, high)


@pytest.mark.parametrize("image", [np.zeros((4, 4)), np.full((4, 4), 7.0), np.arange(16.0).reshape(4, 4)])
def test_a_window_found_for_an_image_can_always_be_shown(image: np.ndarray) -> None:
    low, high = display_window(image.astype(np.float32))
    assert slice_picture(image.astype(np.float32), low, high).shape == (4, 4)


def test_an_image_without_numbers_has_no_window() -> None:
    with pytest.raises(IntakeError):
        display_window(np.full((2, 2), np.nan, dtype=np.float32))


def test_a_region_over_clipped_values_has_no_class() -> None:
    rng = np.random.default_rng(3)
    decay = 800.0 * np.exp(-np.arange(1, 9) / 4.0)
    images = np.minimum(rng.normal(decay[:, None, None], 20.0, (8, 30, 30)), 300.0).round().astype(np.float32)
    series = EchoSeries(
        key="", label="1", images=images[None], contrast="T2*", field_tesla=1.5, pixel_spacing_mm=None,
        slice_positions_mm=(0.0,), technique=Technique(), patient_key="", study_key="", te_ms=tuple(range(1, 9)),
    )  # fmt: skip
    signal = region_signal(series, Region("rectangle", 15, 15, 10, 10), "liver")
    assert ("CLIPPED_IN_REGION", True) in {(c.code, c.blocks_grade) for c in signal.cautions}


@pytest.mark.parametrize(("side", "blocks"), [((1, 1), True), ((2, 4), True), ((3, 3), False)])
def test_fewer_than_nine_pixels_have_no_class(side: tuple[int, int], blocks: bool) -> None:
    images = np.full((1, 4, 20, 20), 100.0, dtype=np.float32) * np.exp(-np.arange(4) / 5.0)[None, :, None, None]
    height, width = side
    region = Region("rectangle", 10 + (height - 1) / 2, 10 + (width - 1) / 2, height, width)
    signal = region_signal(series_of(images.astype(np.float32)), region, "liver")
    assert signal.n_pixels == height * width
    assert {c.code: c.blocks_grade for c in signal.cautions}["FEW_PIXELS"] is blocks
