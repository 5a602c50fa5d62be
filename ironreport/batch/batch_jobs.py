"""From a folder of many patients to one job for each exam: its files, its regions, its name that names nobody."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import PurePosixPath

from ironreport.clinic.clinic_folder import keyed_hash
from ironreport.clinic.pseudonyms import Known, marks_of, recognise
from ironreport.errors import IntakeError, IronReportError
from ironreport.intake.studies import SortedFile, StudyFiles, sorted_file, studies_of
from ironreport.library.file_refs import FileRef
from ironreport.records import Caution
from ironreport.report.pdf import PageSize

EXAM_ENDING = ".json"


@dataclass(frozen=True, slots=True)
class BatchOptions:
    """What holds for every exam of a run."""

    disease: str = "unknown"
    pdf: bool = True
    paper: PageSize = "A4"
    settings: bool = True

    @property
    def words(self) -> str:
        """The options as a text that differs where they do."""
        return f"{self.disease} {self.pdf} {self.paper} {self.settings}"


@dataclass(frozen=True, slots=True)
class BatchJob:
    """One exam to be measured.

    Parameters
    ----------
    key : str
        Fingerprint of everything that its result depends on.
    name : str
        Names its files: pseudonym, date, four letters.
    source : str
        Folder that its images came from, below the one that was given; text of the user's own disk.
    regions : tuple of FileRef
        Files of masks, and exam files, that may fit these images.
    kept : FileRef, optional
        The exam as a reader kept it: it is reported as it is, and no mask is measured.
    """

    key: str
    name: str
    patient: str
    exam_date: str
    source: str
    files: tuple[FileRef, ...]
    regions: tuple[FileRef, ...] = ()
    doubts: tuple[Caution, ...] = ()
    options: BatchOptions = BatchOptions()
    kept: FileRef | None = None


def sorted_files(refs: Sequence[FileRef]) -> list[SortedFile]:
    """What each file is and whose; of one that cannot be read, that it is none. Pure, so that a pool may share it."""
    return [_sorted(ref) for ref in refs]


def _sorted(ref: FileRef) -> SortedFile:
    try:
        return sorted_file(ref.name, ref.read())
    except IntakeError:
        return SortedFile(ref.name, "", 0, "other")


def jobs_of(
    refs: Sequence[FileRef], found: Sequence[SortedFile], regions: Sequence[FileRef], options: BatchOptions, key: bytes,
    versions: str,
) -> tuple[list[BatchJob], tuple[SortedFile, ...]]:  # fmt: skip
    """One job for each exam, by name, and the files that belong to no exam.

    Parameters
    ----------
    key : bytes
        Of the pseudonyms.
    versions : str
        Of program, knowledge and settings: with another one everything is measured anew.
    """
    by_name = {ref.name: ref for ref in refs}
    studies, loose = studies_of(found)
    offered = _Regions(regions)
    people = _Patients(key)
    jobs: list[BatchJob] = []
    for study in sorted(studies, key=lambda s: s.files[0].name):
        patient, doubts = people.of(study)
        files = tuple(by_name[file.name] for file in study.files)
        chosen = offered.of(study)
        prints = [file.sha256 for file in study.files] + [offered.sha256(ref) for ref in chosen]
        job_key = hashlib.sha256("\x1f".join([*prints, options.words, versions, patient]).encode()).hexdigest()[:32]
        name = f"{patient}_{study.exam_date or 'undated'}_{keyed_hash(key, 'study', study.key)[:4]}"
        jobs.append(
            BatchJob(job_key, name, patient, study.exam_date, _folder_of(study), files, chosen, doubts, options)
        )
    return jobs, loose


def _folder_of(study: StudyFiles) -> str:
    """The deepest folder that holds all images of a study."""
    first, *others = [(file.folder, *file.folder.parents) for file in study.images or study.files]
    return next(folder for folder in first if all(folder in above for above in others)).as_posix()


class _Patients:
    """Patients met in a run, found again by each of their marks."""

    def __init__(self, key: bytes) -> None:
        self._key = key
        self._known: dict[str, Known] = {}
        self._by_mark: dict[str, set[str]] = defaultdict(set)

    def of(self, study: StudyFiles) -> tuple[str, tuple[Caution, ...]]:
        """Pseudonym of a study's patient, and what is doubtful of it."""
        marks = marks_of(study.person, self._key)
        sharing = {pseudonym for mark in marks.all for pseudonym in self._by_mark[mark]}
        known = [one for pseudonym, one in self._known.items() if pseudonym in sharing]  # the first met first
        found = recognise(marks, known, self._key, keyed_hash(self._key, "study", study.key))
        held = self._known.get(found.pseudonym, Known(found.pseudonym, ()))
        self._known[found.pseudonym] = replace(held, marks=tuple(dict.fromkeys((*held.marks, marks))))
        for mark in marks.all:
            self._by_mark[mark].add(found.pseudonym)
        return found.pseudonym, found.doubts


class _Regions:
    """Files of regions, and which of them may belong to a study."""

    def __init__(self, refs: Sequence[FileRef]) -> None:
        self._prints: dict[str, str] = {}
        self._exam_files: list[FileRef] = []
        self._of_study: dict[str, list[FileRef]] = defaultdict(list)
        self._of_folder: dict[str, list[FileRef]] = defaultdict(list)
        for ref in refs:
            self._take(ref)

    def _take(self, ref: FileRef) -> None:
        try:
            content = ref.read()
        except IronReportError:
            return
        file = sorted_file(ref.name, content)
        self._prints[ref.name] = file.sha256
        if file.study_uid:
            self._of_study[file.study_uid].append(ref)
        elif ref.name.lower().endswith(EXAM_ENDING):
            self._exam_files.append(ref)
        else:
            for name in {file.folder.as_posix(), PurePosixPath(ref.name.split(".")[0]).as_posix()} - {"."}:
                self._of_folder[name].append(ref)

    def of(self, study: StudyFiles) -> tuple[FileRef, ...]:
        """Files that name this study, that lie in a folder (or are called) like its own, and all exam files."""
        folders = {folder for file in study.images for folder in (file.folder, *file.folder.parents)}
        near = [ref for folder in sorted(folders) for ref in self._of_folder.get(folder.as_posix(), [])]
        return tuple(dict.fromkeys((*self._of_study.get(study.study_uid, []), *near, *self._exam_files)))

    def sha256(self, ref: FileRef) -> str:
        """Fingerprint of a file of regions."""
        return self._prints[ref.name]
