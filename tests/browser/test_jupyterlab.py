"""The canvas in a notebook: the app's pixels, shape by shape, and a real JupyterLab in a real browser."""

from __future__ import annotations

import base64
import json
import os
import re
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import nbformat
import numpy as np
import pytest
from playwright.sync_api import Locator, Page, expect

import ironreport as ir
from ironreport.canvas import BENCH, DrawnRegion, board_from_browser, empty_board, packed, script, style
from ironreport.canvas import page as elements_of
from ironreport.canvas.board_readings import Reader, Readings
from ironreport.hospital.defaults import assess_at_hospital
from ironreport.hospital.settings import hospital_settings
from ironreport.intake import region_mask
from ironreport.intake.masks import read_upload
from ironreport.knowledge import published_knowledge
from ironreport.library.sources import files_in
from ironreport.records import Context, Exam, Measurement, Region
from ironreport.synthetic.samples import samples_folder

TOKEN = "a-word-for-this-test-alone"
START_S, SIDE = 60, 128
DONE = re.compile(r"\[\d+\]")
READY = """async () => {
  await window.jupyterapp.restored;
  const { context, sessionContext } = window.jupyterapp.shell.currentWidget;
  await Promise.all([context.ready, sessionContext.ready]);
  await sessionContext.session.kernel.info;
}"""
"""Before, a cell that is run waits for nothing and says nothing."""
ANSWERED = "bench => bench.dataset.answered === bench.dataset.revision"
QUIET = {"fetchNews": "false", "checkForUpdates": False, "doNotDisturbMode": True}
Point = tuple[float, float]


# ------------------------------------------------------------------------------ both ways into one page

N_SHAPES = 200
BOTH = """async ([app, pixels, notebook, html, css, parts, told, shapes]) => {
  const load = (text) => import(URL.createObjectURL(new Blob([text], { type: "text/javascript" })));
  Element.prototype.setPointerCapture = () => {}; // made-up pointers cannot be captured
  const bytes = parts.map((part) => Uint8Array.from(atob(part), (c) => c.charCodeAt(0)));
  const [theApp, thePixels, theNotebook] = await Promise.all([load(app), load(pixels), load(notebook)]);
  const stand = (inside) => {
    const el = document.body.appendChild(document.createElement("div"));
    el.style = "width: 640px";
    el.innerHTML = inside;
    return el;
  };
  const sent = {};
  const page = stand(`<style>${css}</style>${html}`), cell = stand("");
  bytes.forEach((data) => thePixels.default({ parentElement: document.createElement("i"), data }));
  theApp.default({ parentElement: page, data: told, setStateValue: (_, drawn) => (sent.app = drawn) });
  theNotebook.default.render({ el: cell, model: {
    get: () => told, send: (said) => said.drawn && (sent.notebook = said.drawn), on() {}, off() {},
  } });
  const benches = [page, cell.firstElementChild.shadowRoot].map((root) => root.querySelector(".bench"));
  const frame = () => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
  benches.forEach((bench) => (bench.querySelector(".stage").style = "width: 560px; height: 600px"));
  await frame();
  await frame();
  for (const { tool, points } of shapes) for (const bench of benches) {
    const canvas = bench.querySelector(".image");
    bench.querySelector(`button[data-do=${tool}]`).click();
    const send = (name, [x, y]) => {
      const box = canvas.getBoundingClientRect();
      const at = { clientX: box.left + x * box.width, clientY: box.top + y * box.height };
      canvas.dispatchEvent(new PointerEvent(name, { ...at, bubbles: true, pointerId: 1, pointerType: "mouse" }));
    };
    const corners = tool === "polygon" ? [...points, points[0]] : points;
    if (tool === "polygon") for (const p of corners) ["pointerdown", "pointerup"].forEach((name) => send(name, p));
    else {
      send("pointerdown", corners[0]);
      for (const p of corners.slice(1)) send("pointermove", p);
      send("pointerup", corners[corners.length - 1]);
    }
  }
  return sent;
}"""


