"""A sentence of another report in one box: its numbers, field strength and recommended interval.

What is read is taken out of the text; numbers that remain are named, so that nothing is passed over in silence.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from ironreport.intake.numerals import Objection
from ironreport.intake.printed.printed_number import (
    AMOUNT_BY_ANYTHING,
    LABELS,
    UNITS,
    PrintedNumber,
    plain_signs,
    read_printed_number,
    settled,
)
from ironreport.records import Recommendation
from ironreport.units import NOTATION

MOST_CHARACTERS = 600
MOST_UNREAD = 6
_DIGITS = r"\d+(?:[.,']\d+)*(?![.,']?\d)"
_NUMBER = rf"(?<![A-Za-z\d.,]){_DIGITS}"
_UNIT_OF = {quantity: "|".join(f"(?:{pattern})" for pattern, _ in units) for quantity, units in UNITS.items()}
_WET = r"(?:\s?(?:wet(?:\s(?:weight|wt|tissue|liver))?|ww)(?![a-z]))?"
_ANY_UNIT = rf"(?:{'|'.join(_UNIT_OF.values())}){_WET}|{AMOUNT_BY_ANYTHING}"
_BRACKETED = rf"(?:\s?[(\[]\s?(?:{_ANY_UNIT})\s?[)\]])?"
_MANY_OF = r"[^\d.;\n<>≤≥±]{0,40}?"
_PLAIN_WORDS = (
    r"(?:\s(?:mean|median|value|time|rate|estimated?|measure[sd]?|about|in|of|the|right|left|lobe|liver|hepatic))*"
)
_WITH_ERROR = r"(?:\s?(?:±|\+/-)\s?\d+(?:[.,]\d+)?|\s?[(\[]\s?\d[\d.,]*\s?(?:-|–|to)\s?\d[\d.,]*\s?[)\]])?"
_NEXT_TO_LABEL = rf"(?:{_PLAIN_WORDS}\s?(?:[:=~≈]|was|is|of)?\s?)"
_OR_NONE = rf"(?:\s?(?:{_ANY_UNIT}))?"
_BEHIND_LABEL = [
    {
        quantity: re.compile(
            rf"(?<![A-Za-z\d]){label}{_BRACKETED}{between}"
            rf"(?P<value>[<>≤≥]?\s?{_DIGITS}{_WITH_ERROR}{unit.get(quantity, _OR_NONE)})",
            re.IGNORECASE,
        )
        for quantity, label in LABELS.items()
    }
    for between, unit in (
        (_NEXT_TO_LABEL, {}),
        (rf"{_MANY_OF}(?<![A-Za-z\d.,])", {q: rf"\s?(?:{known}){_WET}" for q, known in _UNIT_OF.items()}),
    )
]
"""A number next to its label is its own, whatever its unit says or where it has none; farther off its unit says it."""
_FROM = rf"(?:{_NUMBER}\s?(?:-|–|to|and|bis)\s?)?"
_UNLABELLED = {
    quantity: re.compile(
        rf"(?<![<>≤≥])(?<![<>≤≥]\s)"
        rf"(?P<value>{_FROM}{_NUMBER}{_WITH_ERROR}\s?(?:{_UNIT_OF[quantity]}){_WET})",
        re.IGNORECASE,
    )
    for quantity in ("r2star_per_s", "t2star_ms", "lic_mg_per_g")
}
"""A number that only its unit names; behind a < or > it is a limit, as of the class, and a range is no number."""
_WITHOUT_STAR = re.compile(
    rf"(?<![A-Za-z\d])[RT]\s?2(?![\d\w*])(?!\s?\*|-?\s?star){_BRACKETED}{_MANY_OF}{_NUMBER}"
    rf"(?:\s?(?:{_UNIT_OF['r2star_per_s']}|{_UNIT_OF['t2star_ms']})|(?!\s?(?:{_ANY_UNIT})))",
    re.IGNORECASE,
)
_OTHER_TIME = re.compile(r"(?<![A-Za-z])(?:TE|TR|TI|T1|echo\w*|repetition\w*)(?![A-Za-z])[^;]*$", re.IGNORECASE)
_FIELD = re.compile(r"(?<![\w.,])(?P<value>\d(?:[.,]\d{1,2})?)\s?-?\s?(?:T|tesla)(?![\w*])", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class PrintedSentence:
    """What was read of a sentence, by quantity, and which numbers of it were not."""

    numbers: dict[str, PrintedNumber]
    objections: tuple[Objection, ...] = ()
    field_tesla: float | None = None
    recommendation: Recommendation | None = None
    unread: tuple[str, ...] = ()


def read_sentence(text: str) -> PrintedSentence:
    """The numbers, field strength and recommended interval of a sentence.

    Examples
    --------
    >>> found = read_sentence("R2* 67.73 Hz, T2* 14.76 ms, LIC 2,1 mg/g at 1.5 T, recommended: every 1 to 2 years")
    >>> [number.value for number in found.numbers.values()], found.field_tesla, found.recommendation.months_to
    ([67.73, 14.76, 2.1], 1.5, 24)
    """
    rest = _Rest(plain_signs(text)[:MOST_CHARACTERS])
    interval = next((each for each in _INTERVAL.finditer(rest.text) if _is_of_a_scan(rest.text, each)), None)
    recommendation = _recommended(rest.text, interval) if interval else None
    if interval is not None and recommendation is not None:
        rest.blank(interval)
        if recommendation.source:
            rest.take(re.compile(re.escape(recommendation.source)))
    field = rest.take(_FIELD)
    without_star = list(iter(lambda: rest.take(_WITHOUT_STAR), None))
    numbers, objections = _numbers(rest)
    if without_star:
        objections.append(_no_star())
    return PrintedSentence(
        numbers=settled(numbers),
        objections=tuple(objections),
        field_tesla=None if field is None else float(field["value"].replace(",", ".")),
        recommendation=recommendation,
        unread=tuple(re.findall(rf"{_NUMBER}(?:\s?(?:{_ANY_UNIT}|%))?", rest.text, re.IGNORECASE))[:MOST_UNREAD],
    )


def of_one_organ(found: PrintedSentence, others: Sequence[str]) -> PrintedSentence:
    """What is surely of the organ of the LIC, where the text names other organs too.

    Whose relaxation time stands there is not guessed: that of a heart would read as a liver without iron.

    Parameters
    ----------
    others : sequence of str
        Names of the other organs in the text.

    Examples
    --------
    >>> list(of_one_organ(read_sentence("heart T2* 38 ms, LIC 6.2 mg/g"), ["Heart"]).numbers)
    ['lic_mg_per_g']
    """
    doubtful = [quantity for quantity in found.numbers if quantity != "lic_mg_per_g"]
    if not others or not doubtful or "lic_mg_per_g" not in found.numbers:
        return found
    named = " and ".join(NOTATION[quantity].symbol for quantity in doubtful)
    what = f"Beside the LIC the text names: {', '.join(others).lower()}. Whose {named} it gives is not sure; not read."
    objection = Objection("TWO_ORGANS", what, f"Type {named} below if it is the liver's, or paste one organ at a time.")
    kept = {"lic_mg_per_g": found.numbers["lic_mg_per_g"]}
    return replace(found, numbers=kept, objections=(*found.objections, objection))


def mentioned(text: str, words: Mapping[str, Iterable[str]]) -> tuple[str, ...]:
    """Keys whose words stand in a text, each as a word of its own; in the order of ``words``.

    >>> mentioned("in TDT, by Garbowski", {"tdt": ["TDT"], "ntdt": ["NTDT"]})
    ('tdt',)
    """
    return tuple(
        key
        for key, names in words.items()
        if any(re.search(rf"(?<![\w-]){re.escape(name)}(?!\w)", text, re.IGNORECASE) for name in names)
    )


# ---------------------------------------------------------------------------------------- numbers


class _Rest:
    """The text without what was read of it; places stay where they were."""

    def __init__(self, text: str) -> None:
        self.text = text

    def take(self, pattern: re.Pattern[str], start: int = 0) -> re.Match[str] | None:
        """The first place of a pattern, which is blanked."""
        found = pattern.search(self.text, start)
        if found is not None:
            self.blank(found)
        return found

    def blank(self, found: re.Match[str]) -> None:
        """Put a full stop and spaces where something was read: labels do not reach across it."""
        gap = ";" + " " * (found.end() - found.start() - 1)
        self.text = self.text[: found.start()] + gap + self.text[found.end() :]


def _numbers(rest: _Rest) -> tuple[dict[str, PrintedNumber], list[Objection]]:
    """Numbers behind their labels, then numbers that only their unit names."""
    numbers: dict[str, PrintedNumber] = {}
    objections: list[Objection] = []
    twice: set[str] = set()
    for quantity, typed in (*_labelled(rest), *_unlabelled(rest)):
        found = read_printed_number(typed, quantity)
        if isinstance(found, Objection):
            objections.append(found)
        elif not math.isclose(numbers.setdefault(quantity, found).value, found.value):
            twice.add(quantity)
    objections += [_twice(quantity) for quantity in LABELS if quantity in twice]
    return {q: numbers[q] for q in LABELS if q in numbers and q not in twice}, objections


def _labelled(rest: _Rest) -> list[tuple[str, str]]:
    found = []
    for patterns in _BEHIND_LABEL:
        for quantity, pattern in patterns.items():
            while (match := rest.take(pattern)) is not None:
                found.append((quantity, match["value"]))
    return found


def _unlabelled(rest: _Rest) -> Iterator[tuple[str, str]]:
    """Numbers with a unit and no label; an echo time is no T2*."""
    for quantity, pattern in _UNLABELLED.items():
        for match in list(pattern.finditer(rest.text)):
            if _OTHER_TIME.search(rest.text[: match.start()]) is None:
                rest.blank(match)
                yield quantity, match["value"]


def _no_star() -> Objection:
    what = "R2 or T2 without the star is the one of a spin echo, and was not read as R2* or T2*."
    return Objection("WITHOUT_STAR", what, "Write R2* or T2* if that is meant; a spin-echo R2 has a field of its own.")


def _twice(quantity: str) -> Objection:
    symbol = NOTATION[quantity].symbol
    what = f"{symbol} stands in the text twice, with two values; neither was read."
    return Objection("TWICE", what, "Type the one that is meant: one organ of one exam at a time.")


# ------------------------------------------------------------------------- the recommended interval

_WORDS = {
    **{word: n for n, word in enumerate(("one", "two", "three", "four", "five", "six"), start=1)},
    **{"nine": 9, "twelve": 12, "eighteen": 18, "a": 1, "other": 2},
}
_MONTHS_OF = {"y": 12.0, "j": 12.0, "m": 1.0, "w": 7.0 / 30.4375}
_COUNT = rf"(?:\d+(?:[.,]\d+)?|{'|'.join(_WORDS)})"
_INTERVAL = re.compile(
    rf"\b(?:(?:every|each|in|within|after|alle|repeat\w*|recommend\w*|follow\W?up|next)\b[^.;\d]{{0,30}}?"
    rf"(?P<low>\b{_COUNT})\s*(?:(?:-|–|to|or|bis|and)\s*(?P<high>{_COUNT}))?\s*-?\s*"
    r"(?P<unit>y(?:ea)?rs?|months?|weeks?|Jahren?|Jahre|Monaten?|Monate|Wochen)\b"
    r"|(?P<word>every year|yearly|annual(?:ly)?|once a year|jährlich|half-yearly|twice a year|biennial(?:ly)?))",
    re.IGNORECASE,
)
_LEAD = re.compile(
    r"^(?:repeat\w*|recommend\w*|follow\W?up|next)\b[\s:]*(?:\w+\s)*?(?=(?:every|each|in|within|after|alle)\b|\d)",
    re.IGNORECASE,
)
_IN_WORDS = {"half": 6, "twic": 6, "bien": 24}
_SENTENCE_END = re.compile(r"[.;](?=\s|$)")
_CLAUSE_END = re.compile(r"[.;,](?=\s|$)|\s(?:and|but|und)\s")
_SCAN = re.compile(
    r"\b(?:repeat|recommend|suggest|advis|follow|next|control|kontroll|empf|m-?ri?\b|mrt\b|scan|imag|re-?check|re-?assess"
    r"|monitor|surveil|review|annual|biennial)",
    re.IGNORECASE,
)
_TREATMENT = re.compile(
    r"transfu|chelat|defer|desfer|dfo\b|dfp\b|dfx\b|phlebotom|venesect|treat|therap|dose|dosing|units?\b|blood|stopped"
    r"|changed|started|ago\b",
    re.IGNORECASE,
)
_SOURCE = re.compile(
    r"(?:according to|as per|per(?!\s(?:year|month|week|day|cent|s\b))|source\s?:"
    r"|ref(?:erence|\.)?\s?:?|based on|following|nach)\s+(?P<a>[^.;()]{3,100})"
    r"|[(\[](?P<b>[^)\]]{3,100})[)\]]|(?P<c>(?:https?://|doi[:.]?\s?|10\.\d{4,}/)\S{3,100})",
    re.IGNORECASE,
)


def read_recommendation(text: str) -> Recommendation | None:
    """The interval that a text recommends, with the source it names for it; None where it recommends none.

    >>> read_recommendation("Repeat MRI in 6 months (ASH 2020)").source
    'ASH 2020'
    """
    shown = plain_signs(text)
    found = _INTERVAL.search(shown)
    return _recommended(shown, found) if found else None


def _is_of_a_scan(text: str, interval: re.Match[str]) -> bool:
    """Whether a sentence speaks of the next scan here, and not of how often something is given."""
    begin, end = _around(text, interval, _SENTENCE_END)
    clause = slice(*_around(text, interval, _CLAUSE_END))
    return _SCAN.search(text[begin:end]) is not None and _TREATMENT.search(text[clause]) is None


def _around(text: str, found: re.Match[str], mark: re.Pattern[str]) -> tuple[int, int]:
    """Where what holds a place begins and ends."""
    begin = max((end.end() for end in mark.finditer(text, 0, found.start())), default=0)
    return begin, next((end.start() for end in mark.finditer(text, found.end())), len(text))


def _recommended(shown: str, found: re.Match[str]) -> Recommendation:
    low, high = _months(found)
    begin, end = _around(shown, found, _SENTENCE_END)
    around = f"{shown[begin : found.start()]} ; {shown[found.end() : end]}"
    source = _SOURCE.search(around)
    named = next((part for part in source.groups() if part), "") if source else ""
    return Recommendation(low, high, _bare(found[0]), named.strip(" ,:"))


def _months(found: re.Match[str]) -> tuple[int, int | None]:
    if found["word"]:
        return _IN_WORDS.get(found["word"][:4].lower(), 12), None
    scale = _MONTHS_OF[found["unit"][0].lower()]
    low = max(round(_count(found["low"]) * scale), 1)
    high = max(round(_count(found["high"]) * scale), 1) if found["high"] else None
    return low, high if high is not None and high > low else None


def _count(text: str) -> float:
    return float(_WORDS[text.lower()]) if text.lower() in _WORDS else float(text.replace(",", "."))


def _bare(text: str) -> str:
    """The interval in the report's words, without what leads to it."""
    return _LEAD.sub("", text).strip()
