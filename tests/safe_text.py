"""Reads from the source whether a text can hold anything from outside that has not gone through its door.

What is not understood counts as from outside: the rules that ask here say too much rather than too little.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

NUMERIC_FORMAT = tuple("bdeEfFgGnoxX%")
NUMBERS = {"len", "sum", "round", "int", "float", "abs", "id", "hash", "ord"}
OF_SAFE_TEXT = {
    "join", "lower", "upper", "strip", "rstrip", "lstrip", "capitalize", "replace", "removesuffix", "removeprefix",
    "title", "format", "isoformat", "strftime", "casefold", "partition", "split", "rpartition", "splitlines",
}  # fmt: skip
"""Methods whose result is safe where the text and the arguments are."""
PASSED_ON = {
    "list", "tuple", "sorted", "dict", "reversed", "map", "enumerate", "zip", "set", "str", "next", "iter", "filter",
    "range", "max", "min",
}  # fmt: skip
Function = ast.FunctionDef | ast.AsyncFunctionDef
PUT_INTO = {"append", "extend", "insert", "add", "update"}
DEEPEST = 40


@dataclass(frozen=True, slots=True, eq=False)
class Source:
    """One module: its dotted name, its tree, and where each of its names comes from."""

    name: str
    tree: ast.Module
    functions: dict[str, Function] = field(default_factory=dict)
    values: dict[str, ast.expr] = field(default_factory=dict)
    imported: dict[str, tuple[str, str]] = field(default_factory=dict)


def read_source(name: str, text: str) -> Source:
    """A module as it is asked about."""
    source = Source(name, ast.parse(text))
    for node in source.tree.body:
        if isinstance(node, Function):
            source.functions[node.name] = node
        elif isinstance(node, ast.Assign) and len(node.targets) == 1 and isinstance(node.targets[0], ast.Name):
            source.values[node.targets[0].id] = node.value
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and node.value is not None:
            source.values[node.target.id] = node.value
    for node in ast.walk(source.tree):
        if isinstance(node, ast.ImportFrom) and node.module:
            for alias in node.names:
                source.imported[alias.asname or alias.name] = (node.module, alias.name)
    return source


class Judge:
    """Judges texts of a house of modules.

    Parameters
    ----------
    sources
        All modules.
    doors
        Names of the functions that make any text safe.
    """

    def __init__(self, sources: list[Source], doors: frozenset[str]) -> None:
        self.sources = {source.name: source for source in sources}
        self.doors = doors
        self._calls: dict[str, list[tuple[Source, Function | None, ast.Call]]] = {}
        for source in sources:
            for function, call in calls_of(source):
                name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
                self._calls.setdefault(name, []).append((source, function, call))
        self._open: set[int] = set()

    def is_safe(self, node: ast.expr | None, source: Source, function: Function | None, depth: int = 0) -> bool:
        """Whether a text holds nothing from outside."""
        if node is None or isinstance(node, ast.Constant):
            return True
        if depth > DEEPEST or id(node) in self._open:
            return id(node) in self._open  # of itself nothing new comes in
        self._open.add(id(node))
        try:
            return self._judged(node, source, function, depth + 1)
        finally:
            self._open.discard(id(node))

    def _judged(self, node: ast.expr, source: Source, function: Function | None, depth: int) -> bool:
        def safe(*parts: ast.expr | None) -> bool:
            return all(self.is_safe(part, source, function, depth) for part in parts)

        match node:
            case ast.JoinedStr():
                return safe(*node.values)
            case ast.FormattedValue():
                spec = node.format_spec
                last = spec.values[-1] if isinstance(spec, ast.JoinedStr) and spec.values else None
                numeric = isinstance(last, ast.Constant) and str(last.value).endswith(NUMERIC_FORMAT)
                return numeric or safe(node.value)
            case ast.IfExp():
                return safe(node.body, node.orelse)
            case ast.BoolOp():
                return safe(*node.values)
            case ast.BinOp():
                return any(_is_number(side) for side in (node.left, node.right)) or safe(node.left, node.right)
            case ast.UnaryOp() | ast.Compare():
                return isinstance(node, ast.Compare) or isinstance(node.op, ast.Not) or safe(node.operand)
            case ast.Tuple() | ast.List() | ast.Set():
                return safe(*node.elts)
            case ast.Dict():
                return safe(*node.keys, *node.values)
            case ast.Starred() | ast.Await() | ast.NamedExpr():
                return safe(node.value)
            case ast.Subscript():
                return safe(node.value)
            case ast.ListComp() | ast.GeneratorExp() | ast.SetComp():
                return safe(node.elt)
            case ast.DictComp():
                return safe(node.key, node.value)
            case ast.Lambda():
                return safe(node.body)
            case ast.Name():
                return self._name(node.id, source, function, depth)
            case ast.Attribute():
                return node.attr.startswith("n_") or (isinstance(node.value, ast.Name) and node.attr.isupper())
            case ast.Call():
                return self._call(node, source, function, depth)
        return False

    def _call(self, node: ast.Call, source: Source, function: Function | None, depth: int) -> bool:
        name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        if name in self.doors or name in NUMBERS:
            return True
        arguments = [*node.args, *(word.value for word in node.keywords)]
        parts_safe = all(self.is_safe(part, source, function, depth) for part in arguments)
        if isinstance(node.func, ast.Attribute):
            if name in {"isoformat", "strftime"}:
                return True
            within = self.is_safe(node.func.value, source, function, depth)
            return within and parts_safe and name in OF_SAFE_TEXT | {"get", "values", "keys", "items"}
        if name in PASSED_ON:
            return parts_safe
        found = self._find(name, source)
        return found is not None and self._gives_safe(*found, depth)

    def _gives_safe(self, source: Source, function: Function, depth: int) -> bool:
        given = [n for n in own_nodes(function) if isinstance(n, ast.Return | ast.Yield)]
        return bool(given) and all(self.is_safe(one.value, source, function, depth) for one in given)

    def _find(self, name: str, source: Source) -> tuple[Source, Function] | None:
        if name in source.functions:
            return source, source.functions[name]
        module, original = source.imported.get(name, ("", ""))
        held = self.sources.get(module)
        return (held, held.functions[original]) if held is not None and original in held.functions else None

    def _name(self, name: str, source: Source, function: Function | None, depth: int) -> bool:
        if name.isupper() and len(name) > 1:
            return True  # a constant of a module: it stood there before anything was read
        if function is not None:
            bound = list(bindings(name, function))
            if bound:
                return all(self.is_safe(one, source, function, depth) for one in bound)
            if name in parameters(function):
                return self._parameter(name, source, function, depth)
            for outer in outer_functions(function, source):
                if name in parameters(outer) or list(bindings(name, outer)):
                    return self._name(name, source, outer, depth)
        if name in source.values:
            return self.is_safe(source.values[name], source, None, depth)
        if (handed := self._find(name, source)) is not None:  # a function that somebody else calls
            return self._gives_safe(*handed, depth)
        module, original = source.imported.get(name, ("", ""))
        held = self.sources.get(module)
        return held is not None and original in held.values and self.is_safe(held.values[original], held, None, depth)

    def _parameter(self, name: str, source: Source, function: Function, depth: int) -> bool:
        """Whether every caller hands on something safe; a number cannot hold anything else."""
        kind = parameters(function)[name]
        if kind is not None and ast.unparse(kind).split(" | None")[0] in {"int", "float", "bool"}:
            return True
        private = function.name.startswith("_")
        calls = [one for one in self._calls.get(function.name, []) if one[0] is source or not private]
        position = list(parameters(function)).index(name)
        judged = []
        for caller, within, call in calls:
            given = _argument(call, name, position)
            where = (caller, within) if given is not None else (source, None)
            judged.append(self.is_safe(given or _default(name, function), *where, depth))
        return bool(judged) and all(judged)


def _is_number(node: ast.expr) -> bool:
    """Text plus a number is an error, so the sum is a number; only ``%`` takes both."""
    return isinstance(node, ast.Constant) and isinstance(node.value, int | float)


def _argument(call: ast.Call, name: str, position: int) -> ast.expr | None:
    named = next((word.value for word in call.keywords if word.arg == name), None)
    if named is not None or any(word.arg is None for word in call.keywords):
        return named if named is not None else ast.Name("from outside")
    if any(isinstance(one, ast.Starred) for one in call.args[: position + 1]):
        return ast.Name("from outside")
    return call.args[position] if position < len(call.args) else None


def _default(name: str, function: Function) -> ast.expr | None:
    defaults = dict(zip(list(parameters(function))[::-1], function.args.defaults[::-1], strict=False))
    keyword = {a.arg: d for a, d in zip(function.args.kwonlyargs, function.args.kw_defaults, strict=True)}
    return keyword.get(name) or defaults.get(name)


@cache
def parameters(function: Function) -> dict[str, ast.expr | None]:
    """Parameters and what they are said to be, in order."""
    a = function.args
    return {one.arg: one.annotation for one in (*a.posonlyargs, *a.args, *a.kwonlyargs)}


def own_nodes(function: Function) -> Iterator[ast.AST]:
    """What stands in a function and not in one within it."""
    todo: list[ast.AST] = list(function.body)
    while todo:
        node = todo.pop()
        yield node
        if not isinstance(node, Function | ast.Lambda | ast.ClassDef):
            todo.extend(ast.iter_child_nodes(node))


@cache
def _nodes(function: Function) -> list[ast.AST]:
    return list(own_nodes(function))


def bindings(name: str, function: Function) -> Iterator[ast.expr]:
    """Everything that a local name may stand for."""
    for node in _nodes(function):
        pairs: list[tuple[ast.expr, ast.expr]] = []
        if isinstance(node, ast.Assign):
            pairs = [(target, node.value) for target in node.targets]
        elif isinstance(node, ast.AugAssign | ast.NamedExpr) or (isinstance(node, ast.AnnAssign) and node.value):
            pairs = [(node.target, node.value)]
        elif isinstance(node, ast.For | ast.comprehension):
            pairs = [(node.target, node.iter)]
        elif isinstance(node, ast.withitem) and node.optional_vars is not None:
            pairs = [(node.optional_vars, node.context_expr)]
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in PUT_INTO:
            pairs = [(node.func.value, one) for one in node.args]
        for target, value in pairs:
            yield from _of(name, target, value)


def _of(name: str, target: ast.expr, value: ast.expr) -> Iterator[ast.expr]:
    if isinstance(target, ast.Name) and target.id == name:
        yield value
    elif isinstance(target, ast.Subscript | ast.Starred):
        yield from _of(name, target.value, value)
    elif isinstance(target, ast.Tuple | ast.List):
        parts = _parts(value)
        for i, one in enumerate(target.elts):
            yield from _of(name, one, parts[i] if len(parts) == len(target.elts) else value)


def _parts(value: ast.expr) -> list[ast.expr]:
    """What each name of a tuple stands for, where the source says so."""
    if isinstance(value, ast.Tuple | ast.List):
        return value.elts
    if isinstance(value, ast.Call) and isinstance(value.func, ast.Name):
        if value.func.id == "enumerate":
            return [ast.Constant(0), value.args[0]]
        if value.func.id == "zip":
            return value.args
    return []


@cache
def outer_functions(function: Function, source: Source) -> list[Function]:
    """The functions that a function stands in, the nearest first."""
    around = [
        node for node in ast.walk(source.tree)
        if isinstance(node, Function) and node.lineno < function.lineno and node.end_lineno >= function.end_lineno
    ]  # fmt: skip
    return sorted(around, key=lambda node: -node.lineno)


def calls_of(source: Source) -> Iterator[tuple[Function | None, ast.Call]]:
    """Every call of a module, with the function that it stands in."""

    def walk(node: ast.AST, function: Function | None) -> Iterator[tuple[Function | None, ast.Call]]:
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.Call):
                yield function, child
            yield from walk(child, child if isinstance(child, Function) else function)

    yield from walk(source.tree, None)


def read_house(root: Path) -> list[Source]:
    """All modules of the checkout."""
    paths = [root / "app.py", *sorted(root.glob("pages/*.py")), *sorted(root.glob("ironreport/**/*.py"))]
    return [
        read_source(".".join(path.relative_to(root).with_suffix("").parts).removesuffix(".__init__"), path.read_text())
        for path in paths
    ]  # fmt: skip


REMEMBERED = (parameters, _nodes, outer_functions)
"""What is kept of the trees that were read."""
