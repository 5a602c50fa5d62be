"""What a user of the library waits for: ``python -m benchmarks.library`` writes its part of docs/speed.md."""

from __future__ import annotations

import argparse
import resource
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from time import perf_counter

import numpy as np

import ironreport as ir
from benchmarks.tables import CROWD_HEADING, DOCS, LIBRARY_HEADING, table
from ironreport.library.workbench import Workbench
from ironreport.synthetic.acquisition import Recipe
from ironreport.synthetic.examination import synthetic_exam

REPEATS = 7
N_SLICES, N_ECHOES = 12, 10
INSIDE = ir.Region("ellipse", 62.0, 42.0, 16.0, 16.0, slice_index=5)
PART = """{title}

Made by `python -m benchmarks.library`. The exam has {n_files} files: {n_slices} slices with {n_echoes} echoes, of each
magnitude and phase. CPU is that of all threads and child processes; the wall clock also counts other programs.

{times}

The text `repr` of everything one meets, on that exam; a test keeps each below 300 characters:

{lengths}
"""


def exam_folder(folder: Path) -> int:
    """Writes the exam, and gives the number of its files."""
    te_ms = tuple(round(1.2 + 1.3 * echo, 1) for echo in range(N_ECHOES))
    files = synthetic_exam("siemens", "liver", Recipe(3.5, te_ms=te_ms, n_slices=N_SLICES)).files
    for number, content in enumerate(files.values()):
        (folder / f"{number:04d}.dcm").write_bytes(content)
    return len(files)


def cpu_s() -> float:
    """CPU time of this process and of its children that have ended [s]."""
    used = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(one.ru_utime + one.ru_stime for one in used)


def timed(work: Callable[[], object], repeats: int = REPEATS) -> tuple[float, float]:
    """Medians of CPU and wall clock [s], after one run that warms up."""
    work()
    found = []
    for _ in range(repeats):
        cpu, wall = cpu_s(), perf_counter()
        work()
        found.append((cpu_s() - cpu, perf_counter() - wall))
    cpus, walls = zip(*found, strict=True)
    return float(np.median(cpus)), float(np.median(walls))


def to_pdf(folder: Path) -> None:
    """The lines of the README."""
    liver = ir.read(folder).series[0].region(INSIDE, organ="liver")
    liver.report(folder.parent / "report.pdf", disease="tdt")


def in_a_new_process(code: str) -> Callable[[], object]:
    """Runs a line of Python in a process of its own."""
    return lambda: subprocess.run([sys.executable, "-c", code], check=True, stdout=subprocess.DEVNULL)


def times(folder: Path, repeats: int) -> dict[str, tuple[float, float]]:
    """CPU and wall clock of each step [s]."""
    lines = f"from pathlib import Path; from benchmarks.library import to_pdf; to_pdf(Path({str(folder)!r}))"
    works = {
        "start of Python alone": in_a_new_process("pass"),
        "`import ironreport`, with that start": in_a_new_process("import ironreport"),
        "folder to PDF, first in a new process, with all imports": in_a_new_process(lines),
        "folder to PDF, from then on": lambda: to_pdf(folder),
    }
    return {name: timed(work, repeats) for name, work in works.items()}


def lengths(folder: Path) -> dict[str, int]:
    """Characters of the text of each object one meets."""
    exam = ir.read(folder)
    series = exam.series[0]
    liver = series.region(INSIDE, organ="liver")
    report = liver.assess("tdt")
    canvas = Workbench(replace(series.images, label="x" * 200), "liver")
    met = [exam, exam.masks(), series, series.map(), canvas, liver, report, report.organ("liver")]
    return {type(one).__name__: len(repr(one)) for one in met}


def part(repeats: int = REPEATS) -> str:
    """The text of this part of docs/speed.md."""
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place) / "exam"
        folder.mkdir()
        n_files = exam_folder(folder)
        found, n_characters = times(folder, repeats), lengths(folder)
    rows = [[name, f"{cpu:.2f}", f"{wall:.2f}"] for name, (cpu, wall) in found.items()]
    return PART.format(
        title=LIBRARY_HEADING,
        n_files=n_files,
        n_slices=N_SLICES,
        n_echoes=N_ECHOES,
        times=table(["step", "CPU, s", "wall clock, s"], rows),
        lengths=table(["object", "characters"], [[f"`{name}`", str(n)] for name, n in n_characters.items()]),
    )


def written_into(page: str, made: str) -> str:
    """The page with this part in the place of the one it has; what `benchmarks.crowd` found stays below it."""
    _, heading, crowd = page.partition(CROWD_HEADING)
    below = f"\n{heading}{crowd}" if heading else ""
    return f"{page.split(LIBRARY_HEADING)[0].split(CROWD_HEADING)[0].rstrip()}\n\n{made}{below}"


def main(arguments: list[str] | None = None) -> None:
    """Measure, and write this part of docs/speed.md."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--docs", type=Path, default=DOCS)
    parser.add_argument("--repeats", type=int, default=REPEATS)
    given = parser.parse_args(arguments)
    file = given.docs / "speed.md"
    file.write_text(written_into(file.read_text(encoding="utf-8"), part(given.repeats)), encoding="utf-8")


if __name__ == "__main__":
    main()
