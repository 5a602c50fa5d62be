"""Reads the knowledge files; a mistake is refused with file, place and cure.

A radiologist can mend a file without reading Python.
"""

from __future__ import annotations

import hashlib
import tomllib
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from ironreport.errors import KnowledgeError
from ironreport.knowledge.checking import checked, inconsistent
from ironreport.knowledge.held import Knowledge
from ironreport.knowledge.organ_file import OrganFile
from ironreport.knowledge.rules import CombinedFile, DiseaseFile, SharedFile
from ironreport.knowledge.schema import Entry, Source

FOLDER = Path(__file__).parent
Model = TypeVar("Model", bound=BaseModel)


def read_toml(path: Path) -> dict[str, Any]:
    """Content of a TOML file; a syntax error names file, line and column."""
    try:
        return tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except UnicodeDecodeError:
        raise KnowledgeError(
            "NOT_TOML", f"{path.name} is not readable TOML: it is no text in UTF-8.", "Save it as UTF-8."
        ) from None
    except (ValueError, RecursionError) as error:  # of a number or of brackets without end, too
        raise KnowledgeError(
            "NOT_TOML", f"{path.name} is not readable TOML: {error}.",
            "Mend the line named: a key twice, a missing quote, or a decimal comma (write 1.2).",
        ) from None  # fmt: skip


def validated(model: type[Model], path: Path) -> Model:
    """Content of one file as its model; a mistake names file, place and cure."""
    content = read_toml(path)
    try:
        return model.model_validate(content)
    except ValidationError as error:
        # a misspelt key shows as one missing and one unknown: the unknown one is what was typed
        first = min(error.errors(include_url=False), key=lambda e: e["type"] != "extra_forbidden")
        place = _place(content, first["loc"]) or "the file"
        raise KnowledgeError("WRONG_ENTRY", f"{path.name}, {place}: {_plain(first)}", _cure(first, model)) from None


def _place(content: Any, location: tuple[int | str, ...]) -> str:
    """Where in a file an entry stands, list items by their id: ``calibration[wood-2005].label``."""
    place = ""
    for part in location:
        content = _item(content, part)
        name = content.get("id", part) if isinstance(part, int) and isinstance(content, dict) else part
        place += f"[{name}]" if isinstance(part, int) else f".{name}"
    return place.removeprefix(".")


def _item(content: Any, part: int | str) -> Any:
    if isinstance(content, dict):
        return content.get(part)
    return content[part] if isinstance(content, list) and isinstance(part, int) and part < len(content) else None


def _plain(error: Any) -> str:
    message = str(error["msg"]).removeprefix("Value error").removeprefix(", ")
    given = error.get("input")
    shown = f" (found {given!r})" if isinstance(given, str | int | float) else ""
    return f"{message}{shown}."


_CURES = {
    "extra_forbidden": "Check the spelling of the key; the keys of each entry are listed in schema.py.",
    "float_type": "Write the number without quotes and with a decimal point.",
    "missing": "Add the key named.",
    "too_short": "Name at least one; a number without a source is not accepted.",
    "literal_error": "Use one of the words listed.",
}


def _cure(error: Any, model: type[BaseModel]) -> str:
    if error["type"] == "extra_forbidden" and error["loc"][-1] in model.model_fields:
        return "It is a key of the whole file: write it above the first line that begins with a bracket."
    return _CURES.get(error["type"], "Correct the entry named.")


# ------------------------------------------------------------------------------------ loading


def _by_id(model: type[Model], folder: Path) -> dict[str, Model]:
    found: dict[str, Model] = {}
    for path in sorted(folder.glob("*.toml")):
        entry = validated(model, path)
        if getattr(entry, "id", path.stem) != path.stem:
            raise inconsistent(f"{path.name} has the id '{entry.id}'.", "Name the file after its id.")  # type: ignore[attr-defined]
        found[path.stem] = entry
    return found


def _sources(path: Path) -> dict[str, Source]:
    class SourcesFile(Entry):
        source: dict[str, Source]

    return validated(SourcesFile, path).source


def _version(folder: Path) -> str:
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*.toml"), key=lambda p: p.relative_to(folder).as_posix()):
        digest.update(path.relative_to(folder).as_posix().encode())
        digest.update(path.read_bytes().replace(b"\r\n", b"\n"))
    return digest.hexdigest()[:7]


def load_knowledge(folder: Path = FOLDER) -> Knowledge:
    """All knowledge files below ``folder``, validated.

    Raises
    ------
    KnowledgeError
        Naming file, place and cure of the first mistake.
    """
    return checked(
        Knowledge(
            organs=dict(sorted(_by_id(OrganFile, folder / "organs").items(), key=lambda x: x[1].reading_order)),
            diseases=_by_id(DiseaseFile, folder / "diseases"),
            shared=validated(SharedFile, folder / "shared.toml"),
            sources=_sources(folder / "sources.toml"),
            version=_version(folder),
            combined=validated(CombinedFile, folder / "combined.toml"),
        )
    )


@cache
def published_knowledge() -> Knowledge:
    """The knowledge that ships with the package, read once per process."""
    return load_knowledge()
