"""Kill -9 a program that writes into a clinic, at random moments: ``python -m benchmarks.clinic_kills --kills 200``."""

from __future__ import annotations

import argparse
import random
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from ironreport.clinic import add_exam, contents, exam_of, keep_exam, make_clinic, open_clinic, rebuild
from ironreport.records import Context, Exam, Measurement, PrintedResult

N_EXAMS = 5
LONGEST_S = 0.6


@dataclass(frozen=True, slots=True)
class Kills:
    """What was found after the kills: confirmed writes, those lost, and restarts whose index was not the files'."""

    n_kills: int
    n_confirmed: int
    n_lost: int
    n_unequal: int


def exam(number: int, turn: int) -> Exam:
    """An exam whose heart says which turn wrote it."""
    heart = PrintedResult("heart", 1.5, t2star_ms=5.0 + turn / 100.0)
    return Exam(f"patient {number}", "2026-11-01", (Measurement(heart),), Context("tdt"))


def write(root: Path) -> None:
    """Write turn after turn into the clinic, and print each that was confirmed; ends when it is killed."""
    clinic = open_clinic(root)
    ids = [add_exam(clinic, exam(n, 0), at="2026-11-29T10:00:00", visit_id=_id(n)).id for n in range(N_EXAMS)]
    turn = 0
    while True:
        turn += 1
        for n, visit_id in enumerate(ids):
            keep_exam(clinic, visit_id, exam(n, turn), at="2026-11-29T10:00:00")
            sys.stdout.write(f"{n} {turn}\n")
            sys.stdout.flush()


def _id(number: int) -> str:
    return "abcdefghijklmnop"[number] * 16


def kills(n_kills: int, seed: int = 2026) -> Kills:
    """Kill a writer at random moments, and look after each at what was confirmed."""
    drawn = random.Random(seed)  # noqa: S311 - nothing here is secret
    n_confirmed = n_lost = n_unequal = 0
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder) / "clinic"
        make_clinic(root).close()
        for _ in range(n_kills):
            confirmed = _killed(root, drawn.uniform(0.0, LONGEST_S))
            clinic = open_clinic(root)
            for number, turn in confirmed.items():
                n_confirmed += 1
                n_lost += _turn_of(exam_of(clinic, _id(number))) < turn
            before = contents(clinic)
            rebuild(clinic)
            n_unequal += before != contents(clinic)
            clinic.close()
    return Kills(n_kills, n_confirmed, n_lost, n_unequal)


def _killed(root: Path, seconds: float) -> dict[int, int]:
    """The last turn of each exam that was confirmed before the writer was killed."""
    command = [sys.executable, "-m", "benchmarks.clinic_kills", "--write", str(root)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as writer:
        assert writer.stdout is not None  # noqa: S101 - it is a pipe
        first = writer.stdout.readline()
        time.sleep(seconds)
        writer.send_signal(signal.SIGKILL)
        lines = [first, *writer.stdout.readlines()]
    whole = [line.split() for line in lines if line.endswith("\n")]
    return {int(number): int(turn) for number, turn in whole}


def _turn_of(one: Exam) -> int:
    signal_ = one.measurements[0].signal
    assert isinstance(signal_, PrintedResult) and signal_.t2star_ms is not None  # noqa: S101 - as it was written
    return round((signal_.t2star_ms - 5.0) * 100.0)


def main() -> None:
    """Print what was lost."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--write", default="")
    asked = parser.parse_args()
    if asked.write:
        write(Path(asked.write))
    found = kills(asked.kills)
    print(
        f"{found.n_kills} kills: {found.n_confirmed} confirmed writes looked at, {found.n_lost} lost; "
        f"{found.n_unequal} restarts whose index was not that of the files."
    )


if __name__ == "__main__":
    main()
