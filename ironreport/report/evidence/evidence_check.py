"""What ``ironreport check`` says: counts, what is disabled and why, every worked example recomputed."""

from __future__ import annotations

from collections import Counter

from ironreport.knowledge import Knowledge
from ironreport.knowledge.body_iron import BloodUnit, BodyIronLaw
from ironreport.knowledge.contradictions import Contradiction
from ironreport.knowledge.rules import Phrase, Rule
from ironreport.knowledge.schema import Calibration, Check, Cited, Flag, Sentence
from ironreport.report.evidence.evidence_rows import EvidenceRow, evidence_rows
from ironreport.report.statuses import STATUS


def check_lines(knowledge: Knowledge, contradictions: tuple[Contradiction, ...]) -> list[str]:
    """Lines for the command line; the files were checked while they were loaded."""
    rows = evidence_rows(knowledge)
    by_status, by_kind = Counter(r.evidence for r in rows), Counter(r.kind for r in rows)
    disabled = [r for r in rows if not r.enabled]
    statuses = [*STATUS, *sorted(by_status.keys() - STATUS.keys())]
    return [
        f"Knowledge {knowledge.version}, reviewed {knowledge.reviewed}: all files are valid.",
        f"{len(knowledge.organs)} organs, {len(knowledge.diseases)} diseases, {len(knowledge.sources)} sources, "
        f"{len(contradictions)} contradictions between sources.",
        f"{len(rows)} entries by status:",
        *(f"  {by_status[s]:4}  {STATUS.get(s, s)}" for s in statuses if by_status[s]),
        f"{len(rows)} entries by kind:",
        *(f"  {n:4}  {kind}" for kind, n in sorted(by_kind.items(), key=lambda x: (-x[1], x[0]))),
        f"Disabled: {len(disabled)}",
        *(f"  {r.place}: {_why(r)}" for r in disabled),
        "Worked examples, recomputed:",
        *(_example(organ.id, c) for organ in knowledge.organs.values() for c in organ.calibration),
    ]


def _why(row: EvidenceRow) -> str:
    """Why an entry is not used, and what the file says of it."""
    reason = {"C": "status C, not confirmed", "rejected": "rejected, known wrong"}.get(
        row.evidence, "switched off in the file"
    )
    return f"{reason}. {row.note or row.where or row.lines[-1]}"


def _example(organ: str, c: Calibration) -> str:
    example = c.worked_example
    said = f"{c.formula(c.input)} at {example.input:g} gives {c.iron_mg_per_g(example.input):.3f}, as written"
    return f"  {organ} {c.field} T {c.id}: {said}"


def sentence_lines(knowledge: Knowledge) -> list[str]:
    """Every sentence that a report may hold, with the kinds of its sources: one line each, then what must be none."""
    found = [(place, entry) for place, entry in knowledge.entries() if _is_sentence(entry) and entry.usable]
    printed = [(place, entry) for place, entry in found if knowledge.printable(entry)]
    lines = [f"{place} | {_kinds(entry, knowledge)} | {getattr(entry, 'text', '')}" for place, entry in printed]
    held = [f"  {place}" for place, entry in found if not knowledge.printable(entry)]
    return [
        *lines,
        f"{len(lines)} sentences.",
        f"{len(held)} rest on no paper, guideline or label: never printed.",
        *held,
    ]


def _is_sentence(entry: Cited) -> bool:
    return isinstance(entry, Sentence | Phrase | Flag | Check | BodyIronLaw | BloodUnit) or (
        isinstance(entry, Rule) and entry.kind != "help"
    )


def _kinds(entry: Cited, knowledge: Knowledge) -> str:
    return ", ".join(f"{source} ({knowledge.sources[source].kind})" for source in entry.sources)


def table_lines(knowledge: Knowledge) -> list[str]:
    """Every entry of the files as a Markdown table: kind, id, field, value, status, used or not, sources."""
    rows = evidence_rows(knowledge)
    head = [
        "# Every entry of the knowledge files",
        "",
        f"Written by `ironreport check --table` from knowledge {knowledge.version}, reviewed {knowledge.reviewed}.",
        "",
        "| entry | id | field | value | status | used | sources |",
        "|---|---|---|---|---|---|---|",
    ]
    return [*head, *(_table_row(row) for row in rows)]


def _table_row(row: EvidenceRow) -> str:
    value = "; ".join(row.lines)
    cells = (
        row.kind,
        f"`{row.id}`",
        row.field,
        value,
        row.evidence,
        "yes" if row.enabled else "no",
        ", ".join(row.sources),
    )
    return "| " + " | ".join(cell.replace("|", "\\|").replace("\n", " ") for cell in cells) + " |"
