"""An exam as one readable JSON text: what was measured and chosen, what was found of it, and its fingerprint."""

from __future__ import annotations

import hashlib
import json
import math
import re
from dataclasses import replace
from importlib.metadata import version
from typing import Any

from pydantic import TypeAdapter

from ironreport.exam.versions import FORMAT, VERSION
from ironreport.records import Assessment, DecaySignal, Exam, Finding, InversionSeries, Measurement, StoredResult

EXAM: TypeAdapter[Exam] = TypeAdapter(Exam)
SOFTWARE = f"IronReport {version('ironreport')}"
_NUMBERS = {int, float}
_json = json.JSONEncoder(ensure_ascii=False).encode


def is_of_another_exam(images: DecaySignal | InversionSeries, exam: Exam) -> bool:
    """True where the exam already holds images of another patient or study."""
    held = {m.signal.exam_key for m in exam.measurements if isinstance(m.signal, DecaySignal) and m.signal.exam_key}
    return bool(images.exam_key) and bool(held - {images.exam_key})


def _without_key(measurement: Measurement) -> Measurement:
    """The measurement without the key of its images, in its parts too."""
    signal = measurement.signal
    if not isinstance(signal, DecaySignal):
        return measurement
    parts = tuple(replace(part, exam_key="") for part in signal.parts)
    return replace(measurement, signal=replace(signal, exam_key="", parts=parts))


def _without_keys(exam: Exam) -> Exam:
    return replace(exam, measurements=tuple(map(_without_key, exam.measurements)))


def save_exam(exam: Exam, found: Assessment | None = None) -> str:
    """The exam as JSON text: signals, regions, choices, context, fingerprints of the images.

    No pixels, and no key derived from an identifier.

    Parameters
    ----------
    found : Assessment, optional
        What is found of this exam; it is kept in the file, so that opening it can say where another number comes out.
    """
    written = EXAM.dump_python(_without_keys(_with_results(exam, found)), mode="json")
    body = {
        "format": FORMAT,
        "version": VERSION,
        "software": SOFTWARE,
        "content_sha256": content_sha256(written),
        "exam": written,
    }
    return f"{_laid_out(body)}\n"


def _laid_out(value: Any, line: str = "\n") -> str:
    """JSON text with each part on a line of its own, but rows of numbers in one: that keeps a file of many readable.

    Each change of an exam is written anew for the reader's browser, and Python's own layout takes three times as long.
    """
    within = f"{line}  "
    if isinstance(value, dict) and value:
        parts = [f"{_json(name)}: {_laid_out(part, within)}" for name, part in value.items()]
        return f"{{{within}{f',{within}'.join(parts)}{line}}}"
    if isinstance(value, list) and value and not _is_row(value):
        return f"[{within}{f',{within}'.join(_laid_out(part, within) for part in value)}{line}]"
    return _json(value)


def _is_row(values: list[Any]) -> bool:
    return set(map(type, values)) <= _NUMBERS and all(map(math.isfinite, values))


def _with_results(exam: Exam, found: Assessment | None) -> Exam:
    if found is None:
        return exam
    results = {f.organ: stored_result(f, found.knowledge_version) for f in found.findings}
    with_results = (replace(m, stored=results.get(m.organ, m.stored)) for m in exam.measurements)
    return replace(exam, measurements=tuple(with_results))


def stored_result(finding: Finding, knowledge_version: str) -> StoredResult:
    """What the file keeps of a finding: its numbers unrounded, and its class."""
    estimate, grading = finding.estimate, finding.grading
    iron = estimate.iron.iron if estimate and estimate.iron else None
    known = [e for e in (estimate.time, estimate.rate, iron) if e is not None] if estimate else []
    values = tuple((e.quantity, e.value) for e in known)
    return StoredResult(values, grading.grade if grading else "", knowledge_version)


def content_sha256(exam: dict[str, Any]) -> str:
    """Fingerprint of what a file says of its exam; order, spaces and the way a number is written do not count."""
    return hashlib.sha256(json.dumps(_as_floats(exam), sort_keys=True).encode()).hexdigest()


def _as_floats(value: Any) -> Any:
    """The same with every number as a float: another program may write 1 for 1.0."""
    if isinstance(value, dict):
        return {name: _as_floats(part) for name, part in value.items()}
    if isinstance(value, list):
        return value if set(map(type, value)) == {float} else [_as_floats(part) for part in value]
    return float(value) if type(value) is int else value


def exam_file_name(exam: Exam) -> str:
    """A file name that names nobody: the exam date if it is one, and four characters of the content's fingerprint."""
    date = exam.exam_date if re.fullmatch(r"\d{4}-\d{2}-\d{2}", exam.exam_date, re.ASCII) else "undated"
    # each page that shows an exam anew asks for its name: laying out the whole file for it took as long as the page
    content = EXAM.dump_json(_without_keys(exam))
    return f"ironreport_{date}_{hashlib.sha256(content).hexdigest()[:4]}.ironreport.json"
