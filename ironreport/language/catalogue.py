"""One language as it is spoken: catalogues of gettext, plural forms, and how numbers are written.

A language is its files: ``fr.po`` with the words of the program and ``fr.knowledge.po`` with clinical sentences, which
count as reviewed only when the header ``X-Reviewed-By`` names a clinician who speaks the language.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from gettext import GNUTranslations
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

from ironreport.language.templates import Template, places, template

if TYPE_CHECKING:
    from babel.messages.catalog import Catalog, Message

FOLDER = Path(__file__).parent / "catalogues"
CLINICAL = ".knowledge"
REVIEWED_BY = "X-Reviewed-By"
MOST_OF_HEADER = 2000
_NAME = re.compile(r"X-Language-Name: ([^\\\"]+)")
_QUOTED = re.compile(r"«[^»]*»")
_WORD = re.compile(r"[A-Za-z]{2,}")


@dataclass(frozen=True, slots=True, eq=False)
class Language:
    """What is known of one language.

    Attributes
    ----------
    code : str
        As ISO 639 has it, and as the page and the PDF name it.
    right_to_left : bool
    decimal_mark : str
    books : tuple of GNUTranslations
        Catalogues, those of the program first.
    plurals : dict
        The two English forms by either of them.
    templates : tuple of Template
        Sentences with places, those with most fixed letters first.
    same : frozenset of str
        Texts that the language says as English does.
    english : frozenset of str
        Words that are English and no word of this language: what holds one was not translated.
    reviewed_by : str
        Who signed the clinical sentences; empty until somebody did.
    """

    code: str
    right_to_left: bool
    decimal_mark: str
    books: tuple[GNUTranslations, ...]
    plurals: dict[str, tuple[str, str]]
    templates: tuple[Template, ...]
    same: frozenset[str]
    english: frozenset[str]
    reviewed_by: str

    def sentence(self, english: str, n: int | None = None) -> str | None:
        """The sentence as the catalogue has it, in the form for ``n``; None where it has none."""
        if english in self.same:
            return english
        both = self.plurals.get(english)
        for book in self.books:
            if both is not None:
                found = book.ngettext(*both, 1 if n is None else n)
                if found not in both:
                    return found
            elif (found := book.gettext(english)) != english:
                return found
        return None


@cache
def offered() -> dict[str, str]:
    """Codes of the languages that have a catalogue, and what each calls itself in its header ``X-Language-Name``."""
    found: dict[str, str] = {}
    for path in sorted(FOLDER.glob("*.po")):
        named = _NAME.search(path.read_text(encoding="utf-8")[:MOST_OF_HEADER])
        if named is not None and "." not in path.stem:
            found[path.stem] = named[1]
    return found


@cache
def language(code: str) -> Language:  # its argument is a code of the list above
    """A language with its catalogues, read once for the process (about 0.2 s)."""
    from babel import Locale  # noqa: PLC0415  # half a second that English does not wait for

    locale = Locale.parse(code)
    read = [_read(path, code) for path in (FOLDER / f"{code}.po", FOLDER / f"{code}{CLINICAL}.po") if path.exists()]
    messages = [m for catalog in read for m in catalog if m.id and is_whole(m)]
    sentences = [one for m in messages for one in _forms(m.id)]
    shapes = [shape for one in dict.fromkeys(sentences) if (shape := template(one)) is not None]
    return Language(
        code,
        locale.text_direction == "rtl",
        locale.number_symbols["latn"]["decimal"],
        tuple(map(_book, read)),
        {form: (m.id[0], m.id[1]) for m in messages if isinstance(m.id, list | tuple) for form in m.id},
        tuple(sorted(shapes, key=lambda shape: -shape.n_fixed)),
        frozenset(str(m.id) for m in messages if m.id == m.string),
        _words(sentences) - _own_words(messages),
        str(dict(read[-1].mime_headers).get(REVIEWED_BY, "")).strip(),
    )


def _read(path: Path, code: str) -> Catalog:
    from babel.messages.pofile import read_po  # noqa: PLC0415

    with path.open("rb") as file:
        return read_po(file, locale=code)


def _book(catalog: Catalog) -> GNUTranslations:
    """The catalogue as gettext reads it; sentences that would lose a number are left out."""
    from babel.messages.mofile import write_mo  # noqa: PLC0415

    for message in list(catalog):
        if message.id and not is_whole(message):
            catalog.delete(message.id)
    compiled = BytesIO()
    write_mo(compiled, catalog)
    compiled.seek(0)
    return GNUTranslations(compiled)


def _forms(said: object) -> tuple[str, ...]:
    return tuple(map(str, said)) if isinstance(said, list | tuple) else (str(said),)


def is_whole(message: Message) -> bool:
    """Whether a translation is there and holds every place and every number of the English sentence.

    Each form of a plural keeps the count too, also where a language could say two without it.
    """
    english, said = _forms(message.id), _forms(message.string)
    if not all(said) or message.fuzzy:
        return False
    asked = places(english[-1])
    if len(english) > 1:
        return all(places(one) == asked for one in said)
    return places(said[0]) == asked and numbers_in(english[0]) == numbers_in(said[0])


def numbers_in(sentence: str) -> list[str]:
    """Numbers that are written out in a sentence, in order of their size; either decimal mark."""
    return sorted(found.replace(",", ".") for found in re.findall(r"\d+(?:[.,]\d+)*", sentence))


def _own_words(messages: list[Message]) -> frozenset[str]:
    """Words of the language; what it quotes, as an example to type in English, is none of them."""
    said = (one for m in messages if m.id != m.string for one in _forms(m.string))
    return _words([_QUOTED.sub("", one) for one in said])


def _words(sentences: list[str]) -> frozenset[str]:
    return frozenset(word for one in sentences for word in _WORD.findall(re.sub(r"\{\w+\}", "", one)) if word.islower())
