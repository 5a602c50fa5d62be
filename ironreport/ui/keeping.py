"""A copy of the exam on this computer's disk, only where the reader asked for it and the app runs for this computer."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import streamlit as st
from platformdirs import user_documents_path
from streamlit.delta_generator import DeltaGenerator

from ironreport.errors import IronReportError
from ironreport.exam import LARGEST_FILE_BYTES, save_exam
from ironreport.records import Assessment, Exam
from ironreport.serving.notice import notice
from ironreport.ui import state
from ironreport.ui.shown import plain
from ironreport.writing import write_whole

FOLDER = "IronReport"
N_SHOWN = 5
LARGEST_NAMED_BYTES = 1024**2
"""A copy above this is offered by its file name: its text is not read before it is asked for."""


@dataclass(frozen=True, slots=True)
class KeptCopy:
    """A copy on this computer's disk; ``pseudonym`` is empty where it is not known."""

    path: Path
    changed: datetime
    pseudonym: str


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


@dataclass(frozen=True, slots=True)
class KeptCopies:
    """The newest copies, newest first, and how many older ones lie in the folder beside them."""

    newest: tuple[KeptCopy, ...] = ()
    n_older: int = 0
    folder: Path = Path()


def kept_copies() -> KeptCopies:
    """The copies on this computer; none where the app is served to a network or nothing was ever kept."""
    folder = user_documents_path() / FOLDER
    if notice() is not None:
        return KeptCopies()
    try:
        found = [(path.stat(), path) for path in folder.glob("*.ironreport.json")]
    except OSError:
        return KeptCopies()
    found.sort(key=lambda one: one[0].st_mtime, reverse=True)
    newest = tuple(
        KeptCopy(path, datetime.fromtimestamp(stat.st_mtime), _pseudonym(path, stat.st_size))
        for stat, path in found[:N_SHOWN]
    )
    return KeptCopies(newest, len(found) - len(newest), folder)


def _pseudonym(path: Path, n_bytes: int) -> str:
    """The pseudonym in a copy; only shown, so that a file that is none has an empty one."""
    if n_bytes > LARGEST_NAMED_BYTES:
        return ""
    try:
        name = json.loads(path.read_bytes())["exam"]["pseudonym"]
    except (OSError, ValueError, LookupError, TypeError, RecursionError):
        return ""
    return name if isinstance(name, str) else ""


def read_copy(path: Path) -> bytes:
    """The text of a copy.

    Raises
    ------
    IronReportError
        ``COPY_NOT_READ`` where the file is gone, too large, or cannot be read.
    """
    try:
        if path.stat().st_size <= LARGEST_FILE_BYTES:
            return path.read_bytes()
    except OSError:
        pass
    what = "The copy of the exam could not be read from the documents folder."
    raise IronReportError("COPY_NOT_READ", what, "Check whether it is still there, or use Open a saved exam.") from None
