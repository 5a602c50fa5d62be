"""Everything of an upload: series of DICOM and NIfTI images, and the masks that lie beside them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple

import numpy as np

from ironreport.errors import IntakeError
from ironreport.intake.archive import Content, UploadedFile
from ironreport.intake.exams import owners
from ironreport.intake.gate import OpenedFile, Progress
from ironreport.intake.masks.labels import MAX_LABELS
from ironreport.intake.masks.opening import MasksFound, is_mask_file, masks_of
from ironreport.intake.reasons import Tally, refusal
from ironreport.intake.series import ReadResult, read_series
from ironreport.intake.values import text
from ironreport.intake.volumes.nifti import is_nifti, open_nifti
from ironreport.intake.volumes.nifti_images import NiftiFile, nifti_images
from ironreport.intake.volumes.sidecars import (
    Sidecar,
    echo_number,
    folder_of,
    names_images,
    sidecar_of,
    stem_of,
    without_echo,
)
from ironreport.records import Caution, EchoSeries

NAMELESS = Caution(
    "NIFTI_WITHOUT_PATIENT",
    "The images are NIfTI and name neither patient nor study: whether all are of one exam, and of which, cannot be "
    "told here. Check it.",
)

_Sidecars = Mapping[tuple[str, str], Sequence[Sidecar]]


@dataclass(frozen=True, slots=True, eq=False)
class Upload:
    """What was found: series and what was left out of the images, masks and what was left out of those."""

    found: ReadResult
    masks: MasksFound


def read_upload(
    files: Iterable[tuple[str, Content]],
    progress: Progress | None = None,
    te_ms: Sequence[float] = (),
    held: Sequence[EchoSeries] = (),
) -> Upload:
    """Series of images and masks on them, in loose files and zip archives.

    Parameters
    ----------
    files, progress, te_ms
        As `read_series`; ``te_ms`` also serve NIfTI images without side-cars.
    held : sequence of EchoSeries, optional
        Series read before, on which the masks of an upload without images may lie.
    """
    beside = _Beside(te_ms)
    found = read_series(files, progress, te_ms, beside)
    found = replace(found, series=tuple(map(beside.doubted, found.series)))
    return Upload(found, masks_of(beside.masks, found.series or held, Tally(), stops=False))


class _Sorted(NamedTuple):
    """What a file is by its first bytes; its content is let go, because a disc holds thousands."""

    entry: UploadedFile
    folder: str
    stem: str
    is_volume: bool
    is_mask: bool
    sidecar: Sidecar | None

    @property
    def place(self) -> tuple[str, str]:
        """Folder and stem, by which image and side-car belong together: every patient may have a ``liver_e1``."""
        return self.folder, self.stem


@dataclass(slots=True)
class _Beside:
    """Sorts the files that are no DICOM images into NIfTI images, masks and neither."""

    te_ms: Sequence[float]
    masks: list[UploadedFile] = field(default_factory=list)
    nameless: set[str] = field(default_factory=set)

    def __call__(self, entries: Sequence[UploadedFile], tally: Tally) -> Sequence[OpenedFile]:
        files = [file for entry in entries if (file := _sorted(entry, tally)) is not None]
        sidecars = _sidecars(files)
        images: list[NiftiFile] = []
        for file in files:
            try:
                image = self._image(file, sidecars) if file.is_volume else None
            except IntakeError as error:
                tally.add(file.entry.source, error)
                continue
            if image is not None:
                images.append(image)
            elif file.is_mask:
                self.masks.append(file.entry)
            elif file.sidecar is None or file.place not in sidecars:
                tally.add(file.entry.source, refusal("NOT_DICOM"))
        opened = nifti_images(images, self.te_ms, tally)
        datasets = [one.dataset for one in opened]
        owned = zip(datasets, owners(datasets), strict=True)
        self.nameless = {owner.study_key for dataset, owner in owned if not text(dataset, "StudyInstanceUID")}
        return opened

    def doubted(self, series: EchoSeries) -> EchoSeries:
        """A series of NIfTI images that name no study, with the doubt that this raises."""
        if series.origin is not None or series.study_key not in self.nameless:
            return series
        return replace(series, cautions=(*series.cautions, NAMELESS))

    def _image(self, file: _Sorted, sidecars: _Sidecars) -> NiftiFile | None:
        """A NIfTI file of images; None for one of labels.

        Raises
        ------
        IntakeError
            ``NIFTI_TWO_SIDECARS``, and as `open_nifti` does.
        """
        volume = open_nifti(file.entry.load())
        is_train = any(n > 1 for n in volume.stored.shape[3:])
        is_image = file.place in sidecars or names_images(file.stem) or is_train or _is_echo_of(file, sidecars)
        if not is_image and not (self.te_ms and len(np.unique(volume.stored)) > MAX_LABELS):
            return None
        sidecar, *others = sidecars.get(file.place, [{}])
        if others:
            raise IntakeError(
                "NIFTI_TWO_SIDECARS", "Several side-cars have the name of this image, so its echo time is not known.",
                "Give a folder or files with their names, or the echo times in the order of the images: te_ms=(...).",
            )  # fmt: skip
        return NiftiFile(file.entry.source, file.stem, volume, sidecar, file.folder)


def _sidecars(files: Sequence[_Sorted]) -> _Sidecars:
    """What the side-cars of each image say, by folder and stem; more than one where they contradict each other."""
    volumes = {file.place for file in files if file.is_volume}
    found: dict[tuple[str, str], list[Sidecar]] = {}
    for file in files:
        if file.sidecar is not None and file.place in volumes:
            said = found.setdefault(file.place, [])
            said.extend([file.sidecar] if file.sidecar not in said else [])
    return found


def _is_echo_of(file: _Sorted, sidecars: _Sidecars) -> bool:
    """Whether a file without side-car is by its name another echo of images that have theirs."""
    if echo_number(file.stem) is None:
        return False
    return any(place[0] == file.folder and without_echo(place[1]) == without_echo(file.stem) for place in sidecars)


def _sorted(entry: UploadedFile, tally: Tally) -> _Sorted | None:
    """What a file is, or None where it cannot be fetched any more."""
    try:
        content = entry.load()
    except IntakeError as error:
        tally.add(entry.source, error)
        return None
    folder, stem = folder_of(entry.source.name), stem_of(entry.source.name)
    return _Sorted(entry, folder, stem, is_nifti(content), is_mask_file(content), sidecar_of(content))
