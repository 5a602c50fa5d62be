"""A damaged, hostile or hand-changed exam file opens with its doubts said, or is refused with a sentence and a cure."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from benchmarks.exam_files.mutations import good_exam, mutated, outcome
from ironreport.assess import assess
from ironreport.assess.answerable import check_answerable
from ironreport.cli import app
from ironreport.errors import AssessmentError, IntakeError, IronReportError
from ironreport.exam import LARGEST_FILE_BYTES, VERSION, open_exam, save_exam
from ironreport.exam.contents import MOST_CAUTIONS, MOST_EARLIER, MOST_ECHOES, MOST_MEASUREMENTS, MOST_PARTS
from ironreport.exam.found_anew import found_anew
from ironreport.exports import export
from ironreport.intake import read_series
from ironreport.knowledge import published_knowledge
from ironreport.measure.region_signals import measure
from ironreport.records import Assessment, Context, Exam, Measurement, PreviousResult, PrintedResult, Region
from ironreport.report import describe
from ironreport.report.fhir import to_fhir
from ironreport.synthetic.samples import sample_exam, sample_images, sample_signal
from ironreport.ui import panel
from ironreport.ui.keeping import keep_copy
from ironreport.writing import write_whole

KNOWLEDGE = published_knowledge()
LIVER = "liver_1t5_heavy"


def saved(exam: Exam | None = None) -> dict[str, Any]:
    """The entries of a good file, with what was found."""
    exam = sample_exam() if exam is None else exam
    body: dict[str, Any] = json.loads(save_exam(exam, assess(exam, KNOWLEDGE)))
    return body


def signal_of(body: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = body["exam"]["measurements"][0]["signal"]
    return found


def opened(body: dict[str, Any]) -> Exam:
    return open_exam(json.dumps(body))


def refused(content: str | bytes) -> IronReportError:
    with pytest.raises(IntakeError) as error:
        open_exam(content)
    assert error.value.refusal.what and error.value.refusal.cure
    return error.value


def codes(found: Assessment, organ: str) -> set[str]:
    finding = found.finding(organ)
    assert finding is not None
    return {caution.code for caution in finding.cautions}


# ------------------------------------------------------------------------------------- any damage


@settings(max_examples=40)
@given(seed=st.integers(0, 2**31))
def test_any_damage_opens_or_is_refused_with_a_cure(seed: int) -> None:
    """``python -m benchmarks.exam_files`` tries 2,000; another exception than a refusal fails here."""
    assert outcome(mutated(good_exam(), seed))


def test_the_good_file_opens_with_no_doubt() -> None:
    assert outcome(good_exam()) == "opened"
    found = assess(open_exam(good_exam()), KNOWLEDGE)
    assert {f.organ: [c.code for c in f.cautions] for f in found.findings} == {
        organ: [] for organ in ("heart", "liver", "pancreas", "kidney")
    }


# ------------------------------------------------------------------------------------ what is refused


def _with(change: Callable[[dict[str, Any]], object]) -> str:
    body = saved()
    change(body)
    return json.dumps(body)


DAMAGES: dict[str, Callable[[dict[str, Any]], object]] = {
    "field strength without end": lambda b: signal_of(b).update(field_tesla=float("inf")),
    "field strength below zero": lambda b: signal_of(b).update(field_tesla=-1.5),
    "field strength of zero": lambda b: signal_of(b).update(field_tesla=0.0),
    "no number": lambda b: signal_of(b).update(field_tesla=float("nan")),
    "echo times as text": lambda b: signal_of(b).update(te_ms=[str(t) for t in signal_of(b)["te_ms"]]),
    "echo times as one text": lambda b: signal_of(b).update(te_ms="1.2 2.4 3.6"),
    "no echo": lambda b: signal_of(b).update(te_ms=[], signal=[]),
    "a signal too few": lambda b: signal_of(b)["signal"].pop(),
    "an entry that is not known": lambda b: signal_of(b).update(sigma=3.0),
    "an entry that is not known at the top": lambda b: b.update(note="x"),
    "a number of 40 digits": lambda b: signal_of(b).update(n_pixels=10**40),
    "a huge number of pixels": lambda b: signal_of(b).update(n_pixels=10**20),
    "true for a number": lambda b: signal_of(b).update(field_tesla=True),
    "half a character": lambda b: b["exam"].update(pseudonym="\ud800"),
    "a text of 100,000 characters": lambda b: b["exam"].update(pseudonym="x" * 100_000),
    "too many echoes": lambda b: signal_of(b).update(
        te_ms=[1.0 + t for t in range(MOST_ECHOES + 1)], signal=[100.0] * (MOST_ECHOES + 1)
    ),
    "too many parts": lambda b: signal_of(b).update(parts=[dict(signal_of(b))] * (MOST_PARTS + 1)),
    "parts in parts": lambda b: signal_of(b).update(parts=[{**signal_of(b), "parts": [dict(signal_of(b))]}]),
    "too many doubts": lambda b: signal_of(b).update(cautions=[{"code": "X", "text": "x"}] * (MOST_CAUTIONS + 1)),
    "too many measurements": lambda b: b["exam"].update(
        measurements=[
            {"signal": {**signal_of(b), "organ": f"organ {n}"}, "choices": {}} for n in range(MOST_MEASUREMENTS + 1)
        ]
    ),
    "an organ twice": lambda b: b["exam"]["measurements"].append(b["exam"]["measurements"][0]),
    "too many earlier results": lambda b: b["exam"]["context"].update(
        previous=[{"organ": "liver", "r2star_per_s": 200.0}] * (MOST_EARLIER + 1)
    ),
    "an earlier result of zero": lambda b: b["exam"]["context"].update(
        previous=[{"organ": "liver", "r2star_per_s": 0}]
    ),
    "no exam": lambda b: b.pop("exam"),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_file_is_refused_with_its_place_and_a_cure(damage: str) -> None:
    error = refused(_with(DAMAGES[damage]))
    assert error.refusal.code == "EXAM_DAMAGED"
    assert "unchanged copy" in error.refusal.cure


@pytest.mark.parametrize("version", ["2", None, 0, -1, True, 2.0, [2]])
def test_a_version_that_is_no_whole_number_is_no_newer_version(version: object) -> None:
    assert refused(_with(lambda b: b.update(version=version))).refusal.code == "NOT_AN_EXAM"


@pytest.mark.parametrize("version", [VERSION + 1, 10**6])
def test_a_later_version_is_called_newer(version: int) -> None:
    assert "newer version" in str(refused(_with(lambda b: b.update(version=version))).refusal)


@pytest.mark.parametrize("entry", ["exam", "format", "version", "te_ms", "organ"])
def test_an_entry_that_stands_twice_is_refused(entry: str) -> None:
    text = json.dumps(saved()).replace(f'"{entry}":', f'"{entry}": 1, "{entry}":', 1)
    assert "twice" in str(refused(text).refusal)


@pytest.mark.parametrize("digits", ["1" * 5_000, "1e999", "-Infinity", "NaN"])
def test_a_number_that_is_none_is_refused_before_it_is_read(digits: str) -> None:
    text = json.dumps(saved()).replace('"n_coils": 1', f'"n_coils": {digits}', 1)
    assert refused(text).refusal.code == "EXAM_DAMAGED"


def test_a_file_that_is_too_large_is_refused_unread() -> None:
    assert refused("x" * (LARGEST_FILE_BYTES + 1)).refusal.code == "EXAM_TOO_BIG"


def test_bytes_that_are_no_text_are_refused() -> None:
    assert refused(b"\xff\xfe\x00{").refusal.code == "NOT_AN_EXAM"


def test_a_byte_order_mark_is_skipped() -> None:
    text = save_exam(sample_exam())
    assert open_exam("\ufeff" + text) == open_exam(b"\xef\xbb\xbf" + text.encode()) == sample_exam()


def test_a_refusal_names_no_entry_of_the_file() -> None:
    error = refused(_with(lambda b: signal_of(b).update({"DOE^JANE": 1})))
    assert "DOE" not in str(error) and "measurements.0.signal" in str(error)


def test_a_wrong_entry_is_named_for_the_kind_of_measurement_that_stands_there() -> None:
    assert "signal.te_ms.0" in str(refused(_with(DAMAGES["echo times as text"])))
    exam = Exam("x", measurements=(Measurement(PrintedResult("heart", 1.5, t2star_ms=12.0)),))
    body = saved(exam)
    signal_of(body)["t2star_ms"] = "12"
    assert "signal.t2star_ms" in str(refused(json.dumps(body)))


@pytest.mark.parametrize(
    "exam",
    [
        Exam("x", measurements=(Measurement(replace(sample_signal(LIVER), organ="xx")),)),
        Exam("x", context=Context(previous=(PreviousResult("xx", r2star_per_s=200.0),))),
        Exam("x", context=Context("xx")),
    ],
)
def test_an_organ_or_disease_that_is_not_known_is_not_let_in(exam: Exam) -> None:
    with pytest.raises(AssessmentError) as error:
        check_answerable(exam, KNOWLEDGE)
    assert "xx" not in str(error.value) and "liver" in error.value.refusal.cure + "liver"
    assert check_answerable(sample_exam(), KNOWLEDGE) is None  # type: ignore[func-returns-value]


@pytest.mark.parametrize("command", [["report", "--pdf", "x.pdf"], ["export", "--to", "csv", "--out", "x.csv"]])
def test_the_command_line_refuses_an_unknown_organ_and_writes_nothing(
    command: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    exam = Exam("x", measurements=(Measurement(replace(sample_signal(LIVER), organ="xx")),))
    (tmp_path / "x.ironreport.json").write_text(save_exam(exam), encoding="utf-8")
    ended = CliRunner().invoke(app, [command[0], "x.ironreport.json", *command[1:]])
    assert isinstance(ended.exception, AssessmentError)
    assert [p.name for p in tmp_path.iterdir()] == ["x.ironreport.json"]


@pytest.mark.parametrize("organ", ["heart", "xx"])
def test_the_app_lets_in_what_its_pages_can_show(organ: str, monkeypatch: pytest.MonkeyPatch) -> None:
    exam = Exam("x", measurements=(Measurement(replace(sample_signal(LIVER), organ=organ)),))
    session: dict[str, Any] = {"file": io.BytesIO(save_exam(exam).encode()), "exam": sample_exam()}
    monkeypatch.setattr("streamlit.session_state", session)
    panel._open("file")
    if organ == "heart":
        assert session["exam"] == exam
    else:
        assert session["exam"] == sample_exam() and session["open-refused"].code == "UNKNOWN_ORGAN"


# ------------------------------------------------------------------------- doubts that are found anew


@pytest.mark.parametrize(("factor", "code"), [(1000.0, "TE_MAYBE_MICROSECONDS"), (0.001, "TE_MAYBE_SECONDS")])
def test_a_unit_that_cannot_be_withholds_the_class_though_the_file_is_silent(factor: float, code: str) -> None:
    body = saved()
    signal = signal_of(body)
    signal.update(te_ms=[t * factor for t in signal["te_ms"]], cautions=[])
    exam = opened(body)
    found = assess(exam, KNOWLEDGE)
    finding = found.finding(exam.measurements[0].organ)
    assert finding is not None and finding.grading is None
    assert code in codes(found, finding.organ)


def test_a_doubt_that_the_file_holds_is_said_once() -> None:
    body = saved()
    signal = signal_of(body)
    signal["te_ms"] = [t * 1000 for t in signal["te_ms"]]
    once = opened(body)
    again = open_exam(save_exam(once))
    assert again == once
    assert len([c for c in again.measurements[0].signal.cautions if c.code == "TE_MAYBE_MICROSECONDS"]) == 1


@pytest.fixture(scope="module")
def with_pixels() -> Exam:
    series = read_series([sample_images()]).series[0]
    return Exam("x", measurements=(Measurement(measure(series, Region("ellipse", 60.0, 40.0, 9.0, 9.0), "liver")),))


@pytest.mark.parametrize("scale", [0.5, 2.0])
def test_a_pixel_curve_that_is_not_of_the_mean_beside_it_gets_no_class(with_pixels: Exam, scale: float) -> None:
    body = saved(with_pixels)
    pixels = signal_of(body)["pixels"]
    for curve in (pixels["curve"], *pixels["replicates"]):
        curve[:] = [x * scale**i for i, x in enumerate(curve)]  # another decay
    found = assess(opened(body), KNOWLEDGE).finding("liver")
    assert found is not None and found.grading is None
    assert "PIXELS_CONTRADICT_MEAN" in {c.code for c in found.cautions}


def test_a_pixel_curve_that_is_not_of_its_resampled_curves_gets_no_class(with_pixels: Exam) -> None:
    body = saved(with_pixels)
    signal = signal_of(body)
    signal["pixels"]["curve"] = [x * 1.3**i for i, x in enumerate(signal["pixels"]["curve"])]
    signal["signal"] = [x * 1.3**i for i, x in enumerate(signal["signal"])]
    signal["sd"] = [1e6] * len(signal["sd"])  # with this scatter any mean could be
    found = assess(opened(body), KNOWLEDGE).finding("liver")
    assert found is not None and found.grading is None


def test_parts_of_another_train_get_no_class() -> None:
    body = json.loads(good_exam())
    pancreas = next(m for m in body["exam"]["measurements"] if m["signal"]["organ"] == "pancreas")["signal"]
    pancreas["parts"][0]["te_ms"] = [t * 0.5 for t in pancreas["parts"][0]["te_ms"]]
    assert "PARTS_CONTRADICT" in codes(assess(opened(body), KNOWLEDGE), "pancreas")


@given(row=st.floats(20.0, 100.0), column=st.floats(20.0, 110.0), size=st.floats(4.0, 24.0), screened=st.booleans())
@settings(max_examples=15)
def test_no_region_of_an_image_contradicts_itself(row: float, column: float, size: float, screened: bool) -> None:
    series = read_series([sample_images()]).series[0]
    try:
        signal = measure(series, Region("ellipse", row, column, size, size), "liver", screened=screened)
    except IronReportError:
        return
    assert found_anew(signal) == ()


# ---------------------------------------------------------------------------- both results are said


def test_a_file_that_was_changed_by_hand_says_so_and_keeps_its_class() -> None:
    body = saved()
    body["exam"]["measurements"][0]["signal"]["location"] = "septum"
    found = assess(opened(body), KNOWLEDGE)
    assert all("FILE_CHANGED" in codes(found, f.organ) and f.grading is not None for f in found.findings)


def test_another_order_and_other_spaces_are_no_change() -> None:
    body = json.loads(
        json.dumps(saved(), sort_keys=True), parse_float=lambda x: int(float(x)) if x.endswith(".0") else float(x)
    )
    assert opened(body) == opened(saved())
    assert "FILE_CHANGED" not in codes(assess(opened(body), KNOWLEDGE), "heart")


def test_a_file_without_its_fingerprint_was_changed() -> None:
    body = saved()
    del body["content_sha256"]
    assert "FILE_CHANGED" in codes(assess(opened(body), KNOWLEDGE), "heart")


def test_a_stored_number_that_differs_is_shown_beside_what_is_computed_now() -> None:
    body = saved()
    stored = next(m for m in body["exam"]["measurements"] if m["signal"]["organ"] == "heart")["stored"]
    stored.update(values=[["t2star_ms", 31.0], ["r2star_per_s", 1000 / 31.0]], grade="normal")
    found = assess(opened(body), KNOWLEDGE)
    finding = found.finding("heart")
    assert finding is not None and finding.grading is not None and finding.grading.grade == "severe"
    text = next(c.text for c in finding.cautions if c.code == "FILE_SAYS_OTHERWISE")
    assert "T2* 31 ms" in text and "T2* 8.051 ms" in text and "computed now" in text
    assert 'class "no significant iron by T2*"; computed now' in text and 'class "severe"' in text.casefold()
    assert "FILE_SAYS_OTHERWISE" not in codes(found, "liver")


def test_a_class_of_the_file_that_is_no_word_of_ours_is_not_repeated() -> None:
    body = saved()
    body["exam"]["measurements"][0]["stored"]["grade"] = "DOE^JANE"
    text = repr(assess(opened(body), KNOWLEDGE).findings[0].cautions)
    assert "DOE" not in text and "unknown here" in text


def test_a_result_is_no_longer_compared_once_the_choices_are_others() -> None:
    exam = open_exam(save_exam(sample_exam(), assess(sample_exam(), KNOWLEDGE)))
    assert exam.measurements[0].stored is not None
    assert exam == open_exam(save_exam(exam))
    assert exam == open_exam(save_exam(exam, assess(exam, KNOWLEDGE)))


# --------------------------------------------------------------------------------- out and to disk


def test_direction_marks_of_a_name_reach_no_table_and_no_bundle() -> None:
    name = "IR-\u202e21\u202c \u2066x\u2069 \u200fy \u061c"
    exam = replace(sample_exam(), pseudonym=name)
    assessment = assess(exam, KNOWLEDGE)
    content = describe(assessment, KNOWLEDGE)
    table = export("csv", assessment, content, KNOWLEDGE).decode("utf-8-sig")
    row = next(iter(csv.DictReader(io.StringIO(table))))
    assert row["patient"].startswith("IR-21 x y")
    bundle = to_fhir(assessment, content, KNOWLEDGE).decode()
    assert "IR-21" in bundle
    assert not {*"\u202e\u202c\u2066\u2069\u200f\u061c"} & {*table, *bundle}


@pytest.mark.parametrize("step", ["os.fsync", "pathlib.Path.replace"])
def test_a_full_disk_leaves_the_old_file_and_nothing_else(
    step: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = keep_copy(sample_exam(), tmp_path, "ab12cd34")
    before = path.read_bytes()

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(step, full)
    with pytest.raises(IronReportError) as error:
        keep_copy(replace(sample_exam(), pseudonym="another"), tmp_path, "ab12cd34")
    assert error.value.refusal.code == "NOT_KEPT"
    assert [p.name for p in tmp_path.iterdir()] == [path.name] and path.read_bytes() == before


def test_a_file_is_written_whole(tmp_path: Path) -> None:
    write_whole(tmp_path / "a", b"one")
    write_whole(tmp_path / "a", b"two")
    assert [(p.name, p.read_bytes()) for p in tmp_path.iterdir()] == [("a", b"two")]


@pytest.mark.parametrize("port", ["x", "8501.5"])
def test_a_port_that_is_none_is_refused_with_a_sentence(port: str) -> None:
    ended = CliRunner().invoke(app, ["--port", port])
    assert ended.exit_code == 2 and "http://" not in ended.output
