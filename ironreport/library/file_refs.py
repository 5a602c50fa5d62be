"""Files of a folder and of the zips in it, by reference: small enough to be handed to another process, read late."""

from __future__ import annotations

import os
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from ironreport.errors import IntakeError
from ironreport.intake.archive import MAX_FILE_BYTES, is_zip
from ironreport.library.sources import read_file

ZIP_HEAD_BYTES = 4


@dataclass(frozen=True, slots=True)
class FileRef:
    """A file, or a member of a zip; ``name`` is its path below the folder that was given.

    ``stamp`` is what its folder says of it (bytes, nanoseconds): with another one it was written to meanwhile.
    """

    name: str
    path: str
    member: str = ""
    stamp: tuple[int, int] = (0, 0)

    def read(self) -> bytes:
        """What it holds.

        Raises
        ------
        IntakeError
            ``NO_FILE``.
        """
        if not self.member:
            return read_file(Path(self.path))
        try:
            with zipfile.ZipFile(self.path) as archive, archive.open(self.member) as stream:
                return stream.read(MAX_FILE_BYTES + 1)
        except Exception:  # zipfile raises at least six kinds of error on damaged archives
            raise IntakeError("NO_FILE", f"{self.name[:200]} cannot be read.", "Copy the archive again.") from None


def files_below(folder: Path) -> list[FileRef]:
    """All files below a folder by name, or in a zip; zips in the folder are opened.

    Raises
    ------
    IntakeError
        ``NO_FILE`` where there is no such folder, ``FOLDER_GONE`` where it went away while it was looked through.
    """
    try:
        if not folder.exists():
            raise IntakeError("NO_FILE", f"{str(folder)[:200]} is not there.", "Check the path.")
        root = folder if folder.is_dir() else folder.parent
        found = sorted(_entries(folder)) if folder.is_dir() else [(str(folder), _stamp(folder.stat()))]
    except OSError:
        raise IntakeError(
            "FOLDER_GONE", f"{str(folder)[:200]} cannot be looked through: perhaps a network drive went away.",
            "Connect it, then do it again.",
        ) from None  # fmt: skip
    start = len(str(root).rstrip(os.sep)) + 1
    return [ref for path, stamp in found for ref in _refs(path, path[start:].replace(os.sep, "/"), stamp)]


def _entries(folder: Path) -> Iterator[tuple[str, tuple[int, int]]]:
    """Every file below a folder; each folder is read once, and links to folders are not followed."""
    waiting = [str(folder)]
    while waiting:
        with os.scandir(waiting.pop()) as entries:
            for entry in entries:
                if entry.is_dir(follow_symlinks=False):
                    waiting.append(entry.path)
                elif entry.is_file():
                    yield entry.path, _stamp(entry.stat())


def _stamp(stat: os.stat_result) -> tuple[int, int]:
    return stat.st_size, stat.st_mtime_ns


def _refs(path: str, name: str, stamp: tuple[int, int]) -> list[FileRef]:
    try:
        with open(path, "rb") as file:  # noqa: PTH123 - a hundred thousand paths need no objects
            packed = is_zip(file.read(ZIP_HEAD_BYTES))
        if not packed:
            return [FileRef(name, path, stamp=stamp)]
        with zipfile.ZipFile(path) as archive:
            members = [info.filename for info in archive.infolist() if not info.is_dir()]
    except (OSError, zipfile.BadZipFile):
        return [FileRef(name, path, stamp=stamp)]  # the reading of it says what is wrong
    return [FileRef(f"{name}/{member}", path, member, stamp) for member in members]


def loaders(refs: Iterable[FileRef]) -> list[tuple[str, partial[bytes]]]:
    """Files as the intake takes them: name, and how to get the content."""
    return [(ref.name, partial(ref.read)) for ref in refs]
