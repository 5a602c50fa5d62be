"""The FHIR bundle: valid by two validators, the printed numbers digit for digit, and nobody named."""

from __future__ import annotations

import base64
import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, NoReturn
from uuid import UUID

import pytest
from fhir.resources.R4B.bundle import Bundle

from ironreport.assess import assess
from ironreport.knowledge import published_knowledge
from ironreport.records import Assessment, Exam, Measurement, PrintedResult, ReportDetails
from ironreport.report import describe
from ironreport.report.codes import LOCAL, QUANTITY_CODE, UCUM_UNIT
from ironreport.report.content import ReportContent
from ironreport.report.fhir import to_fhir
from ironreport.report.pdf import write_pdf
from ironreport.synthetic.samples import sample_exam
from ironreport.units import NOTATION

KNOWLEDGE = published_knowledge()
VALIDATOR = Path(sys.prefix) / "fhir_validator"
ASK = """
const { Fhir } = require('fhir');
const bundle = JSON.parse(require('fs').readFileSync(0));
const said = new Fhir().validate(bundle, { errorOnUnexpected: true });
process.stdout.write(JSON.stringify(said));
"""
Json = dict[str, Any]


def resources(bundle: bytes, kind: str = "") -> list[Json]:
    entries = json.loads(bundle)["entry"]
    return [e["resource"] for e in entries if kind in ("", e["resource"]["resourceType"])]


def snomed_code(organ: str) -> str:
    found = KNOWLEDGE.organ(organ).snomed
    assert found is not None
    return found.code


def observation(bundle: bytes, organ: str, quantity: str) -> Json:
    """The one observation of an organ and quantity."""
    wanted = (snomed_code(organ), QUANTITY_CODE[quantity][1])
    (found,) = (
        o
        for o in resources(bundle, "Observation")
        if (o["bodySite"]["coding"][0]["code"], o["code"]["coding"][0]["code"]) == wanted
    )
    return found


def panel(bundle: bytes, organ: str) -> Json:
    panels = [o for o in resources(bundle, "Observation") if o["code"]["coding"][0]["code"] == "IRON"]
    return next(o for o in panels if o["bodySite"]["coding"][0]["code"] == snomed_code(organ))


def of(exam: Exam) -> bytes:
    assessment = assess(exam, KNOWLEDGE)
    return to_fhir(assessment, describe(assessment, KNOWLEDGE), KNOWLEDGE)


@pytest.fixture(scope="module")
def bundle(assessment: Assessment, content: ReportContent) -> bytes:
    return to_fhir(assessment, content, KNOWLEDGE, write_pdf(content))


# -------------------------------------------------------------------------------------- validity


@pytest.fixture(scope="module")
def ask(not_here: Callable[[str], NoReturn]) -> Callable[[bytes], Json]:
    """What the validator of HL7's definitions says, run by node."""
    node = shutil.which("node")
    if node is None or not (VALIDATOR / "node_modules" / "fhir").is_dir():
        not_here("node with the npm package fhir is not here; make test installs it.")

    def asked(bundle: bytes) -> Json:
        done = subprocess.run([str(node), "-e", ASK], input=bundle, capture_output=True, cwd=VALIDATOR, check=True)
        said: Json = json.loads(done.stdout)
        return said

    return asked


def test_fhir_resources_accepts_the_bundle(bundle: bytes) -> None:
    assert len(Bundle.model_validate_json(bundle).entry) == len(resources(bundle))


def test_the_validator_of_the_definitions_finds_no_error(bundle: bytes, ask: Callable[[bytes], Json]) -> None:
    said = ask(bundle)
    assert said["valid"], [m for m in said["messages"] if m["severity"] in ("error", "fatal")]


def test_the_validator_of_the_definitions_would_find_one(bundle: bytes, ask: Callable[[bytes], Json]) -> None:
    assert not ask(bundle.replace(b'"preliminary"', b'"nearly"'))["valid"]
    assert not ask(bundle.replace(b'"bodySite"', b'"bodyPart"'))["valid"]


def test_hostile_text_leaves_the_bundle_valid(ask: Callable[[bytes], Json]) -> None:
    text = '<script>alert(1)</script>\0\x07 "quoted" \u202e محمد \n=1+1'
    details = ReportDetails(hospital=text, patient_id=text, birth_date=text, sex=text, impression=text, notes=text)
    made = of(replace(sample_exam(), pseudonym=text, exam_date="2026-02-31", details=details))
    assert ask(made)["valid"]
    assert Bundle.model_validate_json(made).entry
    assert b"birthDate" not in made and b"effectiveDateTime" not in made and b"\\u0000" not in made


# --------------------------------------------------------------------------------------- numbers


def test_values_units_and_limits_are_those_of_the_printed_report(bundle: bytes, content: ReportContent) -> None:
    found = observation(bundle, "heart", "t2star_ms")
    card = content.cards[0]
    assert (found["valueQuantity"]["value"], found["valueQuantity"]["code"]) == (8.1, "ms")
    limits = found["component"][0]["valueRange"]
    assert (limits["low"]["value"], limits["high"]["value"]) == (7.0, 9.3)
    assert card.headline == "T2* 8.1 ms" and card.interval == "95 % 7.0 to 9.3"
    assert observation(bundle, "heart", "r2star_per_s")["valueQuantity"]["code"] == "/s"


def test_every_quantity_has_a_code_and_a_ucum_unit() -> None:
    assert QUANTITY_CODE.keys() == UCUM_UNIT.keys() == NOTATION.keys()


