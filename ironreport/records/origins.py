"""Where images came from, in the words of their DICOM headers: what is needed to write beside them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SourceImage:
    """One image of a series: its class and instance, and its frame, counted from 1, where the file holds several."""

    sop_class_uid: str
    sop_instance_uid: str
    frame_number: int | None = None


@dataclass(frozen=True, slots=True)
class SlicePlane:
    """Where one slice lies in the patient.

    Parameters
    ----------
    position_mm : tuple of float, shape (3,)
        Middle of the top left pixel [mm].
    cosines : tuple of float, shape (6,)
        Directions of a row and of a column.
    spacing_mm : tuple of float, shape (2,)
        Distance of rows and of columns [mm].
    """

    position_mm: tuple[float, ...]
    cosines: tuple[float, ...]
    spacing_mm: tuple[float, float]
    thickness_mm: float | None = None


@dataclass(frozen=True, slots=True, repr=False)
class DicomOrigin:
    """Whose images a series holds and which they are, so that results can be stored in the same study.

    Holds identifiers: it lives in memory only, is never saved or logged, and hides its values when printed. Text is
    as the scanner wrote it; the unique identifiers are valid ones.

    Parameters
    ----------
    shape : (n_rows, n_columns)
    planes : tuple of SlicePlane or None, shape (n_slices,)
        None where the header does not say where a slice lies.
    images : tuple of tuple of SourceImage, shape (n_slices, n_echoes)
    """

    patient_id: str
    patient_name: str
    birth_date: str
    sex: str
    study_uid: str
    study_date: str
    study_time: str
    study_id: str
    accession_number: str
    referring_physician: str
    series_uid: str
    frame_of_reference_uid: str
    shape: tuple[int, int]
    planes: tuple[SlicePlane | None, ...]
    images: tuple[tuple[SourceImage, ...], ...]

    def __repr__(self) -> str:
        return "DicomOrigin(identifiers not shown)"
