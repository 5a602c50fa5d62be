"""A file is written whole or not at all, however the writing ends."""

from __future__ import annotations

import os
import random
import signal
import stat
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from ironreport.writing import ABANDONED_S, TURN_S, made_once, write_whole

SIZE = 2_000_000
LOOP = f"""
import sys
from pathlib import Path
from ironreport.writing import write_whole
k = 0
while True:
    k += 1
    write_whole(Path(sys.argv[1]), bytes([k % 251]) * {SIZE})
    print(k, flush=True)
"""
posix_only = pytest.mark.skipif(os.name != "posix", reason="modes, links and pipes of POSIX")


@posix_only
@pytest.mark.parametrize("seed", range(8))
def test_a_writer_killed_at_any_moment_leaves_what_it_had_confirmed_or_what_came_next(
    seed: int, tmp_path: Path, repo_root: Path
) -> None:
    place = tmp_path / "report"
    command = [sys.executable, "-c", LOOP, str(place)]
    with subprocess.Popen(command, cwd=repo_root, stdout=subprocess.PIPE) as writer:
        assert writer.stdout is not None
        confirmed = int(writer.stdout.readline())
        time.sleep(random.Random(seed).uniform(0.0, 0.03))
        writer.send_signal(signal.SIGKILL)
        confirmed = int((writer.stdout.read().split() or [confirmed])[-1])
    content = place.read_bytes()
    assert len(content) == SIZE
    assert content in {bytes([k % 251]) * SIZE for k in (confirmed, confirmed + 1)}
    for left in tmp_path.glob(".ironreport_*"):
        _make_old(left)
    write_whole(place, b"next")
    assert [p.name for p in tmp_path.iterdir()] == ["report"]


def _make_old(path: Path) -> None:
    long_ago = time.time() - ABANDONED_S - 1.0
    os.utime(path, (long_ago, long_ago))


def test_what_somebody_else_is_writing_now_is_left_alone(tmp_path: Path) -> None:
    for name in (".ironreport_1.part", ".other_1.part", "x.part"):
        (tmp_path / name).write_bytes(b"half")
    _make_old(tmp_path / ".other_1.part")
    _make_old(tmp_path / "x.part")
    write_whole(tmp_path / "report", b"whole")
    assert sorted(p.name for p in tmp_path.iterdir()) == [".ironreport_1.part", ".other_1.part", "report", "x.part"]


@posix_only
def test_a_new_file_gets_the_usual_rights_a_private_one_none_for_others_and_an_old_one_keeps_its_own(
    tmp_path: Path,
) -> None:
    (tmp_path / "usual").write_bytes(b"")
    write_whole(tmp_path / "new", b"a")
    write_whole(tmp_path / "private", b"a", private=True)
    (tmp_path / "usual").chmod(0o640)
    write_whole(tmp_path / "usual", b"a")
    (tmp_path / "created").touch()
    rights = {p.name: stat.S_IMODE(p.stat().st_mode) for p in tmp_path.iterdir()}
    assert rights == {"new": rights["created"], "private": 0o600, "usual": 0o640, "created": rights["created"]}


@posix_only
def test_a_link_is_followed_and_a_pipe_is_written_to(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "elsewhere" / "report")
    write_whole(tmp_path / "link", b"one")
    assert (tmp_path / "link").is_symlink() and (tmp_path / "elsewhere" / "report").read_bytes() == b"one"
    os.mkfifo(tmp_path / "pipe")
    heard: list[bytes] = []
    reader = threading.Thread(target=lambda: heard.append((tmp_path / "pipe").read_bytes()))
    reader.start()
    write_whole(tmp_path / "pipe", b"two")
    reader.join()
    assert heard == [b"two"]


def test_a_folder_that_is_not_there_is_an_error_and_nothing_is_made(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="none"):
        write_whole(tmp_path / "none" / "report", b"x")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("before", [None, b"half", "a turn that nobody ended"])
def test_of_many_who_come_at_once_one_makes_the_file_and_all_read_the_same(
    before: bytes | str | None, tmp_path: Path
) -> None:
    place, turn = tmp_path / "key", tmp_path / "key.turn"
    if isinstance(before, bytes):
        place.write_bytes(before)
    elif before is not None:
        turn.touch()
        os.utime(turn, (time.time() - 2 * TURN_S,) * 2)
    together, found = threading.Barrier(8), list[tuple[bytes, bool]]()

    def come() -> None:
        together.wait()
        found.append(made_once(place, lambda: random.randbytes(32), lambda content: len(content) == 32))

    coming = [threading.Thread(target=come) for _ in range(8)]
    for one in coming:
        one.start()
    for one in coming:
        one.join()
    assert {content for content, _ in found} == {place.read_bytes()} and len(found) == 8
    assert sum(replaced for _, replaced in found) == int(isinstance(before, bytes))
    assert [path.name for path in tmp_path.iterdir()] == ["key"]
    if os.name == "posix":
        assert stat.S_IMODE(place.stat().st_mode) == 0o600
