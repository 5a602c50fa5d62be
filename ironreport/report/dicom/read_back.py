"""What DICOM objects that were written say, read from their bytes."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator

from pydicom import Dataset, dcmread

STRUCTURED = "SR"


def structured_texts(files: Iterable[bytes]) -> tuple[str, ...]:
    """Every text and number of the structured reports among some DICOM files."""
    read = (dcmread(io.BytesIO(content)) for content in files)
    return tuple(text for dataset in read if dataset.Modality == STRUCTURED for text in _texts(dataset))


def _texts(item: Dataset) -> Iterator[str]:
    if "TextValue" in item:
        yield str(item.TextValue)
    for measured in item.get("MeasuredValueSequence", ()):
        yield str(measured.NumericValue)
    for part in item.get("ContentSequence", ()):
        yield from _texts(part)
