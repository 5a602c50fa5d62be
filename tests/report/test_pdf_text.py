import time
import unicodedata
from io import BytesIO
from pathlib import Path
from xml.sax.saxutils import unescape

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from reportlab import rl_config
from reportlab.lib.styles import ParagraphStyle
from reportlab.pdfbase.pdfmetrics import stringWidth
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Paragraph

from ironreport.report import fonts
from ironreport.report.content import ReportContent
from ironreport.report.pdf import typeset
from ironreport.report.pdf.document import write_pdf
from ironreport.report.pdf.style import BODY
from ironreport.report.pdf.typeset import (
    FIELD_LIMIT,
    LINES_LIMIT,
    NOT_PRINTABLE,
    NOTE_LIMIT,
    REGULAR,
    LeftToRight,
    RightToLeft,
    fitting,
    note,
    one_line,
    paragraph,
    prepare,
    printable,
    printable_note,
    safe,
)

MARKUP = [
    '<img src="/etc/hostname"/>',
    '<a href="javascript:alert(1)">x</a>',
    "<onDraw name=x/>",
    "DOE^<JOHN>",
    "a & b &amp; c",
    "]]></para>",
]


@pytest.mark.parametrize("text", MARKUP)
def test_markup_becomes_plain_text(text: str) -> None:
    shown = safe(text)
    assert "<" not in shown
    assert unescape(shown) == text
    assert Paragraph(shown, BODY).getPlainText() == text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("A\x00B\x07C\x1b[31m", "ABC[31m"),
        ("abc\u202edef\u2066g\u2069", "abcdefg"),
        ("zero\u200bwidth\ufeff", "zerowidth"),
        ("lone \ud800 surrogate", "lone surrogate"),
        ("one\ttwo\nthree\u2028four\u00a0five", "one two three four five"),
        ("e\u0301", "é"),
        ("", ""),
    ],
)
def test_control_characters_and_reading_direction_marks_are_taken_out(text: str, shown: str) -> None:
    assert printable(text) == shown


@pytest.mark.parametrize("text", ["李小龙", "Li 李", "अमित", "สมชาย", "김철수", "name \ue000", "name \U0010fffe"])
def test_a_field_with_a_missing_glyph_is_replaced_as_a_whole(text: str) -> None:
    assert printable(text) == NOT_PRINTABLE


@pytest.mark.parametrize(
    "text",
    ["Müller-Łukasz", "Γιώργος", "Иванова", "Şükrü Ağaoğlu", "Nguyễn Thị Hường", "Հայկ", "გიორგი", "T2* ≤ 1 s⁻¹ ☐"],
)
def test_scripts_of_the_font_are_kept_letter_by_letter(text: str) -> None:
    assert printable(text) == text


def test_a_note_keeps_its_words_and_counts_the_lost_ones() -> None:
    lines = printable_note("Seen with 李 and 王.\n\nStable since May.")
    assert lines == ("Seen with [?] and [?]", "Stable since May.", "[?]: 2 words not printable in this font")


def test_what_is_too_long_is_cut_with_a_notice() -> None:
    assert printable("a" * FIELD_LIMIT) == "a" * FIELD_LIMIT
    assert printable("a" * (FIELD_LIMIT + 1)) == "a" * FIELD_LIMIT + " … [cut at 200 characters]"
    assert printable_note("a " * NOTE_LIMIT)[-1].endswith("[cut at 4000 characters]")
    assert printable(" " * 5000 + "a").endswith("[cut at 200 characters]")


def test_a_note_of_many_lines_runs_on() -> None:
    assert len(printable_note("\n".join("a" * 10 for _ in range(LINES_LIMIT)))) == LINES_LIMIT
    assert printable_note("\n".join("ab" for _ in range(LINES_LIMIT + 1))) == (" ".join(["ab"] * (LINES_LIMIT + 1)),)


def test_an_endless_note_is_laid_out_fast() -> None:
    prepare()
    start = time.process_time()
    for part in note("word " * 200_000, BODY):
        part.wrap(500, 10_000)
    # Measured: 0.15 s here, most of it looking for line breaks in a million characters; uncapped, minutes.
    assert time.process_time() - start < 3.0


