"""Save and open an exam as one readable JSON file, checked against the records on the way in."""

from __future__ import annotations

import json
from typing import Any

from pydantic import TypeAdapter, ValidationError

from ironreport.errors import IntakeError
from ironreport.records import Exam

FORMAT = "ironreport-exam"
VERSION = 1
_EXAM: TypeAdapter[Exam] = TypeAdapter(Exam)


def save_exam(exam: Exam) -> str:
    """The exam as JSON text: signals, choices, context; no pixels."""
    body = {"format": FORMAT, "version": VERSION, "exam": _EXAM.dump_python(exam, mode="json")}
    return json.dumps(body, ensure_ascii=False, indent=2) + "\n"


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
    if body.get("version") != VERSION:
        raise IntakeError(
            "EXAM_VERSION", "The exam file was written by another version of IronReport.",
            f"Open it with that version; this one reads version {VERSION}.",
        )  # fmt: skip
    try:
        return _EXAM.validate_python(body.get("exam"))
    except ValidationError as error:
        place = ".".join(str(part) for part in error.errors(include_input=False)[0]["loc"])
        raise _not_an_exam(f"wrong entry at {place}") from None


def _body(text: str) -> dict[str, Any]:
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
