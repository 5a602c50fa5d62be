"""The exam as a FHIR R4 bundle: a preliminary report, one observation per organ and quantity, the PDF inside.

Numbers are those of the printed report, digit for digit. A limit travels with its comparator and a missing number with
its reason; neither is ever a plain value. Nobody is named unless the reader typed a patient id.
"""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import json
import re
import unicodedata
from dataclasses import astuple
from typing import Any
from uuid import NAMESPACE_OID, UUID, uuid5

from ironreport.knowledge import Knowledge
from ironreport.records import Assessment, Estimate, Finding, IronBalance, ReportDetails
from ironreport.records.direction_marks import without_direction_marks
from ironreport.report.codes import (
    BALANCE_CODE,
    BALANCE_UNIT,
    LOCAL,
    LOINC,
    MRI_REPORT,
    QUANTITY_CODE,
    SCT,
    SEVERITY_SCT,
    UCUM,
    UCUM_UNIT,
)
from ironreport.report.content import Card, ReportContent
from ironreport.report.numbers import decimals_for, written
from ironreport.report.quantities import Stated, input_sha256, stated
from ironreport.units import TIME_OF_RATE

Json = dict[str, Any]

TERMINOLOGY = "http://terminology.hl7.org/CodeSystem"
TITLE = "MRI iron report"
GENDERS = {"male": "male", "m": "male", "female": "female", "f": "female", "w": "female", "other": "other"}
ISO_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)


def to_fhir(assessment: Assessment, content: ReportContent, knowledge: Knowledge, pdf: bytes = b"") -> bytes:
    """The exam as a FHIR R4 collection in JSON; equal input gives equal bytes.

    Parameters
    ----------
    pdf : bytes
        The printed report, which goes into the bundle whole; left out where empty.
    """
    fingerprint = hashlib.sha256(repr((astuple(assessment), content, pdf)).encode("utf-8", "replace")).hexdigest()
    bundle = _Bundle(uuid5(NAMESPACE_OID, fingerprint))
    patient = bundle.add("Patient", "patient", _patient(content, assessment.exam.details))
    device = bundle.add("Device", "software", _software(content))
    about = {"status": "preliminary", "subject": patient, **_when("effectiveDateTime", content.exam_date)}
    pairs = zip(assessment.findings, content.cards, strict=True)
    panels = [
        _organ(bundle, place, finding, card, {**about, "device": device}, knowledge)
        for place, (finding, card) in enumerate(pairs)
    ]
    panels += _balance(bundle, assessment, content, {**about, "device": device})
    bundle.add("DiagnosticReport", "report", {**about, **_report(content, panels, pdf)})
    body = {
        "resourceType": "Bundle",
        "identifier": {"system": "urn:ietf:rfc:3986", "value": f"urn:uuid:{bundle.id}"},
        "type": "collection",
        "entry": bundle.entries,
    }
    return (json.dumps(body, ensure_ascii=False, indent=1, allow_nan=False) + "\n").encode()


class _Bundle:
    """Resources with ids that follow from the content alone."""

    def __init__(self, bundle_id: UUID) -> None:
        self.id = bundle_id
        self.entries: list[Json] = []

    def add(self, kind: str, name: str, body: Json) -> Json:
        """The reference to a resource that was put in."""
        url = f"urn:uuid:{uuid5(self.id, name)}"
        self.entries.append({"fullUrl": url, "resource": {"resourceType": kind, **_filled(body)}})
        return {"reference": url}


# ------------------------------------------------------------------------------- who and with what


def _patient(content: ReportContent, details: ReportDetails) -> Json:
    """The pseudonym; what identifies a person stands here only where the reader typed a patient id."""
    pseudonym = {"name": [{"use": "anonymous", "text": content.pseudonym or "not named"}]}
    if not details.patient_id.strip():
        return pseudonym
    identity = {"identifier": [{"value": details.patient_id}], "gender": GENDERS.get(details.sex.strip().casefold())}
    return {**identity, **pseudonym, **_when("birthDate", details.birth_date)}


def _software(content: ReportContent) -> Json:
    name, _, version = content.software.rpartition(" ")
    versions = (("software", version), ("knowledge", content.knowledge_version))
    return {
        "deviceName": [{"name": name, "type": "model-name"}],
        "version": [{"type": {"text": kind}, "value": value} for kind, value in versions],
        "note": [{"text": content.not_a_device}],
    }


