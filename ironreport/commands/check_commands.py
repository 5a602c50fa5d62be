"""The commands about the program itself: ``ironreport check`` for its knowledge, ``selftest`` for its installation."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ironreport.commands.command_options import ConfigOption, write_or_say
from ironreport.hospital.settings import HospitalSettings, hospital_settings
from ironreport.knowledge import load_knowledge
from ironreport.knowledge.contradictions import load_contradictions
from ironreport.knowledge.loading import FOLDER
from ironreport.report.evidence.evidence_check import check_lines, sentence_lines, table_lines
from ironreport.selfcheck.check_record import check_text
from ironreport.selfcheck.remembered import remember
from ironreport.selfcheck.running import run_selfcheck


def check(
    folder: Annotated[Path | None, typer.Argument(help="Knowledge folder; the shipped one without it.")] = None,
    config: ConfigOption = None,
    table: Annotated[bool, typer.Option("--table", help="Print every entry as a Markdown table instead.")] = False,
    sentences: Annotated[
        bool, typer.Option("--sentences", help="Print every sentence with its sources instead.")
    ] = False,
) -> None:
    """Validate all knowledge files: entries by status and kind, what is disabled and why, worked examples."""
    knowledge = load_knowledge(folder or FOLDER)
    if table:
        typer.echo("\n".join(table_lines(knowledge)))
        return
    if sentences:
        typer.echo("\n".join(sentence_lines(knowledge)))
        return
    typer.echo("\n".join(check_lines(knowledge, load_contradictions(knowledge, folder or FOLDER))))
    typer.echo(_settings_line(hospital_settings(knowledge, config)))


def selftest(
    out: Annotated[Path | None, typer.Option(help="Text file to write it to, for paper.")] = None,
) -> None:
    """Check this installation: reference decays, images, exports, fonts, versions. Ends with 1 where a part fails."""
    found = run_selfcheck()
    remember(found)
    typer.echo(check_text(found))
    if out is not None:
        write_or_say(out, check_text(found).encode())
    if not found.passed:
        raise typer.Exit(1)


def _settings_line(settings: HospitalSettings) -> str:
    if settings.path is None:
        return "Site settings: none, the published defaults hold."
    file = settings.file
    held = f"default calibrations {len(file.default_calibration)}, default ladders {len(file.default_ladder)}"
    return (
        f"Site settings: {settings.path} is valid; {held}, local limits {len(file.local_limit)}, "
        f"limits of its own {len(file.site_limit)}."
    )
