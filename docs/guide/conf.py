"""How the pages are built: `make docs`. Nothing is fetched, and the pages fetch nothing."""

from __future__ import annotations

import re
import sys
from importlib.metadata import version as version_of
from pathlib import Path
from urllib.parse import quote_plus

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

from sources_page import write_sources  # noqa: E402 - found once the folder is on the path

project, author, copyright = "IronReport", "IronReport contributors", "IronReport contributors, Apache-2.0"
release = version = version_of("ironreport")
extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
html_theme, html_title = "furo", "IronReport"
html_copy_source = html_show_sourcelink = False
exclude_patterns = ["build"]
nitpicky = False
myst_heading_anchors = 3
suppress_warnings = [
    "myst.xref_missing",  # pages that are also read in the checkout link to its files
    "myst.header",        # and some of them begin below the first level
    "ref.python",         # many records have echoes; the names of shapes need no link
]  # fmt: skip
default_role = "code"
autodoc_typehints, autodoc_member_order, add_module_names = "none", "bysource", False
autodoc_default_options = {"members": True}
napoleon_google_docstring, napoleon_use_rtype = False, False

JOURNALS = "J Magn Reson Imaging|J Magn Reson|Magn Reson Med|Magn Reson Imaging"
PAPER = re.compile(rf"\b({JOURNALS})\s+(\d{{4}});(\d+):(\d+)")
PMC = re.compile(r"\b(PMC\d{6,8})\b")


def with_links(text: str) -> str:
    """Papers named in a docstring as links to where they are found; followed by a click alone."""

    def found(paper: re.Match[str]) -> str:
        journal, year, volume, page = paper.groups()
        term = quote_plus(f'"{journal}"[jour] AND {volume}[vi] AND {page}[pg]')
        return f"`{journal} {year};{volume}:{page} <https://pubmed.ncbi.nlm.nih.gov/?term={term}>`__"

    if n_bars := text.count("|"):  # an absolute value, no substitution; what follows in a table keeps its column
        text = re.sub(rf" {{{n_bars}}}(?=  \S)", "", text.replace("|", "\\|"), count=1)
    return PMC.sub(r"`\1 <https://pmc.ncbi.nlm.nih.gov/articles/\1/>`__", PAPER.sub(found, text))


def link_papers(app: object, what: str, name: str, obj: object, options: object, lines: list[str]) -> None:
    """Each docstring passes here; examples stay as they are."""
    lines[:] = [line if line.lstrip().startswith((">>>", "...")) else with_links(line) for line in lines]


def setup(app: object) -> None:
    """Called by Sphinx."""
    write_sources(HERE / "reference/sources.md")
    app.connect("autodoc-process-docstring", link_papers)  # type: ignore[attr-defined]
