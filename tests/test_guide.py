"""The pages about the library: every block of code runs, prints what stands below it, and the pages fetch nothing."""

from __future__ import annotations

import contextlib
import io
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import NoReturn

import pytest

ROOT = Path(__file__).resolve().parents[1]
GUIDE = ROOT / "docs/guide"
BLOCK = re.compile(r"^```python\n(.*?)^```\n(?:\n```text\n(.*?)^```\n)?", re.MULTILINE | re.DOTALL)
PAGES = sorted(page for page in GUIDE.rglob("*.md") if BLOCK.search(page.read_text(encoding="utf-8")))
ELEMENTS = r"""<(?:script|link|img|iframe)\b[^>]*?\b(?:src|href)=["'](?:https?:)?//"""
FETCHED = re.compile(rf"""{ELEMENTS}|@import|url\(["']?https?:""")


def blocks(page: Path) -> Iterator[tuple[str, str]]:
    """Each block of a page with what stands as printed below it."""
    yield from BLOCK.findall(page.read_text(encoding="utf-8"))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(GUIDE).as_posix())
def test_every_example_runs_and_prints_what_stands_below_it(
    page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "sample_data").symlink_to(ROOT / "sample_data")
    monkeypatch.chdir(tmp_path)
    names: dict[str, object] = {}
    for code, printed in blocks(page):
        said = io.StringIO()
        with contextlib.redirect_stdout(said):
            exec(compile(code, page.name, "exec"), names)
        assert said.getvalue() == printed


def test_most_pages_have_examples() -> None:
    assert len(PAGES) >= 9


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory, not_here: Callable[[str], NoReturn]) -> Path:
    """The pages as `make docs` builds them; a warning is an error."""
    if any(find_spec(name) is None for name in ("sphinx", "myst_parser", "furo")):
        not_here("The group docs is not installed.")
    folder = tmp_path_factory.mktemp("guide")
    command = [sys.executable, "-m", "sphinx", "-q", "-W", "-b", "html", "-d", folder / "trees", GUIDE, folder / "html"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT)
    assert done.returncode == 0, done.stderr
    return folder / "html"


def test_the_pages_are_built_and_fetch_nothing_from_elsewhere(built: Path) -> None:
    files = [*built.rglob("*.html"), *built.rglob("*.css")]
    assert len(files) > 20
    assert {file.name: found[0] for file in files if (found := FETCHED.search(file.read_text(encoding="utf-8")))} == {}


def test_public_names_and_papers_are_on_the_pages(built: Path) -> None:
    import ironreport as ir

    text = "".join(file.read_text(encoding="utf-8") for file in (built / "reference").glob("*.html"))
    functions = ("read", "measure", "assess", "report", "signal", "fit_map", "fit_pixels", "fit_region", "Report")
    assert set(functions) <= set(ir.__all__)
    assert [name for name in functions if not re.search(rf'id="ironreport\.[\w.]*\b{name}"', text)] == []
    assert "https://doi.org/10.1056/NEJM200008033430503" in text
    assert "pubmed.ncbi.nlm.nih.gov/?term=%22Magn+Reson+Med%22" in text
