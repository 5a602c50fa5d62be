"""The teaching notebooks: each runs from top to bottom in a clean kernel, and none holds an output."""

from __future__ import annotations

import re
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

NOTEBOOKS = sorted((Path(__file__).resolve().parents[1] / "notebooks").glob("*.ipynb"))


def test_there_are_seven_notebooks() -> None:
    assert len(NOTEBOOKS) == 7


@pytest.mark.slow
@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_runs_from_top_to_bottom_without_a_warning(path: Path) -> None:
    book = NotebookClient(nbformat.read(path, as_version=4), timeout=120, kernel_name="python3").execute()
    outputs = [o for cell in book.cells if cell.cell_type == "code" for o in cell.outputs]
    assert not [o.text for o in outputs if o.output_type == "stream" and o.name == "stderr"]
    charts = [html for o in outputs if "vega-embed" in (html := o.get("data", {}).get("text/html", ""))]
    fields = {field for html in charts for field in re.findall(r'"field": "([^"]*)"', html)}
    assert fields and not [f for f in fields if re.search(r"[\[\].]", f)], "Vega would look inside such a column"


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_is_kept_without_outputs_and_with_its_own_cell_ids(path: Path) -> None:
    book = nbformat.read(path, as_version=4)
    nbformat.validate(book)
    code = [cell for cell in book.cells if cell.cell_type == "code"]
    assert not any(cell.outputs or cell.execution_count for cell in code)
    assert len({cell.id for cell in book.cells}) == len(book.cells)
