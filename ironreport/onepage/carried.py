"""What of the knowledge the one page carries, as plain data: numbers, limits, words and sources."""

from __future__ import annotations

from typing import Any

from ironreport.assess.grading import SMALLEST_SHARE, choose_ladder, why_no_grade
from ironreport.assess.plausible import plausible_doubt
from ironreport.assess.precision import NORMAL_95
from ironreport.errors import AssessmentError, Refusal
from ironreport.knowledge import Knowledge
from ironreport.knowledge.organ_file import OrganFile
from ironreport.knowledge.rules import Rule
from ironreport.knowledge.schema import Calibration, Flag, Ladder
from ironreport.units import NOTATION, rate_per_s

Plain = dict[str, Any]
"""JSON."""

LINES = ("not-a-device", "physician-decides", "printed-without-curve", "printed-without-error", "printed-without-rate")
FIELD_NOT_STATED = ""


def carried(knowledge: Knowledge) -> Plain:
    """All that the page reckons with and says, by the published defaults."""
    organs = [_organ(file, knowledge) for file in knowledge.organs.values()]
    return {
        "knowledge": knowledge.version,
        "reviewed": knowledge.reviewed,
        "normal_95": NORMAL_95,
        "smallest_share": SMALLEST_SHARE,
        "product": rate_per_s(1.0),
        "notation": {quantity: [n.symbol, n.unit] for quantity, n in NOTATION.items()},
        "lines": {name: knowledge.line(name) for name in LINES},
        "fields": [{"id": f.id, "label": f.label} for f in knowledge.shared.field],
        "organs": {organ["id"]: organ for organ in organs},
        "sources": _sources(organs, knowledge),
    }


def tesla_of(field: str) -> float | None:
    """The field strength of a class of fields; None where it is not stated."""
    return float(field) if field else None


def _organ(file: OrganFile, knowledge: Knowledge) -> Plain:
    fields = [FIELD_NOT_STATED, *(f.id for f in knowledge.shared.field)]
    precision = knowledge.precision(file.id)
    return {
        "id": file.id,
        "name": file.name,
        "standing": file.standing,
        "caveats": list(file.caveats),
        "prints_lic": any(c.output == "lic_mg_per_g" for c in file.calibration),
        "precision": precision and {"cov_percent": precision.cov_percent, "kind": precision.kind, "id": precision.id,
                                    "sources": _printed(precision.sources, knowledge)},
        "fields": {field: _at(file, field, knowledge) for field in fields},
        "critical": [x for r in knowledge.rules("unknown") if (x := _critical(r, file, knowledge)) is not None],
    }  # fmt: skip


def _at(file: OrganFile, field: str, knowledge: Knowledge) -> Plain:
    """One organ at one class of fields; ``no_class`` stands before any number is known, ``no_limit`` after."""
    known = field or None
    before = why_no_grade(file.id, tesla_of(field), "T2*", (), knowledge)
    return {
        "no_class": before and _refusal(before),
        "no_limit": None if before else _no_limit(file, field, knowledge),
        "plausible": [
            {"quantity": p.quantity, "above": p.above, "below": p.below,
             "text": plausible_doubt(p, file.id, knowledge).text}
            for p in knowledge.plausible(file.id, known)
        ],
        "calibrations": [_calibration(c, knowledge) for c in knowledge.calibrations(file.id, known) if not c.requires],
        "ladders": [_ladder(x, knowledge) for x in knowledge.ladders(file.id, known)],
        "flags": [_flag(f) for f in knowledge.flags(file.id, known)],
    }  # fmt: skip


def _no_limit(file: OrganFile, field: str, knowledge: Knowledge) -> Plain | None:
    if file.no_class:
        return _refusal(Refusal("NO_CLASS", file.no_class, ""))
    try:
        choose_ladder(file.id, field, "", knowledge)
    except AssessmentError as error:
        return _refusal(error.refusal)
    return None


def _refusal(refusal: Refusal) -> Plain:
    return {"code": refusal.code, "text": str(refusal)}


def _critical(rule: Rule, file: OrganFile, knowledge: Knowledge) -> Plain | None:
    """A rule that makes a result of this organ critical by its classes and their probability alone; None for others."""
    asked = {"organ", "severity", "probability_from", "site_limit"}
    of_classes = all(c.organ == file.id and c.severity and c.model_fields_set <= asked for c in rule.all)
    if not rule.critical or rule.any or not rule.all or not of_classes:
        return None
    limits = {limit.id: limit.written(limit.value) for limit in knowledge.shared.site_limit}
    said = {name: knowledge.line("our-limit").format(value=value) for name, value in limits.items()}
    text = rule.text.format_map(said | {"worse": "{worse}", "probability": "{probability}"})
    wanted = [{"severity": list(c.severity), "probability_from": c.probability_from} for c in rule.all]
    return {"id": rule.id, "all": wanted, "text": text}


def _calibration(entry: Calibration, knowledge: Knowledge) -> Plain:
    kept = ("id", "label", "input", "output", "form", "default", "range_high", "information_only", "cohort")
    plain = {name: getattr(entry, name) for name in kept}
    return plain | {"coefficients": entry.coefficients, "sources": _printed(entry.sources, knowledge)}


def _ladder(entry: Ladder, knowledge: Knowledge) -> Plain:
    grades = [{k: getattr(g, k) for k in ("id", "label", "severity", "bound", "bound_included")} for g in entry.grades]
    kept = ("id", "label", "quantity", "worse", "default", "provisional", "caveat")
    plain = {name: getattr(entry, name) for name in kept}
    return plain | {"grades": grades, "sources": _printed(entry.sources, knowledge)}


def _flag(entry: Flag) -> Plain:
    return {"id": entry.id, "quantity": entry.quantity, "below": entry.below, "text": entry.text}


def _printed(sources: tuple[str, ...], knowledge: Knowledge) -> list[str]:
    return list(knowledge.printed_sources(sources))


def _sources(carried_organs: list[Plain], knowledge: Knowledge) -> Plain:
    """Citation and DOI of every source that an entry of the page names."""
    named: dict[str, None] = {}
    for organ in carried_organs:
        entries = [x for at in organ["fields"].values() for x in (*at["calibrations"], *at["ladders"])]
        for entry in (*entries, *filter(None, [organ["precision"]])):
            named |= dict.fromkeys(entry["sources"])
    found = {name: knowledge.sources[name] for name in named}
    return {name: [source.citation, source.doi or ""] for name, source in found.items()}
