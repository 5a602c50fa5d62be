"""Save and open an exam as one readable JSON file, checked against the records on the way in.

A file of an older version is brought up one version at a time, so that a file once written always opens.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable
from dataclasses import replace
from importlib.metadata import version
from typing import Any

from pydantic import TypeAdapter, ValidationError

from ironreport.errors import IntakeError
from ironreport.records import DecaySignal, Exam, InversionSeries, Measurement

FORMAT = "ironreport-exam"
VERSION = 4
_EXAM: TypeAdapter[Exam] = TypeAdapter(Exam)
_ROW_OF_NUMBERS = re.compile(r"\[\n\s*([-+.\deE]+(?:,\n\s*[-+.\deE]+)*)\n\s*\]")
"""A list of numbers only: one line each keeps a file of many readable. JSON text never holds a bare line break."""
Body = dict[str, Any]


def _from_version_1(body: Body) -> Body:
    """Version 2 says which software wrote the file; what version 1 did not hold has its default."""
    return {**body, "version": 2, "software": "not stated"}


def _from_version_2(body: Body) -> Body:
    """Version 3 calls the place in the organ by its own word; version 2 called it ``site``, as a hospital is."""
    exam = body.get("exam")
    if not isinstance(exam, dict) or not isinstance(measurements := exam.get("measurements"), list):
        return {**body, "version": 3}
    renamed = [{**m, "signal": _located(m.get("signal"))} if isinstance(m, dict) else m for m in measurements]
    return {**body, "version": 3, "exam": {**exam, "measurements": renamed}}


def _located(signal: Any) -> Any:
    """A signal of version 2, and its parts, with ``location`` for ``site``; what is no signal is left to the check."""
    if not isinstance(signal, dict):
        return signal
    renamed = {"location" if name == "site" else name: value for name, value in signal.items()}
    if isinstance(renamed.get("parts"), list):
        renamed["parts"] = [_located(part) for part in renamed["parts"]]
    return renamed


def _from_version_3(body: Body) -> Body:
    """Version 4 holds what was transfused and the limits of earlier results; of version 3 neither is known."""
    return {**body, "version": 4}


MIGRATIONS: dict[int, Callable[[Body], Body]] = {1: _from_version_1, 2: _from_version_2, 3: _from_version_3}
"""From each older version to the next one."""


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


def save_exam(exam: Exam) -> str:
    """The exam as JSON text: signals, regions, choices, context, fingerprints of the images.

    No pixels, and no key derived from an identifier.
    """
    saved = replace(exam, measurements=tuple(_without_key(m) for m in exam.measurements))
    software = f"IronReport {version('ironreport')}"
    body = {"format": FORMAT, "version": VERSION, "software": software, "exam": _EXAM.dump_python(saved, mode="json")}
    return _ROW_OF_NUMBERS.sub(_on_one_line, json.dumps(body, ensure_ascii=False, indent=2)) + "\n"


def _on_one_line(found: re.Match[str]) -> str:
    return f"[{', '.join(found.group(1).split())}]".replace(",,", ",")


def exam_file_name(exam: Exam) -> str:
    """A file name that names nobody: the exam date if it is one, and four characters of the content's fingerprint."""
    date = exam.exam_date if re.fullmatch(r"\d{4}-\d{2}-\d{2}", exam.exam_date, re.ASCII) else "undated"
    return f"ironreport_{date}_{hashlib.sha256(save_exam(exam).encode()).hexdigest()[:4]}.ironreport.json"


def open_exam(text: str) -> Exam:
    """The exam that ``save_exam`` wrote.

    Raises
    ------
    IntakeError
        ``NOT_AN_EXAM`` or ``EXAM_VERSION``; the message never repeats what the file holds.
    """
    body = _body(text)
    if body.get("format") != FORMAT:
        raise _not_an_exam("the file does not say that it is one")
    try:
        return _EXAM.validate_python(_migrated(body).get("exam"))
    except ValidationError as error:
        place = ".".join(str(part) for part in error.errors(include_input=False)[0]["loc"])
        raise _not_an_exam(f"wrong entry at {place}") from None


def _migrated(body: Body) -> Body:
    """The same exam as this version writes it."""
    while body.get("version") != VERSION:
        step = MIGRATIONS.get(body["version"]) if isinstance(body.get("version"), int) else None
        if step is None:
            raise IntakeError(
                "EXAM_VERSION", "The exam file was written by a newer version of IronReport.",
                f"Open it with that version; this one reads versions 1 to {VERSION}.",
            )  # fmt: skip
        body = step(body)
    return body


def _body(text: str) -> Body:
    try:
        body = json.loads(text)
    except (json.JSONDecodeError, RecursionError):
        raise _not_an_exam("it is not JSON") from None
    if not isinstance(body, dict):
        raise _not_an_exam("it holds no named entries")
    return body


def _not_an_exam(why: str) -> IntakeError:
    return IntakeError(
        "NOT_AN_EXAM", f"The file is not an IronReport exam: {why}.", "Choose a file that ends in .ironreport.json."
    )