def test_arabic_letters_are_joined_and_put_in_page_order() -> None:
    shown = one_line("محمد علي")
    assert unicodedata.normalize("NFKC", shown) == "محمد علي"[::-1]
    assert all("ARABIC LETTER" in unicodedata.name(c) and "FORM" in unicodedata.name(c) for c in shown if c != " ")


def test_numbers_keep_their_order_within_right_to_left_text() -> None:
    assert one_line("דוד 1980") == "1980 דוד"[:5] + "דוד"[::-1]


def test_a_long_right_to_left_text_is_broken_before_it_is_turned_round() -> None:
    text = "אחת שתיים שלוש ארבע חמש שש שבע שמונה תשע עשר"
    width = stringWidth(text, BODY.fontName, BODY.fontSize) * 0.6
    flowable = paragraph(text, BODY)
    assert isinstance(flowable, RightToLeft)
    lines = flowable.lines(width)
    assert len(lines) == 2
    assert lines[0].endswith("אחת"[::-1])  # the first word stands in the first line, at its right end
    assert " ".join(line[::-1] for line in lines) == text
    assert flowable.wrap(width, 1000)[1] == 2 * BODY.leading


def test_fitting_never_exceeds_the_width() -> None:
    prepare()
    assert fitting("short", REGULAR, 8, 200) == "short"
    assert stringWidth(fitting("W" * 300, REGULAR, 8, 120), REGULAR, 8) <= 120


@settings(deadline=None, max_examples=150)
@given(st.text(max_size=400))
def test_any_text_passes_the_door(text: str) -> None:
    shown = printable(text)
    assert len(shown) <= 2 * FIELD_LIMIT  # a letter may become two, never more
    assert all(unicodedata.category(c) not in {"Cc", "Cf", "Cs"} for c in shown)
    Paragraph(safe(text), BODY).wrap(400, 800)
    for part in note(text, BODY):
        part.wrap(400, 800)


def test_nothing_is_fetched_for_a_report() -> None:
    prepare()
    assert rl_config.trustedHosts == []
    assert rl_config.trustedSchemes == []


def test_the_fonts_come_with_their_licence() -> None:
    text = (fonts.FOLDER / "LICENSE").read_text(encoding="utf-8")
    assert "Bitstream Vera" in text
    assert "DejaVu changes are in public domain" in text
    assert sorted(p.name for p in Path(fonts.FOLDER).glob("*.ttf")) == ["DejaVuSans-Bold.ttf", "DejaVuSans.ttf"]


def test_a_paragraph_that_found_no_room_on_a_page_is_drawn_on_the_next() -> None:
    drawn = Canvas(BytesIO())
    one = LeftToRight("word " * 100, ParagraphStyle("x"))
    size = one.wrap(200.0, 800.0)
    assert one.split(200.0, 1.0) == []
    assert one.wrap(200.0, 800.0) == size
    one.drawOn(drawn, 0.0, 0.0)


@given(st.text(max_size=30))
def test_what_is_told_of_a_whole_text_at_once_is_what_its_characters_tell(text: str) -> None:
    known = unicodedata.normalize("NFC", text)
    by_character = " ".join("".join(typeset._character(c, "") for c in known).split())
    assert typeset._cut(text, 200) == typeset._joined(by_character)
    has_glyphs = all(ord(c) in prepare() and unicodedata.category(c) != "Co" for c in text)
    assert typeset._has_glyphs(text) == has_glyphs
    from_right = any(unicodedata.bidirectional(c) in {"R", "AL"} for c in text)
    assert typeset._runs_right_to_left(text) == from_right


def test_no_letter_below_hebrew_runs_from_right_to_left() -> None:
    assert not any(unicodedata.bidirectional(chr(n)) in {"R", "AL"} for n in range(0x590))


def test_a_page_is_written_as_bytes_and_not_as_text_for_old_mail(report_content: ReportContent) -> None:
    pdf = write_pdf(report_content)
    assert b"FlateDecode" in pdf and b"ASCII85" not in pdf
