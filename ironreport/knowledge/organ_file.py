"""The shape of an organ's file: all that this package knows of one organ, so that a new organ is one new file."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Literal, Self

from pydantic import Field, StrictBool, model_validator

from ironreport.knowledge.body_iron import IronBalanceFile
from ironreport.knowledge.rules import Phrase
from ironreport.knowledge.schema import (
    Calibration,
    Check,
    Entry,
    Flag,
    Ladder,
    Name,
    Note,
    Plausible,
    Precision,
    Quantity,
    Sentence,
    Severity,
    Text,
)

Standing = Literal["established", "validated", "research"]
Pattern = Literal["word-borderline"]
"""Wording patterns that an organ may have of its own, and what the package does with each."""
SnomedCode = Annotated[str, Field(pattern=r"^[0-9]{6,18}$")]
MaskWord = Annotated[str, Field(pattern=r"^[^A-Z\s_-]{2,}$")]
HeaderWord = Annotated[str, Field(pattern=r"^[^a-z]{3,}$")]


class SnomedPart(Entry):
    """A part of an organ with a code of its own, told by a ``word`` (lower case) of the location named."""

    word: Annotated[str, Field(pattern=r"^[a-z]+$")]
    code: SnomedCode
    meaning: Text


class Snomed(Entry):
    """The organ in SNOMED CT, for exports; ``paired`` where left and right are told apart."""

    code: SnomedCode
    meaning: Text
    paired: StrictBool = False
    part: tuple[SnomedPart, ...] = ()


class NativeT1(Entry):
    """The question of the context form that holds a native T1 of the organ, and what such a T1 is called."""

    fact: Name
    name: Text


class OrganFile(Entry):
    """``organs/<organ>.toml``: everything known about one organ, its iron and what it is called where.

    An organ without ladder has no ``graded_quantity``; ``no_class`` then says why it gets no class.
    ``contrast`` is the kind of signal that its limits and calibrations are for, ``reading_order`` its
    place on every page. ``pooling`` says how several regions make one value: all their pixels, or the mean of
    their relaxation times. ``beside_more_iron`` is true where an organ that often holds more iron lies right beside it:
    faster tissue near a region is then no sign that the region missed its organ, unless the two touch.

    ``draw_at`` are the locations proposed where a region is drawn. ``header_words`` (capitals, or the beginning of
    a word) suggest the organ where they stand in the header of a series; where a header names several organs, the one
    with the lowest ``header_rank`` stands first. ``mask_words`` (lower case) suggest the organ where the name of a
    mask drawn elsewhere holds one of them as a whole word, ``said_words`` where a sentence of another report does.
    Sentences of ``phrase.word-borderline`` take the place of the class's sentence where the interval or another
    calibration reaches a class of severity borderline. With a ``balance``, two results of the organ and what was
    transfused between them tell what came into the body and what left it. ``plain`` says a class, by its severity, in
    words for the patient.
    """

    id: Name
    name: Text
    reading_order: Annotated[int, Field(strict=True, ge=1)]
    standing: Standing
    reviewed: dt.date
    graded_quantity: Quantity | None = None
    contrast: Literal["T2*", "T2"] = "T2*"
    pooling: Literal["pixels", "mean-of-regions"] = "pixels"
    beside_more_iron: StrictBool = False
    no_class: str = ""
    location: Text
    measures: Text
    tests_to_correlate: tuple[Text, ...]
    caveats: tuple[Text, ...]
    draw_at: tuple[Text, ...] = ()
    header_words: tuple[HeaderWord, ...] = ()
    mask_words: tuple[MaskWord, ...] = ()
    said_words: tuple[MaskWord, ...] = ()
    header_rank: Annotated[int, Field(strict=True, ge=1)] = 99
    snomed: Snomed | None = None
    native_t1: NativeT1 | None = None
    balance: IronBalanceFile | None = None
    calibration: tuple[Calibration, ...] = ()
    ladder: tuple[Ladder, ...] = ()
    flag: tuple[Flag, ...] = ()
    precision: tuple[Precision, ...] = ()
    check: tuple[Check, ...] = ()
    plausible: tuple[Plausible, ...] = ()
    note: tuple[Note, ...] = ()
    sentence: dict[Name, Sentence] = Field(default={})
    phrase: dict[Pattern, tuple[Phrase, ...]] = Field(default={})
    plain: dict[Severity, Sentence] = Field(default={})

    @model_validator(mode="after")
    def _graded_or_says_why_not(self) -> Self:
        if bool(self.ladder) != (self.graded_quantity is not None) or bool(self.ladder) == bool(self.no_class):
            raise ValueError("an organ has a graded_quantity and ladders, or no_class with the reason; not both")
        return self

    def phrases(self, pattern: Pattern) -> tuple[Phrase, ...]:
        """Sentences of a wording pattern of this organ, usable ones only; none where it has no such pattern."""
        return tuple(p for p in self.phrase.get(pattern, ()) if p.usable)
