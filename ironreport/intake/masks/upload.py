"""Everything of an upload: series of DICOM and NIfTI images, and the masks that lie beside them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np

from ironreport.errors import IntakeError
from ironreport.intake.archive import Content, UploadedFile
from ironreport.intake.gate import OpenedFile, Progress
from ironreport.intake.masks.labels import MAX_LABELS
from ironreport.intake.masks.opening import MasksFound, is_mask_file, masks_of
from ironreport.intake.reasons import Tally, refusal
from ironreport.intake.series import ReadResult, read_series
from ironreport.intake.volumes.nifti import is_nifti, open_nifti
from ironreport.intake.volumes.nifti_images import NiftiFile, nifti_images
from ironreport.intake.volumes.sidecars import Sidecar, names_images, sidecar_of, stem_of


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
    return Upload(found, masks_of(beside.masks, found.series, Tally(), stops=False))


@dataclass(slots=True)
class _Beside:
    """Sorts the files that are no DICOM images into NIfTI images, masks and neither."""

    te_ms: Sequence[float]
    masks: list[UploadedFile] = field(default_factory=list)

    def __call__(self, entries: Sequence[UploadedFile], tally: Tally) -> Sequence[OpenedFile]:
        contents = [(entry, entry.load()) for entry in entries]
        volumes = {stem_of(entry.source.name) for entry, content in contents if is_nifti(content)}
        sidecars = {
            stem: said
            for entry, content in contents
            if (stem := stem_of(entry.source.name)) in volumes and (said := sidecar_of(content)) is not None
        }
        images: list[NiftiFile] = []
        for entry, content in contents:
            try:
                file = self._image(entry, content, sidecars)
                images += [file] if file else []
                if file is None and is_mask_file(content):
                    self.masks.append(entry)
                elif file is None and not (stem_of(entry.source.name) in sidecars and sidecar_of(content)):
                    tally.add(entry.source, refusal("NOT_DICOM"))
            except IntakeError as error:
                tally.add(entry.source, error)
        return nifti_images(images, self.te_ms, tally)

    def _image(self, entry: UploadedFile, content: bytes, sidecars: dict[str, Sidecar]) -> NiftiFile | None:
        """A NIfTI file of images; None for what is no NIfTI file, or one of labels."""
        if not is_nifti(content):
            return None
        stem = stem_of(entry.source.name)
        volume = open_nifti(content)
        is_train = any(n > 1 for n in volume.stored.shape[3:])
        is_image = stem in sidecars or names_images(stem) or is_train
        if not is_image and not (self.te_ms and len(np.unique(volume.stored)) > MAX_LABELS):
            return None
        return NiftiFile(entry.source, stem, volume, sidecars.get(stem, {}))
