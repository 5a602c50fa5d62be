"""The description that screen and PDF draw: nothing left out, nothing without unit, doubt or source."""

from __future__ import annotations

from dataclasses import fields, replace

import numpy as np
import pytest

from ironreport.assess import assess
from ironreport.commands.exam_commands import finding_lines
from ironreport.knowledge import published_knowledge
from ironreport.records import (
    Choices,
    Context,
    DecaySignal,
    Exam,
    Measurement,
    PreviousResult,
    PrintedResult,
    Region,
    ReportDetails,
)
from ironreport.report import describe
from ironreport.report.content import Card, ReportContent
from ironreport.report.figures import band_bar, limits_text, position
from ironreport.report.pictures import region_picture
from ironreport.synthetic import decay
from ironreport.synthetic.samples import sample_exam

KNOWLEDGE = published_knowledge()
TE_MS = tuple(1.3 + 1.2 * k for k in range(10))


def described(exam: Exam) -> ReportContent:
    return describe(assess(exam, KNOWLEDGE), KNOWLEDGE)


def signal(organ: str, t2star_ms: float, field_tesla: float = 1.5) -> DecaySignal:
    values = tuple(float(s) for s in decay(TE_MS, 1000.0, t2star_ms))
    return DecaySignal(organ, TE_MS, values, field_tesla=field_tesla)


def card(measured: DecaySignal | PrintedResult, **choices: str) -> Card:
    return described(Exam("x", measurements=(Measurement(measured, Choices(**choices)),))).cards[0]  # type: ignore[arg-type]


def test_the_heart_comes_before_the_liver() -> None:
    measured = (Measurement(signal("liver", 3.0)), Measurement(signal("heart", 14.0)))
    assert [c.organ for c in described(Exam("x", measurements=measured)).cards] == ["heart", "liver"]


def test_a_liver_card_holds_value_unit_interval_class_ladder_calibration_and_range() -> None:
    found = card(signal("liver", 3.0))
    assert found.headline == "LIC 8.5 mg/g dry weight"
    assert found.interval == "95 % 7.8 to 9.3"
    assert found.class_word == "moderate"
    assert "ESGAR/SAR 2023" in found.ladder and "hernando-2023" in found.calibration
    assert found.other_calibrations == "other published calibrations of this field give 8.3 to 10.5 mg/g dry weight"
    assert found.measured == "R2* 333 s⁻¹ (305 to 365) · T2* 3.0 ms (2.7 to 3.3)"


def test_the_steps_run_from_signal_to_guidance_with_this_patients_numbers() -> None:
    steps = {s.key: s for s in card(signal("liver", 3.0)).steps}
    assert list(steps) == ["signal", "fit", "calibration", "class", "guidance"]
    assert "R2* = 1000 / T2* = 1000 / 3 = 333.3 s⁻¹" in steps["fit"].formula
    assert steps["calibration"].formula[-1] == "LIC = 0.02603 × 333.3 - 0.16 = 8.517 mg/g"
    assert steps["class"].formula == ("LIC 8.517 mg/g dry weight: 7.0 to 15.0 is moderate",)
    assert all(s.sources for key, s in steps.items() if key in ("calibration", "class", "guidance"))


def test_the_lowest_calibration_of_3_t_is_said_to_be_the_lowest() -> None:
    assert "the calibration used is the lowest" in card(signal("liver", 3.0, 3.0)).other_calibrations


def test_a_class_that_hangs_on_the_calibration_names_the_others_as_papers_do() -> None:
    (flag,) = card(PrintedResult("liver", 1.5, r2star_per_s=67.73)).flags
    assert flag == (
        "Calibration-sensitive: borderline by Wood 2005, Garbowski 2014, Henninger 2015. "
        "The class printed is that of the calibration used."
    )


