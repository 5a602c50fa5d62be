"""DICOM objects of a report: valid, in the study of their images, and saying what the report says, no more."""

from __future__ import annotations

import datetime as dt
import io
import shutil
import subprocess
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any, NoReturn

import highdicom as hd
import numpy as np
import pydicom
import pytest
from pydicom.dataset import Dataset
from pydicom.sr.codedict import codes

from ironreport.assess import assess
from ironreport.errors import ReportError
from ironreport.exam import save_exam
from ironreport.intake import read_series, region_signal
from ironreport.knowledge import published_knowledge
from ironreport.records import (
    Assessment,
    Context,
    DecaySignal,
    DicomOrigin,
    Exam,
    Measurement,
    PrintedResult,
    Region,
    SlicePlane,
    SourceImage,
)
from ironreport.report import describe
from ironreport.report.content import ReportContent
from ironreport.report.dicom import DicomExport, to_dicom
from ironreport.report.dicom.captures import NOT_MEASURED as GREY
from ironreport.report.dicom.captures import OUTLINE, SIDE_PX, STOPS, map_capture
from ironreport.report.dicom.image_objects import NOT_MEASURED, map_bytes
from ironreport.report.dicom.measurement_groups import outline
from ironreport.report.dicom.study import study_of
from ironreport.report.pictures import region_picture
from ironreport.report.quantities import stated
from ironreport.synthetic import decay
from ironreport.synthetic.samples import sample_exam

KNOWLEDGE = published_knowledge()
TE_MS = tuple(1.2 + 1.1 * k for k in range(10))
WRITTEN_AT = dt.datetime(2026, 11, 21, 14, 5, 9)
PDF = b"%PDF-1.4 of an odd length"
N_ROWS, N_COLUMNS = 48, 40
MR, ENHANCED_MR = "1.2.840.10008.5.1.4.1.1.4", "1.2.840.10008.5.1.4.1.1.4.1"
LIVER = Region("ellipse", row=20, column=15, height=9, width=13, slice_index=1)
SEPTUM = Region.polygon([(10.0, 10.0), (10.0, 22.0), (19.5, 16.0)])

HOSTILE = [
    "![x](http://127.0.0.1:9/x.png)", "DOE^<JOHN>", "<img src='http://127.0.0.1:9/x'>", "=HYPERLINK(\"http://x\")",
    "../../etc/passwd", "a\r\nSet-Cookie: x", "A\x00B\x1b[31m", ":red[x] $x$", "\ud800broken", "O'Neil; DROP TABLE",
    "Ünal^Çağla", "Яна^Иванова", "山田^太郎=ヤマダ^タロウ", "محمد^علي", "X" * 300, "", "back\\slash", "%s%n{0}",
]  # fmt: skip


def origin(series: int = 1, *, enhanced: bool = False, **changed: Any) -> DicomOrigin:
    """Two slices of ten echoes: one file each, or all frames in one file."""
    plane = SlicePlane((-30.0, -36.0, 0.0), (1.0, 0.0, 0.0, 0.0, 1.0, 0.0), (1.8, 1.5), 10.0)
    images = tuple(
        tuple(
            SourceImage(ENHANCED_MR, f"1.2.9.{series}.1", s * 10 + e + 1)
            if enhanced
            else SourceImage(MR, f"1.2.9.{series}.{s + 1}.{e + 1}")
            for e in range(len(TE_MS))
        )
        for s in range(2)
    )
    made = DicomOrigin(
        patient_id="4711-A",
        patient_name="DOE^JANE",
        birth_date="19800102",
        sex="F",
        study_uid="1.2.9.77",
        study_date="20261121",
        study_time="101112",
        study_id="S1",
        accession_number="ACC9",
        referring_physician="HOUSE^G",
        series_uid=f"1.2.9.{series}",
        frame_of_reference_uid="1.2.9.88",
        shape=(N_ROWS, N_COLUMNS),
        planes=(plane, replace(plane, position_mm=(-30.0, -36.0, 12.0))),
        images=images,
    )
    return replace(made, **changed)


