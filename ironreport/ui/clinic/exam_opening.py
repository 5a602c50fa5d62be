"""An exam of the clinic onto the pages: its images, its regions, those of the last visit as proposals, its state."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from ironreport.clinic import Clinic, exam_of, image_files, visit_of
from ironreport.clinic.clinic_queries import worklist
from ironreport.clinic.opened_clinic import exam_bytes
from ironreport.clinic.patient_course import with_earlier
from ironreport.clinic.proposals import proposals
from ironreport.errors import IronReportError
from ironreport.intake import ReadResult
from ironreport.intake.masks import MasksFound, read_masks, read_upload
from ironreport.ui import clinic_exam, parts, state, turns
from ironreport.ui.kept_images import WHOLE, small
from ironreport.ui.workbench.files_in import SOURCE
from ironreport.ui.workbench.found_masks import put_masks

IMAGES_PAGE, FINDINGS_PAGE, SIGNALS_PAGE = "pages/3_Images.py", "pages/4_Findings.py", "pages/2_Signals.py"


def open_next(clinic: Clinic) -> None:
    """Open the first exam of the worklist that nobody has read, after the one that lies on the pages."""
    waiting = [one.id for one in worklist(clinic) if one.state in ("new", "drawn") and not one.problem]
    held = clinic_exam.visit_id()
    after = waiting[waiting.index(held) + 1 :] if held in waiting else waiting
    following = next(iter([*after, *(one for one in waiting if one != held)]), "")
    if not following:
        st.success("No exam waits: all are read, printed or signed off.", icon=":material/check:")
        return
    open_exam_of(clinic, following)


def open_exam_of(clinic: Clinic, visit_id: str) -> None:
    """Put an exam of the clinic in the place of the one on the pages, and go to where it is worked on."""
    clinic_exam.keep_in_step()
    try:
        visit, exam = visit_of(clinic, visit_id), exam_of(clinic, visit_id)
        content = exam_bytes(clinic, visit_id)
        if content is None:
            exam = with_earlier(clinic, exam, visit.patient)
        if content is None and visit.second_of:
            exam = replace(exam, context=exam_of(clinic, visit.second_of).context)  # the patient is the same
        found, masks = _images(clinic, visit_id, content)
    except IronReportError as error:
        parts.show_refusal(error)
        return
    state.new_exam()
    state.put(exam)
    clinic_exam.hold(visit_id, exam)
    if found is not None:
        state.put_images(found)
        put_masks(masks)
        st.session_state[WHOLE], st.session_state[SOURCE] = found, f"clinic-{visit_id}"
        st.switch_page(IMAGES_PAGE)
    st.switch_page(FINDINGS_PAGE if exam.measurements else SIGNALS_PAGE)


def _images(clinic: Clinic, visit_id: str, content: bytes | None) -> tuple[ReadResult | None, MasksFound]:
    """Images of an exam, and every mask that can be offered on them: beside them, its own, of the last visit."""
    files = image_files(clinic, visit_of(clinic, visit_id))
    if not files:
        return None, MasksFound(())
    with st.spinner("Reading images"), turns.aside():
        upload = read_upload(files)
        upload = replace(upload, found=small(upload.found))
        own = read_masks([("regions of this exam", content)], upload.found.series).masks if content else ()
        earlier = () if own else proposals(clinic, visit_id, upload.found.series)
    masks = replace(upload.masks, masks=(*own, *upload.masks.masks, *earlier))
    return upload.found, masks
