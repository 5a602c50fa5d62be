"""The command line: ``ironreport`` starts the app; its commands work without it."""

from __future__ import annotations

import datetime as dt
import json
import os
import sys
from importlib.metadata import version
from pathlib import Path
from typing import Annotated, Literal

import typer

from ironreport.assess.answerable import check_answerable
from ironreport.batch_commands import batch
from ironreport.clinic_commands import clinic_app
from ironreport.errors import IntakeError, IronReportError, ReportError
from ironreport.exam import open_exam
from ironreport.exports import ExportKind, export_file_name
from ironreport.exports import export as exported
from ironreport.hospital.defaults import assess_at_hospital, describe_at_hospital
from ironreport.hospital.settings import VARIABLE, HospitalSettings, hospital_settings
from ironreport.intake import listing, listing_lines, parse_file
from ironreport.intake.masks import read_upload
from ironreport.intake.table import EchoTable, TableError
from ironreport.knowledge import load_knowledge, published_knowledge
from ironreport.knowledge.contradictions import load_contradictions
from ironreport.knowledge.loading import FOLDER
from ironreport.library.masks_found import masks_lines, masks_listing, with_organs
from ironreport.library.sources import files_of, read_file
from ironreport.receive_commands import fetch, receive, watch
from ironreport.records import Choices, Context, DecaySignal, Exam, Measurement
from ironreport.report.content import Card, ReportContent
from ironreport.report.dicom import to_dicom
from ironreport.report.evidence.evidence_check import check_lines, sentence_lines, table_lines
from ironreport.report.pdf import PageSize, file_name, write_pdf
from ironreport.selfcheck.check_record import check_text
from ironreport.selfcheck.remembered import check_when_new, remember
from ironreport.selfcheck.running import run_selfcheck
from ironreport.serving import commands
from ironreport.serving.address import check_port, free_port
from ironreport.serving.commands import service_of
from ironreport.serving.service import Service, check_service
from ironreport.serving.starting import UNTIL_CLOSED, become_server
from ironreport.synthetic.samples import app_folder
from ironreport.validation_commands import validate
from ironreport.writing import write_whole

app = typer.Typer(
    add_completion=False, no_args_is_help=False, pretty_exceptions_enable=False,
    help="MRI signal decay to organ iron. Without a command: starts the app on this computer.",
)  # fmt: skip

app.add_typer(clinic_app, name="clinic")
app.command()(batch)
app.command()(validate)
app.command()(receive)
app.command()(fetch)
app.command()(watch)
app.add_typer(commands.users, name="users")

PORT = 8501
ConfigOption = Annotated[
    Path | None,
    typer.Option("--config", help=f"Settings file of the site; else {VARIABLE}, else the one in the config folder."),
]


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
    port: Annotated[int, typer.Option(help="Port on 127.0.0.1; 0 for a free one.")] = PORT,
    until_closed: Annotated[
        bool, typer.Option("--until-closed", help="End a minute after the last window was closed.")
    ] = False,
    config: ConfigOption = None,
    show_version: Annotated[bool, typer.Option("--version", help="Print the versions and stop.")] = False,
) -> None:
    """Start the app on 127.0.0.1 and open it in the browser."""
    if show_version:
        typer.echo(f"IronReport {version('ironreport')}, knowledge {published_knowledge().version}")
        raise typer.Exit
    if config is not None:
        os.environ[VARIABLE] = str(config)  # a command after it reads it, as the app does
    if context.invoked_subcommand is not None:
        return
    _serve(Service(), port or free_port(), **({UNTIL_CLOSED: "1"} if until_closed else {}))


