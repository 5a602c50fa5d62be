"""The knowledge as the stages ask it: by organ, field, disease; read-only."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from ironreport.errors import KnowledgeError
from ironreport.knowledge.organ_file import OrganFile
from ironreport.knowledge.rules import CombinedFile, Condition, DiseaseFile, Phrase, Rule, SharedFile
from ironreport.knowledge.schema import (
    PRINTED_KINDS,
    Calibration,
    Check,
    Cited,
    Entry,
    FieldStrength,
    Flag,
    Ladder,
    Plausible,
    Precision,
    Source,
)
from ironreport.records import OwnPrecision


@dataclass(frozen=True, slots=True)
class Knowledge:
    """All knowledge files, validated; ``version`` is a short hash of their text.

    ``own_limits`` are ids of limits that a site has set for itself, ``own_precision`` what it measured in place of a
    published repeatability; as loaded there are none.
    """

    organs: dict[str, OrganFile]
    diseases: dict[str, DiseaseFile]
    shared: SharedFile
    sources: dict[str, Source]
    version: str
    combined: CombinedFile
    own_limits: tuple[str, ...] = ()
    own_precision: tuple[OwnPrecision, ...] = ()

    @property
    def reviewed(self) -> str:
        """Date of the oldest review among the files, ISO."""
        files: tuple[OrganFile | DiseaseFile | SharedFile | CombinedFile, ...]
        files = (*self.organs.values(), *self.diseases.values(), self.shared, self.combined)
        return min(file.reviewed for file in files).isoformat()

    def organ(self, organ: str) -> OrganFile:
        """The file of an organ."""
        if organ not in self.organs:
            raise KnowledgeError(
                "UNKNOWN_ORGAN", f"There is no knowledge file for the organ '{organ}'.",
                f"Known organs: {', '.join(self.organs)}.",
            )  # fmt: skip
        return self.organs[organ]

    def organs_named(self, header_text: str) -> tuple[str, ...]:
        """Ids of the organs whose words stand in the header of a series (in capitals), the likeliest first: a hint."""
        by_rank = sorted(self.organs.values(), key=lambda organ: organ.header_rank)
        return tuple(o.id for o in by_rank if any(word in header_text for word in o.header_words))

    def organ_of_mask(self, name: str) -> str:
        """Id of the organ whose word stands in the name of a mask, empty where none or several do: a hint."""
        words = set(re.findall(r"[^\W\d_]+", name.casefold()))
        named = [o.id for o in self.organs.values() if words & {o.id, *o.mask_words}]
        return named[0] if len(named) == 1 else ""

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

    def precision(self, organ: str, *, other_scanner: bool = False) -> Precision | None:
        """Default repeatability of an organ, or the one between scanners; None where none is published."""
        usable = [p for p in self.organ(organ).precision if p.usable]
        between = next((p for p in usable if p.other_scanner), None) if other_scanner else None
        return between or next((p for p in usable if p.default), None)

    def checks(self, organ: str) -> tuple[Check, ...]:
        """Acquisition limits that hold for an organ, those of all organs included."""
        return tuple(c for c in (*self.organ(organ).check, *self.shared.check) if c.usable)

    def plausible(self, organ: str, field: str | None) -> tuple[Plausible, ...]:
        """What an organ cannot have at a field."""
        return tuple(p for p in self.organ(organ).plausible if p.usable and (not p.fields or field in p.fields))

    def rules(self, disease: str) -> tuple[Rule, ...]:
        """Rules of a disease and those of every disease; rules never leak between diseases."""
        if disease not in self.diseases:
            raise KnowledgeError(
                "UNKNOWN_DISEASE", f"There is no knowledge file for the disease '{disease}'.",
                f"Known: {', '.join(self.diseases)}.",
            )  # fmt: skip
        own = (*self.shared.rule, *self.diseases[disease].rule, *self.combined.rule)
        return tuple(r for r in own if self.printable(r) and (not r.diseases or disease in r.diseases))

    def conditions(self, rule: Rule) -> tuple[Condition, ...]:
        """All that decides whether a rule fires: its conditions, and those of the states it asks for."""
        asked = {condition.state for condition in rule.conditions}
        return (*rule.conditions, *(c for state in self.shared.state if state.id in asked for c in state.any))

    def printable(self, entry: Cited) -> bool:
        """Whether an entry may be printed as a sentence: usable, and resting on a paper, a guideline or a label."""
        return entry.usable and bool(self.printed_sources(entry.sources))

    def printed_sources(self, sources: tuple[str, ...]) -> tuple[str, ...]:
        """Those of some sources that a report names; the others stand on the Evidence page only."""
        return tuple(s for s in sources if s in self.sources and self.sources[s].kind in PRINTED_KINDS)

    def entries(self) -> list[tuple[str, Cited]]:
        """Every cited entry of all files with its place."""
        return [(place, entry) for place, entry in all_entries(self) if isinstance(entry, Cited)]

    def phrases(self, pattern: str) -> tuple[Phrase, ...]:
        """Sentences of a wording pattern of the whole exam, usable ones only; an organ's own stand in its file."""
        return tuple(p for p in self.shared.phrase[pattern] if self.printable(p))

    def line(self, line_id: str) -> str:
        """A fixed line of the report, e.g. the disclaimer."""
        return self.shared.line[line_id]


def all_entries(knowledge: Knowledge) -> list[tuple[str, Entry]]:
    """Every entry of all files with its place, cited or not."""
    files: dict[str, OrganFile | DiseaseFile | SharedFile | CombinedFile] = {
        f"organs/{k}.toml": v for k, v in knowledge.organs.items()
    }
    files |= {f"diseases/{k}.toml": v for k, v in knowledge.diseases.items()}
    files["shared.toml"] = knowledge.shared
    files["combined.toml"] = knowledge.combined
    return [pair for place, value in files.items() for pair in _walk(value, place)]


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
