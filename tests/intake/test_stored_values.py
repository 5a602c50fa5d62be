"""Stored values are the bits that hold them: aligned, signed, padded, floating point, and never beyond their bits."""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import (
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
    RLELossless,
)

from ironreport.intake.series import ReadResult, read_series

TE_MS = (1.5, 4.0, 8.0, 12.0)
MrImage = Callable[..., Dataset]
DicomBytes = Callable[..., bytes]
Words = npt.NDArray[np.integer[Any]]

TRUTH = np.random.default_rng(9).integers(100, 2000, (16, 12))


def read(mr_image: MrImage, dicom_bytes: DicomBytes, words: Words, syntax: str = "", **tags: Any) -> ReadResult:
    """Four echoes that all hold the same words."""
    images = [mr_image(te, pixels=words, SOPInstanceUID=f"1.2.{int(10 * te)}", **tags) for te in TE_MS]
    return read_series([(str(n), dicom_bytes(image, *[syntax] * bool(syntax))) for n, image in enumerate(images)])


def refused_for(found: ReadResult) -> dict[str, int]:
    assert found.series == ()
    return {left.code: left.n_files for left in found.left_out}


@pytest.mark.parametrize("high_bit", [11, 12, 13, 14, 15])
@pytest.mark.parametrize("signed", [0, 1])
def test_values_lie_where_the_high_bit_says(
    high_bit: int, signed: int, mr_image: MrImage, dicom_bytes: DicomBytes
) -> None:
    words = TRUTH << (high_bit - 11)
    found = read(mr_image, dicom_bytes, words, BitsStored=12, HighBit=high_bit, PixelRepresentation=signed)
    assert np.array_equal(found.series[0].images[0, 2], TRUTH)


@pytest.mark.parametrize("syntax", [ImplicitVRLittleEndian, ExplicitVRBigEndian, DeflatedExplicitVRLittleEndian])
def test_every_plain_syntax_gives_the_same_values(syntax: str, mr_image: MrImage, dicom_bytes: DicomBytes) -> None:
    words = (TRUTH << 4).astype(">u2").view("<u2") if syntax == ExplicitVRBigEndian else TRUTH << 4
    found = read(mr_image, dicom_bytes, words, syntax, BitsStored=12, HighBit=15)
    assert np.array_equal(found.series[0].images[0, 0], TRUTH)


def test_run_length_coded_values_lie_where_the_high_bit_says(mr_image: MrImage, dicom_bytes: DicomBytes) -> None:
    files = []
    for te in TE_MS:
        image = mr_image(te, pixels=TRUTH << 4, BitsStored=12, HighBit=15)
        image.file_meta = FileMetaDataset()
        image.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
        image.compress(RLELossless, generate_instance_uid=False)
        files.append((str(te), dicom_bytes(image, RLELossless)))
    [series] = read_series(files).series
    assert np.array_equal(series.images[0, 1], TRUTH)


def test_negative_values_are_read_with_and_without_their_sign_in_the_unused_bits(
    mr_image: MrImage, dicom_bytes: DicomBytes
) -> None:
    signed = TRUTH.copy()
    signed[0, :5] = -7
    for words in (signed, signed & 0x0FFF):
        found = read(mr_image, dicom_bytes, words, BitsStored=12, HighBit=11, PixelRepresentation=1)
        assert np.array_equal(found.series[0].images[0, 0], signed)


@pytest.mark.parametrize("signed", [0, 1])
@pytest.mark.parametrize("tags", [{"BitsStored": 12, "HighBit": 11}, {"BitsStored": 10, "HighBit": 11}])
def test_values_beyond_their_bits_are_named_and_give_no_number(
    signed: int, tags: dict[str, Any], mr_image: MrImage, dicom_bytes: DicomBytes
) -> None:
    words = TRUTH.copy()
    words[3, 3] = 20_000
    found = read(mr_image, dicom_bytes, words, PixelRepresentation=signed, **tags)
    assert refused_for(found) == {"VALUES_BEYOND_BITS": 4}
    assert str(tags["BitsStored"]) in found.left_out[0].what


def test_one_image_beyond_its_bits_costs_only_its_slice(mr_image: MrImage, dicom_bytes: DicomBytes) -> None:
    def pixels(te: float, place: float) -> Words:
        return TRUTH + 8000 if (te, place) == (4.0, 5.0) else TRUTH

    files = [(f"{te}{s}", dicom_bytes(mr_image(te, s, pixels=pixels(te, s)))) for te in TE_MS for s in (0.0, 5.0, 10.0)]
    found = read_series(files)
    assert found.series[0].slice_positions_mm == (0.0, 10.0)
    assert {left.code: left.n_files for left in found.left_out} == {"INCOMPLETE_SLICE": 3, "VALUES_BEYOND_BITS": 1}


def test_a_graphic_in_the_unused_bits_is_no_signal(mr_image: MrImage, dicom_bytes: DicomBytes) -> None:
    words = TRUTH.copy()
    words[:4] |= 0x8000
    files = []
    for te in TE_MS:
        image = mr_image(te, pixels=words)
        image.add_new(0x60000100, "US", 16)
        image.add_new(0x60000102, "US", 15)
        files.append((str(te), dicom_bytes(image)))
    [series] = read_series(files).series
    assert np.array_equal(series.images[0, 0], TRUTH)


@pytest.mark.parametrize("tags", [{"BitsStored": 20}, {"HighBit": 16}, {"HighBit": 9}, {"BitsStored": 0}])
def test_bits_that_describe_no_word_are_refused(
    tags: dict[str, Any], mr_image: MrImage, dicom_bytes: DicomBytes
) -> None:
    assert refused_for(read(mr_image, dicom_bytes, TRUTH, **tags)) == {"UNREADABLE_PIXELS": 4}


