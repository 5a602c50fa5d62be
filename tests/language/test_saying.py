"""What is said in another language: every number kept, no half a sentence, people's own words untouched."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import fields, is_dataclass, replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ironreport.assess.assessment import assess
from ironreport.knowledge import published_knowledge
from ironreport.language import said, speaking, unsaid
from ironreport.language.catalogue import language, numbers_in, offered
from ironreport.language.speech import with_numbers_apart
from ironreport.language.templates import filled, template
from ironreport.report import describe
from ironreport.report.pdf.typeset import in_page_order
from ironreport.synthetic.samples import sample_exam
from ironreport.ui.spoken import _first

LANGUAGES = sorted(offered())


def test_english_is_handed_back_as_it_is() -> None:
    assert said("Liver iron is increased (moderate).") == "Liver iron is increased (moderate)."


def test_a_sentence_with_numbers_comes_out_with_the_same_numbers() -> None:
    with speaking("fr") as speech:
        assert said("8 of 10 echoes used") == "8 échos utilisés sur 10"
        assert speech.n_missing == 0


@pytest.mark.parametrize("code", LANGUAGES)
def test_a_location_typed_in_any_language_is_kept_in_english_whatever_the_page_speaks(code: str) -> None:
    for organ in published_knowledge().organs.values():
        for place in organ.draw_at:
            with speaking(code):
                typed = said(place)
            assert unsaid(f" {typed[0].upper()}{typed[1:]}\u200e", organ.draw_at) == place
    assert unsaid(" Near the Vein ", published_knowledge().organs["liver"].draw_at) == "Near the Vein"


def test_what_stands_in_a_place_is_translated_too() -> None:
    with speaking("es"):
        assert said("Septal T2* is shortened: myocardial iron, severe.").endswith("hierro miocárdico, grave.")


def test_a_sentence_that_is_not_known_stays_english_whole_and_is_counted() -> None:
    with speaking("fr") as speech:
        strange = "The moon is severe and not assessed by the reader"
        assert said(strange) == strange
        assert speech.n_missing == 1


def test_no_sentence_is_half_translated() -> None:
    with speaking("fr"):
        half = "8 of the echoes that were not seen because of the moon of 10 echoes used"
        assert said(half) == half


def test_what_people_typed_is_never_translated() -> None:
    with speaking("ar", frozenset({"Liver"})):
        assert said("Liver") == "Liver"
    with speaking("ar"):
        assert said("Liver") == "الكبد"


@pytest.mark.parametrize(
    ("english", "french"),
    [
        ("T2* 8.1 ms", "T2* 8,1 ms"),
        ("10.1002/mrm.2", "10.1002/mrm.2"),
        ("ironreport 1.2.3", "ironreport 1.2.3"),
        ("see https://x.org/1.5", "see https://x.org/1.5"),
        ("2026-11-01", "2026-11-01"),
        ("at 1.5.", "at 1,5."),
        ("-18.0 %", "-18,0 %"),
    ],
)
def test_decimal_marks_follow_the_language_and_addresses_keep_their_points(english: str, french: str) -> None:
    with speaking("fr"):
        assert said(english) == french


@pytest.mark.parametrize(("months", "arabic"), [(6, "نحو 6 أشهر"), (12, "نحو 12 شهرًا"), (24, "نحو 24 شهرًا")])
def test_a_count_asks_for_its_form_of_the_plural(months: int, arabic: str) -> None:
    with speaking("ar"):
        assert said(f"About {months} months.").replace("\u200e", "") == f"{arabic}."


@pytest.mark.parametrize("code", LANGUAGES)
def test_a_paper_is_named_as_it_is(code: str) -> None:
    citation = "Heart. Liver. Blood 2005;105:855-61. PMID 15256427"
    with speaking(code) as speech:
        assert said(citation).replace("\u200e", "") == citation
        assert speech.n_missing == 0


@pytest.mark.parametrize("code", LANGUAGES)
def test_nothing_of_the_sample_report_is_left_in_english(code: str) -> None:
    """What is new in the report is named here; ``python -m benchmarks.untranslated --write fr`` adds it to a file."""
    knowledge = published_knowledge()
    content = describe(assess(sample_exam(), knowledge), knowledge)
    with speaking(code, frozenset(reference.citation for reference in content.references)) as speech:
        missing = []
        for text in texts_of(replace(content, software="", knowledge_version="")):
            before = speech.n_missing
            said(text)
            missing += [text] if speech.n_missing > before else []
    assert missing == []


def texts_of(held: object) -> Iterator[str]:
    if isinstance(held, str):
        yield held
    elif isinstance(held, tuple):
        for one in held:
            yield from texts_of(one)
    elif is_dataclass(held):
        for one in fields(held):
            yield from texts_of(getattr(held, one.name))


def test_a_language_without_a_catalogue_is_english() -> None:
    with speaking("xx"):
        assert said("Liver") == "Liver"


@pytest.mark.parametrize("code", LANGUAGES)
def test_every_translation_holds_every_place_and_number_of_its_sentence(code: str) -> None:
    from babel.messages.pofile import read_po

    from ironreport.language.catalogue import FOLDER, is_whole

    for path in sorted(FOLDER.glob(f"{code}*.po")):
        with path.open("rb") as file:
            broken = [m.id for m in read_po(file) if m.id and m.string and not is_whole(m)]
        assert broken == [], path.name


@pytest.mark.parametrize("code", LANGUAGES)
@settings(max_examples=20)
@given(value=st.floats(0.1, 999.0).map(lambda x: f"{x:.2f}"))
def test_a_number_is_never_lost_on_its_way(code: str, value: str) -> None:
    sentence = f"In the liver LIC is {value} mg/g dry weight (95 % 1.0 to {value}; Hernando 2023), moderate."
    with speaking(code):
        assert numbers_in(said(sentence)) == numbers_in(sentence)


@pytest.mark.parametrize("code", LANGUAGES)
def test_each_english_sentence_is_found_again_with_its_own_words(code: str) -> None:
    """Of all sentences of a catalogue, none takes another one's place when its values are filled in."""
    spoken = language(code)
    for shape in spoken.templates:
        values = {name: "7" if name.startswith("num") else "xq" for name in re.findall(r"\{(\w+)\}", shape.sentence)}
        text = filled(shape.sentence, values)
        first = next(one for one in spoken.templates if one.shape.fullmatch(text))
        assert first.n_fixed == shape.n_fixed, (text, first.sentence)


