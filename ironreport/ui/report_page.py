"""The Report page: the pages as they will be printed, what the reader adds, what is missing, every way out."""

from __future__ import annotations

from dataclasses import dataclass, replace

import streamlit as st

from ironreport.hospital.defaults import local_additions
from ironreport.library.region_pictures import pictures_of
from ironreport.records import Assessment, DecaySignal, Exam
from ironreport.report import describe
from ironreport.report.content import ReportContent
from ironreport.report.explained.explaining import formulas_of, texts_of_report
from ironreport.report.pdf import Form, PageSize, file_name
from ironreport.report.pdf.page_pictures import n_pages, page_address
from ironreport.ui import parts, state
from ironreport.ui.clearing import forget_addresses
from ironreport.ui.explain import show_explained
from ironreport.ui.export_buttons import Printed, show_exports
from ironreport.ui.impression_field import show_impression
from ironreport.ui.kept import kept
from ironreport.ui.newest import Newest
from ironreport.ui.shown import plain
from ironreport.ui.spoken import here

PAPERS: tuple[PageSize, ...] = ("A4", "Letter")
FORMS: dict[str, Form] = {"Full report": "full", "One page": "short"}
LINES = {
    "hospital": "Hospital",
    "patient_id": "Patient id",
    "birth_date": "Birth date or age",
    "sex": "Sex",
    "referring_physician": "Referring physician",
    "question": "Clinical question",
    "scanner": "Scanner",
    "technique": "Sequence and technique",
}
TECHNIQUE_HELP = "Breath-hold, gating, blood and fat suppression; who drew the regions and which vessels were avoided."
APPENDIX_HELP = "Adds every calibration, the whole fit, rule ids and versions."
PLAIN_WORDS_HELP = "Adds a paragraph for the patient: what was found, without advice."
PREVIEW = "report-preview"


def show() -> None:
    """Draw the page."""
    exam = state.exam()
    if not exam.measurements:
        parts.show_empty("The report of the exam is written here.")
        return
    if is_of_two_exams(exam):
        st.error(
            "**The exam holds images of two patients or two studies.** One report of both would be wrong for both. "
            "Choose *New exam* and measure them one after the other.", icon=":material/block:",
        )  # fmt: skip
        return
    newest: Newest[Printed] = st.session_state.setdefault(f"{PREVIEW}-newest", Newest())
    top = st.container()
    left, right = st.columns([5, 3], gap="medium")
    with newest.under_way:
        with right:
            _reader_form()
        assessment = state.assessment()
        content = _content(assessment)
        with top:
            _say_critical(content)
            chosen = _download(newest, content)
            _missing(content)
            formulas = [line for card in content.cards for line in formulas_of(card)]
            show_explained(texts_of_report(content), formulas, label="Explain the numbers of this report")
        printed = Printed(
            state.exam(), assessment, content, state.knowledge(), chosen.paper, state.images(), chosen.appendix,
            chosen.for_patient, here().code,
        )  # fmt: skip
        newest.held = printed
    with left:
        _preview(printed, chosen.form)
        show_exports(newest, content)


def is_of_two_exams(exam: Exam) -> bool:
    """Whether images of more than one patient or study stand behind the numbers."""
    return len({m.signal.exam_key for m in exam.measurements if isinstance(m.signal, DecaySignal)} - {""}) > 1


def _content(assessment: Assessment) -> ReportContent:
    """The description with the pictures of all regions whose images are open; kept until either is another."""
    images = state.images()

    def made() -> ReportContent:
        local = local_additions(assessment, state.settings(), state.knowledge())
        pictures = pictures_of(assessment.exam, images.series if images else ())
        return describe(assessment, state.knowledge(), local, pictures)

    return kept(f"{PREVIEW}-content", (assessment, images), made)


# ---------------------------------------------------------------------------- what the reader adds


def _reader_form() -> None:
    st.markdown("**What the reader adds**")
    show_impression()
    typed = {"notes": _area("notes", "Notes (printed as yours)", 4000)}
    with st.expander("Patient and technique", expanded=True):
        st.caption("A name is not needed: the pseudonym of the side panel is printed on every page.")
        for name, label in LINES.items():
            key = _kept(name)
            help_text = TECHNIQUE_HELP if name == "technique" else None
            typed[name] = st.text_input(label, max_chars=200, key=key, help=help_text) or ""
    state.put_details(replace(state.exam().details, **typed))


