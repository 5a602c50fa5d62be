"""Where a part can be changed, and what it then looks like."""

from __future__ import annotations

import ast
import random
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from cosmic_ray.ast import ast_nodes, get_ast
from cosmic_ray.mutating import mutate_code

from benchmarks.mutation.operators import OPERATORS
from benchmarks.mutation.parts import CONFIG, ROOT, modules

LEFT_OUT = "(left out)"


@dataclass(frozen=True, slots=True)
class Place:
    """Where one operator changes one module."""

    module: str
    operator: str
    occurrence: int
    row: int
    line: str


@dataclass(frozen=True, slots=True)
class Mutant:
    """One change of one line, and what became of it: killed, timeout, survived or equivalent."""

    module: str
    row: int
    before: str
    after: str
    outcome: str = ""

    @property
    def key(self) -> tuple[str, str, str]:
        """What stays the same when lines above it come and go."""
        return self.module, self.before, self.after


def chosen(part: str, name: str | None = None, sample: int | None = None, seed: int = 1) -> list[Place]:
    """All places of a part or of its module of that name, or a random sample of them that the seed repeats."""
    named = [module for module in modules(part) if name is None or Path(module).stem == name]
    found = [place for module in named for place in _places(module)]
    if sample is None or sample >= len(found):
        return found
    return random.Random(seed).sample(found, sample)  # noqa: S311 - to be repeated, not to be secret


def changed(place: Place, source: str) -> tuple[Mutant, str]:
    """The mutant of a place, and the whole module with it."""
    code = mutate_code(source, OPERATORS[place.operator], place.occurrence) or source
    before, after = source.splitlines(), code.splitlines()
    row = next((i for i, (a, b) in enumerate(zip(before, after, strict=False)) if a != b), place.row - 1)
    new = after[row].strip() if len(before) == len(after) else LEFT_OUT
    return Mutant(place.module, row + 1, before[row].strip(), new), code


def _places(module: str) -> Iterator[Place]:
    """Every change of one module but in lines that ``parts.toml`` passes over."""
    source = (ROOT / module).read_text(encoding="utf-8")
    rows, nodes, unseen = source.splitlines(), list(ast_nodes(get_ast(source))), _joined_types(source)
    for name, operator in OPERATORS.items():
        positions = [start for node in nodes for start, _ in operator.mutation_positions(node)]
        for occurrence, (row, column) in enumerate(positions):
            if (row, column) not in unseen and not _passed_over(rows[row - 1], column):
                yield Place(module, name, occurrence, row, rows[row - 1].strip())


def _passed_over(line: str, column: int) -> bool:
    """Whether ``parts.toml`` passes over the line, what stands before this column of it, or what begins there."""
    parts = {"line": line, "after": line[:column], "at": line[column:]}
    return any(re.search(each[key], text) for each in CONFIG["pass_over"] for key, text in parts.items() if key in each)


def _joined_types(source: str) -> set[tuple[int, int]]:
    """Row and column of every ``|`` of an annotation: nothing looks at it while the code runs."""
    annotations = [
        note
        for node in ast.walk(ast.parse(source))
        for note in (getattr(node, "annotation", None), getattr(node, "returns", None))
        if isinstance(note, ast.AST)
    ]
    joins = [n for note in annotations for n in ast.walk(note) if isinstance(n, ast.BinOp)]
    lines = [line.encode() for line in source.splitlines()]
    return {_sign(join.left, lines) for join in joins}


def _sign(left: ast.expr, lines: list[bytes]) -> tuple[int, int]:
    """Row and column [characters] of the first ``|`` after an expression, whose own columns are bytes."""
    row, column = left.end_lineno or 1, left.end_col_offset or 0
    return row, len(lines[row - 1][: lines[row - 1].index(b"|", column)].decode())
