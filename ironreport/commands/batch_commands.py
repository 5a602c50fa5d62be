"""The command for many exams: ``ironreport batch FOLDER --out OUT``."""

from __future__ import annotations

import math
import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from ironreport.batch import BatchOptions, BatchSummary, run_batch, run_clinic
from ironreport.batch.batch_run import Stage, Workers
from ironreport.batch.clinic_source import is_clinic
from ironreport.errors import IntakeError
from ironreport.knowledge import published_knowledge


def batch(
    folder: Annotated[Path, typer.Argument(help="Folder or zip with images of many patients, or a clinic.")],
    out: Annotated[Path, typer.Option(help="Folder of the results; a run that was stopped goes on there.")],
    regions: Annotated[Path | None, typer.Option(help="Folder of masks or exam files; beside the images too.")] = None,
    workers: Annotated[int, typer.Option(min=0, help="Processes; as many as there are cores without it.")] = 0,
    dask: Annotated[str, typer.Option(help="Address of a Dask scheduler, tcp://host:8786, instead.")] = "",
    disease: Annotated[str, typer.Option(help="Disease of all; tdt, scd, ... An exam file has its own.")] = "unknown",
    pdf: Annotated[bool, typer.Option("--pdf/--no-pdf", help="A printed report for each exam.")] = True,
    paper: Annotated[str, typer.Option(help="A4 or Letter.")] = "A4",
) -> None:
    """Measure many exams where regions exist: a PDF each, one table of all, pictures to check, reasons for gaps."""
    known = published_knowledge().diseases
    if disease not in {"unknown", *known}:
        raise IntakeError("UNKNOWN_DISEASE", "There is no such disease here.", f"Known: {', '.join(known)}.")
    options = BatchOptions(disease, pdf, "Letter" if paper.casefold() == "letter" else "A4")
    who = Workers(dask=dask) if dask else Workers(workers or _cores())
    if is_clinic(folder) and regions is not None:
        raise IntakeError(
            "CLINIC_REGIONS", "The exams of a clinic have their masks beside their images.",
            "Put the masks into the clinic with the images, or leave --regions out.",
        )  # fmt: skip
    if is_clinic(folder):
        done = run_clinic(folder, out, options, who, _say)
    else:
        done = run_batch(folder, out, regions, options, who, _say)
    sys.stderr.write("\r" + " " * 60 + "\r")
    typer.echo("\n".join(summary_lines(done, out)))


def _cores() -> int:
    """Cores that this program may use."""
    return len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count() or 1


def _say(stage: Stage) -> None:
    """Progress on the error stream."""
    said = f"{stage.doing}: {stage.n_done} of {stage.n_total}"
    said = said if stage.left_s is None else f"{said}, about {minutes(stage.left_s)} left"
    sys.stderr.write(f"\r{said}   ")
    sys.stderr.flush()


def minutes(seconds: float) -> str:
    """A time as people say it.

    >>> minutes(42), minutes(150)
    ('42 s', '3 min')
    """
    return f"{seconds:.0f} s" if seconds < 90 else f"{math.ceil(seconds / 60)} min"


def summary_lines(done: BatchSummary, out: Path) -> list[str]:
    """What a run did, in lines."""
    before = done.n_taken_over
    made = f"{done.n_exams} exams{f', {before} of them done before' if before else ''}"
    lines = [f"{made}; {done.n_with_number} with a number.", f"Tables and pictures in {out}."]
    return lines + [f"  {n} x {code}" for code, n in done.reasons]
