"""The one page in a real browser, from its file: it says the program's numbers and refuses what the program does."""

import json
import math
import random
import unicodedata
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from ironreport.assess.assessment import find
from ironreport.assess.conditions import Situation
from ironreport.assess.guidance import is_critical
from ironreport.assess.printed import reading
from ironreport.knowledge import Knowledge, published_knowledge
from ironreport.onepage.carried import tesla_of
from ironreport.records import Choices, Context, Estimate, Finding, Measurement, PrintedResult
from ironreport.report.numbers import interval, number

PAGE = (Path(__file__).resolve().parents[2] / "docs/quick.html").as_uri()
N_INPUTS = 2000
RELATIVE = 1e-9
WRITE = """([inputs]) => inputs.map((printed) => {
  const found = Reckoning.check(printed);
  const irons = [found.iron, ...found.others].filter(Boolean).map((x) => x.iron);
  const all = [found.time, found.rate, ...irons].filter(Boolean);
  const bounds = Object.values(K.organs[printed.organ].fields[printed.field].ladders).flatMap((x) => x.grades)
    .map((g) => g.bound).filter((b) => b !== null);
  return {...found, written: all.map((e) => [Numbers.number(e, bounds), Numbers.interval(e, bounds)])};
})"""


@pytest.fixture
def one_page(page: Page) -> Page:
    page.goto(PAGE)
    expect(page.get_by_role("heading", name="IronReport: Quick check")).to_be_visible()
    return page


# --------------------------------------------------------------------------- as Python reads it


def drawn_input(dice: random.Random, knowledge: Knowledge) -> dict[str, Any]:
    """Numbers as reports print them: few digits, near limits, in agreement or not, at any field."""
    organ = dice.choice([*knowledge.organs, "liver", "heart", "liver"])
    field = dice.choice(["", *(f.id for f in knowledge.shared.field), "1.5"])
    t2star = round(10 ** dice.uniform(-1.4, 2.2), dice.choice([1, 2, 3])) or 0.1
    if dice.random() < 0.3:
        bounds = [b for x in knowledge.ladders(organ, field or None) if x.quantity == "t2star_ms" for b in x.bounds]
        t2star = dice.choice(bounds or [t2star])
    kinds = dice.choice(["t", "r", "tr", "tr-wrong"])
    given: dict[str, float | None] = {"t2star_ms": None, "r2star_per_s": None, "lic_mg_per_g": None}
    if "t" in kinds:
        given["t2star_ms"] = t2star
    if "r" in kinds:
        given["r2star_per_s"] = (
            round(1000.0 / t2star * (1.3 if "wrong" in kinds else 1.0), dice.choice([0, 1, 2])) or 1.0
        )
    usable = [c for c in knowledge.calibrations(organ, field or None) if not c.requires and not c.information_only]
    if organ == "liver" and (way := dice.choice(["", "right", "any", "alone", "limit"])):
        curve = dice.choice(usable) if usable else None
        x = t2star if curve and curve.input == "t2star_ms" else 1000.0 / t2star
        lic = curve.iron_mg_per_g(x) if curve and way == "right" else 10 ** dice.uniform(-1.2, 2.2)
        lic = dice.choice([1.8, 3.2, 7.0, 15.0, 16.0]) if way == "limit" else lic
        given["lic_mg_per_g"] = round(lic, dice.choice([1, 2])) or 0.1
        if way == "alone":
            given |= {"t2star_ms": None, "r2star_per_s": None}
    calibration = dice.choice(usable).id if usable and dice.random() < 0.2 else ""
    ladders = [x.id for x in knowledge.ladders(organ, field or None)]
    ladder = dice.choice(ladders) if ladders and dice.random() < 0.3 else ""
    return {"organ": organ, "field": field, "calibration": calibration, "ladder": ladder, **given}


def by_python(one: dict[str, Any], knowledge: Knowledge) -> tuple[Finding, str]:
    given = {name: one[name] for name in ("t2star_ms", "r2star_per_s", "lic_mg_per_g")}
    printed = PrintedResult(one["organ"], tesla_of(one["field"]), calibration=one["calibration"], **given)
    standard = next((c.id for c in knowledge.calibrations(one["organ"], one["field"] or None)), "")
    found = reading(printed, standard, knowledge)
    finding = find(Measurement(printed, Choices(found.calibration, one["ladder"])), knowledge)
    return finding, found.why


def comparable(found: dict[str, Any]) -> dict[str, Any]:
    """Everything but the numbers themselves."""
    grading = found["grading"] or {}
    return {
        "absence": found["absence"] and [found["absence"]["code"], found["absence"]["text"]],
        "cautions": [tuple(c) for c in found["cautions"]],
        "why": found["reading"]["why"],
        "iron": found["iron"] and [found["iron"]["calibration"], found["iron"]["beyond"]],
        "others": [[o["calibration"], o["beyond"]] for o in found["others"]],
        **{k: grading.get(k) for k in ("ladder", "grade", "touched", "flags")},
        "by_calibration": [tuple(x) for x in grading.get("by_calibration", [])],
        "critical": bool(grading.get("critical")),
        "written": [tuple(x) for x in found["written"]],
    }


