"""A clinic for research: no name, no number, no date of a day; intervals of each patient as they were."""

from __future__ import annotations

import datetime as dt
import io
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, replace

from ironreport.clinic.clinic_folder import keyed_hash
from ironreport.clinic.clinic_queries import exams_of, patients
from ironreport.clinic.exam_keeping import exam_of
from ironreport.clinic.opened_clinic import Clinic
from ironreport.clinic.research_fields import Field, dictionary_csv, fields_of, redcap_csv, redcap_dictionary_csv
from ironreport.errors import IronReportError
from ironreport.exports import export
from ironreport.records import Assessment, DecaySignal, Exam, Finding, Measurement, ReportDetails
from ironreport.report import describe
from ironreport.report.answers import ladder_of
from ironreport.report.balance_cells import Record
from ironreport.report.rows import csv_file

MOST_DAYS = 365
"""A patient's dates move back by one to this many days, all by the same number, so that intervals stay."""
WHEN = (1980, 1, 1, 0, 0, 0)


@dataclass(frozen=True, slots=True)
class ResearchExam:
    """An exam without identifiers, and how many days after the patient's first one it was."""

    research_id: str
    day: int
    assessment: Assessment


def research_id(clinic: Clinic, pseudonym: str, study: str) -> str:
    """What a patient is called in one study: another study has another name, and none leads back without the key."""
    return f"R{keyed_hash(clinic.key, 'research', study, pseudonym)[:10]}"


def shift_days(clinic: Clinic, pseudonym: str, study: str) -> int:
    """By how many days the dates of a patient move back."""
    return 1 + int(keyed_hash(clinic.key, "shift", study, pseudonym), 16) % MOST_DAYS


def research_exams(clinic: Clinic, study: str) -> Iterator[ResearchExam]:
    """Every exam that can be read and has a date, without identifiers, patient by patient."""
    for one in sorted(patients(clinic, limit=10**9), key=lambda p: research_id(clinic, p.pseudonym, study)):
        dated = [e for e in exams_of(clinic, one.pseudonym) if e.exam_date and not e.second_of and not e.problem]
        name, shift = research_id(clinic, one.pseudonym, study), shift_days(clinic, one.pseudonym, study)
        for listed in dated:
            try:
                exam = exam_of(clinic, listed.id)
            except IronReportError:
                continue
            if exam.measurements:
                day = (dt.date.fromisoformat(listed.exam_date) - dt.date.fromisoformat(dated[0].exam_date)).days
                yield ResearchExam(name, day, clinic.assess(without_identifiers(clinic, exam, name, shift)))


def without_identifiers(clinic: Clinic, exam: Exam, name: str, shift: int) -> Exam:
    """The exam under another name with other dates; what a reader typed freely, and what tells the scanner, is gone."""
    free = {fact.id for fact in clinic.knowledge.shared.fact if fact.kind == "text"}
    facts = tuple((fact, value) for fact, value in exam.context.facts if fact not in free)
    previous = tuple(replace(p, date=_moved(p.date, shift)) for p in exam.context.previous)
    context = replace(exam.context, facts=facts, previous=previous)
    measured = tuple(_nameless(m) for m in exam.measurements)
    return Exam(name, _moved(exam.exam_date, shift), measured, context, ReportDetails())


def _moved(date: str, shift: int) -> str:
    try:
        return (dt.date.fromisoformat(date) - dt.timedelta(days=shift)).isoformat()
    except ValueError:
        return ""


def _nameless(measurement: Measurement) -> Measurement:
    signal = measurement.signal
    if not isinstance(signal, DecaySignal):
        return replace(measurement, signal=replace(signal, origin="number printed in another report"))
    parts = tuple(replace(part, technique=None, location="", origin="images") for part in signal.parts)
    regions = tuple(replace(region, location="") for region in signal.regions)
    bare = replace(signal, technique=None, location="", origin="images", parts=parts, regions=regions)
    return replace(measurement, signal=bare)


# ------------------------------------------------------------------------------------- rows


def records(clinic: Clinic, exams: list[ResearchExam], fields: tuple[Field, ...]) -> list[Record]:
    """One row for each organ of each exam."""
    found = []
    for exam in exams:
        facts = dict(exam.assessment.exam.context.facts)
        for finding in exam.assessment.findings:
            row = {**_of_exam(exam), **_of_finding(clinic, finding)}
            found.append({f.name: row.get(f.name, facts.get(f.name.removeprefix("fact_"))) for f in fields})
    return found


def _of_exam(exam: ResearchExam) -> Record:
    one = exam.assessment
    months = one.guidance.months
    return {
        "research_id": exam.research_id, "exam_date_shifted": one.exam.exam_date, "days_since_first_exam": exam.day,
        "disease": one.exam.context.disease, "suggested_months": months, "knowledge_version": one.knowledge_version,
    }  # fmt: skip


def _of_finding(clinic: Clinic, finding: Finding) -> Record:
    estimate, grading, signal = finding.estimate, finding.grading, finding.measurement.signal
    ladder = ladder_of(finding, clinic.knowledge)
    time, rate = (estimate.time, estimate.rate) if estimate else (None, None)
    iron = estimate.iron if estimate else None
    echoes = signal.te_ms if isinstance(signal, DecaySignal) else ()
    return {
        "organ": finding.organ, "field_tesla": signal.field_tesla,
        "time_ms": time.value if time else None, "time_bound": time.bound if time else "",
        "rate_per_s": rate.value if rate else None,
        "rate_low_per_s": rate.low if rate else None, "rate_high_per_s": rate.high if rate else None,
        "iron_mg_per_g": iron.iron.value if iron else None, "calibration": iron.calibration if iron else "",
        "iron_class": grading.grade if grading else "", "ladder": grading.ladder if grading else "",
        "severity": ladder.grade(grading.grade).severity if ladder and grading else "",
        "why_no_class": finding.absence.code if finding.absence else "",
        "doubts": " ".join(dict.fromkeys(c.code for c in finding.cautions)),
        "n_echoes": len(echoes) or None, "first_te_ms": echoes[0] if echoes else None,
    }  # fmt: skip


# ------------------------------------------------------------------------------------- files


def research_zip(clinic: Clinic, study: str, *, fhir: bool = False) -> bytes:
    """All exams of a clinic for one study: CSV with its dictionary, a REDCap form with its data, FHIR where asked.

    Parameters
    ----------
    study : str
        Names the study; pseudonyms and shifts of two studies cannot be put together.
    fhir : bool
        Whether a FHIR bundle of each exam is added; it holds the printed report, and takes a tenth of a second each.
    """
    exams = list(research_exams(clinic, study))
    fields = fields_of(clinic.knowledge)
    rows = records(clinic, exams, fields)
    files = {
        "results.csv": csv_file([f.name for f in fields], rows),
        "dictionary.csv": dictionary_csv(fields),
        "redcap_form.csv": redcap_dictionary_csv(fields),
        "redcap_data.csv": redcap_csv(fields, rows),
    }
    for n, exam in enumerate(exams if fhir else [], start=1):
        content = describe(exam.assessment, clinic.knowledge)
        files[f"fhir/{n:06d}.fhir.json"] = export("fhir", exam.assessment, content, clinic.knowledge)
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, body in files.items():
            archive.writestr(zipfile.ZipInfo(name, WHEN), body, zipfile.ZIP_DEFLATED)
    return out.getvalue()
