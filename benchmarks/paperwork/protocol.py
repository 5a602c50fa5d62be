"""The validation protocol: ``docs/validation-protocol.toml`` as a page with forms, and its steps."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass

from benchmarks.tables import DOCS

FILE, PAGE = DOCS / "validation-protocol.toml", DOCS / "validation-protocol.md"
BLANK = "<br><br>"


@dataclass(frozen=True, slots=True)
class Step:
    """One step: what is done (``commands`` by the command line, ``python`` in a console), and what must then be read.

    ``ends_with`` is the exit code of the last command. ``on_screen`` is the same by hand in the app.
    """

    id: str
    title: str
    why: str
    expect: tuple[str, ...]
    commands: tuple[str, ...] = ()
    python: str = ""
    on_screen: str = ""
    ends_with: int = 0


@dataclass(frozen=True, slots=True)
class Form:
    """A form that is filled in by hand, with empty rows."""

    title: str
    about: str
    columns: tuple[str, ...]
    n_rows: int


def _records(key: str) -> list[dict[str, object]]:
    rows = tomllib.loads(FILE.read_text(encoding="utf-8"))[key]
    return [{k: tuple(v) if isinstance(v, list) else v for k, v in row.items()} for row in rows]


def steps() -> tuple[Step, ...]:
    """Steps in the order they are carried out; files they write stand in the folder they are carried out in."""
    return tuple(Step(**row) for row in _records("step"))  # type: ignore[arg-type]


def forms() -> tuple[Form, ...]:
    """Forms for what no sample can show."""
    return tuple(Form(**row) for row in _records("form"))  # type: ignore[arg-type]


def protocol_page() -> str:
    """The text of docs/validation-protocol.md."""
    about = tomllib.loads(FILE.read_text(encoding="utf-8"))["about"]
    parts = [about["before"].strip(), *map(_step, steps()), about["own"].strip(), *map(_form, forms())]
    return "\n\n".join([*parts, about["after"].strip()]) + "\n"


def _step(step: Step) -> str:
    lines = [f"## {step.id}. {step.title}", step.why.strip()]
    if step.python:
        lines.append("\n".join(f"    {line}" for line in step.python.strip().splitlines()))
    if step.commands:
        lines.append("\n".join(f"    ironreport {command}" for command in step.commands))
    if step.on_screen:
        lines.append(f"By hand: {step.on_screen.strip()}")
    if step.ends_with:
        lines.append("The last command must end with an error: it is asked for what must be refused.")
    rows = [f"| {wanted} | {BLANK} | |" for wanted in step.expect]
    lines.append("\n".join(["| must be read | read | yes / no, initials |", "|---|---|---|", *rows]))
    return "\n\n".join(lines)


def _form(form: Form) -> str:
    head = [f"| {' | '.join(form.columns)} |", f"|{'---|' * len(form.columns)}"]
    rows = [f"| {BLANK} |{' |' * (len(form.columns) - 1)}"] * form.n_rows
    return "\n\n".join([f"## {form.title}", form.about.strip(), "\n".join([*head, *rows])])
