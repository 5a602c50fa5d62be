"""The door: English text in, the reader's language out.

Numbers are never made here, only carried over: a sentence is shown translated only where every place of it is filled
with what stood in the English one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from itertools import islice

from ironreport.language.catalogue import Language, language, offered
from ironreport.language.templates import filled, matches

ENGLISH = "en"
LEFT_TO_RIGHT_MARK, RIGHT_TO_LEFT_MARK = "\u200e", "\u200f"
_MARKS_OF_DIRECTION = dict.fromkeys((0x200E, 0x200F, *range(0x2066, 0x206A)))
_BEGIN_OF_NUMBER = re.compile(r"(?m)(?!^\d{1,3}\. )(?<![A-Za-z0-9_.,:/\\\u200e<>±~+\-−])(?=[<>±~]?[+\-−]?\d)")
_STAR = re.compile(r"(?<=[TR]2)(\\?\*)(?!\*|\w)")
_SHARE_BEFORE_NUMBER = re.compile(r"(?<=\d\s%)(?=:?\s\u200e?[<>±~]?[+\-−]?\d)")
_PERCENT = re.compile(r"(?<=\d\s%)(?!\u200e)")
_STOP = re.compile(r"(?<=[\u060c\u061b·])(?!\u200f)")
"""Behind a comma or semicolon of Arabic, or a point between parts: numbers on both sides of it are two."""
_EDGES = re.compile(r"^([^\w({\[\"]*)(.*?)((?:\s[\d.,]+\s%)?[^\w)}\]\"%]*)$", re.DOTALL)
_EDGES_AND_BRACKETS = re.compile(r"^(\W*)(.*?)((?:\s[\d.,]+\s%)?[^\w%]*)$", re.DOTALL)
_DECORATED = (
    re.compile(r"(?P<open>\s*:[\w-]+\[)(?P<text>[^\[\]]+)(?P<close>\]\s*)", re.DOTALL),
    re.compile(r"(?P<open>\s*\*\*)(?P<text>[^*]+)(?P<close>\*\*\s*)", re.DOTALL),
    re.compile(r"(?P<open>\s*)(?P<text>\S.*\S)(?P<close>\s\[\d[\d, ]*\]\s*)", re.DOTALL),
    re.compile(r"(?P<open>\s*)(?P<text>\S.*\S)(?P<close>\s*)", re.DOTALL),
)
_BREAKS = (
    re.compile(r"(\s*\n\s*)"),
    re.compile(r"((?<=[.!?])\s+(?=[\W\d]*[A-Z\d(\[]|[a-z]+(?:-[a-z]+)*-\d{4}))"),
    re.compile(r"(\s·\s|;\s)"),
)
"""Where texts are put together: lines, sentences, parts of a line."""
_LABEL = re.compile(r"(:\s)")
_COMMAS = re.compile(r"(:\s|,\s|\s\()")
_DECIMAL = re.compile(r"(?<![\w./:\\])(?<!\w-)(\d+)(\\?)\.(\d+)(?![\w/\\-]|\.\w)")
_FUNCTION_WORDS = frozenset(
    [
        "the",
        "is",
        "are",
        "was",
        "were",
        "not",
        "with",
        "from",
        "than",
        "that",
        "this",
        "which",
        "and",
        "because",
        "where",
        "whose",
        "but",
        "its",
        "has",
        "have",
        "been",
    ]
)
_WORD = re.compile(r"(?<![\w/\\-])[a-z]{2,}(?!\w|\\?-)")
"""A word; what a hyphen joins is an id of the program, and what follows a stroke a part of a path or a unit."""
_CITATION = re.compile(r"\b(?:19|20)\d\d;|\bPMID \d|\bPMC\d|\bdoi: ?10\.")
"""A paper is named as it is: Blood and Heart are journals there."""
_DEEPEST = 5
_FEW_LETTERS, _MOST_OF_MEASURED = 12, 8
_MOST_TRIED = 4


@dataclass(slots=True)
class Speech:
    """In which language is spoken, and what must stay as it was typed.

    Attributes
    ----------
    code : str
    verbatim : frozenset of str
        Names, notes and other words of people: they are never translated.
    n_missing : int
        Texts that were asked for and had no translation; their words are not kept.
    """

    code: str = ENGLISH
    verbatim: frozenset[str] = frozenset()
    n_missing: int = field(default=0, compare=False)


_SPEECH: ContextVar[Speech | None] = ContextVar("speech", default=None)


@contextmanager
def speaking(code: str, verbatim: frozenset[str] = frozenset()) -> Iterator[Speech]:
    """Say everything within in a language; one without a catalogue is English."""
    speech = Speech(code if code in offered() else ENGLISH, verbatim)
    before = _SPEECH.set(speech)
    try:
        yield speech
    finally:
        _SPEECH.reset(before)


def spoken_here() -> Speech:
    """The speech of this thread; English where nobody asked for another one."""
    return _SPEECH.get() or Speech()


NOT_REVIEWED = "Clinical sentences in this language are translated and not reviewed by a native clinician."
"""Stands on the screen and in print until somebody signs in the catalogue."""


def not_reviewed(speech: Speech | None = None) -> str:
    """The notice on the translation of clinical sentences; empty where there is nothing to say."""
    code = (speech or spoken_here()).code
    return "" if code == ENGLISH or language(code).reviewed_by else NOT_REVIEWED


def _undecorated(text: str) -> tuple[str, str, str]:
    """A text with its look around it, as ``**so**`` or ``:small[so]``, or the numbers of its sources behind it."""
    for shape in _DECORATED:
        if (found := shape.fullmatch(text)) is not None:
            return found["open"], found["text"], found["close"]
    return "", text, ""


def _parted(text: str) -> tuple[str, str, str]:
    """What stands before the words of a text, the words, and what stands after them; brackets stay together."""
    for edges in (_EDGES, _EDGES_AND_BRACKETS):
        if (found := edges.fullmatch(text)) is not None:
            before, core, after = found.groups()
            if all(core.count(a) == core.count(b) for a, b in ("()", "[]")):
                return before, core, after
    return "", text, ""


def _begun_like(english: str, found: str) -> str:
    """A sentence begins with a capital where the English one does."""
    return found[0].upper() + found[1:] if english[:1].isupper() and found[:1].islower() else found


def with_numbers_apart(text: str) -> str:
    """Text from right to left whose numbers stand as they are written: 2026-11-01, 10 ms, 7 mg/g.

    Behind a letter that runs from right to left the parts of such a number would change places. The star of T2* stays
    behind it and the sign of -18.0 before it, and "95 % 7.0 to 9.3" is not read as "95 to 9.3": the share and the
    interval are two numbers.
    """
    apart = _SHARE_BEFORE_NUMBER.sub(
        f"{LEFT_TO_RIGHT_MARK}{RIGHT_TO_LEFT_MARK}", _BEGIN_OF_NUMBER.sub(LEFT_TO_RIGHT_MARK, text)
    )
    apart = _STOP.sub(RIGHT_TO_LEFT_MARK, _PERCENT.sub(LEFT_TO_RIGHT_MARK, apart))
    return _STAR.sub(rf"\1{LEFT_TO_RIGHT_MARK}", apart)


def right_to_left() -> bool:
    """Whether the language that is spoken runs from right to left."""
    code = spoken_here().code
    return code != ENGLISH and language(code).right_to_left


def said(text: str, speech: Speech | None = None) -> str:
    """The text in the language that is spoken; in English itself it is handed back as it is.

    Parameters
    ----------
    text : str
        Finished English text; it may hold several sentences.
    speech : Speech, optional
        The one of this thread, where it is not given.
    """
    speech = speech or spoken_here()
    if speech.code == ENGLISH or not text or text in speech.verbatim:
        return text
    return _Saying(language(speech.code), speech).all_of(text)


def unsaid(typed: str, among: Iterable[str]) -> str:
    """What a person typed, in the English that an exam keeps where it is one of some words in any language.

    Whatever language the page speaks, as a word stays in its field when the language changes; and in capitals or not,
    as a phone begins each field with one.

    >>> unsaid("Lobe droit", ("right lobe", "left lobe"))
    'right lobe'
    """
    plain = typed.translate(_MARKS_OF_DIRECTION).strip()
    speeches = [Speech(code) for code in (ENGLISH, *offered())]
    words = ((english, said(english, speech)) for english in among for speech in speeches)
    return next((english for english, word in words if word.casefold() == plain.casefold()), plain)


@dataclass(frozen=True, slots=True)
class _Saying:
    """One text on its way."""

    spoken: Language
    speech: Speech
    known: dict[tuple[str, int], str | None] = field(default_factory=dict)

    def all_of(self, text: str) -> str:
        found = self._found(text, 0)
        if found is None and self._is_english(text):
            self.speech.n_missing += 1
        found = _begun_like(text, self._with_marks(text) if found is None else found)
        return with_numbers_apart(found) if self.spoken.right_to_left else found

    def _found(self, text: str, depth: int) -> str | None:
        """The translation, or None; of several sentences those that have one."""
        if (text, depth) not in self.known:
            self.known[text, depth] = self._sought(text, depth)
        return self.known[text, depth]

    def _sought(self, text: str, depth: int) -> str | None:
        if not text.strip() or text in self.speech.verbatim:
            return text
        whole = self._whole(text, depth)
        if whole is not None or depth > _DEEPEST or _CITATION.search(text):
            return whole
        for where in _BREAKS:
            if (parts := where.split(text))[1:]:
                return self._parts(parts, depth)
        return self._listed(text, depth)

    def _parts(self, parts: list[str], depth: int) -> str | None:
        said_of = [self._found(part, depth + 1) if i % 2 == 0 else part for i, part in enumerate(parts)]
        if all(one is None for one in said_of[::2]):
            return None
        missing = [part for part, one in zip(parts, said_of, strict=True) if one is None and self._is_english(part)]
        if missing and depth > 0:
            return None  # a value of a sentence is translated whole or not at all
        self.speech.n_missing += len(missing)
        return self._joined(
            self._with_marks(part) if one is None else one for part, one in zip(parts, said_of, strict=True)
        )

    def _joined(self, parts: Iterable[str]) -> str:
        """Parts with the signs that this language puts between them."""
        return "".join(self.spoken.sentence(part) or part if i % 2 else part for i, part in enumerate(parts))

    def _listed(self, text: str, depth: int) -> str | None:
        """A name and what is said of it, or words one after the other: only where there are words for each of them."""
        parts = _COMMAS.split(text)
        if len(parts) == 1:
            return None
        return self._all_of_these(_LABEL.split(text, maxsplit=1), depth) or self._all_of_these(parts, depth)

    def _all_of_these(self, parts: list[str], depth: int) -> str | None:
        said_of = [self._value(part, depth + 1) if i % 2 == 0 else part for i, part in enumerate(parts)]
        if any(one is None for one in said_of) or all(a == b for a, b in zip(parts, said_of, strict=True)):
            return None
        return self._joined(one or "" for one in said_of)

    def _value(self, text: str, depth: int) -> str | None:
        """What stands in a place: translated, or handed on where it is no English; else None."""
        found = self._found(text, depth)
        if found is None and not self._is_english(text):
            return self._with_marks(text)
        return found

    def _whole(self, text: str, depth: int) -> str | None:
        before, core, after = _parted(text)
        opened, plain, closed = _undecorated(text)
        for form, front, back in ((text, "", ""), (plain, opened, closed), (core, before, after)):
            if not form or (form is not text and form == text):
                continue
            found = self._as_it_stands(form)
            if found is None:
                found = self._with_places(form, depth)
            if found is not None:
                return f"{front}{found}{back}"
        return None

    def _as_it_stands(self, text: str) -> str | None:
        if (found := self.spoken.sentence(text)) is not None:
            return self._with_marks(found)
        if (other := self.spoken.sentence(text[0].swapcase() + text[1:])) is not None:
            return self._with_marks((other[0].upper() if text[0].isupper() else other[0].lower()) + other[1:])
        return None

    def _with_places(self, text: str, depth: int) -> str | None:
        if depth > _DEEPEST:
            return None
        for template, values in islice(matches(text, self.spoken.templates), _MOST_TRIED):
            strict = template.n_fixed < _FEW_LETTERS
            held = {name: self._in_place(value, depth + 1, strict) for name, value in values.items()}
            if any(value is None for value in held.values()):
                continue
            n = next((int(value) for value in values.values() if value.isdecimal()), None)
            if (sentence := self.spoken.sentence(template.sentence, n)) is not None:
                whole = filled(self._with_marks(sentence), {k: v for k, v in held.items() if v is not None})
                return _begun_like(text, whole)
        return None

    def _in_place(self, text: str, depth: int, strict: bool) -> str | None:
        """A value of a sentence; one that is an English sentence itself makes the whole one stay English.

        In a sentence of few letters (``strict``) no English word may be left.
        """
        if not text:
            return text
        found = self._found(text, depth) or self._measured(text, depth)
        if found is not None:
            return found
        is_sentence = bool(_FUNCTION_WORDS & set(text.split())) or (strict and self._is_english(text))
        return None if is_sentence else self._with_marks(text)

    def _measured(self, text: str, depth: int) -> str | None:
        """A number with its unit, and its class behind it: "8.1 ms severe"; both are translated or neither."""
        words = text.split(" ")
        if not text[0].isdigit() or len(words) > _MOST_OF_MEASURED:
            return None
        for i in range(1, len(words)):
            number, word = " ".join(words[:i]), self._found(" ".join(words[i:]), depth)
            if word is not None and (value := self._value(number, depth)) is not None:
                return f"{value} {word}"
        return None

    def _is_english(self, text: str) -> bool:
        return not _CITATION.search(text) and any(word in self.spoken.english for word in _WORD.findall(text))

    def _with_marks(self, text: str) -> str:
        """Decimal marks of the language; what is an address, a version or code keeps its points."""
        mark = self.spoken.decimal_mark
        if mark == "." or "`" in text or "://" in text or text in self.speech.verbatim:
            return text
        return _DECIMAL.sub(lambda number: f"{number[1]}{mark}{number[3]}", text)
