"""Measured regions for other programs: a DICOM segmentation, or a volume of labels as NIfTI."""

from __future__ import annotations

import datetime as dt
import gzip
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import nibabel
import numpy as np
import numpy.typing as npt

from ironreport.errors import ReportError
from ironreport.intake import region_mask
from ironreport.knowledge import published_knowledge
from ironreport.records import DecaySignal, EchoSeries, Exam, Region
from ironreport.report.content import ReportContent
from ironreport.report.dicom.segmentation import OrganMask, segmentation_bytes
from ironreport.report.dicom.study import study_of

SEG_ENDING, NIFTI_ENDING = ".seg.dcm", ".nii.gz"
SAME_STEP_MM = 0.01
"""Slices lie on a grid if their steps differ by less; headers round to a thousandth."""
TO_NIFTI = np.diag([-1.0, -1.0, 1.0, 1.0])
LONGEST_DESCRIPTION = 79
_IMAGE: Any = nibabel.Nifti1Image


@dataclass(frozen=True, slots=True)
class DrawnRegions:
    """Regions that one organ was measured in, on one series."""

    organ: str
    series_key: str
    regions: tuple[Region, ...]


def seg_file(
    drawn: Iterable[DrawnRegions], content: ReportContent, images: Iterable[EchoSeries], written_at: dt.datetime
) -> bytes:
    """Regions as a DICOM segmentation, one segment for each organ.

    Raises
    ------
    ReportError
        ``REGIONS_NONE``, ``REGIONS_TWO_SERIES``, ``REGIONS_NO_ORIGIN``, and as `segmentation_bytes` does.
    """
    series, masks = masks_on(drawn, images)
    if series.origin is None:
        raise ReportError(
            "REGIONS_NO_ORIGIN", "The images name no study and series, which a DICOM segmentation must name.",
            "Save the regions as .nii.gz.",
        )  # fmt: skip
    study = study_of(content, [series.origin], written_at)
    return segmentation_bytes(study, masks, series.origin, published_knowledge())


def nifti_file(drawn: Iterable[DrawnRegions], images: Iterable[EchoSeries]) -> bytes:
    """Regions as a volume of labels, packed; the header says which label is which organ.

    Raises
    ------
    ReportError
        ``REGIONS_NONE``, ``REGIONS_TWO_SERIES``, ``REGIONS_NO_GRID``, ``REGIONS_OVERLAP``.
    """
    series, masks = masks_on(drawn, images)
    labels = np.zeros(masks[0].mask.shape, dtype=np.uint8)
    for label, one in enumerate(masks, start=1):
        if labels[one.mask].any():
            raise ReportError(
                "REGIONS_OVERLAP", "The regions of two organs share pixels, which a volume of labels cannot hold.",
                "Save them as .seg.dcm, or each organ by itself.",
            )  # fmt: skip
        labels[one.mask] = label
    made: Any = _IMAGE(labels.transpose(2, 1, 0), TO_NIFTI @ grid_affine(series))
    made.set_qform(made.affine, code="scanner")
    made.set_sform(made.affine, code="scanner")
    made.header.set_xyzt_units("mm")
    named = ", ".join(f"{label} {one.organ}" for label, one in enumerate(masks, start=1))
    made.header["descrip"] = named[:LONGEST_DESCRIPTION].encode()
    return gzip.compress(made.to_bytes(), mtime=0)


def drawn_in(exam: Exam) -> tuple[DrawnRegions, ...]:
    """Regions that the signals of an exam hold, all of those that were pooled."""
    signals = [m.signal for m in exam.measurements if isinstance(m.signal, DecaySignal)]
    return tuple(DrawnRegions(s.organ, s.series_key, s.drawn) for s in signals if s.drawn and s.series_key)


def masks_on(drawn: Iterable[DrawnRegions], images: Iterable[EchoSeries]) -> tuple[EchoSeries, list[OrganMask]]:
    """The series that regions were drawn on, and the pixels of each organ.

    Raises
    ------
    ReportError
        ``REGIONS_NONE``, ``REGIONS_TWO_SERIES``.
    """
    opened = {one.key: one for one in images}
    known = [one for one in drawn if one.series_key in opened]
    if not known:
        raise ReportError(
            "REGIONS_NONE", "No organ was measured in a region of images that are open.",
            "Measure one: series.region(...).",
        )  # fmt: skip
    if len({one.series_key for one in known}) > 1:
        raise ReportError(
            "REGIONS_TWO_SERIES", "The organs were measured in several series, each with a grid of its own.",
            "Save each organ by itself.",
        )  # fmt: skip
    series = opened[known[0].series_key]
    return series, [OrganMask(one.organ, _mask(one.regions, series)) for one in known]


def grid_affine(series: EchoSeries) -> npt.NDArray[np.float64]:
    """Column, row and slice index to patient coordinates of DICOM [mm].

    Raises
    ------
    ReportError
        ``REGIONS_NO_GRID`` where slices have no place, no one direction or no one distance.
    """
    planes = [plane for plane in series.planes if plane is not None]
    is_one = len({(plane.cosines, plane.spacing_mm) for plane in planes}) == 1
    positions = np.array([plane.position_mm for plane in planes])
    steps = np.diff(positions, axis=0)
    if not is_one or len(planes) != series.n_slices or (len(steps) and np.ptp(steps, axis=0).max() > SAME_STEP_MM):
        raise ReportError(
            "REGIONS_NO_GRID", "The slices do not lie on one regular grid, which a volume must have.",
            "Save the regions as .seg.dcm.",
        )  # fmt: skip
    to_right, down = np.reshape(planes[0].cosines, (2, 3))
    through = np.cross(to_right, down) * (planes[0].thickness_mm or 1.0)
    affine = np.eye(4)
    affine[:3, 0], affine[:3, 1] = to_right * planes[0].spacing_mm[1], down * planes[0].spacing_mm[0]
    affine[:3, 2] = (positions[-1] - positions[0]) / len(steps) if len(steps) else through
    affine[:3, 3] = positions[0]
    return affine


def _mask(regions: Sequence[Region], series: EchoSeries) -> npt.NDArray[np.bool_]:
    """Pixels of all regions of one organ, shape (n_slices, n_rows, n_columns)."""
    n_slices, _, n_rows, n_columns = series.images.shape
    found = np.zeros((n_slices, n_rows, n_columns), dtype=np.bool_)
    for region in regions:
        found[region.slice_index] |= region_mask(region, (n_rows, n_columns))
    return found
