"""Tests loaded once, and changes of a function tried in forks of that process: to load them takes longer than most run.

Only a change inside a function is tried so: its code is exchanged before the tests run. What was made while the tests
were loaded (a constant, a default, what a file of tests has computed) is left to a fresh start.
"""

from __future__ import annotations

import ast
import math
import os
import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from functools import _lru_cache_wrapper, cached_property
from multiprocessing import Pipe
from pathlib import Path
from types import CodeType, FunctionType
from typing import Any

import pytest

from benchmarks.mutation.reach import TIMES_UNCHANGED, Recorder

FAILED, BROKEN, NOT_EXCHANGED = 1, 70, 71
"""Exit codes of a fork: a test failed, it did not come to an end of its own, or the change wants a fresh start."""


class Loop:
    """A plugin of pytest that, in place of running the tests, waits for changes and tries each in a fork."""

    def __init__(self, root: Path, modules: Sequence[str], least_s: float, ends: tuple[Any, Any]) -> None:
        self.root, self.least_s, self.ends = root, least_s, ends
        self.recorder = Recorder(root, modules)

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Find the caches, and what has been called so far."""
        self.recorder.pytest_collection_finish(session)
        sys.settrace(None)

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """Try changes until there are no more."""
        asked, answers = self.ends
        answers.send(self.recorder.made)
        while (change := asked.recv()) is not None:
            child = os.fork()
            if child == 0:
                self._never_back(session, *change)
            answers.send(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
        return True

    def _never_back(self, session: pytest.Session, module: str, code: str, row: int, seconds: dict[str, float]) -> None:
        end = BROKEN
        try:
            os.setsid()
            name = module.removesuffix(".py").replace("/", ".").removesuffix(".__init__")
            end = self._tried(session, seconds) if exchange(sys.modules[name], code, row) else NOT_EXCHANGED
        finally:
            os._exit(end)

    def _tried(self, session: pytest.Session, seconds: dict[str, float]) -> int:
        for each in self.recorder.caches:
            each.cache_clear()
        items = sorted((i for i in session.items if i.nodeid in seconds), key=lambda i: (_shares(i), seconds[i.nodeid]))
        for item, after in zip(items, [*items[1:], None], strict=True):
            signal.alarm(math.ceil(max(self.least_s, TIMES_UNCHANGED * seconds[item.nodeid])))
            session.config.hook.pytest_runtest_protocol(item=item, nextitem=after)
            if session.testsfailed:
                return FAILED
        return 0


def _shares(item: pytest.Item) -> str:
    """The file of a test that shares a fixture with others of its file: these are to run together, after all others."""
    made = getattr(item, "_fixtureinfo", None)
    scopes = {d.scope for defs in made.name2fixturedefs.values() for d in defs} if made else set()
    return str(item.path) if scopes & {"module", "class", "package"} else ""


class Loaded:
    """The tests of a part, loaded in a process of their own."""

    def __init__(self, root: Path, start: Callable[[Loop], None], modules: Sequence[str], least_s: float) -> None:
        asked, self._ask = Pipe(duplex=False)
        self._answer, answers = Pipe(duplex=False)
        self._child = os.fork()
        if self._child == 0:
            self._ask.close()  # so that the end of the other process ends this one
            self._answer.close()
            start(Loop(root, modules, least_s, (asked, answers)))
        asked.close()
        answers.close()
        self.made: set[str] = self._answer.recv()

    def code_of(self, module: str, code: str, row: int, seconds: dict[str, float]) -> int:
        """Exit code of the tests on a change, negative where a signal has ended them."""
        self._ask.send((module, code, row, seconds))
        return int(self._answer.recv())

    def close(self) -> None:
        """End the process."""
        self._ask.send(None)
        os.waitpid(self._child, 0)


def path_of(code: str, row: int) -> list[str]:
    """Names of the class, if any, and of the outermost function whose body holds a row; nothing outside functions."""
    try:
        inside: list[ast.stmt] = ast.parse(code).body
    except SyntaxError:  # of two stars that unpack, one is left
        return []
    names: list[str] = []
    while found := [s for s in inside if isinstance(s, ast.ClassDef | ast.FunctionDef) and _holds(s, row)]:
        names.append(found[0].name)
        if isinstance(found[0], ast.FunctionDef):
            return names
        inside = found[0].body
    return []


def _holds(statement: ast.ClassDef | ast.FunctionDef, row: int) -> bool:
    return statement.body[0].lineno <= row <= (statement.end_lineno or row)


def exchange(module: Any, code: str, row: int) -> bool:
    """Give the function at a row the code that it has in a changed text of its module; False where that cannot be."""
    names = path_of(code, row)
    try:
        function = _plain(_found(module, names))
        new = _code(compile(code, function.__code__.co_filename, "exec"), names)
        same = function.__code__.co_firstlineno == new.co_firstlineno
        function.__code__ = new
    except (LookupError, TypeError, ValueError, StopIteration):
        return False
    return same


def _found(module: Any, names: Sequence[str]) -> Any:
    found = vars(module)[names[0]]
    for name in names[1:]:
        found = vars(found)[name]
    return found


def _plain(found: Any) -> FunctionType:
    """The function within a property, a class method or a cache."""
    if isinstance(found, property):
        return _plain(found.fget)
    if isinstance(found, cached_property):
        return _plain(found.func)
    if isinstance(found, classmethod | staticmethod):
        return _plain(found.__func__)
    if isinstance(found, _lru_cache_wrapper):
        return _plain(found.__wrapped__)
    if not isinstance(found, FunctionType):
        raise TypeError(found)
    return found


def _code(outer: CodeType, names: Sequence[str]) -> CodeType:
    for name in names:
        outer = next(c for c in _codes(outer) if c.co_name == name)
    return outer


def _codes(outer: CodeType) -> Iterator[CodeType]:
    return (c for c in outer.co_consts if isinstance(c, CodeType))
