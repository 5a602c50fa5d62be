"""A printed number answered in a few lines: what it is, who says otherwise, the next scan, what would change it.

Text only: the page and the printed sheet draw the same answer.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace

from ironreport.knowledge import Knowledge
from ironreport.knowledge.site_precision import with_site_precision
from ironreport.records import DecidingFact, Finding, Outcome, PrintedResult, QuickCheck
from ironreport.report.answers import ladder_of
from ironreport.report.content import Card, CitedText, Reference, ReportContent, Row
from ironreport.report.first_line import first_line, who_says_otherwise
from ironreport.report.origin_rows import OriginRow, origin_rows
from ironreport.report.their_interval import their_interval
from ironreport.units import NOTATION


@dataclass(frozen=True, slots=True)
class Question:
    """A fact that decides: its question, what can be answered (nothing: a number) and what answers would do."""

    fact: str
    label: str
    answers: tuple[str, ...]
    effect: str


@dataclass(frozen=True, slots=True)
class QuickAnswer:
    """The answer to one printed number, frozen; ``quick_id`` is a fingerprint of everything said here.

    ``first`` is the first line: what it is, and ``because`` by what.
    """

    quick_id: str
    first: str
    because: str
    otherwise: str
    doubts: tuple[str, ...]
    critical: tuple[CitedText, ...]
    next_scan: tuple[CitedText, ...]
    theirs: tuple[CitedText, ...]
    questions: tuple[Question, ...]
    also_open: tuple[str, ...]
    prompts: tuple[CitedText, ...]
    printed: tuple[Row, ...]
    known: tuple[Row, ...]
    rows: tuple[OriginRow, ...]
    card: Card
    references: tuple[Reference, ...]
    content: ReportContent


def describe_quick(check: QuickCheck, content: ReportContent, knowledge: Knowledge) -> QuickAnswer:
    """The answer to a printed number.

    Parameters
    ----------
    content : ReportContent
        The description of ``check.assessment``, with what the hospital's settings add.
    """
    knowledge = with_site_precision(knowledge, check.assessment.own_precision)
    finding, card, guidance = check.assessment.findings[0], content.cards[0], check.assessment.guidance
    first, because = first_line(check, card, knowledge)
    answer = QuickAnswer(
        quick_id="",
        first=first,
        because=because,
        otherwise=who_says_otherwise(check, knowledge),
        doubts=_doubts(check, finding, card, knowledge),
        critical=content.critical,
        next_scan=content.next_scan,
        theirs=their_interval(check, knowledge),
        questions=tuple(_question(d, knowledge) for d in check.deciding),
        also_open=_open_measurements(guidance.missing, knowledge),
        prompts=content.prompts,
        printed=_printed(check.printed, knowledge),
        known=_known(check, knowledge),
        rows=origin_rows(check, knowledge),
        card=card,
        references=(),
        content=content,
    )
    cited = _with_references(answer, finding, knowledge)
    return replace(cited, quick_id=hashlib.sha256(repr(cited).encode()).hexdigest()[:8])


def about(months: int | None, months_to: int | None) -> str:
    """An interval in words.

    >>> about(12, 24), about(6, None), about(None, None)
    ('about 12 to 24 months', 'about 6 months', 'no interval is suggested')
    """
    if months is None:
        return "no interval is suggested"
    return f"about {months} to {months_to} months" if months_to else f"about {months} months"


# ------------------------------------------------------------------------------------- doubts, facts


def _doubts(check: QuickCheck, finding: Finding, card: Card, knowledge: Knowledge) -> tuple[str, ...]:
    """Cautions of the number, how it was read, and what a number without its curve cannot say."""
    rate = finding.estimate.rate if finding.estimate else None
    if rate is None:
        curve = knowledge.line("printed-without-rate")
    else:
        curve = knowledge.line("printed-without-error" if rate.low is None else "printed-without-curve")
    return (*card.cautions, *check.notes, curve)


def _question(decision: DecidingFact, knowledge: Knowledge) -> Question:
    fact = next((f for f in knowledge.shared.fact if f.id == decision.fact), None)
    if fact is None:
        return Question(decision.fact, "Disease", (), _effects(decision, knowledge))
    return Question(fact.id, fact.label, fact.answers, _effects(decision, knowledge))


def _effects(decision: DecidingFact, knowledge: Knowledge) -> str:
    """What the answers would do, in a few words."""
    if decision.how == "lines":
        return "changes what is advised"
    if decision.how == "with-others":
        return f"with all open facts answered so: {_about(decision.outcomes[0])}"
    named = {f.id for f in knowledge.shared.fact if f.kind == "choice"}
    if decision.fact in named:
        return "; ".join(f"{o.answer}: {_about(o)}" for o in decision.outcomes)
    if decision.fact in {f.id for f in knowledge.shared.fact}:
        return f"may change it to: {' or '.join(dict.fromkeys(map(_about, decision.outcomes)))}"
    return "; ".join(f"{knowledge.diseases[o.answer].name}: {_about(o)}" for o in decision.outcomes)


def _about(outcome: Outcome) -> str:
    return about(outcome.months, outcome.months_to)


def _open_measurements(missing: tuple[str, ...], knowledge: Knowledge) -> tuple[str, ...]:
    """What was not measured and could change the interval; facts are asked and not listed."""
    facts = {f.label.casefold() for f in knowledge.shared.fact} | {"disease"}
    return tuple(name for name in missing if name.casefold() not in facts)


def _printed(printed: PrintedResult, knowledge: Knowledge) -> tuple[Row, ...]:
    """What the other report says, as it was read."""
    rows = [Row("Organ", knowledge.organ(printed.organ).name)]
    for quantity in ("r2star_per_s", "t2star_ms", "lic_mg_per_g", "r2_per_s"):
        value = getattr(printed, quantity)
        if value is not None:
            rows.append(Row(NOTATION[quantity].symbol, f"{value:.10g} {NOTATION[quantity].unit}"))
    field = f"{printed.field_tesla:g} T" if printed.field_tesla is not None else "not stated"
    return (*rows, Row("Field strength", field), Row("Calibration", printed.calibration or "not stated"))


def _known(check: QuickCheck, knowledge: Knowledge) -> tuple[Row, ...]:
    context = check.assessment.exam.context
    labels = {f.id: f.label for f in knowledge.shared.fact}
    stated = [Row(labels[name], value) for name, value in context.facts if name in labels and value != "unknown"]
    disease = knowledge.diseases[context.disease].name if context.disease != "unknown" else "not stated"
    return (Row("Disease", disease), *stated)


# ------------------------------------------------------------------------------------- references


def _with_references(answer: QuickAnswer, finding: Finding, knowledge: Knowledge) -> QuickAnswer:
    """The answer with numbered sources behind every number: calibrations, class limits, error, intervals."""
    ladder = ladder_of(finding, knowledge)
    precision = knowledge.precision(finding.organ) if finding.estimate and finding.estimate.precision else None
    lines = (*answer.critical, *answer.next_scan, *answer.theirs, *answer.prompts)
    used = [s for row in answer.rows for s in row.sources]
    used += [*(ladder.sources if ladder else ()), *(precision.sources if precision else ())]
    used += [s for line in lines for s in line.sources]
    marks = {s: n for n, s in enumerate(dict.fromkeys(knowledge.printed_sources(tuple(used))), start=1)}
    return replace(
        answer,
        rows=tuple(replace(row, marks=_marks(row.sources, marks)) for row in answer.rows),
        critical=_marked(answer.critical, marks),
        next_scan=_marked(answer.next_scan, marks),
        theirs=_marked(answer.theirs, marks),
        prompts=_marked(answer.prompts, marks),
        card=replace(
            answer.card,
            ladder_marks=_marks(ladder.sources if ladder else (), marks),
            calibration_marks=_marks(precision.sources if precision else (), marks),
        ),
        references=tuple(_reference(n, source, knowledge) for source, n in marks.items()),
    )


def _marked(lines: tuple[CitedText, ...], marks: dict[str, int]) -> tuple[CitedText, ...]:
    return tuple(replace(line, marks=_marks(line.sources, marks)) for line in lines)


def _marks(sources: tuple[str, ...], marks: dict[str, int]) -> str:
    numbers = sorted({marks[s] for s in sources if s in marks})
    return f"[{', '.join(map(str, numbers))}]" if numbers else ""


def _reference(number: int, source: str, knowledge: Knowledge) -> Reference:
    found = knowledge.sources[source]
    return Reference(number, source, found.citation, found.doi or "", found.read)
