"""Promises of ``import ironreport as ir``: a folder to a report in four lines, the app's digits, mistakes in words."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import numpy as np
import numpy.typing as npt
import pytest

import ironreport as ir
from ironreport.assess import assess as assess_records
from ironreport.errors import IronReportError
from ironreport.exam import open_exam
from ironreport.intake import read_series, region_mask
from ironreport.knowledge import published_knowledge
from ironreport.measure import measure as measure_records
from ironreport.records import Context, Exam, Measurement, Region
from ironreport.synthetic.samples import samples_folder

LIVER = samples_folder() / "liver_1t5_siemens"
INSIDE = Region("ellipse", 62, 42, 16, 16, slice_index=1)


@pytest.fixture(scope="module")
def exam() -> ir.OpenedExam:
    return ir.read(LIVER)


@pytest.fixture(scope="module")
def series(exam: ir.OpenedExam) -> ir.OpenedSeries:
    return exam.series[0]


@pytest.fixture(scope="module")
def mask(series: ir.OpenedSeries) -> npt.NDArray[np.bool_]:
    return region_mask(INSIDE, series.signals.shape[2:])  # type: ignore[arg-type]


def test_four_lines_lead_from_a_folder_to_a_report(tmp_path: Path, mask: npt.NDArray[np.bool_]) -> None:
    exam = ir.read(LIVER)
    liver = exam.series[0].region(mask, organ="liver", slice_index=1)
    liver.report(tmp_path / "report.pdf", disease="tdt")
    assert (tmp_path / "report.pdf").read_bytes().startswith(b"%PDF")


def test_a_mask_reads_the_digits_that_the_stages_read_from_the_region(
    series: ir.OpenedSeries, mask: npt.NDArray[np.bool_]
) -> None:
    signal = measure_records(series.images, INSIDE, "liver")
    expected = assess_records(
        Exam("x", measurements=(Measurement(signal),), context=Context("tdt")), published_knowledge()
    ).findings[0]
    found = series.region(mask, organ="liver", slice_index=1).assess("tdt").assessment.findings[0]
    assert found.fit is not None
    assert expected.fit is not None
    assert (found.fit.rate, found.grading) == (expected.fit.rate, expected.grading)


def test_a_path_a_zip_bytes_and_open_files_read_the_same(exam: ir.OpenedExam, tmp_path: Path) -> None:
    (packed,) = LIVER.glob("*.zip")
    with ZipFile(packed) as archive:
        archive.extractall(tmp_path / "folder")
    files = [file.read_bytes() for file in sorted((tmp_path / "folder").rglob("*")) if file.is_file()]
    keys = {one.images.key for one in exam.series}
    for source in (str(packed), tmp_path / "folder", packed.read_bytes(), BytesIO(packed.read_bytes()), files):
        assert {one.images.key for one in ir.read(source).series} == keys


def test_a_mask_of_all_slices_is_measured_together(series: ir.OpenedSeries, mask: npt.NDArray[np.bool_]) -> None:
    whole = np.stack([mask, mask, np.zeros_like(mask)])
    both = series.region(whole, organ="liver")
    assert isinstance(both.signal, ir.DecaySignal)
    assert both.signal.n_pixels == 2 * mask.sum()


def test_every_kind_of_file_is_written_by_its_ending(
    series: ir.OpenedSeries, mask: npt.NDArray[np.bool_], tmp_path: Path
) -> None:
    made = series.region(mask, organ="liver", slice_index=1).assess("tdt", lvef_reduced=True, age_years=14)
    for ending in (".pdf", ".csv", ".xlsx", ".fhir.json", ".ipynb", ".dicom.zip", ".ironreport.json"):
        assert made.save(tmp_path / f"one{ending}").stat().st_size > 500
    again = open_exam((tmp_path / "one.ironreport.json").read_text(encoding="utf-8"))
    assert again.context == Context("tdt", (("lvef_reduced", "yes"), ("age_years", "14")))
    assert str(ir.assess(again)) == str(made)


def test_the_printed_report_is_asked_for_whole_on_one_page_or_with_what_is_left_out(
    series: ir.OpenedSeries, mask: npt.NDArray[np.bool_]
) -> None:
    report = series.region(mask, organ="liver", slice_index=1).assess("tdt")
    made = {report.pdf(), report.pdf("Letter"), report.pdf(form="short"), report.pdf(appendix=True)}
    assert len(made | {report.pdf(for_patient=True)}) == 5


def test_numbers_without_images_are_an_organ_too() -> None:
    te_ms = np.arange(1.2, 12.0, 1.2)
    liver = ir.signal("liver", te_ms.tolist(), (1000.0 * np.exp(-te_ms / 5.0)).tolist(), field_tesla=1.5)
    assert liver.fit is not None
    assert liver.fit.time.value == pytest.approx(5.0, rel=1e-6)


def test_the_date_of_the_images_is_that_of_the_exam(series: ir.OpenedSeries) -> None:
    liver = series.region(INSIDE, organ="liver")
    assert liver.exam_date == "2026-11-01"
    for report in (liver.assess("tdt"), ir.assess([liver], disease="tdt")):
        assert report.assessment.exam.exam_date == "2026-11-01"
    assert ir.assess([liver], exam_date="2026-11-02").assessment.exam.exam_date == "2026-11-02"


@pytest.mark.parametrize(
    ("te_ms", "signals", "code"),
    [
        ([0.0012, 0.0025, 0.0038, 0.0051], [812.0, 640.0, 502.0, 396.0], "TE_UNIT_CONTRADICTS"),
        ([70.0, 200.0, 300.0, 400.0, 500.0], [466.2, 409.4, 370.4, 335.2, 303.3], "TE_UNIT_CONTRADICTS"),
        ([1.2, 2.5, 3.8, 5.1, 6.4], [5.92, 5.59, 5.27, 4.94, 4.62], "SIGNAL_MAYBE_LOGARITHM"),
        ([53.63, 34.77, 22.54, 14.61, 9.48], [1.2, 2.5, 3.8, 5.1, 6.4], "COLUMNS_MAYBE_SWAPPED"),
    ],
)
def test_numbers_that_look_like_something_else_get_no_class(
    te_ms: list[float], signals: list[float], code: str
) -> None:
    finding = ir.signal("liver", te_ms, signals, field_tesla=1.5).finding
    assert finding.grading is None
    assert code in {caution.code for caution in finding.measurement.signal.cautions}


def test_what_was_transfused_gives_the_iron_balance(series: ir.OpenedSeries, mask: npt.NDArray[np.bool_]) -> None:
    liver = series.region(mask, organ="liver", slice_index=1)
    earlier = ir.PreviousResult(
        "liver", "2025-10-01", field_tesla=1.5, calibration="hernando-2023", r2star_per_s=100.0, lic_mg_per_g=2.44
    )
    made = ir.assess(
        liver,
        disease="tdt",
        previous=[earlier],
        exam_date="2026-10-01",
        transfused=ir.Transfused(weight_kg=60.0, n_units=30.0),
    )
    assert made.content.balance is not None
    assert not made.content.balance.absence


def test_another_calibration_is_one_word_away(series: ir.OpenedSeries, mask: npt.NDArray[np.bool_]) -> None:
    liver = series.region(mask, organ="liver", slice_index=1)
    other = liver.with_choices(calibration="garbowski-2014")
    assert liver.finding.estimate is not None
    assert other.finding.estimate is not None
    assert liver.finding.estimate.iron != other.finding.estimate.iron


lax: Any = ir
"""The same names for calls that a type checker would refuse."""

MISTAKES: dict[str, tuple[str, Callable[[Any, Any], Any]]] = {
    "an organ's capital": ("UNKNOWN_ORGAN", lambda s, m: s.region(m, organ="Liver", slice_index=1)),
    "a mask of other images": ("MASK_SHAPE", lambda s, m: s.region(m[:9], organ="liver")),
    "a mask without its slice": ("MASK_SLICE", lambda s, m: s.region(m, organ="liver")),
    "a mask of zeros": ("MASK_EMPTY", lambda s, m: s.region(m & False, organ="liver", slice_index=1)),
    "a volume of zeros": ("MASK_EMPTY", lambda s, m: s.region(np.stack([m & False] * 3), organ="liver")),
    "a mask of two slices": ("MASK_SHAPE", lambda s, m: s.region(np.stack([m, m]), organ="liver")),
    "labels 0 to 255": (
        "MASK_LABELS", lambda s, m: s.region(np.arange(m.size).reshape(m.shape) % 256, organ="liver", slice_index=1)
    ),
    "a slice that is not there": ("SLICE_OUTSIDE", lambda s, m: s.region(m, organ="liver", slice_index=7)),
    "words for a mask": ("MASK_SHAPE", lambda s, _: s.region("liver", organ="liver")),
    "a path that is not there": ("NO_FILE", lambda _s, _m: lax.read("nowhere/at/all")),
    "a number for a path": ("NOT_A_SOURCE", lambda _s, _m: lax.read(7)),
    "a folder without images": ("NO_SERIES", lambda _s, _m: lax.read(Path(__file__).parent)),
    "a disease's capitals": ("UNKNOWN_DISEASE", lambda s, m: s.region(m, organ="liver", slice_index=1).assess("TDT")),
    "a fact that no form asks": ("UNKNOWN_FACT", lambda s, _: lax.assess(s.region(INSIDE, "liver"), facts={"bmi": 20})),
    "an answer that is none": (
        "UNKNOWN_ANSWER", lambda s, _: lax.assess(s.region(INSIDE, "liver"), facts={"lvef_reduced": "maybe"})
    ),
    "words for a number": (
        "UNKNOWN_ANSWER", lambda s, _: lax.assess(s.region(INSIDE, "liver"), facts={"age_years": "ten"})
    ),
    "an exam and a disease": ("EXAM_HAS_CONTEXT", lambda _s, _m: lax.assess(Exam("x"), disease="tdt")),
    "a shape that is none": ("REGION_INVALID", lambda s, _: s.region(Region("circle", 62, 42, 8, 8), "liver")),  # type: ignore[arg-type]
    "a path for a mask": ("MASK_SHAPE", lambda s, _: s.region("liver.nii.gz", organ="liver")),
    "no region at all": ("NO_REGION", lambda s, _: s.region([], organ="liver")),
    "a date as it is spoken": (
        "NOT_A_DATE", lambda s, _: lax.assess(s.region(INSIDE, "liver"), exam_date="1.11.2026")
    ),
    "an earlier date as it is spoken": (
        "NOT_A_DATE",
        lambda s, _: lax.assess(s.region(INSIDE, "liver"), previous=[lax.PreviousResult("liver", "1.10.2025")]),
    ),
    "an earlier organ's capital": (
        "UNKNOWN_ORGAN",
        lambda s, _: lax.assess(s.region(INSIDE, "liver"), previous=[lax.PreviousResult("Liver", "2025-10-01")]),
    ),
    "nothing at all": ("NOTHING_MEASURED", lambda _s, _m: lax.assess([])),
    "a number for an organ": ("NOTHING_MEASURED", lambda _s, _m: lax.assess(7)),
    "an organ twice": ("ORGAN_TWICE", lambda s, _: lax.assess([s.region(INSIDE, "liver")] * 2)),
    "an ending that is none": ("UNKNOWN_ENDING", lambda s, _: s.region(INSIDE, "liver").report("report.doc")),
    "a folder that is not there": ("NOT_WRITTEN", lambda s, _: s.region(INSIDE, "liver").report("no/where/r.pdf")),
    "no field strength": ("NOT_A_FIELD", lambda _s, _m: lax.signal("liver", [1, 2, 3], [9, 8, 7])),
    "a field strength in words": (
        "NOT_A_FIELD", lambda _s, _m: lax.signal("liver", [1, 2, 3], [9, 8, 7], field_tesla="1.5")
    ),
    "a contrast that is none": (
        "UNKNOWN_CONTRAST",
        lambda _s, _m: lax.signal("liver", [1, 2, 3], [9, 8, 7], field_tesla=1.5, contrast="T1"),
    ),
    "words for echo times": (
        "NOT_NUMBERS", lambda _s, _m: lax.signal("liver", ["a"], [9], field_tesla=1.5)
    ),
    "no echo": ("NO_NUMBERS", lambda _s, _m: lax.signal("liver", [], [], field_tesla=1.5)),
    "words for typed echo times": ("NOT_NUMBERS", lambda _s, _m: lax.read(LIVER, te_ms="1.2")),
    "typed echo times below zero": ("TE_NOT_POSITIVE", lambda _s, _m: lax.read(LIVER, te_ms=[-1.2, 2.4])),
    "typed echo times without a number": ("TE_NOT_POSITIVE", lambda _s, _m: lax.read(LIVER, te_ms=[float("nan"), 2.4])),
    "an empty path": ("NO_FILE", lambda _s, _m: lax.read("")),
    "a path without end": ("NO_FILE", lambda _s, _m: lax.read("a" * 5000)),
    "progress that is no function": ("NOT_CALLABLE", lambda _s, _m: lax.read(LIVER, progress=3)),
    "a number for a series": ("NOT_A_SERIES", lambda _s, m: lax.measure(3, m, "liver")),
    "an exam for a series": ("NOT_A_SERIES", lambda _s, m: lax.measure(lax.read(LIVER), m, "liver")),
    "a slice in words": ("MASK_SLICE", lambda s, m: s.region(m, "liver", slice_index="1")),
    "half a slice": ("MASK_SLICE", lambda s, m: s.region(m, "liver", slice_index=1.5)),
    "a region of another slice": ("MASK_SLICE", lambda s, _: s.region(INSIDE, "liver", slice_index=2)),
    "a volume of another slice": (
        "MASK_SLICE", lambda s, m: s.region(np.stack([m, m, m & False]), "liver", slice_index=0)
    ),
    "a mask of shares": ("MASK_FRACTIONAL", lambda s, m: s.region(np.where(m, 0.5, 0.0), "liver", slice_index=1)),
    "a mask without numbers": (
        "MASK_FRACTIONAL", lambda s, m: s.region(np.where(m, np.nan, 0.0), "liver", slice_index=1)
    ),
    "a mask of rows unlike": ("MASK_SHAPE", lambda s, _: s.region([[1], [1, 0]], "liver", slice_index=1)),
    "a number for a place": ("NOT_A_TEXT", lambda s, _: s.region(INSIDE, "liver", location=3)),
    "words for a centre": ("REGION_INVALID", lambda s, _: s.region(Region("ellipse", "a", 2, 3, 4), "liver")),  # type: ignore[arg-type]
    "no corners": ("REGION_INVALID", lambda _s, _m: Region.polygon([])),
    "corners in three numbers": ("REGION_INVALID", lambda _s, _m: lax.Region.polygon([(1, 2, 3)] * 4)),
    "words for a noise": ("NOT_A_NOISE", lambda s, _: s.map("air")),
    "a calibration that is none": (
        "UNKNOWN_CALIBRATION", lambda s, _: s.region(INSIDE, "liver").with_choices(calibration="hernando")
    ),
    "a ladder that is none": ("UNKNOWN_LADDER", lambda s, _: s.region(INSIDE, "liver").with_choices(ladder="x")),
    "a method that is none": ("UNKNOWN_METHOD", lambda s, _: s.region(INSIDE, "liver").with_choices(method="x")),
    "an echo that is not there": ("NO_SUCH_ECHO", lambda s, _: s.region(INSIDE, "liver").with_choices(left_out=[99])),
    "half an echo": ("NO_SUCH_ECHO", lambda s, _: s.region(INSIDE, "liver").with_choices(left_out=[1.5])),
    "an age that nobody has": (
        "UNKNOWN_ANSWER", lambda s, _: lax.assess(s.region(INSIDE, "liver"), facts={"age_years": -5})
    ),
    "an age that is no number": (
        "UNKNOWN_ANSWER", lambda s, _: lax.assess(s.region(INSIDE, "liver"), facts={"age_years": float("nan")})
    ),
    "facts in words": ("NOT_FACTS", lambda s, _: lax.assess(s.region(INSIDE, "liver"), facts="lvef")),
    "an earlier result in words": ("NOT_A_RESULT", lambda s, _: lax.assess(s.region(INSIDE, "liver"), previous=["7"])),
    "an earlier iron that is no number": (
        "NOT_A_NUMBER",
        lambda s, _: lax.assess(
            s.region(INSIDE, "liver"), previous=[lax.PreviousResult("liver", "2025-10-01", lic_mg_per_g=float("nan"))]
        ),
    ),
    "a weight in words": (
        "NOT_A_NUMBER",
        lambda s, _: lax.assess(s.region(INSIDE, "liver"), transfused=lax.Transfused(weight_kg="60")),
    ),
    "a number for what was transfused": (
        "NOT_TRANSFUSED", lambda s, _: lax.assess(s.region(INSIDE, "liver"), transfused=3)
    ),
    "a number for a date": ("NOT_A_DATE", lambda s, _: lax.assess(s.region(INSIDE, "liver"), exam_date=20261101)),
    "a number for a pseudonym": ("NOT_A_TEXT", lambda s, _: lax.assess(s.region(INSIDE, "liver"), pseudonym=7)),
    "an exam and a pseudonym": ("EXAM_HAS_CONTEXT", lambda _s, _m: lax.assess(Exam("x"), pseudonym="y")),
    "a paper that is none": ("UNKNOWN_WORD", lambda s, _: s.region(INSIDE, "liver").assess().pdf("a4")),
    "a form that is none": ("UNKNOWN_WORD", lambda s, _: s.region(INSIDE, "liver").assess().pdf(form="long")),
    "nothing for a path": ("NOT_A_PATH", lambda s, _: s.region(INSIDE, "liver").report(None)),
    "one signal too few": ("UNEQUAL_LENGTHS", lambda _s, _m: lax.signal("liver", [1, 2, 3], [9, 8], field_tesla=1.5)),
}  # fmt: skip


@pytest.mark.parametrize(("code", "mistake"), MISTAKES.values(), ids=MISTAKES)
def test_a_mistake_is_a_sentence_with_its_cure(
    code: str, mistake: Callable[..., Any], series: ir.OpenedSeries, mask: npt.NDArray[np.bool_]
) -> None:
    with pytest.raises(IronReportError) as refused:
        mistake(series, mask)
    assert refused.value.refusal.code == code
    assert refused.value.refusal.cure.endswith(".")
    assert len(str(refused.value)) < 600


def test_numbers_of_numpy_and_hidden_pixels_of_its_masks_are_understood(
    series: ir.OpenedSeries, mask: npt.NDArray[np.bool_]
) -> None:
    liver = series.region(mask, "liver", slice_index=int(np.int64(1)))
    hidden = series.region(np.ma.MaskedArray(np.ones(mask.shape), ~mask), "liver", slice_index=1)
    assert repr(hidden) == repr(liver)
    facts = liver.assess("tdt", lvef_reduced=bool(np.True_)).assessment.exam.context.facts
    assert ir.assess(liver, disease="tdt", facts={"lvef_reduced": np.True_}).assessment.exam.context.facts == facts  # type: ignore[dict-item]


def test_open_files_that_give_nothing_are_refused_in_words(tmp_path: Path) -> None:
    with (tmp_path / "exam.zip").open("wb") as file, pytest.raises(IronReportError, match="rb"):
        ir.read(file)
    with pytest.raises(IronReportError, match="rb"):
        ir.read(file)


def test_organs_of_two_patients_are_never_one_exam(series: ir.OpenedSeries) -> None:
    other = ir.read(samples_folder() / "heart_1t5_ge").series[0]
    heart = other.region(Region("ellipse", 64, 64, 8, 8), organ="heart")
    with pytest.raises(IronReportError) as refused:
        ir.assess([series.region(INSIDE, organ="liver"), heart])
    assert refused.value.refusal.code == "TWO_EXAMS"


def test_nothing_that_one_meets_prints_more_than_300_characters(exam: ir.OpenedExam) -> None:
    liver = exam.series[0].region(INSIDE, organ="liver")
    te_ms = exam.series[0].te_ms
    pixels = exam.series[0].signals[1, :, 56:70, 36:50].reshape(len(te_ms), -1).T
    fits = (ir.fit_region(te_ms, pixels), ir.fit_pixels(te_ms, pixels))
    report = liver.assess("tdt")
    corners = ir.Region.polygon([(60.0 + np.sin(a), 40.0 + np.cos(a)) for a in range(300)])
    assert 10 < len(repr(corners)) < 300
    shown = (exam, exam.series[0], exam.series[0].images, exam.series[0].map(), liver, report, report.organ("liver"))
    assessment = report.assessment
    behind = (liver.signal, liver.fit, liver.finding, assessment, assessment.exam, assessment.guidance)
    for met in (*shown, *behind, *fits):
        assert 10 < len(repr(met)) < 300


def test_everything_one_meets_shows_itself_without_script_or_network(exam: ir.OpenedExam) -> None:
    liver = exam.series[0].region(INSIDE, organ="liver")
    for met in (exam, exam.series[0], exam.series[0].map(), liver, liver.fit, liver.finding, liver.assess("tdt")):
        shown = met._repr_html_()  # type: ignore[union-attr]
        assert "<script" not in shown
        assert "http" not in shown


def test_what_the_scanner_wrote_is_shown_as_text(series: ir.OpenedSeries) -> None:
    from dataclasses import replace

    hostile = ir.OpenedSeries(replace(series.images, label='<img src=x onerror="alert(1)">'))
    assert "<img src=x" not in hostile._repr_html_()


def test_importing_the_package_loads_nothing_else() -> None:
    code = (
        "import sys, ironreport; print(sum(m.partition('.')[0] in ('numpy', 'pydicom', 'scipy') for m in sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "0"


def test_reading_loads_nothing_that_only_a_notebook_export_needs() -> None:
    code = "import sys, ironreport as ir; ir.read; print('jsonschema' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


@pytest.mark.parametrize("name", ["assess", "measure", "report"])
def test_a_room_and_the_function_of_its_name_are_both_there(name: str) -> None:
    room = getattr(ir, name)
    assert callable(room)
    assert room is sys.modules[f"ironreport.{name}"]


def test_every_public_name_is_there_and_typed() -> None:
    assert all(getattr(ir, name) is not None for name in ir.__all__)
    assert set(ir.__all__) <= set(dir(ir))
    with pytest.raises(AttributeError, match="It offers"):
        _ = ir.nothing


def test_a_quick_reading_says_nothing_and_a_slow_one_its_progress(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    ir.read(LIVER)
    later = iter(range(0, 100_000, 10))
    monkeypatch.setattr(time, "monotonic", lambda: float(next(later)))
    capsys.readouterr()
    ir.read(LIVER)
    assert "Reading:" in capsys.readouterr().err


def test_series_read_by_the_stages_can_be_measured_too() -> None:
    found = read_series([(file.name, file.read_bytes()) for file in sorted(LIVER.rglob("*")) if file.is_file()])
    assert ir.measure(found.series[0], INSIDE, "liver").fit is not None


def test_a_region_prints_as_it_is_written() -> None:
    region = ir.Region("ellipse", 62.0, 42.5, 16.0, 12.0, slice_index=1)
    assert eval(repr(region), {"Region": ir.Region}) == region
