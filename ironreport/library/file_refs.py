"""Files of a folder and of the zips in it, by reference: small enough to be handed to another process, read late."""

from __future__ import annotations

import zipfile
from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from ironreport.errors import IntakeError
from ironreport.intake.archive import MAX_FILE_BYTES, is_zip
from ironreport.library.sources import read_file

ZIP_HEAD_BYTES = 4


@dataclass(frozen=True, slots=True)
class FileRef:
    """A file, or a member of a zip; ``name`` is its path below the folder that was given."""

    name: str
    path: str
    member: str = ""

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
        ``NO_FILE`` where there is no such folder.
    """
    if not folder.exists():
        raise IntakeError("NO_FILE", f"{str(folder)[:200]} is not there.", "Check the path.")
    paths = sorted(p for p in folder.rglob("*") if p.is_file()) if folder.is_dir() else [folder]
    root = folder if folder.is_dir() else folder.parent
    return [ref for path in paths for ref in _refs(path, path.relative_to(root).as_posix())]


def _refs(path: Path, name: str) -> list[FileRef]:
    try:
        with path.open("rb") as file:
            packed = is_zip(file.read(ZIP_HEAD_BYTES))
        if not packed:
            return [FileRef(name, str(path))]
        with zipfile.ZipFile(path) as archive:
            members = [info.filename for info in archive.infolist() if not info.is_dir()]
    except (OSError, zipfile.BadZipFile):
        return [FileRef(name, str(path))]  # the reading of it says what is wrong
    return [FileRef(f"{name}/{member}", str(path), member) for member in members]


def loaders(refs: Iterable[FileRef]) -> list[tuple[str, partial[bytes]]]:
    """Files as the intake takes them: name, and how to get the content."""
    return [(ref.name, partial(ref.read)) for ref in refs]