def _area(name: str, label: str, most: int) -> str:
    return st.text_area(label, max_chars=most, key=_kept(name)) or ""


def _kept(name: str) -> str:
    """Key of a field that begins with what the exam holds, also after a visit to another page."""
    key = f"detail-{name}-{state.token()}"
    st.session_state.setdefault(key, getattr(state.exam().details, name))
    return key


def _missing(content: ReportContent) -> None:
    if not content.missing:
        st.caption(":material/check: Nothing is missing for a complete report.")
        return
    n = len(content.missing)
    items = "1 item of a full report is" if n == 1 else f"{n} items of a full report are"
    with st.expander(f"{items} missing; nothing is blocked"):
        st.markdown("\n".join(f"- {plain(item)}" for item in content.missing))


# ------------------------------------------------------------------------------- what is printed


@dataclass(frozen=True, slots=True)
class Printing:
    """How the report is printed; what is chosen is what the preview shows and what is downloaded."""

    paper: PageSize
    form: Form
    appendix: bool
    for_patient: bool


def _say_critical(content: ReportContent) -> None:
    if content.critical:
        values = "".join(f"{plain(value, 300)}. " for value in content.critical_values)
        st.error(
            f"**Critical result.** {values}The referring physician needs to know now; the report has a line for it.",
            icon=":material/emergency_home:",
        )


def _download(newest: Newest[Printed], content: ReportContent) -> Printing:
    """The main act and, in the same row, how it is printed."""
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        button = st.container(width="content")
        at = PAPERS.index(state.settings().file.paper)
        paper = st.radio("Paper", PAPERS, index=at, horizontal=True, key="paper", width="content")
        form = FORMS[st.radio("Form", list(FORMS), horizontal=True, key="form", width="content") or "Full report"]
        appendix, for_patient = _tick("Appendix", APPENDIX_HELP), _tick("In plain words", PLAIN_WORDS_HELP)
    button.download_button(
        "Download PDF", data=lambda: newest.make(lambda printed: printed.pdf(form)), file_name=file_name(content),
        mime="application/pdf", on_click="ignore", type="primary", key="download-pdf",
    )  # fmt: skip
    return Printing(paper or "A4", form, appendix, for_patient)


def _tick(label: str, help_text: str) -> bool:
    """Something that is printed only where it is asked for."""
    key = f"print-{label}-{state.token()}"
    return st.checkbox(label, key=key, help=help_text, persist_state="session", width="content")


@st.fragment
def _preview(printed: Printed, form: Form) -> None:
    """One page as it will be printed; another page is drawn only when it is asked for."""
    pdf = _pdf(printed, form)
    total = kept(f"{PREVIEW}-pages", (pdf,), lambda: n_pages(pdf))
    page = 1
    if total > 1:
        page = (
            st.segmented_control("Page", range(1, total + 1), default=1, required=True, key=f"preview-{form}-{total}")
            or 1
        )
    picture = kept(f"{PREVIEW}-picture", (pdf, page), lambda: page_address(pdf, page - 1))
    with st.container(border=True, key="preview"):
        st.image(picture, width="stretch", alt=f"Page {page} of {total} as it will be printed")
    forget_addresses()
    content = printed.content
    versions = f"{content.software} · knowledge {content.knowledge_version}"
    st.caption(plain(f"Page {page} of {total} · report {content.report_id} · {versions}"))
    with st.expander("The answer as text"):
        _as_text(content)


def _pdf(printed: Printed, form: Form) -> bytes:
    """The report as it stands, built once for each change; it is kept in this person's session only."""
    about = (printed.content, printed.paper, form, printed.appendix, printed.for_patient, printed.language)
    return kept(PREVIEW, about, lambda: printed.pdf(form))


def _as_text(content: ReportContent) -> None:
    """The same words for screen readers, for search and to be copied."""
    if content.critical:
        st.markdown("**Critical result**")
        parts.show_cited(content.critical)
    st.markdown("**Impression**")
    for line in content.impression:
        st.markdown(plain(line, 600))
    for card in content.cards:
        st.markdown(plain(". ".join(part for part in (card.answer, card.calibration) if part), 600))
    for change in content.changes:
        st.markdown(plain(f"{change.name}: {change.word} since {change.since}"))
    st.markdown("**Next scan**")
    parts.show_cited(content.next_scan)
    st.caption(plain(content.physician_decides))
    if content.prompts:
        st.markdown("**Guidance**")
        parts.show_cited(content.prompts)
    st.caption(plain(content.disclaimer, 900))