def random_strokes(n: int) -> list[dict[str, Any]]:
    """Lines, corners and boxes by every tool, as parts of the stage's width and height.

    No point comes near the first one, which would close a polygon.
    """
    rng = np.random.default_rng(20261129)
    strokes = []
    for i in range(n):
        tool = ("freehand", "polygon", "ellipse", "rectangle")[i % 4]
        n_points = 2 if i % 4 > 1 else int(rng.integers(3, 25))
        first, reach = rng.uniform(0.25, 0.75, 2), rng.uniform(0.06, 0.24)
        away = rng.uniform(0.03, reach, (n_points - 1, 2)) * rng.choice([-1, 1], (n_points - 1, 2))
        strokes.append({"tool": tool, "points": [first.tolist(), *(first + away).tolist()]})
    return strokes


def test_the_app_and_the_notebook_draw_the_same_pixels_in_200_shapes(page: Page) -> None:
    series = ir.read(samples_folder() / "liver_1t5_siemens").series[0]
    board = series.draw("liver")
    page.goto("data:text/html,<title>Both</title>")
    parts = [base64.b64encode(part).decode() for part in packed(series.images)]
    app, pixels = script(*BENCH, "bench_in_app"), script("pixels", "pixels_in_app")
    ways = [app, pixels, board._esm, elements_of("workbench"), style("workbench")]
    sent = page.evaluate(BOTH, [*ways, parts, board._told, random_strokes(N_SHAPES)])
    in_app, in_notebook = (
        board_from_browser(sent[way], empty_board(series.images), published_knowledge().organs).regions
        for way in ("app", "notebook")
    )
    assert len(in_app) == len(in_notebook) == N_SHAPES
    masks = [[region_mask(one.region, (SIDE, SIDE)) for one in drawn] for drawn in (in_app, in_notebook)]
    assert np.array_equal(*masks)
    assert [one.region for one in in_app] == [one.region for one in in_notebook]
    assert np.sum(masks) > 20_000


# ------------------------------------------------------------------------------ a JupyterLab


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass(frozen=True, slots=True)
class Lab:
    """A running JupyterLab; ``folder`` is what it serves."""

    url: str
    folder: Path

    def open(self, page: Page, name: str, cells: Sequence[str]) -> Locator:
        """The cells of a new notebook, opened and not yet run."""
        made = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
        made.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
        nbformat.write(made, self.folder / f"{name}.ipynb")
        page.goto(f"{self.url}/doc/tree/{name}.ipynb?token={TOKEN}")
        page.wait_for_function("window.jupyterapp?.shell.currentWidget?.sessionContext", timeout=START_S * 1000)
        page.evaluate(READY)
        found = page.locator(".jp-Notebook .jp-CodeCell")
        expect(found).to_have_count(len(cells))
        return found


def _own_places(folder: Path) -> dict[str, str]:
    """Environment in which nothing of the user's Jupyter is read or written."""
    names = ("JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR", "JUPYTERLAB_SETTINGS_DIR")
    names = (*names, "JUPYTERLAB_WORKSPACES_DIR", "IPYTHONDIR")
    places = {name: str(folder / name.lower()) for name in names}
    quiet = folder / "jupyterlab_settings_dir/@jupyterlab/apputils-extension/notification.jupyterlab-settings"
    quiet.parent.mkdir(parents=True)
    quiet.write_text(json.dumps(QUIET), encoding="utf-8")
    return {**os.environ, **places, "JUPYTER_PREFER_ENV_PATH": "1"}


def _wait_for(url: str, server: subprocess.Popen[bytes], log: Path) -> None:
    until = time.monotonic() + START_S
    while True:
        try:
            urllib.request.urlopen(f"{url}/api/status?token={TOKEN}", timeout=2).close()
            return
        except OSError:
            if server.poll() is not None or time.monotonic() > until:
                pytest.fail(f"JupyterLab did not start; the end of its log:\n{log.read_text(errors='replace')[-2000:]}")
            time.sleep(0.2)


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """One JupyterLab for the tests of this file, on loopback and in folders of its own."""
    folder, port = tmp_path_factory.mktemp("lab"), _free_port()
    served, log = folder / "served", folder / "lab.log"
    served.mkdir()
    options = {
        "ServerApp.ip": "127.0.0.1", "ServerApp.port": port, "ServerApp.port_retries": 0, "ServerApp.allow_root": True,
        "ServerApp.root_dir": served, "IdentityProvider.token": TOKEN, "ServerApp.open_browser": False,
        "LabApp.extension_manager": "readonly", "LabApp.expose_app_in_browser": True,
        "LabApp.check_for_updates_class": "jupyterlab.NeverCheckForUpdate",
    }  # fmt: skip
    command = [sys.executable, "-m", "jupyterlab", *(f"--{name}={value}" for name, value in options.items())]
    with log.open("wb") as out:
        server = subprocess.Popen(
            command, cwd=served, env=_own_places(folder), stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT
        )
        try:
            url = f"http://127.0.0.1:{port}"
            _wait_for(url, server, log)
            yield Lab(url, served)
        finally:
            server.terminate()
            try:
                server.wait(timeout=20)
            except subprocess.TimeoutExpired:
                server.kill()
                server.wait()


