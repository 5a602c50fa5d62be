"""Catalogues of gettext as files: read, brought up to date, written."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

from babel import Locale
from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po, write_po

from benchmarks.untranslated.gathering import Sentence, of_pages
from ironreport.language.catalogue import CLINICAL, FOLDER, REVIEWED_BY, is_whole
from ironreport.writing import write_whole

NAME = "X-Language-Name"
COMMENTS = {"": "# Words of the program.", CLINICAL: "# Clinical sentences."}


def translated(code: str) -> frozenset[str]:
    """English sentences that a language has words for, those with every place and number."""
    whole: set[str] = set()
    for part in COMMENTS:
        whole |= {
            text for m in _read(code, part) if m.id and is_whole(m) for text in (m.id if _is_many(m.id) else [m.id])
        }
    return frozenset(whole)


def bring_up_to_date(code: str, folder: Path = FOLDER) -> list[Path]:
    """Add every sentence that a language does not have yet; nothing that is translated goes."""
    written = []
    for part, comment in COMMENTS.items():
        held = _read(code, part, folder)
        for one in of_pages():
            if one.clinical == (part == CLINICAL) and one.text not in held:
                held.add(one.text, locations=[(one.place, None)])
        written.append(_write(held, folder / f"{code}{part}.po", comment, part))
    return written


def _is_many(identity: object) -> bool:
    return isinstance(identity, list | tuple)


def _read(code: str, part: str, folder: Path = FOLDER) -> Catalog:
    path = folder / f"{code}{part}.po"
    if not path.exists():
        return Catalog(locale=code)
    with path.open("rb") as file:
        return read_po(file, locale=code)


def _write(held: Catalog, path: Path, comment: str, part: str) -> Path:
    """A header without dates and names, so that the same sentences make the same file."""
    headers = dict(held.mime_headers)
    own = (
        f"{REVIEWED_BY}: {headers.get(REVIEWED_BY, '')}"
        if part == CLINICAL
        else f"{NAME}: {headers.get(NAME) or str(Locale.parse(held.locale_identifier).display_name).capitalize()}"
    )
    code = held.locale_identifier
    lines = ["Content-Type: text/plain; charset=utf-8", "Content-Transfer-Encoding: 8bit", f"Language: {code}"]
    lines += [f"Plural-Forms: {held.plural_forms}", own]
    head = "\n".join([comment, 'msgid ""', 'msgstr ""', *(f'"{line}\\n"' for line in lines)])
    body = BytesIO()
    write_po(body, held, omit_header=True, width=120)
    write_whole(path, f"{head}\n\n{body.getvalue().decode().lstrip()}".encode())
    return path


def missing_of(code: str) -> list[Sentence]:
    """Sentences of the source that a language has no words for."""
    known = translated(code)
    return [one for one in of_pages() if one.text not in known]
