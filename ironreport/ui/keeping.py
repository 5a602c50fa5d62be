"""A copy of the exam on this computer's disk, only where the reader asked for it and the app runs for this computer."""

from __future__ import annotations

from pathlib import Path

import streamlit as st
from platformdirs import user_documents_path
from streamlit.delta_generator import DeltaGenerator

from ironreport.errors import IronReportError
from ironreport.exam import save_exam
from ironreport.records import Assessment, Exam
from ironreport.serving.notice import notice
from ironreport.ui import state
from ironreport.ui.shown import plain
from ironreport.writing import write_whole

FOLDER = "IronReport"


def offer_copy(exam: Exam) -> DeltaGenerator | None:
    """The switch that keeps a copy of the exam; off until the reader turns it on.

    Returns
    -------
    DeltaGenerator or None
        Where `keep_in_step` says at the end of the run that the copy was written; None where none is wanted.
    """
    if notice() is not None or not exam.measurements:
        return None  # on a network "this computer" would be another one, and its folder everybody's
    folder = user_documents_path() / FOLDER
    wanted = st.toggle(
        "Keep a copy on this computer", key=f"keep-{state.token()}", persist_state="session",
        help=f"Writes the exam file to {plain(str(folder), 200)} after every change; nothing while this is off.",
    )  # fmt: skip
    return st.empty() if wanted else None


def keep_in_step(place: DeltaGenerator) -> None:
    """Write the exam as it stands now, which is after all that this run has changed, and say so in ``place``."""
    try:
        path = keep_copy(state.exam(), user_documents_path() / FOLDER, state.token(), state.assessment())
    except IronReportError as error:
        place.error(f"**{plain(error.refusal.what)}** {plain(error.refusal.cure)}", icon=":material/block:")
        return
    place.caption(plain(f"Kept as {path.name}.", 200))


def keep_copy(exam: Exam, folder: Path, token: str, found: Assessment | None = None) -> Path:
    """The file that holds the exam; written whole or not at all, and only where it changed.

    Parameters
    ----------
    folder : Path
        Made where it is missing.
    token : str
        Names the session, so that one exam has one file; no identifier.
    found : Assessment, optional
        What is found of the exam.

    Raises
    ------
    IronReportError
        ``NOT_KEPT`` where the folder cannot be written.
    """
    path, text = folder / f"ironreport_{token}.ironreport.json", save_exam(exam, found)
    try:
        if path.is_file() and path.read_text(encoding="utf-8") == text:
            return path
        folder.mkdir(parents=True, exist_ok=True)
        write_whole(path, text.encode(), private=True)
    except OSError:
        what = "The copy of the exam could not be written to the documents folder."
        raise IronReportError("NOT_KEPT", what, "Check that the folder can be written, or use Save exam.") from None
    return path
