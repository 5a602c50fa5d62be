"""The command line: ``ironreport`` starts the app; ``fit``, ``report`` and ``check`` work without it."""

from __future__ import annotations

import os
import sys
from collections import Counter
from importlib.metadata import version
from pathlib import Path
from typing import Annotated

import typer

from ironreport.assess import assess
from ironreport.errors import IntakeError, IronReportError
from ironreport.exam import open_exam
from ironreport.intake import parse_file
from ironreport.intake.table import TableError
from ironreport.knowledge import Knowledge, load_knowledge, published_knowledge
from ironreport.knowledge.schema import Cited
from ironreport.records import Assessment, Choices, Context, DecaySignal, Exam, Measurement
from ironreport.report import describe
from ironreport.report.content import Card
from ironreport.report.pdf import write_pdf
from ironreport.samples import app_folder

app = typer.Typer(
    add_completion=False, no_args_is_help=False, pretty_exceptions_enable=False,
    help="MRI signal decay to organ iron. Without a command: starts the app on this computer.",
)  # fmt: skip

PORT = 8501


def main() -> None:
    """Entry of the ``ironreport`` command: errors are sentences, never tracebacks."""
    try:
        app()
    except TableError as error:
        lines = "\n".join(f"  line {p.line}: {p.text}\n    {p.what} {p.cure}" for p in error.problems)
        _stop(f"{error.refusal}\n{lines}")
    except IronReportError as error:
        _stop(str(error.refusal))


def _stop(message: str) -> None:
    typer.echo(message, err=True)
    sys.exit(1)


@app.callback(invoke_without_command=True)
def start(
    context: typer.Context,
    port: Annotated[int, typer.Option(help="Port on 127.0.0.1.")] = PORT,
    show_version: Annotated[bool, typer.Option("--version", help="Print the versions and stop.")] = False,
) -> None:
    """Start the app on 127.0.0.1 and open it in the browser."""
    if show_version:
        typer.echo(f"IronReport {version('ironreport')}, knowledge {published_knowledge().version}")
        raise typer.Exit
    if context.invoked_subcommand is not None:
        return
    folder = app_folder()
    # settings from the environment would override the file that keeps the app on this computer
    environment = {k: v for k, v in os.environ.items() if not k.startswith("STREAMLIT_")}
    headless = "false" if _has_display() else "true"
    typer.echo(f"IronReport: http://127.0.0.1:{port}  (stop with Ctrl+C)")
    sys.stdout.flush()
    os.chdir(folder)
    command = [
        sys.executable, "-m", "streamlit", "run", "app.py", "--server.address", "127.0.0.1",
        "--server.port", str(port), "--server.headless", headless, "--browser.gatherUsageStats", "false",
    ]  # fmt: skip
    os.execve(sys.executable, command, environment)


def _has_display() -> bool:
    return sys.platform in ("win32", "darwin") or bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


@app.command()
def fit(
    file: Annotated[Path, typer.Argument(help="CSV, TSV, TXT or XLSX with echo times and signals.")],
    organ: Annotated[str, typer.Option(help="liver, heart, ...")],
    field: Annotated[float, typer.Option(help="Field strength in tesla.")],
    calibration: Annotated[str, typer.Option(help="Calibration id; the published default without it.")] = "",
    ladder: Annotated[str, typer.Option(help="Ladder id; the published default without it.")] = "",
    disease: Annotated[str, typer.Option(help="tdt or unknown.")] = "unknown",
) -> None:
    """Print the finding of one signal."""
    knowledge = published_knowledge()
    knowledge.organ(organ)
    table = parse_file(file.name, _read(file))
    signal = DecaySignal(organ, table.te_ms, table.signal, field_tesla=field, origin="file", cautions=table.cautions)
    choices = Choices(calibration=calibration, ladder=ladder)
    exam = Exam("command line", measurements=(Measurement(signal, choices),), context=Context(disease))
    for note in table.notes:
        typer.echo(note)
    typer.echo("\n".join(finding_lines(assess(exam, knowledge), knowledge)))


def finding_lines(assessment: Assessment, knowledge: Knowledge) -> list[str]:
    """The findings of an assessment as plain lines."""
    content = describe(assessment, knowledge)
    lines = [line for card in content.cards for line in _card_lines(card)]
    lines += [f"Next scan: {x.text} {f'({x.rule})' if x.rule else ''}".strip() for x in content.next_scan]
    return [*lines, content.not_a_device, f"{content.software} · knowledge {content.knowledge_version}"]


def _card_lines(card: Card) -> list[str]:
    answer = " · ".join(x for x in (card.headline, card.interval, card.class_word) if x)
    proof = [card.measured, card.calibration, card.ladder, card.other_calibrations]
    doubts = (*card.absence, *card.flags, *card.cautions)
    return [f"{card.name}: {answer}", *(f"  {x}" for x in proof if x), *(f"  ! {x}" for x in doubts)]


@app.command()
def report(
    exam: Annotated[Path, typer.Argument(help="Exam file, *.ironreport.json.")],
    pdf: Annotated[Path, typer.Option(help="PDF file to write.")],
    paper: Annotated[str, typer.Option(help="A4 or Letter.")] = "A4",
) -> None:
    """Write the PDF report of an exam file."""
    knowledge = published_knowledge()
    try:
        text = _read(exam).decode("utf-8")
    except UnicodeDecodeError:
        raise IntakeError(
            "NOT_AN_EXAM", "The file is not an IronReport exam: it is not text.", "Choose an .ironreport.json file."
        ) from None
    content = describe(assess(open_exam(text), knowledge), knowledge)
    pdf.write_bytes(write_pdf(content, "Letter" if paper.casefold() == "letter" else "A4"))
    typer.echo(f"Report {content.report_id} written to {pdf}")


@app.command()
def check(
    folder: Annotated[Path | None, typer.Argument(help="Knowledge folder; the shipped one without it.")] = None,
) -> None:
    """Validate all knowledge files and count their entries by evidence status."""
    knowledge = load_knowledge(folder) if folder else load_knowledge()
    typer.echo("\n".join(check_lines(knowledge)))


def check_lines(knowledge: Knowledge) -> list[str]:
    """What ``ironreport check`` prints."""
    entries = knowledge.entries()
    counts = Counter(entry.evidence for _, entry in entries)
    disabled = [(place, entry) for place, entry in entries if not entry.usable]
    lines = [
        f"Knowledge {knowledge.version}, reviewed {knowledge.reviewed}: all files are valid.",
        f"{len(knowledge.organs)} organs, {len(knowledge.diseases)} diseases, {len(knowledge.sources)} sources.",
        "Entries by status: " + ", ".join(f"{status} {counts[status]}" for status in sorted(counts)),
        f"Disabled: {len(disabled)}",
    ]
    lines += [f"  {place}: {_why_disabled(entry)}" for place, entry in disabled]
    for organ in knowledge.organs.values():
        lines += [
            f"  {organ.id} {c.field} T {c.id}: {c.formula(c.input)} at {c.worked_example.input:g} "
            f"gives {c.iron_mg_per_g(c.worked_example.input):.3f}, as written"
            for c in organ.calibration
        ]
    return lines


def _why_disabled(entry: Cited) -> str:
    reason = "status C, not confirmed" if entry.evidence == "C" else "switched off in the file"
    return f"{reason}. {entry.where or entry.note}".strip()


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        raise IntakeError("NO_FILE", f"{path} cannot be read.", "Check the path.") from None