def test_an_iron_without_its_calibration_is_said_to_have_none() -> None:
    (flag,) = card(PrintedResult("liver", 1.5, lic_mg_per_g=2.1)).flags
    assert "normal if it came from Wood 2005 or Garbowski 2014" in flag and "calibration used" not in flag


def test_above_the_range_the_headline_is_more_than() -> None:
    found = card(PrintedResult("liver", 1.5, r2star_per_s=1700.0))
    assert found.headline == "LIC more than 42.7 mg/g dry weight"
    assert found.class_word.startswith("severe")


@pytest.mark.parametrize(
    ("measured", "said"),
    [
        (replace(signal("liver", 3.0), contrast="T2"), "spin-echo T2"),
        (replace(signal("liver", 3.0), field_tesla=7.0), "published for 7 T"),
        (replace(signal("liver", 3.0), te_ms=TE_MS[:2], signal=(648.0, 435.0)), "Two echoes"),
        (signal("spleen", 20.0), "no limit and no bands are published"),
    ],
)
def test_without_a_class_the_card_says_why_and_gives_no_iron(measured: DecaySignal, said: str) -> None:
    found = card(measured)
    assert found.class_word == "no class" and found.severity == "" and found.band is None
    assert said in " ".join(found.absence)
    assert "LIC" not in found.headline


def test_a_signal_that_cannot_be_fitted_is_not_estimable_and_keeps_its_points() -> None:
    late = DecaySignal(
        "liver", (4.8, 7.0, 9.2, 11.4, 13.6, 15.8, 18.0, 20.2), (25, 19, 19, 19, 19, 19, 19, 19), field_tesla=1.5
    )
    found = card(late)
    assert found.headline == "not estimable" and found.interval == ""
    assert found.decay is not None and len(found.decay.points) == 8 and not found.decay.curve
    assert any("shorter" in text for text in found.absence)


def test_a_caution_of_the_fit_reaches_the_card_word_for_word() -> None:
    floor = DecaySignal("liver", TE_MS, (339, 125, 48, 24, 20, 19, 19, 19, 19, 19), field_tesla=1.5)
    assessment = assess(Exam("x", measurements=(Measurement(floor),)), KNOWLEDGE)
    fit = assessment.findings[0].fit
    assert fit is not None and fit.cautions
    shown = describe(assessment, KNOWLEDGE).cards[0].cautions
    assert all(caution.text in shown for caution in fit.cautions)


def test_every_mark_leads_to_a_numbered_reference_and_every_reference_is_used() -> None:
    content = described(sample_exam())
    lines = (*content.next_scan, *content.prompts, *content.information, *content.critical)
    cited = {s for line in lines for s in line.sources}
    cited |= {s for c in content.cards for step in c.steps for s in step.sources}
    numbered = {r.source for r in content.references}
    assert cited <= numbered
    assert [r.number for r in content.references] == list(range(1, len(content.references) + 1))
    assert all(r.citation for r in content.references)


def test_an_organ_not_measured_is_named_as_not_assessed() -> None:
    content = described(Exam("x", measurements=(Measurement(signal("liver", 3.0)),)))
    assert content.not_assessed == tuple(o.name for o in KNOWLEDGE.organs.values() if o.id != "liver")
    assert {"Heart", "Pancreas", "Bone marrow"} <= set(content.not_assessed)


def test_a_critical_heart_outranks_everything_whatever_the_disease() -> None:
    for disease in ("tdt", "unknown"):
        content = described(Exam("x", measurements=(Measurement(signal("heart", 8.0)),), context=Context(disease)))
        assert any(line.rule == "safe-1" for line in content.critical)
        assert content.cards[0].critical


def test_the_readers_impression_replaces_the_generated_one_and_is_marked() -> None:
    exam = replace(sample_exam(), details=ReportDetails(impression="Severe cardiac iron.\nSee patient today."))
    content = described(exam)
    assert content.impression == ("Severe cardiac iron.", "See patient today.") and content.impression_by_reader


