"""The commands about one exam: ``ironreport fit``, ``report``, ``export`` and ``inspect``."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import Annotated, Literal

import typer

from ironreport.assess.answerable import check_answerable
from ironreport.commands.command_options import ConfigOption, write_or_say
from ironreport.errors import IntakeError
from ironreport.exam import open_exam
from ironreport.exports import ExportKind, export_file_name
from ironreport.exports import export as exported
from ironreport.hospital.defaults import assess_at_hospital, describe_at_hospital
from ironreport.hospital.settings import HospitalSettings, hospital_settings
from ironreport.intake import listing, listing_lines, parse_file
from ironreport.intake.masks import read_upload
from ironreport.intake.table import EchoTable
from ironreport.knowledge import published_knowledge
from ironreport.library.masks_found import masks_lines, masks_listing, with_organs
from ironreport.library.sources import files_of, read_file
from ironreport.records import Choices, Context, DecaySignal, Exam, Measurement
from ironreport.report.content import Card, ReportContent
from ironreport.report.dicom import to_dicom
from ironreport.report.pdf import PageSize, file_name, write_pdf


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
    write_or_say(pdf, write_pdf(content, size, appendix=appendix, for_patient=for_patient))
    typer.echo("\n".join([f"Report {content.report_id} written to {pdf}", *content.local.lines]))


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
        write_or_say(file, made.as_zip())
    else:
        file = out or Path(export_file_name(to, content))
        write_or_say(file, exported(to, assessment, content, knowledge, paper))
    typer.echo(f"Report {content.report_id} written to {file}")


def _exam(path: Path) -> Exam:
    exam = open_exam(read_file(path))
    check_answerable(exam, published_knowledge())
    return exam


def _page_size(paper: str, settings: HospitalSettings) -> PageSize:
    return "Letter" if (paper or settings.file.paper).casefold() == "letter" else "A4"


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
