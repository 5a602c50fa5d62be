"""The Follow-up page: earlier exams in, a verdict on each change out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from ironreport.assess.answerable import check_answerable
from ironreport.assess.earlier import doubted_results, earlier_results
from ironreport.errors import IronReportError
from ironreport.exam import LARGEST_FILE_BYTES, open_exam
from ironreport.records import Exam, Finding, PreviousResult
from ironreport.report.comparing import earlier_words
from ironreport.report.content import Change
from ironreport.ui import parts, state
from ironreport.ui.balance_form import show_balance
from ironreport.ui.explain import show_explained
from ironreport.ui.shown import plain
from ironreport.ui.trend_chart import trend_chart

VERDICT = {
    "no measurable change": ":material/drag_handle:",
    "changed": ":material/change_history:",
    "not comparable": ":material/link_off:",
}
METHODS = {"T2*/R2*": "gradient echo (T2*, R2*)", "R2/T2": "spin echo (R2, FerriScan)", "other": "another method"}
NOT_STATED = "not stated"
DOUBTED = "doubted"


def show() -> None:
    """Draw the page."""
    if not state.exam().measurements:
        parts.show_empty("Earlier results are compared with this exam here; first measure something in it.")
        return
    if state.exam().context.previous:
        _show_verdicts(state.content().changes)
    files, typed = st.tabs(["Open earlier exam files", "Type an earlier result"])
    with files:
        _open_files()
    with typed:
        _typed_result()
    if not state.exam().context.previous:
        st.info("No earlier result yet. A change is judged only against one of the same kind.", icon=":material/info:")
        return
    content = state.content()
    figures = {figure.organ: figure for figure in content.trends}
    for change in content.changes:
        _show_change(change)
        figure = figures.get(change.organ)
        if figure is not None:
            points = "; ".join(f"{p.date}: {p.text}" for p in figure.points)
            words = f"{figure.title} over time: {points}"
            chart = trend_chart(figure, dark=st.context.theme.type == "dark")
            st.vega_lite_chart(chart, width="stretch", key=f"trend-{change.organ}", alt=words)
            if figure.note:
                st.caption(plain(figure.note, 300))
    show_balance(content)
    _show_kept(state.exam())


# --------------------------------------------------------------------------------- what comes in


def _open_files() -> None:
    _show_doubted()
    key = f"earlier-{state.token()}"
    files: list[UploadedFile] = st.file_uploader(
        "Exam files of the same patient (.ironreport.json)",
        accept_multiple_files=True,
        key=key,
        max_upload_size=LARGEST_FILE_BYTES // 1024**2,
    )
    st.caption("Only you know whether a file is of the same patient: it names nobody.")
    if files and st.button("Compare with these", type="primary", key=f"compare-{state.token()}"):
        _take(files)


def _take(files: list[UploadedFile]) -> None:
    """Add what the files hold; a file that is none is named and changes nothing."""
    for file in files:
        try:
            exam = open_exam(file.getvalue())
            check_answerable(exam, state.knowledge())
            doubted = doubted_results(exam, state.knowledge())
            st.session_state.setdefault(_key(DOUBTED), []).extend(_why_not_compared(one) for one in doubted)
            _keep(*earlier_results(exam, state.knowledge()))
        except IronReportError as error:
            st.markdown(plain(file.name, 80))
            parts.show_refusal(error)
            return
    st.rerun()


def _why_not_compared(finding: Finding) -> str:
    name = state.knowledge().organ(finding.organ).name
    return f"{name} of an earlier exam is not compared: {finding.absence.what if finding.absence else ''}"


def _show_doubted() -> None:
    """What earlier files held and cannot be compared, once."""
    for line in st.session_state.pop(_key(DOUBTED), []):
        st.warning(plain(line, 600), icon=":material/block:")


def _typed_result() -> None:
    measured = [m.organ for m in state.exam().measurements]
    organs = state.knowledge().organs
    with st.container(border=True, key="earlier-form"):
        columns = st.columns(4)
        organ = columns[0].selectbox("Organ", measured, format_func=lambda o: organs[o].name, key=_key("organ"))
        date = columns[1].text_input("Date", placeholder="YYYY-MM-DD", max_chars=10, key=_key("date"))
        method = columns[2].selectbox("Method", list(METHODS), format_func=lambda m: METHODS[m], key=_key("method"))
        fields = [NOT_STATED, *(f.id for f in state.knowledge().shared.field)]
        field = columns[3].selectbox(
            "Field", fields, format_func=lambda f: f if f == NOT_STATED else f"{f} T", key=_key("field")
        )
        calibrations = list(state.knowledge().calibrations(organ or "", None if field == NOT_STATED else field))
        columns = st.columns(4)
        with columns[0]:
            rate = parts.typed_number("R2* [s⁻¹]", _key("rate"), "not stated")
        with columns[1]:
            time = parts.typed_number("or T2* [ms]", _key("time"), "not stated")
        with columns[2]:
            lic = parts.typed_number("or LIC [mg/g]", _key("lic"), "not stated")
        named = columns[3].selectbox(
            "Its calibration", ["", *(c.id for c in calibrations)], key=_key("calibration"),
            format_func=lambda c: next((x.label for x in calibrations if x.id == c), NOT_STATED),
        )  # fmt: skip
        other = st.checkbox("Measured on another scanner: the change must be larger to count", key=_key("scanner"))
        ready = organ is not None and any(v is not None for v in (rate, time, lic))
        if st.button("Add earlier result", type="primary", disabled=not ready, key=_key("add")):
            assert organ is not None  # noqa: S101 - the button is disabled without one
            _keep(
                PreviousResult(
                    organ=organ, date=(date or "").strip(), method=method or "T2*/R2*",  # type: ignore[arg-type]
                    field_tesla=None if field == NOT_STATED else float(field or 0.0), calibration=named or "",
                    r2star_per_s=rate if rate is not None else None if time is None else 1000.0 / time,
                    lic_mg_per_g=lic, other_scanner=bool(other),
                )
            )  # fmt: skip
            st.rerun()


def _key(name: str) -> str:
    return f"earlier-{name}-{state.token()}"


def _keep(*results: PreviousResult) -> None:
    context = state.exam().context
    new = tuple(r for r in results if r not in context.previous)
    state.put_context(replace(context, previous=(*context.previous, *new)))


# --------------------------------------------------------------------------------- what comes out


def _show_verdicts(changes: Sequence[Change]) -> None:
    """The answer of the page, a line for each organ, above everything that asks for more."""
    st.markdown("  \n".join(plain(f"{c.name}: {c.word} since {c.since}") for c in changes))


def _show_change(change: Change) -> None:
    with st.container(border=True, key=f"change-{change.organ}"):
        which_way = f", {plain(change.word)}" if change.word != change.verdict else ""
        st.markdown(f"**{plain(change.name)}**: {VERDICT[change.verdict]} **{plain(change.verdict)}**{which_way}")
        st.markdown(plain(f"Before: {change.before}", 400))
        st.markdown(plain(f"Now: {change.now}", 400))
        st.caption(plain(change.reason, 500))
        show_explained([change.verdict, change.before, change.now, change.reason])


def _show_kept(exam: Exam) -> None:
    organs = state.knowledge().organs
    st.markdown("**Earlier results in this exam**")
    for i, result in enumerate(exam.context.previous):
        left, right = st.columns([5, 1], vertical_alignment="center")
        left.caption(plain(f"{organs[result.organ].name} · {earlier_words(result)}", 300))
        if right.button("Remove", key=f"{_key('remove')}-{i}"):
            kept = exam.context.previous[:i] + exam.context.previous[i + 1 :]
            state.put_context(replace(exam.context, previous=kept))
            st.rerun()
