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
from ironreport.intake.volumes.sidecars import Sidecar, names_images, sidecar_of, stem_of
from ironreport.records import Caution, EchoSeries

NAMELESS = Caution(
    "NIFTI_WITHOUT_PATIENT",
    "The images are NIfTI and name neither patient nor study: whether all are of one exam, and of which, cannot be "
    "told here. Check it.",
)


@dataclass(frozen=True, slots=True, eq=False)
class Upload:
    """What was found: series and what was left out of the images, masks and what was left out of those."""

    found: ReadResult
    masks: MasksFound


def read_upload(
    files: Iterable[tuple[str, Content]], progress: Progress | None = None, te_ms: Sequence[float] = ()
) -> Upload:
    """Series of images and masks on them, in loose files and zip archives.

    Parameters
    ----------
    files, progress, te_ms
        As `read_series`; ``te_ms`` also serve NIfTI images without side-cars.
    """
    beside = _Beside(te_ms)
    found = read_series(files, progress, te_ms, beside)
    found = replace(found, series=tuple(map(beside.doubted, found.series)))
    return Upload(found, masks_of(beside.masks, found.series, Tally(), stops=False))


class _Sorted(NamedTuple):
    """What a file is by its first bytes; its content is let go, because a disc holds thousands."""

    entry: UploadedFile
    stem: str
    is_volume: bool
    is_mask: bool
    sidecar: Sidecar | None


@dataclass(slots=True)
class _Beside:
    """Sorts the files that are no DICOM images into NIfTI images, masks and neither."""

    te_ms: Sequence[float]
    masks: list[UploadedFile] = field(default_factory=list)
    nameless: set[str] = field(default_factory=set)

    def __call__(self, entries: Sequence[UploadedFile], tally: Tally) -> Sequence[OpenedFile]:
        files = [file for entry in entries if (file := _sorted(entry, tally)) is not None]
        volumes = {file.stem for file in files if file.is_volume}
        sidecars = {f.stem: f.sidecar for f in files if f.sidecar is not None and f.stem in volumes}
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
            elif file.sidecar is None or file.stem not in sidecars:
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

    def _image(self, file: _Sorted, sidecars: Mapping[str, Sidecar]) -> NiftiFile | None:
        """A NIfTI file of images; None for one of labels."""
        volume = open_nifti(file.entry.load())
        is_train = any(n > 1 for n in volume.stored.shape[3:])
        is_image = file.stem in sidecars or names_images(file.stem) or is_train
        if not is_image and not (self.te_ms and len(np.unique(volume.stored)) > MAX_LABELS):
            return None
        return NiftiFile(file.entry.source, file.stem, volume, sidecars.get(file.stem, {}))


def _sorted(entry: UploadedFile, tally: Tally) -> _Sorted | None:
    """What a file is, or None where it cannot be fetched any more."""
    try:
        content = entry.load()
    except IntakeError as error:
        tally.add(entry.source, error)
        return None
    return _Sorted(entry, stem_of(entry.source.name), is_nifti(content), is_mask_file(content), sidecar_of(content))
