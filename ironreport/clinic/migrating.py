"""Brings the tables of a clinic to the form that this version knows, one step after the other."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from alembic.config import Config
from alembic.runtime.environment import EnvironmentContext
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text

from ironreport.clinic.store_engine import Store, said
from ironreport.errors import ClinicError

STEPS = Path(__file__).parent / "schema_steps"
ONE_AT_A_TIME = 7_402_881
"""Number of the lock that a server gives to one program that changes tables."""


def bring_up_to_date(store: Store, to: str = "head") -> bool:
    """Whether the tables had to be made or changed.

    Raises
    ------
    ClinicError
        ``CLINIC_VERSION`` where a newer version made them; ``CLINIC_BUSY``, ``STORE_FAILED``.
    """
    config = _config()
    script = ScriptDirectory.from_config(config)
    target = script.get_current_head() if to == "head" else to
    with said(), store.engine.connect() as connection:
        if MigrationContext.configure(connection).get_current_revision() == target:
            return False
    writer = store.engine.execution_options(ironreport_migrates=True, ironreport_writes=_is_sqlite(store))
    with said(), writer.begin() as connection:
        if not _is_sqlite(store):
            connection.execute(text(f"SELECT pg_advisory_xact_lock({ONE_AT_A_TIME})"))
        held = MigrationContext.configure(connection).get_current_revision()
        if held == target:
            return False  # another program did it meanwhile
        if held is not None and held not in {one.revision for one in script.walk_revisions()}:
            raise ClinicError(
                "CLINIC_VERSION", "The clinic's database was made by a newer version of IronReport.",
                "Open it with that version.",
            )  # fmt: skip
        _step(connection, config, script, target or to)
    return True


def _is_sqlite(store: Store) -> bool:
    return store.engine.dialect.name == "sqlite"


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(STEPS).replace("%", "%%"))
    config.set_main_option("version_locations", str(STEPS).replace("%", "%%"))
    config.set_main_option("path_separator", "newline")  # a folder may hold every other sign in its name
    return config


def _step(connection: Connection, config: Config, script: ScriptDirectory, target: str) -> None:
    def steps(held: Any, _: MigrationContext) -> Any:
        return script._upgrade_revs(target, held)  # as alembic's own command does

    with EnvironmentContext(config, script, fn=steps) as environment:
        environment.configure(connection=connection, transactional_ddl=False)
        environment.run_migrations()
