"""An oblique exam of anisotropic pixels, one known region on it, and other programs' ways to write that region."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import highdicom as hd
import nibabel
import nrrd
import numpy as np
import numpy.typing as npt
import pytest
from highdicom.sr.coding import CodedConcept
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian
from roifile import ROI_TYPE, ImagejRoi

from ironreport.intake import read_series
from ironreport.records import EchoSeries

N_SLICES, N_ROWS, N_COLUMNS = 3, 16, 12
SPACING_MM = (1.5, 1.25)
SLICE_MM = 8.0
FRAME = "1.2.9.5"
STRUCTURE_SET = "1.2.840.10008.5.1.4.1.1.481.3"
LIVER = CodedConcept("10200004", "SCT", "Liver")
Mask = npt.NDArray[np.bool_]
Files = dict[str, bytes]
Contours = list[list[list[float]]]
_ANGLES = (0.35, -0.2)


def directions() -> npt.NDArray[np.float64]:
    """Directions of a row, of a column and of the slices, in two rotations from the axes of the patient."""
    a, b = _ANGLES
    about_x = np.array([[1, 0, 0], [0, np.cos(a), -np.sin(a)], [0, np.sin(a), np.cos(a)]])
    about_z = np.array([[np.cos(b), -np.sin(b), 0], [np.sin(b), np.cos(b), 0], [0, 0, 1]])
    return np.round((about_z @ about_x).T, 6)


def position_mm(slice_index: int) -> list[float]:
    start = np.array([-31.7, -14.2, 55.5])
    return [round(float(x), 4) for x in start + slice_index * SLICE_MM * directions()[2]]


@dataclass(frozen=True, slots=True)
class Exam:
    """Images as datasets, slice by slice and echo by echo, and the series that is read from them."""

    datasets: tuple[Dataset, ...]
    series: EchoSeries

    @property
    def affine(self) -> npt.NDArray[np.float64]:
        """Column, row and slice index to patient coordinates of DICOM [mm]."""
        to_right, down, through = directions()
        affine = np.eye(4)
        affine[:3, 0], affine[:3, 1] = to_right * SPACING_MM[1], down * SPACING_MM[0]
        affine[:3, 2], affine[:3, 3] = through * SLICE_MM, position_mm(0)
        return affine


@pytest.fixture(scope="session")
def known() -> Mask:
    """A region on two slices, with a hole and a second piece, unlike itself in every mirror."""
    mask = np.zeros((N_SLICES, N_ROWS, N_COLUMNS), dtype=np.bool_)
    mask[1, 3:11, 2:8] = True
    mask[1, 5:7, 4:6] = False
    mask[1, 12:14, 9:11] = True
    mask[2, 4:7, 3:5] = True
    return mask


ExamOf = Callable[..., Exam]


@pytest.fixture
def exam_of(mr_image: Callable[..., Dataset], dicom_bytes: Callable[..., bytes]) -> ExamOf:
    """Builder of the exam with other values in all its headers."""

    def build(series: str = "1.2.9.4", **changed: Any) -> Exam:
        tags = {
            "PatientID": "A1", "PatientName": "DOE^JANE", "PatientBirthDate": "19800102", "PatientSex": "F",
            "StudyInstanceUID": "1.2.9.3", "StudyTime": "101112", "StudyID": "S1", "AccessionNumber": "A",
            "ReferringPhysicianName": "", "SeriesInstanceUID": series, "FrameOfReferenceUID": FRAME,
            "PositionReferenceIndicator": "", "SliceThickness": SLICE_MM, "PixelSpacing": list(SPACING_MM),
            "ImageOrientationPatient": [float(x) for x in directions()[:2].ravel()],
        } | changed  # fmt: skip
        datasets = [
            mr_image(
                te, float(s), ImagePositionPatient=position_mm(s), SOPInstanceUID=f"{series}.{s + 1}.{e + 1}", **tags
            )
            for s in range(N_SLICES)
            for e, te in enumerate((1.2, 2.4, 3.6))
        ]
        found = read_series([(f"{i}", dicom_bytes(one)) for i, one in enumerate(datasets)])
        (one,) = found.series
        return Exam(tuple(datasets), one)

    return build


@pytest.fixture
def exam(exam_of: ExamOf) -> Exam:
    return exam_of()


# --------------------------------------------------------------------------- as other programs write it


def as_seg(
    mask: Mask,
    exam: Exam,
    label: str = "Liver",
    kind: str = "BINARY",
    syntax: str = ExplicitVRLittleEndian,
    **changed: Any,
) -> bytes:
    """A segmentation by highdicom on the first echo of each slice."""
    sources = [d for i, d in enumerate(exam.datasets) if i % 3 == 0]
    algorithm = hd.seg.SegmentAlgorithmTypeValues.MANUAL
    segment = hd.seg.SegmentDescription(1, label, LIVER, LIVER, algorithm)
    made = hd.seg.Segmentation(
        sources, mask.astype(np.uint8), hd.seg.SegmentationTypeValues[kind], [segment], "1.2.7.1", 9, "1.2.7.1.1", 1,
        "maker", "model", "1", "2", transfer_syntax_uid=syntax,
    )  # fmt: skip
    for keyword, value in changed.items():
        setattr(made, keyword, value)
    return written(made)


def as_structures(
    contours: list[list[list[float]]],
    name: str = "liver",
    frame: str = FRAME,
    kind: str = "CLOSED_PLANAR",
    **changed: Any,
) -> bytes:
    """A structure set by pydicom, one structure of several contours [mm]."""
    dataset = Dataset()
    dataset.SOPClassUID, dataset.SOPInstanceUID, dataset.Modality = STRUCTURE_SET, "1.2.8.1", "RTSTRUCT"
    dataset.PatientID, dataset.PatientName, dataset.PatientBirthDate = "A1", "DOE^JANE", "19800102"
    dataset.StudyInstanceUID, dataset.SeriesInstanceUID = "1.2.9.3", "1.2.8"
    structure = Dataset()
    structure.ROINumber, structure.ROIName, structure.ReferencedFrameOfReferenceUID = 1, name, frame
    lines = []
    for points in contours:
        line = Dataset()
        line.ContourGeometricType, line.NumberOfContourPoints = kind, len(points)
        line.ContourData = [f"{x:.4f}" for point in points for x in point]
        lines.append(line)
    drawn = Dataset()
    drawn.ReferencedROINumber, drawn.ContourSequence = 1, lines
    dataset.StructureSetROISequence, dataset.ROIContourSequence = [structure], [drawn]
    for keyword, value in changed.items():
        setattr(dataset, keyword, value)
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    dataset.file_meta.MediaStorageSOPClassUID, dataset.file_meta.MediaStorageSOPInstanceUID = STRUCTURE_SET, "1.2.8.1"
    return written(dataset)


def contours_of(mask: Mask, exam: Exam) -> Contours:
    """Lines a third of a pixel around pieces and holes, as contouring programs draw them [mm]."""
    found = []
    for index, image in enumerate(mask):
        for outer in rectangles(image):
            for top, left, bottom, right in outer:
                corners = [(left, top), (right, top), (right, bottom), (left, bottom)]
                found.append([(exam.affine @ [c, r, index, 1.0])[:3].tolist() for c, r in corners])
    return found


def rectangles(image: Mask) -> list[list[tuple[float, float, float, float]]]:
    """Top, left, bottom and right of the rectangles that the known region is made of, holes as lines of their own."""
    if image[3, 2]:
        return [[(2.7, 1.7, 10.3, 7.3), (4.6, 3.6, 6.4, 5.4)], [(11.6, 8.6, 13.4, 10.4)]]
    return [[(3.6, 2.6, 6.4, 4.4)]] if image.any() else []


def as_nifti(mask: Mask, affine: npt.NDArray[np.float64], **changed: Any) -> bytes:
    """A volume by nibabel; the affine is that of DICOM, the voxels are indexed by column, row and slice."""
    made = nibabel.Nifti1Image(mask.transpose(2, 1, 0).astype(changed.pop("dtype", np.uint8)), TO_RAS @ affine)
    return bytes(made.to_bytes())


TO_RAS = np.diag([-1.0, -1.0, 1.0, 1.0])


def as_nrrd(mask: Mask, affine: npt.NDArray[np.float64], folder: Path, **header: Any) -> bytes:
    """A volume by pynrrd in left-posterior-superior space."""
    fields = {
        "space": "left-posterior-superior", "space directions": affine[:3, :3].T, "space origin": affine[:3, 3],
        "encoding": "gzip",
    } | header  # fmt: skip
    nrrd.write(str(folder / "mask.nrrd"), mask.transpose(2, 1, 0).astype(np.uint8), fields)
    return (folder / "mask.nrrd").read_bytes()


def as_imagej(mask: Mask) -> Files:
    """One area for each slice and piece by roifile; the hole is a path of a composite area, as Fiji writes it."""
    files: Files = {}
    for index in np.flatnonzero(mask.any(axis=(1, 2))):
        paths = [line for outer in rectangles(mask[index]) for line in outer]
        roi = ImagejRoi.frompoints([[0, 0], [1, 1]])
        roi.roitype, roi.name, roi.position = ROI_TYPE.RECT, f"liver {index}", int(index) + 1
        roi.integer_coordinates = roi.subpixel_coordinates = None
        roi.n_coordinates = 0
        roi.multi_coordinates = np.array([n for line in paths for n in path(line)], dtype=np.float32)
        roi.shape_roi_size = len(roi.multi_coordinates)
        rows, columns = np.nonzero(mask[index])
        roi.top, roi.left, roi.bottom, roi.right = rows.min(), columns.min(), rows.max() + 1, columns.max() + 1
        files[f"{index}.roi"] = roi.tobytes()
    return files


def path(line: tuple[float, float, float, float]) -> list[float]:
    """A closed path along the outer sides of pixels: move, lines, close."""
    top, left, bottom, right = (round(line[0] + 0.5), round(line[1] + 0.5), round(line[2] + 0.5), round(line[3] + 0.5))
    return [0, left, top, 1, right, top, 1, right, bottom, 1, left, bottom, 4]


def written(dataset: Dataset) -> bytes:
    stream = io.BytesIO()
    dataset.save_as(stream, enforce_file_format=True)
    return stream.getvalue()
