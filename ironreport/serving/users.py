"""The file of people who may sign in: a line for each, a name and a slow hash of the password (Argon2id).

The file is the administrator's, outside of the program; only the account that runs the app may read it.
"""

from __future__ import annotations

import os
import re
import secrets
import stat
import unicodedata
from functools import cache
from pathlib import Path
from typing import Any

from ironreport.serving.address import ServingError

NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")
SHORTEST, LONGEST = 12, 1000


@cache
def _hasher() -> Any:
    try:
        from argon2 import PasswordHasher  # noqa: PLC0415
    except ModuleNotFoundError:
        raise ServingError(
            "NO_ARGON2",
            "Passwords need the library argon2-cffi, which is not installed.",
            "Install it: python -m pip install 'ironreport[lan]'",
        ) from None
    return PasswordHasher()  # Argon2id with the cost of RFC 9106 for small computers: 64 MiB, about a tenth of a second


@cache
def _of_nobody() -> str:
    """What a password is compared with when the name is unknown, so that the answer takes as long."""
    return str(_hasher().hash(secrets.token_urlsafe(32)))


def plain_name(typed: str) -> str:
    """A name as it is kept: small letters; empty where it cannot be one."""
    name = typed.strip().casefold()
    return name if NAME.fullmatch(name) else ""


class Users:
    """The people of a file, read anew whenever it has changed.

    Parameters
    ----------
    path
        The file.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._seen: tuple[int, ...] = ()
        self._hashes: dict[str, str] = {}

    def hashes(self) -> dict[str, str]:
        """Names and hashes; none where the file cannot be read any more."""
        try:
            told = self.path.stat()
            seen = (told.st_mtime_ns, told.st_size, told.st_ino)
            if seen != self._seen:
                self._hashes, self._seen = read_users(self.path), seen
        except (OSError, ServingError):
            self._hashes, self._seen = {}, ()
        return self._hashes

    def proof(self, name: str, password: str) -> str | None:
        """The hash that name and password open; None if they open none. Takes as long for a name that is not there."""
        from argon2.exceptions import Argon2Error  # noqa: PLC0415

        kept = self.hashes().get(plain_name(name))
        try:
            _hasher().verify(kept or _of_nobody(), _normal(password[:LONGEST]))
        except (Argon2Error, ValueError):  # ValueError: a hash that is none
            return None
        return kept


def read_users(path: Path) -> dict[str, str]:
    """Names and hashes of a file, checked."""
    try:
        mode = path.stat().st_mode
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError):
        raise ServingError("NO_USERS_FILE", f"The file of users {path} cannot be read.", _make_one(path)) from None
    if os.name == "posix" and mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise ServingError(
            "USERS_FILE_OPEN", f"Other accounts of this computer may read {path}.", f"Close it: chmod 600 {path}"
        )
    found: dict[str, str] = {}
    for number, line in enumerate(lines, start=1):
        name, _, hashed = line.partition(":")
        if not line.strip() or line.startswith("#"):
            continue
        if not NAME.fullmatch(name) or not hashed.startswith("$argon2id$") or name in found:
            raise ServingError(
                "USERS_FILE_UNREADABLE", f"Line {number} of {path} is no user, or one that stands twice.",
                "Remove the line, and add the person again: ironreport users add NAME",
            )  # fmt: skip
        found[name] = hashed
    return found


def check_users(path: Path, program: Path) -> None:
    """Refuse a file without people, one that others can read, and one that would be shared with the program."""
    if path.resolve().is_relative_to(program.resolve()):
        raise ServingError(
            "USERS_FILE_IN_PROGRAM",
            f"{path} lies in the folder of the program, which is copied and shared.",
            "Keep it elsewhere, such as in /etc/ironreport or your configuration folder.",
        )
    _hasher()
    if not read_users(path):
        raise ServingError("NO_USERS", f"Nobody stands in {path}.", _make_one(path))


def _make_one(path: Path) -> str:
    return f"Add a person: ironreport users add NAME --file {path}"


def add_user(path: Path, name: str, password: str) -> bool:
    """Write a person into the file; whether the name was new. An old one gets the new password and is signed out."""
    kept = plain_name(name)
    if not kept:
        raise ServingError(
            "NO_NAME", "A name has small letters, digits, dot, dash and underscore, 64 at most.", "Choose such a name."
        )
    if not SHORTEST <= len(password) <= LONGEST or kept in password.casefold():
        raise ServingError(
            "WEAK_PASSWORD",
            f"The password needs {SHORTEST} to {LONGEST} characters and must not hold the name.",
            "Four or five words that have nothing to do with each other are easy to keep.",
        )
    users = read_users(path) if path.exists() else {}
    new = kept not in users
    users[kept] = str(_hasher().hash(_normal(password)))
    _write(path, users)
    return new


def remove_user(path: Path, name: str) -> None:
    """Take a person out of the file; a running app signs them out with the next request."""
    users = read_users(path)
    if users.pop(plain_name(name), None) is None:
        raise ServingError("NO_SUCH_USER", f"Nobody of that name stands in {path}.", "List them: ironreport users list")
    _write(path, users)


def _write(path: Path, users: dict[str, str]) -> None:
    """Whole or not at all, and never readable for others, not even for a moment."""
    part = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
            file.write("".join(f"{name}:{hashed}\n" for name, hashed in sorted(users.items())))
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    except OSError:
        part.unlink(missing_ok=True)
        raise ServingError(
            "USERS_FILE_UNWRITABLE", f"{path} cannot be written.", "Check that the folder is there and yours."
        ) from None


def _normal(password: str) -> str:
    """One spelling for letters that keyboards write in two ways."""
    return unicodedata.normalize("NFKC", password)
