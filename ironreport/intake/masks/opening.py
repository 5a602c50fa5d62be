"""Files that may hold masks, each opened by what it is, whatever its name says."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial

from pydicom.dataset import Dataset

from ironreport.errors import IntakeError
from ironreport.exam import FORMAT
from ironreport.intake.archive import Content, UploadedFile, list_entries
from ironreport.intake.gate import open_dicom, pydicom_silenced
from ironreport.intake.masks.exam_regions import exam_masks
from ironreport.intake.masks.found import FoundMask
from ironreport.intake.masks.imagej import MAGIC as IMAGEJ_MAGIC
from ironreport.intake.masks.imagej import imagej_masks
from ironreport.intake.masks.mismatches import NotTaken, mismatch
from ironreport.intake.masks.osirix import is_osirix, osirix_masks
from ironreport.intake.masks.segmentations import SEGMENTATION, segmentation_masks
from ironreport.intake.masks.structure_sets import STRUCTURE_SET, structure_masks
from ironreport.intake.masks.volume_masks import nifti_masks, nrrd_masks
from ironreport.intake.reasons import FileSource, Tally, base_name
from ironreport.intake.values import text
from ironreport.intake.volumes.nifti import is_nifti
from ironreport.intake.volumes.nrrd_file import MAGIC as NRRD_MAGIC
from ironreport.records import EchoSeries, LeftOut

STOPS = "MASK_PATIENT"
"""A mask of another patient stops the reading: nobody knows then what else was mixed."""
_EXAM_HEAD_BYTES = 400
Reader = Callable[[], Iterator[FoundMask | NotTaken]]


@dataclass(frozen=True, slots=True)
class MasksFound:
    """Masks that fit the images, and what was not taken, counted by reason."""

    masks: tuple[FoundMask, ...]
    left_out: tuple[LeftOut, ...] = ()


def read_masks(
    files: Iterable[tuple[str, Content]], series: Sequence[EchoSeries], slice_index: int | None = None
) -> MasksFound:
    """Masks in loose files and zip archives, each on the one series it fits.

    Parameters
    ----------
    files : iterable of (name, content)
        Told apart by content; a name names the mask where the file does not.
    series : sequence of EchoSeries
        Images opened, of one patient.
    slice_index : int, optional
        Slice of masks that name none, counted from 0.

    Raises
    ------
    IntakeError
        ``MASK_PATIENT``. Whatever else does not fit is counted in ``left_out``.
    """
    tally = Tally()
    return masks_of(list_entries(files, tally), series, tally, slice_index)


def masks_of(
    entries: Iterable[UploadedFile],
    series: Sequence[EchoSeries],
    tally: Tally,
    slice_index: int | None = None,
    *,
    stops: bool = True,
) -> MasksFound:
    """`read_masks` of files that were listed before; ``tally`` takes what is not taken.

    With ``stops`` false a mask of another patient is counted like the rest: the images beside it can be used.
    """
    found: list[FoundMask] = []
    for entry in entries:
        for one in _of_file(entry, series, slice_index):
            if isinstance(one, FoundMask):
                found.append(one)
            elif stops and one.error.refusal.code == STOPS:
                raise one.error
            else:
                tally.add(FileSource(entry.source.number, one.name or entry.source.name), one.error)
    return MasksFound(tuple(found), tally.left_out())


def _of_file(entry: UploadedFile, series: Sequence[EchoSeries], slice_index: int | None) -> list[FoundMask | NotTaken]:
    """All masks of a file, or why there is none."""
    try:
        with pydicom_silenced():
            found = list(_reader(entry.load(), base_name(entry.source.name), series, slice_index)())
            return found or [NotTaken("", mismatch("MASK_EMPTY"))]
    except IntakeError as error:
        return [NotTaken("", error)]
    except Exception:  # one hostile file must not cost the others
        return [NotTaken("", mismatch("MASK_UNREADABLE"))]


def is_mask_file(content: bytes) -> bool:
    """Whether the first bytes of a file are those of a mask that is read here."""
    try:
        with pydicom_silenced():
            _reader(content, "", (), None)
    except IntakeError:
        return False
    return True


def _reader(content: bytes, file: str, series: Sequence[EchoSeries], slice_index: int | None) -> Reader:
    """What reads a file, by its first bytes."""
    if content.startswith(NRRD_MAGIC):
        return partial(nrrd_masks, content, file, series)
    if content.startswith(IMAGEJ_MAGIC):
        return partial(imagej_masks, content, file, series, slice_index)
    if is_nifti(content):
        return partial(nifti_masks, content, file, series)
    if is_osirix(content):
        return partial(osirix_masks, content, series)
    if FORMAT.encode() in content[:_EXAM_HEAD_BYTES]:
        return partial(exam_masks, content, series)
    return _dicom_reader(_dicom(content), file, series)


def _dicom(content: bytes) -> Dataset:
    try:
        return open_dicom(content, is_whole=True)
    except IntakeError as error:
        raise mismatch("NOT_A_MASK") if error.refusal.code in ("NOT_DICOM", "EMPTY_FILE") else error from None


def _dicom_reader(dataset: Dataset, file: str, series: Sequence[EchoSeries]) -> Reader:
    storage = text(dataset, "SOPClassUID")
    if storage in SEGMENTATION:
        return partial(segmentation_masks, dataset, file, series)
    if storage == STRUCTURE_SET:
        return partial(structure_masks, dataset, file, series)
    raise mismatch("NOT_A_MASK")
