"""What came of one exam: rows for the tables, files to be written, and a reason for each number that is not there."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from typing import Any

Cell = str | float | int | None


@dataclass(frozen=True, slots=True)
class Reason:
    """Why something has no number."""

    code: str
    what: str
    cure: str = ""
    organ: str = ""
    n_files: int = 0


@dataclass(frozen=True, slots=True)
class Sight:
    """A picture for checking: where the region lies, and what it reads, in words."""

    organ: str
    words: str
    is_doubted: bool
    png: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class ExamOutcome:
    """One exam of a run.

    Parameters
    ----------
    rows : tuple of dict
        One row for each region of an organ that was measured, as CSV and XLSX have them.
    next_scan : str
        The suggested interval in words, or why there is none.
    has_exam : bool
        Whether something was measured, so that there is an exam file.
    exam_text : str
        The exam file, until it is written.
    """

    key: str
    name: str
    patient: str
    exam_date: str
    source: str
    rows: tuple[dict[str, Cell], ...] = ()
    reasons: tuple[Reason, ...] = ()
    next_scan: str = ""
    n_series: int = 0
    has_exam: bool = False
    exam_text: str = field(default="", repr=False)
    pdf: bytes = field(default=b"", repr=False)
    sights: tuple[Sight, ...] = field(default=(), repr=False)


def outcome_text(outcome: ExamOutcome) -> str:
    """What is kept of an outcome beside its files, as JSON: with it a run goes on where it stopped."""
    kept = {
        "key": outcome.key, "name": outcome.name, "patient": outcome.patient, "exam_date": outcome.exam_date,
        "source": outcome.source, "rows": list(outcome.rows), "reasons": [asdict(r) for r in outcome.reasons],
        "next_scan": outcome.next_scan, "n_series": outcome.n_series, "has_exam": outcome.has_exam,
        "sights": [{"organ": s.organ, "words": s.words, "is_doubted": s.is_doubted} for s in outcome.sights],
    }  # fmt: skip
    return json.dumps(kept, ensure_ascii=False, indent=1) + "\n"


def read_outcome(content: bytes, pictures: tuple[bytes, ...]) -> ExamOutcome | None:
    """The outcome that ``outcome_text`` wrote, with its pictures; None where it is damaged: it is then made anew."""
    try:
        kept: Any = json.loads(content)
        sights = tuple(Sight(png=png, **s) for s, png in zip(kept.pop("sights"), pictures, strict=True))
        rows, reasons = tuple(kept.pop("rows")), tuple(Reason(**r) for r in kept.pop("reasons"))
        return ExamOutcome(rows=rows, reasons=reasons, sights=sights, **kept)
    except (ValueError, KeyError, TypeError, RecursionError):
        return None