def test_a_sentence_without_fixed_words_is_no_sentence() -> None:
    assert template("{a}: {b}") is None


@pytest.mark.parametrize(
    ("text", "from_right_to_left"),
    [
        ("القلب T2* 8.1 ms (95 % 7.0 إلى 9.3)، شديد", ["8.1", "95", "7.0", "9.3"]),
        ("الكبد LIC 8.5 mg/g وزن جاف (95 % 7.7 إلى 9.3)", ["8.5", "95", "7.7", "9.3"]),
        ("مرتفع · 95 %: 12.0 إلى 16.0", ["95", "12.0", "16.0"]),
        ("150.7 و123.5 s⁻¹، -18.0 %؛ ضمن", ["150.7", "123.5", "18.0"]),
    ],
)
def test_an_interval_reads_from_its_share_to_its_ends_in_a_line_from_right_to_left(
    text: str, from_right_to_left: list[str]
) -> None:
    """Else "95 % 7.0 to 9.3" would read as "95 to 9.3"."""
    line = in_page_order(text, "R")
    found = [number for number in re.findall(r"\d+(?:\.\d)?", line) if number != "2"]
    assert found[::-1] == from_right_to_left
    assert "95 %" in line or "-18.0 %" in line


@pytest.mark.parametrize("change", ["-18.0", "+22.7 / -18.5", "2026-11-01"])
def test_signs_and_dates_stand_as_they_are_written_in_a_line_from_right_to_left(change: str) -> None:
    assert change in in_page_order(f"التغيّر {change} % اليوم", "R")


def test_what_is_escaped_for_markdown_stays_escaped() -> None:
    assert with_numbers_apart(r"في 2026\-11\-01") == "في \u200e2026\\-11\\-01"
    assert with_numbers_apart("1. الكبد") == "1. الكبد"


def test_the_star_of_t2_stays_behind_it_in_a_line_from_right_to_left() -> None:
    assert "T2*" in in_page_order("T2* للقلب أقل من 10 ms", "R")


@pytest.mark.parametrize(("code", "word"), [("fr", "sévère"), ("es", "grave"), ("ar", "شديد")])
def test_a_class_behind_its_number_does_not_stay_english_within_a_sentence(code: str, word: str) -> None:
    with speaking(code):
        found = said("Kirk 2009 calls T2* 8.051 ms severe; the interval reaches severe.")
    assert "severe" not in found and word in found


@pytest.mark.parametrize("look", ["{}", "**{}**", ":small[{}]", "{} ", "{} [2, 5]"])
def test_a_sentence_is_found_whatever_look_or_sources_stand_around_it(look: str) -> None:
    with speaking("fr") as speech:
        assert said(look.format("0 of 20 cases done.")) == look.format("0 cas sur 20 terminés.")
        assert speech.n_missing == 0


@pytest.mark.parametrize("code", sorted(offered()))
def test_no_translation_takes_its_words_from_english(code: str) -> None:
    """Such a word would no longer be seen as English, and what holds it as left untranslated; examples are quoted."""
    assert {"to", "of", "the", "with", "from", "years", "which"} <= language(code).english


def test_what_a_language_says_as_english_does_is_not_counted_as_missing() -> None:
    with speaking("fr") as speech:
        words = "R2* 67.73 Hz, T2* 14.76 ms, LIC 2.1 mg/g at 1.5 T, recommended: every 1 to 2 years"
        said(words)
        assert speech.n_missing == 0


def test_the_star_of_t2_is_no_begin_of_italics_in_arabic() -> None:
    with speaking("ar") as speech:
        assert _first("caption", ("T2* أو R2* أو",), speech) == ("T2\\*\u200e أو R2\\*\u200e أو",)
