"""What every test may ask for, and what no test may be disturbed by."""

import atexit
import gc
import os
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Callable, Hashable, Iterator
from dataclasses import dataclass, field
from functools import cache, lru_cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any, NoReturn
from unittest.mock import patch

import pytest
from hypothesis import settings

IN_CI = os.environ.get("CI", "").lower() in {"1", "true"}
REQUIRE_ALL = os.environ.get("IRONREPORT_REQUIRE_ALL") == "1"
"""Set by .ci/run, where nothing may be left out unseen. A stranger's CI has neither real exams nor an archive."""
SHARED_DATA = Path(__file__).resolve().parents[1] / "../shared/data"

# A slow machine is no defect. In CI the same examples come each time, so that a failure is the change's own.
EXAMPLES = min(100, int(os.environ.get("IRONREPORT_EXAMPLES", "100")))
settings.register_profile("house", deadline=None, derandomize=IN_CI or REQUIRE_ALL, max_examples=EXAMPLES)
settings.load_profile("house")

# Streamlit reads these above .streamlit/config.toml, in this process (AppTest) and in servers started from it.
for _name in [name for name in os.environ if name.startswith("STREAMLIT_")]:
    del os.environ[_name]

# A developer's own site settings change defaults; tests see the published ones.
os.environ["IRONREPORT_CONFIG"] = os.devnull

# jsonschema would compile the grammar of international addresses, 4 s for each worker, and no schema of ours has one.
sys.modules["rfc3987_syntax"] = None  # type: ignore[assignment]

Command = Callable[..., subprocess.CompletedProcess[str]]


FIRST = "tests/test_types.py"
"""A minute of one core in a process of its own, which the rest goes on beside."""

LONG = ("tests/browser/", "tests/test_recipes.py", "tests/test_notebooks.py", "tests/assess/test_said_together.py")
"""Where single tests take long, and much of that is waiting for a page. Each worker begins with its share of them:
short tests can be handed over at the end, and a page is not waited for while another core has nothing to do."""


def pytest_xdist_auto_num_workers() -> int:
    """One worker more than there are cores: half the time of a browser test is waiting for a page."""
    return (os.cpu_count() or 1) + 1


