"""What a self-check found, and how it is written for paper."""

from __future__ import annotations

from dataclasses import dataclass


class CheckFailedError(Exception):
    """What is not as it must be, in a sentence for the reader; holds nothing of a patient."""


CURE = "Do not report with this installation. Install it again; if a part still fails, keep this page."


def must(holds: bool, what: str) -> None:
    """Fail the row with ``what`` where something does not hold."""
    if not holds:
        raise CheckFailedError(what)


@dataclass(frozen=True, slots=True)
class CheckRow:
    """One part of the program: whether it does what it must, what was found, and how long it took [s]."""

    name: str
    passed: bool
    said: str
    took_s: float


@dataclass(frozen=True, slots=True)
class SelfCheck:
    """A whole self-check: its rows, and which code and knowledge they hold for.

    ``at`` is an ISO time; the fingerprints are SHA-256 over the files as they lie on this computer.
    """

    rows: tuple[CheckRow, ...]
    software: str
    knowledge: str
    code_sha256: str
    knowledge_sha256: str
    at: str

    @property
    def passed(self) -> bool:
        """Whether every row passed."""
        return bool(self.rows) and all(row.passed for row in self.rows)

    @property
    def failed(self) -> tuple[str, ...]:
        """Names of the rows that failed."""
        return tuple(row.name for row in self.rows if not row.passed)


def check_text(check: SelfCheck) -> str:
    """The self-check as plain text for paper, with a line to sign."""
    widest = max(len(row.name) for row in check.rows)
    took_s = sum(row.took_s for row in check.rows)
    rows = [f"{word(row)}  {row.name:{widest}}  {row.said}" for row in check.rows]
    n_failed = len(check.failed)
    verdict = "PASS: every part passed." if check.passed else f"FAIL: {n_failed} of {len(rows)} parts failed."
    return "\n".join([
        f"IronReport self-check of {check.at}", "", *rows, "", f"{verdict} It took {took_s:.1f} s.",
        "" if check.passed else CURE,
        f"Software   {check.software}", f"Code       SHA-256 {check.code_sha256}",
        f"Knowledge  {check.knowledge}, SHA-256 {check.knowledge_sha256}",
        "Not validated as a medical device.", "", "Name, date, signature: ____________________", "",
    ])  # fmt: skip


def word(row: CheckRow) -> str:
    """PASS or FAIL."""
    return "PASS" if row.passed else "FAIL"