def run(page: Page, cell: Locator) -> None:
    """Run one cell and wait until it is done."""
    prompt = cell.locator(".jp-InputArea-prompt")
    before = prompt.inner_text()
    cell.locator(".cm-content").click()
    page.keyboard.press("Control+Enter")
    expect(prompt).not_to_have_text(before)
    expect(prompt).to_have_text(DONE, timeout=START_S * 1000)


# ------------------------------------------------------------------------------ four lines

EXAMS: dict[str, tuple[str, Region]] = {
    "liver_1t5_siemens": ("liver", Region("ellipse", 62.0, 42.0, 16.0, 16.0, slice_index=1)),
    "heart_1t5_ge": ("heart", Region("ellipse", 64.0, 64.0, 10.0, 10.0)),
    "phantom_1t5_dicom": ("spleen", Region("ellipse", 74.0, 92.0, 10.0, 10.0)),
    "ge_mr750_gre12_MRI_mixed_2slices": ("kidney", Region("ellipse", 128.0, 80.0, 12.0, 12.0)),
}
FOUR_LINES = """import ironreport as ir
exam = ir.read({source!r})
liver = exam.series[0].region(ir.{region!r}, organ={organ!r})
liver.report("{name}.pdf", disease="tdt")"""
SAVED = """import json
from dataclasses import asdict
found = [asdict(one) for one in liver.assess("tdt").assessment.findings]
_ = open("{name}.json", "w").write(json.dumps(found, default=str))"""


def as_the_app(source: Path, organ: str, region: Region) -> list[Any]:
    """The findings by the steps of the app's pages: an upload, a board, its readings, the assessment."""
    (series, *_), knowledge = read_upload(files_in(source)).found.series, published_knowledge()
    drawn = DrawnRegion("0" * 12, organ, "", region)
    signal = Readings().of(series, (drawn,), Reader(knowledge, series.field_tesla)).of_organ[organ].signal
    assert signal is not None
    exam = Exam("app", measurements=(Measurement(signal),), context=Context("tdt"))
    found = assess_at_hospital(exam, hospital_settings(knowledge), knowledge).findings
    return json.loads(json.dumps([asdict(one) for one in found], default=str))  # type: ignore[no-any-return]


def numbers_in(tree: Any, path: str = "") -> Iterator[tuple[str, float]]:
    """Every number of a tree with its place."""
    if isinstance(tree, dict | list):
        for name, inner in tree.items() if isinstance(tree, dict) else enumerate(tree):
            yield from numbers_in(inner, f"{path}/{name}")
    elif isinstance(tree, int | float):
        yield path, float(tree)


def sources_of(shared_data: Path) -> dict[str, Path]:
    sources = {name: folder / name for name in EXAMS if (folder := samples_folder()) and (folder / name).is_dir()}
    return sources | {name: shared_data / name for name in EXAMS if name not in sources}


def four_lines(sources: dict[str, Path]) -> list[str]:
    """Two cells for each exam: it is read, and what was found is kept."""
    cells = []
    for name, (organ, region) in EXAMS.items():
        filled = {"source": str(sources[name]), "region": region, "organ": organ, "name": name}
        cells += [FOUR_LINES.format(**filled), SAVED.format(**filled)]
    return cells


def read_the_apps_digits(page: Page, lab: Lab, shown: Locator, sources: dict[str, Path]) -> None:
    for i, name in enumerate(EXAMS):
        run(page, shown.nth(2 * i))
        expect(shown.nth(2 * i).get_by_alt_text("Page 1")).to_be_visible()
        run(page, shown.nth(2 * i + 1))
        assert (lab.folder / f"{name}.pdf").read_bytes().startswith(b"%PDF")
        found = dict(numbers_in(json.loads((lab.folder / f"{name}.json").read_text(encoding="utf-8"))))
        expected = dict(numbers_in(as_the_app(sources[name], *EXAMS[name])))
        assert found.keys() == expected.keys()
        assert len(found) > 40
        assert found == pytest.approx(expected, rel=1e-12, abs=0.0, nan_ok=True)


