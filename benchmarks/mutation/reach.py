"""Which tests run which functions: only those can notice a change, and the quick ones of them are asked first.

Each file of tests runs once on the code unchanged, and each call of a function of the part is noted with its test.
What a fixture or a file of tests calls when it is made counts for all its tests; what was kept by a cache is forgotten
before each test. A change outside every function can be noticed where its name is mentioned.
"""

from __future__ import annotations

import ast
import json
import math
import signal
import sys
import time
from collections import defaultdict
from collections.abc import Generator, Sequence
from functools import _lru_cache_wrapper, cache
from pathlib import Path
from typing import Any

import pytest

Function = str
"""A function as ``module:row``, with the row of its first decorator or its ``def``."""
Reached = dict[str, tuple[float, set[Function]]]
"""For each test, how long it takes [s] and the functions it calls."""
TIMES_UNCHANGED = 5
"""A test may take so many times as long as on the code unchanged."""


class Recorder:
    """A plugin of pytest that notes which functions of some modules each test calls."""

    def __init__(self, root: Path, modules: Sequence[str]) -> None:
        self.names = {str(root / module): module for module in modules}
        self.now: set[Function] = set()
        self.made: set[Function] = set()
        self.fixtures: dict[str, set[Function]] = defaultdict(set)
        self.tests: dict[str, tuple[float, set[Function], list[str]]] = {}
        self.caches: list[_lru_cache_wrapper[Any]] = []
        sys.settrace(self._called)

    def _called(self, frame: Any, event: str, arg: object) -> None:
        code = frame.f_code
        if code.co_filename in self.names:
            self.now.add(f"{self.names[code.co_filename]}:{code.co_firstlineno}")

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """What was called so far made the files of tests; find what is kept by a cache there and in the part."""
        self.made = set(self.now)
        loaded = [m for m in list(sys.modules.values()) if getattr(m, "__file__", None) in self.names]
        loaded += {item.module for item in session.items if isinstance(item, pytest.Function)}
        self.caches = [x for module in loaded for x in vars(module).values() if isinstance(x, _lru_cache_wrapper)]

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Generator[None, Any, Any]:
        """Note what a test calls."""
        for each in self.caches:
            each.cache_clear()
        self.now, start = set(), time.monotonic()
        sys.settrace(self._called)
        result = yield
        self.tests[item.nodeid] = (time.monotonic() - start, self.now, list(getattr(item, "fixturenames", ())))
        return result

    @pytest.hookimpl(wrapper=True)
    def pytest_fixture_setup(self, fixturedef: pytest.FixtureDef[Any]) -> Generator[None, Any, Any]:
        """Note what is called for a fixture, which later tests find ready."""
        before, self.now = self.now, set()
        result = yield
        self.fixtures[fixturedef.argname] |= self.now
        self.now |= before
        return result

    def reached(self) -> Reached:
        """For each test what it, its fixtures and its file call."""
        return {
            name: (seconds, called.union(self.made, *(self.fixtures[f] for f in fixtures)))
            for name, (seconds, called, fixtures) in self.tests.items()
        }


class Chosen:
    """A plugin of pytest that runs some tests in order, the quick ones first, and those it does not know."""

    def __init__(self, seconds: dict[str, float], known: set[str], least_s: float) -> None:
        self.seconds, self.known, self.least_s = seconds, known, least_s

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Keep the chosen tests."""
        chosen = [item for item in items if item.nodeid in self.seconds or item.nodeid not in self.known]
        items[:] = sorted(chosen, key=lambda item: self.seconds.get(item.nodeid, 0.0))

    def pytest_runtest_setup(self, item: pytest.Item) -> None:
        """End the process by an alarm if a test takes some times as long as without a change."""
        signal.alarm(math.ceil(max(self.least_s, TIMES_UNCHANGED * self.seconds.get(item.nodeid, 0.0))))


def noted(path: Path) -> Reached:
    """What ``note`` wrote."""
    return {name: (s, set(called)) for name, (s, called) in json.loads(path.read_text(encoding="utf-8")).items()}


def note(reached: Reached, path: Path) -> None:
    """Write what the tests of a file call."""
    path.write_text(json.dumps({name: (s, sorted(called)) for name, (s, called) in reached.items()}), encoding="utf-8")


class Code:
    """The modules of a part, asked for what runs or mentions a row."""

    def __init__(self, sources: dict[str, str]) -> None:
        self.trees = {module: ast.parse(source) for module, source in sources.items()}

    def matters(self, module: str, row: int) -> tuple[set[Function], set[str]]:
        """Functions of which one must be called, or else names that must be mentioned, for a row to matter."""
        inside = self._inside(module, row)
        if inside:
            return {_named(module, inside[-1])}, set()
        names = self._with_made_of(_bound(self.trees[module], row))
        return self._mentioning(names), names

    def around(self, module: str, row: int) -> set[Function]:
        """Functions whose bodies hold a row."""
        return {_named(module, function) for function in self._inside(module, row)}

    def _inside(self, module: str, row: int) -> list[ast.FunctionDef]:
        """The outermost first."""
        return [n for n in _functions(self.trees[module]) if n.body[0].lineno <= row <= (n.end_lineno or row)]

    def _with_made_of(self, names: set[str]) -> set[str]:
        """Names, and those that are made of them outside every function."""
        while True:
            made = {name for tree in self.trees.values() for s in tree.body for name in _made_of(s, names)}
            if made <= names:
                return names
            names = names | made

    def _mentioning(self, names: set[str]) -> set[Function]:
        return {
            _named(module, function)
            for module, tree in self.trees.items()
            for function in _functions(tree)
            if names & (_mentioned(function) | {function.name})
        }


def _functions(tree: ast.AST) -> list[ast.FunctionDef]:
    return [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]


def _named(module: str, function: ast.FunctionDef) -> Function:
    first = min([function, *function.decorator_list], key=lambda node: node.lineno)
    return f"{module}:{first.lineno}"


@cache
def _mentioned(node: ast.AST) -> frozenset[str]:
    names = {n.id for n in ast.walk(node) if isinstance(n, ast.Name)}
    return frozenset(names | {n.attr for n in ast.walk(node) if isinstance(n, ast.Attribute)})


def _bound(tree: ast.Module, row: int) -> set[str]:
    """Names that the statement at this row gives, outside every function."""
    return {name for s in tree.body if _first(s) <= row <= (s.end_lineno or row) for name in _names(s)}


def _first(statement: ast.stmt) -> int:
    return min([statement.lineno, *(d.lineno for d in getattr(statement, "decorator_list", ()))])


@cache
def _names(statement: ast.stmt) -> frozenset[str]:
    if isinstance(statement, ast.FunctionDef | ast.ClassDef):
        methods = {f.name for f in _functions(statement)}
        return frozenset(methods | {statement.name})
    return frozenset(n.id for n in ast.walk(statement) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store))


def _made_of(statement: ast.stmt, names: set[str]) -> frozenset[str]:
    """Names given by a statement that is no function and mentions one of these."""
    if isinstance(statement, ast.FunctionDef) or not _mentioned(statement) & names:
        return frozenset()
    return _names(statement)
