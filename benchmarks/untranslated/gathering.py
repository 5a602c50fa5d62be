"""Every sentence that the program may say, read from the source and from the knowledge files.

Sentences with numbers are f-strings there; each becomes one sentence with places, ``"{n} echoes were left out"``. A
word that is chosen within an f-string (``"es" if n != 1 else ""``) makes one sentence for each choice.
"""

from __future__ import annotations

import ast
import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
HOUSE = ROOT / "ironreport"
NOT_SAID = frozenset({"language", "cli.py", "notebook.py", "onepage", "synthetic", "schema_steps", "ui_canvas"})
"""Parts whose texts do not reach a page or the print: commands, files for programs, what this itself is made of."""
TEXT_KEYS = frozenset({
    "text", "label", "short", "name", "sentence", "without_interval", "when", "question", "says", "reason", "hint",
    "why", "advice", "answer", "title", "prompt", "critical", "note", "ask", "say", "story", "plain", "term", "means",
    "help", "lead", "limits", "missing", "explanation", "term_text", "formula_words", "what", "cure", "status", "who",
    "used",
})  # fmt: skip
NOT_TEXT = frozenset({"where", "citation", "read", "doi"})
ONE_WORD_IN = (
    "ui/", "canvas/canvas_words.py", "selfcheck/running.py", "selfcheck/check_record.py", "report/describing.py",
    "report/pdf/", "validation/validation_words.py",
)  # fmt: skip
"""Where a word with a capital is what a button, a heading or a column says."""
MOST_CHOICES = 8
NOT_ON_PAGES = tomllib.loads(Path(__file__).with_name("not_on_pages.toml").read_text(encoding="utf-8"))
_LABEL = re.compile(r"(?:[A-Z][a-z]{2,}(?:-[a-z]+)?|PASS|FAIL|CRITICAL)(?:$|: \{\w+\}$)")
_WORDS = re.compile(r"[A-Za-z]{2,}")
_SPOKEN = re.compile(r"\b[a-z]{2,}\b")


@dataclass(frozen=True, slots=True, order=True)
class Sentence:
    """One sentence and where it stands; ``other`` is the form for one where this is the form for many."""

    text: str
    place: str
    clinical: bool = False
    other: str = ""


def of_pages() -> list[Sentence]:
    """Sentences that a page or the printed report may show: all but those that ``not_on_pages.toml`` names."""
    texts = {text for held in NOT_ON_PAGES["texts"].values() for text in held}
    return [one for one in gathered() if one.text not in texts and _is_shown(one.place)]


def _is_shown(place: str) -> bool:
    parts = NOT_ON_PAGES["parts"]
    is_elsewhere = any(place == part or place.startswith(f"{part}/") for part in parts)
    return not is_elsewhere or place in NOT_ON_PAGES["but_shown"]


def gathered(house: Path = HOUSE) -> list[Sentence]:
    """Every sentence once, those of the program first."""
    found: dict[str, Sentence] = {}
    for path in sorted(house.rglob("*.py")):
        if not NOT_SAID & set(path.relative_to(house).parts):
            for one in of_python(path.read_text(encoding="utf-8"), path.relative_to(house).as_posix()):
                found.setdefault(one.text, one)
    for path in sorted(house.rglob("*.toml")):
        for text in _texts_in(tomllib.loads(path.read_text(encoding="utf-8"))):
            found.setdefault(text, Sentence(text, path.relative_to(house).as_posix(), clinical=True))
    return sorted(found.values(), key=lambda one: (one.clinical, one.place))


def of_python(text: str, place: str) -> Iterator[Sentence]:
    """Sentences of one module."""
    tree = ast.parse(text)
    within, documents = _not_asked(tree)
    for node in ast.walk(tree):
        if id(node) in within or id(node) in documents:
            continue
        written = choices_of(node) if isinstance(node, ast.Constant | ast.JoinedStr) else None
        for one in written or ():
            if is_sentence(one) or (place.startswith(ONE_WORD_IN) and _LABEL.match(one)):
                yield Sentence(one, place)


def is_sentence(text: str) -> bool:
    """Whether a text is said to people: words between places, not a name of something in the program."""
    fixed = re.sub(r"\{\w*\}", " ", text)
    if re.search(r"https?://|\{\s|[=<>]{2}|\\[a-z(]|::|__|</?\w|&nbsp;|^# |^const ", text) or not _SPOKEN.search(fixed):
        return False
    return len(_WORDS.findall(fixed)) >= 2 and " " in text.strip()


def _not_asked(tree: ast.Module) -> tuple[set[int], set[int]]:
    """Constants that are parts of an f-string, and those that are docstrings."""
    within: set[int] = set()
    documents: set[int] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            choices = {id(one) for one in ast.walk(node)} - {id(node)}
            within |= choices
        for one in getattr(node, "body", ()) if isinstance(getattr(node, "body", None), list) else ():
            if isinstance(one, ast.Expr) and isinstance(one.value, ast.Constant):
                documents.add(id(one.value))
    return within, documents


def choices_of(node: ast.AST) -> list[str] | None:
    """The sentences that an expression may be, with places for what is not fixed; None if it is no text."""
    match node:
        case ast.Constant(value=str(text)):
            return [text]
        case ast.JoinedStr():
            return _joined(node)
        case ast.IfExp(body=body, orelse=orelse):
            one, other = choices_of(body), choices_of(orelse)
            return [*one, *other] if one is not None and other is not None else None
        case ast.BinOp(left=ast.Constant(value=str(text)), op=ast.Mult()):
            return [text, ""]
    return None


def _joined(node: ast.JoinedStr) -> list[str]:
    seen: dict[str, str] = {}
    parts: list[list[str]] = []
    for one in node.values:
        if isinstance(one, ast.FormattedValue):
            chosen = choices_of(one.value)
            parts.append(chosen if chosen is not None else ["{" + _place(one.value, seen) + "}"])
        else:
            parts.append([str(ast.literal_eval(one))])
    return ["".join(choice) for choice in list(product(*parts))[:MOST_CHOICES]]


def _place(value: ast.expr, seen: dict[str, str]) -> str:
    """The last name that an expression ends in: ``plain(organ.name)`` is ``name``."""
    written = ast.unparse(value)
    if written not in seen:
        node: ast.AST = value
        while isinstance(node, ast.Call | ast.Subscript | ast.Starred):
            if isinstance(node, ast.Call):
                node = node.args[0] if node.args and not isinstance(node.func, ast.Attribute) else node.func
            else:
                node = node.value
        name = node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else "value"
        n = sum(re.fullmatch(rf"{name}(_\d+)?", other) is not None for other in seen.values())
        seen[written] = name if n == 0 else f"{name}_{n + 1}"
    return seen[written]


def _texts_in(held: Any, key: str = "") -> Iterator[str]:
    if isinstance(held, dict):
        for name, one in held.items():
            yield from _texts_in(one, name)
    elif isinstance(held, list):
        for one in held:
            yield from _texts_in(one, key)
    elif isinstance(held, str) and _is_text(held, key):
        yield held


def _is_text(held: str, key: str) -> bool:
    return key not in NOT_TEXT and bool(_WORDS.search(held)) and (key in TEXT_KEYS or is_sentence(held))
