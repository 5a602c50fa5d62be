"""The folder of a clinic: what stands where, its key, and the settings that hold for it."""

from __future__ import annotations

import contextlib
import errno
import hashlib
import hmac
import os
import secrets
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from ironreport.clinic.visits import is_id
from ironreport.errors import ClinicError
from ironreport.writing import write_whole

FORMAT = "ironreport-clinic"
VERSION = 1
KEY_BYTES = 32
EXAM_ENDING, VISIT_ENDING = ".ironreport.json", ".visit.json"
SETTINGS = """# A clinic of IronReport. Exam files in exams/ are the truth; the database is an index of them.
format = "{format}"
version = {version}

# Names of patients are kept only where this is true; then encrypted where this computer offers a keyring.
names = {names}

# Empty: SQLite in this folder. For several computers: postgresql+psycopg://user@host/database
database = "{database}"

# Most that images of this clinic may take [GiB].
images_gib = 50
"""


@dataclass(frozen=True, slots=True)
class ClinicSettings:
    """What stands in ``clinic.toml``."""

    names: bool = False
    database: str = ""
    images_gib: float = 50.0


@dataclass(frozen=True, slots=True)
class ClinicFolder:
    """Paths of a clinic."""

    root: Path

    @property
    def settings_file(self) -> Path:
        """Settings, made with the clinic."""
        return self.root / "clinic.toml"

    @property
    def key_file(self) -> Path:
        """Key of the pseudonyms: whoever has it can find out whose number became which."""
        return self.root / "clinic.key"

    @property
    def database_file(self) -> Path:
        """The index, where it is SQLite."""
        return self.root / "clinic.sqlite"

    @property
    def exams(self) -> Path:
        """Exam files and visit files, by the first two letters of their id."""
        return self.root / "exams"

    @property
    def patients(self) -> Path:
        """One file for each patient."""
        return self.root / "patients"

    @property
    def images(self) -> Path:
        """Images as they came, a folder for each exam. They hold what the scanner wrote, names too."""
        return self.root / "images"

    def exam_file(self, visit_id: str) -> Path:
        """Exam file of an exam; it need not be there yet."""
        return self.exams / self._checked(visit_id)[:2] / f"{visit_id}{EXAM_ENDING}"

    def visit_file(self, visit_id: str) -> Path:
        """Visit file of an exam."""
        return self.exams / self._checked(visit_id)[:2] / f"{visit_id}{VISIT_ENDING}"

    def images_of(self, visit_id: str) -> Path:
        """Folder of the images of an exam."""
        return self.images / self._checked(visit_id)

    def ids(self) -> list[str]:
        """Ids of all exams that have an exam file or a visit file, sorted."""
        endings = (EXAM_ENDING, VISIT_ENDING)
        names = (entry.name for shard in _entries(self.exams) for entry in _entries(Path(shard.path)))
        found = {name.removesuffix(ending) for name in names for ending in endings if name.endswith(ending)}
        return sorted(one for one in found if is_id(one))

    @staticmethod
    def _checked(visit_id: str) -> str:
        if not is_id(visit_id):
            raise ClinicError("NO_SUCH_EXAM", "There is no such exam in this clinic.", "Choose one of the list.")
        return visit_id


def _entries(folder: Path) -> Iterator[os.DirEntry[str]]:
    with contextlib.suppress(FileNotFoundError, NotADirectoryError), os.scandir(folder) as found:
        yield from found


# ------------------------------------------------------------------------------------- made and opened


def make_folder(root: Path, database: str = "", *, names: bool = False) -> ClinicFolder:
    """A new clinic in a folder that is empty or not there yet.

    Raises
    ------
    ClinicError
        ``CLINIC_THERE``, ``FOLDER_NOT_EMPTY``, ``NOT_WRITTEN``, ``DISK_FULL``.
    """
    folder = ClinicFolder(root)
    if folder.settings_file.exists():
        raise ClinicError("CLINIC_THERE", "There is a clinic in this folder already.", "Open it, or choose another.")
    if '"' in database or "\\" in database or not database.isprintable():
        raise ClinicError("NO_DATABASE", "This is no address of a database.", "Leave it empty for SQLite.")
    with written(root):
        if root.is_dir() and any(root.iterdir()):
            raise ClinicError(
                "FOLDER_NOT_EMPTY", "The folder holds other files.", "Choose an empty one or a new name for it."
            )
        for each in (folder.exams, folder.patients, folder.images):
            each.mkdir(parents=True, exist_ok=True)
        write_whole(
            folder.key_file, secrets.token_bytes(KEY_BYTES).hex().encode(), private=True
        )  # only its owner may read it
        text = SETTINGS.format(format=FORMAT, version=VERSION, names=str(names).lower(), database=database)
        write_whole(folder.settings_file, text.encode(), private=True)  # last: with it the folder is a clinic
    return folder


