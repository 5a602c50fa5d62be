"""The kinds of change: those of Cosmic Ray that ``parts.toml`` names, and four that it lacks."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from fnmatch import fnmatch
from typing import Any

from cosmic_ray.operators.exception_replacer import ExceptionReplacer
from cosmic_ray.operators.number_replacer import NumberReplacer
from cosmic_ray.operators.operator import Example, Operator
from cosmic_ray.plugins import get_operator, operator_names
from parso import parse
from parso.python.tree import Number

from benchmarks.mutation.parts import CONFIG

Position = tuple[tuple[int, int], tuple[int, int]]
FACTORS = (0.8, 1.25)
"""A fifth less, a quarter more: a test at both sides of a threshold sees them. Any test sees 1 added to 0.85."""


def _is_float(node: Any) -> bool:
    """True for a written float that is not zero."""
    return node.type == "number" and isinstance(number := ast.literal_eval(node.value), float) and number != 0.0


class ScaleFloat(Operator):
    """A float a little smaller, and a little larger."""

    def mutation_positions(self, node: Any) -> Iterator[Position]:
        """Once for each factor."""
        if _is_float(node):
            yield from ((node.start_pos, node.end_pos) for _ in FACTORS)

    def mutate(self, node: Any, index: int) -> Any:
        """The number times the factor."""
        return Number(repr(float(node.value) * FACTORS[index]), node.start_pos, node.prefix)

    @classmethod
    def examples(cls) -> Sequence[Example]:
        """Pairs of before and after."""
        return (Example("x = 2.0", "x = 1.6"), Example("x = 2.0", "x = 2.5", occurrence=1))


class StepInteger(NumberReplacer):
    """A whole number, or zero, one more and one less."""

    def mutation_positions(self, node: Any) -> Iterator[Position]:
        """Twice for each number that is not scaled."""
        if not _is_float(node):
            yield from super().mutation_positions(node)


class ForgetException(ExceptionReplacer):
    """An exception no longer caught; Cosmic Ray's own operator breaks at names with a dot, which are left out."""

    def mutation_positions(self, node: Any) -> Iterator[Position]:
        """Each name of a handler that has plain names only."""
        if node.type == "except_clause" and all(name.type == "name" for name in self._name_nodes(node)):
            yield from super().mutation_positions(node)


class SwapMembership(Operator):
    """``in`` for ``not in``, and back."""

    def mutation_positions(self, node: Any) -> Iterator[Position]:
        """Each comparison that asks for a member."""
        yield from ((node.children[i].start_pos, node.children[i].end_pos) for i in self._at(node))

    def mutate(self, node: Any, index: int) -> Any:
        """The comparison turned round."""
        at = list(self._at(node))[index]
        node.children[at] = parse(" in" if "not" in node.children[at].get_code() else " not in")
        return node

    @staticmethod
    def _at(node: Any) -> Iterator[int]:
        if node.type == "comparison":
            words = [child.get_code().split() for child in node.children]
            yield from (i for i, w in enumerate(words) if i % 2 and w in (["in"], ["not", "in"]))

    @classmethod
    def examples(cls) -> Sequence[Example]:
        """Pairs of before and after."""
        return (Example("x in y", "x not in y"),)


def _operators() -> dict[str, Operator]:
    named = [n for n in operator_names() if any(fnmatch(n, f"core/{p}") for p in CONFIG["operators"])]
    own = (ScaleFloat(), StepInteger(), ForgetException(), SwapMembership())
    return {name: get_operator(name)() for name in named} | {type(each).__name__: each for each in own}


OPERATORS = _operators()