def signal(organ: str, t2star_ms: float, region: Region | None, location: str = "") -> DecaySignal:
    values = tuple(float(s) for s in decay(TE_MS, 1000.0, t2star_ms))
    return DecaySignal(organ, TE_MS, values, field_tesla=1.5, location=location, region=region)


@cache
def assessed(*signals: DecaySignal | PrintedResult, pseudonym: str = "IR-0427") -> tuple[Assessment, ReportContent]:
    """Assessment and description with pictures of what was drawn."""
    exam = Exam(pseudonym, "2026-11-21", tuple(Measurement(s) for s in signals), Context("tdt"))
    assessment = assess(exam, KNOWLEDGE)
    image = np.random.default_rng(1).normal(400.0, 60.0, (N_ROWS, N_COLUMNS))
    pictures = tuple(
        region_picture(s.organ, image, s.region) for s in signals if isinstance(s, DecaySignal) and s.region
    )
    return assessment, describe(assessment, KNOWLEDGE, pictures=pictures)


def r2star_map() -> np.ndarray:
    values = np.random.default_rng(2).uniform(20.0, 900.0, (2, N_ROWS, N_COLUMNS))
    values[0, :5] = np.nan
    values[1, 7, 7] = np.inf
    return values


def exported(with_images: bool = True, **changed: Any) -> tuple[DicomExport, Assessment, ReportContent]:
    """Heart and liver of one study, of two series, with one map; or the same as typed numbers."""
    regions = (SEPTUM, LIVER) if with_images else (None, None)
    assessment, content = assessed(
        signal("heart", 8.0, regions[0], "mid-ventricular septum"), signal("liver", 3.0, regions[1])
    )
    origins = {"heart": origin(1, **changed), "liver": origin(2, **changed)} if with_images else {}
    maps = {"liver": r2star_map()} if with_images else {}
    return (
        to_dicom(assessment, content, KNOWLEDGE, PDF, origins=origins, maps=maps, written_at=WRITTEN_AT),
        assessment,
        content,
    )


@pytest.fixture(scope="module")
def export() -> DicomExport:
    return exported()[0]


def opened(body: bytes) -> Dataset:
    return pydicom.dcmread(io.BytesIO(body))


def items(dataset: Dataset) -> Iterator[Dataset]:
    """All content items of a tree."""
    for item in dataset.get("ContentSequence", []):
        yield item
        yield from items(item)


def named(dataset: Dataset, code: str) -> list[Dataset]:
    return [
        i for i in items(dataset) if i.get("ConceptNameCodeSequence") and i.ConceptNameCodeSequence[0].CodeValue == code
    ]


def texts(dataset: Dataset) -> list[str]:
    return [item.TextValue for item in items(dataset) if item.ValueType == "TEXT"]


# -------------------------------------------------------------------------------------- validity


@pytest.fixture(scope="module")
def errors_of(
    not_here: Callable[[str], NoReturn], tmp_path_factory: pytest.TempPathFactory
) -> Callable[[bytes], list[str]]:
    """Lines of a second, independent reader of DICOM that say error."""
    program = shutil.which("dciodvfy")
    if program is None:
        not_here("dciodvfy is not installed (Debian package dicom3tools).")
    folder = tmp_path_factory.mktemp("dciodvfy")

    def check(body: bytes) -> list[str]:
        path: Path = folder / "object.dcm"
        path.write_bytes(body)
        run = subprocess.run([program, "-new", path], capture_output=True, text=True, errors="replace", check=False)
        return [line for line in run.stderr.splitlines() if "error" in line.lower()]

    return check


@pytest.mark.parametrize("enhanced", [False, True])
def test_the_four_objects_are_valid(enhanced: bool, errors_of: Callable[[bytes], list[str]]) -> None:
    made = exported(enhanced=enhanced)[0]
    assert sorted(made.files) == [
        "picture_heart.dcm", "picture_liver.dcm", "r2star_map_liver.dcm", "r2star_picture_liver.dcm", "report_pdf.dcm",
        "structured_report.dcm",
    ]  # fmt: skip
    assert {name: errors_of(body) for name, body in made.files.items()} == {name: [] for name in made.files}
    assert made.left_out == ()