def expected_of(finding: Finding, why: str, one: dict[str, Any], knowledge: Knowledge) -> dict[str, Any]:
    estimate, grading, absence = finding.estimate, finding.grading, finding.absence
    iron = estimate.iron if estimate else None
    others = estimate.others if estimate else ()
    bounds = [b for x in knowledge.ladders(one["organ"], one["field"] or None) for b in x.bounds]
    return {
        "absence": absence and [absence.code, str(absence)],
        "cautions": [(c.code, c.text) for c in finding.cautions if c.code != "NOT_PLAUSIBLE"],
        "why": why,
        "iron": iron and [iron.calibration, iron.beyond_range],
        "others": [[o.calibration, o.beyond_range] for o in others],
        "ladder": grading and grading.ladder,
        "grade": grading and grading.grade,
        "touched": grading and list(grading.grades_in_interval),
        "flags": grading and list(grading.flags),
        "by_calibration": list(grading.grades_by_calibration) if grading else [],
        "critical": is_critical(finding, Situation((finding,), Context(), knowledge)),
        "written": [(number(e, bounds), interval(e, bounds)) for e in estimates(finding)],
    }


def estimates(finding: Finding) -> list[Estimate]:
    estimate = finding.estimate
    if estimate is None:
        return []
    irons = [x.iron for x in (estimate.iron, *estimate.others) if x is not None]
    return [e for e in (estimate.time, estimate.rate, *irons) if e is not None]


def numbers_of(found: dict[str, Any]) -> list[float]:
    irons = [x["iron"] for x in (found["iron"], *found["others"]) if x]
    each = [e for e in (found["time"], found["rate"], *irons) if e]
    return [x for e in each for x in (e["value"], e["low"], e["high"]) if x is not None]


def test_two_thousand_random_numbers_are_read_as_the_program_reads_them(one_page: Page) -> None:
    knowledge, dice = published_knowledge(), random.Random(17)
    inputs = [drawn_input(dice, knowledge) for _ in range(N_INPUTS)]
    found = one_page.evaluate(WRITE, [inputs])
    seen = set()
    for one, page_says in zip(inputs, found, strict=True):
        finding, why = by_python(one, knowledge)
        assert comparable(page_says) == expected_of(finding, why, one, knowledge), json.dumps(one)
        python = [x for e in estimates(finding) for x in (e.value, e.low, e.high) if x is not None]
        shares = dict(finding.grading.probabilities) if finding.grading else {}
        assert dict((page_says["grading"] or {}).get("probabilities", [])) == pytest.approx(shares, abs=RELATIVE)
        js = numbers_of(page_says)
        assert len(js) == len(python)
        assert all(math.isclose(a, b, rel_tol=RELATIVE) for a, b in zip(js, python, strict=True)), json.dumps(one)
        seen |= {finding.absence.code if finding.absence else finding.grading.grade if finding.grading else "", why}
    wanted = {"NO_FIELD", "NO_CLASS", "NOT_SPIN_ECHO", "PRODUCT_NOT_1000", "PRINTED_IRON_CONTRADICTS", "NOT_PLAUSIBLE"}
    assert wanted | {"NO_LIMIT_AT_FIELD", "normal", "severe", "fits", "none-fits", "stated", "not-known"} <= seen


def test_what_the_program_refuses_to_read_gets_no_answer_on_the_page(one_page: Page) -> None:
    zero = {"organ": "liver", "field": "1.5", "t2star_ms": 0, "r2star_per_s": None, "lic_mg_per_g": None}
    assert one_page.evaluate("(x) => Reckoning.check(x)", zero | {"calibration": "", "ladder": ""}) is None
    printed = PrintedResult("liver", 1.5, t2star_ms=0.0)
    finding = find(Measurement(printed), published_knowledge())
    assert finding.absence is not None and finding.absence.code == "NOT_POSITIVE"


# --------------------------------------------------------------------------- as a hand meets it


def answered(page: Page) -> str:
    return page.locator("#answer").inner_text()


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("14,76", "LIC 1.60 mg/g"),
        ("١٤٫٧٦", "LIC 1.60 mg/g"),
        ("14.764", "LIC 1.60 mg/g"),  # 14764 ms is no T2* of a liver
        ("fourteen", "No answer"),
        ("-3", "No answer"),
        ("250", "not plausible"),
    ],
)
def test_a_number_is_read_as_people_type_it_or_refused(one_page: Page, typed: str, said: str) -> None:
    one_page.get_by_label("Field strength").select_option("1.5")
    one_page.get_by_label("T2* [ms]").fill(typed)
    assert said in answered(one_page)


