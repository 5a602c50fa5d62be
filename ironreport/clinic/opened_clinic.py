"""A clinic that is open: its folder, key, database, and how exams are assessed at this site."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import select

from ironreport.clinic.clinic_folder import ClinicFolder, ClinicSettings, make_folder, read_key, read_settings
from ironreport.clinic.index_models import UnderWayRow
from ironreport.clinic.index_rows import Assess, IndexedExam, assessor, indexed
from ironreport.clinic.index_writing import put_exam
from ironreport.clinic.patient_files import Patient, patient_text, read_patient
from ironreport.clinic.store_engine import Store, open_store
from ironreport.clinic.visits import Visit, read_visit
from ironreport.errors import ClinicError
from ironreport.hospital.settings import hospital_settings
from ironreport.knowledge import Knowledge, published_knowledge

MOST_STEPS = 20
"""Somebody who was said to be another, who was said to be another: no more steps than this."""


@dataclass(frozen=True, slots=True)
class Clinic:
    """An open clinic; every function of this package takes it first."""

    folder: ClinicFolder
    settings: ClinicSettings
    key: bytes = field(repr=False)
    store: Store = field(repr=False)
    assess: Assess = field(repr=False)
    knowledge: Knowledge = field(repr=False)

    def close(self) -> None:
        """Let go of the database."""
        self.store.close()


def make_clinic(root: Path, database: str = "", *, names: bool = False) -> Clinic:
    """A new clinic in an empty folder, open.

    Parameters
    ----------
    database : str
        Address of a PostgreSQL database; empty for SQLite in the folder.
    names : bool
        Whether the site keeps names of patients.

    Raises
    ------
    ClinicError
        As `make_folder` and `open_clinic`.
    """
    make_folder(root, database, names=names)
    return open_clinic(root)


def open_clinic(root: Path) -> Clinic:
    """The clinic in a folder; what a power cut left half done is read from the files again.

    Raises
    ------
    ClinicError
        ``NOT_A_CLINIC``, ``CLINIC_SETTINGS``, ``CLINIC_VERSION``, ``NO_KEY``, ``NO_DATABASE``, ``NO_DRIVER``,
        ``CLINIC_BUSY``, ``STORE_FAILED``.
    """
    folder = ClinicFolder(root.resolve())
    settings, key = read_settings(folder), read_key(folder)
    knowledge = published_knowledge()
    store = open_store(settings.database or f"sqlite:///{folder.database_file}")
    clinic = Clinic(folder, settings, key, store, assessor(hospital_settings(knowledge), knowledge), knowledge)
    # its library takes 10 MB, which a server without a clinic keeps free
    from ironreport.clinic.migrating import bring_up_to_date  # noqa: PLC0415

    bring_up_to_date(store)
    recover(clinic)
    return clinic


def recover(clinic: Clinic) -> int:
    """How many exams were being written when the program ended; their rows are now those of their files."""
    with clinic.store.reading() as session:
        left = list(session.scalars(select(UnderWayRow.id)))
    for visit_id in left:
        put_from_files(clinic, visit_id)
    return len(left)


# ------------------------------------------------------------------------------------- files


def visit_in(clinic: Clinic, visit_id: str) -> Visit | None:
    """The visit of an exam as its file has it, or None.

    Raises
    ------
    ClinicError
        ``VISIT_DAMAGED``, ``NO_SUCH_EXAM`` where the id cannot be one.
    """
    content = bytes_or_none(clinic.folder.visit_file(visit_id))
    return None if content is None else read_visit(content)


def exam_bytes(clinic: Clinic, visit_id: str) -> bytes | None:
    """The exam file of an exam, or None where nothing was measured yet."""
    return bytes_or_none(clinic.folder.exam_file(visit_id))


def bytes_or_none(path: Path) -> bytes | None:
    """What a file holds, or None where there is none.

    Raises
    ------
    ClinicError
        ``CLINIC_GONE`` where the folder cannot be reached, as of a network drive that went away.
    """
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError:
        raise ClinicError(
            "CLINIC_GONE", "A file of the clinic cannot be read: perhaps a network drive is not connected.",
            "Connect it, then do it again. Nothing was changed.",
        ) from None  # fmt: skip


def patient_in(clinic: Clinic, pseudonym: str) -> Patient:
    """A patient as the file says, followed to whom somebody said that this is; without a file by pseudonym alone."""
    patient = Patient(pseudonym)
    for _ in range(MOST_STEPS):
        content = bytes_or_none(clinic.folder.patients / f"{pseudonym}.json")
        patient = read_patient(content) if content is not None else Patient(pseudonym)
        if not patient.same_as:
            break
        pseudonym = patient.same_as
    return patient


def patient_file(clinic: Clinic, patient: Patient) -> tuple[Path, bytes]:
    """Path and content of a patient's file."""
    return clinic.folder.patients / f"{patient.pseudonym}.json", patient_text(patient).encode()


# ------------------------------------------------------------------------------------- index


def put_from_files(clinic: Clinic, visit_id: str) -> IndexedExam | None:
    """Read an exam from its files and put it into the index; None where it has no visit file.

    It is assessed before the database is held, and again only where the file was changed meanwhile.
    """
    row = _row_of(clinic, visit_id)
    with clinic.store.writing() as session:
        again = _row_of(clinic, visit_id, row)
        if again is not None:
            put_exam(session, again, patient_in(clinic, again.visit.patient))
        under_way = session.get(UnderWayRow, visit_id)
        if under_way is not None:
            session.delete(under_way)
    return again


def _row_of(clinic: Clinic, visit_id: str, before: IndexedExam | None = None) -> IndexedExam | None:
    visit = visit_in(clinic, visit_id)
    if visit is None:
        return None
    return indexed(visit, exam_bytes(clinic, visit_id), clinic.assess, clinic.knowledge, before)