# ------------------------------------------------------------------------------ draw, edit, undo


def on_screen(canvas: Locator, row: float, column: float) -> Point:
    """Where a place of the image stands on the screen while the whole image is shown."""
    box = canvas.bounding_box()
    assert box is not None
    scale = min(box["width"], box["height"]) / SIDE
    middle_x, middle_y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    return middle_x + (column - SIDE / 2) * scale, middle_y + (row - SIDE / 2) * scale


def drag(page: Page, *points: Point) -> None:
    page.mouse.move(*points[0])
    page.mouse.down()
    for point in points[1:]:
        page.mouse.move(*point)
    page.mouse.up()


DRAWING = [
    "import json, ironreport as ir\nfrom dataclasses import asdict\n"
    "board = ir.read({source!r}).series[0].draw('liver')\nboard",
    "_ = open('drawn.json', 'w').write(json.dumps([asdict(d.region) for d in board.regions]))\nboard.organ('liver')",
]


def test_in_a_fresh_notebook_four_lines_read_the_apps_digits_and_a_liver_is_drawn_edited_and_undone(
    page: Page, lab: Lab, shared_data: Path
) -> None:
    sources, liver = sources_of(shared_data), str(samples_folder() / "liver_1t5_siemens")
    lines, cells_to_draw = four_lines(sources), [cell.format(source=liver) for cell in DRAWING]
    cells = lab.open(page, "four lines and a drawing", [*lines, *cells_to_draw])
    read_the_apps_digits(page, lab, cells, sources)
    draw_edit_and_undo(page, lab, cells.nth(len(lines)), cells.nth(len(lines) + 1))


def draw_edit_and_undo(page: Page, lab: Lab, cell: Locator, reader: Locator) -> None:
    run(page, cell)
    expect(cell.locator(".bench")).to_have_attribute("data-ready", "yes", timeout=START_S * 1000)
    image, regions = cell.locator("canvas.image"), cell.get_by_role("group", name="Regions").get_by_role("button")

    def read() -> list[Region]:
        bench = cell.locator(".bench")
        read_at = None
        while read_at != bench.get_attribute("data-revision"):  # the last move of the mouse may still be on its way
            page.wait_for_function(ANSWERED, arg=bench.element_handle(), timeout=START_S * 1000)
            read_at = bench.get_attribute("data-revision")
            run(page, reader)
        image.scroll_into_view_if_needed()
        return [Region(**one) for one in json.loads((lab.folder / "drawn.json").read_text(encoding="utf-8"))]

    def box(top: float, left: float, bottom: float, right: float) -> None:
        drag(page, on_screen(image, top, left), on_screen(image, bottom, right))

    cell.get_by_role("button", name="Ellipse").click()
    image.scroll_into_view_if_needed()
    box(54.5, 34.5, 70.5, 50.5)
    expect(regions).to_contain_text(["T2* 3.5"])
    (drawn,) = read()
    expected = region_mask(Region("ellipse", 62.0, 42.0, 16.0, 16.0), (SIDE, SIDE))
    assert np.mean(region_mask(drawn, (SIDE, SIDE)) != expected) < 0.001
    expect(reader.get_by_role("heading", name="Liver")).to_be_visible()

    cell.get_by_role("button", name="Edit").click()
    box(drawn.row + 0.5 + drawn.height / 2, drawn.column + 0.5, drawn.row + 4.5 + drawn.height / 2, drawn.column + 0.5)
    (edited,) = read()
    assert edited.height > drawn.height + 2
    image.press("Control+z")
    assert read() == [drawn]

    n_cells = page.locator(".jp-Notebook .jp-CodeCell").count()
    for key in ("d", "d", "Delete", "Control+z", "ArrowLeft", "a", "Enter"):
        image.press(key)
    (moved,) = read()
    assert (moved.row, moved.column) == (drawn.row, drawn.column - 1)
    assert page.locator(".jp-Notebook .jp-CodeCell").count() == n_cells

    cell.get_by_role("checkbox").uncheck()
    expect(regions).to_contain_text(["not in the report"])
    image.press("Control+z")
    expect(cell.get_by_role("checkbox")).to_be_checked()