def test_a_rate_that_can_mean_two_numbers_is_asked_about(one_page: Page) -> None:
    one_page.get_by_label("Field strength").select_option("1.5")
    one_page.get_by_label("R2* [s⁻¹]").fill("1,476")
    expect(one_page.get_by_role("alert")).to_contain_text("can mean 1.476 or 1476")
    assert "No answer" in answered(one_page)


def test_a_class_whose_interval_reaches_a_worse_one_never_stands_alone(one_page: Page) -> None:
    one_page.get_by_label("Field strength").select_option("1.5")
    one_page.get_by_label("R2* [s⁻¹]").fill("74")
    assert "normal, within the error of borderline" in answered(one_page)


def test_a_severe_heart_is_said_in_a_critical_box_above_its_number(one_page: Page) -> None:
    one_page.get_by_label("Organ").select_option("heart")
    one_page.get_by_label("Field strength").select_option("1.5")
    one_page.get_by_label("T2* [ms]").fill("5.2")
    expect(one_page.locator("#answer .critical").first).to_contain_text("below 6 ms")
    expect(one_page.get_by_label("LIC [mg/g dry]")).to_be_hidden()


def test_by_keyboard_alone_and_on_a_phone_the_answer_is_reached_without_scrolling_sideways(one_page: Page) -> None:
    one_page.set_viewport_size({"width": 390, "height": 844})
    for _ in range(3):  # the language, the organ, the field
        one_page.keyboard.press("Tab")
    one_page.keyboard.press("1")
    one_page.keyboard.press("Tab")
    one_page.keyboard.type("4.0")
    assert "moderate" in answered(one_page)
    assert one_page.evaluate("document.documentElement.scrollWidth") <= 390
    one_page.get_by_role("button", name="Clear all").press("Enter")
    expect(one_page.locator("#answer")).to_contain_text("Type a T2*")


LEFT_IN_ENGLISH = """() => {
  const T = JSON.parse(document.getElementById("translations").textContent), code = document.documentElement.lang;
  const english = new Set(T.phrases.filter((phrase, i) => T.languages[code].said[i] !== phrase));
  const seen = (e) => !e.children.length && e.checkVisibility();
  const texts = [...document.querySelectorAll("main *, header *")].filter(seen);
  return texts.map((e) => e.textContent.trim()).filter((text) => english.has(text));
}"""


@pytest.mark.parametrize(
    ("language", "answer", "objection"),
    [
        (
            "Français",
            "Foie LIC 1,76 mg/g de poids sec (95 % 1,60 à 1,94) : normal, dans la marge d'erreur",
            "peut signifier",
        ),
        (
            "Español",
            "Hígado LIC 1,76 mg/g de peso seco (95 % 1,60 a 1,94): normal, dentro del error",
            "puede significar",
        ),
        ("العربية", "الكبد LIC 1.76 mg/g وزن جاف (95 %: 1.60 إلى 1.94): طبيعي، وضمن هامش الخطأ", "قد يعني"),
    ],
)
def test_the_page_says_the_same_numbers_in_the_language_chosen_and_nothing_in_english(
    one_page: Page, axe: str, language: str, answer: str, objection: str
) -> None:
    one_page.locator("#field").select_option("1.5")
    one_page.locator("#r2star_per_s").fill("73.8")
    english = answered(one_page)
    one_page.locator("#language").select_option(label=language)
    said = "".join(c for c in answered(one_page) if unicodedata.category(c) != "Cf")
    assert answer in said
    assert one_page.evaluate(LEFT_IN_ENGLISH) == []
    assert one_page.evaluate("document.documentElement.dir") == ("rtl" if language == "العربية" else "ltr")
    one_page.evaluate(axe)
    assert one_page.evaluate("async () => (await axe.run(document)).violations.map((rule) => rule.id)") == []
    one_page.locator("#r2star_per_s").fill("1,476")
    expect(one_page.get_by_role("alert")).to_contain_text(objection)
    one_page.locator("#r2star_per_s").fill("73.8")
    one_page.locator("#language").select_option("en")
    assert answered(one_page) == english


def test_the_page_breaks_no_rule_of_accessibility_by_day_and_night(one_page: Page, axe: str) -> None:
    one_page.get_by_label("Field strength").select_option("1.5")
    one_page.get_by_label("LIC [mg/g dry]").fill("2.1")
    one_page.get_by_label("T2* [ms]").fill("14.76")
    for scheme in ("light", "dark"):
        one_page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        one_page.evaluate(axe)
        found = one_page.evaluate("async () => (await axe.run(document)).violations")
        assert [rule["id"] for rule in found] == [], found
