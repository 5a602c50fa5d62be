"""The one door for image bytes: hostile, damaged and wrong files stop here, each with a reason.

pydicom is tolerant by design and inflates, nests and allocates whatever a file asks for; the
limits below are therefore checked before it is asked. Names and contents are never logged.
"""

from __future__ import annotations

import io
import logging
import threading
import warnings
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial

from pydicom.datadict import dictionary_has_tag, dictionary_VR
from pydicom.dataelem import DataElement, RawDataElement
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.filereader import read_dataset, read_sequence
from pydicom.tag import BaseTag, Tag
from pydicom.uid import (
    UID,
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
)

from ironreport.errors import IntakeError
from ironreport.intake.archive import MAX_FILE_BYTES, Content, UploadedFile, list_entries
from ironreport.intake.pixels import PixelBytes, check_declared_size, check_decodable, pixel_bytes
from ironreport.intake.reasons import FileSource, Tally, refusal
from ironreport.intake.values import MAX_MACRO_BYTES, as_parsed
from ironreport.records import LeftOut

MAX_ELEMENTS = 20_000
MAX_HELD_BYTES = 32 * 2**20
"""Pixels out of archives that are kept unpacked; those of larger exams are unpacked again when they are needed."""
LONGEST_ASKED_BYTES = 2 * 2**10
"""No element of a header that is read here is longer; protocols and graphics in private ones are."""
MAX_READS = 400_000
"""Reads of the parser, two or three for each element at any depth: half a second of work, 20 times a large exam."""

_FRAME_LISTS = (Tag(0x5200, 0x9229), Tag(0x5200, 0x9230))
_ASKED_GROUPS = {0x0008, 0x0010, 0x0018, 0x0020, 0x0028, 0x0040, 0x5200, *range(0x6000, 0x6020, 2), 0x7FE0}
_ASKED_PRIVATE_GROUPS = {0x0019, 0x0043, 0x2005}
"""Where GE tells the sequence and the kind of an image, and Philips its scale."""
_REAL_WORLD = Tag(0x0040, 0x9096)
_CONVERTED_LISTS = (Tag(0x0020, 0x9170), Tag(0x0020, 0x9171))
_LONG_HEADER_VRS = {b"OB", b"OD", b"OF", b"OL", b"OV", b"OW", b"SQ", b"SV", b"UC", b"UN", b"UR", b"UT", b"UV"}
_FIRST_GROUPS = (b"\x08\x00", b"\x02\x00", b"\x00\x08")
_NO_IMAGES = {"NOT_DICOM", "NOT_MR"}
_DRAWN = ("1.2.840.10008.5.1.4.1.1.66.", "1.2.840.10008.5.1.4.1.1.481.")
"""Classes of segmentations and structure sets: to be opened whole, and never images."""
_DICOMDIR = "1.2.840.10008.1.3.10"
_quiet = threading.RLock()

# pydicom logs element values, which may be a patient's name.
logging.getLogger("pydicom").disabled = True


@dataclass(frozen=True, slots=True, eq=False)
class OpenedFile:
    """A parsed DICOM file: where it came from, its header, and where its pixels lie (None where it has none)."""

    source: FileSource
    dataset: Dataset
    pixels: PixelBytes | None


@dataclass(frozen=True, slots=True)
class GateResult:
    """What came through the gate and what was left out, by reason."""

    opened: tuple[OpenedFile, ...]
    tally: Tally

    @property
    def left_out(self) -> tuple[LeftOut, ...]:
        """Files that did not come through, counted by reason."""
        return self.tally.left_out()


Progress = Callable[[int, int], None]
Beside = Callable[[Sequence[UploadedFile], Tally], Sequence[OpenedFile]]


@contextmanager
def pydicom_silenced() -> Iterator[None]:
    """No warning of pydicom gets out: its texts quote element values."""
    with _quiet, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def open_files(
    files: Iterable[tuple[str, Content]], progress: Progress | None = None, beside: Beside | None = None
) -> GateResult:
    """DICOM files, parsed, out of loose files and zip archives; bad ones counted by reason.

    Parameters
    ----------
    files : iterable of (name, content)
        Told apart by content, never by name.
    progress : callable, optional
        Called with the number of files done and their total.
    beside : callable, optional
        Gets the files that are no DICOM images, and gives back what it made images of; it counts the others.
    """
    tally = Tally()
    aside: list[UploadedFile] = []
    entries = list_entries(files, tally)
    opened: list[OpenedFile] = []
    room = _Room(MAX_HELD_BYTES)
    for n_done, entry in enumerate(entries, start=1):
        try:
            opened.append(_open_entry(entry, room))
        except IntakeError as error:
            is_set_aside = beside is not None and error.refusal.code in _NO_IMAGES
            aside.append(entry) if is_set_aside else tally.add(entry.source, error)
        if progress is not None:
            progress(n_done, len(entries))
    made = beside(aside, tally) if beside is not None else []
    return GateResult((*opened, *made), tally)