@pytest.mark.parametrize("folder", ["ge_mr750_gre12_MRI_mixed_2slices", "siemens_xa60_mese17_enhanced"])
def test_the_objects_of_real_exams_are_valid(
    folder: str, shared_data: Path, errors_of: Callable[[bytes], list[str]]
) -> None:
    files = [(p.name, p.read_bytes()) for p in sorted((shared_data / folder).rglob("*")) if p.is_file()]
    series = read_series(files).series[0]
    assert series.origin is not None
    region = Region("ellipse", row=100, column=100, height=12, width=10)
    assessment = assess(Exam("IR-1", measurements=(Measurement(region_signal(series, region, "liver")),)), KNOWLEDGE)
    pictures = (region_picture("liver", series.images[0, 0], region),)
    made = to_dicom(
        assessment, describe(assessment, KNOWLEDGE, pictures=pictures), KNOWLEDGE, PDF,
        origins={"liver": series.origin}, maps={"liver": series.images[:, 0]}, written_at=WRITTEN_AT,
    )  # fmt: skip
    assert (
        len(made.files) == 5 and {name: errors_of(body) for name, body in made.files.items() if errors_of(body)} == {}
    )


def test_typed_numbers_give_valid_objects_that_point_to_no_image(errors_of: Callable[[bytes], list[str]]) -> None:
    made = exported(with_images=False)[0]
    assert sorted(made.files) == ["report_pdf.dcm", "structured_report.dcm"]
    for body in made.files.values():
        assert errors_of(body) == []
        keywords = {element.keyword for element in opened(body).iterall() if element.value}
        assert not [keyword for keyword in keywords if keyword.startswith(("Referenced", "Source", "CurrentRequested"))]
    report = opened(made.files["structured_report.dcm"])
    assert not [item for item in items(report) if item.ValueType in ("SCOORD", "IMAGE")]
    assert report.PatientID == "IR-0427" and report.StudyInstanceUID.startswith("2.25.")
    assert len({opened(body).StudyInstanceUID for body in made.files.values()}) == 1


def test_the_check_for_validity_can_fail(export: DicomExport, errors_of: Callable[[bytes], list[str]]) -> None:
    report = opened(export.files["structured_report.dcm"])
    del report.CompletionFlag
    stream = io.BytesIO()
    report.save_as(stream)
    assert errors_of(stream.getvalue())


# ---------------------------------------------------------------------------- whose, where, when


def test_all_objects_stand_in_the_study_of_the_images_with_series_of_their_own(export: DicomExport) -> None:
    source, series = origin(), set()
    for body in export.files.values():
        made = opened(body)
        assert (made.PatientID, made.PatientName, made.PatientBirthDate, made.PatientSex) == (
            source.patient_id, source.patient_name, source.birth_date, source.sex,
        )  # fmt: skip
        assert (made.StudyInstanceUID, made.AccessionNumber, made.StudyDate) == (source.study_uid, "ACC9", "20261121")
        assert made.SeriesInstanceUID not in {"1.2.9.1", "1.2.9.2"}
        assert (made.ContentDate, made.ContentTime) == ("20261121", "140509")
        series.add((made.Modality, made.SeriesInstanceUID))
    assert len(series) == 4
    assert len({opened(body).SOPInstanceUID for body in export.files.values()}) == 6


def test_equal_input_gives_equal_bytes_and_other_content_other_identifiers(export: DicomExport) -> None:
    again, assessment, content = exported()
    assert again.files == export.files and again.as_zip() == export.as_zip()
    other = to_dicom(
        assessment, content, KNOWLEDGE, b"%PDF-1.4 other", origins={"heart": origin(1), "liver": origin(2)}, maps={},
        written_at=WRITTEN_AT,
    )  # fmt: skip
    one, two = (opened(made.files["report_pdf.dcm"]) for made in (export, other))
    assert one.SeriesInstanceUID == two.SeriesInstanceUID and one.SOPInstanceUID != two.SOPInstanceUID


