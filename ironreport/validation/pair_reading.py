"""Pairs of measurements out of a pasted table, or out of exam files of the same patients."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence

from ironreport.assess import assess
from ironreport.errors import ValidationError
from ironreport.intake.numerals import Numeral, Objection, read_numeral
from ironreport.knowledge import Knowledge
from ironreport.records import Exam
from ironreport.validation.agreement import Pair

MOST_LINES = 5_000
LABEL_CHARACTERS = 60
SEPARATORS = ("\t", ";", "|")
"""Never part of a number. A table without them is cut at commas where each line has as many, else at spaces."""


def read_pairs(text: str) -> tuple[Pair, ...]:
    """Pairs from lines of two numbers, with a name before them or without; one heading line may stand above.

    Raises
    ------
    ValidationError
        ``NO_PAIRS``, ``TOO_MANY_LINES``, or ``PAIR_LINE`` with the line that cannot be read.
    """
    lines = [(n, line.strip()) for n, line in enumerate(text.splitlines(), start=1) if line.strip()]
    if len(lines) > MOST_LINES:
        raise ValidationError("TOO_MANY_LINES", f"There are more than {MOST_LINES} lines.", "Paste fewer.")
    cut = _cutter([line for _, line in lines])
    rows = [(n, line, cut(line)) for n, line in lines]
    if rows and not any(isinstance(_number(cell), Numeral) for cell in rows[0][2][-2:]):
        rows = rows[1:]  # the heading
    if not rows:
        raise ValidationError(
            "NO_PAIRS", "There is no pair of numbers.", "Write one pair in each line: name; first; second."
        )
    return tuple(_pair(n, line, cells, k) for k, (n, line, cells) in enumerate(rows, start=1))


def _cutter(lines: Sequence[str]) -> Callable[[str], list[str]]:
    """How to cut a line into cells."""
    for sign in SEPARATORS:
        if any(sign in line for line in lines):
            return lambda line: [cell.strip() for cell in line.strip("|").split(sign)]
    counts = {line.count(",") for line in lines}
    if len(counts) == 1 and counts <= {1, 2} and not _is_decimal_comma(lines):
        return lambda line: [cell.strip() for cell in line.split(",")]
    return str.split


def _is_decimal_comma(lines: Sequence[str]) -> bool:
    """Whether the commas stand inside numbers: digits on both sides, and a space parts the columns."""
    return all(
        re.search(r"\d,\d", line) and re.search(r"\S\s+\S", line) and not re.search(r",\s", line) for line in lines
    )


def _number(cell: str) -> Numeral | Objection:
    return read_numeral(cell)


def _pair(n: int, line: str, cells: Sequence[str], k: int) -> Pair:
    numbers = [_number(cell) for cell in cells[-2:]]
    first, second = numbers if len(numbers) == 2 else (None, None)
    if not isinstance(first, Numeral) or not isinstance(second, Numeral) or first.unit or second.unit:
        raise ValidationError(
            "PAIR_LINE", f"Line {n} is no pair of numbers: {line[:LABEL_CHARACTERS]!r}.",
            "Write a name and two numbers without unit, parted by semicolons or tabs: P07; 4.1; 4.3.",
        )  # fmt: skip
    if first.maybe_grouped or second.maybe_grouped:
        raise ValidationError(
            "PAIR_LINE", f"Line {n} may mean thousands or three decimals: {line[:LABEL_CHARACTERS]!r}.",
            "Write it with another number of decimals (1500 or 1.5).",
        )  # fmt: skip
    label = " ".join(cells[:-2]).strip()[:LABEL_CHARACTERS] or str(k)
    return Pair(label, first.value, second.value)


def pairs_of_exams(
    exams: Iterable[Exam], organ: str, quantity: str, knowledge: Knowledge
) -> tuple[tuple[Pair, ...], tuple[str, ...]]:
    """Pairs of exams of the same patient, in the order they are given, and why each other exam was left out.

    Parameters
    ----------
    exams : iterable of Exam
        Two of each patient, told by the pseudonym.
    organ, quantity : str
        What is compared: ``r2star_per_s``, ``t2star_ms`` or ``lic_mg_per_g``.
    """
    found: dict[str, list[float]] = defaultdict(list)
    left_out = []
    for exam in exams:
        value = _value(exam, organ, quantity, knowledge)
        if not exam.pseudonym.strip():
            left_out.append("An exam without a patient code cannot be told from others.")
        elif value is None:
            left_out.append(f"{exam.pseudonym}: no {organ} value that could be compared.")
        else:
            found[exam.pseudonym].append(value)
    odd = [code for code, values in found.items() if len(values) != 2]
    left_out += [f"{code}: {len(found[code])} exams, where two make a pair." for code in odd]
    return tuple(Pair(code, *values) for code, values in found.items() if code not in odd), tuple(left_out)


def _value(exam: Exam, organ: str, quantity: str, knowledge: Knowledge) -> float | None:
    """The value of an organ that is a number and no limit; one whose class is withheld is a number in doubt."""
    for finding in assess(exam, knowledge).findings:
        if finding.organ == organ and finding.estimate is not None:
            given = [finding.estimate.time, finding.estimate.rate, finding.estimate.iron and finding.estimate.iron.iron]
            return next((e.value for e in given if e and e.quantity == quantity and not e.bound), None)
    return None