def test_the_impression_is_a_paragraph_of_organ_value_interval_and_class() -> None:
    content = described(sample_exam())
    assert content.impression == (
        "In the heart T2* is 8.1 ms (95 % 7.0 to 9.3), severe. "
        "In the liver LIC is 8.5 mg/g dry weight (95 % 7.7 to 9.3; Hernando 2023), moderate.",
    )
    assert not content.impression_by_reader and content.impression_generated == content.impression[0]


@pytest.mark.parametrize(
    ("earlier", "said"),
    [
        (PreviousResult("liver", "2025-05-01", r2star_per_s=100.0, field_tesla=1.5), "more iron than on 2025-05-01"),
        (PreviousResult("liver", "2025-05-01", r2star_per_s=900.0, field_tesla=1.5), "less iron than on 2025-05-01"),
        (
            PreviousResult("liver", "2025-05-01", r2star_per_s=333.0, field_tesla=1.5),
            "no measurable change since 2025-05-01",
        ),
        (PreviousResult("liver", "2025-05-01", r2star_per_s=333.0, field_tesla=3.0), "not comparable with 2025-05-01"),
        (
            PreviousResult("liver", r2star_per_s=900.0, field_tesla=1.5),
            "less iron than in an earlier result without a date",
        ),
    ],
)
def test_the_impression_compares_with_the_last_exam(earlier: PreviousResult, said: str) -> None:
    exam = Exam("x", measurements=(Measurement(signal("liver", 3.0)),), context=Context(previous=(earlier,)))
    assert described(exam).impression[0].endswith(f"moderate; {said}.")


@pytest.mark.parametrize(
    ("measured", "said"),
    [
        (signal("spleen", 20.0), "In the spleen T2* is 20.0 ms (95 % 19.7 to 20.3); no class is given."),
        (signal("heart", 10.5), "mild to moderate, the interval reaching severe."),
        (PrintedResult("liver", 1.5, r2star_per_s=67.73), "normal; another published calibration gives another class."),
        (signal("heart", 15.0, 3.0), "(provisional class)"),
        (replace(signal("liver", 3.0), signal=(0.0,) * 10), "In the liver no value can be given: "),
    ],
)
def test_the_impression_says_what_is_not_certain(measured: DecaySignal | PrintedResult, said: str) -> None:
    assert said in described(Exam("x", measurements=(Measurement(measured),))).impression[0]


def test_words_written_from_other_findings_are_marked_and_those_of_older_files_are_not() -> None:
    generated = described(sample_exam()).impression_generated
    written = {
        of: described(replace(sample_exam(), details=ReportDetails(impression="Mine.", impression_of=of)))
        for of in (generated, "", "In the heart T2* is 30 ms.")
    }
    assert [content.impression_outdated for content in written.values()] == [False, False, True]
    assert all(content.impression == ("Mine.",) for content in written.values())


def test_equal_exams_have_equal_report_ids_and_one_digit_changes_it() -> None:
    exam = sample_exam()
    assert described(exam).report_id == described(exam).report_id
    first = exam.measurements[0]
    assert isinstance(first.signal, DecaySignal)
    te_ms = (first.signal.te_ms[0] + 0.1, *first.signal.te_ms[1:])
    changed = replace(exam, measurements=(Measurement(replace(first.signal, te_ms=te_ms)), *exam.measurements[1:]))
    assert described(changed).report_id != described(exam).report_id


def drawn(organ: str) -> DecaySignal:
    return replace(signal(organ, 3.0), region=Region("ellipse", 40, 60, 21, 31), location="right lobe", n_pixels=511)


