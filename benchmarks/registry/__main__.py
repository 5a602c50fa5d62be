"""Time every question of a registry: ``python -m benchmarks.registry --visits 100000 [--postgres URL]``."""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import text

from benchmarks.registry.cohort import cohort
from ironreport.clinic import Clinic, make_clinic
from ironreport.clinic.clinic_queries import (
    classes_by_year,
    due,
    exams_of,
    pairs,
    patient,
    patients,
    results_of,
    without_date,
    worklist,
)  # fmt: skip
from ironreport.clinic.index_writing import put_all
from ironreport.clinic.recall_files import recall_csv

LIMIT_S = {"recall list": 0.3}
PAGE_S = 0.5
MOST_MB = 60.0
TURNS = 5


def main() -> None:
    """Print a table of times, and say which are beyond their limit."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--patients", type=int, default=10_000)
    parser.add_argument("--visits", type=int, default=100_000)
    parser.add_argument("--postgres", default="")
    asked = parser.parse_args()
    for database in ["", *([asked.postgres] if asked.postgres else [])]:
        with _clinic(database) as clinic:
            _measure(clinic, asked.patients, asked.visits)


@contextmanager
def _clinic(database: str) -> Iterator[Clinic]:
    with tempfile.TemporaryDirectory() as folder:
        clinic = make_clinic(Path(folder) / "clinic", database)
        try:
            yield clinic
        finally:
            clinic.close()


def _measure(clinic: Clinic, n_patients: int, n_visits: int) -> None:
    rows, people = cohort(n_patients, n_visits)
    began = time.perf_counter()
    with clinic.store.engine.execution_options(ironreport_writes=True).begin() as connection:
        put_all(connection, rows, people)
    print(f"\n{clinic.store.engine.dialect.name}: {n_patients} patients, {n_visits} visits")
    print(f"  put in                {time.perf_counter() - began:8.1f} s")
    megabytes = size_mb(clinic)
    print(f"  size                  {megabytes:8.1f} MB{'' if megabytes <= MOST_MB else '   beyond 60 MB'}")
    for name, (seconds, of_processor) in times(clinic).items():
        limit = LIMIT_S.get(name, PAGE_S)
        beyond = "" if seconds < limit else f"   beyond {limit} s"
        print(f"  {name:21} {seconds:8.3f} s, {of_processor:.3f} s of this process{beyond}")


def size_mb(clinic: Clinic) -> float:
    """What the database takes on the disk [MB]."""
    with clinic.store.engine.connect() as connection:
        if clinic.store.engine.dialect.name == "sqlite":
            connection.execute(text("PRAGMA wal_checkpoint(TRUNCATE)"))
            n_bytes = clinic.folder.database_file.stat().st_size
        else:
            n_bytes = connection.execute(text("SELECT pg_database_size(current_database())")).scalar() or 0
    return float(n_bytes) / 1e6


def times(clinic: Clinic) -> dict[str, tuple[float, float]]:
    """The shortest time of every question [s] by the clock, and of this process: others use the computer too."""
    one = patients(clinic, limit=1)[0].pseudonym
    questions: dict[str, Callable[[], object]] = {
        "recall list": lambda: due(clinic, "2026-12-31"),
        "recall list as CSV": lambda: recall_csv(due(clinic, "2026-12-31")),
        "without a date": lambda: without_date(clinic),
        "registry, all": lambda: patients(clinic),
        "registry, searched": lambda: patients(clinic, "tdt 2026"),
        "one patient": lambda: (patient(clinic, one), exams_of(clinic, one), results_of(clinic, one)),
        "worklist of a day": lambda: worklist(clinic, "2026-05-05"),
        "worklist, open": lambda: worklist(clinic),
        "liver against heart": lambda: pairs(clinic, "liver", "heart"),
        "classes by year": lambda: classes_by_year(clinic, "liver"),
    }
    return {name: _shortest_s(question) for name, question in questions.items()}


def _shortest_s(question: Callable[[], object]) -> tuple[float, float]:
    taken, worked = [], []
    for _ in range(TURNS):
        began, before = time.perf_counter(), time.process_time()
        question()
        taken.append(time.perf_counter() - began)
        worked.append(time.process_time() - before)
    return min(taken), min(worked)


if __name__ == "__main__":
    main()
