"""Open an exam file: its entries against the records, what it holds against limits, its doubts found anew."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from pydantic import ValidationError

from ironreport.exam.contents import check_contents
from ironreport.exam.exam_saving import EXAM, content_sha256
from ironreport.exam.exam_text import read_body
from ironreport.exam.found_anew import found_anew
from ironreport.exam.refusals import damaged
from ironreport.exam.versions import Body, migrated, version_of
from ironreport.records import Caution, Exam

FIRST_WITH_FINGERPRINT = 5
ENTRIES = {"format", "version", "software", "content_sha256", "exam"}
CHANGED = Caution(
    "FILE_CHANGED",
    "The exam file was changed after IronReport saved it. Compare the numbers with the images or the report they came "
    "from.",
)


def open_exam(content: str | bytes) -> Exam:
    """The exam that ``save_exam`` wrote, with every doubt that can be found again from its numbers.

    A doubt is added where the file was changed after it was saved, where echo times are no milliseconds, and where the
    parts of a measurement contradict each other; removing it from the file does not remove it here.

    Parameters
    ----------
    content : str or bytes
        The file, in UTF-8; a byte order mark is skipped.

    Raises
    ------
    IntakeError
        ``NOT_AN_EXAM``, ``EXAM_TOO_BIG``, ``EXAM_VERSION`` or ``EXAM_DAMAGED``; the message never repeats what the file
        holds.
    """
    body = read_body(content)
    written_as = version_of(body)
    exam = _validated(migrated(body))
    check_contents(exam)
    changed = written_as >= FIRST_WITH_FINGERPRINT and body.get("content_sha256") != content_sha256(body["exam"])
    return _doubted(exam, (CHANGED,) if changed else ())


def _validated(body: Body) -> Exam:
    """The exam of a file of this version, each entry of its type and none that is not known."""
    if unknown := len(body.keys() - ENTRIES):
        raise damaged(f"{unknown} of its entries are not known to this version")
    try:
        # a file is read strictly as JSON: in Python's mode a list would be no tuple, and "1.2" would be a number
        return EXAM.validate_json(json.dumps(body.get("exam")), strict=True, extra="forbid")
    except ValidationError as error:
        raise damaged(_why(error, body.get("exam"))) from None


def _why(error: ValidationError, exam: Any) -> str:
    """Place and kind of the first wrong entry; an entry that is not known is not named, for it may name a person."""
    first = next((e for e in error.errors(include_input=False) if _is_of_its_kind(e["loc"], exam)), None)
    if first is None:
        return "wrong entry"
    unknown = first["type"] == "unexpected_keyword_argument"
    place = ".".join(str(part) for part in first["loc"][: -1 if unknown else None] if part not in KINDS)
    return f"{'an entry that is not known in' if unknown else 'wrong entry at'} {place or 'the exam'}"


KINDS = ("DecaySignal", "PrintedResult")


def _is_of_its_kind(place: tuple[int | str, ...], exam: Any) -> bool:
    """Whether a wrong entry is told of the kind of measurement that stands there: the schema tries both."""
    kind = next((part for part in place if part in KINDS), None)
    if kind is None:
        return True
    held = exam
    for part in place[: place.index(kind)]:
        held = held[part]
    return (kind == "DecaySignal") == (isinstance(held, dict) and ("te_ms" in held or "signal" in held))


def _doubted(exam: Exam, doubts: tuple[Caution, ...]) -> Exam:
    """The exam with doubts about its file, and those about its numbers, each once."""
    measurements = []
    for m in exam.measurements:
        held = {caution.code for caution in m.signal.cautions}
        new = tuple(c for c in (*doubts, *found_anew(m.signal)) if c.code not in held)
        measurements.append(replace(m, signal=replace(m.signal, cautions=(*new, *m.signal.cautions))) if new else m)
    return replace(exam, measurements=tuple(measurements))
