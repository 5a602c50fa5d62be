"""The printed report in every language: read back, with the same numbers, in its own direction."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Callable
from functools import cache

import pytest

from ironreport.assess.assessment import assess
from ironreport.knowledge import published_knowledge
from ironreport.language.catalogue import offered
from ironreport.report import describe
from ironreport.report.content import ReportContent
from ironreport.report.pdf import write_pdf
from ironreport.synthetic.samples import sample_exam

WORDS = {"fr": "COMPTE RENDU IRM DU FER", "es": "INFORME DE HIERRO POR RM", "ar": "الكبد"}
NUMBER = re.compile(r"\d+(?:[.,]\d+)?")


@cache
def content() -> ReportContent:
    knowledge = published_knowledge()
    return describe(assess(sample_exam(), knowledge), knowledge)


@cache
def printed(language: str) -> bytes:
    return write_pdf(content(), language=language)


def read(pdf: bytes, poppler: Callable[..., str]) -> str:
    """Text of the pages, the forms of joined letters taken back, without marks of direction."""
    text = unicodedata.normalize("NFKC", poppler("pdftotext", pdf))
    return "".join(c for c in text if unicodedata.category(c) != "Cf")


@pytest.mark.parametrize("code", sorted(offered()))
def test_the_report_is_read_back_in_each_language(code: str, poppler: Callable[..., str]) -> None:
    text = read(printed(code), poppler)
    assert WORDS[code] in text
    assert f"/Lang ({code})".encode() in printed(code)
    assert "In the liver" not in text


@pytest.mark.parametrize("code", sorted(offered()))
def test_every_number_of_the_english_page_stands_on_the_page_of_each_language(
    code: str, poppler: Callable[..., str]
) -> None:
    def numbers(language: str) -> Counter[str]:
        return Counter(found.replace(",", ".") for found in NUMBER.findall(read(printed(language), poppler)))

    missing = numbers("en") - numbers(code)
    assert not missing


def test_english_needs_no_language_to_be_named() -> None:
    assert write_pdf(content()) == printed("en")


@pytest.mark.parametrize("code", sorted(offered()))
def test_it_is_said_that_no_native_clinician_has_read_the_sentences(code: str, poppler: Callable[..., str]) -> None:
    line = {"fr": "relues par un clinicien", "es": "revisadas por un clínico", "ar": "لم يراجعها"}[code]
    assert line in read(printed(code), poppler)