@app.command()
def serve(
    lan: commands.LanOption = "",
    behind_proxy: commands.ProxyOption = "",
    users: commands.UsersOption = None,
    trust_header: commands.HeaderOption = "",
    sender: commands.FromOption = "",
    oidc: commands.OidcOption = None,
    only: commands.OnlyOption = None,
    host: commands.HostOption = None,
    plain_http: commands.PlainOption = False,
    idle_minutes: commands.IdleOption = 30.0,
    port: Annotated[int, typer.Option(help="Port to listen on.")] = PORT,
    config: ConfigOption = None,
) -> None:
    """Start the app for other computers, behind an access control: --users, --trust-header or --oidc."""
    if config is not None:
        os.environ[VARIABLE] = str(config)
    service = service_of(
        lan, behind_proxy, users, trust_header, sender, oidc, only, host, plain_http, idle_minutes
    )  # fmt: skip
    check_service(service)
    _serve(service, port)


def _serve(service: Service, port: int, **variables: str) -> None:
    settings = hospital_settings(published_knowledge())  # a mistake is said here, not on every page
    check_port(port, service.address)
    # the app runs in another folder
    variables |= {} if settings.path is None else {VARIABLE: str(settings.path.resolve())}
    typer.echo(check_when_new())
    become_server(service, port, app_folder(), **variables)


@app.command()
def fit(
    file: Annotated[Path, typer.Argument(help="CSV, TSV, TXT or XLSX with echo times and signals.")],
    organ: Annotated[str, typer.Option(help="liver, heart, ...")],
    field: Annotated[float, typer.Option(help="Field strength in tesla.")],
    calibration: Annotated[str, typer.Option(help="Calibration id; the default without it.")] = "",
    ladder: Annotated[str, typer.Option(help="Ladder id; the default without it.")] = "",
    disease: Annotated[str, typer.Option(help="tdt or unknown.")] = "unknown",
    answer: Annotated[int, typer.Option(help="Number of the reading meant, where the table was asked about.")] = 0,
    config: ConfigOption = None,
) -> None:
    """Print the finding of one signal."""
    knowledge = published_knowledge()
    settings = hospital_settings(knowledge, config)
    knowledge.organ(organ)
    table = _meant(file, answer)
    signal = DecaySignal(organ, table.te_ms, table.signal, field_tesla=field, origin="file", cautions=table.cautions)
    choices = Choices(calibration=calibration, ladder=ladder)
    exam = Exam("command line", measurements=(Measurement(signal, choices),), context=Context(disease))
    for note in table.notes:
        typer.echo(note)
    content = describe_at_hospital(assess_at_hospital(exam, settings, knowledge), settings, knowledge)
    typer.echo("\n".join(finding_lines(content)))


def _meant(file: Path, answer: int) -> EchoTable:
    """The table, or of several readings the one that was chosen, counted from 1; without a choice the question."""
    content = read_file(file)
    table = parse_file(file.name, content)
    if table.question is None:
        return table
    answers = table.question.answers
    if 1 <= answer <= len(answers):
        return parse_file(file.name, content, answers[answer - 1].key)
    listed = "\n".join(f"  --answer {k}: {one.says}: {one.gives}" for k, one in enumerate(answers, start=1))
    raise IntakeError("TABLE_UNCLEAR", table.question.text, f"Say which reading is meant:\n{listed}")


def finding_lines(content: ReportContent) -> list[str]:
    """The findings of an exam as plain lines."""
    lines = [line for card in content.cards for line in _card_lines(card)]
    lines += [f"Next scan: {x.text}" for x in content.next_scan]
    lines += [*content.local.lines, *content.local.local_limits]
    rules = ", ".join(dict.fromkeys(x.rule for x in content.next_scan if x.rule))
    appendix = [f"Rules behind the lines: {rules}"] if rules else []
    return [*lines, content.not_a_device, *appendix, f"{content.software} · knowledge {content.knowledge_version}"]


def _card_lines(card: Card) -> list[str]:
    answer = " · ".join(x for x in (card.headline, card.interval, card.class_word) if x)
    proof = [card.measured, card.calibration, card.ladder, card.other_calibrations]
    doubts = (*card.absence, *card.flags, *card.cautions)
    return [f"{card.name}: {answer}", *(f"  {x}" for x in proof if x), *(f"  ! {x}" for x in doubts)]


