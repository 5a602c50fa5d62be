"""The shape of guidance rules, their closed vocabulary of conditions, and the shared files."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Literal, Self

from pydantic import Field, StrictBool, model_validator

from ironreport.knowledge.schema import Check, Cited, Entry, FieldStrength, Name, Number, Quantity, Severity, Text


class Condition(Entry):
    """One condition of the closed vocabulary: a measured value, a class, or a known fact.

    * ``organ`` + ``quantity`` (+ ``field``) with ``from``, ``above``, ``below``, ``up_to``
    * ``organ`` + ``severity``: class by the chosen ladder; ``clear = true``: and not borderline
    * ``fact`` + ``is``: an answer of the context form
    """

    organ: Name | None = None
    quantity: Quantity | None = None
    field: Text | None = None
    at_least: Annotated[Number | None, Field(alias="from")] = None
    above: Number | None = None
    below: Number | None = None
    up_to: Number | None = None
    severity: tuple[Severity, ...] = ()
    clear: StrictBool = False
    fact: Name | None = None
    answers: Annotated[tuple[Text, ...], Field(alias="is")] = ()

    @model_validator(mode="after")
    def _one_kind(self) -> Self:
        kinds = [
            self.quantity is not None and self.organ is not None,
            bool(self.severity) and self.organ is not None,
            self.fact is not None and bool(self.answers),
        ]
        if sum(kinds) != 1:
            raise ValueError("a condition is organ + quantity, organ + severity, or fact + is; not a mixture")
        limits = (self.at_least, self.above, self.below, self.up_to)
        if kinds[0] and all(limit is None for limit in limits):
            raise ValueError("a condition on a quantity needs from, above, below or up_to")
        return self


class Rule(Cited):
    """A guidance rule: conditions of the closed vocabulary and the line to print when they hold.

    All of ``all`` and, if given, one of ``any`` must hold. ``role`` says what an interval rule does.
    """

    id: Name
    kind: Literal["interval", "prompt", "information"]
    role: Literal["", "default", "shorten", "extend"] = ""
    organ: Name | None = None
    all: tuple[Condition, ...] = ()
    any: tuple[Condition, ...] = ()
    months: Annotated[int, Field(strict=True, gt=0)] | None = None
    critical: StrictBool = False
    industry: StrictBool = False
    text: Text

    @model_validator(mode="after")
    def _interval_rules_are_whole(self) -> Self:
        if (self.kind == "interval") != bool(self.role):
            raise ValueError("an interval rule needs a role (default, shorten or extend); no other rule has one")
        if (self.kind == "interval") != (self.months is not None):
            raise ValueError("an interval rule needs months; no other rule has them")
        return self


class DiseaseFile(Entry):
    """``diseases/<disease>.toml``: the rules of one disease; rules never leak into another."""

    id: Name
    name: Text
    reviewed: dt.date
    without_interval: Text
    rule: tuple[Rule, ...] = ()


class Fact(Entry):
    """A question of the context form; ``unknown`` is always a further answer."""

    id: Name
    label: Text
    answers: Annotated[tuple[Text, ...], Field(min_length=2)]


class Phrase(Cited):
    """A sentence of a wording pattern, printed where its conditions hold."""

    text: Text
    all: tuple[Condition, ...] = ()


class SharedFile(Entry):
    """``shared.toml``: field classes, acquisition limits, context questions, fixed lines and wording patterns."""

    reviewed: dt.date
    field: tuple[FieldStrength, ...]
    check: tuple[Check, ...] = ()
    rule: tuple[Rule, ...] = ()
    fact: tuple[Fact, ...]
    phrase: dict[Name, tuple[Phrase, ...]]
    line: dict[Name, Text]