# ------------------------------------------------------------------------------------- padding

WIDE = {"BitsStored": 16, "HighBit": 15}


@pytest.mark.parametrize(
    ("pad", "tags"),
    [
        (-32768, {**WIDE, "PixelRepresentation": 1, "PixelPaddingValue": -32768}),
        (-2000, {**WIDE, "PixelRepresentation": 1, "PixelPaddingValue": -2000}),
        (65535, {**WIDE, "PixelPaddingValue": 65535}),
        (4095, {"PixelPaddingValue": 4095}),
        (63536, {"PixelPaddingValue": 63536}),  # beyond the bits, as paddings may be
        (-2000, {"PixelRepresentation": 1, "PixelPaddingValue": -2000}),
        (3000, {"PixelPaddingValue": 2500, "PixelPaddingRangeLimit": 3500}),
        (3000, {"PixelPaddingValue": 3500, "PixelPaddingRangeLimit": 2500}),
    ],
)
def test_padding_is_outside_the_image(
    pad: int, tags: dict[str, Any], mr_image: MrImage, dicom_bytes: DicomBytes
) -> None:
    words = TRUTH.copy()
    words[:4] = pad
    found = read(mr_image, dicom_bytes, words, RescaleSlope=2, RescaleIntercept=0, **tags)
    [series] = found.series
    assert (series.images[0, 0, :4] == 0).all()
    assert np.array_equal(series.images[0, 0, 4:], 2 * TRUTH[4:])
    assert {caution.code for caution in series.cautions} == set()


def test_padding_written_without_the_sign_of_the_pixels_is_known_by_its_bits(
    mr_image: MrImage, dicom_bytes: DicomBytes
) -> None:
    words = TRUTH.copy()
    words[:4] = -2000
    files = []
    for te in TE_MS:
        image = mr_image(te, pixels=words, PixelRepresentation=1, **WIDE)
        image.add_new("PixelPaddingValue", "US", 65536 - 2000)
        files.append((str(te), dicom_bytes(image)))
    [series] = read_series(files).series
    assert (series.images[0, 0, :4] == 0).all() and np.array_equal(series.images[0, 0, 4:], TRUTH[4:])


# ------------------------------------------------------------------------------------- floating point


@pytest.mark.parametrize(("keyword", "kind"), [("FloatPixelData", "<f4"), ("DoubleFloatPixelData", "<f8")])
def test_floating_point_pixels_are_read_and_what_is_no_number_is_outside(
    keyword: str, kind: str, mr_image: MrImage, dicom_bytes: DicomBytes
) -> None:
    values = TRUTH / 7.0
    values[0, :3] = [np.nan, np.inf, -99.0]
    tags = {"PixelData": None, "BitsStored": None, "HighBit": None, "PixelRepresentation": None}
    extra = {keyword: values.astype(kind).tobytes(), "BitsAllocated": 8 * int(kind[2]), "FloatPixelPaddingValue": -99.0}
    found = read(mr_image, dicom_bytes, TRUTH, **tags, **extra)
    [series] = found.series
    assert (series.images[0, 0, 0, :3] == 0).all()
    assert series.images[0, 0, 1:] == pytest.approx(TRUTH[1:] / 7.0, rel=1e-6)


def test_floating_point_pixels_that_contradict_their_header_are_refused(
    mr_image: MrImage, dicom_bytes: DicomBytes
) -> None:
    tags = {"PixelData": None, "FloatPixelData": np.zeros((16, 12), "<f4").tobytes(), "BitsAllocated": 16}
    assert refused_for(read(mr_image, dicom_bytes, TRUTH, **tags)) == {"UNREADABLE_PIXELS": 4}
    tags = {"PixelData": None, "FloatPixelData": bytes(400), "BitsAllocated": 32}
    assert refused_for(read(mr_image, dicom_bytes, TRUTH, **tags)) == {"TRUNCATED_PIXELS": 4}


# ------------------------------------------------------------------------------------- memory


def test_a_large_exam_takes_little_more_memory_than_its_signals(mr_image: MrImage, dicom_bytes: DicomBytes) -> None:
    rng = np.random.default_rng(5)
    files = [
        (
            f"{te}{s}",
            dicom_bytes(
                mr_image(te, s, pixels=rng.integers(0, 4096, (512, 512)), Rows=512, Columns=512)
            ),
        )
        for te in TE_MS
        for s in range(10)
    ]  # fmt: skip
    tracemalloc.start()
    try:
        [series] = read_series(files).series
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < series.images.nbytes + 20 * 2**20


def test_more_than_five_thousand_files_are_read(mr_image: MrImage, dicom_bytes: DicomBytes) -> None:
    others = [(f"IM{n}", b"a page of text") for n in range(7400)]
    found = read_series([*others, *((str(te), dicom_bytes(mr_image(te))) for te in TE_MS)])
    assert len(found.series) == 1
    assert {left.code: left.n_files for left in found.left_out} == {"NOT_DICOM": 7400}


def test_content_may_be_fetched_file_by_file(mr_image: MrImage, dicom_bytes: DicomBytes) -> None:
    contents = [dicom_bytes(mr_image(te)) for te in TE_MS]
    [series] = read_series([(str(n), lambda c=c: c) for n, c in enumerate(contents)]).series  # type: ignore[misc]
    assert np.array_equal(series.images, read_series([(str(n), c) for n, c in enumerate(contents)]).series[0].images)
