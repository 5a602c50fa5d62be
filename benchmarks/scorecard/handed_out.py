"""Rows about what leaves the program and how it is kept: scripts, exchange formats, self-check, paperwork, endings."""

from __future__ import annotations

import re
import sys
import time
from collections import Counter
from pathlib import Path

from benchmarks.exam_files.mutations import good_exam, mutated, outcome
from benchmarks.scorecard.row import ROOT, Measured, Row, by_tests, promises, run

AUDIT = ROOT / ".venv-audit/bin/python"
PAPERS = ("intended-use.md", "hazards.md", "soup.md", "soup.cdx.json", "anomalies.md", "requirements.md",
          "validation-protocol.md")  # fmt: skip


def selfcheck(quick: bool) -> Measured:
    """The command that users run, in a process of its own."""
    del quick
    code, said, cpu_s = run("ironreport", "selftest")
    rows = Counter(re.findall(r"^(PASS|FAIL)\b", said, re.MULTILINE))
    spent = f"{rows['PASS']} rows PASS, {rows['FAIL']} FAIL, in {cpu_s:.1f} s of processor"
    return Measured(spent, code == 0 and rows["PASS"] >= 15 and not rows["FAIL"] and cpu_s < 10.0)


def paperwork(quick: bool) -> Measured:
    """The documents are there and true, and no package has a vulnerability known to be high."""
    del quick
    missing = [name for name in PAPERS if not (ROOT / "docs" / name).is_file()]
    kept = promises("test_paperwork.py", "test_hazards.py")
    audited, words = audit()
    said = f"{len(PAPERS) - len(missing)} of {len(PAPERS)} documents {missing or ''}; {kept.said}; {words}"
    return Measured(said, not missing and not kept.broken and audited)


def audit() -> tuple[bool, str]:
    """What pip-audit finds in the pinned versions; without its service nothing is known, and that is no PASS."""
    asked = ("pip_audit", "--requirement", "constraints.txt", "--no-deps", "--disable-pip", "--progress-spinner", "off")
    code, said, _ = run(*asked, seconds=300.0, python=AUDIT if AUDIT.exists() else Path(sys.executable))
    if "No module named pip_audit" in said:
        return False, "pip-audit is not installed: make scorecard installs it"
    found = re.search(r"Found (\d+) known vulnerabilit", said)
    unknown = said.count("could not be audited")
    if unknown and not found:
        return False, f"pip-audit: its service knows nothing of {unknown} packages here, so nothing is known"
    if code == 0 and "No known vulnerabilities found" in said:
        return True, "pip-audit: no known vulnerability"
    if found:
        return False, f"pip-audit: {found.group(1)} known vulnerabilities"
    reason = next((line for line in reversed(said.strip().splitlines()) if "Error" in line), said.strip()[-100:])
    return False, f"pip-audit could not ask its service: {reason.strip()[:100]}"


def exam_files(quick: bool) -> Measured:
    """Damaged exam files through every stage and export."""
    n, broken = 60 if quick else 2000, []
    ends: Counter[str] = Counter()
    began = time.process_time()
    for seed in range(500_000, 500_000 + n):
        try:
            ends[outcome(mutated(good_exam(), seed))] += 1
        except Exception as error:
            broken.append(f"{seed} {type(error).__name__}")
    said = f"{n} files: {len(broken)} exceptions {broken[:3] or ''}, {ends['opened']} opened, {len(ends) - 1} reasons"
    return Measured(f"{said}, {time.process_time() - began:.0f} s", not broken)


def killed(quick: bool) -> Measured:
    """What was confirmed is there after kill -9 of writers, server and browser."""
    n = "5" if quick else "50"
    code, said, _ = run("benchmarks.killed", "--moments", n)
    return Measured("; ".join(said.strip().splitlines()[-4:]), code == 0)


def pythons(quick: bool) -> Measured:
    """The quick tests under each Python that is supported."""
    code, said, _ = run("benchmarks.pythons", *(("--tests", "tests/test_exam.py") if quick else ()))
    lines = [line for line in said.splitlines() if line.startswith("Python 3")]
    return Measured("; ".join(lines), code == 0)


ROWS = (
    Row(
        "R14", "Names in 11 scripts in print, 14 character sets of DICOM", "equal, or said; never a box or a gap",
        "pytest tests/report/test_pdf.py tests/report/test_pdf_text.py tests/intake/test_persons.py",
        by_tests(
            "report/test_pdf.py::test_names_of_the_font_are_read_back_equal",
            "report/test_pdf.py::test_a_name_that_cannot_be_printed_says_so_and_leaves_the_pseudonym",
            "intake/test_persons.py::test_a_name_in_its_character_set_comes_out_as_it_is",
            "intake/test_persons.py::test_a_name_that_does_not_fit_its_character_set_is_said_and_not_exported",
            "report/test_pdf_text.py", at_least=33,
        ),
    ),
    Row(
        "R23", "DICOM and FHIR by independent validators, read back", "0 errors, one study, equal values",
        "pytest tests/report/test_dicom.py tests/report/test_fhir.py tests/report/test_orthanc.py",
        by_tests("report/test_dicom.py", "report/test_fhir.py", "report/test_orthanc.py", at_least=50),
    ),
    Row("R24", "Self-check of this installation", "all PASS in 10 s, offline", "ironreport selftest", selfcheck),
    Row(
        "R25", "Paperwork and known vulnerabilities", "complete and true; pip-audit 0",
        "pip-audit; pytest tests/test_paperwork.py", paperwork,
    ),
    Row(
        "T5", "Exam files, damaged", "0 exceptions, each opened or refused with a cure",
        "python -m benchmarks.exam_files --n 2000", exam_files,
    ),
    Row(
        "T6", "kill -9 of writers, server and browser at 50 moments each", "what was confirmed is there, whole",
        "python -m benchmarks.killed --moments 50", killed,
    ),
    Row(
        "P", "Python 3.11, 3.12, 3.13", "the quick tests pass under each", "python -m benchmarks.pythons", pythons,
    ),
)  # fmt: skip