def test_images_of_two_studies_are_refused() -> None:
    content = assessed(signal("liver", 3.0, LIVER))[1]
    for changed in ({"study_uid": "1.2.9.78"}, {"patient_id": "4712"}):
        with pytest.raises(ReportError) as refused:
            study_of(content, [origin(), origin(**changed)], WRITTEN_AT)
        assert refused.value.refusal.code == "DICOM_TWO_STUDIES"


def test_a_patient_id_that_cannot_be_kept_is_refused_without_repeating_it() -> None:
    content = assessed(signal("liver", 3.0, LIVER))[1]
    for patient_id in ("S" * 65, "SEC\\RET", "SEC\x00RET"):
        with pytest.raises(ReportError) as refused:
            study_of(content, [origin(patient_id=patient_id)], WRITTEN_AT)
        assert refused.value.refusal.code == "DICOM_PATIENT_ID" and patient_id not in str(refused.value)


def test_an_origin_shows_no_identifier_when_printed() -> None:
    shown = (
        repr(origin())
        + str(origin())
        + repr(study_of(assessed(signal("liver", 3.0, LIVER))[1], [origin()], WRITTEN_AT))
    )
    for secret in ("DOE", "4711", "1.2.9", "ACC9", "HOUSE", "1980"):
        assert secret not in shown


# ------------------------------------------------------------------------------- the structured report


def test_the_report_reads_back_the_numbers_that_are_printed() -> None:
    made, assessment, _ = exported()
    report = hd.sr.srread(io.BytesIO(made.files["structured_report.dcm"]))
    groups = report.content.get_planar_roi_measurement_groups()
    assert [group.tracking_identifier for group in groups] == ["Heart", "Liver"]
    for group, finding in zip(groups, assessment.findings, strict=True):
        numbers = {m.name.value: m for m in group.get_measurements()}
        for one in stated(finding, KNOWLEDGE):
            measured = numbers[{"lic_mg_per_g": "LIC", "mic_mg_per_g": "MIC"}.get(one.quantity, "")
                               or {"r2star_per_s": "126395", "t2star_ms": "113064"}[one.quantity]]  # fmt: skip
            assert measured.value == float(one.printed)
            ends = {i.ConceptNameCodeSequence[0].CodeValue: i for i in measured[0].ContentSequence}
            for code, end in (("371886008", one.printed_high), ("371885007", one.printed_low)):
                item = ends[code].MeasuredValueSequence[0]
                assert float(item.NumericValue) == pytest.approx(abs(float(end) - float(one.printed)), abs=1e-9)
                assert item.MeasurementUnitsCodeSequence[0].CodeValue == measured.unit.value
    assert groups[1].get_qualitative_evaluations(name=hd.sr.CodedConcept("246112005", "SCT", "Severity"))


def test_the_report_says_site_side_model_calibration_and_software() -> None:
    made = exported()[0]
    report = opened(made.files["structured_report.dcm"])
    locations = [i.ConceptCodeSequence[0].CodeValue for i in named(report, "363698007")]
    assert locations == [codes.SCT.Heart.value, codes.SCT.Liver.value]
    assert [i.ConceptCodeSequence[0].CodeValue for i in named(report, "106233006")] == ["589001"]
    equation = named(report, "121420")[-1].TextValue
    assert "Hernando" in equation and "LIC = " in equation
    assert {i.TextValue for i in named(report, "111001")} == {"IronReport"}
    assert named(report, "113241") and named(report, "121073") and named(report, "121075")
    scheme = report.CodingSchemeIdentificationSequence[0]
    assert scheme.CodingSchemeDesignator == "99IRONREPORT" and "Private codes" in scheme.CodingSchemeName
    assert (report.CompletionFlag, report.VerificationFlag) == ("PARTIAL", "UNVERIFIED")


