"""The Self-check page: a PASS or FAIL for each part of this installation, and the same for paper."""

from __future__ import annotations

import streamlit as st

from ironreport.selfcheck.check_record import CURE, CheckRow, SelfCheck, check_text
from ironreport.selfcheck.remembered import last_check, remember, said_of
from ironreport.ui import ahead, turns
from ironreport.ui.shown import plain

PAGE = "pages/9_Self_check.py"
VALIDATION = "pages/12_Validation.py"
FOUND = "_self-check"
"""Kept in the session: it says nothing of a patient."""


def show_link() -> None:
    """The way to the page, with the result of the last self-check of what is installed; for the side panel."""
    kept = last_check()
    failed = kept is not None and bool(kept.failed)
    st.page_link(PAGE, label=said_of(kept), icon=":material/error:" if failed else ":material/fact_check:")


def show() -> None:
    """Draw the page."""
    st.caption(
        "Known inputs in, known answers out: numbers, images, the report and every export of this installation. Needs "
        "no network, takes about ten seconds, and touches no exam."
    )
    if st.button("Run the self-check", type="primary"):
        with st.spinner("Checking ..."):
            # it fetches every way out of the program, which the side panel of a fresh server need not wait for
            ahead.load_self_check()
            from ironreport.selfcheck.running import run_selfcheck  # noqa: PLC0415

            with turns.beside():
                made = run_selfcheck(st.get_option("server.address") or "")
        remember(made)
        st.session_state[FOUND] = made
        st.rerun()  # the side panel, drawn before the page, says the result too
    st.page_link(VALIDATION, label="Validation at your site: how well your own scans agree", icon=":material/balance:")
    found = st.session_state.get(FOUND)
    if isinstance(found, SelfCheck):
        _show_found(found)
    else:
        st.info(plain(f"{said_of(last_check())}."), icon=":material/info:")


def _show_found(found: SelfCheck) -> None:
    if found.passed:
        st.success(f"**PASS**: all {len(found.rows)} parts passed.", icon=":material/check_circle:")
    else:
        failed = plain(", ".join(found.failed), 400)
        st.error(f"**FAIL**: {failed}. {plain(CURE)}", icon=":material/block:")
    st.table(
        {
            "Part": [plain(row.name) for row in found.rows],
            "Result": [_word(row) for row in found.rows],
            "What was found": [plain(row.said, 400) for row in found.rows],
        }
    )
    st.caption(
        f"{plain(found.software)} · code {plain(found.code_sha256[:16])} · knowledge {plain(found.knowledge)}, "
        f"{plain(found.knowledge_sha256[:16])} · {plain(found.at)}"
    )
    st.download_button(
        "Save as text", check_text(found), file_name="ironreport_self-check.txt", mime="text/plain", on_click="ignore",
        help="For paper: every row, the whole fingerprints, and a line to sign.",
    )  # fmt: skip


def _word(row: CheckRow) -> str:
    return "PASS" if row.passed else "**FAIL**"
