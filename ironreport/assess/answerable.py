"""Whether an exam from a file can be answered at all: of known organs and a known disease."""

from __future__ import annotations

from ironreport.errors import AssessmentError
from ironreport.knowledge import Knowledge
from ironreport.records import Exam

UNKNOWN_DISEASE = "unknown"


def check_answerable(exam: Exam, knowledge: Knowledge) -> None:
    """Refuse an exam of an organ or a disease that this version does not know, before a page meets it.

    Raises
    ------
    AssessmentError
        ``UNKNOWN_ORGAN`` or ``UNKNOWN_DISEASE``; the message never repeats what the exam holds.
    """
    organs = [m.organ for m in exam.measurements] + [earlier.organ for earlier in exam.context.previous]
    strangers = sum(organ not in knowledge.organs for organ in organs)
    if strangers:
        what = f"{strangers} of the {len(organs)} results of this exam are of an organ that this version does not know."
        raise AssessmentError("UNKNOWN_ORGAN", what, f"Known organs: {', '.join(knowledge.organs)}.")
    if exam.context.disease not in {UNKNOWN_DISEASE, *knowledge.diseases}:
        what = "The exam is of a disease that this version does not know."
        raise AssessmentError("UNKNOWN_DISEASE", what, f"Known: {', '.join(knowledge.diseases)}.")
