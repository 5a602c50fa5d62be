"""Reads the knowledge files, checks them against each other and answers questions about them.

Mistakes are refused with file, place and cure, so that a radiologist can mend a file without
reading Python.
"""

from __future__ import annotations

import hashlib
import string
import tomllib
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from ironreport.errors import KnowledgeError
from ironreport.knowledge.schema import (
    Calibration,
    Check,
    Cited,
    Condition,
    DiseaseFile,
    Entry,
    FieldStrength,
    Flag,
    Ladder,
    OrganFile,
    Phrase,
    Precision,
    Rule,
    SharedFile,
    Source,
)

FOLDER = Path(__file__).parent
PLACEHOLDERS = frozenset(
    {
        "class", "neighbour", "ladder", "calibration", "field", "limit", "r2star", "t2star",
        "lic", "low", "high", "other_low", "other_high", "missing",
    }
)  # fmt: skip
"""What a sentence of a knowledge file may have filled in."""

Model = TypeVar("Model", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class Knowledge:
    """All knowledge files, validated; ``version`` is a short hash of their text."""

    organs: dict[str, OrganFile]
    diseases: dict[str, DiseaseFile]
    shared: SharedFile
    sources: dict[str, Source]
    version: str

    @property
    def reviewed(self) -> str:
        """Date of the oldest review among the files, ISO."""
        files: tuple[OrganFile | DiseaseFile | SharedFile, ...]
        files = (*self.organs.values(), *self.diseases.values(), self.shared)
        return min(file.reviewed for file in files).isoformat()

    def organ(self, organ: str) -> OrganFile:
        """The file of an organ."""
        if organ not in self.organs:
            raise KnowledgeError(
                "UNKNOWN_ORGAN", f"There is no knowledge file for the organ '{organ}'.",
                f"Known organs: {', '.join(self.organs)}.",
            )  # fmt: skip
        return self.organs[organ]

    def field_class(self, field_tesla: float | None) -> FieldStrength | None:
        """The class of field strengths that ``field_tesla`` belongs to, or None."""
        if field_tesla is None:
            return None
        return next((f for f in self.shared.field if f.from_tesla <= field_tesla < f.below_tesla), None)

    def calibrations(self, organ: str, field: str | None) -> tuple[Calibration, ...]:
        """Calibrations of an organ that may be selected at a field, default first."""
        usable = [c for c in self.organ(organ).calibration if c.usable and c.field == field]
        return tuple(sorted(usable, key=lambda c: not c.default))

    def ladders(self, organ: str, field: str | None) -> tuple[Ladder, ...]:
        """Ladders of an organ that may be selected at a field, default first."""
        usable = [x for x in self.organ(organ).ladder if x.usable and field in x.fields]
        return tuple(sorted(usable, key=lambda x: not x.default))

    def flags(self, organ: str, field: str | None) -> tuple[Flag, ...]:
        """Flags of an organ that hold at a field."""
        return tuple(f for f in self.organ(organ).flag if f.usable and f.field == field)

    def precision(self, organ: str) -> Precision | None:
        """Default repeatability of an organ, or None where none is published."""
        return next((p for p in self.organ(organ).precision if p.usable and p.default), None)

    def checks(self, organ: str) -> tuple[Check, ...]:
        """Acquisition limits that hold for an organ, those of all organs included."""
        return tuple(c for c in (*self.organ(organ).check, *self.shared.check) if c.usable)

    def rules(self, disease: str) -> tuple[Rule, ...]:
        """Rules of a disease and those of every disease; rules never leak between diseases."""
        if disease not in self.diseases:
            raise KnowledgeError(
                "UNKNOWN_DISEASE", f"There is no knowledge file for the disease '{disease}'.",
                f"Known: {', '.join(self.diseases)}.",
            )  # fmt: skip
        return tuple(r for r in (*self.shared.rule, *self.diseases[disease].rule) if r.usable)

    def entries(self) -> list[tuple[str, Cited]]:
        """Every cited entry of all files with its place."""
        return [(place, entry) for place, entry in _entries(self) if isinstance(entry, Cited)]

    def phrases(self, pattern: str) -> tuple[Phrase, ...]:
        """Sentences of a wording pattern, usable ones only."""
        return tuple(p for p in self.shared.phrase[pattern] if p.usable)

    def line(self, line_id: str) -> str:
        """A fixed line of the report, e.g. the disclaimer."""
        return self.shared.line[line_id]


def read_toml(path: Path) -> dict[str, Any]:
    """Content of a TOML file; a syntax error names file, line and column."""
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise KnowledgeError(
            "NOT_TOML", f"{path.name} is not readable TOML: {error}.",
            "Mend the line named: a key twice, a missing quote, or a decimal comma (write 1.2).",
        ) from None  # fmt: skip


def _validated(model: type[Model], path: Path) -> Model:
    content = read_toml(path)
    try:
        return model.model_validate(content)
    except ValidationError as error:
        # a misspelt key shows as one missing and one unknown: the unknown one is what was typed
        first = min(error.errors(include_url=False), key=lambda e: e["type"] != "extra_forbidden")
        place = _place(content, first["loc"]) or "the file"
        raise KnowledgeError(
            "WRONG_ENTRY", f"{path.name}, {place}: {_plain(first)}", _cure(str(first["type"]))
        ) from None


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
    message = str(error["msg"]).removeprefix("Value error, ")
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


def _cure(kind: str) -> str:
    return _CURES.get(kind, "Correct the entry named.")


# ------------------------------------------------------------------- checks across the files


def _walk(value: object, place: str) -> Iterator[tuple[str, Entry]]:
    if isinstance(value, Entry):
        yield place, value
        for name in type(value).model_fields:
            yield from _walk(getattr(value, name), f"{place}.{name}")
    elif isinstance(value, tuple | list):
        for i, item in enumerate(value):
            yield from _walk(item, f"{place}[{getattr(item, 'id', i)}]")
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from _walk(item, f"{place}.{key}")


def _wrong(what: str, cure: str) -> KnowledgeError:
    return KnowledgeError("INCONSISTENT", what, cure)


def _check_sources(knowledge: Knowledge, entries: list[tuple[str, Entry]]) -> None:
    cited = {source for _, entry in entries if isinstance(entry, Cited) for source in entry.sources}
    for place, entry in entries:
        for source in entry.sources if isinstance(entry, Cited) else ():
            if source not in knowledge.sources:
                raise _wrong(f"{place} cites '{source}', which sources.toml does not list.",
                             "Add the source, or correct its id.")  # fmt: skip
    for source in knowledge.sources:
        if source not in cited:
            raise _wrong(
                f"sources.toml lists '{source}', which nothing cites.", "Cite it where it is used, or remove it."
            )


def _check_text(entries: Iterable[tuple[str, Entry]]) -> None:
    for place, entry in entries:
        text = getattr(entry, "text", "")
        for _, name, _, _ in string.Formatter().parse(text):
            if name is not None and name not in PLACEHOLDERS:
                raise _wrong(
                    f"{place} has the unknown placeholder {{{name}}}.", f"Known: {', '.join(sorted(PLACEHOLDERS))}."
                )


def _one_default(place: str, keys: Iterable[str]) -> None:
    for key, count in Counter(keys).items():
        if count > 1:
            raise _wrong(f"{place} has {count} defaults for {key}.", "Leave default = true at one of them.")


def _check_organ(organ: OrganFile, fields: set[str]) -> None:
    place = f"organs/{organ.id}.toml"
    _one_default(place, [f"calibrations at {c.field} T" for c in organ.calibration if c.default])
    _one_default(place, [f"ladders at {f} T" for x in organ.ladder if x.default for f in x.fields])
    _one_default(place, ["precision" for p in organ.precision if p.default])
    for field in [c.field for c in organ.calibration] + [f for x in organ.ladder for f in x.fields]:
        if field not in fields:
            raise _wrong(f"{place} names the field '{field}'.", f"Known fields: {', '.join(sorted(fields))}.")
    for ladder in organ.ladder:
        for grade in ladder.grades:
            if grade.sentence not in organ.sentence:
                raise _wrong(f"{place}, ladder {ladder.id}: grade '{grade.id}' has no sentence '{grade.sentence}'.",
                             "Add it under [sentence], or name one that stands there.")  # fmt: skip


def _check_condition(place: str, condition: Condition, knowledge: Knowledge) -> None:
    if condition.organ is not None and condition.organ not in knowledge.organs:
        raise _wrong(f"{place} asks for the organ '{condition.organ}'.", "Add its file, or correct the id.")
    if condition.organ is not None and condition.severity:
        known = {g.severity for x in knowledge.organs[condition.organ].ladder for g in x.grades}
        unknown = set(condition.severity) - known
        if unknown:
            raise _wrong(f"{place} asks for the grade {sorted(unknown)}, which no ladder of {condition.organ} has.",
                         f"Grades of {condition.organ}: {', '.join(sorted(known))}.")  # fmt: skip
    if condition.fact is not None:
        answers = {f.id: {*f.answers, "unknown"} for f in knowledge.shared.fact} | {"disease": set(knowledge.diseases)}
        if not set(condition.answers) <= answers.get(condition.fact, set()):
            raise _wrong(f"{place} asks for {condition.fact} = {list(condition.answers)}.",
                         "Use a fact of shared.toml and its answers.")  # fmt: skip


def _check_unique(entries: Iterable[tuple[str, Entry]]) -> None:
    seen: dict[tuple[str, ...], str] = {}
    for place, entry in entries:
        if not isinstance(entry, Cited) or not hasattr(entry, "id"):
            continue
        key = (type(entry).__name__, entry.id, getattr(entry, "field", ""))
        if key in seen:
            raise _wrong(f"{place} has the same id and field as {seen[key]}.", "Give one of them another id.")
        seen[key] = place


def _entries(knowledge: Knowledge) -> list[tuple[str, Entry]]:
    files: dict[str, OrganFile | DiseaseFile | SharedFile] = {
        f"organs/{k}.toml": v for k, v in knowledge.organs.items()
    }
    files |= {f"diseases/{k}.toml": v for k, v in knowledge.diseases.items()}
    files["shared.toml"] = knowledge.shared
    return [pair for place, value in files.items() for pair in _walk(value, place)]


def _checked(knowledge: Knowledge) -> Knowledge:
    entries = _entries(knowledge)
    _check_sources(knowledge, entries)
    _check_text(entries)
    _check_unique(entries)
    for organ in knowledge.organs.values():
        _check_organ(organ, {f.id for f in knowledge.shared.field})
    for place, entry in entries:
        if isinstance(entry, Condition):
            _check_condition(place, entry, knowledge)
    return knowledge


# ------------------------------------------------------------------------------------ loading


def _by_id(model: type[Model], folder: Path) -> dict[str, Model]:
    found: dict[str, Model] = {}
    for path in sorted(folder.glob("*.toml")):
        entry = _validated(model, path)
        if getattr(entry, "id", path.stem) != path.stem:
            raise _wrong(f"{path.name} has the id '{entry.id}'.", "Name the file after its id.")  # type: ignore[attr-defined]
        found[path.stem] = entry
    return found


def _sources(path: Path) -> dict[str, Source]:
    class SourcesFile(Entry):
        source: dict[str, Source]

    return _validated(SourcesFile, path).source


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
    return _checked(
        Knowledge(
            organs=_by_id(OrganFile, folder / "organs"),
            diseases=_by_id(DiseaseFile, folder / "diseases"),
            shared=_validated(SharedFile, folder / "shared.toml"),
            sources=_sources(folder / "sources.toml"),
            version=_version(folder),
        )
    )


@cache
def published_knowledge() -> Knowledge:
    """The knowledge that ships with the package, read once per process."""
    return load_knowledge()
