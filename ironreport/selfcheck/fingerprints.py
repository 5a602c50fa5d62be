"""Fingerprints of what is installed: they tell whether the code and the knowledge are those that were checked."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from functools import cache
from pathlib import Path

from ironreport.knowledge.loading import FOLDER

PACKAGE = Path(__file__).resolve().parents[1]
CODE = {".py", ".js", ".css", ".ttf"}


@cache
def code_sha256() -> str:
    """Fingerprint of every file of code, and of the fonts; read once, as the code itself is."""
    return _sha256(path for path in PACKAGE.rglob("*") if path.suffix in CODE)


@cache
def knowledge_sha256() -> str:
    """Fingerprint of every knowledge file."""
    return _sha256(FOLDER.rglob("*.toml"))


def _sha256(files: Iterable[Path]) -> str:
    """Of names and contents; line ends do not count, for a checkout may change them."""
    found = hashlib.sha256()
    for path in sorted(files):
        content = path.read_bytes()
        found.update(f"{path.relative_to(PACKAGE).as_posix()}\0".encode())
        found.update(content if path.suffix == ".ttf" else content.replace(b"\r\n", b"\n"))
        found.update(b"\0")
    return found.hexdigest()
