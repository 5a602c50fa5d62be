"""Where images came from, out of their headers: what an export needs to stand in the same study."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from typing import NamedTuple

from pydicom.dataset import Dataset
from pydicom.multival import MultiValue
from pydicom.uid import UID
from pydicom.valuerep import PersonName

from ironreport.intake.headers import Frame, pixel_spacing_mm
from ironreport.intake.values import as_parsed, number, numbers, tokens, value
from ironreport.records import DicomOrigin, SlicePlane, SourceImage

_ESCAPES = re.compile(r"\x1b[\x20-\x2f]+[\x30-\x7e]")
"""Switches of ISO 2022, which belong to the code and not to the name."""
_LATIN = {"ISO_IR 100", "ISO_IR 101", "ISO_IR 109", "ISO_IR 110", "ISO_IR 148", "ISO_IR 203"}
_STRICT = {"ISO_IR 192": "utf-8", "GB18030": "gb18030", "GBK": "gbk"}
_NO_LETTERS = re.compile(rb"[\x80-\x9f]")
_SEVERAL_HIGH = re.compile(rb"[\x80-\xff]{2}")


def origin_of(rows: Sequence[Sequence[Frame]], shape: tuple[int, int]) -> DicomOrigin | None:
    """Origin of images by slice and echo, or None where study, series or an image has no valid identifier."""
    dataset = rows[0][0].view.dataset
    study_uid, series_uid = _uid(dataset, "StudyInstanceUID"), _uid(dataset, "SeriesInstanceUID")
    images = tuple(tuple(_source(frame) for frame in row) for row in rows)
    if not (study_uid and series_uid and all(i.sop_class_uid and i.sop_instance_uid for row in images for i in row)):
        return None
    return DicomOrigin(
        patient_id=_as_written(dataset, "PatientID"),
        patient_name=person_name(dataset, "PatientName").text,
        birth_date=_as_written(dataset, "PatientBirthDate"),
        sex=_as_written(dataset, "PatientSex"),
        study_uid=study_uid,
        study_date=_as_written(dataset, "StudyDate"),
        study_time=_as_written(dataset, "StudyTime"),
        study_id=_as_written(dataset, "StudyID"),
        accession_number=_as_written(dataset, "AccessionNumber"),
        referring_physician=person_name(dataset, "ReferringPhysicianName").text,
        series_uid=series_uid,
        frame_of_reference_uid=_uid(dataset, "FrameOfReferenceUID"),
        shape=shape,
        planes=planes_of(rows),
        images=images,
    )


def planes_of(rows: Sequence[Sequence[Frame]]) -> tuple[SlicePlane | None, ...]:
    """Where each slice lies, by its first image."""
    return tuple(_plane(row[0]) for row in rows)


def _source(frame: Frame) -> SourceImage:
    dataset = frame.view.dataset
    number_in_file = frame.index + 1 if frame.view.own is not None else None
    return SourceImage(_uid(dataset, "SOPClassUID"), _uid(dataset, "SOPInstanceUID"), number_in_file)


def _plane(frame: Frame) -> SlicePlane | None:
    view = frame.view
    position_mm = numbers(view.look("ImagePositionPatient", "PlanePositionSequence"), 3)
    cosines = numbers(view.look("ImageOrientationPatient", "PlaneOrientationSequence"), 6)
    spacing_mm = pixel_spacing_mm(view)
    if position_mm is None or cosines is None or spacing_mm is None:
        return None
    thickness_mm = number(view.look("SliceThickness", "PixelMeasuresSequence"))
    return SlicePlane(position_mm, cosines, spacing_mm, thickness_mm)


def _uid(dataset: Dataset, keyword: str) -> str:
    """Unique identifier of an element, empty where it is not a valid one."""
    found = UID(_as_written(dataset, keyword), validation_mode=0)
    return str(found) if found.is_valid else ""


def _as_written(dataset: Dataset, keyword: str) -> str:
    """Text of an element as the scanner wrote it, several values apart as in the file; empty where damaged."""
    found = value(dataset, keyword)
    try:
        return "\\".join(map(str, found)) if isinstance(found, MultiValue) else str("" if found is None else found)
    except Exception:  # decoding a damaged name raises many kinds of error
        return ""


# ------------------------------------------------------------------------------------- names


class NameFound(NamedTuple):
    """A name for exports, empty where it is doubtful."""

    text: str
    is_doubtful: bool


def person_name(dataset: Dataset, keyword: str) -> NameFound:
    """Name of a person as the header means it.

    A name is doubted where its bytes are no text in the character set that is stated, where none is stated for bytes
    beyond ASCII, or where they fit another set better: accented Latin letters hardly ever stand side by side, the
    bytes of Chinese, Japanese, Korean and UTF-8 always do.
    """
    found = value(dataset, keyword)
    if found is None:
        parsed = as_parsed(dataset, keyword)
        return NameFound("", parsed is not None and bool(parsed.value))  # there, and cannot be decoded
    try:
        names = list(found) if isinstance(found, MultiValue) else [found]
        text = _ESCAPES.sub("", "\\".join(map(str, names)))
        raw = b"\\".join(map(_raw, names))
    except Exception:  # decoding a damaged name raises many kinds of error
        return NameFound("", True)
    is_doubtful = _is_damaged(text) or _misfits(raw, tokens(value(dataset, "SpecificCharacterSet")))
    return NameFound("" if is_doubtful else text, is_doubtful)


def _raw(name: object) -> bytes:
    """Bytes of a name as they lay in the file; ASCII where they are no longer known."""
    original = name.original_string if isinstance(name, PersonName) else b""
    return original if isinstance(original, bytes) else b""


def _is_damaged(text: str) -> bool:
    return "\ufffd" in text or any(unicodedata.category(c) in ("Cc", "Cs", "Cn", "Co") for c in text)


def _misfits(raw: bytes, stated: tuple[str, ...]) -> bool:
    """Whether bytes beyond ASCII contradict the character set, or are more likely of another one."""
    if raw.isascii() or b"\x1b" in raw:
        return False
    names = [name for name in stated if name]
    if len(names) != 1 or names[0] == "ISO_IR 6":
        return not names or names[0] == "ISO_IR 6"
    if names[0] in _STRICT:
        return not _decodes(raw, _STRICT[names[0]])
    if _decodes(raw, "utf-8") or _NO_LETTERS.search(raw):
        return names[0] != "ISO_IR 13"  # Japanese letters of one byte may lie anywhere
    return names[0] in _LATIN and bool(_SEVERAL_HIGH.search(raw))


def _decodes(raw: bytes, codec: str) -> bool:
    try:
        raw.decode(codec)
    except UnicodeDecodeError:
        return False
    return True
