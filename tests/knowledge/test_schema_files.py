"""The JSON schemas in docs/schema: as the models are now, and true of every knowledge file."""

from __future__ import annotations

import datetime as dt
import json
import runpy
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from ironreport.knowledge.loading import FOLDER, read_toml
from ironreport.knowledge.schema_files import FILES, schema_text, write_schemas


def _schema_of(path: Path) -> str:
    return path.parent.name.removesuffix("s") if path.parent != FOLDER else path.stem


def _dates_as_text(value: Any) -> Any:
    """TOML has dates, JSON has text: editors compare as text too."""
    if isinstance(value, dict):
        return {k: _dates_as_text(v) for k, v in value.items()}
    if isinstance(value, list):
        return [_dates_as_text(v) for v in value]
    return value.isoformat() if isinstance(value, dt.date) else value


@pytest.mark.parametrize("name", FILES)
def test_the_committed_schema_is_that_of_the_models(name: str, repo_root: Path) -> None:
    committed = (repo_root / "docs/schema" / f"{name}.json").read_text(encoding="utf-8")
    assert committed == schema_text(name), "run: python -m ironreport.knowledge.schema_files docs/schema"


@pytest.mark.parametrize("path", sorted(FOLDER.rglob("*.toml")), ids=lambda p: p.relative_to(FOLDER).as_posix())
def test_every_knowledge_file_fits_its_schema(path: Path) -> None:
    schema = json.loads(schema_text(_schema_of(path)))
    jsonschema.Draft202012Validator(schema).validate(_dates_as_text(read_toml(path)))


def test_a_misspelt_key_does_not_fit() -> None:
    content = _dates_as_text(read_toml(FOLDER / "organs/liver.toml"))
    content["calibration"][0]["lable"] = content["calibration"][0].pop("label")
    problems = jsonschema.Draft202012Validator(json.loads(schema_text("organ"))).iter_errors(content)
    assert any("lable" in p.message for p in problems)


def test_schemas_are_written_where_asked(tmp_path: Path) -> None:
    assert {p.stem for p in write_schemas(tmp_path / "schema")} == FILES.keys()


@pytest.mark.parametrize(("run_name", "written"), [("__main__", True), ("imported", False)])
def test_the_module_writes_the_schemas_only_where_it_is_run_as_a_command(
    run_name: str, written: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.argv", ["schema_files", str(tmp_path / "first"), str(tmp_path / "second")])
    runpy.run_path(str(FOLDER / "schema_files.py"), run_name=run_name)
    assert [p.name for p in tmp_path.iterdir()] == (["first"] if written else [])
