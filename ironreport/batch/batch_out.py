"""The folder that a run writes into: a file for each exam when it is done, tables and pictures at the end."""

from __future__ import annotations

import contextlib
import secrets
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from ironreport.batch.checking_picture import Shown, contact_sheets
from ironreport.batch.exam_outcome import Cell, ExamOutcome, Reason, outcome_text, read_outcome
from ironreport.clinic.clinic_folder import KEY_BYTES, put_file, written
from ironreport.report.rows import csv_file, row_columns, safe, xlsx_file

Record = dict[str, Cell]
ROWS, PATIENTS, REASONS = "regions", "patients", "log"
LOG_COLUMNS = ("patient", "exam_date", "source", "organ", "code", "files", "what", "cure")


@dataclass(frozen=True, slots=True)
class OutFolder:
    """Where a run writes."""

    root: Path

    def key(self) -> bytes:
        """Key of the pseudonyms of this folder; made where there is none.

        Raises
        ------
        ClinicError
            ``NOT_WRITTEN``, ``DISK_FULL``.
        """
        place = self.root / "batch.key"
        with contextlib.suppress(OSError, ValueError):
            return bytes.fromhex(place.read_text(encoding="ascii").strip())
        key = secrets.token_bytes(KEY_BYTES)
        put_file(place, key.hex().encode())
        return key

    def held(self, name: str, key: str) -> ExamOutcome | None:
        """The outcome of an exam that was done before with the same files, regions, options and versions."""
        with contextlib.suppress(OSError):
            content = self._of(name, "outcome.json").read_bytes()
            if f'"key": "{key}"'.encode() not in content[:200]:
                return None
            pictures: list[bytes] = []
            while (place := self._picture(name, len(pictures))).is_file():
                pictures.append(place.read_bytes())
            return read_outcome(content, tuple(pictures))
        return None

    def put(self, outcome: ExamOutcome) -> None:
        """Write the files of one exam; the outcome last, so that what is half written is made anew.

        Raises
        ------
        ClinicError
            ``NOT_WRITTEN``, ``DISK_FULL``.
        """
        with written(self.root):
            self._drop(outcome)
        for n, sight in enumerate(outcome.sights):
            put_file(self._picture(outcome.name, n), sight.png)
        if outcome.exam_text:
            put_file(self._of(outcome.name, "ironreport.json"), outcome.exam_text.encode())
        if outcome.pdf:
            put_file(self._report(outcome.name), outcome.pdf)
        put_file(self._of(outcome.name, "outcome.json"), outcome_text(outcome).encode())

    def _drop(self, outcome: ExamOutcome) -> None:
        """Take away what an earlier run made of this exam and this one does not."""
        self._of(outcome.name, "outcome.json").unlink(missing_ok=True)
        if not outcome.exam_text:
            self._of(outcome.name, "ironreport.json").unlink(missing_ok=True)
        if not outcome.pdf:
            self._report(outcome.name).unlink(missing_ok=True)
        n = len(outcome.sights)
        while (place := self._picture(outcome.name, n)).is_file():
            place.unlink()
            n += 1

    def _of(self, name: str, ending: str) -> Path:
        return self.root / "exams" / f"{name}.{ending}"

    def _report(self, name: str) -> Path:
        return self.root / "reports" / f"{name}.pdf"

    def _picture(self, name: str, number: int) -> Path:
        return self.root / "pictures" / f"{name}_{number + 1}.png"

    def put_tables(self, outcomes: Sequence[ExamOutcome], loose: Sequence[Reason] = ()) -> None:
        """One workbook and CSV files of all exams, the log, and pages of pictures; equal input gives equal bytes.

        Raises
        ------
        ClinicError
            ``NOT_WRITTEN``, ``DISK_FULL``.
        """
        regions = [row for outcome in outcomes for row in outcome.rows]
        organs = tuple(dict.fromkeys(str(row["organ"]) for row in regions))
        patients = [_patient_row(outcome, organs) for outcome in outcomes]
        log = [_log_row(outcome, reason) for outcome in outcomes for reason in outcome.reasons]
        log += [_log_row(None, reason) for reason in loose]
        sheets: dict[str, tuple[Sequence[str], Sequence[Record]]] = {
            PATIENTS: (_patient_columns(organs), patients), ROWS: (row_columns(), regions), REASONS: (LOG_COLUMNS, log),
        }  # fmt: skip
        for title, (columns, records) in sheets.items():
            put_file(self.root / f"{title}.csv", csv_file(columns, records))
        put_file(self.root / "results.xlsx", xlsx_file(sheets, f"IronReport {version('ironreport')}"))
        for n, page in enumerate(contact_sheets(list(_shown(outcomes)), "Regions to check"), start=1):
            put_file(self.root / f"contact_sheet_{n:03d}.png", page)


def _shown(outcomes: Sequence[ExamOutcome]) -> Iterator[Shown]:
    for outcome in outcomes:
        for sight in outcome.sights:
            yield Shown(sight.png, f"{outcome.patient} {outcome.exam_date}", sight.words, sight.is_doubted)


def _patient_columns(organs: Sequence[str]) -> tuple[str, ...]:
    of_organs = (f"{organ}_{what}" for organ in organs for what in ("value", "unit", "low_95", "high_95", "class"))
    return ("patient", "exam_date", "source", *of_organs, "next_scan", "why_no_number", "exam_file")


def _patient_row(outcome: ExamOutcome, organs: Sequence[str]) -> Record:
    """The answer for one patient in one line; of an organ with several regions that are told apart, the first."""
    made: Record = dict.fromkeys(_patient_columns(organs))
    for row in reversed(outcome.rows):
        for what in ("value", "unit", "low_95", "high_95", "class"):
            made[f"{row['organ']}_{what}"] = row[what]
        if row["comparator"]:
            made[f"{row['organ']}_value"] = f"{row['comparator']} {row['value']}"
    last = outcome.reasons[-1] if outcome.reasons and not outcome.rows else None
    why = f"{last.code}: {last.what}" if last else ""
    made |= {"patient": outcome.patient, "exam_date": outcome.exam_date, "source": safe(outcome.source)}
    named = f"exams/{outcome.name}.ironreport.json" if outcome.has_exam else ""
    return made | {"next_scan": safe(outcome.next_scan), "why_no_number": safe(why), "exam_file": named}


def _log_row(outcome: ExamOutcome | None, reason: Reason) -> Record:
    whose = (outcome.patient, outcome.exam_date, safe(outcome.source)) if outcome else ("", "", "")
    cells = (*whose, reason.organ, reason.code, reason.n_files or None, safe(reason.what), safe(reason.cure))
    return dict(zip(LOG_COLUMNS, cells, strict=True))


def reason_counts(outcomes: Sequence[ExamOutcome]) -> Counter[str]:
    """How often each reason stands in a run."""
    return Counter(reason.code for outcome in outcomes for reason in outcome.reasons)