def _report(content: ReportContent, panels: list[Json], pdf: bytes) -> Json:
    said = [f"CRITICAL: {line.text}" for line in content.critical]
    said += [
        *content.impression,
        *(f"{c.name} since the earlier result: {c.verdict}. {c.reason}" for c in content.changes),
        *([f"Iron balance: {content.balance.words}"] if content.balance else []),
    ]
    said += [*(f"Next scan: {line.text}" for line in content.next_scan), content.not_a_device]
    form = {"contentType": "application/pdf", "data": base64.b64encode(pdf).decode(), "title": TITLE}
    return {
        "identifier": [{"system": f"{LOCAL}.1", "value": content.report_id}],
        "category": [{"coding": [_coding(f"{TERMINOLOGY}/v2-0074", "RAD", "Radiology")]}],
        "code": {"coding": [_coding(LOINC, MRI_REPORT)], "text": TITLE},
        "result": panels,
        "conclusion": "\n".join(said),
        "presentedForm": [form] if pdf else [],
    }


def _when(name: str, date: str) -> Json:
    """The date under its name, or nothing where it is not a date."""
    try:
        return {name: dt.date.fromisoformat(date).isoformat()} if ISO_DATE.fullmatch(date) else {}
    except ValueError:
        return {}


# ------------------------------------------------------------------------------------ observations


def _organ(bundle: _Bundle, place: int, finding: Finding, card: Card, about: Json, knowledge: Knowledge) -> Json:
    """The panel of one organ: its quantities as members, its doubts as notes, or why there is no number."""
    snomed = knowledge.organ(finding.organ).snomed
    code = (snomed.code, snomed.meaning) if snomed else ("", "")
    about = {**_category(), **about, "bodySite": _coded(SCT, *code, text=f"{card.name} {card.where}".strip())}
    members: dict[str, Json] = {}
    for one in stated(finding, knowledge):
        body = {**about, **_observation(one, finding, card), **_derived(one, members)}
        members[one.quantity] = bundle.add("Observation", f"{place} {one.quantity}", body)
    notes = (*card.flags, *card.absence, *card.cautions, *card.caveats)
    panel = {
        **about,
        "identifier": [{"system": f"{LOCAL}.2", "value": input_sha256(finding.measurement)}],
        "code": _coded(LOCAL, "IRON", "Iron measurement of one organ (local code)", text=f"Iron, {card.name.lower()}"),
        "note": [{"text": note} for note in dict.fromkeys(notes)],
        "hasMember": list(members.values()),
        **({} if members else _absent(str(finding.absence) if finding.absence else "not measured")),
    }
    return bundle.add("Observation", f"{place} {finding.organ}", panel)


def _category() -> Json:
    return {"category": [{"coding": [_coding(f"{TERMINOLOGY}/observation-category", "imaging", "Imaging")]}]}


def _observation(one: Stated, finding: Finding, card: Card) -> Json:
    """Code, value with interval, method and class of one quantity."""
    graded = finding.grading is not None and finding.grading.quantity == one.quantity
    model = finding.fit.method if finding.fit else finding.measurement.signal.origin
    return {
        "code": _coded(*QUANTITY_CODE[one.quantity]),
        **_value(one),
        **({"interpretation": _interpretation(finding, card)} if graded else {}),
        "method": {"text": f"{model}; {card.calibration or one.calibration}" if one.calibration else model},
        "component": _interval(one),
    }


def _value(one: Stated) -> Json:
    if one.value is None:
        return _absent(one.why_no_value)
    return {"valueQuantity": {"comparator": one.comparator, **_quantity(one.printed, one.quantity)}}


def _quantity(printed: str, quantity: str) -> Json:
    return _measured(printed, UCUM_UNIT[quantity])


def _measured(printed: str, unit: str) -> Json:
    return {"value": float(printed) if "." in printed else int(printed), "unit": unit, "system": UCUM, "code": unit}


def _absent(why: str) -> Json:
    return {"dataAbsentReason": _coded(f"{TERMINOLOGY}/data-absent-reason", "unknown", "Unknown", text=why)}


def _interval(one: Stated) -> list[Json]:
    """The 95 % limits as a component; FHIR has no element of its own for them."""
    ends = {"low": one.printed_low, "high": one.printed_high}
    known = {end: _quantity(text, one.quantity) for end, text in ends.items() if text}
    code = _coded(LOCAL, "CI95", "95 % interval of the measurement (local code)")
    return [{"code": code, "valueRange": known}] if known else []


