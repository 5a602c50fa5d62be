"""Which terms stand in a text, each with its explanation and the formula that made the patient's number."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ironreport.knowledge import Knowledge
from ironreport.knowledge.glossary import Glossary
from ironreport.report.balance_content import BalanceSection
from ironreport.report.content import Card, ReportContent, Step
from ironreport.report.statuses import status_of

HAS_NUMBER = re.compile(r"\d")


@dataclass(frozen=True, slots=True)
class Explained:
    """One term as it is met on a page.

    Parameters
    ----------
    here : str
        The text with the number that it explains; empty where it stands without one.
    formula : tuple of str
        How the number was made, with the patient's own numbers.
    """

    term: str
    text: str
    here: str
    formula: tuple[str, ...]
    status: str
    citations: tuple[str, ...]


def explained(
    texts: Sequence[str], formulas: Iterable[str], glossary: Glossary, knowledge: Knowledge
) -> tuple[Explained, ...]:
    """Every term of some texts in the order in which they stand there.

    Parameters
    ----------
    formulas : iterable of str
        Lines such as ``R2* = 1000 / T2* = 331``; each goes with the term on its left side.
    """
    lines = tuple(formulas)
    held = {text: glossary.terms_in(text) for text in dict.fromkeys((*texts, *lines))}
    met = {term.id: term for terms in held.values() for term in terms}
    place: dict[str, str] = {}  # by id: two terms are compared field by field
    for text in texts:
        if HAS_NUMBER.search(text):
            for term in held[text]:
                place.setdefault(term.id, text)
    made = {line: [term.id for term in glossary.terms_in(line.partition("=")[0])[:1]] for line in lines}
    return tuple(
        Explained(
            term.term,
            term.text,
            place.get(term.id, ""),
            tuple(line for line in lines if made[line] == [term.id]),
            status_of(term.evidence),
            tuple(knowledge.sources[s].citation for s in term.sources),
        )
        for term in met.values()
    )


def texts_of_card(card: Card) -> tuple[str, ...]:
    """All that the face of a card says."""
    band = (*card.band.limits, *(f"class {s.label}" for s in card.band.segments)) if card.band else ()
    said = (card.headline, card.interval, card.class_word, card.measured, card.calibration, card.other_calibrations)
    ladder = f"ladder {card.ladder}" if card.ladder else ""
    cited = tuple(line.text for line in card.sentences)
    where = f"{card.name}, {card.where}"
    rest = (*card.flags, *card.cautions, *card.absence, *cited, *band)
    return tuple(text for text in (*said, ladder, where, *rest) if text)


def texts_of_step(step: Step) -> tuple[str, ...]:
    """All that a notebook cell says."""
    return (step.title, *step.given, *step.formula, *step.result, *step.cautions)


def texts_of_balance(balance: BalanceSection) -> tuple[str, ...]:
    """All that an iron balance says."""
    rows = (f"Iron balance, {row.label}: {row.total}; {row.per_day}" for row in balance.rows)
    notes = (note.text for note in balance.notes)
    return (*balance.given, *rows, *balance.cautions, *notes, *balance.absence)


def formulas_of(card: Card) -> tuple[str, ...]:
    """Every formula behind a card, with the patient's numbers."""
    return tuple(line for step in card.steps for line in step.formula)


def texts_of_report(content: ReportContent) -> tuple[str, ...]:
    """All that a report says with numbers in it: answers, doubts, guidance, changes, limits."""
    faces = tuple(text for card in content.cards for text in texts_of_card(card))
    rows = tuple(f"{r.label}: {r.value}" for card in content.cards for r in (*card.fit_rows, *card.calibration_rows))
    steps = tuple(text for card in content.cards for step in card.steps for text in texts_of_step(step))
    cited = (*content.critical, *content.next_scan, *content.prompts, *content.information)
    changes = tuple(text for c in content.changes for text in (c.before, c.now, c.verdict, c.reason))
    loose = (*content.impression, *content.missing, *content.limitations, content.informed, content.plain_words)
    patient = tuple(f"{row.label}: {row.value}" for row in (*content.patient, *content.technique))
    balance = texts_of_balance(content.balance) if content.balance else ()
    versions = (f"knowledge {content.knowledge_version}",)
    tests = tuple(f"Tests to correlate: {', '.join(card.tests)}" for card in content.cards if card.tests)
    return (
        *faces,
        *rows,
        *(line.text for line in cited),
        *changes,
        *balance,
        *loose,
        *patient,
        *steps,
        *tests,
        *versions,
    )
