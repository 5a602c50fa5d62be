"""DICOM files built in memory, one fault at a time."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian

N_ROWS, N_COLUMNS = 16, 12
MR_IMAGE_STORAGE = "1.2.840.10008.5.1.4.1.1.4"

DicomBytes = Callable[..., bytes]


def mr_dataset(te_ms: float | str = 2.0, slice_mm: float = 0.0, pixels: Any = None, **tags: Any) -> Dataset:
    """One classic gradient-echo magnitude image; a tag given as None is left out."""
    if pixels is None:
        rng = np.random.default_rng(int(float(te_ms) * 1000 + slice_mm) if str(te_ms)[-1:].isdigit() else 1)
        pixels = rng.integers(100, 900, (N_ROWS, N_COLUMNS))
    values: dict[str, Any] = {
        "SOPClassUID": MR_IMAGE_STORAGE,
        "SOPInstanceUID": f"1.2.3.{abs(hash((te_ms, slice_mm))) % 10**9}",
        "Modality": "MR",
        "ImageType": ["ORIGINAL", "PRIMARY", "M", "ND"],
        "PatientID": "SECRET-ID",
        "PatientName": "SECRET^NAME",
        "StudyInstanceUID": "1.2.3",
        "SeriesInstanceUID": "1.2.3.4",
        "SeriesNumber": 7,
        "SeriesDescription": "T2* liver",
        "StudyDate": "20240229",
        "ScanningSequence": "GR",
        "EchoTime": te_ms,
        "MagneticFieldStrength": 1.5,
        "ImagePositionPatient": [0.0, 0.0, slice_mm],
        "ImageOrientationPatient": [1.0, 0.0, 0.0, 0.0, 1.0, 0.0],
        "PixelSpacing": [1.5, 1.25],
        "SamplesPerPixel": 1,
        "PhotometricInterpretation": "MONOCHROME2",
        "Rows": N_ROWS,
        "Columns": N_COLUMNS,
        "BitsAllocated": 16,
        "BitsStored": 12,
        "HighBit": 11,
        "PixelRepresentation": 0,
        "PixelData": np.asarray(pixels).astype("<u2").tobytes(),
        **tags,
    }
    dataset = Dataset()
    for keyword, value in values.items():
        if value is not None:
            setattr(dataset, keyword, value)
    return dataset


def saved(dataset: Dataset, syntax: str = ExplicitVRLittleEndian) -> bytes:
    """File content of a dataset."""
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = syntax
    dataset.file_meta.MediaStorageSOPClassUID = dataset.get("SOPClassUID", MR_IMAGE_STORAGE)
    dataset.file_meta.MediaStorageSOPInstanceUID = "1.2.3.9"
    stream = io.BytesIO()
    dataset.save_as(stream, enforce_file_format=True)
    return stream.getvalue()


@pytest.fixture
def mr_image() -> Callable[..., Dataset]:
    """Builder of one MR image as a dataset."""
    return mr_dataset


@pytest.fixture
def dicom_bytes() -> Callable[..., bytes]:
    """File content of a dataset in a transfer syntax."""
    return saved


@pytest.fixture
def mr_file() -> DicomBytes:
    """Builder of the file content of one MR image."""

    def build(*args: Any, **tags: Any) -> bytes:
        return saved(mr_dataset(*args, **tags))

    return build
