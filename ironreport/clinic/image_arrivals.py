"""Images into a clinic: told apart by patient and study, never mixed; the same file is kept once, by its content."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path, PurePosixPath

from ironreport.clinic.clinic_folder import keyed_hash, put_file
from ironreport.clinic.exam_keeping import keep, now_text, study_id, whose
from ironreport.clinic.name_sealing import keep_name
from ironreport.clinic.opened_clinic import Clinic, visit_in
from ironreport.clinic.visits import Visit
from ironreport.errors import ClinicError, IronReportError
from ironreport.intake.archive import Content, list_entries
from ironreport.intake.masks import read_upload
from ironreport.intake.reasons import Tally
from ironreport.intake.studies import SortedFile, StudyFiles, sorted_file, studies_of
from ironreport.library.masks_found import with_organs
from ironreport.records import Caution, EchoSeries, LeftOut

Progress = Callable[[int, int], None]
BYTES_PER_GIB = 2**30
BESIDE = "beside"
LONGEST_NAME = 80
STUDY_GREW = Caution(
    "STUDY_GREW",
    "Images came in after the exam was measured. Look whether a region belongs on them, and measure again.",
)
NOT_READ = Caution(
    "FILES_NOT_READ",
    "Files of the folder that these images came from could not be read. Put it in again, or images may be missing.",
)
GATHERED = Caution(
    "PATIENT_WRITTEN_TWO_WAYS",
    "The headers of this study write the patient in more than one way. Nothing contradicts; check that it is one.",
)


@dataclass(frozen=True, slots=True)
class Arrived:
    """What came in.

    Parameters
    ----------
    visits : tuple of Visit
        Exams that files belong to, new or known.
    new : tuple of str
        Ids of those that were not here before.
    n_kept : int
        Files that were written; those that were here before count no more.
    left_out : tuple of LeftOut
        Files that belong to no exam, counted by reason.
    """

    visits: tuple[Visit, ...]
    new: tuple[str, ...]
    n_kept: int
    left_out: tuple[LeftOut, ...]


def unpacked(files: Iterable[tuple[str, Content]]) -> tuple[list[tuple[str, Content]], tuple[LeftOut, ...]]:
    """Uploaded files and members of uploaded zips, each with its path, and what was refused."""
    tally = Tally()
    entries = list_entries(files, tally)
    return [(entry.source.name, entry.load) for entry in entries], tally.left_out()


def add_images(
    clinic: Clinic, files: Sequence[tuple[str, Content]], *, at: str = "", source: str = "images",
    progress: Progress | None = None,
) -> Arrived:  # fmt: skip
    """Put images into the clinic, each study into the exam that it always has.

    Parameters
    ----------
    files : sequence of (path, content)
        Loose files; those of zips after `unpacked`. What lies beside the images of one study (masks) comes along.
    at : str
        Moment, ISO; now without it.
    source : str
        Where they came from, in words that name nobody.

    Raises
    ------
    ClinicError
        ``CLINIC_FULL`` where the images would take more than the clinic allows, ``DISK_FULL``, ``NOT_WRITTEN``,
        ``CLINIC_BUSY``.
    """
    at, said = at or now_text(), progress or (lambda _done, _total: None)
    content = dict(files)
    found: list[SortedFile] = []
    for n_done, (name, given) in enumerate(content.items(), start=1):
        found.append(_sorted(name, given))
        said(n_done, 2 * len(content))
    lost = [file for file in found if is_lost(file)]
    studies, loose = studies_of([file for file in found if not is_lost(file)])
    _check_room(clinic, sum(file.n_bytes for study in studies for file in study.files))
    visits, new, n_kept, n_done = [], [], 0, len(content)
    for study in studies:
        visit, is_new, n_written = _add_study(clinic, study, content, at, source, _near(study, lost))
        visits.append(visit)
        new.extend([visit.id] if is_new else [])
        n_kept, n_done = n_kept + n_written, n_done + len(study.files)
        said(n_done, 2 * len(content))
    return Arrived(tuple(visits), tuple(new), n_kept, (*_left_out(loose), *_not_read(lost)))


def _sorted(name: str, given: Content) -> SortedFile:
    try:
        return sorted_file(name, given if isinstance(given, bytes) else given())
    except IronReportError:
        return SortedFile(name, "", 0, "other")


def is_lost(file: SortedFile) -> bool:
    """Whether a file could not be read at all, as on a scratched disc or a network drive that went away."""
    return not file.sha256


def _near(study: StudyFiles, lost: Sequence[SortedFile]) -> tuple[Caution, ...]:
    """The doubt that files which could not be read may belong to a study: they lie in a folder of its images."""
    folders = {file.folder for file in study.images}
    return (NOT_READ,) if any(file.folder in folders for file in lost) else ()


def _not_read(files: Sequence[SortedFile]) -> tuple[LeftOut, ...]:
    if not files:
        return ()
    what = "Files that could not be read: a damaged disc, or a drive that went away."
    return (LeftOut(NOT_READ.code, what, "Put the folder in again; what is here already is kept once.", len(files)),)


def _left_out(files: Sequence[SortedFile]) -> tuple[LeftOut, ...]:
    if not files:
        return ()
    what = "Files that are no MR image, and of which it cannot be told to which exam they belong."
    return (LeftOut("LOOSE_FILES", what, "Put masks beside the images of their exam.", len(files)),)


def _check_room(clinic: Clinic, n_bytes: int) -> None:
    limit = clinic.settings.images_gib * BYTES_PER_GIB
    if images_bytes(clinic.folder.images) + n_bytes > limit:
        raise ClinicError(
            "CLINIC_FULL", f"The images would take more than the {clinic.settings.images_gib:g} GiB of this clinic.",
            "Delete folders of images whose exams are signed off, or set images_gib in clinic.toml higher.",
        )  # fmt: skip


def images_bytes(folder: Path) -> int:
    """What the images of a clinic take [bytes]."""
    n_bytes = 0
    for place, _, names in os.walk(folder):
        for name in names:
            try:
                n_bytes += (Path(place) / name).stat().st_size
            except OSError:  # taken away meanwhile
                continue
    return n_bytes


def _add_study(
    clinic: Clinic, study: StudyFiles, content: dict[str, Content], at: str, source: str, lost: tuple[Caution, ...]
) -> tuple[Visit, bool, int]:
    """The exam of a study, whether it is new, and how many files were written."""
    who = whose(clinic, study.person, study.study_uid or study.key)
    visit_id = study_id(clinic, study.study_uid or study.key, who.pseudonym)
    keep_name(clinic, who.pseudonym, study.images[0].words[1] if study.images else "")
    held = visit_in(clinic, visit_id)
    visit = held or Visit(visit_id, who.pseudonym, at, exam_date=study.exam_date, source=source)
    folder = clinic.folder.images_of(visit_id)
    names = {file.name: _file_name(file, is_image=file in study.images) for file in study.files}
    n_written = 0
    for file in study.files:
        place = folder / names[file.name]
        if not place.is_file():
            given = content[file.name]
            put_file(place, given if isinstance(given, bytes) else given())
            n_written += 1
    images = tuple(sorted({*visit.images, *names.values()}))
    before = [d for d in visit.doubts if d.code != NOT_READ.code]
    doubts = {d.code: d for d in (*before, *who.doubts, *([GATHERED] if study.is_gathered else []), *lost)}
    if held is not None and images == held.images and (NOT_READ in held.doubts) == bool(lost):
        return held, False, n_written
    if held is not None and images != held.images and held.state != "new":
        doubts[STUDY_GREW.code] = STUDY_GREW
    mark = keyed_hash(clinic.key, "study", study.study_uid or study.key)
    visit = replace(visit, images=images, doubts=tuple(doubts.values()), study=mark)
    visit = replace(visit.moved("new", at) if held is None else visit, series=series_words(clinic, visit))
    keep(clinic, visit)
    return visit, held is None, n_written


def _file_name(file: SortedFile, *, is_image: bool) -> str:
    """Where a file is kept: an image by its content, a mask by its own name, which may be its only hint of an organ."""
    if is_image and file.kind == "image":
        return f"{file.sha256[:20]}.dcm"
    name = re.sub(r"[^\w.+ -]", "_", PurePosixPath(file.name).name)[-LONGEST_NAME:]
    # files of one folder stay together, so that an image finds the side-car of its name
    near = file.sha256 if file.kind == "dicom" else hashlib.sha256(file.folder.as_posix().encode()).hexdigest()
    return f"{BESIDE}/{near[:6]}/{name}"


def image_files(clinic: Clinic, visit: Visit) -> list[tuple[str, partial[bytes]]]:
    """Images of an exam and what lies beside them, as the intake takes them; both readers have the same."""
    folder = clinic.folder.images_of(visit.second_of or visit.id)
    return [(name, partial(_read, folder / name)) for name in visit.images]


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        raise ClinicError(
            "CLINIC_GONE", "An image of the clinic cannot be read: it was taken away, or a drive is not connected.",
            "Connect it, or put the images into the clinic again.",
        ) from None  # fmt: skip


def series_words(clinic: Clinic, visit: Visit) -> tuple[str, ...]:
    """The organ series among the images, in words, and how many masks lie beside them."""
    try:
        upload = read_upload(image_files(clinic, visit))
    except IronReportError as error:
        return (f"not readable: {error.refusal.code}",)
    words = [_words(clinic, series) for series in upload.found.series]
    words += ["T1" for _ in upload.found.inversion_series]
    n_masks = len(with_organs(upload.masks).masks)
    return (*(words or ["no usable series"]), *([f"{n_masks} masks" if n_masks > 1 else "1 mask"] if n_masks else []))


def _words(clinic: Clinic, series: EchoSeries) -> str:
    """A series by the organ that its header seems to name, its contrast, echoes and slices."""
    organs = clinic.knowledge.organs_named(series.header_text)
    organ = f"{clinic.knowledge.organ(organs[0]).name}? " if organs else ""
    return f"{organ}{series.contrast}, {series.n_echoes} echoes, {series.n_slices} slices"
