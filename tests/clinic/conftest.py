"""Clinics in throw-away folders, on SQLite and on a PostgreSQL of Debian that listens on a socket file only."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import uuid
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import NoReturn

import pytest

from ironreport.clinic import Clinic, make_clinic
from ironreport.records import Context, Exam, Measurement, PrintedResult

SERVER_USER = "nobody"
"""PostgreSQL refuses to run as root."""


def _as_server_user(*command: str) -> list[str]:
    return ["runuser", "-u", SERVER_USER, "--", *command] if os.getuid() == 0 else list(command)


def _program(name: str) -> str | None:
    found = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"))
    return str(found[-1]) if found else shutil.which(name)


@pytest.fixture(scope="session")
def postgres(not_here: Callable[[str], NoReturn]) -> Iterator[str]:
    """Folder of the socket of a server that lasts as long as the tests."""
    initdb, pg_ctl = _program("initdb"), _program("pg_ctl")
    if initdb is None or pg_ctl is None:
        not_here("PostgreSQL is not installed (Debian package postgresql).")
    # the path of a socket has 107 characters at most, so no folder of pytest
    with tempfile.TemporaryDirectory(prefix="ironreport_pg_") as folder:
        if os.getuid() == 0:
            shutil.chown(folder, SERVER_USER)
        data = f"{folder}/data"
        quiet = {"check": True, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "cwd": folder}
        made = ["-D", data, "-A", "trust", "-U", "ironreport", "-E", "UTF8", "--locale=C", "--no-sync"]
        subprocess.run(_as_server_user(initdb, *made), **quiet)
        asked = f"-c listen_addresses='' -c unix_socket_directories={folder} -c fsync=off"
        subprocess.run(_as_server_user(pg_ctl, "-D", data, "-w", "-o", asked, "-l", f"{folder}/log", "start"), **quiet)
        try:
            yield folder
        finally:
            subprocess.run(_as_server_user(pg_ctl, "-D", data, "-m", "immediate", "-w", "stop"), **quiet)


@pytest.fixture
def postgres_url(postgres: str) -> str:
    """Address of an empty schema, which takes no time to make; a database of its own is a thousand files to delete."""
    import psycopg

    name = f"clinic_{uuid.uuid4().hex[:12]}"
    with psycopg.connect(f"host={postgres} user=ironreport dbname=postgres", autocommit=True) as connection:
        connection.execute(f"CREATE SCHEMA {name}")
    return f"postgresql+psycopg://ironreport@/postgres?host={postgres}&options=-csearch_path%3D{name}"


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest) -> str:
    """Address of a database; empty for SQLite in the folder of the clinic."""
    return "" if request.param == "sqlite" else str(request.getfixturevalue("postgres_url"))


@pytest.fixture
def clinic(tmp_path: Path, database: str) -> Iterator[Clinic]:
    """An empty clinic, once on each database."""
    made = make_clinic(tmp_path / "clinic", database)
    yield made
    made.close()


@pytest.fixture
def small_clinic(tmp_path: Path) -> Iterator[Clinic]:
    """An empty clinic on SQLite, for what has nothing to do with the database."""
    made = make_clinic(tmp_path / "clinic")
    yield made
    made.close()


def printed_exam(
    date: str = "2026-11-01", disease: str = "tdt", *, pseudonym: str = "4711", heart_ms: float | None = 25.0,
    liver_per_s: float | None = 333.0,
) -> Exam:  # fmt: skip
    """An exam of numbers printed elsewhere: quick to assess."""
    heart = PrintedResult("heart", 1.5, t2star_ms=heart_ms) if heart_ms else None
    liver = PrintedResult("liver", 1.5, r2star_per_s=liver_per_s) if liver_per_s else None
    measured = tuple(Measurement(one) for one in (heart, liver) if one is not None)
    return replace(Exam(pseudonym, date), measurements=measured, context=Context(disease))
