"""What is there before the first visitor is loaded once, and is no garbage to be looked for after each run."""

from __future__ import annotations

import ast
import asyncio
import gc
import subprocess
import sys
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from ironreport.serving.settling import settle, settled
from ironreport.serving.stillness import EVERY_S, LONGEST_S, STILL_S, Stillness
from ironreport.ui import ahead

from .conftest import run_apart

ROOT = Path(__file__).resolve().parents[2]


def test_what_is_loaded_is_left_out_of_every_later_search() -> None:
    loaded: list[list[int]] = []
    try:
        settle(lambda _: (loaded.append([1]) for _ in range(1)), threading.Event())
        assert gc.get_freeze_count() > 10_000
        assert not any(found is loaded[0] for found in gc.get_objects())
        late = [loaded]
        assert any(found is late for found in gc.get_objects())
    finally:
        gc.unfreeze()
        gc.freeze()  # as the tests found it


def test_the_server_answers_while_it_still_loads_and_stops_without_the_rest() -> None:
    may_load, order, interval_s = threading.Event(), [], sys.getswitchinterval()

    @asynccontextmanager
    async def lifespan(_: object) -> AsyncIterator[None]:
        order.append("up")
        yield
        order.append("down")

    def load(_: object) -> Iterator[None]:
        for step in ("one", "two", "three"):
            may_load.wait(10)
            order.append(step)
            yield

    async def serve() -> None:
        async with settled(lifespan, load)(None):
            order.append("answers")
            asyncio.get_running_loop().call_soon(may_load.set)

    try:
        run_apart(serve())
    finally:
        sys.setswitchinterval(interval_s)
    assert order == ["up", "answers", "one", "down"], "a server that is stopped waits for the step that it is at"


def test_every_page_is_loaded_ahead_or_under_the_same_lock() -> None:
    ahead.load()
    for address in ahead.LATE:
        ahead.load_for(address)
    rooms = {line.split()[-1] for page in (ROOT / "pages").glob("*.py") for line in _rooms(page)}
    assert len(rooms) > 5
    missing = {room for room in rooms if not any(name.endswith(f".{room}") for name in sys.modules)}
    assert not missing


def test_what_is_loaded_within_a_page_is_loaded_under_the_lock() -> None:
    """Each import within a function stands behind a call that loads it by the one lock of `ahead`."""
    beside = []
    for path in sorted((ROOT / "ironreport" / "ui").rglob("*.py")):
        for function in (node for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if _is_function(node)):
            late = [node.lineno for node in ast.walk(function) if isinstance(node, ast.Import | ast.ImportFrom)]
            asked = [node.lineno for node in ast.walk(function) if isinstance(node, ast.Call) and _loads(node)]
            beside += [f"{path.name}:{line}" for line in late if not any(first < line for first in asked)]
    assert not beside


def _is_function(node: ast.AST) -> bool:
    return isinstance(node, ast.FunctionDef)


def _loads(call: ast.Call) -> bool:
    return ast.unparse(call.func).startswith("ahead.load")


def test_the_page_that_is_opened_is_loaded_before_the_others_and_nothing_else_while_somebody_waits() -> None:
    asked = iter(["Learn", "nowhere", None])
    stepped = [name for _, name in zip(range(20), ahead.steps(lambda: next(asked, None)), strict=False)]
    first, then = (
        stepped[: stepped.index("published_knowledge") + 1],
        stepped[stepped.index("published_knowledge") + 1 :],
    )
    assert "ui.start_page" in first and then[:3] == ["Learn", "nowhere", ahead.BELOW[0]]


def test_stillness_comes_after_the_last_answer_or_when_a_page_is_opened_and_not_never() -> None:
    now = [100.0]
    still, stopping = Stillness(lambda: now[0]), threading.Event()
    assert still.wait(stopping) is None, "nobody was there yet"
    still.answered()
    still.asked("Maps")
    assert still.wait(stopping) == "Maps"
    waiting = threading.Thread(target=still.wait, args=(stopping,))
    waiting.start()
    waiting.join(3 * EVERY_S)
    assert waiting.is_alive(), "somebody was answered just now"
    now[0] += STILL_S
    waiting.join(10)
    assert not waiting.is_alive()
    still.answered()
    now[0] += LONGEST_S - STILL_S
    still.answered()
    assert still.wait(stopping) is None, "a server that is never still loads all the same"


def _rooms(page: Path) -> list[str]:
    lines = page.read_text(encoding="utf-8").splitlines()
    return [
        f"{line.split()[1].removeprefix('ironreport.')}.{line.split('import ')[1].split()[0]}"
        for line in lines
        if line.startswith("from ironreport.ui") and "import nav" not in line
    ]


def test_no_page_loads_what_only_notebooks_and_exports_need() -> None:
    """83 MiB and two seconds of every start; what a clinic or a workbook needs is loaded with the first of them."""
    asked = (
        "import sys; from ironreport.ui import ahead; ahead.load_first(); "
        "print({'pydicom', 'sqlalchemy', 'reportlab', 'scipy', 'pandas', 'ironreport.measure'} & set(sys.modules)); "
        "from streamlit.testing.v1 import AppTest; first = AppTest.from_file('app.py', default_timeout=60).run(); "
        "print([one.value for one in first.header], {'pandas', 'scipy'} & set(sys.modules)); ahead.load(); "
        "print({'altair', 'highdicom', 'alembic', 'openpyxl', 'sqlalchemy'} & set(sys.modules))"
    )
    told = subprocess.run([sys.executable, "-c", asked], cwd=ROOT, capture_output=True, text=True, check=True)
    assert told.stdout.split() == ["set()", "['IronReport']", "set()", "set()"], (
        "first what the first page waits for, then what all wait for"
    )


@pytest.mark.skipif(sys.platform != "linux", reason="other systems have other heaps")
def test_a_block_of_pictures_goes_back_as_soon_as_it_is_freed() -> None:
    """Without it the C library takes ever larger blocks from its heap, whose end is seldom free."""
    asked = (
        "from ironreport.serving.forgetting import resident_mib as mib; from ironreport.serving import settling\n"
        "settling.few_heaps(); bytearray(30 * 2**20); start = mib()\n"
        "block, pin = bytearray(8 * 2**20), [bytearray(1000) for _ in range(1000)]\n"
        "full = mib(); del block; print(full - start > 7, mib() - start < 4)"
    )
    told = subprocess.run([sys.executable, "-c", asked], cwd=ROOT, capture_output=True, text=True, check=True)
    assert told.stdout.split() == ["True", "True"]
