"""The records of a typed, pasted or uploaded table, and the error that names its lines."""

from __future__ import annotations

from dataclasses import dataclass

from ironreport.errors import IntakeError
from ironreport.records import Caution

Cell = str | float


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a table before its numbers are read: where it stood, as typed, and in cells."""

    number: int
    text: str
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class TableRow:
    """One pair: the line it came from, the line as typed, echo time [ms] and signal."""

    line: int
    text: str
    te_ms: float
    signal: float


@dataclass(frozen=True, slots=True)
class EchoTable:
    """Echo times and signals of one table.

    Parameters
    ----------
    te_ms : tuple of float, shape (n_echoes,)
        Echo times [ms], ascending.
    signal : tuple of float, shape (n_echoes,)
        Signal [arbitrary units], in the order of ``te_ms``.
    rows : tuple of TableRow
        The same pairs in the order in which they were typed.
    notes : tuple of str
        What was done on the way, in words for the reader.
    question : TableQuestion or None
        Where the table can be read in more than one way, or its only reading is a doubtful one. Until it is answered
        the table holds no numbers: nothing is computed from a guess. The doubts are ``cautions`` too.
    """

    te_ms: tuple[float, ...]
    signal: tuple[float, ...]
    rows: tuple[TableRow, ...]
    notes: tuple[str, ...] = ()
    cautions: tuple[Caution, ...] = ()
    question: TableQuestion | None = None


@dataclass(frozen=True, slots=True)
class TableAnswer:
    """One reading of a table that may be meant.

    Parameters
    ----------
    key : str
        The word that chooses it.
    says, gives : str
        What tells it from the others, and its first and last pair.
    table : EchoTable
        The table read so.
    """

    key: str
    says: str
    gives: str
    table: EchoTable


@dataclass(frozen=True, slots=True)
class TableQuestion:
    """What has to be known before a table can be used, and the readings to choose from, the likeliest first."""

    text: str
    answers: tuple[TableAnswer, ...]


@dataclass(frozen=True, slots=True)
class LineProblem:
    """Why one line is refused. ``text`` is the line as typed, from outside: escape it."""

    code: str
    line: int
    text: str
    what: str
    cure: str


class TableError(IntakeError):
    """A table that is refused, with every line that has to be mended.

    The lines as typed stand in ``problems`` only; the message itself carries none of them, so
    that a name pasted by accident does not reach a log.
    """

    def __init__(self, problems: tuple[LineProblem, ...]) -> None:
        self.problems = problems
        first, n_more = problems[0], len({p.line for p in problems}) - 1
        said = [f"Line {first.line}: {first.what}"]
        said += [f"{n_more} more line{'s' if n_more > 1 else ''} cannot be read either."] if n_more else []
        super().__init__(first.code, " ".join(said), first.cure)


def problem(line: Line, code: str, what: str, cure: str) -> LineProblem:
    """The refusal of one line, with its text cut to a length that can be shown."""
    return LineProblem(code, line.number, shortened(line.text), what, cure)


def shortened(text: str, n_characters: int = 60) -> str:
    r"""Text on one line, no longer than ``n_characters``.

    >>> shortened("TE (ms)\tsignal")
    'TE (ms) signal'
    """
    flat = " ".join(text.split())
    return flat if len(flat) <= n_characters else flat[: n_characters - 3] + "..."
