"""What was made for a click is still there when the browser fetches it, whatever pages end meanwhile."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import PurePosixPath

import pytest
from streamlit.runtime.media_file_manager import MediaFileManager
from streamlit.runtime.memory_media_file_storage import MemoryMediaFileStorage

from ironreport.serving import handing_out
from ironreport.serving.handing_out import STAYS_S, let_downloads_stay, let_go

PDF = b"%PDF-1.7 of somebody"


@pytest.fixture
def manager() -> Iterator[MediaFileManager]:
    manager = MediaFileManager(MemoryMediaFileStorage("/media"))
    let_downloads_stay(manager)
    yield manager
    let_go()


def pressed(manager: MediaFileManager) -> str:
    """Address of a file that a button makes."""
    return str(manager.execute_deferred(manager.add_deferred(lambda: PDF, "application/pdf", "x.pdf", "button")))


def is_there(manager: MediaFileManager, address: str) -> bool:
    return manager.read_file(PurePosixPath(address).stem) is not None


def pages_end(manager: MediaFileManager, n: int = 5) -> None:
    for _ in range(n):
        manager.remove_orphaned_files()


def test_a_file_outlasts_the_pages_that_end_before_the_browser_fetches_it(manager: MediaFileManager) -> None:
    address = pressed(manager)
    pages_end(manager)
    assert is_there(manager, address)


def test_it_goes_with_the_second_page_after_its_time(
    manager: MediaFileManager, monkeypatch: pytest.MonkeyPatch
) -> None:
    now_s = handing_out.time.monotonic()
    monkeypatch.setattr(handing_out.time, "monotonic", lambda: now_s)
    address = pressed(manager)
    now_s += STAYS_S - 0.1
    pages_end(manager)
    assert is_there(manager, address)
    now_s += 0.2
    pages_end(manager, 2)
    assert not is_there(manager, address)


def test_it_goes_with_the_second_page_after_its_exam_ended(manager: MediaFileManager) -> None:
    address = pressed(manager)
    pages_end(manager)
    let_go()
    pages_end(manager, 2)
    assert not is_there(manager, address)


def test_without_it_two_pages_of_anybody_are_enough_to_lose_it() -> None:
    manager = MediaFileManager(MemoryMediaFileStorage("/media"))
    address = pressed(manager)
    pages_end(manager, 2)
    assert not is_there(manager, address)


def test_a_manager_that_works_otherwise_is_left_alone() -> None:
    let_downloads_stay(object())
