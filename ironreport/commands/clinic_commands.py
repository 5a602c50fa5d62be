"""The commands of a clinic: ``ironreport clinic new | add | list | due | same | rebuild | import | export``."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from ironreport.clinic import STATE_WORDS, Clinic, add_exam, make_clinic, open_clinic, rebuild, say_same
from ironreport.clinic.clinic_folder import put_file
from ironreport.clinic.clinic_queries import ListedPatient, due, patients, without_date, worklist
from ironreport.clinic.earlier_csv import column_map, import_results
from ironreport.clinic.image_arrivals import add_images
from ironreport.clinic.name_sealing import sealing_of
from ironreport.clinic.research_export import research_zip
from ironreport.errors import IntakeError, IronReportError
from ironreport.exam import open_exam
from ironreport.library.file_refs import FileRef, files_below, loaders
from ironreport.library.sources import read_file

clinic_app = typer.Typer(
    no_args_is_help=True, help="A folder of this computer that holds exams: the day's list, the years, who is due."
)
Folder = Annotated[Path, typer.Argument(help="Folder of the clinic.")]


@contextmanager
def _opened(folder: Path) -> Iterator[Clinic]:
    clinic = open_clinic(folder)
    try:
        yield clinic
    finally:
        clinic.close()


@clinic_app.command()
def new(
    folder: Folder,
    database: Annotated[str, typer.Option(help="Address of a PostgreSQL database; SQLite in the folder without.")] = "",
    names: Annotated[bool, typer.Option("--names", help="Keep names of patients, encrypted where possible.")] = False,
) -> None:
    """Make a clinic in an empty folder."""
    made = make_clinic(folder, database, names=names)
    warning = sealing_of(made).warning
    made.close()
    typer.echo(
        f"The clinic stands in {folder}. Keep a copy of clinic.key in a safe place: without it a patient who comes "
        "again is not found under the same pseudonym."
    )
    if warning:
        typer.echo(warning, err=True)


@clinic_app.command()
def add(
    folder: Folder,
    source: Annotated[Path, typer.Argument(help="Images in a folder or zip, of many patients; or exam files.")],
    patient: Annotated[str, typer.Option(help="Patient ID or pseudonym; that of the exam file without it.")] = "",
) -> None:
    """Put images and exam files into the clinic, each study by itself; nothing is put twice."""
    with _opened(folder) as clinic:
        refs = files_below(source)
        exams = [ref for ref in refs if ref.name.endswith(".ironreport.json")]
        images = [ref for ref in refs if ref not in exams]
        if not refs:
            raise IntakeError("NO_FILE", "There is no file there.", "Give images, or *.ironreport.json.")
        if images:
            _add_images(clinic, images)
        for ref in exams:
            _add_one(clinic, ref, patient, is_alone=len(refs) == 1)


def _add_images(clinic: Clinic, refs: list[FileRef]) -> None:
    arrived = add_images(clinic, loaders(refs))
    for visit in arrived.visits:
        new = "new" if visit.id in arrived.new else f"known, {STATE_WORDS[visit.state]}"
        what = f"{visit.exam_date or 'undated'}: {new}; {'; '.join(visit.series)}"
        typer.echo(f"exam {visit.id} of {visit.patient}, {what}")
        for doubt in visit.doubts:
            typer.echo(f"  ! {doubt.text}")
    for left in arrived.left_out:
        typer.echo(f"  {left.n_files} x {left.code}: {left.what} {left.cure}", err=True)


def _add_one(clinic: Clinic, ref: FileRef, patient: str, *, is_alone: bool) -> None:
    """Add one file; of several, one that is none is named and the others go on."""
    try:
        visit = add_exam(clinic, open_exam(ref.read()), patient)
    except IronReportError as error:
        if is_alone:
            raise
        typer.echo(f"{ref.name}: {error.refusal}", err=True)
        return
    typer.echo(f"{ref.name}: exam {visit.id} of {visit.patient}, {STATE_WORDS[visit.state]}")


@clinic_app.command("list")
def list_exams(
    folder: Folder,
    day: Annotated[str, typer.Option(help="Exams that came in on this day, YYYY-MM-DD, or today.")] = "",
    registry: Annotated[bool, typer.Option("--patients", help="List patients instead of exams.")] = False,
    words: Annotated[str, typer.Option("--find", help="With --patients: parts of pseudonym, disease, date.")] = "",
) -> None:
    """Print the exams that are not signed off, those of a day, or the patients."""
    with _opened(folder) as clinic:
        if registry:
            typer.echo("\n".join(map(patient_line, patients(clinic, words))) or "No patient.")
            return
        asked = dt.date.today().isoformat() if day == "today" else day
        lines = [
            f"{e.id}  {e.pseudonym}  {e.exam_date or 'undated':10}  {e.state:8} "
            f"{f'{e.n_doubts} doubts' if e.n_doubts else ''}{f' {e.problem}' if e.problem else ''}  {e.series}".rstrip()
            for e in worklist(clinic, asked)
        ]
        typer.echo("\n".join(lines) or "No exam.")


def patient_line(one: ListedPatient) -> str:
    """A patient in a line: when due, by which interval and why."""
    date = f"due {one.due}" if one.due else "no date"
    if one.months:
        date = f"{date} (about {one.months} months after {one.due_of}, {one.rule})"
    exams = f"{one.n_exams} exams, last {one.last_exam or '-'}"
    return f"{one.pseudonym}  {one.disease or '-':8} {exams}  {date}  {one.why}"


@clinic_app.command("due")
def due_list(
    folder: Folder,
    until: Annotated[str, typer.Option(help="Due by this day, YYYY-MM-DD; today without it.")] = "",
    undated: Annotated[bool, typer.Option("--undated", help="Patients without an interval, and why.")] = False,
) -> None:
    """Print who is due or overdue, by which interval and why."""
    with _opened(folder) as clinic:
        found = without_date(clinic) if undated else due(clinic, until or dt.date.today().isoformat())
        typer.echo("\n".join(map(patient_line, found)) or "Nobody.")


@clinic_app.command()
def same(
    folder: Folder,
    one: Annotated[str, typer.Argument(help="Pseudonym whose exams move.")],
    other: Annotated[str, typer.Argument(help="Pseudonym that this patient has from now on.")],
) -> None:
    """Say that two pseudonyms are one patient, where one came under two IDs."""
    with _opened(folder) as clinic:
        typer.echo(f"{say_same(clinic, one, other)} exams are now of {other}.")


@clinic_app.command("rebuild")
def rebuild_index(folder: Folder) -> None:
    """Make the database anew from the files, and say where the two differed."""
    with _opened(folder) as clinic:
        made = rebuild(clinic)
    changed = f"{made.n_changed} had other rows before" if made.n_changed else "all rows as before"
    typer.echo(f"{made.n_exams} exams of {made.n_patients} patients; {changed}.")
    for code, n in made.problems:
        typer.echo(f"  {n} x {code}")


@clinic_app.command("export")
def export_research(
    folder: Folder,
    out: Annotated[Path, typer.Option(help="Zip to write.")],
    study: Annotated[str, typer.Option(help="Name of the study: pseudonyms of two studies cannot be put together.")],
    fhir: Annotated[bool, typer.Option("--fhir", help="Add a FHIR bundle of each exam.")] = False,
) -> None:
    """Write all exams without identifiers: CSV with a dictionary, a REDCap form with its data; dates are shifted."""
    with _opened(folder) as clinic:
        put_file(out, research_zip(clinic, study, fhir=fhir))
    typer.echo(f"Written to {out}. Dates are shifted by patient; look at rare cases before it is given away.")


@clinic_app.command("import")
def import_table(
    folder: Folder,
    table: Annotated[Path, typer.Argument(help="CSV with a heading line, one exam a line.")],
    column: Annotated[list[str] | None, typer.Option(help="What each column is, once: patient=MRN")] = None,
    dates: Annotated[str, typer.Option(help="Order in dates that are not ISO: dmy or mdy.")] = "",
) -> None:
    """Take earlier results out of a centre's own table; the columns are named once and kept."""
    if dates not in ("", "ymd", "dmy", "mdy"):
        raise IntakeError("UNKNOWN_WORD", "There is no such order of dates.", "Known: ymd, dmy, mdy.")
    given = dict(one.partition("=")[::2] for one in column or [])
    with _opened(folder) as clinic:
        columns = column_map(clinic, given, dates or None)  # type: ignore[arg-type]
        done = import_results(clinic, read_file(table), columns)
    typer.echo(f"{done.n_exams} exams taken, {len(done.refused)} lines refused.")
    for number, why in done.refused:
        typer.echo(f"  line {number}: {why}", err=True)
