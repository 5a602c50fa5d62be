"""Every row of the self-check, one after the other; a row that breaks fails, and the others still run."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable, Iterator
from importlib.metadata import version

from ironreport.knowledge import published_knowledge
from ironreport.selfcheck.check_record import CheckFailedError, CheckRow, SelfCheck
from ironreport.selfcheck.fingerprints import code_sha256, knowledge_sha256
from ironreport.selfcheck.images_checked import decoder_limits, transfer_syntaxes
from ironreport.selfcheck.installation_checked import address_of, fonts, knowledge_files, versions
from ironreport.selfcheck.numbers_checked import reference_decays, sample_classes
from ironreport.selfcheck.ways_out_checked import SampleReport

Check = Callable[[], str]
"""Gives what was found; raises where it is not what it must be."""


def checks(address: str | None = None) -> Iterator[tuple[str, Check]]:
    """Name and check of every row, in reading order.

    Parameters
    ----------
    address : str, optional
        Where the running app listens; the configured address without it.
    """
    report = SampleReport()
    yield "Reference decays", reference_decays
    yield "Classes of the samples", sample_classes
    yield "Knowledge files", knowledge_files
    yield "DICOM, each transfer syntax", transfer_syntaxes
    yield "Decoder limits", decoder_limits
    yield "Fonts", fonts
    yield "PDF", report.pdf_reads_back
    yield "Exam file", report.exam_file_reads_back
    yield "CSV", report.csv_reads_back
    yield "XLSX", report.xlsx_reads_back
    yield "FHIR", report.fhir_reads_back
    yield "DICOM structured report", report.sr_reads_back
    yield "Notebook", report.notebook_reads_back
    yield "Versions", versions
    yield "Address", lambda: address_of(address)


def run_selfcheck(address: str | None = None) -> SelfCheck:
    """The self-check of this installation; it needs no network and writes no file.

    Parameters
    ----------
    address : str, optional
        Where the running app listens; the configured address without it.
    """
    rows = tuple(_row(name, check) for name, check in checks(address))
    return SelfCheck(
        rows,
        f"IronReport {version('ironreport')}",
        _knowledge_version(),
        code_sha256(),
        knowledge_sha256(),
        dt.datetime.now().astimezone().isoformat(timespec="seconds"),
    )


def _row(name: str, check: Check) -> CheckRow:
    begun = time.perf_counter()
    try:
        passed, said = True, check()
    except CheckFailedError as error:
        passed, said = False, str(error)
    except Exception as error:  # whatever breaks is a FAIL with its kind, never the end of the self-check
        passed, said = False, f"It broke ({type(error).__name__})."
    return CheckRow(name, passed, said, time.perf_counter() - begun)


def _knowledge_version() -> str:
    try:
        return published_knowledge().version
    except Exception:  # the row of the knowledge files says why
        return "not readable"
