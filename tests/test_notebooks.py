"""The teaching notebooks: each runs from top to bottom in a clean kernel, and none holds an output."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient

NOTEBOOKS = sorted((Path(__file__).resolve().parents[1] / "notebooks").glob("*.ipynb"))
PROGRESS = re.compile(r"\r(Reading: \d+ of \d+ steps| *\r)")
"""Said where a reading takes more than a second, as on a computer that is busy."""


def test_there_are_seven_notebooks() -> None:
    assert len(NOTEBOOKS) == 7


@pytest.mark.slow
@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_runs_from_top_to_bottom_without_a_warning(path: Path, run_notebook: Callable[..., Any]) -> None:
    outputs = run_notebook(nbformat.read(path, as_version=4))
    assert PROGRESS.sub("", outputs.errors) == ""
    charts = [html for shown in outputs.shown if "vega-embed" in (html := shown.get("text/html", ""))]
    fields = {field for html in charts for field in re.findall(r'"field": "([^"]*)"', html)}
    assert fields and not [f for f in fields if re.search(r"[\[\].]", f)], "Vega would look inside such a column"


@pytest.mark.slow
def test_a_kernel_of_its_own_runs_a_notebook_too() -> None:
    book = NotebookClient(nbformat.read(NOTEBOOKS[0], as_version=4), timeout=120, kernel_name="python3").execute()
    outputs = [o for cell in book.cells if cell.cell_type == "code" for o in cell.outputs]
    assert outputs and not [o.text for o in outputs if o.output_type == "stream" and o.name == "stderr"]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_is_kept_without_outputs_and_with_its_own_cell_ids(path: Path) -> None:
    book = nbformat.read(path, as_version=4)
    nbformat.validate(book)
    code = [cell for cell in book.cells if cell.cell_type == "code"]
    assert not any(cell.outputs or cell.execution_count for cell in code)
    assert len({cell.id for cell in book.cells}) == len(book.cells)
