"""Masks in NIfTI and NRRD files, placed by their affines."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from ironreport.intake.masks.found import FoundMask
from ironreport.intake.masks.labels import as_volume, label_masks
from ironreport.intake.masks.mismatches import NotTaken
from ironreport.intake.masks.placing import Lattice
from ironreport.intake.volumes.nifti import open_nifti
from ironreport.intake.volumes.nrrd_file import open_nrrd
from ironreport.records import EchoSeries

_ENDING = re.compile(r"(\.nii|\.seg)?(\.gz|\.nii|\.nrrd)$", re.IGNORECASE)
MAX_SEGMENTS = 1024


def nifti_masks(content: bytes, file: str, series: Sequence[EchoSeries]) -> Iterator[FoundMask | NotTaken]:
    """One mask for each label of a NIfTI file.

    Raises
    ------
    IntakeError
        As `open_nifti` and `label_masks` do.
    """
    volume = open_nifti(content)
    values = as_volume(volume.values())
    yield from label_masks(values, Lattice(volume.affine), series, name=_stem(file), kind="NIfTI", names={})


def nrrd_masks(content: bytes, file: str, series: Sequence[EchoSeries]) -> Iterator[FoundMask | NotTaken]:
    """One mask for each label of an NRRD file; the names of segments that 3D Slicer writes are understood.

    Raises
    ------
    IntakeError
        As `open_nrrd` and `label_masks` do.
    """
    volume = open_nrrd(content)
    lattice = Lattice(volume.affine)
    layers = [(number, layer) for number, layer in enumerate(volume.values) if layer.any() or len(volume.values) == 1]
    for number, layer in layers:
        names = _segments(volume.header, number)
        yield from label_masks(_plain(layer), lattice, series, name=_stem(file), kind="NRRD", names=names)


def _segments(header: Mapping[str, Any], layer: int) -> dict[int, str]:
    """Names of the labels of one layer."""
    found = {}
    for number in range(MAX_SEGMENTS):
        if f"Segment{number}_Name" not in header:
            break
        label, of_layer = header.get(f"Segment{number}_LabelValue", "1"), header.get(f"Segment{number}_Layer", "0")
        if str(label).isdecimal() and str(of_layer) == str(layer):
            found[int(label)] = str(header[f"Segment{number}_Name"])
    return found


def _plain(layer: npt.NDArray[np.generic]) -> npt.NDArray[np.generic]:
    return np.ascontiguousarray(layer)


def _stem(file: str) -> str:
    return _ENDING.sub("", file)
