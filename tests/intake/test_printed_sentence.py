"""One box for all: what a pasted sentence says is read, what is not read is named, and nothing is guessed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ironreport.intake.printed.printed_sentence import mentioned, read_recommendation, read_sentence
from ironreport.records import Recommendation

STARTING_CASE = (
    "R2* 67.73 Hz, T2* 14.76 ms, LIC 2.1 mg/g at 1.5 T, recommended: every 1 to 2 years",
    "R2*: 67,73 s⁻¹; T2*: 14,76 ms; LIC: 2,1 mg/g (1,5 T). Kontrolle alle 1 bis 2 Jahre",
    "R2* = ٦٧٫٧٣ s⁻¹، T2* = ١٤٫٧٦ ms، LIC = ٢٫١ mg/g, 1.5T; repeat MRI in ١ to ٢ years",
    "۶۷٫۷۳ Hz ، ۱۴٫۷۶ ms ، ۲٫۱ mg/g ، 1.5 T, recommended every 1-2 years",
    "67.73 Hz, 14.76 ms, 2.1 mg/g, 1.5 tesla. Follow-up every 12 to 24 months.",
    "R2*[1/s] 67.73 T2*[ms] 14.76 LIC[mg/g] 2.1 field 1.5 T. Next MRI in one to two years",
    "Liver iron concentration was 2.1 mg/g dry weight; R2* of the right lobe 67.73 ± 3.1 s-1, T2star 14.76ms at 1.5-T, "
    "repeat within 12 to 24 months",
    "R2* 67.73T2* 14.76LIC 2.1 1.5T recommended: every 1 to 2 years",
)


@pytest.mark.parametrize("text", STARTING_CASE)
def test_the_starting_case_is_read_however_it_is_written(text: str) -> None:
    found = read_sentence(text)
    values = {quantity: number.value for quantity, number in found.numbers.items()}
    assert values == {"r2star_per_s": 67.73, "t2star_ms": 14.76, "lic_mg_per_g": 2.1}
    assert found.field_tesla == 1.5 and not found.objections and not found.unread
    assert found.recommendation is not None
    assert (found.recommendation.months, found.recommendation.months_to) == (12, 24)
    assert found.recommendation.source == ""


@pytest.mark.parametrize(
    ("text", "code", "quantities"),
    [
        ("heart T2* 12 ms, liver T2* 3 ms", "TWICE", []),
        ("R2 67.73 s-1, LIC 2.1", "WITHOUT_STAR", ["lic_mg_per_g"]),
        ("LIC > 43 mg/g", "ONLY_A_LIMIT", []),
        ("R2* 14.76 ms", "UNIT_OF_ANOTHER", []),
        ("T2* 4000 ms", "OUT_OF_REACH", []),
        ("LIC 2.1 mg/g wet weight", "WET_WEIGHT", []),
        ("2.1 mg/g ww", "WET_WEIGHT", []),
        ("LIC 2.1 mg/mL", "UNKNOWN_UNIT", []),
        ("LIC between 3 and 7 mg/g", "TWO_NUMBERS", []),
    ],
)
def test_what_could_mislead_is_said_and_not_read(text: str, code: str, quantities: list[str]) -> None:
    found = read_sentence(text)
    assert [objection.code for objection in found.objections] == [code]
    assert list(found.numbers) == quantities


def test_an_echo_time_is_no_t2star_and_is_named_as_not_read() -> None:
    found = read_sentence("TE 1.2, 2.4 and 3.6 ms; LIC 2.1 mg/g")
    assert list(found.numbers) == ["lic_mg_per_g"]
    assert found.unread == ("1.2", "2.4", "3.6 ms")


def test_a_number_far_from_its_label_keeps_its_own_unit() -> None:
    assert read_sentence("LIC of the liver by R2* (Garbowski): 2.1 mg/g").numbers["lic_mg_per_g"].value == 2.1


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("LIC 38 mmol/kg dry weight", 2.1),
        ("liver iron 120 micromol/g", 6.7),
        ("LIC 2.1 g/kg", 2.1),
        ("LIC: 21.4 mg/g dry weight (severe overload > 15 mg/g)", 21.4),
        ("FerriScan R2-MRI 2.1 mg/g (NR 0.17-1.8)", 2.1),
        ("R2*67.73,LIC2.1", 2.1),
    ],
)
def test_an_lic_is_read_in_whatever_unit_reports_give_it(text: str, value: float) -> None:
    found = read_sentence(text)
    assert found.numbers["lic_mg_per_g"].value == value and not found.objections


@pytest.mark.parametrize("rest", ["not given, ferritin 800 ng/mL", "pending, Hb 9.2 g/dL", "to follow, age 34"])
def test_a_number_of_something_else_is_no_lic(rest: str) -> None:
    found = read_sentence(f"LIC {rest}")
    assert not found.numbers and len(found.unread) == 1


@pytest.mark.parametrize(
    "text", ["transfused every 3 weeks", "after 3 months of deferasirox", "MRI: chelation changed within 6 months"]
)
def test_how_often_something_is_given_is_no_next_scan(text: str) -> None:
    assert read_sentence(f"LIC 2.1 mg/g, {text}").recommendation is None
    found = read_sentence(f"LIC 2.1 mg/g. {text}, next MRI in 12 months (TIF)").recommendation
    assert found == Recommendation(12, None, "in 12 months", "TIF")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("recommended: every 1 to 2 years", Recommendation(12, 24, "every 1 to 2 years")),
        (
            "Recommended: MRI every 6 months according to TIF 2021.",
            Recommendation(6, None, "every 6 months", "TIF 2021"),
        ),
        ("Suggest repeat MRI in 6 to 12 months (ASH 2020)", Recommendation(6, 12, "in 6 to 12 months", "ASH 2020")),
        ("every 2 years per local protocol", Recommendation(24, None, "every 2 years", "local protocol")),
        ("once per year: yearly", Recommendation(12, None, "yearly")),
        ("Follow-up: yearly", Recommendation(12, None, "yearly")),
        ("every other year", Recommendation(24, None, "every other year")),
        ("annual MRI, doi:10.1182/x", Recommendation(12, None, "annual", "doi:10.1182/x")),
        ("every six weeks", Recommendation(1, None, "every six weeks")),
    ],
)
def test_a_recommended_interval_is_read_with_the_source_it_names(text: str, expected: Recommendation) -> None:
    assert read_recommendation(text) == expected


@pytest.mark.parametrize("text", ["12 years old", "R2* 67.73", "", "transfused for 2 years"])
def test_not_every_time_is_a_recommendation(text: str) -> None:
    assert read_recommendation(text) is None


def test_words_are_found_only_as_words_of_their_own() -> None:
    names = {"tdt": ["TDT"], "ntdt": ["NTDT"], "scd": ["sickle cell disease"]}
    assert mentioned("known NTDT", names) == ("ntdt",)
    assert mentioned("Sickle Cell Disease or TDT?", names) == ("tdt", "scd")


@given(st.text(max_size=700))
def test_any_text_is_read_without_an_exception(text: str) -> None:
    found = read_sentence(text)
    assert all(number.value > 0.0 for number in found.numbers.values())


@given(st.floats(2.0, 999.0), st.floats(0.1, 40.0), st.sampled_from(["1.5 T", "3 T", "2.89 T"]))
def test_a_written_sentence_comes_back(r2star: float, lic: float, field: str) -> None:
    found = read_sentence(f"R2* was {r2star:.2f} s-1 at {field}, LIC {lic:.1f} mg/g")
    assert found.numbers["r2star_per_s"].value == float(f"{r2star:.2f}")
    assert found.field_tesla == float(field.split()[0])
    assert f"{lic:.1f}" == "0.0" or found.numbers["lic_mg_per_g"].value == float(f"{lic:.1f}")
