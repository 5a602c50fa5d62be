"""Made exams become exactly the series that they hold, and say what was left out."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence

from ironreport.intake.listing import suggested_use
from ironreport.intake.series import ReadResult, read_series
from ironreport.knowledge import published_knowledge
from ironreport.records import EchoSeries

FOUR_ECHOES = (1.5, 4.0, 8.0, 12.0)


def codes(found: ReadResult) -> dict[str, int]:
    """Number of files left out by reason."""
    counts: dict[str, int] = {}
    for record in found.left_out:
        counts[record.code] = counts.get(record.code, 0) + record.n_files
    return counts


def cautions(series: EchoSeries) -> set[str]:
    return {caution.code for caution in series.cautions}


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


def test_one_exam_of_a_mixed_upload_can_be_chosen(mr_file: Callable[..., bytes]) -> None:
    later = exam(mr_file, StudyInstanceUID="1.2.9", SeriesInstanceUID="1.2.9.1", StudyDate="20250301")
    stranger = [("x", mr_file(3.0, PatientID="OTHER", StudyInstanceUID="1.5"))]
    found = read_series([*later, *exam(mr_file), *stranger])
    told = [(exam.patient_number, exam.exam_date, exam.n_files, exam.n_series) for exam in found.exams]
    assert told == [(1, "2024-02-29", 4, 1), (1, "2025-03-01", 4, 1), (2, "2024-02-29", 1, 0)]
    chosen = found.of_exam(found.exams[1].study_key)
    assert (chosen.n_patients, chosen.n_studies) == (1, 1)
    assert [series.technique.exam_date for series in chosen.series] == ["2025-03-01"]
    assert "SECRET" not in repr(found.exams)


def test_two_studies_of_one_patient_are_counted(mr_file: Callable[..., bytes]) -> None:
    found = read_series(exam(mr_file) + exam(mr_file, StudyInstanceUID="1.2.9", SeriesInstanceUID="1.2.9.1"))
    assert (found.n_patients, found.n_studies, len(found.series)) == (1, 2, 2)


@pytest.mark.parametrize(
    "te",
    ["", "0", "-2.3", "nan", "inf", "1e308", "1,25", "2\\4", "0.00001", "abc"],
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


@pytest.mark.parametrize(("factor", "unit"), [(1e-3, "seconds"), (1e3, "microseconds")])
@pytest.mark.parametrize("te_ms", [(0.9, 2.1, 3.3), (60.0, 90.0, 120.0)])
def test_echo_times_in_another_unit_are_named_and_never_converted(
    te_ms: tuple[float, ...], factor: float, unit: str, mr_file: Callable[..., bytes]
) -> None:
    found = read_series([(str(te), mr_file(f"{te * factor:g}")) for te in te_ms])
    assert found.series == ()
    assert codes(found) == {"ECHO_TIME_UNIT": 3}
    assert unit in found.left_out[0].what


@pytest.mark.parametrize(
    "image_type",
    [
        ["ORIGINAL", "PRIMARY", "P", "ND"],
        ["ORIGINAL", "PRIMARY", "PHASE MAP", "P", "FFE"],
        ["ORIGINAL", "PRIMARY", "R_FFE", "R", "FFE"],
        ["ORIGINAL", "PRIMARY", "IMAGINARY"],
        ["ORIGINAL", "PRIMARY", "PHASE_IMAGE"],
        ["DERIVED", "PRIMARY", "M", "SWI"],
        ["ORIGINAL", "PRIMARY", "FIELD_MAP"],
        ["DERIVED", "PRIMARY", "T2_STAR MAP", "M"],
        ["DERIVED", "PRIMARY", "B0 MAP", "B0"],
        ["DERIVED", "PRIMARY", "DIXON", "WATER"],
    ],
)
def test_what_is_not_magnitude_is_left_out(image_type: list[str], mr_file: Callable[..., bytes]) -> None:
    found = read_series(exam(mr_file, ImageType=image_type))
    assert found.series == ()
    assert codes(found) == {"NOT_MAGNITUDE": 4}


@pytest.mark.parametrize("image_type", [["DERIVED", "PRIMARY", "OTHER"], ["DERIVED", "SECONDARY"], ["DERIVED"]])
def test_a_derived_copy_of_what_may_be_magnitude_is_used_with_a_caution(
    image_type: list[str], mr_file: Callable[..., bytes]
) -> None:
    [series] = read_series(exam(mr_file, ImageType=image_type)).series
    assert cautions(series) == {"MAGNITUDE_ASSUMED"}


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


@pytest.mark.parametrize(("kind", "n_series"), [("M", 1), ("P", 0), ("R", 0), ("I", 0)])
def test_the_private_type_of_philips_tells_what_the_image_type_does_not(
    kind: str, n_series: int, mr_image: Callable[..., Dataset], dicom_bytes: Callable[..., bytes]
) -> None:
    def build(te: float) -> bytes:
        dataset = mr_image(te, ImageType=["ORIGINAL", "PRIMARY", "OTHER"])
        dataset.private_block(0x2005, "Philips Imaging DD 001", create=True).add_new(0x11, "CS", kind)
        return dicom_bytes(dataset)

    found = read_series([(str(te), build(te)) for te in FOUR_ECHOES])
    assert len(found.series) == n_series
    assert all("MAGNITUDE_ASSUMED" not in cautions(series) for series in found.series)


def test_unstated_phase_stored_without_a_sign_is_told_by_its_spread(mr_file: Callable[..., bytes]) -> None:
    rng = np.random.default_rng(6)
    files = [
        (str(te), mr_file(te, pixels=rng.integers(0, 4096, (16, 12)), ImageType=["ORIGINAL", "PRIMARY", "OTHER"]))
        for te in FOUR_ECHOES
    ]
    assert codes(read_series(files)) == {"NOT_MAGNITUDE": 4}


def test_a_mosaic_is_refused_by_name(mr_file: Callable[..., bytes]) -> None:
    found = read_series(exam(mr_file, ImageType=["ORIGINAL", "PRIMARY", "M", "ND", "MOSAIC"]))
    assert codes(found) == {"MOSAIC": 4}


def test_instance_numbers_decide_nothing(mr_file: Callable[..., bytes]) -> None:
    numbered = [(name, content) for name, content in exam(mr_file, slices=(0.0, 5.0), InstanceNumber=1)]
    [series], [plain] = read_series(numbered).series, read_series(exam(mr_file, slices=(0.0, 5.0))).series
    assert np.array_equal(series.images, plain.images)


def test_heart_phases_are_kept_apart_but_a_trigger_time_of_each_echo_is_no_phase(
    mr_file: Callable[..., bytes],
) -> None:
    phases = [
        (f"{delay}{te}", mr_file(te, TriggerTime=delay, pixels=np.full((16, 12), int(500 - te + delay))))
        for delay in (0.0, 40.0)
        for te in FOUR_ECHOES
    ]
    found = read_series(phases)
    assert [series.images[0, 0, 0, 0] for series in found.series] == [498.0, 538.0]
    single = [(str(te), mr_file(te, TriggerTime=100.0 + te)) for te in FOUR_ECHOES]
    assert [series.n_echoes for series in read_series(single).series] == [4]


@pytest.mark.parametrize(
    ("tags", "organs"),
    [
        ({"BodyPartExamined": "LIVER", "SeriesDescription": "R2*"}, ("liver",)),
        ({"SeriesDescription": "Cardiac T2* septum"}, ("heart",)),
        ({"ProtocolName": "Leber Pankreas", "SeriesDescription": ""}, ("liver", "pancreas")),
        ({"SeriesDescription": "heart and liver"}, ("liver", "heart")),
        ({"BodyPartExamined": "ABDOMEN", "SeriesDescription": "T2* map"}, ()),
    ],
)
def test_organs_in_the_header_are_named_as_a_hint(
    tags: dict[str, str], organs: tuple[str, ...], mr_file: Callable[..., bytes]
) -> None:
    [series] = read_series(exam(mr_file, **tags)).series
    named = published_knowledge().organs_named(series.header_text)
    assert named == organs
    assert any("Choose the organ" in sentence for sentence in suggested_use(series, named)) is bool(organs)


def test_a_suggestion_names_contrast_and_first_echo(mr_file: Callable[..., bytes]) -> None:
    [gradient] = read_series(exam(mr_file)).series
    [spin] = read_series(exam(mr_file, ScanningSequence="SE")).series
    assert "first echo is at 1.5 ms" in " ".join(suggested_use(gradient))
    assert "do not hold" in " ".join(suggested_use(spin))


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


def test_an_echo_of_two_images_that_nothing_tells_apart_is_left_out_by_name(mr_file: Callable[..., bytes]) -> None:
    found = read_series([*exam(mr_file), ("again", mr_file(4.0, pixels=np.full((16, 12), 500)))])
    [series] = found.series
    assert (series.te_ms, cautions(series)) == ((1.5, 8.0, 12.0), {"TIMES_UNCLEAR"})
    assert codes(found) == {"DUPLICATE_ECHO": 2}


def test_many_echoes_of_two_images_that_nothing_tells_apart_refuse_the_series(mr_file: Callable[..., bytes]) -> None:
    others = [(f"again{te}", mr_file(te, pixels=np.full((16, 12), 500))) for te in FOUR_ECHOES[:2]]
    found = read_series([*exam(mr_file), *others])
    assert found.series == ()
    assert codes(found) == {"DUPLICATE_ECHO": 6}


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


def recovery(mr_file: Callable[..., bytes], times_ms: tuple[float, ...], **tags: Any) -> list[tuple[str, bytes]]:
    """One slice at several inversion times, each a series of its own as scanners write them."""
    pixels = np.random.default_rng(4).integers(100, 900, (16, 12))
    return [
        (
            f"{ti}",
            mr_file(9.0, InversionTime=ti, SeriesInstanceUID=f"1.2.3.{n}", pixels=pixels + int(ti), **tags),
        )
        for n, ti in enumerate(times_ms)
    ]


def test_inversion_times_of_several_series_become_one_recovery(mr_file: Callable[..., bytes]) -> None:
    found = read_series(recovery(mr_file, (400.0, 100.0, 200.0)))
    [series] = found.inversion_series
    assert (found.series, found.left_out) == ((), ())
    assert (series.ti_ms, series.te_ms) == ((100.0, 200.0, 400.0), 9.0)
    assert (np.diff(series.images[0], axis=0).mean(axis=(1, 2)) == [100.0, 200.0]).all()
    assert found.exams[0].n_series == 1
    assert not series.one_series


def test_a_recovery_has_no_doubt_that_concerns_decays_only(mr_file: Callable[..., bytes]) -> None:
    [series] = read_series(recovery(mr_file, (400.0, 100.0, 200.0), ScanningSequence=None)).inversion_series
    assert cautions(series) == set()  # type: ignore[arg-type]


def test_inversion_times_of_one_series_are_told_as_look_locker(mr_file: Callable[..., bytes]) -> None:
    files = [(f"{ti}", mr_file(2.0, InversionTime=ti, pixels=np.full((16, 12), int(ti)))) for ti in (100, 200, 300)]
    [series] = read_series(files).inversion_series
    assert series.one_series
    assert "T1* is not yet T1" in " ".join(suggested_use(series))


def test_inversion_times_at_different_echo_times_or_places_are_not_mixed(mr_file: Callable[..., bytes]) -> None:
    files = recovery(mr_file, (100.0, 200.0, 400.0))
    other = recovery(mr_file, (800.0, 900.0), ImageOrientationPatient=[1, 0, 0, 0, 0, 1])
    found = read_series([*files, *other])
    assert [series.ti_ms for series in found.inversion_series] == [(100.0, 200.0, 400.0)]
    assert codes(found) == {"INVERSION_RECOVERY": 2}


def test_too_few_inversion_times_are_refused_but_black_blood_is_used_with_a_caution(
    mr_file: Callable[..., bytes],
) -> None:
    assert codes(read_series(recovery(mr_file, (100.0, 300.0)))) == {"INVERSION_RECOVERY": 2}
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
        ({"ScanningSequence": "RM", "SequenceName": "FE3D_10"}, "T2*", True),
        ({"ScanningSequence": "RM", "SequenceName": "Bruker:MGE"}, "T2*", True),
        ({"ScanningSequence": "RM", "SequenceName": "MSME"}, "T2", True),
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


def with_philips_scale(dataset: Dataset, slope: float, intercept: float = 0.0) -> Dataset:
    block = dataset.private_block(0x2005, "Philips MR Imaging DD 001", create=True)
    block.add_new(0x0D, "FL", intercept)
    block.add_new(0x0E, "FL", slope)
    return dataset


def philips_exam(
    mr_image: Callable[..., Dataset],
    dicom_bytes: Callable[..., bytes],
    private: tuple[tuple[float, float], ...],
    standard: tuple[float, ...] = (1.0, 1.0, 1.0, 1.0),
) -> list[tuple[str, bytes]]:
    """Four echoes that all hold 100, with a private slope and intercept and a standard slope each."""
    pixels = np.full((16, 12), 100)
    images = [
        with_philips_scale(mr_image(te, pixels=pixels, RescaleSlope=slope, RescaleIntercept=0), *scale)
        for te, slope, scale in zip(FOUR_ECHOES, standard, private, strict=True)
    ]
    return [(str(n), dicom_bytes(image)) for n, image in enumerate(images)]


def test_slopes_that_differ_between_echoes_are_applied_and_named(mr_file: Callable[..., bytes]) -> None:
    pixels = np.full((16, 12), 100)
    files = [
        (str(te), mr_file(te, pixels=pixels, RescaleSlope=slope, RescaleIntercept=0))
        for te, slope in zip(FOUR_ECHOES, (1.0, 1.2, 1.4, 1.5), strict=True)
    ]
    [series] = read_series(files).series
    assert series.images[0, :, 3, 3] == pytest.approx([100, 120, 140, 150])
    [text] = [caution.text for caution in series.cautions if caution.code == "RESCALE_DIFFERS"]
    assert "1 to 1.5" in text


def test_the_private_philips_scale_is_used_where_the_standard_one_leaves_echoes_on_different_scales(
    mr_image: Callable[..., Dataset], dicom_bytes: Callable[..., bytes]
) -> None:
    files = philips_exam(mr_image, dicom_bytes, ((1.0, 0.0), (2.0, 0.0), (4.0, 20.0), (4.0, 0.0)))
    [series] = read_series(files).series
    signal = series.images[0, :, 3, 3]
    assert signal / signal[0] == pytest.approx([1.0, 0.5, 0.2, 0.25])
    assert cautions(series) == {"PRIVATE_SCALE"}


def test_the_standard_rescale_is_kept_where_the_private_scale_agrees_with_it(
    mr_image: Callable[..., Dataset], dicom_bytes: Callable[..., bytes]
) -> None:
    standard = (1.0, 1.2, 1.4, 1.5)
    files = philips_exam(mr_image, dicom_bytes, tuple((0.01 / slope, 0.0) for slope in standard), standard)
    [series] = read_series(files).series
    assert series.images[0, :, 3, 3] == pytest.approx([100, 120, 140, 150])
    assert cautions(series) == {"RESCALE_DIFFERS"}


def test_a_private_scale_that_only_some_images_state_is_not_used(
    mr_image: Callable[..., Dataset], dicom_bytes: Callable[..., bytes], mr_file: Callable[..., bytes]
) -> None:
    files = philips_exam(mr_image, dicom_bytes, ((1.0, 0.0), (2.0, 0.0), (4.0, 0.0), (4.0, 0.0)))
    files[0] = ("plain", mr_file(FOUR_ECHOES[0], pixels=np.full((16, 12), 100)))
    [series] = read_series(files).series
    assert series.images[0, :, 3, 3].tolist() == [100.0] * 4
    assert cautions(series) == set()


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


def test_inversion_times_of_enhanced_frames_become_one_recovery(
    mr_image: Callable[..., Dataset], dicom_bytes: Callable[..., bytes]
) -> None:
    dataset = enhanced(mr_image, [3.0, 3.0, 3.0])
    for frame, ti in zip(dataset.PerFrameFunctionalGroupsSequence, (300.0, 100.0, 200.0), strict=True):
        frame.MRModifierSequence = Sequence([item(InversionRecovery="YES", InversionTimes=ti)])
        frame.PlanePositionSequence[0].ImagePositionPatient = [0, 0, 0]
        frame.PixelValueTransformationSequence[0].RescaleSlope = 1
    [series] = read_series([("a", dicom_bytes(dataset))]).inversion_series
    assert (series.ti_ms, series.te_ms, series.n_slices) == ((100.0, 200.0, 300.0), 3.0, 1)
    assert series.images[0, :, 0, 0].tolist() == [21.0, 31.0, 11.0]


@pytest.mark.parametrize("keeps", ["both", "frame"])
def test_a_legacy_converted_image_is_read_by_its_converted_attributes(
    keeps: str, mr_image: Callable[..., Dataset], dicom_bytes: Callable[..., bytes]
) -> None:
    dataset = enhanced(mr_image, [2.0, 4.0, 8.0])
    dataset.SOPClassUID = "1.2.840.10008.5.1.4.1.1.4.4"
    del dataset.EchoPulseSequence
    said = {"ScanningSequence": "GR", "FlipAngle": 25, "RepetitionTime": 180, "ProtocolName": "Leber"}
    if keeps == "both":
        shared = dataset.SharedFunctionalGroupsSequence[0]
        shared.UnassignedSharedConvertedAttributesSequence = Sequence([item(**said)])
        del shared.MRTimingAndRelatedParametersSequence
    for frame, te in zip(dataset.PerFrameFunctionalGroupsSequence, (4.0, 8.0, 2.0), strict=True):
        del frame.MREchoSequence
        own = {"EchoTime": te, "EchoNumbers": 1, "InstanceNumber": int(te)} | (said if keeps == "frame" else {})
        frame.UnassignedPerFrameConvertedAttributesSequence = Sequence([item(**own)])
        frame.PlanePositionSequence[0].ImagePositionPatient = [0, 0, 0]
        frame.PixelValueTransformationSequence[0].RescaleSlope = 1
    [series] = read_series([("a", dicom_bytes(dataset))]).series
    assert (series.te_ms, series.images[0, :, 0, 0].tolist()) == ((2.0, 4.0, 8.0), [31.0, 11.0, 21.0])
    assert (series.contrast, "CONTRAST_UNKNOWN" in cautions(series)) == ("T2*", False)
    expected_flip_deg = 25.0 if keeps == "both" else 20.0
    assert series.technique.flip_angle_deg == expected_flip_deg


def test_one_enhanced_file_holds_slices_and_echoes_in_any_order(
    mr_image: Callable[..., Dataset], dicom_bytes: Callable[..., bytes]
) -> None:
    dataset = enhanced(mr_image, [4.0, 2.0, 2.0, 4.0])
    for frame, place in zip(dataset.PerFrameFunctionalGroupsSequence, (5, 0, 5, 0), strict=True):
        frame.PlanePositionSequence[0].ImagePositionPatient = [0, 0, place]
        frame.PixelValueTransformationSequence[0].RescaleSlope = 1
    [series] = read_series([("a", dicom_bytes(dataset))]).series
    assert (series.te_ms, series.slice_positions_mm) == ((2.0, 4.0), (0.0, 5.0))
    assert series.images[:, :, 0, 0].tolist() == [[21.0, 41.0], [31.0, 11.0]]


def test_time_points_of_one_enhanced_file_are_kept_apart(
    mr_image: Callable[..., Dataset], dicom_bytes: Callable[..., bytes]
) -> None:
    dataset = enhanced(mr_image, [2.0, 4.0, 2.0, 4.0])
    for n, frame in enumerate(dataset.PerFrameFunctionalGroupsSequence):
        frame.PlanePositionSequence[0].ImagePositionPatient = [0, 0, 0]
        frame.FrameContentSequence = Sequence([item(TemporalPositionIndex=1 + n // 2)])
    found = read_series([("a", dicom_bytes(dataset))])
    assert [series.images.shape[:2] for series in found.series] == [(1, 2), (1, 2)]
    assert found.left_out == ()


def test_frame_lists_that_contradict_the_frames_are_refused(
    mr_image: Callable[..., Dataset], dicom_bytes: Callable[..., bytes]
) -> None:
    dataset = enhanced(mr_image, [2.0, 2.0, 2.0])
    del dataset.PerFrameFunctionalGroupsSequence[0]
    assert codes(read_series([("a", dicom_bytes(dataset))])) == {"FRAME_MISMATCH": 1}


def test_progress_goes_up_to_its_total(mr_file: Callable[..., bytes]) -> None:
    calls: list[tuple[int, int]] = []
    read_series(exam(mr_file), lambda done, total: calls.append((done, total)))
    assert calls == [(n, 8) for n in range(1, 9)]


def test_nothing_given_is_nothing_read() -> None:
    found = read_series([])
    assert (found.series, found.left_out, found.n_patients) == ((), (), 0)


# ---------------------------------------------------------------------------------- which field, which contrast


@pytest.mark.parametrize(("mhz", "nucleus", "code"), [
    (123.2, "1H", "FIELD_DISPUTED"), (63.87, "1H", None), (63.87, None, None), (123.2, "31P", None), (0.0, "1H", None),
    (1.09 * 63.87, "1H", None), (1.11 * 63.87, "1H", "FIELD_DISPUTED"),
])  # fmt: skip
def test_a_frequency_of_another_field_withholds_the_class(
    mhz: float, nucleus: str | None, code: str | None, mr_file: Callable[..., bytes]
) -> None:
    [series] = read_series(exam(mr_file, ImagingFrequency=mhz, ImagedNucleus=nucleus)).series
    found = {c.code: c.blocks_grade for c in series.cautions}
    assert found.get("FIELD_DISPUTED") == (True if code else None)


def test_a_magnet_sold_as_three_tesla_may_run_at_2_89(mr_file: Callable[..., bytes]) -> None:
    [series] = read_series(exam(mr_file, MagneticFieldStrength=3.0, ImagingFrequency=123.2)).series
    assert "FIELD_DISPUTED" not in {c.code for c in series.cautions}


def test_one_series_of_two_fields_has_no_class(mr_file: Callable[..., bytes]) -> None:
    fields = {2.0: 1.5, 4.0: 3.0, 6.0: 1.5, 8.0: 3.0}
    files = [(str(te), mr_file(te, MagneticFieldStrength=field)) for te, field in fields.items()]
    found = read_series(files).series
    assert found
    assert all(any(c.blocks_grade for c in series.cautions) for series in found)


@pytest.mark.parametrize(("tags", "contrast", "is_told"), [
    ({"ScanningSequence": None, "SeriesDescription": "t2_tse_mc"}, "T2", True),
    ({"ScanningSequence": "EP", "SeriesDescription": "Spin Echo T2"}, "T2", True),
    ({"ScanningSequence": "RM", "ProtocolName": "liver MESE"}, "T2", True),
    ({"ScanningSequence": None, "SeriesDescription": "T2star gre spin"}, "T2*", False),
    ({"ScanningSequence": "GR", "SequenceName": "*se2d8"}, "T2*", False),
    ({"ScanningSequence": "GR", "SequenceName": "*fl2d8"}, "T2*", True),
    ({"ScanningSequence": "GR", "SeriesDescription": "t2_tse"}, "T2*", True),
    ({"ScanningSequence": None, "SeriesDescription": "phase contrast series"}, "T2*", False),
])  # fmt: skip
def test_a_name_tells_a_spin_echo_where_no_tag_does(
    tags: dict[str, str | None], contrast: str, is_told: bool, mr_file: Callable[..., bytes]
) -> None:
    [series] = read_series(exam(mr_file, **tags)).series
    assert series.contrast == contrast
    assert ("CONTRAST_UNKNOWN" not in {c.code for c in series.cautions}) == is_told


@pytest.mark.parametrize(("tags", "is_missing"), [
    ({"Manufacturer": "Philips Medical Systems"}, True), ({"Manufacturer": "SIEMENS"}, False),
    ({"Manufacturer": "Philips", "RescaleSlope": 1.0, "RescaleIntercept": 0.0}, False),
])  # fmt: skip
def test_images_of_philips_without_any_scale_have_no_class(
    tags: dict[str, str | float], is_missing: bool, mr_file: Callable[..., bytes]
) -> None:
    [series] = read_series(exam(mr_file, **tags)).series
    assert ({c.code: c.blocks_grade for c in series.cautions}.get("SCALE_MISSING") is True) == is_missing