def test_every_organ_has_its_code_of_snomed_and_no_two_share_one() -> None:
    assert len({snomed_code(organ) for organ in KNOWLEDGE.organs}) == len(KNOWLEDGE.organs)


def test_iron_has_an_openly_local_code(bundle: bytes) -> None:
    code = observation(bundle, "liver", "lic_mg_per_g")["code"]
    assert code["coding"] == [{"system": LOCAL, "code": "LIC", "display": QUANTITY_CODE["lic_mg_per_g"][2]}]
    assert LOCAL.startswith("urn:oid:2.25.") and "local" in code["text"]


def test_a_limit_is_never_a_plain_value(bundle: bytes) -> None:
    rate, time = (observation(bundle, "pancreas", q) for q in ("r2star_per_s", "t2star_ms"))
    assert (rate["valueQuantity"]["comparator"], rate["valueQuantity"]["value"]) == (">", 61.3)
    assert time["valueQuantity"]["comparator"] == "<" and time["valueQuantity"]["value"] == 16.3
    assert "component" not in rate and "component" not in time


def test_beyond_the_calibrated_range_only_its_end_is_stated(bundle: bytes) -> None:
    quantity = observation(bundle, "liver", "lic_mg_per_g")["valueQuantity"]
    assert (quantity["comparator"], quantity["value"], quantity["code"]) == (">", 42.7, "mg/g")


def test_what_could_not_be_measured_has_a_reason_and_no_number(bundle: bytes, content: ReportContent) -> None:
    kidney = panel(bundle, "kidney")
    card = next(c for c in content.cards if c.organ == "kidney")
    assert "hasMember" not in kidney and not any(name.startswith("value") for name in kidney)
    assert card.absence[0] in kidney["dataAbsentReason"]["text"]


def test_no_iron_at_this_rate_is_a_reason_and_no_number() -> None:
    made = of(Exam("x", measurements=(Measurement(PrintedResult("liver", 1.5, r2star_per_s=5.0)),)))
    found = observation(made, "liver", "lic_mg_per_g")
    assert "valueQuantity" not in found and "not measurable" in found["dataAbsentReason"]["text"]


# -------------------------------------------------------------------------------- class and links


def test_the_class_stands_on_the_graded_quantity_alone(bundle: bytes) -> None:
    graded = observation(bundle, "heart", "t2star_ms")["interpretation"][0]
    assert graded["coding"][0]["code"] == "24484000" and graded["text"] == "severe by Kirk 2009 (20 / 10 ms)"
    assert "interpretation" not in observation(bundle, "heart", "r2star_per_s")
    assert "interpretation" not in observation(bundle, "spleen", "t2star_ms")


def test_the_best_of_several_possible_classes_is_words_and_no_code(bundle: bytes) -> None:
    said = [o["interpretation"] for o in resources(bundle, "Observation") if "interpretation" in o]
    (limited,) = (i for i in said if "worse" in i[0]["text"])
    assert "coding" not in limited[0]


def test_all_links_lead_to_a_resource_of_the_bundle(bundle: bytes) -> None:
    urls = [e["fullUrl"] for e in json.loads(bundle)["entry"]]
    linked = {line.split('"')[3] for line in bundle.decode().splitlines() if '"reference":' in line}
    assert linked and linked <= set(urls) and len(set(urls)) == len(urls)
    assert all(UUID(url.removeprefix("urn:uuid:")).version == 5 for url in urls)


def test_iron_and_time_are_derived_from_the_rate_and_members_of_their_organ(bundle: bytes) -> None:
    urls = {e["fullUrl"]: e["resource"] for e in json.loads(bundle)["entry"]}
    for quantity in ("t2star_ms", "mic_mg_per_g"):
        (link,) = observation(bundle, "heart", quantity)["derivedFrom"]
        assert urls[link["reference"]]["code"]["coding"][0]["code"] == "126395"
    members = [urls[m["reference"]] for m in panel(bundle, "heart")["hasMember"]]
    assert [m["code"]["coding"][0]["code"] for m in members] == ["126395", "113064", "MIC"]


def test_the_report_is_preliminary_and_holds_its_panels_and_the_pdf(bundle: bytes, content: ReportContent) -> None:
    (report,) = resources(bundle, "DiagnosticReport")
    assert report["status"] == "preliminary" and len(report["result"]) == len(content.cards)
    assert base64.b64decode(report["presentedForm"][0]["data"]) == write_pdf(content)
    assert all(line in report["conclusion"] for line in content.impression)
    assert {o["status"] for o in resources(bundle, "Observation")} == {"preliminary"}


# --------------------------------------------------------------------------------------- privacy


def test_only_the_pseudonym_stands_there_unless_a_patient_id_was_typed() -> None:
    details = ReportDetails(birth_date="1998-03-14", sex="female")
    (patient,) = resources(of(replace(sample_exam(), details=details)), "Patient")
    assert patient == {
        "resourceType": "Patient",
        "name": [{"use": "anonymous", "text": "Sample exam (synthetic)"}],
    }
    typed = replace(sample_exam(), details=replace(details, patient_id="MRN-17"))
    (patient,) = resources(of(typed), "Patient")
    assert patient["identifier"] == [{"value": "MRN-17"}]
    assert (patient["birthDate"], patient["gender"]) == ("1998-03-14", "female")


def test_equal_exams_give_equal_bytes_and_one_digit_changes_every_id() -> None:
    exam = sample_exam()
    assert of(exam) == of(exam)
    other = replace(exam, exam_date="2026-11-02")
    first, second = ({e["fullUrl"] for e in json.loads(of(x))["entry"]} for x in (exam, other))
    assert not first & second
