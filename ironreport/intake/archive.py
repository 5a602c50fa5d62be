"""Zip archives: named bytes out of them, within limits checked before anything is unpacked.

Nothing is ever written to disk; names inside an archive are text for display, never paths.
"""

from __future__ import annotations

import io
import itertools
import zipfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial

from ironreport.intake.reasons import FileSource, Tally, refusal

MAX_FILES = 20_000
"""A disc of a hospital holds some thousands. Memory is limited by what is kept of a file, not by their number."""
MAX_TOTAL_BYTES = 2 * 2**30
MAX_FILE_BYTES = 64 * 2**20
MAX_RATIO = 200
RATIO_COUNTS_FROM_BYTES = 2**20
"""Below this size a high ratio is harmless: an image of air packs well too."""

_LOCAL_FILE, _END_OF_EMPTY, _SPANNED, _CENTRAL = b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08", b"PK\x01\x02"
_ENCRYPTED_FLAG = 0x1


@dataclass(frozen=True, slots=True)
class UploadedFile:
    """A file to be read: its source, its declared size [bytes] and how to get its content.

    Parameters
    ----------
    is_held : bool
        Whether the content is in memory as it is, so that getting it takes no more.
    """

    source: FileSource
    n_bytes: int
    load: Callable[[], bytes]
    is_held: bool = False


def is_zip(content: bytes) -> bool:
    """Whether the bytes start like a zip archive, whatever the file is called."""
    return content.startswith((_LOCAL_FILE, _END_OF_EMPTY, _SPANNED))


Content = bytes | Callable[[], bytes]
"""Content of a file, or how to get it, so that a folder need not lie in memory as a whole."""


def list_entries(files: Iterable[tuple[str, Content]], tally: Tally) -> list[UploadedFile]:
    """Loose files and the members of zip archives, within the limits of number and size.

    Parameters
    ----------
    files : iterable of (name, content)
        Of a content that is fetched only archives are kept.
    tally : Tally
        Takes what is refused, with the reason.
    """
    entries: list[UploadedFile] = []
    numbers = itertools.count()
    for name, given in files:
        source = FileSource(next(numbers), name)
        content = given if isinstance(given, bytes) else given()
        if is_zip(content):
            entries.extend(_archive_entries(source, content, numbers, tally))
        elif isinstance(given, bytes):
            entries.append(UploadedFile(source, len(content), partial(bytes, given), is_held=True))
        else:
            entries.append(UploadedFile(source, len(content), given))
    return _within_limits(entries, tally)


def _within_limits(entries: list[UploadedFile], tally: Tally) -> list[UploadedFile]:
    """All entries, or none: half an exam, silently, would be worse than none."""
    too_many = len(entries) > MAX_FILES
    if not too_many and sum(entry.n_bytes for entry in entries) <= MAX_TOTAL_BYTES:
        return entries
    error = (
        refusal("TOO_MANY_FILES", limit=MAX_FILES)
        if too_many
        else refusal("EXAM_TOO_BIG", limit=MAX_TOTAL_BYTES // 2**20)
    )
    for entry in entries:
        tally.add(entry.source, error)
    return []


def _archive_entries(source: FileSource, content: bytes, numbers: Iterator[int], tally: Tally) -> list[UploadedFile]:
    """Readable members of one archive; an unsafe archive is refused as a whole."""
    # Counted in the raw bytes, because merely listing 200,000 members takes seconds and 120 MiB.
    if content.count(_CENTRAL) > MAX_FILES:
        tally.add(source, refusal("TOO_MANY_FILES", limit=MAX_FILES))
        return []
    try:
        archive = zipfile.ZipFile(io.BytesIO(content))
    except Exception:  # zipfile raises at least six kinds of error on damaged archives
        tally.add(source, refusal("ZIP_TRUNCATED"))
        return []
    members = [info for info in archive.infolist() if not info.is_dir()]
    error = _archive_refusal(members)
    if error is not None:
        tally.add(source, refusal(error, limit=MAX_RATIO if error == "ZIP_RATIO" else MAX_TOTAL_BYTES // 2**20))
        return []
    found = [_member_entry(archive, info, FileSource(next(numbers), info.filename), tally) for info in members]
    return [entry for entry in found if entry is not None]


def _archive_refusal(members: list[zipfile.ZipInfo]) -> str | None:
    """Code of what is wrong with an archive by its declared sizes alone."""
    if not members:
        return "ZIP_EMPTY"
    n_bytes = sum(info.file_size for info in members)
    n_packed = sum(info.compress_size for info in members)
    sizes = [(info.file_size, info.compress_size) for info in members] + [(n_bytes, n_packed)]
    if any(size > RATIO_COUNTS_FROM_BYTES and size > MAX_RATIO * packed for size, packed in sizes):
        return "ZIP_RATIO"
    return "EXAM_TOO_BIG" if n_bytes > MAX_TOTAL_BYTES else None


def _member_entry(
    archive: zipfile.ZipFile, info: zipfile.ZipInfo, source: FileSource, tally: Tally
) -> UploadedFile | None:
    """Entry of one member, or None with the reason in the tally."""
    code = None
    if info.flag_bits & _ENCRYPTED_FLAG:
        code = "ZIP_ENCRYPTED"
    elif info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        code = "ZIP_METHOD"  # bzip2 and lzma too: their dictionaries can ask for gigabytes
    if code:
        tally.add(source, refusal(code))
        return None
    return UploadedFile(source, info.file_size, partial(_member_bytes, archive, info))


def _member_bytes(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> bytes:
    """Content of one member, read with a cap because declared sizes can lie.

    Raises
    ------
    IntakeError
        ``FILE_TOO_BIG``, ``ZIP_TRUNCATED`` or ``ZIP_NESTED``.
    """
    if info.file_size > MAX_FILE_BYTES:
        raise refusal("FILE_TOO_BIG", limit=MAX_FILE_BYTES // 2**20)
    try:
        with archive.open(info) as stream:
            content = stream.read(MAX_FILE_BYTES + 1)
    except Exception:  # BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, ...
        raise refusal("ZIP_TRUNCATED") from None
    if len(content) > MAX_FILE_BYTES:
        raise refusal("FILE_TOO_BIG", limit=MAX_FILE_BYTES // 2**20)
    if is_zip(content):
        raise refusal("ZIP_NESTED")
    return content
