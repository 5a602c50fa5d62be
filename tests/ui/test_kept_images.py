"""Images of a session take little memory, and no digit changes by it."""

from __future__ import annotations

import json
import struct
import zlib
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from ironreport.canvas import is_packed, kept_small, kept_stored, packed, packing
from ironreport.exam import save_exam
from ironreport.intake import ReadResult, display_window, read_series
from ironreport.measure.region_signals import measure
from ironreport.records import EchoSeries, Exam, Measurement
from ironreport.records.small_images import Magnitudes
from ironreport.synthetic.phantom import REGIONS
from ironreport.synthetic.samples import sample_images
from ironreport.ui.kept_images import small

SHAPE = (5, 3, 8, 6)
PER_IMAGE = tuple((0.37 + 0.11 * n, 2.5 - n) for n in range(SHAPE[0] * SHAPE[1]))
LINES = {"as stored": (), "one scale": ((1.2366, -3.0),) * 15, "each its own": PER_IMAGE}


@pytest.fixture(scope="module")
def images() -> ReadResult:
    return read_series([sample_images("phantom_1t5_dicom")])


def stored_by_scanner(images: ReadResult, lines: tuple[tuple[float, float], ...], lowest: int) -> EchoSeries:
    """A series of chance numbers that a scanner stored, made signals as a reader of files does."""
    stored = np.random.default_rng(4).integers(lowest, 4000, SHAPE)
    given = np.array(lines or ((1.0, 0.0),) * 15).reshape(*SHAPE[:2], 2, 1, 1)
    signals = (stored * given[:, :, 0] + given[:, :, 1]).astype(np.float32)
    return replace(images.series[0], images=signals, scale_lines=lines)


@pytest.mark.parametrize("keep", [kept_stored, kept_small])
@pytest.mark.parametrize("lines", LINES.values(), ids=list(LINES))
@pytest.mark.parametrize("lowest", [0, -70])
def test_images_kept_small_give_back_every_digit(
    images: ReadResult, keep: object, lines: tuple[tuple[float, float], ...], lowest: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setattr(packing, "PART_BYTES", 2 * 2 * 3 * 8 * 6)  # two slices
    series = stored_by_scanner(images, lines, lowest)
    one: Magnitudes = keep(series).images  # type: ignore[operator]
    assert not isinstance(one, np.ndarray) and (one.shape, one.size) == (SHAPE, series.images.size)
    every_use = (2, -1, (3, 1), (slice(None), 0), ([0, 4],), (slice(1, 3), slice(None), slice(0, 2), 5), (4, 2, 7, 5))
    for key in every_use:
        assert np.array_equal(one[key], series.images[key]) and one[key].dtype == np.float32
    assert np.array_equal(np.asarray(one), series.images) and np.asarray(one).dtype == np.float32
    assert display_window(one) == pytest.approx(display_window(series.images), rel=1e-6)


@pytest.mark.parametrize("lines", LINES.values(), ids=list(LINES))
def test_what_is_kept_of_pixels_is_what_the_browser_gets(
    images: ReadResult, lines: tuple[tuple[float, float], ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(packing, "PART_BYTES", 2 * 2 * 3 * 8 * 6)
    series = stored_by_scanner(images, lines, -70)
    shown = []
    for part in packed(kept_small(series)):
        (length,) = struct.unpack_from("<I", part)
        header = json.loads(part[4 : 4 + length])
        words = np.frombuffer(zlib.decompress(part[4 + length :]), "<u2").reshape(header["n_slices"], *SHAPE[1:])
        each = header.get("lines", [[header["offset"], header["step"]]] * words.shape[0] * words.shape[1])
        line = np.array(each).reshape(*words.shape[:2], 2, 1, 1)
        shown.append(line[:, :, 0] + line[:, :, 1] * words)
        assert words.max() <= header["top"]
    assert np.allclose(np.concatenate(shown), series.images, rtol=1e-6, atol=1e-4)
    assert ("lines" in header) == (lines == PER_IMAGE)


def test_signals_that_no_stored_numbers_give_stay_as_they_are(images: ReadResult) -> None:
    for odd in (np.random.default_rng(5).normal(80.0, 9.0, SHAPE), np.full(SHAPE, np.nan), np.arange(720.0) * 1000.0):
        series = replace(images.series[0], images=odd.astype(np.float32).reshape(SHAPE), scale_lines=())
        assert kept_small(series) is series


def test_a_region_of_images_kept_small_measures_what_it_did(images: ReadResult) -> None:
    (series,), (kept,) = images.series, small(images).series
    assert is_packed(kept)
    assert measure(kept, REGIONS["liver"], "liver") == measure(series, REGIONS["liver"], "liver")


def test_an_upload_is_let_go_once_it_was_read_and_masks_alone_come_to_its_images(
    repo_root: Path, images: ReadResult
) -> None:
    page = AppTest.from_file(str(repo_root / "app.py"), default_timeout=60).run().switch_page("pages/3_Images.py").run()
    name, content = sample_images("phantom_1t5_dicom")
    page.file_uploader[0].upload(name, content).run()
    assert not page.exception
    (series,) = page.session_state["images"].series
    assert is_packed(series) and page.session_state["images-of-all-exams"].series == (series,)
    assert [field.value for field in page.file_uploader[:2]] == [[], []]  # empty, and the images are there
    drawn = Exam("one", measurements=(Measurement(measure(series, REGIONS["liver"], "liver")),))
    page.file_uploader[0].upload("regions.json", save_exam(drawn).encode()).run()
    assert not page.exception and page.session_state["images"].series == (series,)
    assert [mask.organ for mask in page.session_state["masks-beside-images"].masks] == ["liver"]
    assert any(button.label.endswith("raw it") for button in page.button)
