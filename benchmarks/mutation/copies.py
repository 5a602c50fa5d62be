"""A copy of the checkout in which one module at a time is changed, and its tests run in a fork.

Each run forks from a process that has numpy and the like in memory; starting Python anew for each would take
several times as long as the tests.
"""

from __future__ import annotations

import compileall
import importlib
import os
import py_compile
import shutil
import signal
import subprocess
import sys
import time
import traceback
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from benchmarks.mutation.loaded import BROKEN, Loaded, Loop
from benchmarks.mutation.parts import ROOT
from benchmarks.mutation.reach import Chosen, Reached, Recorder, note, noted

OPTIONS = ["-x", "-q", "--no-header", "-pno:cacheprovider", "-pno:anyio", "--hypothesis-seed=0"]
OPTIONS += ["-W", "ignore::pytest.PytestAssertRewriteWarning"]  # hypothesis is there before pytest is
BY_CONTENT = py_compile.PycInvalidationMode.CHECKED_HASH
"""A mutant may be as old and as long as the module before it; only the content tells them apart."""
PASSED = {pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED}
"""A module without examples and without tests of its own name leaves its first group empty."""
OUTCOMES = {0: "survived", -signal.SIGALRM: "timeout"}
"""What the exit code of a run means; every other is a failure, which kills the mutant."""


class Copy:
    """A copy of all files that git knows, below ``folder``, with the folder of real exams beside it if there is one."""

    def __init__(self, folder: Path) -> None:
        self.root, self.output = folder / "checkout", folder / "output.txt"
        listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True)  # noqa: S607
        for name in filter(None, listed.stdout.decode().split("\0")):
            if (ROOT / name).is_file():
                (self.root / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(ROOT / name, self.root / name)
        if (ROOT / "../shared").is_dir():
            (folder / "shared").symlink_to((ROOT / "../shared").resolve())
        compileall.compile_dir(self.root / "ironreport", quiet=1, invalidation_mode=BY_CONTENT)

    def warm(self, names: Sequence[str], part: Sequence[str]) -> None:
        """Load from the copy what every run needs and no mutant of the part touches."""
        sys.path[:] = [str(self.root), *(p for p in sys.path if p not in {"", str(ROOT)})]
        for name in names:
            importlib.import_module(name)
        loaded = {Path(m.__file__) for m in list(sys.modules.values()) if getattr(m, "__file__", None)}
        if touched := [place for place in part if loaded & {self.root / place, ROOT / place}]:
            raise SystemExit(f"`warm` in parts.toml loads {touched[0]}, which is to be changed. Take it out.")

    def source(self, module: str) -> str:
        """The text of a module as it was when the copy was made."""
        return (self.root / module).read_text(encoding="utf-8")

    def loaded(self, modules: Sequence[str], files: Sequence[str], least_s: float) -> Loaded:
        """All tests of these files, loaded once."""
        sys.dont_write_bytecode = True

        def start(loop: Loop) -> None:
            self._never_back(lambda: int(pytest.main([*OPTIONS, *files], plugins=[loop])), "loaded.txt")

        return Loaded(self.root, start, modules, least_s)

    def reached(self, modules: Sequence[str], tests: str, timeout_s: float) -> Reached | None:
        """What each test of a file calls of these modules; nothing if one fails without any change."""
        found = self.root.parent / "reached.json"

        def recorded() -> int:
            recorder = Recorder(self.root, modules)
            code = pytest.main([*OPTIONS, tests], plugins=[recorder])
            note(recorder.reached(), found)
            return int(code) if code not in PASSED else 0

        return noted(found) if self._forked(recorded, timeout_s) == "survived" else None

    def outcome(self, module: str, code: str, groups: Sequence[Sequence[str]], chosen: Chosen, most_s: float) -> str:
        """What the chosen tests make of a module with this code: killed, timeout or survived."""
        original = self.source(module)
        sys.dont_write_bytecode = True  # what the run without a change has compiled is enough
        (self.root / module).write_text(code, encoding="utf-8")

        def first_to_fail() -> int:
            codes = (pytest.main([*OPTIONS, *group], plugins=[chosen]) for group in groups)
            return next((int(c) for c in codes if c not in PASSED), 0)

        try:
            return self._forked(first_to_fail, most_s)
        finally:
            (self.root / module).write_text(original, encoding="utf-8")

    def _forked(self, run: Callable[[], int], timeout_s: float) -> str:
        """Run tests in a fork, up to the first that fails."""
        child, end = os.fork(), time.monotonic() + timeout_s
        if child == 0:
            self._never_back(run)
        while time.monotonic() < end:
            done, status = os.waitpid(child, os.WNOHANG)
            if done:
                return OUTCOMES.get(os.waitstatus_to_exitcode(status), "killed")
            time.sleep(0.02)
        os.killpg(child, signal.SIGKILL)
        os.waitpid(child, 0)
        return "timeout"

    def _never_back(self, run: Callable[[], int], output: str = "output.txt") -> None:
        """Be the fork: run the tests and leave the process with the exit code of pytest."""
        code = BROKEN
        try:
            os.setsid()
            out = os.open(self.output.with_name(output), os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
            os.dup2(out, 1)
            os.dup2(out, 2)
            os.chdir(self.root)
            code = run()
        except BaseException:  # a fork that came back would go on as a second parent
            traceback.print_exc()
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(code)