class _Room:
    """How many bytes of unpacked pixels may still be kept beside the headers."""

    def __init__(self, n_bytes: int) -> None:
        self._n_bytes = n_bytes

    def take(self, n_bytes: int) -> bool:
        """Whether there was room for so many bytes; it is then taken."""
        has_room = n_bytes <= self._n_bytes
        self._n_bytes -= n_bytes if has_room else 0
        return has_room


def _open_entry(entry: UploadedFile, room: _Room) -> OpenedFile:
    """File, its header parsed and cut down to what is asked of it; its pixels are fetched when they are needed."""
    if entry.n_bytes > MAX_FILE_BYTES:
        raise refusal("FILE_TOO_BIG", limit=MAX_FILE_BYTES // 2**20)
    content = entry.load()
    dataset = open_dicom(content)
    if str(dataset.get("SOPClassUID")).startswith(_DRAWN):
        raise refusal("NOT_MR")
    with pydicom_silenced():
        return OpenedFile(entry.source, dataset, _cut_down(dataset, content, entry, room))


def _cut_down(dataset: Dataset, content: bytes, entry: UploadedFile, room: _Room) -> PixelBytes | None:
    """Take out of a header what is long; gives back where the pixels are found."""
    pixels = pixel_bytes(dataset, content if entry.is_held else None)
    if pixels is not None and not pixels.is_view and not room.take(pixels.n_bytes):
        pixels = replace(pixels, load=partial(_pixels_again, entry))
    _shorten(dataset)
    return pixels


def _pixels_again(entry: UploadedFile) -> bytes | memoryview:
    """Pixels of a file that was opened before."""
    with pydicom_silenced():
        found = pixel_bytes(_parse(entry.load()))
    if found is None:
        raise refusal("NO_PIXELS")
    return found.load()


def _shorten(dataset: Dataset) -> None:
    """Take out of a header what is long and what nobody asks: a disc holds thousands of them."""
    for tag in list(dataset.keys()):
        raw = as_parsed(dataset, tag)
        if not isinstance(raw, RawDataElement):
            continue
        is_long = len(raw.value or b"") > (MAX_MACRO_BYTES if tag == _REAL_WORLD else LONGEST_ASKED_BYTES)
        if is_long and tag == _REAL_WORLD:  # kept as something that is there and cannot be read
            dataset[tag] = raw._replace(value=(raw.value or b"")[: MAX_MACRO_BYTES + 2])
        elif is_long or not (tag.group in _ASKED_GROUPS or tag.group in _ASKED_PRIVATE_GROUPS):
            del dataset[tag]


def open_dicom(content: bytes, *, is_whole: bool = False) -> Dataset:
    """DICOM file, parsed, its pixels not yet decoded; ``is_whole`` parses and counts the sequences in it too.

    Raises
    ------
    IntakeError
        With the reason why the bytes are not a DICOM file that can be used.
    """
    try:
        with pydicom_silenced():
            dataset = _parse(content)
            check_declared_size(dataset)
            check_decodable(dataset)
            if is_whole:
                _parse_sequences(dataset, _Meter())
            return dataset
    except IntakeError:
        raise
    except RecursionError:
        raise refusal("NESTED") from None
    except Exception:  # twelve kinds of exception were seen on damaged files
        raise refusal("UNREADABLE") from None


def _parse_sequences(dataset: Dataset, meter: _Meter) -> None:
    """Parse the sequences of a dataset and of all their items."""
    for tag in list(dataset.keys()):
        if not dictionary_has_tag(tag) or dictionary_VR(tag) != "SQ":
            continue
        _parse_sequence(dataset, tag, meter)
        for item in dataset[tag].value or ():
            _parse_sequences(item, meter)


def _parse(content: bytes) -> Dataset:
    """Dataset with its file meta information; raises anything on damage."""
    if not content:
        raise refusal("EMPTY_FILE")
    start = 132 if content[128:132] == b"DICM" else 0
    if start == 0 and not _starts_like_a_dataset(content):
        raise refusal("NOT_DICOM")
    syntax, body_start = _transfer_syntax(content, start)
    if syntax == DeflatedExplicitVRLittleEndian:
        content, body_start = _inflated(content[body_start:]), 0
    is_implicit, is_little = _encoding(syntax, content[body_start : body_start + 8])
    stream = _MeteredBytes(content)
    stream.seek(body_start)
    dataset = read_dataset(stream, is_implicit, is_little, stop_when=_element_counter())
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = _effective_syntax(syntax, dataset, is_implicit, is_little)
    _check_is_dicom(dataset, has_preamble=start > 0)
    _parse_frame_lists(dataset)
    return dataset


def _starts_like_a_dataset(content: bytes) -> bool:
    """Whether bytes without a preamble start with a DICOM element of group 0008 or 0002."""
    if content[:2] not in _FIRST_GROUPS or len(content) < 8:
        return False
    has_vr = content[4:6].isalpha() and content[4:6].isupper()
    return has_vr or int.from_bytes(content[4:8], "little") <= len(content) - 8


def _transfer_syntax(content: bytes, start: int) -> tuple[UID, int]:
    """Transfer syntax of the file meta group (empty if not stated) and where the data start."""
    syntax, position = b"", start
    while position + 8 <= len(content) and content[position : position + 2] == b"\x02\x00":
        vr = content[position + 4 : position + 6]
        if vr in _LONG_HEADER_VRS:
            header, length = 12, int.from_bytes(content[position + 8 : position + 12], "little")
        elif vr.isalpha():
            header, length = 8, int.from_bytes(content[position + 6 : position + 8], "little")
        else:  # written as implicit VR, against the standard
            header, length = 8, int.from_bytes(content[position + 4 : position + 8], "little")
        if content[position + 2 : position + 4] == b"\x10\x00":
            syntax = content[position + header : position + header + length]
        position += header + length
    return UID(syntax.decode("ascii", errors="replace").strip("\0 ")), position


def _inflated(packed: bytes) -> bytes:
    """Deflated content, inflated with a cap: pydicom would inflate to gigabytes."""
    content = zlib.decompressobj(-zlib.MAX_WBITS).decompress(packed, MAX_FILE_BYTES + 1)
    if len(content) > MAX_FILE_BYTES:
        raise refusal("DEFLATE_BOMB", limit=MAX_FILE_BYTES // 2**20)
    return content


def _encoding(syntax: UID, head: bytes) -> tuple[bool, bool]:
    """Whether the data are implicit VR and little endian, guessed where not stated."""
    if syntax == ImplicitVRLittleEndian:
        return True, True
    if syntax:
        return False, syntax != ExplicitVRBigEndian
    has_vr = head[4:6].isalpha() and head[4:6].isupper()
    return not has_vr, head[:1] != b"\x00"


def _effective_syntax(syntax: UID, dataset: Dataset, is_implicit: bool, is_little: bool) -> UID:
    """Syntax of the dataset as parsed: inflated, and named where the file names none."""
    if syntax and syntax != DeflatedExplicitVRLittleEndian:
        return syntax
    if not is_little:
        return ExplicitVRBigEndian
    return ImplicitVRLittleEndian if is_implicit else ExplicitVRLittleEndian


def _check_is_dicom(dataset: Dataset, has_preamble: bool) -> None:
    if dataset.get("SOPClassUID") == _DICOMDIR or "DirectoryRecordSequence" in dataset:
        raise refusal("DICOMDIR")
    if not any(keyword in dataset for keyword in ("SOPClassUID", "Modality", "Rows", "PixelData")):
        raise refusal("UNREADABLE" if has_preamble else "NOT_DICOM")


def _parse_frame_lists(dataset: Dataset) -> None:
    """Parse the lists of an enhanced image now, counted; pydicom would do it later, uncounted."""
    meter = _Meter()
    for tag in _FRAME_LISTS:
        _parse_sequence(dataset, tag, meter)
        for item in dataset[tag].value if tag in dataset else ():
            for converted in _CONVERTED_LISTS:
                _parse_sequence(item, converted, meter)


def _parse_sequence(dataset: Dataset, tag: BaseTag, meter: _Meter) -> None:
    raw = dataset.get_item(tag) if tag in dataset else None
    if isinstance(raw, RawDataElement) and isinstance(raw.value, bytes):
        stream = _MeteredBytes(raw.value, meter)
        sequence = read_sequence(stream, raw.is_implicit_VR, raw.is_little_endian, len(raw.value), "iso8859")
        dataset[tag] = DataElement(tag, "SQ", sequence)


def _element_counter() -> Callable[[BaseTag, str | None, int], bool]:
    """Stop condition that never stops the parser but refuses a file with too many elements."""
    n_elements = 0

    def count(_tag: BaseTag, _vr: str | None, _length: int) -> bool:
        nonlocal n_elements
        n_elements += 1
        if n_elements > MAX_ELEMENTS:
            raise refusal("TOO_MANY_ELEMENTS")
        return False

    return count


class _Meter:
    """Reads of all streams of one file."""

    n_reads = 0


class _MeteredBytes(io.BytesIO):
    """Bytes that refuse to be read in more steps than any MR image needs, at any depth."""

    def __init__(self, content: bytes, meter: _Meter | None = None) -> None:
        super().__init__(content)
        self._meter = meter or _Meter()

    def read(self, size: int | None = -1, /) -> bytes:
        self._meter.n_reads += 1
        if self._meter.n_reads > MAX_READS:
            raise refusal("TOO_MANY_ELEMENTS")
        return super().read(size)
