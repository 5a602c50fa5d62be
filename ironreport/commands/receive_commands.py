"""The commands ``ironreport receive``, ``watch`` and ``fetch``: images of scanner, folder or archive into a clinic."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from ironreport.clinic import open_clinic
from ironreport.receiving import Spool, WatchedFolder, listen, read_sender
from ironreport.receiving.archive_pull import pull

Folder = Annotated[Path, typer.Argument(help="Folder of the clinic.")]


@contextmanager
def _spool_of(folder: Path) -> Iterator[Spool]:
    clinic = open_clinic(folder)
    try:
        yield Spool(clinic)
    finally:
        clinic.close()


def receive(
    folder: Folder,
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port to listen on; 0 for any that is free.")] = 11112,
    address: Annotated[str, typer.Option(help="IP address to listen on.")] = "127.0.0.1",
    ae: Annotated[
        str, typer.Option("--ae", help="How this computer is called by the scanner (AE title).")
    ] = "IRONREPORT",
    sender: Annotated[
        list[str] | None,
        typer.Option("--from", help="Who may send: SCANNER1@10.0.0.7, once for each. Needed beyond this computer."),
    ] = None,
) -> None:
    """Receive images from the scanner (C-STORE) into a clinic, until it is ended with Ctrl-C."""
    ended = threading.Event()
    with _spool_of(folder) as spool:
        listening = listen(
            spool, port, address=address, ae_title=ae, senders=[read_sender(s) for s in sender or ()], said=typer.echo
        )
        _end_by_signal(ended)
        typer.echo(
            f"{ae} listens at {address}, port {listening.port}. Nothing is encrypted on the way. Ctrl-C ends it."
        )
        ended.wait()
        listening.close()
    typer.echo("Ended; what came in is in the clinic.")


def watch(
    folder: Folder,
    source: Annotated[Path, typer.Argument(help="Folder that images are dropped into, also one of a network drive.")],
    every: Annotated[float, typer.Option(min=0.1, help="Seconds between two looks; what changed between waits.")] = 10,
) -> None:
    """Watch a folder: images that have come to rest in it go into the clinic, until it is ended with Ctrl-C."""
    ended = threading.Event()
    clinic = open_clinic(folder)
    try:
        watched = WatchedFolder(clinic, source, typer.echo)
        _end_by_signal(ended)
        typer.echo("Watching. Files stay where they are. Ctrl-C ends it.")
        watched.look()
        while not ended.wait(every):
            watched.look()
    finally:
        clinic.close()
    typer.echo("Ended; what came in is in the clinic.")


def _end_by_signal(ended: threading.Event) -> None:
    for sign in (signal.SIGINT, signal.SIGTERM):
        signal.signal(sign, lambda *_: ended.set())


def fetch(
    folder: Folder,
    url: Annotated[str, typer.Argument(help="DICOMweb service of the archive: http://127.0.0.1:8042/dicom-web.")],
    date: Annotated[str, typer.Option(help="Study date: 20261129 or 20261101-20261129.")] = "",
    patient: Annotated[str, typer.Option(help="Patient ID as the archive has it.")] = "",
    study: Annotated[str, typer.Option(help="Study instance UID.")] = "",
) -> None:
    """Fetch MR studies from an archive into a clinic; user and password stand in ~/.netrc."""
    with _spool_of(folder) as spool:
        n_files = pull(spool, url, dates=date, patient_id=patient, study_uid=study, said=typer.echo)
    typer.echo(f"{n_files} files fetched.")
