"""What rests in a watched folder goes into the clinic once; what still comes in waits, and a drive may go away."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from ironreport.clinic import Clinic, make_clinic
from ironreport.clinic.clinic_queries import worklist
from ironreport.errors import ReceiveError
from ironreport.receiving import WatchedFolder
from ironreport.synthetic.acquisition import Recipe
from ironreport.synthetic.examination import synthetic_exam

FILES = list(synthetic_exam("siemens", "liver", Recipe(5.0, n_slices=1, noise_sd=0.0)).files.values())


@pytest.fixture
def clinic(tmp_path: Path) -> Iterator[Clinic]:
    made = make_clinic(tmp_path / "clinic")
    yield made
    made.close()


@pytest.fixture
def drop(tmp_path: Path) -> Path:
    (tmp_path / "drop" / "Sentinel Jane").mkdir(parents=True)
    return tmp_path / "drop"


def write(drop: Path, start: int, stop: int) -> None:
    for n, content in enumerate(FILES[start:stop], start=start):
        (drop / "Sentinel Jane" / f"{n}.dcm").write_bytes(content)


def n_images(clinic: Clinic) -> list[int]:
    return [exam.n_images for exam in worklist(clinic)]


def test_a_study_that_still_comes_in_waits_and_is_taken_once_when_it_rests(clinic: Clinic, drop: Path) -> None:
    lines: list[str] = []
    watched = WatchedFolder(clinic, drop, lines.append)
    write(drop, 0, 3)
    watched.look()
    write(drop, 3, len(FILES))
    watched.look()
    assert n_images(clinic) == [] and len(lines) == 2 and all("still coming in" in line for line in lines)
    watched.look()
    watched.look()
    assert n_images(clinic) == [len(FILES)] and len(lines) == 3 and "new exam" in lines[-1]
    assert "Sentinel" not in "".join(lines) and len(list(drop.rglob("*.dcm"))) == len(FILES)


def test_what_comes_later_joins_its_exam(clinic: Clinic, drop: Path) -> None:
    watched = WatchedFolder(clinic, drop, lambda _: None)
    write(drop, 0, 3)
    for _ in range(2):
        watched.look()
    assert n_images(clinic) == [3]
    write(drop, 3, 5)
    for _ in range(2):
        watched.look()
    assert n_images(clinic) == [5]


def test_a_drive_that_goes_away_is_said_once_and_looked_for_again(
    clinic: Clinic, drop: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines: list[str] = []
    watched = WatchedFolder(clinic, drop, lines.append)
    write(drop, 0, len(FILES))
    watched.look()
    shutil.move(drop, drop.parent / "away")
    for _ in range(3):
        watched.look()
    assert len(lines) == 2 and "is not there" in lines[-1]
    shutil.move(drop.parent / "away", drop)
    with monkeypatch.context() as patched:
        patched.setattr("ironreport.library.file_refs.read_file", lost)
        for _ in range(2):
            watched.look()
    assert n_images(clinic) == [] and "could not be read" in lines[-1]
    watched.look()
    assert n_images(clinic) == [len(FILES)]


def lost(path: Path) -> bytes:
    from ironreport.errors import IntakeError

    raise IntakeError("NO_FILE", f"{path} cannot be read.", "Check the path.")


def test_a_clinic_does_not_watch_itself(clinic: Clinic) -> None:
    for folder in (clinic.folder.root, clinic.folder.root.parent, clinic.folder.images):
        with pytest.raises(ReceiveError) as refused:
            WatchedFolder(clinic, folder, print)
        assert refused.value.refusal.code == "OWN_FOLDER"
