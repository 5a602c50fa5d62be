"""The key of the copy in a browser: one person's, on one server."""

from __future__ import annotations

import os
from base64 import b64decode
from collections.abc import Iterator
from pathlib import Path

import pytest

from ironreport.serving import browser_key as keys
from ironreport.serving.browser_key import FILE_NAME, browser_key, key_was_damaged


def _another_server() -> None:
    keys._of_this_process.cache_clear()
    keys._of_this_user.cache_clear()


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setattr(keys, "user_state_path", lambda *_, **__: tmp_path / "of_user")
    _another_server()
    yield tmp_path / "of_user"
    _another_server()


def test_everybody_has_a_key_of_their_own_which_ends_with_the_server() -> None:
    names = ("ada", "Ada", "bea", "exam copy")
    of_each = {browser_key(name) for name in names}
    assert len(of_each) == len(names)
    assert {browser_key(name) for name in names} == of_each and all(len(b64decode(key)) == 32 for key in of_each)
    _another_server()
    assert not of_each & {browser_key(name) for name in names}


def test_on_this_computer_the_key_outlasts_the_server_in_a_file_of_its_user_alone(folder: Path) -> None:
    before = browser_key(None)
    assert [path.name for path in folder.iterdir()] == [FILE_NAME]
    assert (folder / FILE_NAME).stat().st_mode & 0o077 == 0
    assert b64decode(before) != (folder / FILE_NAME).read_bytes()
    _another_server()
    assert browser_key(None) == before


def test_a_person_of_the_network_leaves_nothing_on_the_disk(folder: Path) -> None:
    browser_key("ada")
    assert not folder.exists()


@pytest.mark.parametrize("kind", ["damaged", "no folder"])
def test_a_key_that_cannot_be_kept_still_holds_for_this_server(folder: Path, kind: str) -> None:
    if kind == "damaged":
        folder.mkdir()
        (folder / FILE_NAME).write_bytes(b"short")
    else:
        folder.write_bytes(b"a file stands where the folder should be")
    assert browser_key(None) == browser_key(None)
    assert len(b64decode(browser_key(None))) == 32
    assert key_was_damaged() == (kind == "damaged")


def test_a_damaged_key_is_replaced_and_said_once(folder: Path) -> None:
    folder.mkdir()
    (folder / FILE_NAME).write_bytes(b"short")
    made = browser_key(None)
    assert key_was_damaged()
    _another_server()
    assert browser_key(None) == made and not key_was_damaged()


@pytest.mark.skipif(os.name != "posix", reason="modes of POSIX")
def test_no_moment_of_its_making_lets_another_user_read_it(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    modes: list[int] = []
    real = os.open

    def opened(path: object, flags: int, mode: int = 0o777) -> int:
        modes.extend([mode] if flags & os.O_CREAT else [])
        return real(str(path), flags, mode)

    monkeypatch.setattr(os, "open", opened)
    browser_key(None)
    assert modes and set(modes) == {0o600}
