"""The Evidence page as data: nothing is left out, every number has its unit, flips are where the classes part."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ironreport.assess import assess
from ironreport.knowledge import published_knowledge
from ironreport.knowledge.contradictions import published_contradictions
from ironreport.knowledge.schema import Cited
from ironreport.records import Choices, Exam, Measurement, PrintedResult
from ironreport.report.evidence.calibration_curves import CalibrationChoice, calibration_figure, curve_choices
from ironreport.report.evidence.entry_words import enabled_words, value_lines
from ironreport.report.evidence.evidence_rows import (
    EvidenceRow,
    contradiction_rows,
    doi_address,
    evidence_rows,
    matches,
    source_rows,
)
from ironreport.report.other_calibrations import readings
from ironreport.report.statuses import STATUS
from ironreport.synthetic.samples import sample_exam

KNOWLEDGE = published_knowledge()
ROWS = evidence_rows(KNOWLEDGE)
AT_1T5 = CalibrationChoice("1.5", "r2star_per_s", "1.5 T")

LIMITS_MG_PER_G = (1.8, 3.2, 7.0, 15.0)
CUT_OFFS = {  # R2* [s^-1] and T2* [ms] at these limits, by hand from the published formulas
    ("1.5", "hernando-2023"): ((75.3, 129.1, 275.1, 582.4), (13.281, 7.747, 3.635, 1.717)),
    ("2.89", "hernando-2023"): ((130.7, 230.7, 502.1, 1073.6), (7.650, 4.334, 1.991, 0.931)),
    ("3.0", "hernando-2023"): ((135.7, 239.4, 521.1, 1114.2), (7.372, 4.176, 1.919, 0.898)),
    ("1.5", "wood-2005"): ((62.9, 118.0, 267.6, 582.6), (15.895, 8.472, 3.736, 1.716)),
    ("1.5", "hankins-2009"): ((80.5, 130.5, 266.2, 551.9), (12.422, 7.663, 3.756, 1.812)),
    ("1.5", "garbowski-2014"): ((58.6, 103.4, 223.8, 474.6), (17.054, 9.669, 4.468, 2.107)),
    ("1.5", "henninger-2015"): ((63.5, 121.8, 280.1, 613.5), (15.758, 8.211, 3.570, 1.630)),
    ("3.0", "hernando-2021"): ((127.7, 227.0, 496.5, 1063.8), (7.833, 4.406, 2.014, 0.940)),
    ("3.0", "garbowski-2014-storey"): ((106.3, 195.8, 436.6, 938.1), (9.409, 5.106, 2.290, 1.066)),
}
CONTRADICTIONS = {
    "con-ladder", "con-fibrosis", "con-br-table", "con-low-lic", "con-lvef", "con-heart3t", "con-fit", "con-t1",
    "con-panc", "con-kidney", "con-method", "con-pit", "con-target",
}  # fmt: skip


def row(entry_id: str, field: str = "") -> EvidenceRow:
    return next(r for r in ROWS if r.id == entry_id and field in r.field)


# --------------------------------------------------------------------------- entries


def test_every_cited_entry_has_a_row_that_says_something() -> None:
    assert [r.place for r in ROWS] == [place for place, _ in KNOWLEDGE.entries()]
    for r in ROWS:
        assert r.id and r.kind and r.lines and r.sources and r.status and r.use, r.place


def test_every_row_says_whether_it_is_used_and_why_not() -> None:
    for r, (_, entry) in zip(ROWS, KNOWLEDGE.entries(), strict=True):
        assert r.enabled == entry.usable
        assert r.use.startswith("enabled" if entry.usable else "disabled: ")
        assert r.status == STATUS[entry.evidence]


@pytest.mark.parametrize(
    ("entry_id", "field", "wanted"),
    [
        ("hernando-2023", "1.5 T", "LIC = 0.02603 × R2* - 0.16, LIC in mg/g dry weight, R2* in s⁻¹"),
        ("esgar-sar-2023", "", "normal below 1.8; borderline 1.8 to 3.2; mild 3.2 to 7; moderate 7 to 15 inclusive"),
        ("heart-1t5", "1.5 T", "T2* in ms: no significant iron by T2* 20 or more; mild to moderate 10 to 20"),
        ("heart-1t5-flag6", "", "T2* below 6 ms"),
        ("prec-heart-same", "", "Coefficient of variation 7.4 %"),
        ("tdt-l5", "", "If: Liver LIC above 7 mg/g dry weight and Hepatitis C: yes"),
        ("safe-1", "", "If: Heart class severe"),
        ("safe-1-probable", "", "If: Heart class severe with a probability of 50 % or more"),
        ("severe_heart_probability", "", "value: 0.5"),
        ("org-l0", "", "On chelation: yes and not known: heart in doubt and not known: others decide"),
        ("heart-in-doubt", "", "If one of: Heart class indeterminate or mild to moderate or severe"),
    ],
)
def test_a_value_is_written_with_its_unit(entry_id: str, field: str, wanted: str) -> None:
    assert wanted in " ".join(row(entry_id, field).lines)


def test_an_entry_of_a_kind_nobody_foresaw_is_shown_with_all_its_keys() -> None:
    class Shadow(Cited):
        id: str
        depth_mm: float
        phases: tuple[str, ...]

    entry = Shadow(id="x", depth_mm=2.5, phases=("in", "out"), evidence="A", sources=("kirk-2009",))
    assert value_lines(entry, KNOWLEDGE) == ("depth mm: 2.5", "phases: in; out")
    assert enabled_words(entry, KNOWLEDGE) == "enabled"


@pytest.mark.parametrize(
    ("query", "found", "not_found"),
    [
        ("HERNANDO 1.5", "hernando-2023", "heart-1t5"),
        ("10.1161/CIRCULATIONAHA.109.874487", "heart-1t5", "wood-2005"),
        ("circulation kirk heart", "heart-1t5", "hernando-2023"),
        ("not confirmed calibration", "dassignies-2018", "wood-2005"),
    ],
)
def test_a_search_finds_entries_by_id_text_author_and_doi(query: str, found: str, not_found: str) -> None:
    ids = {r.id for r in ROWS if matches(r.haystack, query)}
    assert found in ids and not_found not in ids


def test_rows_know_their_organs_and_diseases() -> None:
    assert row("tdt-h1").organs == ("heart",) and row("tdt-h1").diseases == ("tdt",)
    assert row("esgar-sar-2023").organs == ("liver",) and row("esgar-sar-2023").diseases == ()


# --------------------------------------------------------------- sources and contradictions


def test_every_source_is_cited_and_its_doi_is_an_address_of_the_resolver() -> None:
    rows = source_rows(KNOWLEDGE, published_contradictions())
    assert {r.id for r in rows} == set(KNOWLEDGE.sources)
    for r in rows:
        assert r.cited_by, r.id
        assert r.address.startswith("https://doi.org/10.") if r.doi else not r.address


@pytest.mark.parametrize("doi", ["10.1/a)](http://x", "10.1/<b>", '10.1/"onclick', "10.1/a b", "10.1/a#b?c"])
def test_a_hostile_doi_cannot_leave_its_address(doi: str) -> None:
    rest = doi_address(doi).removeprefix("https://doi.org/")
    assert not set(rest) & set(')("<> #?[]\\`')


def test_every_contradiction_is_shown_with_both_sides_and_its_handling() -> None:
    rows = contradiction_rows(published_contradictions(), KNOWLEDGE)
    assert {r.id for r in rows} == CONTRADICTIONS
    assert all(all(r.sides) and r.handling and r.sources for r in rows)


# --------------------------------------------------------------------------- curves


@pytest.mark.parametrize(("field", "calibration"), CUT_OFFS)
def test_cut_offs_are_the_inverse_of_each_calibration(field: str, calibration: str) -> None:
    figure = calibration_figure("liver", CalibrationChoice(field, "r2star_per_s", ""), KNOWLEDGE, "esgar-sar-2023")
    limits = next(r for r in figure.cut_offs if r.id == calibration).limits
    rates, times = CUT_OFFS[field, calibration]
    assert tuple(x.bound for x in limits) == LIMITS_MG_PER_G
    assert tuple(round(x.rate_per_s, 1) for x in limits) == rates
    assert tuple(round(x.time_ms, 3) for x in limits) == times


def test_the_class_hangs_on_the_calibration_where_the_published_lines_part() -> None:
    figure = calibration_figure("liver", AT_1T5, KNOWLEDGE)
    assert [words.partition(" ms")[0] for words in figure.flip_words] == [
        "T2* 12.4 to 17.1", "T2* 7.7 to 9.7", "T2* 3.6 to 4.5", "T2* 1.6 to 2.1",
    ]  # fmt: skip


@pytest.mark.parametrize("field", ["1.5", "3.0"])
@given(r2star_per_s=st.floats(20.0, 2500.0))
def test_classes_differ_inside_the_flips_and_nowhere_else(field: str, r2star_per_s: float) -> None:
    figure = calibration_figure("liver", CalibrationChoice(field, "r2star_per_s", ""), KNOWLEDGE)
    ladder = KNOWLEDGE.ladders("liver", field)[0]
    grades = set()
    for c in KNOWLEDGE.calibrations("liver", field):
        if c.input != "r2_per_s":
            x = r2star_per_s if c.input == "r2star_per_s" else 1000.0 / r2star_per_s
            grades.add(ladder.grade_of(c.iron_mg_per_g(x)).id)
    near = any(abs(r2star_per_s / end - 1) < 1e-9 for f in figure.flips for end in (f.low_per_s, f.high_per_s))
    inside = any(f.low_per_s < r2star_per_s < f.high_per_s for f in figure.flips)
    assert near or inside == (len(grades) > 1)


def test_one_curve_per_usable_calibration_and_the_rest_only_when_asked_for() -> None:
    figure = calibration_figure("liver", AT_1T5, KNOWLEDGE)
    assert [c.id for c in figure.curves] == [
        c.id for c in KNOWLEDGE.calibrations("liver", "1.5") if c.input != "r2_per_s"
    ]
    more = calibration_figure("liver", AT_1T5, KNOWLEDGE, with_unused=True)
    unused = [c for c in more.curves if not c.used]
    assert unused and all("not used" in c.label for c in unused)
    assert more.flips == figure.flips and more.cut_offs == figure.cut_offs


def test_a_declared_r2_is_drawn_apart_from_r2star() -> None:
    apart = [c for c in curve_choices("liver", KNOWLEDGE) if c.rate == "r2_per_s"]
    assert [c.label for c in apart] == ["1.5 T, R2"]
    figure = calibration_figure("liver", apart[0], KNOWLEDGE)
    assert [c.id for c in figure.curves] == ["stpierre-2005-r2"] and not figure.flips


def test_classes_of_the_heart_stand_on_the_rate_axis_and_never_flip() -> None:
    figure = calibration_figure("heart", AT_1T5, KNOWLEDGE)
    assert figure.bands_by == "rate" and not figure.flips and not figure.cut_offs
    assert [(b.low, b.high) for b in figure.bands[1:]] == [(50.0, 100.0), (100.0, 200.0)]


def test_an_organ_without_a_calibration_has_nothing_to_draw() -> None:
    assert curve_choices("spleen", KNOWLEDGE) == ()


# --------------------------------------------------------------------------- this exam


def test_the_exam_is_drawn_at_its_own_field_only() -> None:
    finding = assess(sample_exam(), KNOWLEDGE).finding("liver")
    here = calibration_figure("liver", AT_1T5, KNOWLEDGE, finding=finding)
    elsewhere = calibration_figure("liver", CalibrationChoice("3.0", "r2star_per_s", ""), KNOWLEDGE, finding=finding)
    assert here.measured is not None and here.measured_text.startswith("R2* 33")
    assert elsewhere.measured is None and not elsewhere.measured_text


def liver_exam(r2star_per_s: float, choice: str = "") -> Exam:
    printed = PrintedResult("liver", field_tesla=1.5, r2star_per_s=r2star_per_s)
    return Exam("x", measurements=(Measurement(printed, Choices(calibration=choice)),))


def test_another_calibration_says_another_class_where_it_does() -> None:
    finding = assess(liver_exam(67.73), KNOWLEDGE).finding("liver")
    assert finding is not None
    found = {r.id: r for r in readings(finding, KNOWLEDGE)}
    assert found["hernando-2023"].role == "chosen, default" and found["hernando-2023"].grade == "normal"
    assert found["garbowski-2014"].grade == "borderline" and found["garbowski-2014"].differs
    assert "2.08 mg/g" in found["garbowski-2014"].iron
    assert found["garbowski-2014"].interval
    assert not found["hankins-2009"].differs


def test_the_chosen_calibration_comes_first() -> None:
    finding = assess(liver_exam(67.73, "garbowski-2014"), KNOWLEDGE).finding("liver")
    assert finding is not None
    first, *others = readings(finding, KNOWLEDGE)
    assert first.id == "garbowski-2014" and first.role == "chosen" and not first.differs
    assert {r.id for r in others if r.role == "default"} == {"hernando-2023"}


def test_an_exam_without_iron_has_nothing_to_compare() -> None:
    exam = liver_exam(67.73)
    no_field = replace(exam.measurements[0], signal=replace(exam.measurements[0].signal, field_tesla=0.55))
    finding = assess(replace(exam, measurements=(no_field,)), KNOWLEDGE).finding("liver")
    assert finding is not None and readings(finding, KNOWLEDGE) == ()
