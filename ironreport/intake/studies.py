"""Files of many patients told apart by their headers alone, before any pixel is read: each study by itself."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Literal

from ironreport.errors import IntakeError
from ironreport.intake.exams import Person, owners_by, person_of, person_words
from ironreport.intake.gate import open_dicom, pydicom_silenced
from ironreport.intake.kinds import is_mr_image
from ironreport.intake.values import iso_date, short_hash, text

FileKind = Literal["image", "dicom", "other"]
VOLUME_ENDINGS = (".nii", ".nii.gz")


@dataclass(frozen=True, slots=True)
class SortedFile:
    """What a file is and whose, by its header.

    Parameters
    ----------
    name : str
        Path with ``/`` between folders; text from outside.
    sha256 : str
        Fingerprint of the content.
    kind : {"image", "dicom", "other"}
        MR image, another DICOM object, or no DICOM at all.
    study_uid : str
        Study of a DICOM file. In memory only, as the next one.
    words : tuple of str
        Number, name and birth date of the patient.
    """

    name: str
    sha256: str
    n_bytes: int
    kind: FileKind
    study_uid: str = ""
    words: tuple[str, ...] = ("", "", "")
    exam_date: str = ""

    @property
    def folder(self) -> PurePosixPath:
        """Folder that the file lies in."""
        return PurePosixPath(self.name).parent


@dataclass(frozen=True, slots=True)
class StudyFiles:
    """One study of one patient: its images, and what belongs to it by study or by folder.

    Parameters
    ----------
    key : str
        Differs between studies and patients and names neither.
    is_gathered : bool
        Whether headers of the study say unlike things of the patient that do not contradict each other.
    """

    key: str
    person: Person
    study_uid: str
    exam_date: str
    images: tuple[SortedFile, ...]
    beside: tuple[SortedFile, ...] = ()
    is_gathered: bool = False

    @property
    def files(self) -> tuple[SortedFile, ...]:
        """Images and what lies beside them."""
        return (*self.images, *self.beside)


def sorted_file(name: str, content: bytes) -> SortedFile:
    """What a file is; never raises for what it holds."""
    sha256 = hashlib.sha256(content).hexdigest()
    try:
        dataset = open_dicom(content)
    except IntakeError:
        return SortedFile(name, sha256, len(content), "other")
    with pydicom_silenced():
        kind: FileKind = "image" if is_mr_image(dataset) else "dicom"
        words, uid = person_words(dataset), text(dataset, "StudyInstanceUID")
        return SortedFile(name, sha256, len(content), kind, uid, words, iso_date(dataset))


def studies_of(files: Sequence[SortedFile]) -> tuple[tuple[StudyFiles, ...], tuple[SortedFile, ...]]:
    """The studies among files, in the order of their first file, and the files that belong to none.

    A file twice, by its content, counts once in a study. What is no image belongs to the study that it names, else to
    the only one with images in its folder, or in the nearest folder above.
    """
    images = [file for file in files if file.kind == "image"]
    owned = owners_by([file.study_uid for file in images], [file.words for file in images])
    gathered: dict[str, dict[str, SortedFile]] = defaultdict(dict)
    doubtful: set[str] = set()
    for file, owner in zip(images, owned, strict=True):
        gathered[owner.study_key].setdefault(file.sha256, file)
        doubtful.update([owner.study_key] if owner.is_gathered else [])
    beside, loose = _beside([file for file in files if file.kind != "image"], gathered)
    found = [
        _study(key, tuple(own.values()), tuple(beside[key]), is_gathered=key in doubtful)
        for key, own in gathered.items()
    ]
    volumes, left = _volume_studies(loose)
    return (*found, *volumes), left


def _study(
    key: str, images: tuple[SortedFile, ...], beside: tuple[SortedFile, ...], *, is_gathered: bool
) -> StudyFiles:
    fullest = max(images, key=lambda file: (sum(map(bool, file.words)), file.words))
    return StudyFiles(
        key, person_of(fullest.words), images[0].study_uid, images[0].exam_date, images, beside, is_gathered
    )


def _beside(
    files: Sequence[SortedFile], studies: dict[str, dict[str, SortedFile]]
) -> tuple[dict[str, list[SortedFile]], list[SortedFile]]:
    """Files beside the images by study, and those that belong to none."""
    by_uid: dict[str, set[str]] = defaultdict(set)
    by_folder: dict[PurePosixPath, set[str]] = defaultdict(set)
    for key, own in studies.items():
        for image in own.values():
            by_uid[image.study_uid].add(key)
            for folder in (image.folder, *image.folder.parents):
                by_folder[folder].add(key)
    found: dict[str, list[SortedFile]] = defaultdict(list)
    loose: list[SortedFile] = []
    for file in files:
        named = by_uid.get(file.study_uid, set()) if file.study_uid else set()
        above = next((by_folder[f] for f in (file.folder, *file.folder.parents) if f in by_folder), set())
        keys = named or (above if not file.study_uid else set())
        if len(keys) == 1:
            found[next(iter(keys))].append(file)
        else:
            loose.append(file)
    return found, loose


def _volume_studies(files: Sequence[SortedFile]) -> tuple[tuple[StudyFiles, ...], tuple[SortedFile, ...]]:
    """Folders of NIfTI images without any DICOM: each is an exam that names nobody."""
    by_folder: dict[PurePosixPath, list[SortedFile]] = defaultdict(list)
    for file in files:
        by_folder[file.folder].append(file)
    found, left = [], []
    for own in by_folder.values():
        if any(file.kind == "other" and file.name.lower().endswith(VOLUME_ENDINGS) for file in own):
            key = short_hash("folder", *sorted(file.sha256 for file in own))
            found.append(StudyFiles(key, person_of(("", "", "")), "", "", tuple(own)))
        else:
            left.extend(own)
    return tuple(found), tuple(left)
