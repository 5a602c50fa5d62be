"""The last self-check of this user, so that a new version is checked once and an old one not again."""

from __future__ import annotations

import contextlib
import json
import sys
from dataclasses import asdict, dataclass
from pathlib import Path

from platformdirs import user_state_path

from ironreport.host_system import start_behind
from ironreport.selfcheck.check_record import SelfCheck
from ironreport.selfcheck.fingerprints import code_sha256, knowledge_sha256
from ironreport.writing import write_whole

FILE_NAME = "selfcheck.json"


@dataclass(frozen=True, slots=True)
class Remembered:
    """What is kept of a self-check: for which files it holds, when it was, and what failed."""

    code_sha256: str
    knowledge_sha256: str
    software: str
    at: str
    failed: tuple[str, ...] = ()


def place() -> Path:
    """The file in the user's own folder for states of programs; it holds nothing of a patient."""
    return user_state_path("ironreport", appauthor=False) / FILE_NAME


def remember(check: SelfCheck) -> None:
    """Keep what was found; where the folder cannot be written, the next start checks again."""
    kept = Remembered(check.code_sha256, check.knowledge_sha256, check.software, check.at, check.failed)
    with contextlib.suppress(OSError):
        place().parent.mkdir(parents=True, exist_ok=True)
        write_whole(place(), json.dumps(asdict(kept), indent=1).encode())


def last_check() -> Remembered | None:
    """The last self-check of the very files that are installed now; None where these were never checked."""
    try:
        kept = json.loads(place().read_text(encoding="utf-8"))
        found = Remembered(**{**kept, "failed": tuple(str(name) for name in kept["failed"])})
    except (OSError, ValueError, TypeError, KeyError, RecursionError):
        return None
    now = (code_sha256(), knowledge_sha256())
    return found if (found.code_sha256, found.knowledge_sha256) == now else None


def said_of(kept: Remembered | None) -> str:
    """One line on the last self-check."""
    if kept is None:
        return "Self-check: not run yet for this version"
    if kept.failed:
        return f"Self-check: FAILED on {kept.at[:10]}"
    return f"Self-check: passed on {kept.at[:10]}"


def check_when_new() -> str:
    """Start a self-check beside the app where these files were never checked; one line that says so.

    It runs in a process of its own and behind everybody else's, so that the app opens meanwhile.
    """
    kept = last_check()
    if kept is not None:
        return f"{said_of(kept)}."
    with contextlib.suppress(OSError):
        start_behind([sys.executable, "-m", "ironreport", "selftest"])
    return "Self-check: this version is new here and is being checked now; the side panel will say the result."
