"""What a caller may give to be read: paths, bytes, open files, or several of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from os import PathLike
from pathlib import Path
from typing import IO

from ironreport.errors import IntakeError
from ironreport.intake.archive import MAX_TOTAL_BYTES
from ironreport.intake.reasons import refusal

Source = str | PathLike[str] | bytes | IO[bytes]
Content = bytes | Callable[[], bytes]


def files_in(source: object) -> list[tuple[str, Content]]:
    """Name of each file in what was given, and its content or how to get it.

    Raises
    ------
    IntakeError
        ``NO_FILE``, ``NOT_A_SOURCE``, ``EXAM_TOO_BIG``.
    """
    return [file for one in _several(source) for file in _files_of(one)]


def files_of(path: Path) -> list[tuple[str, Callable[[], bytes]]]:
    """Path of a file, or of all files below a folder, and how to read each.

    Raises
    ------
    IntakeError
        ``NO_FILE``, ``EXAM_TOO_BIG``.
    """
    if not _is_there(path):
        raise IntakeError("NO_FILE", f"{str(path)[:200]} is not there.", "Check the path.")
    paths = sorted(file for file in path.rglob("*") if file.is_file()) if path.is_dir() else [path]
    if sum(file.stat().st_size for file in paths) > MAX_TOTAL_BYTES:
        raise refusal("EXAM_TOO_BIG", limit=MAX_TOTAL_BYTES // 2**20)
    return [(str(file), partial(read_file, file)) for file in paths]


def _is_there(path: Path) -> bool:
    try:
        return path.exists()
    except (OSError, ValueError):  # too long, or with a null character
        return False


def read_file(path: Path) -> bytes:
    """What a file holds.

    Raises
    ------
    IntakeError
        ``NO_FILE``.
    """
    try:
        return path.read_bytes()
    except OSError:
        raise IntakeError("NO_FILE", f"{path} cannot be read.", "Check the path.") from None


def _several(source: object) -> Iterator[object]:
    one = isinstance(source, (str, bytes, bytearray, memoryview, PathLike)) or hasattr(source, "read")
    if not one and not isinstance(source, Iterable):
        raise _not_a_source(source)
    yield from [source] if one else source  # type: ignore[misc]


def _files_of(source: object) -> Sequence[tuple[str, Content]]:
    if isinstance(source, (bytes, bytearray, memoryview)):
        return [("bytes", bytes(source))]
    if source == "":
        raise IntakeError("NO_FILE", "The path is empty.", "Give the folder, zip or file of the images.")
    if isinstance(source, (str, PathLike)):
        return files_of(Path(source).expanduser())
    content = _read(source)
    if not isinstance(content, bytes):
        raise _not_a_source(source)
    return [(str(getattr(source, "name", "file")), content)]


def _read(source: object) -> object:
    """What an open file holds; None of one that is closed, or open for writing only."""
    try:
        return source.read() if hasattr(source, "read") else None
    except (OSError, ValueError):
        return None


def _not_a_source(source: object) -> IntakeError:
    what = f"{type(source).__name__} is nothing that images can be read from."
    return IntakeError("NOT_A_SOURCE", what, "Give a path, bytes, a file opened with 'rb', or a list of them.")