def test_the_side_of_a_paired_organ_is_coded() -> None:
    assessment, content = assessed(signal("kidney", 25.0, LIVER, "left kidney, cortex"))
    made = to_dicom(assessment, content, KNOWLEDGE, b"%PDF", origins={}, maps={}, written_at=WRITTEN_AT)
    sides = named(opened(made.files["structured_report.dcm"]), "272741003")
    assert [i.ConceptCodeSequence[0].CodeMeaning for i in sides] == ["Left"]


@pytest.mark.parametrize("enhanced", [False, True])
def test_the_region_lies_on_the_slice_it_was_drawn_on(enhanced: bool) -> None:
    report = hd.sr.srread(io.BytesIO(exported(enhanced=enhanced)[0].files["structured_report.dcm"]))
    heart, liver = report.content.get_planar_roi_measurement_groups()
    ellipse = liver.roi
    assert ellipse.graphic_type.value == "ELLIPSE"
    assert ellipse.value.tolist() == [[9.0, 20.5], [22.0, 20.5], [15.5, 16.0], [15.5, 25.0]]
    source = ellipse.ContentSequence[0].ReferencedSOPSequence[0]
    expected = origin(2, enhanced=enhanced).images[1][0]
    assert source.ReferencedSOPInstanceUID == expected.sop_instance_uid
    assert source.get("ReferencedFrameNumber") == expected.frame_number
    assert heart.roi.value.tolist() == [[10.0, 10.0], [22.0, 10.0], [16.0, 19.5], [10.0, 10.0]]
    n_files = {uid for *_, uid, _ in report.get_evidence()}
    assert len(n_files) == (2 if enhanced else 20)


@pytest.mark.parametrize(
    "region",
    [
        Region("ellipse", row=2, column=3, height=12, width=12),
        Region("rectangle", row=47, column=39, height=9, width=9),
        Region.polygon([(-3.0, 5.0), (60.0, 5.0), (20.0, 90.0)]),
    ],
)
def test_a_region_over_the_edge_is_cut_at_the_edge(region: Region) -> None:
    kind, points = outline(region, (N_ROWS, N_COLUMNS))
    assert kind == "POLYLINE" and points[0].tolist() == points[-1].tolist()
    assert points.min() >= 0 and points[:, 0].max() <= N_COLUMNS and points[:, 1].max() <= N_ROWS


def test_a_tall_ellipse_names_its_longer_axis_first() -> None:
    points = outline(Region("ellipse", row=20, column=15, height=13, width=9), (N_ROWS, N_COLUMNS))[1]
    assert points[:2].tolist() == [[15.5, 14.0], [15.5, 27.0]]


def test_a_limit_is_said_in_words_and_never_as_a_number() -> None:
    assessment, content = assessed(signal("liver", 3.0, LIVER))
    finding = assessment.findings[0]
    assert finding.estimate is not None and finding.estimate.rate is not None
    bounded = replace(finding.estimate, rate=replace(finding.estimate.rate, bound="above", value=2083.4), iron=None)
    limited = replace(assessment, findings=(replace(finding, estimate=bounded, grading=None),))
    made = to_dicom(
        limited, content, KNOWLEDGE, b"%PDF", origins={"liver": origin()}, maps={}, written_at=WRITTEN_AT
    )  # fmt: skip
    report = opened(made.files["structured_report.dcm"])
    rates = named(report, "126395")
    assert [item.ValueType for item in rates] == ["TEXT"] and rates[0].TextValue.startswith("above 2083 /s")


def test_an_organ_that_cannot_be_estimated_has_a_reason_and_no_number(errors_of: Callable[[bytes], list[str]]) -> None:
    flat = replace(signal("liver", 3.0, LIVER), signal=tuple(100.0 for _ in TE_MS))
    assessment, content = assessed(flat)
    assert assessment.findings[0].absence is not None
    made = to_dicom(
        assessment, content, KNOWLEDGE, b"%PDF", origins={"liver": origin()}, maps={}, written_at=WRITTEN_AT
    )  # fmt: skip
    body = made.files["structured_report.dcm"]
    report = opened(body)
    assert not [item for item in items(report) if item.ValueType == "NUM"]
    assert str(assessment.findings[0].absence) in texts(report)
    assert errors_of(body) == []


