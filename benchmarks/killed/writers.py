"""Writers killed at random moments: what they had confirmed is in the file, whole. POSIX only."""

from __future__ import annotations

import multiprocessing
import os
import random
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from multiprocessing.connection import Connection
from pathlib import Path

import ironreport as ir
from ironreport.assess import assess
from ironreport.exam import save_exam
from ironreport.knowledge import published_knowledge
from ironreport.library.reporting import answer
from ironreport.selfcheck import remembered
from ironreport.selfcheck.check_record import SelfCheck
from ironreport.synthetic.samples import sample_exam
from ironreport.ui.keeping import keep_copy
from ironreport.writing import ABANDONED_S, write_whole

N_VERSIONS = 3
LARGE_BYTES = 8_000_000
SESSION = "ab12cd34"


@dataclass(frozen=True, slots=True)
class Way:
    """One file of the user: where it stands, how each version of it is written, and what it then holds."""

    place: Path
    write: Callable[[int], object]
    contents: tuple[bytes, ...]


def ways(folder: Path) -> dict[str, Way]:
    """Every file that the program writes for a user, in versions that differ."""
    knowledge = published_knowledge()
    exams = [replace(sample_exam(), pseudonym=f"version {k}") for k in range(N_VERSIONS)]
    found = [assess(exam, knowledge) for exam in exams]
    reports = [answer(exam, ()) for exam in exams]
    texts = tuple(save_exam(exam, one).encode() for exam, one in zip(exams, found, strict=True))
    large = tuple(bytes([k]) * LARGE_BYTES for k in range(N_VERSIONS))
    names = (f"ironreport_{SESSION}.ironreport.json", "a.ironreport.json", "a.pdf", "a.csv")
    copy, exam_file, pdf, table = (folder / name for name in names)
    checks = [SelfCheck((), f"IronReport {k}", "", "", "", "") for k in range(N_VERSIONS)]
    state = folder / "state" / remembered.FILE_NAME
    return {
        "kept copy": Way(copy, lambda k: keep_copy(exams[k], folder, SESSION, found[k]), texts),
        "exam file": Way(exam_file, lambda k: reports[k].save(exam_file), texts),
        "report": Way(pdf, lambda k: reports[k].save(pdf), tuple(one.pdf() for one in reports)),
        "table": Way(table, lambda k: reports[k].save(table), tuple(_bytes(one, table) for one in reports)),
        "self-check": Way(state, lambda k: _remember(checks[k], state), tuple(_check_bytes(c, state) for c in checks)),
        "large file": Way(folder / "large", lambda k: write_whole(folder / "large", large[k]), large),
    }


def _bytes(report: ir.Report, place: Path) -> bytes:
    report.save(place)
    return place.read_bytes()


def _remember(check: SelfCheck, state: Path) -> None:
    os.environ["XDG_STATE_HOME"] = str(state.parent.parent)
    remembered.place = lambda: state
    remembered.remember(check)


def _check_bytes(check: SelfCheck, state: Path) -> bytes:
    _remember(check, state)
    return state.read_bytes()


def fault(way: Way, seed: int) -> str:
    """What is wrong after a writer of this file was killed; empty where nothing is."""
    rng = random.Random(seed)  # noqa: S311 - moments
    way.write(0)
    here, there = multiprocessing.Pipe(duplex=False)
    writer = multiprocessing.get_context("fork").Process(target=_write_on, args=(way, there))
    writer.start()
    there.close()
    here.recv()  # it has begun
    time.sleep(rng.uniform(0.0, 0.25))
    assert writer.pid is not None  # noqa: S101 - it was started
    os.kill(writer.pid, signal.SIGKILL)
    writer.join()
    confirmed = _last(here)
    held = way.place.read_bytes()
    allowed = {way.contents[k % N_VERSIONS] for k in (confirmed, confirmed + 1)}
    if held not in allowed:
        return f"{len(held)} bytes that are neither what was confirmed nor what came next"
    return _left_behind(way)


def _write_on(way: Way, told: Connection) -> None:
    k = 0
    told.send(k)
    while True:
        k += 1
        way.write(k % N_VERSIONS)
        told.send(k)


def _last(told: Connection) -> int:
    """The last version that the writer confirmed; what it had sent before it died can still be read."""
    confirmed = 0
    try:
        while told.poll():
            confirmed = told.recv()
    except EOFError:
        pass
    return confirmed


def _left_behind(way: Way) -> str:
    """Half a file may stay, but not after the next writing ten minutes later."""
    for left in way.place.parent.glob(".ironreport_*.part"):
        long_ago = time.time() - ABANDONED_S - 1.0
        os.utime(left, (long_ago, long_ago))
    for k in range(N_VERSIONS):
        way.write(k)
    kept = [path.name for path in way.place.parent.glob(".ironreport_*")]
    return f"left behind: {kept}" if kept else ""
