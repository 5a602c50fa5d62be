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
from collections.abc import Sequence
from pathlib import Path

import pytest

from benchmarks.mutation.parts import ROOT

OPTIONS = ["-x", "-q", "--no-header", "-pno:cacheprovider", "-pno:anyio", "--hypothesis-seed=0"]
OPTIONS += ["-W", "ignore::pytest.PytestAssertRewriteWarning"]  # hypothesis is there before pytest is
BY_CONTENT = py_compile.PycInvalidationMode.CHECKED_HASH
"""A mutant may be as old and as long as the module before it; only the content tells them apart."""
PASSED = {pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED}
"""A module without examples and without tests of its own name leaves its first group empty."""
BROKEN = 70
"""Exit code of a run that did not come to an end of its own."""


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

    def outcome(self, module: str, code: str, tests: Sequence[Sequence[str]], timeout_s: float) -> str:
        """What the tests make of a module with this code: killed, timeout or survived."""
        original = self.source(module)
        sys.dont_write_bytecode = True  # what the run without a change has compiled is enough
        (self.root / module).write_text(code, encoding="utf-8")
        try:
            return self.run(tests, timeout_s)
        finally:
            (self.root / module).write_text(original, encoding="utf-8")

    def run(self, tests: Sequence[Sequence[str]], timeout_s: float) -> str:
        """Run tests in a fork, group after group, until the first that fails; later groups are not even loaded."""
        child, end = os.fork(), time.monotonic() + timeout_s
        if child == 0:
            self._never_back(tests)
        while time.monotonic() < end:
            done, status = os.waitpid(child, os.WNOHANG)
            if done:
                return "survived" if os.waitstatus_to_exitcode(status) == 0 else "killed"
            time.sleep(0.02)
        os.killpg(child, signal.SIGKILL)
        os.waitpid(child, 0)
        return "timeout"

    def _never_back(self, tests: Sequence[Sequence[str]]) -> None:
        """Be the fork: run the tests and leave the process with the exit code of pytest."""
        code = BROKEN
        try:
            os.setsid()
            out = os.open(self.output, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
            os.dup2(out, 1)
            os.dup2(out, 2)
            os.chdir(self.root)
            codes = (pytest.main([*OPTIONS, *group]) for group in tests)
            code = next((int(c) for c in codes if c not in PASSED), 0)
        except BaseException:  # a fork that came back would go on as a second parent
            traceback.print_exc()
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(code)
