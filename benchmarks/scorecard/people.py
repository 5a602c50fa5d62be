"""Rows about people: nobody meets another's result, nothing old is shown, many can work at once."""

from __future__ import annotations

import importlib.util
import itertools
import re
from dataclasses import replace
from typing import Any

from benchmarks.scorecard.row import ROOT, Measured, Row, by_tests, run
from ironreport.assess import assess
from ironreport.knowledge import published_knowledge
from ironreport.records import DecaySignal
from ironreport.report import describe
from ironreport.report.pdf import write_pdf
from ironreport.synthetic.samples import sample_exam
from ironreport.ui.report_page import PREVIEW

N_CHANGES = 50
NOT_MEASURED = Measured("not measured: benchmarks.crowd is not there", False)


def next_patients(quick: bool) -> Measured:
    """One session, fifty changes of file, echo time, name and organ: page and PDF are of the exam as it stands."""
    from streamlit.testing.v1 import AppTest  # noqa: PLC0415 - seconds of import that no other row needs

    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=120)
    app.session_state["exam"] = sample_exam()
    page = app.run().switch_page("pages/5_Report.py").run()
    stale, ids = [], set()
    n_changes = 8 if quick else N_CHANGES
    for k, exam in enumerate(itertools.islice(_changed(), n_changes)):
        page.session_state["exam"] = exam
        page.run()
        content = describe(assess(exam, published_knowledge()), published_knowledge())
        ids.add(content.report_id)
        shown = " ".join(str(one.value) for one in page.caption)
        printed = page.session_state[f"{PREVIEW}-newest"].held.pdf()
        if f"report {content.report_id}" not in shown.replace("\\", "") or printed != write_pdf(content):
            stale.append(k)
    said = f"{n_changes - len(stale)} of {n_changes} changes shown and printed as they stand, {len(ids)} reports"
    return Measured(said, not stale and len(ids) == n_changes)


def _changed() -> Any:
    """The sample exam, each time with another echo time, name, set of organs or field."""
    exam = sample_exam()
    for k in itertools.count(1):
        first, *others = exam.measurements
        signal = first.signal
        assert isinstance(signal, DecaySignal)  # noqa: S101 - the sample holds decays
        moved = replace(signal, te_ms=(*signal.te_ms[:-1], round(signal.te_ms[-1] + 0.01, 2)))
        exam = (
            replace(exam, pseudonym=f"IR-{k:04d}") if k % 4 == 1
            else replace(exam, measurements=(replace(first, signal=moved), *others)) if k % 4 == 2
            else replace(exam, measurements=exam.measurements[::-1][: 1 + k % 2] or exam.measurements) if k % 8 == 3
            else replace(sample_exam(), pseudonym=f"next {k}")
        )  # fmt: skip
        yield exam


def crowded(*options: str, most_p95_s: float, most_mib: float) -> Any:
    """Many people at one server, by `benchmarks.crowd`."""

    def measure(quick: bool) -> Measured:
        if importlib.util.find_spec("benchmarks.crowd") is None:
            return NOT_MEASURED
        given = ("--users", "5", "--think", "1", "--runs", "2") if quick else options
        code, said, _ = run("benchmarks.crowd", *given)
        p95 = re.search(r"p95 ([\d.]+) s", said)
        errors = re.search(r"errors: (\d+), another's name seen: (\d+)", said)
        peak = re.search(r"([\d.]+) at most", said) or re.search(r"at most for a moment: ([\d.]+) MiB", said)
        if code or not (p95 and errors and peak):
            return Measured(f"not measured: {said.strip()[-200:]}", False)
        p95_s, mib = float(p95.group(1)), float(peak.group(1))
        good = errors.groups() == ("0", "0") and p95_s <= most_p95_s and mib <= most_mib
        return Measured(f"p95 {p95_s:.2f} s, {errors.group(0)}, {mib:.0f} MiB at most", good)

    return measure


def soak(quick: bool) -> Measured:
    """One visitor for hundreds of pages, and hundreds of tabs opened and closed."""
    if importlib.util.find_spec("benchmarks.crowd") is None:
        return NOT_MEASURED
    said = run("benchmarks.crowd", "--soak", "20" if quick else "400")[1]
    said += run("benchmarks.crowd", "--connects", "10" if quick else "300")[1]
    grown = [float(b) - float(a) for a, b in re.findall(r": ([\d.]+) to ([\d.]+) MiB", said)]
    files = re.search(r"open files: (\d+) at most", said)
    errors = re.findall(r"errors: (\d+), another's name seen: (\d+)", said)
    if len(grown) != 2 or files is None:
        return Measured(f"not measured: {said.strip()[-200:]}", False)
    good = max(grown) <= 10.0 and int(files.group(1)) < 500 and all(one == ("0", "0") for one in errors)
    return Measured(f"{grown[0]:+.0f} MiB and {grown[1]:+.0f} MiB, {files.group(1)} open files, errors {errors}", good)


ROWS = (
    Row(
        "R9", "The next patient in one session: 50 changes", "0 old numbers; the PDF is that of the screen, 50 of 50",
        "python -m benchmarks.scorecard --only R9", next_patients,
    ),
    Row(
        "R10", "Two patients, exams or series in one upload", "6 of 6 refused or asked, with their numbers",
        "pytest tests/intake/test_persons.py",
        by_tests(
            "intake/test_series.py::test_series_of_two_patients_have_different_keys",
            "intake/test_series.py::test_one_exam_of_a_mixed_upload_can_be_chosen",
            "intake/test_series.py::test_two_studies_of_one_patient_are_counted",
            "intake/test_persons.py::test_what_differs_is_another_patient_and_the_torn_series_gets_no_class",
            "intake/test_persons.py::test_images_without_a_patient_between_two_patients_are_given_to_neither",
            "ui/test_workbench.py::test_images_of_another_exam_are_not_mixed_in",
            "ui/test_workbench.py::test_two_exams_in_one_upload_are_measured_only_after_one_was_chosen",
            "ui/test_report_page.py::test_images_of_two_patients_are_not_reported",
            "test_reported_faults.py::test_two_acquisitions_in_one_series_are_never_one_decay", at_least=9,
        ),
    ),
    Row(
        "R15", "50 people, 5 s between two clicks", "0 errors, nobody's name seen, p95 1.0 s, 300 MiB",
        "python -m benchmarks.crowd --users 50 --think 5 --runs 3",
        crowded("--users", "50", "--think", "5", "--runs", "3", most_p95_s=1.0, most_mib=300.0),
    ),
    Row(
        "R16", "100 people", "0 errors, p95 4 s", "python -m benchmarks.crowd --users 100 --think 5 --runs 3",
        crowded("--users", "100", "--think", "5", "--runs", "3", most_p95_s=4.0, most_mib=700.0),
    ),
    Row(
        "R16b", "20 people with a zip of 17 MiB each", "0 errors, 700 MiB",
        "python -m benchmarks.crowd --users 20 --zips 17",
        crowded("--users", "20", "--zips", "17", most_p95_s=60.0, most_mib=700.0),
    ),
    Row(
        "R17", "A long day: 400 pages, 300 tabs", "+10 MiB at most, fewer than 500 open files",
        "python -m benchmarks.crowd --soak 400; --connects 300", soak,
    ),
)  # fmt: skip
