"""Each folder of real exams gives exactly the series it holds, or the right named refusal."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from ironreport.errors import IntakeError
from ironreport.intake.decoding import PixelDecoder
from ironreport.intake.gate import open_dicom, pydicom_silenced
from ironreport.intake.series import ReadResult, read_series
from ironreport.knowledge import published_knowledge
from ironreport.records import EchoSeries, InversionSeries

# Folder: series as (slices, echoes or inversion times, kind), and the number of files left out by reason.
FOLDERS: dict[str, tuple[list[tuple[int, int, str]], dict[str, int]]] = {
    "ge_mr750_gre12_MRI_mixed_2slices": ([(2, 12, "T2*")], {"NOT_MAGNITUDE": 48}),
    "siemens_xa60_mese17_enhanced": ([(8, 17, "T2")], {}),
    "siemens_trio_mese_classic_dcmstack": ([(2, 3, "T2")], {"INCOMPLETE_SLICE": 1}),
    "siemens_prisma_megre3_mag_phase": ([(1, 3, "T2*")], {"NOT_MAGNITUDE": 3}),
    "philips_dstream_classic_2echo_MP_mixed": ([(30, 2, "T2*")], {"NOT_MAGNITUDE": 60}),
    "philips_achieva_enhanced_M_plus_FIELDMAP_TE0": ([], {"NOT_MAGNITUDE": 1, "ONE_ECHO": 1}),
    "siemens_xa30_enhanced_2echo_plus_phase": ([(33, 2, "T2*")], {"NOT_MAGNITUDE": 1}),
    "siemens_e11_2echo_dup_instance_numbers": ([(6, 2, "T2*")], {"NOT_MAGNITUDE": 6}),
    "siemens_ir_tse_T1_5TI": ([(1, 5, "T1")], {}),
    "derived_ge12_lossless": ([(1, 12, "T2*")], {}),
    "derived_megre3_allsyntaxes": ([(1, 3, "T2*")], {}),
    "vendor_bruker_enhanced": ([], {"ONE_ECHO": 1}),
    "vendor_canon_galan_v6": ([], {"ONE_ECHO": 3}),
    "vendor_hitachi_echelon": ([], {"ONE_ECHO": 4}),
    "vendor_hyperfine": ([], {"INVERSION_RECOVERY": 1}),
    "vendor_toshiba_galan_v5": ([], {"ONE_ECHO": 2}),
    "vendor_uih_umr770": ([], {"INVERSION_RECOVERY": 2, "ONE_ECHO": 1}),
    "codec_d2n_compressed_j2k": ([], {"INVERSION_RECOVERY": 2}),
    "codec_d2n_compressed_jpeg": ([], {"INVERSION_RECOVERY": 2}),
    "codec_d2n_compressed_jpegls": ([], {"INVERSION_RECOVERY": 2}),
    "codec_d2n_compressed_rle": ([], {"INVERSION_RECOVERY": 2}),
    "codec_pydicom_MR_small": ([], {"ONE_ECHO": 8, "TRUNCATED_PIXELS": 1}),
    "codec_pydicom_enhanced_no_functional_groups": ([], {"FRAME_MISMATCH": 5, "UNREADABLE": 1}),
    "golden_mdreg_molli_kidney": ([], {}),
    "golden_qMRI_example_T1_T2_npy": ([], {}),
    "golden_t2mapdemo_prostate_T2": ([], {}),
    "golden_ukat_nifti_philips_T1_18TI_mag": ([], {}),
    "golden_ukat_nifti_philips_T2_10": ([], {}),
    "golden_ukat_nifti_philips_T2star12": ([], {}),
    "golden_ukat_nifti_siemens_T2star12": ([], {}),
    "odd_pydicom": ([], {}),
    "fuzz_pwnlab_v3_subset": ([], {}),
}
HOSTILE = {"odd_pydicom", "fuzz_pwnlab_v3_subset"}
"""Here the reasons are many; each file must have one and none may become a measurement."""
REPORTED = {"hazards", "public_reports"}
"""Folders of folders; ``test_reported_faults.py`` has a row for each of theirs."""


def files_below(folder: Path) -> list[tuple[str, bytes]]:
    return [(path.name, path.read_bytes()) for path in sorted(folder.rglob("*")) if path.is_file()]


@cache
def read_folder(folder: Path) -> ReadResult:
    """What is read from all files below a folder."""
    return read_series(files_below(folder))


def codes(found: ReadResult) -> dict[str, int]:
    """Number of files left out by reason; licences and arrays of the test data are no DICOM files."""
    return {record.code: record.n_files for record in found.left_out if record.code != "NOT_DICOM"}


def shape(series: EchoSeries | InversionSeries) -> tuple[int, int, str]:
    kind = "T1" if isinstance(series, InversionSeries) else series.contrast
    return series.images.shape[0], series.images.shape[1], kind


def box_means(series: EchoSeries | InversionSeries, slice_index: int, row: int, column: int, half: int) -> list[float]:
    box = series.images[slice_index, :, row - half : row + half + 1, column - half : column + half + 1]
    return [float(mean) for mean in box.mean(axis=(1, 2), dtype=np.float64)]


@pytest.mark.parametrize("folder", FOLDERS)
def test_each_folder_gives_the_series_it_holds_or_the_right_reason(folder: str, shared_data: Path) -> None:
    expected_series, expected_left_out = FOLDERS[folder]
    found = read_folder(shared_data / folder)
    assert [shape(series) for series in (*found.series, *found.inversion_series)] == expected_series
    if folder not in HOSTILE:
        assert codes(found) == expected_left_out


def test_every_folder_has_its_row(shared_data: Path) -> None:
    assert {path.name for path in shared_data.iterdir() if path.is_dir()} == set(FOLDERS) | REPORTED


@pytest.mark.parametrize("folder", sorted(HOSTILE))
def test_each_hostile_file_has_a_reason_and_is_no_measurement(folder: str, shared_data: Path) -> None:
    for name, content in files_below(shared_data / folder):
        found = read_series([(name, content)])
        assert found.series == () and found.inversion_series == (), name
        assert found.left_out, name


# ------------------------------------------------------------------------------- golden numbers

MEASURED = [
    ("ge_mr750_gre12_MRI_mixed_2slices", "GE MR750 series16 (no fat sat) slice a"),
    ("ge_mr750_gre12_MRI_mixed_2slices", "GE MR750 series16 (no fat sat) slice b"),
    ("siemens_trio_mese_classic_dcmstack", "Siemens Trio MESE 3-echo phantom"),
    ("siemens_prisma_megre3_mag_phase", "Siemens Prisma MEGRE3 phantom (NOT monotone)"),
    ("philips_dstream_classic_2echo_MP_mixed", "Philips dStream 2-echo"),
    ("siemens_xa60_mese17_enhanced", "Siemens XA60 enhanced MESE17 muscle ROI"),
]


@pytest.mark.parametrize(("folder", "name"), MEASURED)
def test_signals_equal_those_measured_independently(folder: str, name: str, shared_data: Path) -> None:
    golden = json.loads((shared_data / "golden_vectors.json").read_text())["measured_roi"][name]
    [series] = read_folder(shared_data / folder).series
    assert series.te_ms == pytest.approx(golden["TE"], abs=1e-3)
    row, column = golden["roi_row_col"]
    slices = [box_means(series, s, row, column, golden["half"]) for s in range(series.n_slices)]
    matching = [s for s, means in enumerate(slices) if means == pytest.approx(golden["mean"], abs=0.1)]
    assert len(matching) == 1


def test_an_inversion_recovery_equals_what_was_measured_independently(shared_data: Path) -> None:
    [series] = read_folder(shared_data / "siemens_ir_tse_T1_5TI").inversion_series
    assert (series.ti_ms, series.te_ms) == ((30.0, 60.0, 120.0, 200.0, 400.0), 82.0)
    expected = [363.4, 96.9, 248.3, 483.0, 649.1]
    assert box_means(series, 0, 146, 126, 3) == pytest.approx(expected, abs=0.1)


def test_ge_slices_are_ordered_along_the_normal_and_the_roi_is_on_the_right_one(shared_data: Path) -> None:
    [series] = read_folder(shared_data / "ge_mr750_gre12_MRI_mixed_2slices").series
    positions = series.slice_positions_mm
    assert list(positions) == sorted(positions)  # type: ignore[type-var]
    # slice a has ImagePositionPatient y = 48.62, slice b 53.60; the normal points to +y
    assert box_means(series, 0, 111, 198, 3)[0] == pytest.approx(3108.9184, abs=0.1)
    assert series.field_tesla == 3.0
    assert series.pixel_spacing_mm == (1.5, 1.5)
    assert series.technique.exam_date == "2019-10-09"
    assert series.technique.repetition_time_ms == 125.0
    assert series.label.startswith("16 ")
    assert published_knowledge().organs_named(series.header_text) == ("kidney",)


def test_philips_images_are_rescaled_one_by_one(shared_data: Path) -> None:
    [series] = read_folder(shared_data / "philips_dstream_classic_2echo_MP_mixed").series
    stored = series.images / np.float32(1.23663003663003)
    assert np.abs(stored - np.round(stored)).max() < 1e-3


# ------------------------------------------------------------------------------ re-encoded copies

LOSSLESS = ["jpeg_lossless_sv1", "jpegls", "rle", "j2k_lossless"]
ALL_SYNTAXES = [*LOSSLESS, "jpeg_lossless_p14", "deflated", "implicit_le", "big_endian", "no_preamble_implicit"]


@pytest.mark.parametrize(
    ("derived", "syntax", "original"),
    [
        *(("derived_ge12_lossless", s, "ge_mr750_gre12_MRI_mixed_2slices") for s in LOSSLESS),
        *(("derived_megre3_allsyntaxes", s, "siemens_prisma_megre3_mag_phase") for s in ALL_SYNTAXES),
    ],
)
def test_each_transfer_syntax_gives_equal_pixels(derived: str, syntax: str, original: str, shared_data: Path) -> None:
    [series] = read_folder(shared_data / derived / syntax).series
    [reference] = read_folder(shared_data / original).series
    assert any(np.array_equal(series.images[0], slice_images) for slice_images in reference.images)
    assert series.te_ms == reference.te_ms


@pytest.mark.parametrize("derived", ["derived_ge12_lossless", "derived_megre3_allsyntaxes"])
def test_one_series_given_in_several_syntaxes_is_one_series(derived: str, shared_data: Path) -> None:
    [series] = read_folder(shared_data / derived).series
    assert "DUPLICATE_IMAGES" in {caution.code for caution in series.cautions}


@pytest.mark.parametrize("pattern", ["codec_d2n_compressed_*/*1-0001.dcm", "codec_d2n_compressed_*/*2-0001.dcm"])
def test_one_image_is_the_same_in_every_codec(pattern: str, shared_data: Path) -> None:
    files = [open_dicom(path.read_bytes()) for path in sorted(shared_data.glob(pattern))]
    with PixelDecoder() as decoder:
        images = [decoder.frames(dataset) for dataset in files]
    assert len(images) == 4
    assert all(np.array_equal(image, images[0]) for image in images)


@pytest.mark.parametrize(
    ("folder", "plain", "n_equal"),
    [
        ("codec_pydicom_MR_small", "MR_small.dcm", 8),
        ("codec_pydicom_enhanced_no_functional_groups", "emri_small.dcm", 5),
    ],
)
def test_copies_of_one_file_in_many_syntaxes_decode_to_equal_pixels(
    folder: str, plain: str, n_equal: int, shared_data: Path
) -> None:
    equal = 0
    with pydicom_silenced(), PixelDecoder() as decoder:
        expected = decoder.frames(open_dicom((shared_data / folder / plain).read_bytes()))
        for path in sorted((shared_data / folder).glob("*.dcm")):
            if "trunc" in path.name or "short" in path.name:
                with pytest.raises(IntakeError):
                    decoder.frames(open_dicom(path.read_bytes()))
            else:
                equal += np.array_equal(decoder.frames(open_dicom(path.read_bytes())), expected)
    assert equal == n_equal
