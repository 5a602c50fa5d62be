"""Real and made exams become exactly the series that they hold, and say what was left out."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence

from ironreport.intake.series import ReadResult, read_series
from ironreport.records import EchoSeries

FOUR_ECHOES = (1.5, 4.0, 8.0, 12.0)


def read_folder(folder: Path) -> ReadResult:
    """What is read from all files below a folder."""
    return read_series((path.name, path.read_bytes()) for path in sorted(folder.rglob("*")) if path.is_file())


def codes(found: ReadResult) -> dict[str, int]:
    """Number of files left out by reason, licence files of the test data aside."""
    counts: dict[str, int] = {}
    for record in found.left_out:
        counts[record.code] = counts.get(record.code, 0) + record.n_files
    counts.pop("NOT_DICOM", None)
    return counts


def cautions(series: EchoSeries) -> set[str]:
    return {caution.code for caution in series.cautions}


def box_means(series: EchoSeries, slice_index: int, row: int, column: int, half: int) -> list[float]:
    box = series.images[slice_index, :, row - half : row + half + 1, column - half : column + half + 1]
    return [float(mean) for mean in box.mean(axis=(1, 2), dtype=np.float64)]


# -------------------------------------------------------------------------------- real exams

# (series, slices, echoes) of each series, and the number of files left out by reason.
FOLDERS: dict[str, tuple[list[tuple[int, int, str]], dict[str, int]]] = {
    "ge_mr750_gre12_MRI_mixed_2slices": ([(2, 12, "T2*")], {"NOT_MAGNITUDE": 48}),
    "siemens_xa60_mese17_enhanced": ([(8, 17, "T2")], {}),
    "siemens_trio_mese_classic_dcmstack": ([(2, 3, "T2")], {"INCOMPLETE_SLICE": 1}),
    "siemens_prisma_megre3_mag_phase": ([(1, 3, "T2*")], {"NOT_MAGNITUDE": 3}),
    "philips_dstream_classic_2echo_MP_mixed": ([(30, 2, "T2*")], {"NOT_MAGNITUDE": 60}),
    "philips_achieva_enhanced_M_plus_FIELDMAP_TE0": ([], {"NOT_MAGNITUDE": 1, "ONE_ECHO": 1}),
    "siemens_xa30_enhanced_2echo_plus_phase": ([(33, 2, "T2*")], {"NOT_MAGNITUDE": 1}),
    "siemens_e11_2echo_dup_instance_numbers": ([(6, 2, "T2*")], {"NOT_MAGNITUDE": 6}),
    "siemens_ir_tse_T1_5TI": ([], {"INVERSION_RECOVERY": 5}),
    "vendor_bruker_enhanced": ([], {"ONE_ECHO": 1}),
    "vendor_canon_galan_v6": ([], {"ONE_ECHO": 3}),
    "vendor_hitachi_echelon": ([], {"ONE_ECHO": 4}),
    "vendor_hyperfine": ([], {"INVERSION_RECOVERY": 1}),
    "vendor_toshiba_galan_v5": ([], {"ONE_ECHO": 2}),
    "vendor_uih_umr770": ([], {"INVERSION_RECOVERY": 2, "ONE_ECHO": 1}),
    "codec_d2n_compressed_j2k": ([], {"INVERSION_RECOVERY": 2}),
    "codec_d2n_compressed_rle": ([], {"INVERSION_RECOVERY": 2}),
    "golden_mdreg_molli_kidney": ([], {}),
    "golden_qMRI_example_T1_T2_npy": ([], {}),
    "golden_t2mapdemo_prostate_T2": ([], {}),
    "golden_ukat_nifti_philips_T1_18TI_mag": ([], {}),
    "golden_ukat_nifti_philips_T2_10": ([], {}),
    "golden_ukat_nifti_philips_T2star12": ([], {}),
    "golden_ukat_nifti_siemens_T2star12": ([], {}),
}

# What is left out here depends on the decoders installed, so only the names are fixed.
CODEC_FOLDERS: dict[str, set[str]] = {
    "codec_d2n_compressed_jpeg": {"COMPRESSED", "INVERSION_RECOVERY"},
    "codec_d2n_compressed_jpegls": {"COMPRESSED", "INVERSION_RECOVERY"},
    "codec_pydicom_MR_small": {"COMPRESSED", "NOT_MAGNITUDE", "TRUNCATED_PIXELS"},
    "codec_pydicom_enhanced_no_functional_groups": {"COMPRESSED", "FRAME_MISMATCH", "UNREADABLE"},
}


@pytest.mark.parametrize("folder", FOLDERS)
def test_each_real_exam_gives_the_series_it_holds(folder: str, shared_data: Path) -> None:
    expected_series, expected_left_out = FOLDERS[folder]
    found = read_folder(shared_data / folder)
    assert [(s.n_slices, s.n_echoes, s.contrast) for s in found.series] == expected_series
    assert codes(found) == expected_left_out


@pytest.mark.parametrize("folder", CODEC_FOLDERS)
def test_each_codec_exam_is_refused_by_name(folder: str, shared_data: Path) -> None:
    found = read_folder(shared_data / folder)
    assert found.series == ()
    assert set(codes(found)) <= CODEC_FOLDERS[folder]


def test_every_folder_of_real_exams_has_its_row(shared_data: Path) -> None:
    elsewhere = {"derived_ge12_lossless", "derived_megre3_allsyntaxes", "fuzz_pwnlab_v3_subset", "odd_pydicom"}
    folders = {path.name for path in shared_data.iterdir() if path.is_dir()}
    assert folders <= set(FOLDERS) | set(CODEC_FOLDERS) | elsewhere


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


def test_philips_images_are_rescaled_one_by_one(shared_data: Path) -> None:
    [series] = read_folder(shared_data / "philips_dstream_classic_2echo_MP_mixed").series
    stored = series.images / np.float32(1.23663003663003)
    assert np.abs(stored - np.round(stored)).max() < 1e-3


LOSSLESS = ["jpeg_lossless_sv1", "jpegls", "rle", "j2k_lossless"]
ALL_SYNTAXES = [*LOSSLESS, "jpeg_lossless_p14", "deflated", "implicit_le", "big_endian", "no_preamble_implicit"]


@pytest.mark.parametrize(
    ("derived", "syntax", "original"),
    [
        *(("derived_ge12_lossless", s, "ge_mr750_gre12_MRI_mixed_2slices") for s in LOSSLESS),
        *(("derived_megre3_allsyntaxes", s, "siemens_prisma_megre3_mag_phase") for s in ALL_SYNTAXES),
    ],
)
def test_each_transfer_syntax_gives_equal_pixels_or_its_name(
    derived: str, syntax: str, original: str, shared_data: Path
) -> None:
    found = read_folder(shared_data / derived / syntax)
    if not found.series:
        assert set(codes(found)) == {"COMPRESSED"}
        assert syntax in {"jpeg_lossless_sv1", "jpeg_lossless_p14", "jpegls"}
        return
    [series], [reference] = found.series, read_folder(shared_data / original).series
    assert any(np.array_equal(series.images[0], slice_images) for slice_images in reference.images)
    assert series.te_ms == reference.te_ms


def test_one_series_given_in_several_syntaxes_is_one_series(shared_data: Path) -> None:
    found = read_folder(shared_data / "derived_megre3_allsyntaxes")
    [series] = found.series
    assert (series.n_slices, series.n_echoes) == (1, 3)
    assert "DUPLICATE_IMAGES" in cautions(series)


def test_240_images_are_read_within_a_second(mr_file: Callable[..., bytes]) -> None:
    pixels = np.random.default_rng(5).integers(0, 4000, (256, 256))
    files = [
        (f"IM{s}_{e}", mr_file(1.0 + e, 10.0 * s, pixels=pixels + e + s, Rows=256, Columns=256))
        for s in range(20)
        for e in range(12)
    ]
    started = time.perf_counter()
    found = read_series(files)
    elapsed = time.perf_counter() - started
    assert found.series[0].images.shape == (20, 12, 256, 256)
    assert elapsed < 3.0  # 0.4 s on an idle machine; the margin is for busy ones


# ------------------------------------------------------------------------------ made exams


def exam(mr_file: Callable[..., bytes], slices: tuple[float, ...] = (0.0,), **tags: Any) -> list[tuple[str, bytes]]:
    return [(f"{s}_{te}", mr_file(te, s, **tags)) for te in FOUR_ECHOES for s in slices]


def test_order_and_names_of_files_do_not_matter(mr_file: Callable[..., bytes]) -> None:
    files = exam(mr_file, slices=(5.0, -5.0, 0.0))
    forward, backward = read_series(files), read_series([("same name", content) for _, content in files[::-1]])
    [one], [other] = forward.series, backward.series
    assert one.key == other.key
    assert np.array_equal(one.images, other.images)
    assert one.slice_positions_mm == (-5.0, 0.0, 5.0)
    assert one.te_ms == FOUR_ECHOES
    assert one.images.dtype == np.float32


def test_keys_and_cautions_name_nobody(mr_file: Callable[..., bytes]) -> None:
    [series] = read_series(exam(mr_file)).series
    assert "SECRET" not in repr((series.key, series.patient_key, series.study_key, series.cautions, series.technique))
    assert len(series.key) == 16


def test_series_of_two_patients_have_different_keys(mr_file: Callable[..., bytes]) -> None:
    found = read_series(exam(mr_file) + exam(mr_file, PatientID="OTHER", SeriesInstanceUID="1.2.3.5"))
    assert (found.n_patients, found.n_studies, len(found.series)) == (2, 2, 2)
    assert len({series.patient_key for series in found.series}) == 2
    assert len({series.key for series in found.series}) == 2


def test_two_studies_of_one_patient_are_counted(mr_file: Callable[..., bytes]) -> None:
    found = read_series(exam(mr_file) + exam(mr_file, StudyInstanceUID="1.2.9", SeriesInstanceUID="1.2.9.1"))
    assert (found.n_patients, found.n_studies, len(found.series)) == (1, 2, 2)


@pytest.mark.parametrize(
    "te",
    ["", "0", "-2.3", "nan", "inf", "1e308", "1,25", "2\\4", "0.01", "250", "abc"],
)
def test_an_echo_time_that_is_no_echo_time_is_refused(
    te: str, mr_image: Callable[..., Dataset], dicom_bytes: Callable[..., bytes]
) -> None:
    content = dicom_bytes(mr_image(4.0)).replace(b"DS\x04\x004.0 ", b"DS" + padded(te), 1)
    found = read_series([("bad", content), *exam_without_four(dicom_bytes, mr_image)])
    assert codes(found)["NO_ECHO_TIME"] == 1
    assert 4.0 not in found.series[0].te_ms


def padded(value: str) -> bytes:
    raw = value.encode() + b" " * (len(value) % 2)
    return len(raw).to_bytes(2, "little") + raw


def exam_without_four(dicom_bytes: Callable[..., bytes], mr_image: Callable[..., Dataset]) -> list[tuple[str, bytes]]:
    return [(str(te), dicom_bytes(mr_image(te))) for te in FOUR_ECHOES if te != 4.0]


def test_spin_echo_may_have_long_echo_times(mr_file: Callable[..., bytes]) -> None:
    files = [(str(te), mr_file(te, ScanningSequence="SE")) for te in (20.0, 240.0)]
    [series] = read_series(files).series
    assert series.contrast == "T2"


def test_echo_times_written_in_seconds_are_asked_for_and_not_converted(mr_file: Callable[..., bytes]) -> None:
    found = read_series([(str(te), mr_file(te)) for te in (0.06, 0.09, 0.12)])
    assert found.series == ()
    assert codes(found) == {"ECHO_TIME_UNIT": 3}


@pytest.mark.parametrize(
    "image_type",
    [
        ["ORIGINAL", "PRIMARY", "P", "ND"],
        ["ORIGINAL", "PRIMARY", "PHASE MAP", "P", "FFE"],
        ["ORIGINAL", "PRIMARY", "R_FFE", "R", "FFE"],
        ["ORIGINAL", "PRIMARY", "IMAGINARY"],
        ["ORIGINAL", "PRIMARY", "FIELD_MAP"],
        ["DERIVED", "PRIMARY", "T2_STAR MAP", "M"],
        ["DERIVED", "PRIMARY", "B0 MAP", "B0"],
        ["DERIVED", "PRIMARY", "DIXON", "WATER"],
        ["DERIVED", "SECONDARY", "OTHER"],
    ],
)
def test_what_is_not_magnitude_is_left_out(image_type: list[str], mr_file: Callable[..., bytes]) -> None:
    found = read_series(exam(mr_file, ImageType=image_type))
    assert found.series == ()
    assert codes(found) == {"NOT_MAGNITUDE": 4}


@pytest.mark.parametrize(
    "image_type", [["ORIGINAL", "PRIMARY", "M_FFE", "M", "FFE"], ["DERIVED", "PRIMARY", "M", "NORM"]]
)
def test_magnitude_is_used(image_type: list[str], mr_file: Callable[..., bytes]) -> None:
    [series] = read_series(exam(mr_file, ImageType=image_type)).series
    assert "MAGNITUDE_ASSUMED" not in cautions(series)


def test_unstated_magnitude_is_used_with_a_caution(mr_file: Callable[..., bytes]) -> None:
    [series] = read_series(exam(mr_file, ImageType=["ORIGINAL", "PRIMARY", "OTHER"])).series
    assert "MAGNITUDE_ASSUMED" in cautions(series)


def test_phase_that_calls_itself_magnitude_is_told_by_its_negative_values(mr_file: Callable[..., bytes]) -> None:
    found = read_series(exam(mr_file, RescaleSlope=2, RescaleIntercept=-1000))
    assert found.series == ()
    assert codes(found) == {"NOT_MAGNITUDE": 4}


@pytest.mark.parametrize("component", [1, 2, 3])
@pytest.mark.parametrize("vr", ["SS", "UN"])
def test_the_private_component_of_ge_wins_over_the_image_type(
    component: int, vr: str, mr_image: Callable[..., Dataset], dicom_bytes: Callable[..., bytes]
) -> None:
    def build(te: float, value: int) -> bytes:
        dataset = mr_image(te, ImageType=["ORIGINAL", "PRIMARY", "OTHER"])
        block = dataset.private_block(0x0043, "GEMS_PARM_01", create=True)
        block.add_new(0x2F, vr, value if vr == "SS" else value.to_bytes(2, "little"))
        return dicom_bytes(dataset)

    files = [(str(te), build(te, 0)) for te in FOUR_ECHOES] + [(f"c{te}", build(te, component)) for te in FOUR_ECHOES]
    found = read_series(files)
    [series] = found.series
    assert series.te_ms == FOUR_ECHOES
    assert codes(found) == {"NOT_MAGNITUDE": 4}
    assert "MAGNITUDE_ASSUMED" not in cautions(series)


def test_a_slice_that_lacks_an_echo_is_left_out_by_name(mr_file: Callable[..., bytes]) -> None:
    files = exam(mr_file, slices=(0.0, 5.0, 10.0))
    found = read_series(files[:-1])
    [series] = found.series
    assert (series.n_slices, series.n_echoes) == (2, 4)
    assert codes(found) == {"INCOMPLETE_SLICE": 3}


def test_a_single_slice_with_a_damaged_echo_is_not_fitted_on_the_rest(
    mr_image: Callable[..., Dataset], dicom_bytes: Callable[..., bytes], mr_file: Callable[..., bytes]
) -> None:
    damaged = mr_image(8.0)
    damaged.PixelData = damaged.PixelData[:100]
    files = [(str(te), mr_file(te)) for te in FOUR_ECHOES if te != 8.0] + [("cut", dicom_bytes(damaged))]
    found = read_series(files)
    assert found.series == ()
    assert codes(found) == {"TRUNCATED_PIXELS": 1, "INCOMPLETE_SLICE": 3}


def test_a_gap_in_the_echo_numbers_is_said_aloud(mr_file: Callable[..., bytes]) -> None:
    files = [(str(n), mr_file(te, EchoNumbers=n)) for n, te in enumerate(FOUR_ECHOES, start=1) if n != 2]
    [series] = read_series(files).series
    assert "ECHO_GAP" in cautions(series)


def test_an_echo_that_only_one_slice_has_is_left_out(mr_file: Callable[..., bytes]) -> None:
    found = read_series([*exam(mr_file, slices=(0.0, 5.0, 10.0)), ("extra", mr_file(20.0, 5.0))])
    assert found.series[0].images.shape[:2] == (3, 4)
    assert codes(found) == {"EXTRA_ECHO": 1}


def test_an_image_given_twice_is_used_once_and_said(mr_file: Callable[..., bytes]) -> None:
    files = exam(mr_file)
    found = read_series(files + files[:2])
    [series] = found.series
    assert series.n_echoes == 4
    assert next(c.text for c in series.cautions if c.code == "DUPLICATE_IMAGES").startswith("2 images")


def test_different_images_at_one_place_and_echo_are_refused(mr_file: Callable[..., bytes]) -> None:
    found = read_series([*exam(mr_file), ("again", mr_file(4.0, pixels=np.full((16, 12), 500)))])
    assert found.series == ()
    assert codes(found) == {"DUPLICATE_ECHO": 5}


def test_acquisitions_with_numbers_of_their_own_are_kept_apart(mr_file: Callable[..., bytes]) -> None:
    first = exam(mr_file, AcquisitionNumber=1)
    second = [
        (f"2_{te}", mr_file(te, pixels=np.full((16, 12), int(900 - te)), AcquisitionNumber=2)) for te in FOUR_ECHOES
    ]
    found = read_series(first + second)
    assert [series.label for series in found.series] == ["7 T2* liver (acquisition 1)", "7 T2* liver (acquisition 2)"]
    assert all(series.n_echoes == 4 for series in found.series)
    assert found.left_out == ()


def test_one_echo_is_no_decay(mr_file: Callable[..., bytes]) -> None:
    assert codes(read_series([("a", mr_file(2.0, 0.0)), ("b", mr_file(2.0, 5.0))])) == {"ONE_ECHO": 2}


def test_inversion_recovery_is_refused_but_black_blood_is_used_with_a_caution(mr_file: Callable[..., bytes]) -> None:
    recovery = [(str(ti), mr_file(2.0, ti / 10, InversionTime=ti)) for ti in (100.0, 300.0)]
    assert codes(read_series(recovery)) == {"INVERSION_RECOVERY": 2}
    [series] = read_series(exam(mr_file, InversionTime=650.0)).series
    assert "INVERSION_PREPARED" in cautions(series)


@pytest.mark.parametrize(
    ("tags", "contrast", "is_known"),
    [
        ({"ScanningSequence": "GR"}, "T2*", True),
        ({"ScanningSequence": "SE"}, "T2", True),
        ({"ScanningSequence": ["SE", "GR"]}, "T2", True),
        ({"ScanningSequence": "RM", "SequenceName": "*fl2d12"}, "T2*", True),
        ({"ScanningSequence": "RM", "SequenceName": "*se2d17"}, "T2", True),
        ({"ScanningSequence": "RM"}, "T2*", False),
        ({"ScanningSequence": None}, "T2*", False),
    ],
)
def test_contrast_is_told_or_doubted(
    tags: dict[str, Any], contrast: str, is_known: bool, mr_file: Callable[..., bytes]
) -> None:
    [series] = read_series(exam(mr_file, **tags)).series
    assert series.contrast == contrast
    assert ("CONTRAST_UNKNOWN" in cautions(series)) is not is_known


@pytest.mark.parametrize(
    ("written", "field_tesla", "code"),
    [(1.5, 1.5, None), (15000, 1.5, "FIELD_IN_GAUSS"), (None, None, None), (0, None, None), (-3, None, None)],
)
def test_field_strength_is_read_in_tesla_or_not_at_all(
    written: float | None, field_tesla: float | None, code: str | None, mr_file: Callable[..., bytes]
) -> None:
    [series] = read_series(exam(mr_file, MagneticFieldStrength=written)).series
    assert series.field_tesla == field_tesla
    assert cautions(series) == ({code} if code else set())


def with_philips_scale(dataset: Dataset, scale: float) -> Dataset:
    dataset.private_block(0x2005, "Philips MR Imaging DD 001", create=True).add_new(0x0E, "FL", scale)
    return dataset


def test_slopes_that_differ_between_echoes_are_applied_and_named(
    mr_image: Callable[..., Dataset], dicom_bytes: Callable[..., bytes]
) -> None:
    pixels = np.full((16, 12), 100)
    files = [
        (
            str(te),
            dicom_bytes(with_philips_scale(mr_image(te, pixels=pixels, RescaleSlope=slope, RescaleIntercept=0), 0.5)),
        )
        for te, slope in zip(FOUR_ECHOES, (1.0, 1.2, 1.4, 1.5), strict=True)
    ]
    [series] = read_series(files).series
    assert series.images[0, :, 3, 3] == pytest.approx([100, 120, 140, 150])
    [text] = [caution.text for caution in series.cautions if caution.code == "RESCALE_DIFFERS"]
    assert "1 to 1.5" in text
    assert "(2005,100E) was not applied" in text


def test_a_private_scale_that_differs_alone_is_named(
    mr_image: Callable[..., Dataset], dicom_bytes: Callable[..., bytes]
) -> None:
    files = [
        (str(te), dicom_bytes(with_philips_scale(mr_image(te), scale)))
        for te, scale in zip(FOUR_ECHOES, (1, 2, 3, 4), strict=True)
    ]
    [series] = read_series(files).series
    assert cautions(series) == {"PRIVATE_SCALE_DIFFERS"}


@pytest.mark.parametrize("tags", [{"RescaleSlope": 0}, {"RescaleSlope": -1}, {"RescaleSlope": "1e300"}])
def test_a_scale_that_cannot_be_used_is_refused(tags: dict[str, Any], mr_file: Callable[..., bytes]) -> None:
    found = read_series(exam(mr_file, RescaleIntercept=0, **tags))
    assert found.series == ()
    assert codes(found) == {"BAD_RESCALE": 4}


def test_clipped_and_negative_pixels_are_said_aloud(mr_file: Callable[..., bytes]) -> None:
    pixels = np.random.default_rng(2).integers(200, 900, (16, 12))
    pixels[:4, :3] = 4095
    pixels[10, 10] = 0
    files = [(str(te), mr_file(te, pixels=pixels, RescaleSlope=1, RescaleIntercept=-10)) for te in FOUR_ECHOES]
    [series] = read_series(files).series
    assert cautions(series) == {"CLIPPED", "NEGATIVE_VALUES"}


def test_lossy_images_are_said_aloud(mr_file: Callable[..., bytes]) -> None:
    [series] = read_series(exam(mr_file, LossyImageCompression="01")).series
    assert cautions(series) == {"LOSSY"}


@pytest.mark.parametrize(
    ("tags", "code"),
    [
        ({"SOPClassUID": "1.2.840.10008.5.1.4.1.1.7"}, "NOT_MR"),
        ({"SOPClassUID": "1.2.840.10008.5.1.4.1.1.2", "Modality": "CT"}, "NOT_MR"),
        ({"PixelData": None}, "NO_PIXELS"),
        ({"PixelData": b"\0\0"}, "TRUNCATED_PIXELS"),
        ({"SamplesPerPixel": 3, "PhotometricInterpretation": "RGB", "BitsAllocated": 8}, "COLOUR"),
        ({"NumberOfFrames": 3}, "FRAME_MISMATCH"),
    ],
)
def test_each_unusable_image_has_its_reason(tags: dict[str, Any], code: str, mr_file: Callable[..., bytes]) -> None:
    found = read_series(exam(mr_file, **tags))
    assert found.series == ()
    assert codes(found) == {code: 4}


def test_slices_without_a_position_are_placed_by_slice_location(mr_file: Callable[..., bytes]) -> None:
    files = [
        (f"{s}{te}", mr_file(te, s, ImagePositionPatient=None, SliceLocation=s))
        for te in FOUR_ECHOES
        for s in (8.0, 2.0)
    ]
    [series] = read_series(files).series
    assert series.slice_positions_mm == (2.0, 8.0)


def test_outside_text_is_cleaned(mr_file: Callable[..., bytes]) -> None:
    [series] = read_series(exam(mr_file, SeriesDescription="liver\x1b[31m T2*")).series
    assert series.label == "7 liver[31m T2*"


def enhanced(mr_image: Callable[..., Dataset], te_by_frame: list[float], component: str = "MAGNITUDE") -> Dataset:
    """One enhanced file, frame f at slice position f, scaled by f + 1."""
    n = len(te_by_frame)
    pixels = np.arange(1, n + 1)[:, np.newaxis, np.newaxis] * np.full((n, 16, 12), 10)
    dataset = mr_image(
        2.0, pixels=pixels, EchoTime=None, ImagePositionPatient=None, ImageOrientationPatient=None, PixelSpacing=None,
        ScanningSequence=None, EchoPulseSequence="GRADIENT", ImageType=["ORIGINAL", "PRIMARY", "T1", "MIXED"],
        NumberOfFrames=n, SOPClassUID="1.2.840.10008.5.1.4.1.1.4.1",
    )  # fmt: skip
    shared = Dataset()
    shared.PlaneOrientationSequence = Sequence([item(ImageOrientationPatient=[1, 0, 0, 0, 1, 0])])
    shared.PixelMeasuresSequence = Sequence([item(PixelSpacing=[2.0, 1.0], SliceThickness=5)])
    shared.MRTimingAndRelatedParametersSequence = Sequence([item(RepetitionTime=30, FlipAngle=20)])
    dataset.SharedFunctionalGroupsSequence = Sequence([shared])
    dataset.PerFrameFunctionalGroupsSequence = Sequence(
        [
            item(
                MREchoSequence=Sequence([item(EffectiveEchoTime=float(te))]),
                PlanePositionSequence=Sequence([item(ImagePositionPatient=[0, 0, 5 * frame])]),
                PixelValueTransformationSequence=Sequence([item(RescaleSlope=frame + 1, RescaleIntercept=1)]),
                MRImageFrameTypeSequence=Sequence([item(ComplexImageComponent=component)]),
            )
            for frame, te in enumerate(te_by_frame)
        ]
    )
    return dataset


def item(**values: Any) -> Dataset:
    dataset = Dataset()
    for keyword, value in values.items():
        setattr(dataset, keyword, value)
    return dataset


def test_enhanced_files_of_one_series_combine_with_the_scale_of_each_frame(
    mr_image: Callable[..., Dataset], dicom_bytes: Callable[..., bytes]
) -> None:
    files = [(str(te), dicom_bytes(enhanced(mr_image, [te, te, te]))) for te in FOUR_ECHOES]
    [series] = read_series(files).series
    assert series.images.shape == (3, 4, 16, 12)
    assert series.images[:, 0, 0, 0].tolist() == [11.0, 41.0, 91.0]
    assert series.te_ms == FOUR_ECHOES
    assert series.pixel_spacing_mm == (2.0, 1.0)
    assert series.technique.flip_angle_deg == 20.0
    assert series.contrast == "T2*"
    assert series.cautions[0].code == "RESCALE_DIFFERS"


def test_enhanced_phase_frames_are_left_out(
    mr_image: Callable[..., Dataset], dicom_bytes: Callable[..., bytes]
) -> None:
    files = [(str(te), dicom_bytes(enhanced(mr_image, [te, te], "PHASE"))) for te in FOUR_ECHOES]
    assert codes(read_series(files)) == {"NOT_MAGNITUDE": 4}


def test_frame_lists_that_contradict_the_frames_are_refused(
    mr_image: Callable[..., Dataset], dicom_bytes: Callable[..., bytes]
) -> None:
    dataset = enhanced(mr_image, [2.0, 2.0, 2.0])
    del dataset.PerFrameFunctionalGroupsSequence[0]
    assert codes(read_series([("a", dicom_bytes(dataset))])) == {"FRAME_MISMATCH": 1}


def test_nothing_given_is_nothing_read() -> None:
    found = read_series([])
    assert (found.series, found.left_out, found.n_patients) == ((), (), 0)