def test_an_empty_exam_is_refused() -> None:
    assessment, content = assessed()
    with pytest.raises(ReportError) as refused:
        to_dicom(assessment, content, KNOWLEDGE, b"%PDF", origins={}, maps={}, written_at=WRITTEN_AT)
    assert refused.value.refusal.code == "DICOM_NOTHING_MEASURED"


# ------------------------------------------------------------------------------ PDF, map, picture


@pytest.mark.parametrize("pdf", [PDF, PDF + b"."])
def test_the_pdf_comes_out_as_it_went_in(pdf: bytes) -> None:
    assessment, content = assessed(signal("liver", 3.0, None))
    made = to_dicom(assessment, content, KNOWLEDGE, pdf, origins={}, maps={}, written_at=WRITTEN_AT)
    document = opened(made.files["report_pdf.dcm"])
    assert document.EncapsulatedDocument[: document.EncapsulatedDocumentLength] == pdf


def test_the_map_holds_every_rate_and_its_place(export: DicomExport) -> None:
    made, values = opened(export.files["r2star_map_liver.dcm"]), r2star_map()
    stored = made.pixel_array
    known = np.isfinite(values)
    assert stored.dtype == np.float32 and np.array_equal(stored[known], values.astype(np.float32)[known])
    assert (stored[~known] == NOT_MEASURED).all() and made.FloatPixelPaddingValue == NOT_MEASURED
    shared = made.SharedFunctionalGroupsSequence[0]
    meaning = shared.RealWorldValueMappingSequence[0]
    assert meaning.MeasurementUnitsCodeSequence[0].CodeValue == "/s"
    assert meaning.DoubleFloatRealWorldValueFirstValueMapped > NOT_MEASURED
    assert shared.PixelMeasuresSequence[0].PixelSpacing == [1.8, 1.5]
    for frame, plane, images in zip(
        made.PerFrameFunctionalGroupsSequence, origin(2).planes, origin(2).images, strict=True
    ):
        assert plane is not None
        assert tuple(frame.PlanePositionSequence[0].ImagePositionPatient) == plane.position_mm
        sources = frame.DerivationImageSequence[0].SourceImageSequence
        assert [s.ReferencedSOPInstanceUID for s in sources] == [i.sop_instance_uid for i in images]


@pytest.mark.parametrize(
    ("changed", "values", "code"),
    [
        ({"planes": (None, None)}, r2star_map(), "DICOM_NO_GEOMETRY"),
        ({}, r2star_map()[:1], "DICOM_MAP_SHAPE"),
        ({}, np.full((2, N_ROWS, N_COLUMNS), np.nan), "DICOM_MAP_EMPTY"),
    ],
)
def test_a_map_that_cannot_be_written_costs_only_itself(changed: dict[str, Any], values: np.ndarray, code: str) -> None:
    assessment, content = assessed(signal("liver", 3.0, LIVER))
    source = origin(**changed)
    with pytest.raises(ReportError):
        map_bytes(study_of(content, [source], WRITTEN_AT), values, source)
    made = to_dicom(
        assessment, content, KNOWLEDGE, b"%PDF", origins={"liver": source}, maps={"liver": values},
        written_at=WRITTEN_AT,
    )  # fmt: skip
    assert [refusal.code for refusal in made.left_out] == [code] and "report_pdf.dcm" in made.files


@pytest.mark.parametrize("name", ["picture_liver.dcm", "r2star_picture_liver.dcm"])
def test_a_picture_is_in_colour_with_the_outline_on_it(name: str, export: DicomExport) -> None:
    made = opened(export.files[name])
    is_outline = (made.pixel_array == OUTLINE).all(axis=2)
    assert made.PhotometricInterpretation == "RGB" and 0.0005 < is_outline.mean() < 0.05
    assert len(made.SourceImageSequence) == len(TE_MS) and made.BurnedInAnnotation == "NO"


