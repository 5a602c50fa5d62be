"""Describes the iron balance: numbers with their doubt as text, what they rest on, and what they leave out."""

from __future__ import annotations

from ironreport.knowledge import Knowledge
from ironreport.knowledge.body_iron import BloodUnit, BodyIronLaw, IronBalanceFile
from ironreport.knowledge.schema import Sentence
from ironreport.records import Assessment, Estimate, IronBalance, IronFlow, NoBalance, Transfused
from ironreport.report.balance_content import BalanceBar, BalanceRow, BalanceSection
from ironreport.report.cited import CitedText
from ironreport.report.numbers import decimals_for, interval, number, with_interval

MINUS = "\N{MINUS SIGN}"
MG_PER_KG_PER_DAY = "mg/kg/day"
IN, OUT, CHANGE = "Iron in, by transfusion", "Iron out, by chelation and other losses", "Change of body iron"
ROUNDED = "Each number is rounded by its own doubt, so that the lines may miss each other by one in the last digit."
OWN_IRON = "no interval: the reader's own iron of the blood"


def balance_section(assessment: Assessment, knowledge: Knowledge, marks: dict[str, int]) -> BalanceSection | None:
    """The iron balance of an exam; None where none was asked for.

    Parameters
    ----------
    marks : dict
        Numbers of the sources in the reference list.
    """
    found = assessment.balance
    if found is None:
        return None
    name = knowledge.organ(found.organ).name
    if isinstance(found, NoBalance):
        return BalanceSection(found.organ, name, absence=tuple(x for x in (found.what, found.cure) if x))
    file = _file(found, knowledge)
    return BalanceSection(
        organ=found.organ,
        name=name,
        given=_given(found, knowledge),
        rows=_rows(found),
        bars=_bars(found),
        cautions=tuple(caution.text for caution in found.cautions),
        notes=_notes(found, file, knowledge, marks),
    )


def balance_sources(assessment: Assessment, knowledge: Knowledge) -> tuple[str, ...]:
    """Sources of the numbers of a balance; none without one."""
    found = assessment.balance
    return _file(found, knowledge).sources if isinstance(found, IronBalance) else ()


def _file(found: IronBalance, knowledge: Knowledge) -> IronBalanceFile:
    file = knowledge.organ(found.organ).balance
    assert file is not None  # noqa: S101 - a balance is drawn only for an organ that has one
    return file


# ------------------------------------------------------------------------------- what it rests on


def _given(found: IronBalance, knowledge: Knowledge) -> tuple[str, ...]:
    labels = {c.id: c.label for c in knowledge.organ(found.organ).calibration}
    return (
        f"{found.since} to {found.until}, {found.n_days} days: {with_interval(found.iron_before)}, then "
        f"{with_interval(found.iron_now)}, both by {labels.get(found.calibration, found.calibration)}.",
        f"{_blood(found.transfused)} Body weight {found.transfused.weight_kg or 0.0:g} kg.",
    )


def _blood(transfused: Transfused) -> str:
    if transfused.n_units is None:
        volume_ml, haematocrit_percent, iron_mg_per_ml = (x or 0.0 for x in transfused.by_volume)
        held = f"haematocrit {haematocrit_percent:g} %, {iron_mg_per_ml:g} mg of iron per mL of red cells"
        return f"Transfused since: {volume_ml:g} mL, {held} (the reader's own number)."
    own = transfused.iron_per_unit_mg
    if own is None:
        return f"Transfused since: {transfused.n_units:g} units of red cells."
    units = f"{transfused.n_units:g} units of red cells"
    return f"Transfused since: {units} of {own:g} mg iron each (the reader's own number)."


# -------------------------------------------------------------------------------------- the ledger


def _rows(found: IronBalance) -> tuple[BalanceRow, ...]:
    ledger = found.ledger
    return (
        BalanceRow(f"Body iron, {found.since}", written(ledger.body_before), ""),
        BalanceRow(f"Body iron, {found.until}", written(ledger.body_now), ""),
        BalanceRow(CHANGE, signed(ledger.change.total), signed(ledger.change.per_day)),
        BalanceRow(IN, *_with_own(ledger.iron_in)),
        BalanceRow(OUT, written(ledger.iron_out.total), written(ledger.iron_out.per_day)),
    )


def written(estimate: Estimate) -> str:
    """Value and interval, without a unit.

    >>> written(Estimate("iron_mg_per_kg_per_day", 0.1339, 0.0600, 0.2072))
    '0.13 (0.06 to 0.21)'
    """
    limits = interval(estimate)
    text = f"{number(estimate)} ({limits})" if limits else number(estimate)
    return text.replace("-", MINUS)


def signed(estimate: Estimate) -> str:
    """The same with the sign of what rose.

    >>> signed(Estimate("iron_mg_per_kg", 63.6, 40.0, 87.5))
    '+64 (40 to 88)'
    """
    return f"+{written(estimate)}" if estimate.value > 0.0 else written(estimate)


def _with_own(flow: IronFlow) -> tuple[str, str]:
    """Iron in as a whole and each day; where the reader gave the iron of the blood, that it has no interval."""
    if flow.total.low is not None:
        return written(flow.total), written(flow.per_day)
    return f"{number(flow.total)} ({OWN_IRON})", f"{number(flow.per_day)} (no interval)"


def _bars(found: IronBalance) -> tuple[BalanceBar, ...]:
    gained, lost, change = found.ledger.iron_in.per_day, found.ledger.iron_out.per_day, found.ledger.change.per_day
    high, low = (None if x is None else -x for x in (lost.low, lost.high))
    return (
        BalanceBar("in", "in", gained.value, gained.low, gained.high, written(gained)),
        BalanceBar("out", "out", -lost.value, low, high, written(lost)),
        BalanceBar("change", "change", change.value, change.low, change.high, signed(change)),
    )


# --------------------------------------------------------------------------------- what to know


def _notes(
    found: IronBalance, file: IronBalanceFile, knowledge: Knowledge, marks: dict[str, int]
) -> tuple[CitedText, ...]:
    entries = ((file.law.id, file.law), (file.unit.id, file.unit), ("balance-leaves-out", file.leaves_out))
    cited = tuple(_cited(rule, entry, knowledge, marks) for rule, entry in entries)
    return (*cited, *(CitedText(text) for text in (_by_others(found), ROUNDED) if text))


def _cited(
    rule: str, entry: BodyIronLaw | BloodUnit | Sentence, knowledge: Knowledge, marks: dict[str, int]
) -> CitedText:
    sources = knowledge.printed_sources(entry.sources)
    numbers = sorted({marks[s] for s in sources if s in marks})
    return CitedText(entry.text, rule, entry.evidence, sources, f"[{', '.join(map(str, numbers))}]" if numbers else "")


def _by_others(found: IronBalance) -> str:
    """What the other calibrations of the field make of the iron out, from least to most."""
    values = sorted(value for _, value in found.out_by_calibration)
    if not values:
        return ""
    decimals = decimals_for(found.ledger.iron_out.per_day)
    low, high = (f"{value:.{decimals}f}" for value in (values[0], values[-1]))
    return f"The other published calibrations of this field give an iron out of {low} to {high} {MG_PER_KG_PER_DAY}."