def test_a_picture_stands_on_its_organs_card_and_leaves_the_report_id_as_it_is() -> None:
    assessment = assess(
        Exam("x", measurements=(Measurement(drawn("liver")), Measurement(signal("heart", 14.0)))), KNOWLEDGE
    )
    image = np.add.outer(np.arange(96.0), np.arange(128.0))
    picture = region_picture("liver", image, Region("ellipse", 40, 60, 21, 31))
    closed, seen = describe(assessment, KNOWLEDGE), describe(assessment, KNOWLEDGE, pictures=(picture,))
    assert [c.picture for c in seen.cards] == [None, picture] and not any(c.no_picture for c in seen.cards)
    assert [c.no_picture for c in closed.cards] == ["", "Picture: open the images again to print it."]
    assert closed.report_id == seen.report_id


def test_a_full_report_misses_nothing_and_a_bare_one_names_each_item() -> None:
    bare = described(Exam("x", measurements=(Measurement(PrintedResult("liver", t2star_ms=3.0)),))).missing
    assert "exam date" in bare and "hospital" in bare and "chelation" in bare and "field strength: liver" in bare
    assert "echo times, fit and residuals (read from another report): liver" in bare
    texts = {f.name: "stated" for f in fields(ReportDetails)}
    facts = {"regular_transfusion": "yes", "on_chelation": "no", "splenectomised": "no", "cardiac_symptoms": "no"}
    earlier = PreviousResult("liver", "2025-01-01", r2star_per_s=300.0)
    full = Exam(
        "x", "2026-01-01", (Measurement(drawn("liver")),),
        Context("tdt", facts=tuple(facts.items()), previous=(earlier,)), ReportDetails(**texts),
    )  # fmt: skip
    assert described(full).missing == ()


def test_the_pseudonym_is_printed_where_no_patient_id_is_given() -> None:
    assert described(Exam("Exam 4F2A")).patient[0].value == "Exam 4F2A"


@pytest.mark.parametrize(("value", "at"), [(0.9, 0.1), (1.8, 0.2), (7.0, 0.6), (11.0, 0.7), (15.0, 0.8), (99.0, 1.0)])
def test_a_value_lies_in_its_class_on_the_bar(value: float, at: float) -> None:
    ladder = KNOWLEDGE.ladders("liver", "1.5")[0]
    assert position(ladder, value) == pytest.approx(at)


def test_a_limit_that_still_belongs_to_the_class_is_said_to() -> None:
    assert limits_text(KNOWLEDGE.ladders("pituitary", "1.5")[0], "not-raised") == "up to 14.1"
    assert limits_text(KNOWLEDGE.ladders("liver", "1.5")[0], "normal") == "below 1.8"


def test_a_heart_bar_runs_from_long_to_short_t2star() -> None:
    ladder = KNOWLEDGE.ladders("heart", "1.5")[0]
    bar = band_bar(ladder, PLAIN, ())
    assert [s.severity for s in bar.segments] == ["normal", "mild-moderate", "severe"]
    assert bar.limits == ("20", "10")
    assert position(ladder, 30.0) < position(ladder, 15.0) < position(ladder, 5.0)


PLAIN = assess(Exam("x", measurements=(Measurement(signal("heart", 15.0)),)), KNOWLEDGE).findings[0].estimate.time  # type: ignore[union-attr]


def test_the_steps_give_the_status_of_each_line_and_no_id_of_a_rule() -> None:
    exam = replace(sample_exam(), context=Context("tdt", (("on_chelation", "yes"),)))
    ids = [rule.id for rule in KNOWLEDGE.rules("tdt")]
    results = [line for c in described(exam).cards for step in c.steps for line in step.result]
    assert any(line.endswith("(source read)") for line in results)
    assert not [(name, line) for line in results for name in ids if f"({name}" in line or f" {name}" in line]


def test_the_command_line_names_rules_only_below_the_answer() -> None:
    exam = replace(sample_exam(), context=Context("tdt"))
    *answer, rules, _versions = finding_lines(described(exam))
    assert rules == "Rules behind the lines: tdt-i2"
    assert any(line.startswith("Next scan: About 6 months.") for line in answer)
    assert "tdt-i2" not in " ".join(answer)