def test_a_map_picture_shows_faster_decay_brighter_and_nothing_where_nothing_was_measured() -> None:
    values = np.full((20, 30), np.nan)
    values[:, 10:20], values[:, 20:] = 100.0, 900.0
    picture = map_capture(values, (), (2.0, 1.0), ("Liver",))
    middle, step = SIDE_PX // 2, SIDE_PX * 30 // 40 // 30
    assert tuple(picture[middle, 5 * step]) == GREY
    assert picture[middle, 15 * step].sum() < picture[middle, 25 * step].sum() / 3
    assert picture[middle, 25 * step].tolist() == list(STOPS[-1])


def test_the_map_of_a_series_that_two_organs_share_is_written_once() -> None:
    assessment, content = assessed(signal("heart", 8.0, SEPTUM), signal("liver", 3.0, LIVER))
    made = to_dicom(
        assessment, content, KNOWLEDGE, PDF, origins=dict.fromkeys(("heart", "liver"), origin()),
        maps=dict.fromkeys(("heart", "liver"), r2star_map()), written_at=WRITTEN_AT,
    )  # fmt: skip
    assert [name for name in made.files if "r2star_map" in name] == ["r2star_map_heart.dcm"]
    assert {"r2star_picture_heart.dcm", "r2star_picture_liver.dcm"} <= made.files.keys()


# ------------------------------------------------------------------------------------ from outside


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_passes_through_without_harm(text: str, errors_of: Callable[[bytes], list[str]]) -> None:
    assessment, content = assessed(signal("liver", 3.0, LIVER))
    cards = (replace(content.cards[0], where=text, picture=None),)
    content = replace(content, impression=(text,), impression_by_reader=True, cards=cards, pseudonym=text)
    named_so = {"patient_name": text, "referring_physician": text, "study_id": text, "accession_number": text,
                "birth_date": text, "sex": text, "study_date": text, "study_time": text}  # fmt: skip
    for origins in ({"liver": origin(**named_so)}, {}):
        made = to_dicom(
            assessment, content, KNOWLEDGE, b"%PDF", origins=origins, maps={}, written_at=WRITTEN_AT
        )  # fmt: skip
        for name, body in made.files.items():
            assert name.isascii() and "/" not in name and ".." not in name
            # this reader counts bytes where the standard counts characters
            assert [line for line in errors_of(body) if text.isascii() or "Length invalid" not in line] == []
            back = opened(body)
            if origins and text.isprintable() and "\\" not in text and len(text) < 60:
                assert str(back.PatientName) == text
            assert not any(ord(c) < 32 for c in f"{back.PatientName}{back.PatientID}{back.StudyID}")
        said = texts(opened(made.files["structured_report.dcm"]))
        if text.isprintable() and text:
            assert text in said


def test_the_archive_names_nobody(export: DicomExport) -> None:
    with zipfile.ZipFile(io.BytesIO(export.as_zip())) as archive:
        assert archive.namelist() == list(export.files)
        assert {info.date_time[0] for info in archive.infolist()} == {1980}


def test_the_command_writes_an_archive_of_typed_numbers(
    tmp_path: Path, ironreport: Callable[..., subprocess.CompletedProcess[str]]
) -> None:
    (tmp_path / "exam.ironreport.json").write_text(save_exam(sample_exam()), encoding="utf-8")
    done = ironreport("export", "exam.ironreport.json", "--to", "dicom", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    (written,) = tmp_path.glob("ironreport_2026-11-01_????.dicom.zip")
    with zipfile.ZipFile(written) as archive:
        assert archive.namelist() == ["structured_report.dcm", "report_pdf.dcm"]
        assert opened(archive.read("report_pdf.dcm")).PatientID == sample_exam().pseudonym