def read_settings(folder: ClinicFolder) -> ClinicSettings:
    """The settings of a clinic.

    Raises
    ------
    ClinicError
        ``NOT_A_CLINIC``, ``CLINIC_SETTINGS``, ``CLINIC_VERSION``.
    """
    try:
        held = tomllib.loads(folder.settings_file.read_text(encoding="utf-8"))
    except OSError:
        raise ClinicError(
            "NOT_A_CLINIC", "There is no clinic in this folder, or it cannot be read.",
            "Choose the folder that holds clinic.toml, or make a clinic there.",
        ) from None  # fmt: skip
    except ValueError:
        raise _wrong_settings("it is no TOML") from None
    if held.get("format") != FORMAT or not isinstance(held.get("version"), int):
        raise _wrong_settings("it does not say that it is one of a clinic")
    if held["version"] > VERSION:
        raise ClinicError(
            "CLINIC_VERSION", "The clinic was made by a newer version of IronReport.", "Open it with that version."
        )
    names, database, images_gib = held.get("names", False), held.get("database", ""), held.get("images_gib", 50.0)
    if not isinstance(names, bool) or not isinstance(database, str) or not isinstance(images_gib, int | float):
        raise _wrong_settings("names is true or false, database a text, images_gib a number")
    return ClinicSettings(names, database, float(images_gib))


def _wrong_settings(why: str) -> ClinicError:
    return ClinicError("CLINIC_SETTINGS", f"clinic.toml cannot be used: {why}.", "Correct it in a text editor.")


def read_key(folder: ClinicFolder) -> bytes:
    """The key of the pseudonyms.

    Raises
    ------
    ClinicError
        ``NO_KEY``: without it a patient who comes again would get another pseudonym.
    """
    try:
        key = bytes.fromhex(folder.key_file.read_text(encoding="ascii").strip())
    except (OSError, ValueError):
        key = b""
    if len(key) != KEY_BYTES:
        raise ClinicError(
            "NO_KEY", "The key of this clinic's pseudonyms, clinic.key, is missing or damaged.",
            "Put back the copy that was kept of it. Without it nobody is found again under the same pseudonym.",
        )  # fmt: skip
    return key


def keyed_hash(key: bytes, *parts: str) -> str:
    """Twenty hexadecimal digits that the same words always give under one key, and that lead nowhere without it."""
    joined = "\x1f".join(parts).encode()
    return hmac.new(key, joined, hashlib.sha256).hexdigest()[:20]


@contextmanager
def written(place: Path) -> Iterator[None]:
    """Writing below a folder; what fails is a sentence.

    Raises
    ------
    ClinicError
        ``DISK_FULL``, ``NOT_WRITTEN``.
    """
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
            raise ClinicError(
                "DISK_FULL", "The disk of the clinic is full; this was not kept. What was kept before is whole.",
                "Make room, then do it again.",
            ) from None  # fmt: skip
        raise ClinicError(
            "NOT_WRITTEN", f"The folder {str(place)[:200]} cannot be written.",
            "Check that it is there, that the network drive is connected and that this user may write to it.",
        ) from None  # fmt: skip


def put_file(path: Path, content: bytes, *, tidy: bool = True) -> None:
    """Write one file of the clinic whole or not at all, and have the disk confirm its name too.

    Parameters
    ----------
    tidy : bool
        As `write_whole`.

    Raises
    ------
    ClinicError
        ``DISK_FULL``, ``NOT_WRITTEN``.
    """
    with written(path.parent):
        path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(path, content, private=True, tidy=tidy)