def _interpretation(finding: Finding, card: Card) -> list[Json]:
    """The class in words; as a code only where the value has one class, and not the best of several possible."""
    words = {"text": f"{card.class_word} by {card.ladder}{' (provisional)' if card.provisional else ''}"}
    grading = finding.grading
    open_ended = grading is not None and bool(grading.bound) and len(grading.grades_in_interval) > 1
    if open_ended or card.severity not in SEVERITY_SCT:
        return [words]
    return [{"coding": [_coding(SCT, *SEVERITY_SCT[card.severity])], **words}]


def _derived(one: Stated, members: dict[str, Json]) -> Json:
    """Times and iron rest on the rate, which is listed before them."""
    rate = next((members[rate] for rate in TIME_OF_RATE if rate in members and rate != one.quantity), None)
    return {"derivedFrom": [rate]} if rate else {}


# ------------------------------------------------------------------------------------ iron balance


def _balance(bundle: _Bundle, assessment: Assessment, content: ReportContent, about: Json) -> list[Json]:
    """The panel of the iron balance with its numbers, or why there is none; nothing where none was asked for."""
    found, said = assessment.balance, content.balance
    if found is None or said is None:
        return []
    panel = {
        **{name: value for name, value in about.items() if name != "effectiveDateTime"},
        **_category(),
        "code": _coded(LOCAL, "IRON-BALANCE", "Iron balance between two scans (local code)"),
        "note": [{"text": text} for text in (*said.given, *said.cautions, *(note.text for note in said.notes))],
    }
    if not isinstance(found, IronBalance):
        return [bundle.add("Observation", "balance", {**panel, **_absent(" ".join(said.absence))})]
    period = {"effectivePeriod": {"start": found.since, "end": found.until}}
    ledger = found.ledger
    moved = {"change": ledger.change, "in": ledger.iron_in, "out": ledger.iron_out}
    parts: list[tuple[str, Json, Estimate]] = [("body", {"effectiveDateTime": found.since}, ledger.body_before)]
    parts += [("body", {"effectiveDateTime": found.until}, ledger.body_now)]
    parts += [(part, period, amount) for part, flow in moved.items() for amount in (flow.total, flow.per_day)]
    bare = {name: value for name, value in panel.items() if name not in ("code", "note")}
    members = [
        bundle.add("Observation", f"balance {place}", {**bare, **when, **_amount(part, amount)})
        for place, (part, when, amount) in enumerate(parts)
    ]
    return [bundle.add("Observation", "balance", {**panel, **period, "hasMember": members})]


def _amount(part: str, amount: Estimate) -> Json:
    """Code, value and 95 % limits of one part of the balance, digit for digit as printed."""
    decimals, unit = decimals_for(amount), BALANCE_UNIT[amount.quantity]
    ends = {"low": amount.low, "high": amount.high}
    known = {end: _measured(written(x, decimals), unit) for end, x in ends.items() if x is not None}
    code = _coded(LOCAL, "CI95", "95 % interval of the measurement (local code)")
    return {
        "code": _coded(LOCAL, *BALANCE_CODE[part]),
        "valueQuantity": _measured(written(amount.value, decimals), unit),
        "component": [{"code": code, "valueRange": known}] if known else [],
    }


# -------------------------------------------------------------------------------------- data types


def _coding(system: str, code: str, display: str = "") -> Json:
    return {"system": system, "code": code, "display": display}


def _coded(system: str, code: str, display: str = "", text: str = "") -> Json:
    return {"coding": [_coding(system, code, display)] if code else [], "text": text or display}


def _filled(value: Any) -> Any:
    """The same without empty parts, which FHIR forbids, and with printable text."""
    if isinstance(value, dict):
        parts = {name: _filled(part) for name, part in value.items()}
        return {name: part for name, part in parts.items() if part not in ("", None, [], {})}
    if isinstance(value, list):
        return [part for part in map(_filled, value) if part not in ("", None, [], {})]
    return _printable(value).strip() if isinstance(value, str) else value


def _printable(text: str) -> str:
    shown = without_direction_marks(text)
    return "".join(" " if unicodedata.category(c) in ("Cc", "Cs") and c != "\n" else c for c in shown)