@app.command()
def report(
    exam: Annotated[Path, typer.Argument(help="Exam file, *.ironreport.json.")],
    pdf: Annotated[Path, typer.Option(help="PDF file to write.")],
    paper: Annotated[str, typer.Option(help="A4 or Letter; that of the settings without it.")] = "",
    appendix: Annotated[
        bool, typer.Option("--appendix", help="Add every calibration, the whole fit, rule ids and versions.")
    ] = False,
    for_patient: Annotated[
        bool, typer.Option("--for-patient", help="Add a paragraph in plain words for the patient, without advice.")
    ] = False,
    config: ConfigOption = None,
) -> None:
    """Write the PDF report of an exam file."""
    knowledge = published_knowledge()
    settings = hospital_settings(knowledge, config)
    content = describe_at_hospital(assess_at_hospital(_exam(exam), settings, knowledge), settings, knowledge)
    size = _page_size(paper, settings)
    _write(pdf, write_pdf(content, size, appendix=appendix, for_patient=for_patient))
    typer.echo("\n".join([f"Report {content.report_id} written to {pdf}", *content.local.lines]))


@app.command()
def export(
    exam: Annotated[Path, typer.Argument(help="Exam file, *.ironreport.json.")],
    to: Annotated[Literal[ExportKind, "dicom"], typer.Option(help="What to write.")],
    out: Annotated[Path | None, typer.Option(help="File to write; a name that names nobody without it.")] = None,
    config: ConfigOption = None,
) -> None:
    """Write an exam file for another program: FHIR R4, CSV or XLSX, a notebook that proves the report, or DICOM.

    An exam file holds no images, so its DICOM objects make a study of their own under the pseudonym.
    """
    knowledge = published_knowledge()
    settings = hospital_settings(knowledge, config)
    assessment = assess_at_hospital(_exam(exam), settings, knowledge)
    content = describe_at_hospital(assessment, settings, knowledge)
    paper = _page_size("", settings)
    if to == "dicom":
        file = out or Path(file_name(content)).with_suffix(".dicom.zip")
        now = dt.datetime.now().replace(microsecond=0)
        pdf = write_pdf(content, paper)
        made = to_dicom(assessment, content, knowledge, pdf, origins={}, maps={}, written_at=now)
        _write(file, made.as_zip())
    else:
        file = out or Path(export_file_name(to, content))
        _write(file, exported(to, assessment, content, knowledge, paper))
    typer.echo(f"Report {content.report_id} written to {file}")


def _write(path: Path, content: bytes) -> None:
    """Write a file whole, or say why there is none."""
    try:
        write_whole(path, content)
    except OSError:
        raise ReportError(
            "NOT_WRITTEN", f"{path} cannot be written.", "Check that the folder is there and may be written to."
        ) from None


def _exam(path: Path) -> Exam:
    exam = open_exam(read_file(path))
    check_answerable(exam, published_knowledge())
    return exam


def _page_size(paper: str, settings: HospitalSettings) -> PageSize:
    return "Letter" if (paper or settings.file.paper).casefold() == "letter" else "A4"


@app.command()
def inspect(
    path: Annotated[Path, typer.Argument(help="DICOM or NIfTI file, folder of them, or zip.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of lines.")] = False,
) -> None:
    """Print what images and masks of an upload are: series, times, field, what is left out and why.

    No names are printed, but a NIfTI series without a description is called like its file.
    """
    upload = read_upload(files_of(path))
    found, masks = listing(upload.found, published_knowledge().organs_named), with_organs(upload.masks)
    if as_json:
        typer.echo(json.dumps({**found, **masks_listing(masks)}, indent=2, ensure_ascii=False))
    else:
        typer.echo("\n".join([*listing_lines(found), *masks_lines(masks)]))


@app.command()
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


@app.command()
def selftest(
    out: Annotated[Path | None, typer.Option(help="Text file to write it to, for paper.")] = None,
) -> None:
    """Check this installation: reference decays, images, exports, fonts, versions. Ends with 1 where a part fails."""
    found = run_selfcheck()
    remember(found)
    typer.echo(check_text(found))
    if out is not None:
        _write(out, check_text(found).encode())
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
