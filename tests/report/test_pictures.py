"""The picture of a region: the outline lies on its pixels, whatever is cropped, and nothing but the slice is in it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from io import BytesIO

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageDraw

from ironreport.errors import ReportError
from ironreport.intake import region_mask
from ironreport.records import Region
from ironreport.report.content import RegionPicture, ReportContent
from ironreport.report.pdf import write_pdf
from ironreport.report.pictures import MOST_PX, region_outline, region_picture

NOISE = np.random.default_rng(7).uniform(50.0, 400.0, (96, 128))
FIVE = [(20.0, 30.0), (18.5, 52.0), (40.0, 60.0), (55.5, 44.0), (38.0, 28.0)]
REGIONS = [
    Region("rectangle", 40, 60, 7, 9),
    Region("rectangle", 40, 60, 6, 8),
    Region("ellipse", 40, 60, 21, 31),
    Region.polygon(FIVE),
]


def grey(picture: RegionPicture) -> npt.NDArray[np.uint8]:
    image = Image.open(BytesIO(picture.png))
    assert image.mode == "L" and image.size == (picture.width_px, picture.height_px)
    return np.asarray(image)


def filled(corners: list[tuple[float, float]], n_rows: int, n_columns: int) -> npt.NDArray[np.bool_]:
    """Pixels whose middle lies inside a closed line of (x, y), drawn 16 times larger by another program."""
    canvas = Image.new("1", (n_columns * 16, n_rows * 16))
    ImageDraw.Draw(canvas).polygon([(x * 16, y * 16) for x, y in corners], fill=1)
    return np.asarray(canvas)[8::16, 8::16]


@pytest.mark.parametrize("region", REGIONS)
def test_the_outline_encloses_the_pixels_that_were_measured(region: Region) -> None:
    inside = filled([(column, row) for row, column in region_outline(region)], 96, 128)
    mask = region_mask(region, (96, 128))
    assert np.count_nonzero(inside != mask) <= 0.02 * np.count_nonzero(mask)  # an ellipse has straight sides here


@pytest.mark.parametrize("region", REGIONS)
def test_the_outline_stays_on_its_tissue_when_the_picture_is_cropped(region: Region) -> None:
    picture = region_picture("liver", np.where(region_mask(region, (96, 128)), 400.0, 50.0), region)
    bright = grey(picture) > 127
    corners = [(x * picture.width_px, y * picture.height_px) for x, y in picture.outlines[0]]
    inside = filled(corners, picture.height_px, picture.width_px)
    assert bright.any()
    assert np.count_nonzero(inside != bright) <= 0.02 * np.count_nonzero(bright)


def test_pixels_that_are_not_square_are_shown_in_true_shape() -> None:
    square = region_picture("liver", NOISE, Region("ellipse", 48, 64, 20, 20), pixel_spacing_mm=(2.0, 1.0))
    (xs, ys) = zip(*square.outlines[0], strict=True)
    width, height = (max(xs) - min(xs)) * square.width_px, (max(ys) - min(ys)) * square.height_px
    assert height / width == pytest.approx(2.0, rel=0.03)


def test_a_picture_is_small_and_the_same_each_time() -> None:
    large = np.random.default_rng(1).normal(100.0, 20.0, (900, 1200))
    made = [region_picture("liver", large, Region("ellipse", 450, 600, 500, 700), "Slice 1") for _ in range(2)]
    assert made[0] == made[1] and made[0].png == made[1].png
    assert max(made[0].width_px, made[0].height_px) <= MOST_PX
    assert made[0].key != region_picture("liver", large, Region("ellipse", 450, 601, 300, 300)).key


@given(
    st.floats(-20, 120), st.floats(-20, 150), st.floats(0.1, 300), st.floats(0.1, 300),
    st.sampled_from(["ellipse", "rectangle"]),
)  # fmt: skip
def test_any_region_is_pictured_or_refused(row: float, column: float, height: float, width: float, shape: str) -> None:
    region = Region(shape, row, column, height, width)  # type: ignore[arg-type]
    try:
        picture = region_picture("liver", NOISE, region)
    except ReportError as error:
        assert error.refusal.code == "NO_PICTURE"
        assert region_mask(region, (96, 128)).sum() == 0
    else:
        assert grey(picture).size


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_an_image_without_numbers_is_refused(value: float) -> None:
    with pytest.raises(ReportError):
        region_picture("liver", np.full((32, 32), value), Region("ellipse", 16, 16, 8, 8))


def test_holes_and_flat_images_are_still_a_picture() -> None:
    holed = NOISE.copy()
    holed[40:44, 60:64] = np.nan
    assert grey(region_picture("liver", holed, REGIONS[0])).max() == 255
    assert grey(region_picture("liver", np.full((32, 32), 5.0), Region("ellipse", 16, 16, 8, 8))).max() == 0


# ------------------------------------------------------------------------------------- on paper


def pictured(content: ReportContent) -> ReportContent:
    picture = region_picture("liver", NOISE, REGIONS[3], "Region on slice 2 of 3, TE 1.2 ms")
    return replace(content, cards=tuple(replace(card, picture=picture) for card in content.cards))


def test_a_picture_is_printed_once_and_the_same_each_time(report_content: ReportContent) -> None:
    content = pictured(report_content)
    pdf = write_pdf(content)
    assert pdf == write_pdf(content)
    assert pdf.count(b"/Subtype /Image") == 1  # one picture, used on both cards
    assert len(pdf) < len(write_pdf(report_content)) + 60_000


def test_a_region_whose_images_are_closed_says_so_in_print(
    report_content: ReportContent, poppler: Callable[..., str]
) -> None:
    closed = "Picture: open the images again to print it."
    cards = tuple(replace(card, no_picture=closed) for card in report_content.cards)
    printed = poppler("pdftotext", write_pdf(replace(report_content, cards=cards)))
    assert " ".join(printed.split()).count(closed) == len(cards)
