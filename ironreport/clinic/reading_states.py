"""How far an exam has come: what a reader changes is kept, and a state moves on or falls back with it."""

from __future__ import annotations

from dataclasses import replace

from ironreport.clinic.exam_keeping import keep, named, now_text, visit_of
from ironreport.clinic.opened_clinic import Clinic, exam_bytes
from ironreport.clinic.second_readings import note_difference
from ironreport.clinic.visits import State, Visit
from ironreport.errors import ClinicError
from ironreport.exam import save_exam
from ironreport.records import Caution, Exam

SIGNED_AND_CHANGED = Caution(
    "CHANGED_AFTER_SIGNING", "The exam was changed after it was signed off, and is to be read again."
)


def keep_exam(clinic: Clinic, visit_id: str, exam: Exam, *, at: str = "") -> Visit:
    """Keep what was measured and chosen for an exam of the clinic; a state beyond *drawn* falls back where it changed.

    Raises
    ------
    ClinicError
        ``NO_SUCH_EXAM``.
    """
    visit, at = visit_of(clinic, visit_id), at or now_text()
    kept = named(exam, visit.patient)
    if (exam_bytes(clinic, visit_id) or b"") == save_exam(kept, clinic.assess(kept)).encode():
        return visit
    if visit.state == "signed":
        visit = replace(visit, doubts=(*visit.doubts, SIGNED_AND_CHANGED))
    keep(clinic, visit.moved("drawn" if kept.measurements else "new", at), kept)
    note_difference(clinic, visit_id)
    return visit_of(clinic, visit_id)


def move(clinic: Clinic, visit_id: str, state: State, *, at: str = "") -> Visit:
    """Bring an exam into a state; nothing that was not measured is read, printed or signed off.

    Raises
    ------
    ClinicError
        ``NO_SUCH_EXAM``, ``NOTHING_MEASURED``.
    """
    visit = visit_of(clinic, visit_id)
    if state != "new" and exam_bytes(clinic, visit_id) is None:
        raise ClinicError("NOTHING_MEASURED", "Nothing is measured in this exam yet.", "Open it and draw a region.")
    doubts = visit.doubts
    if state == "signed":
        doubts = tuple(d for d in doubts if d.code != SIGNED_AND_CHANGED.code)
    keep(clinic, replace(visit, doubts=doubts).moved(state, at or now_text()))
    return visit_of(clinic, visit_id)
