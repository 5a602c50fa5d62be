"""The page of all sources, from the knowledge files: every paper behind a number, and where its DOI leads."""

from __future__ import annotations

from pathlib import Path

from ironreport.knowledge import published_knowledge
from ironreport.report.evidence.evidence_rows import doi_address

HEAD = """# Sources

Every paper, guideline and label that a number of IronReport rests on, by the id that stands beside the number in
[every value, rule and sentence](evidence.md). The last column says how much of each was read when its values were
entered.

| id | citation | read |
|---|---|---|
"""


def write_sources(file: Path) -> None:
    """Write the page; one that says the same already is left alone."""
    rows = [
        f"| `{name}` | {_linked(source.citation, source.doi)} | {_plain(source.read)} |"
        for name, source in sorted(published_knowledge().sources.items())
    ]
    text = HEAD + "\n".join(rows) + "\n"
    if not file.exists() or file.read_text(encoding="utf-8") != text:
        file.write_text(text, encoding="utf-8")


def _linked(citation: str, doi: str | None) -> str:
    return f"[{_plain(citation)}]({doi_address(doi)})" if doi else _plain(citation)


def _plain(text: str) -> str:
    return "".join(f"\\{c}" if c in "\\`*_[]<>|$" else c for c in text)
