"""The database behind a clinic: SQLite in its folder or PostgreSQL by its address, asked with the same code."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Engine, create_engine, event, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from ironreport.errors import ClinicError

WAIT_S = 10
"""How long a writer waits for another one before it says that the clinic is busy."""
BUSY = ("locked", "busy", "lock timeout", "canceling statement", "deadlock")
FULL = ("disk is full", "no space left", "database or disk is full", "could not extend file")


@dataclass(frozen=True, slots=True)
class Store:
    """The database of one clinic."""

    engine: Engine

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """A session that sees one state of the clinic from its first question on."""
        with said(), Session(self.engine) as session:
            yield session

    @contextmanager
    def writing(self) -> Iterator[Session]:
        """A session whose changes are kept together when the block ends, or not at all.

        Raises
        ------
        ClinicError
            ``CLINIC_BUSY``, ``DISK_FULL``, ``STORE_FAILED``.
        """
        writer = self.engine.execution_options(ironreport_writes=True)
        with said(), Session(writer) as session, session.begin():
            yield session

    def close(self) -> None:
        """Let go of every connection."""
        self.engine.dispose()


@contextmanager
def said() -> Iterator[None]:
    """What a database refuses, as a sentence; its own words may quote what was written."""
    try:
        yield
    except SQLAlchemyError as error:
        words = str(getattr(error, "orig", error)).lower()
        raise _refusal(words) from None


def _refusal(words: str) -> ClinicError:
    if any(one in words for one in BUSY):
        return ClinicError(
            "CLINIC_BUSY", "Another program writes into the clinic's database for longer than ten seconds.",
            "Wait until it has finished, then do it again. Nothing was changed.",
        )  # fmt: skip
    if any(one in words for one in FULL):
        return ClinicError(
            "DISK_FULL", "The disk of the clinic is full; this was not kept. What was kept before is whole.",
            "Make room, then do it again.",
        )  # fmt: skip
    return ClinicError(
        "STORE_FAILED", "The clinic's database cannot be used.",
        "Check that it runs and that its folder can be written; then: ironreport clinic rebuild FOLDER.",
    )  # fmt: skip


def open_store(url: str) -> Store:
    """The database at an address.

    Raises
    ------
    ClinicError
        ``NO_DATABASE``, ``NO_DRIVER``.
    """
    try:
        if url.startswith("sqlite"):
            engine = create_engine(url)
            event.listen(engine, "connect", _sqlite_connected)
            event.listen(engine, "begin", _sqlite_begins)
        else:
            engine = create_engine(url, pool_pre_ping=True)
            event.listen(engine, "begin", _server_begins)
    except ModuleNotFoundError:
        raise ClinicError(
            "NO_DRIVER", "This database needs a package that is not installed.",
            "Run: pip install 'ironreport[postgresql]'.",
        ) from None  # fmt: skip
    except (SQLAlchemyError, ValueError):
        raise ClinicError(
            "NO_DATABASE", "This is no address of a database.",
            "Leave it empty for SQLite, or write postgresql+psycopg://user@host/database.",
        ) from None  # fmt: skip
    return Store(engine)


def _sqlite_connected(connection: Any, _: Any) -> None:
    connection.isolation_level = None  # the driver's own rule would begin a write only at its first change
    cursor = connection.cursor()
    cursor.execute(f"PRAGMA busy_timeout = {1000 * WAIT_S}")
    cursor.execute("PRAGMA journal_mode = WAL")
    cursor.execute("PRAGMA synchronous = FULL")  # what was confirmed is there after a power cut
    cursor.execute("PRAGMA foreign_keys = ON")
    cursor.close()


def _sqlite_begins(connection: Any) -> None:
    # a reader that turns into a writer half way would be refused at once instead of waiting
    writes = connection.get_execution_options().get("ironreport_writes")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _server_begins(connection: Any) -> None:
    connection.execute(text(f"SET LOCAL lock_timeout = '{WAIT_S}s'"))
    if connection.get_execution_options().get("ironreport_writes"):
        connection.execute(text("LOCK TABLE under_way IN SHARE ROW EXCLUSIVE MODE"))  # one writer, as in SQLite
