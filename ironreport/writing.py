"""The one door through which a file is written: whole or not at all."""

from __future__ import annotations

import contextlib
import os
import secrets
import stat
import time
from collections.abc import Callable
from pathlib import Path

PREFIX, SUFFIX = ".ironreport_", ".part"
ABANDONED_S = 600.0
"""A file that is being written changes every moment; one that stood still this long belongs to a process that died."""
TURN_S = 2.0
"""So long a file is waited for that another process makes."""
_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)


def write_whole(path: Path, content: bytes, *, private: bool = False, tidy: bool = True) -> None:
    """Write a file whole or not at all: whoever opens it meets the old content or the new one, never half of it.

    What a process that was killed had begun beside it, ten minutes ago or more, is removed.

    Parameters
    ----------
    path : Path
        A symbolic link is followed; what is no file (a pipe, a terminal) is written to as it is.
    private : bool
        Readable for this user only. Else as any new file, or as the one that is replaced.
    tidy : bool
        Whether to look for what a killed process left; who writes thousands of files into one folder does so once.

    Raises
    ------
    OSError
        Where it cannot be written; what was begun is gone then.
    """
    if path.exists() and not path.is_file():
        path.write_bytes(content)
        return
    target = path.resolve()
    if tidy:
        remove_abandoned(target.parent)
    waiting = target.parent / f"{PREFIX}{secrets.token_hex(4)}{SUFFIX}"
    handle = os.open(waiting, _NEW, 0o600 if private else 0o666)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())  # else a power cut may leave the new name on an empty file
        if target.exists() and not private:
            waiting.chmod(stat.S_IMODE(target.stat().st_mode))
        waiting.replace(target)
    except BaseException:
        with contextlib.suppress(OSError):
            waiting.unlink()
        raise
    _sync_folder(target.parent)


def made_once(path: Path, make: Callable[[], bytes], is_whole: Callable[[bytes], bool]) -> tuple[bytes, bool]:
    """Content of a private file that whoever comes first makes; all who come read the same.

    Of several processes one has the right to make it, by a file beside it that only one can make; the others wait.

    Parameters
    ----------
    make : callable
        Gives the content; called by the one only.
    is_whole : callable
        Whether a content is one; else it is replaced.

    Returns
    -------
    bytes, bool
        The content, and whether a damaged one was replaced.

    Raises
    ------
    OSError
        Where it can neither be read nor written.
    """
    turn = path.with_name(f"{path.name}.turn")
    while True:
        found = path.read_bytes() if path.is_file() else None
        if found is not None and is_whole(found):
            return found, False
        with contextlib.suppress(FileExistsError):
            os.close(os.open(turn, _NEW, 0o600))
            break
        with contextlib.suppress(FileNotFoundError):
            if time.time() - turn.stat().st_mtime > TURN_S:  # who had it was killed
                turn.unlink()
        time.sleep(0.01)
    try:
        return _made(path, make, is_whole)
    finally:
        turn.unlink(missing_ok=True)


def _made(path: Path, make: Callable[[], bytes], is_whole: Callable[[bytes], bool]) -> tuple[bytes, bool]:
    """The same for the one whose turn it is: somebody may have had theirs between the look and the turn."""
    found = path.read_bytes() if path.is_file() else None
    if found is not None and is_whole(found):
        return found, False
    content = make()
    write_whole(path, content, private=True)
    return content, found is not None


def remove_abandoned(folder: Path) -> None:
    """Remove what a killed process had begun to write in a folder, ten minutes ago or more."""
    long_ago = time.time() - ABANDONED_S
    for left in folder.glob(f"{PREFIX}*{SUFFIX}"):
        with contextlib.suppress(OSError):
            if left.stat().st_mtime < long_ago:
                left.unlink()


def _sync_folder(folder: Path) -> None:
    """The new name itself must outlive a power cut too; Windows has no such call and needs none."""
    with contextlib.suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