def dealt(items: list[pytest.Item], n_workers: int) -> list[pytest.Item]:
    """Tests in the order in which pytest-xdist cuts them into a stretch for each worker, long ones first in each."""
    first = [item for item in items if item.nodeid.startswith(FIRST)]
    kinds = (
        [item for item in items if item.nodeid.startswith(LONG)],
        [item for item in items if not item.nodeid.startswith((FIRST, *LONG))],
    )
    return first + [
        item
        for worker in range(n_workers)
        for kind in kinds
        for item in kind[len(kind) * worker // n_workers : len(kind) * (worker + 1) // n_workers]
    ]


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if hasattr(config, "workerinput"):  # of pytest-xdist; alone, tests run in the order asked for
        items[:] = dealt(items, config.workerinput["workercount"])


def pytest_collection_finish() -> None:
    """What is imported by now stays to the end: no search for what is unused walks through it again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)


@pytest.fixture(scope="session", autouse=True)
def a_signal_is_fitted_once() -> Iterator[None]:
    """Hundreds of exams of the tests hold the same few signals, and a fit depends on nothing but its arguments.

    Tests of the fit itself call it by its own name and are not touched.
    """
    from ironreport import relaxometry
    from ironreport.measure import region_signals
    from ironreport.relaxometry import fit_decay

    once = cache(fit_decay)

    def fitted(*arguments: Hashable, **named: Hashable) -> object:
        try:
            hash((*arguments, *named.values()))
        except TypeError:
            return fit_decay(*arguments, **named)
        return once(*arguments, **named)

    with pytest.MonkeyPatch.context() as patched:
        for module in (relaxometry, region_signals):
            patched.setattr(module, "fit_decay", fitted)
        yield


@pytest.fixture(scope="session", autouse=True)
def a_knowledge_file_is_parsed_and_a_synthetic_body_imaged_once() -> Iterator[None]:
    """Tests change one knowledge file of twenty, and write the same images as each vendor would.

    Entries depend on nothing but their text, images on nothing but anatomy and recipe. What tests ``acquire`` calls it.
    """
    from ironreport.knowledge import loading
    from ironreport.synthetic import examination

    acquired = lru_cache(maxsize=8)(examination.acquire)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(loading, "tomllib", SimpleNamespace(loads=cache(tomllib.loads)))
        patched.setattr(examination, "acquire", acquired)
        yield


@pytest.fixture(scope="session")
def installed_packages_are_searched_once() -> Iterator[None]:
    """Streamlit looks for components in all installed packages when a page is opened; the answer stays the same."""
    from streamlit.components.v2 import manifest_scanner

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(manifest_scanner, "scan_component_manifests", cache(manifest_scanner.scan_component_manifests))
        yield


@pytest.fixture(scope="session", autouse=True)
def a_page_is_waited_for_asleep() -> Iterator[None]:
    """AppTest asks a thousand times a second whether a page is done, and each time takes the interpreter from it."""
    from streamlit.testing.v1 import local_script_runner

    asked = local_script_runner.require_widgets_deltas

    def asleep(runner: Any, timeout: float = 3) -> None:
        if runner._script_thread is not None:
            runner._script_thread.join(timeout)
        asked(runner, timeout)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(local_script_runner, "require_widgets_deltas", asleep)
        yield


@pytest.fixture(scope="session")
def not_here() -> Callable[[str], NoReturn]:
    """Say what a test wants and does not find: it is skipped, but fails where IRONREPORT_REQUIRE_ALL=1."""
    return pytest.fail if REQUIRE_ALL else pytest.skip


@pytest.fixture(scope="session")
def repo_root() -> Path:
    """Folder of the checkout, where ``app.py`` stands."""
    return Path(__file__).resolve().parents[1]


@pytest.fixture(scope="session")
def shared_data(not_here: Callable[[str], NoReturn]) -> Path:
    """Folder of real exams beside the checkout; they are never copied into it."""
    if not SHARED_DATA.is_dir():
        not_here("The folder ../shared/data with real exams is not beside this checkout.")
    return SHARED_DATA.resolve()


@pytest.fixture(scope="session", autouse=True)
def _no_state_of_this_user(tmp_path_factory: pytest.TempPathFactory) -> None:
    """What the program remembers between starts is not this user's, and no server begins with a check of itself."""
    from ironreport.selfcheck.check_record import SelfCheck
    from ironreport.selfcheck.fingerprints import code_sha256, knowledge_sha256
    from ironreport.selfcheck.remembered import remember

    os.environ["XDG_STATE_HOME"] = str(tmp_path_factory.mktemp("state"))
    remember(SelfCheck((), "these tests", "", code_sha256(), knowledge_sha256(), "2026-11-30"))


@pytest.fixture
def poppler(not_here: Callable[[str], NoReturn], tmp_path: Path) -> Callable[..., str]:
    """Run one of poppler's tools on a PDF (bytes or path) and hand back what it prints."""
    if shutil.which("pdftotext") is None:
        not_here("pdftotext is not installed (Debian package poppler-utils).")

    def run(tool: str, pdf: bytes | Path, *options: str) -> str:
        path = pdf if isinstance(pdf, Path) else tmp_path / "of_poppler.pdf"
        if isinstance(pdf, bytes):
            path.write_bytes(pdf)
        front, back = {"pdftotext": ([], ["-"]), "pdfimages": (["-list"], [])}.get(tool, ([], []))
        done = subprocess.run([tool, *front, *options, path, *back], capture_output=True, text=True, check=True)
        return done.stdout

    return run


@pytest.fixture
def ironreport(capsys: pytest.CaptureFixture[str]) -> Command:
    """Run the command line in this process, which spares the second that a new one needs to import everything."""
    from ironreport.cli import main

    def run(*arguments: str | Path, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
        command = ["ironreport", *map(str, arguments)]
        no_check = patch("ironreport.cli.check_when_new", lambda: "")
        here = Path.cwd()
        capsys.readouterr()
        try:
            os.chdir(cwd or here)
            with (
                patch.object(sys, "argv", command),
                patch.dict(os.environ),
                patch.object(os, "execve", _no_app),
                no_check,
            ):
                main()
            code = 0
        except SystemExit as end:
            code = int(end.code or 0)
        finally:
            os.chdir(here)
        said = capsys.readouterr()
        return subprocess.CompletedProcess(command, code, said.out, said.err)

    return run


def _no_app(*_: object) -> NoReturn:
    pytest.fail("The command would have started the app.")


@dataclass
class Outputs:
    """What the code cells of a notebook printed, one text a cell, and what they showed."""

    printed: list[str] = field(default_factory=list)
    errors: str = ""
    shown: list[dict[str, Any]] = field(default_factory=list)


@pytest.fixture
def run_notebook() -> Iterator[Callable[[Any], Outputs]]:
    """Run a notebook's code cells in this process, in a namespace that knows nothing yet.

    The first error is raised, and a warning is one. Starting a kernel would take longer than most notebooks.
    """
    from IPython.core.interactiveshell import InteractiveShell
    from IPython.utils.capture import capture_output
    from traitlets.config import Config

    def run(book: Any) -> Outputs:
        InteractiveShell.clear_instance()
        shell = InteractiveShell.instance(config=Config(HistoryManager={"enabled": False}))
        outputs = Outputs()
        for cell in (cell for cell in book.cells if cell.cell_type == "code"):
            with capture_output() as said:
                done = shell.run_cell(cell.source)
            done.raise_error()
            outputs.printed.append(said.stdout)
            outputs.errors += said.stderr
            outputs.shown += [shown.data for shown in said.outputs]
            if done.result is not None:
                outputs.shown.append(shell.display_formatter.format(done.result)[0])
        return outputs

    yield run
    if InteractiveShell.initialized():  # its ending would search all that the other tests keep, once for each notebook
        atexit.unregister(InteractiveShell.instance().atexit_operations)
    InteractiveShell.clear_instance()


@pytest.fixture(scope="session")
def ironreport_process() -> Command:
    """Run the command line as the user does, in a process of its own."""

    def run(*arguments: str | Path, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "ironreport", *map(str, arguments)]
        return subprocess.run(command, capture_output=True, text=True, encoding="utf-8", check=False, cwd=cwd)

    return run
