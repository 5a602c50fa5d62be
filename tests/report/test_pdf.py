from __future__ import annotations

import hashlib
import re
import subprocess
import sys
import threading
import time
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from reportlab.lib.colors import Color

from ironreport.report import palette
from ironreport.report.content import (
    BandBar,
    Card,
    Change,
    CurvePoint,
    DecayFigure,
    DecayPoint,
    RegionPicture,
    ReportContent,
    Row,
    Segment,
)
from ironreport.report.pdf import file_name, write_pdf
from ironreport.report.pdf.decay_chart import DecayChart
from ironreport.report.pdf.style import ink_on, severity_fill
from ironreport.report.pdf.typeset import NOT_PRINTABLE

NAME_OF_NOBODY = "Zyxw Vutsrq"
Poppler = Callable[..., str]


def words(text: str) -> str:
    """Text without layout: one blank between words, compatibility forms undone, direction marks removed."""
    plain = "".join(c for c in unicodedata.normalize("NFKC", text) if unicodedata.category(c) != "Cf")
    return " ".join(plain.split())


def solid(text: str) -> str:
    """Text without any blanks, for lines that were broken."""
    return words(text).replace(" ", "")


def pages(poppler: Poppler, pdf: bytes) -> list[str]:
    return poppler("pdftotext", pdf, "-layout").split("\f")[:-1]


def with_patient(content: ReportContent, *values: str) -> ReportContent:
    return replace(content, patient=tuple(Row(f"Field {i}", v) for i, v in enumerate(values, start=1)))


def without_class(card: Card) -> Card:
    return replace(
        card, class_word="no class", severity="", band=None, calibration_rows=(), sentences=(),
        absence=("Signal is gone before the second echo.", "A first echo at 1 ms or less would allow a number."),
    )  # fmt: skip


# --------------------------------------------------------------------------------- same in, same out


def test_equal_content_gives_equal_bytes(report_content: ReportContent) -> None:
    assert write_pdf(report_content) == write_pdf(report_content)


def test_bytes_do_not_depend_on_the_process(report_content: ReportContent) -> None:
    code = (
        "import sys, hashlib; sys.path.insert(0, sys.argv[1]); import conftest; "
        "from ironreport.report.pdf import write_pdf; "
        "print(hashlib.sha256(write_pdf(conftest.described())).hexdigest())"
    )
    here = str(Path(__file__).parent)
    environment = {"PYTHONHASHSEED": "1", "PYTHONPATH": str(Path(here).parents[1])}
    done = subprocess.run(
        [sys.executable, "-c", code, here], env=environment, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == hashlib.sha256(write_pdf(report_content)).hexdigest()


def test_other_content_gives_other_bytes(report_content: ReportContent) -> None:
    assert write_pdf(report_content) != write_pdf(replace(report_content, status="final"))


# ----------------------------------------------------------------------------------- what stands there


def test_page_one_answers_first(poppler: Poppler, report_content: ReportContent) -> None:
    first = words(pages(poppler, write_pdf(report_content))[0])
    order = ["MRI IRON REPORT", "CRITICAL RESULT", "read back", "IMPRESSION", "RESULTS", "NEXT SCAN", "LIMITATIONS"]
    assert [first.index(part) for part in order] == sorted(first.index(part) for part in order)
    for part in ("DRAFT", "T2* 7.9 ms", "7.4 to 8.4", "severe", "LIC 8.5 mg/g dry weight", "moderate", "not assessed"):
        assert part in first
    assert "(source read) [6]" in first and "tdt-i2" not in first
    assert "To be decided by the treating physician." in first


def test_each_page_names_patient_exam_report_and_what_it_is_not(
    poppler: Poppler, report_content: ReportContent
) -> None:
    found = pages(poppler, write_pdf(report_content))
    assert len(found) == 2
    for number, page in enumerate(found, start=1):
        for part in ("IR-0427", "2026-10-03", "1a2b3c4d", report_content.not_a_device, "knowledge a1b2c3d4"):
            assert part in words(page)
        assert f"page {number} of {len(found)}" in words(page)


def test_everything_said_is_printed(poppler: Poppler, report_content: ReportContent) -> None:
    text = solid(poppler("pdftotext", write_pdf(report_content, appendix=True)))
    said = [c.text for c in (*report_content.prompts, *report_content.information, *report_content.next_scan)]
    said += [*report_content.limitations, *report_content.missing, report_content.disclaimer]
    said += [part for r in report_content.references for part in (r.citation, r.doi, r.read)]
    for card in report_content.cards:
        said += [*card.cautions, *card.tests, *card.flags, card.measured, card.calibration, card.ladder]
        said += [part for row in (*card.fit_rows, *card.calibration_rows) for part in (row.label, row.value)]
        said += [s.text for s in card.sentences]
    assert [part for part in said if solid(part) not in text] == []


def test_no_critical_box_without_a_critical_result(poppler: Poppler, report_content: ReportContent) -> None:
    calm = replace(report_content, critical=())
    assert "CRITICAL RESULT" not in poppler("pdftotext", write_pdf(calm))


@pytest.mark.parametrize(
    ("by_reader", "outdated", "said"),
    [
        (True, False, "written by the reader"),
        (True, True, "written by the reader; the findings changed since"),
        (False, False, "generated from the findings, to be edited"),
    ],
)
def test_the_impression_says_whose_it_is_and_whether_the_findings_changed_under_it(
    poppler: Poppler, report_content: ReportContent, by_reader: bool, outdated: bool, said: str
) -> None:
    pdf = write_pdf(replace(report_content, impression_by_reader=by_reader, impression_outdated=outdated))
    text = words(poppler("pdftotext", pdf))
    assert said in text and ("changed since" in text) == outdated


def test_no_class_is_said_with_its_reason(poppler: Poppler, report_content: ReportContent) -> None:
    card = without_class(report_content.cards[1])
    text = words(poppler("pdftotext", write_pdf(replace(report_content, cards=(card,)))))
    assert "no class" in text
    assert all(part in text for part in card.absence)
    assert "LIC 8.5 mg/g dry weight severe" not in text


def test_research_and_provisional_are_said_in_words_too(poppler: Poppler, report_content: ReportContent) -> None:
    heart, liver = report_content.cards
    cards = (replace(heart, provisional=True), replace(liver, standing="research"))
    first = words(pages(poppler, write_pdf(replace(report_content, cards=cards)))[0])
    assert "provisional" in first
    assert "research level" in first


def test_a_left_out_echo_is_named_with_its_reason(poppler: Poppler, report_content: ReportContent) -> None:
    text = words(poppler("pdftotext", write_pdf(report_content)))
    assert "left out, echo 8, 9, 10, 11, 12: at the noise floor" in text


# --------------------------------------------------------------------------------------- the document


def test_the_document_names_itself_and_nobody_else(poppler: Poppler, report_content: ReportContent) -> None:
    content = replace(with_patient(report_content, NAME_OF_NOBODY), pseudonym=NAME_OF_NOBODY, hospital=NAME_OF_NOBODY)
    pdf = write_pdf(content)
    info = poppler("pdfinfo", pdf)
    assert re.search(r"Title:\s+MRI iron report", info)
    assert re.search(r"Author:\s+IronReport 0\.1\.0", info)
    assert b"/Lang (en)" in pdf
    assert "Zyxw" not in info


def test_every_organ_has_a_bookmark(report_content: ReportContent) -> None:
    pdf = write_pdf(report_content)
    for title in (b"Summary", b"Heart", b"Liver", b"Guidance", b"Technique", b"References"):
        assert b"/Title (" + title + b")" in pdf


def test_all_fonts_are_embedded(poppler: Poppler, report_content: ReportContent) -> None:
    rows = poppler("pdffonts", write_pdf(report_content)).splitlines()[2:]
    assert rows
    assert all("DejaVuSans" in row and " yes yes yes " in row for row in rows)


@pytest.mark.parametrize(("size", "points"), [("A4", "595.276 x 841.89"), ("Letter", "612 x 792")])
def test_paper_is_chosen(poppler: Poppler, report_content: ReportContent, size: str, points: str) -> None:
    assert points in poppler("pdfinfo", write_pdf(report_content, size))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("date", "report_id", "name"),
    [
        ("2026-10-03", "1a2b3c4d", "ironreport_2026-10-03_1a2b.pdf"),
        ("", "1a2b3c4d", "ironreport_undated_1a2b.pdf"),
        ("../../etc/passwd", "1a2b3c4d", "ironreport_undated_1a2b.pdf"),
        ("2026-10-03\r\nX: y", "1a2b3c4d", "ironreport_undated_1a2b.pdf"),
        ("2026-10-03/x", "1a2b3c4d", "ironreport_undated_1a2b.pdf"),
        ("٢٠٢٦-١٠-٠٣", "1a2b3c4d", "ironreport_undated_1a2b.pdf"),
        ("3 Oct, Doe", "1a2b3c4d", "ironreport_undated_1a2b.pdf"),
        ("2026-10-03\n", "1a2b3c4d", "ironreport_undated_1a2b.pdf"),
        ("2026-10-03", '"; rm -rf', "ironreport_2026-10-03_f.pdf"),
        ("2026-10-03", "", "ironreport_2026-10-03_0000.pdf"),
    ],
)
def test_the_file_name_holds_a_date_and_four_digits_only(
    report_content: ReportContent, date: str, report_id: str, name: str
) -> None:
    assert file_name(replace(report_content, exam_date=date, report_id=report_id)) == name


# ------------------------------------------------------------------------------------- hostile text


@pytest.fixture
def listener() -> Iterator[tuple[str, list[str]]]:
    """Address of a server on this machine, and the paths that were asked of it."""
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_response(404)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            """Keep quiet."""

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}", asked
    server.shutdown()
    thread.join()
    server.server_close()


HOSTILE = [
    '<img src="{http}/x.png"/>',
    '<img src="{file}" width="50" height="50"/>',
    '<img src="file://{file}"/>',
    "<img src='data:image/png;base64,iVBORw0KGgo='/>",
    '<a href="javascript:alert(1)">click</a>',
    '<link href="{http}/l">click</link>',
    '<a href="{http}/a">DOE</a>',
    "<onDraw name=run label=x/>",
    "<para><font color=\"[[[getattr(pow,Word('__globals__'))]]]\">exploit</font></para>",
    "DOE^<JOHN>",
    "DOE^JOHN</para></font>",
    "<b>unclosed <i>tags",
    "<!-- hidden -->DOE<!--",
    "<![CDATA[DOE]]>",
    "&lt;DOE&gt; &amp; &#x41;",
    "![x]({http}/md.png)",
    "[DOE](javascript:alert(1))",
    "**DOE** `code` $x^2$ :red[DOE]",
    '=HYPERLINK("{http}","DOE")',
    "@SUM(1+1)*cmd|' /C calc'!A0",
    "%s%n {{0}} ${{jndi:ldap://x}}",
    "DOE\\r\\n(Tj) ET /URI (x) endobj",
    ") >> endobj 1 0 obj << /URI",
    "<seq id=1/><bullet>x</bullet><br/>DOE",
    "<unichar code=65/><greek>a</greek><super>2</super>",
    "'; DROP TABLE patients; --",
]


@pytest.fixture
def short_folder() -> Iterator[str]:
    """A folder whose name leaves room on the line; that of tmp_path may be too long to be printed whole."""
    with TemporaryDirectory() as folder:
        yield folder


@pytest.mark.parametrize("pattern", HOSTILE)
def test_hostile_text_is_printed_as_it_is_and_does_nothing(
    poppler: Poppler, short_folder: str, listener: tuple[str, list[str]], report_content: ReportContent, pattern: str
) -> None:
    address, asked = listener
    picture = Path(short_folder) / "p.png"
    picture.write_bytes(ONE_PIXEL)
    text = pattern.replace("{http}", address).replace("{file}", str(picture))
    content = replace(
        with_patient(report_content, text), hospital=text, notes=text, impression=(text,), pseudonym=text,
        technique=(Row(text, text),), exam_date=text, status=text,
    )  # fmt: skip
    pdf = write_pdf(content)
    assert solid(poppler("pdftotext", pdf)).count(solid(text)) >= 5
    assert b"/URI" not in pdf  # what is printed stands in compressed streams, what acts would stand in the open
    assert b"/Annots" not in pdf
    assert len(poppler("pdfimages", pdf).splitlines()) == 2  # the two heading lines of an empty list
    assert asked == []


ONE_PIXEL = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d49444154789c6360606060000000050001a5f64540"
    "0000000049454e44ae426082"
)


@pytest.mark.parametrize(
    "name",
    [
        "Müller-Łukasz Ñandú", "Γιώργος Παπαδόπουλος", "Иванова Мария", "Şükrü Ağaoğlu", "Nguyễn Thị Hường",
        "محمد علي", "فاطمة الزهراء", "דוד בן־גוריון", "Հայկ", "გიორგი",
    ],
)  # fmt: skip
def test_names_of_the_font_are_read_back_equal(poppler: Poppler, report_content: ReportContent, name: str) -> None:
    text = poppler("pdftotext", write_pdf(with_patient(report_content, name)), "-layout", "-l", "1")
    assert words(name) in words(text)


@pytest.mark.parametrize("name", ["李小龙", "अमित", "สมชาย", "김철수", "Li 李"])
def test_a_name_that_cannot_be_printed_says_so_and_leaves_the_pseudonym(
    poppler: Poppler, report_content: ReportContent, name: str
) -> None:
    first = words(pages(poppler, write_pdf(with_patient(report_content, name)))[0])
    assert NOT_PRINTABLE in first
    assert "IR-0427" in first


@settings(deadline=None, max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(max_size=300), st.text(max_size=300))
def test_any_text_makes_a_report(report_content: ReportContent, a: str, b: str) -> None:
    content = replace(with_patient(report_content, a, b), notes=a, impression=(b,), hospital=b, pseudonym=a)
    assert write_pdf(content).startswith(b"%PDF-")


# ------------------------------------------------------------------------------------ many and long


@pytest.mark.parametrize("n_cards", [0, 1, 8])
def test_none_one_and_eight_organs_make_a_report(poppler: Poppler, report_content: ReportContent, n_cards: int) -> None:
    kinds = (
        *report_content.cards,
        without_class(report_content.cards[1]),
        replace(report_content.cards[0], decay=None),
    )
    cards = tuple(replace(kinds[i % 4], organ=f"organ{i}", name=f"Organ {i}") for i in range(n_cards))
    first = words(pages(poppler, write_pdf(replace(report_content, cards=cards)))[0])
    assert all(card.name in first for card in cards)
    assert ("No organ was measured." in first) == (n_cards == 0)


def very_long(content: ReportContent) -> ReportContent:
    """The same report with every text as long as a careless reader could make it."""
    text = "The echo train is long and the sentence is longer. " * 100
    unbroken = "X" * 900
    card = replace(
        content.cards[1], name="An organ with a name that nobody expected to be this long", where=text,
        headline=f"LIC {text[:150]}", class_word=text[:120], cautions=(text, unbroken) * 3, flags=(text,),
        tests=(text,) * 3, caveats=(unbroken,), absence=(text, text), measured=text, calibration=text, ladder=unbroken,
        fit_rows=(Row(unbroken, text), Row("Echoes left out", text)), calibration_rows=(Row(text, unbroken),),
        picture=RegionPicture("liver", text, "key", 1, 1, (((0.0, 0.0), (1.0, 1.0)),), ONE_PIXEL),
    )  # fmt: skip
    return replace(
        content, cards=(card, card), hospital=unbroken, pseudonym=unbroken, exam_date=unbroken, notes=text * 9,
        impression=(text, unbroken), patient=(Row(unbroken, text), Row("a", unbroken), *content.patient),
        changes=(Change("liver", unbroken, text, text, "changed", text, unbroken, unbroken),) * 2,
        technique=(Row(unbroken, text),), not_a_device=text, software=unbroken, missing=(unbroken, text),
        not_assessed=(unbroken, text),
    )  # fmt: skip


def test_long_text_stays_inside_the_page(poppler: Poppler, report_content: ReportContent) -> None:
    boxes = poppler("pdftotext", write_pdf(very_long(report_content)), "-bbox")
    found = re.findall(r'<word xMin="([-\d.]+)" yMin="([-\d.]+)" xMax="([-\d.]+)" yMax="([-\d.]+)"', boxes)
    corners = [tuple(map(float, box)) for box in found]
    assert corners
    # Margins are 45 pt; the number of pages may stand a digit further out.
    assert [c for c in corners if c[0] < 44 or c[2] > 595.3 - 40 or c[1] < 20 or c[3] > 841.9 - 20] == []


def test_a_note_of_a_million_characters_neither_hangs_nor_grows(report_content: ReportContent) -> None:
    start = time.process_time()
    pdf = write_pdf(replace(report_content, notes="word " * 200_000, impression=("x" * 1_000_000,)))
    assert time.process_time() - start < 5.0  # measured 0.3 s
    assert len(pdf) < 500_000


# ---------------------------------------------------------------------------------------- drawings


@pytest.mark.parametrize(
    ("te_ms", "signal"),
    [
        ((1.0,), (100.0,)),
        ((1.0, 2.0, 3.0), (0.0, 0.0, 0.0)),
        ((0.0, 0.0), (5.0, 5.0)),
        ((1.0, 2.0), (1e-12, 1e12)),
        ((1.0, 2.0), (float("inf"), float("nan"))),
        ((1.0, 2.0), (-5.0, -7.0)),
    ],
)
def test_a_strange_signal_is_still_drawn(
    report_content: ReportContent, te_ms: tuple[float, ...], signal: tuple[float, ...]
) -> None:
    points = tuple(DecayPoint(i, t, s, s, "why" * i) for i, (t, s) in enumerate(zip(te_ms, signal, strict=True)))
    curve = tuple(CurvePoint(t, s, s, float("inf")) for t, s in zip(te_ms, signal, strict=True))
    figure = DecayFigure("Signal decay", points, curve, noise_floor=float("nan"), residual_sd=0.0)
    card = replace(report_content.cards[0], decay=figure)
    assert write_pdf(replace(report_content, cards=(card,))).startswith(b"%PDF-")


def test_the_chart_without_a_fit_claims_no_echo_was_used(poppler: Poppler, report_content: ReportContent) -> None:
    decay = report_content.cards[1].decay
    assert decay is not None
    bare = replace(
        decay, curve=(), others=(), noise_floor=None, residual_sd=None,
        points=tuple(replace(p, residual=None, left_out_because="") for p in decay.points),
    )  # fmt: skip
    assert DecayChart(bare, 300).height < DecayChart(decay, 300).height
    card = replace(without_class(report_content.cards[1]), decay=bare, fit_rows=(), cautions=())
    text = words(poppler("pdftotext", write_pdf(replace(report_content, cards=(card,)))))
    assert "echo used" not in text
    assert "residual" not in text


@pytest.mark.parametrize("at", [0.0, 0.5, 1.0])
@pytest.mark.parametrize("n_segments", [1, 3, 6])
def test_a_band_bar_of_any_ladder_is_drawn(report_content: ReportContent, n_segments: int, at: float) -> None:
    band = BandBar(
        "LIC", "mg/g", tuple(Segment("moderate to severe", "mild") for _ in range(n_segments)),
        tuple(str(i) for i in range(n_segments - 1)), at, "LIC", (at, at), (0.0, 1.0),
    )  # fmt: skip
    card = replace(report_content.cards[1], band=band)
    assert write_pdf(replace(report_content, cards=(card,))).startswith(b"%PDF-")


def test_a_limit_is_printed_as_one_and_never_as_an_interval(poppler: Poppler, report_content: ReportContent) -> None:
    heart = report_content.cards[0]
    assert heart.band is not None
    limited = replace(
        heart, headline="T2* < 16.3 ms", class_word="increased or worse",
        interval="95 % limit; beyond this acquisition",
        band=replace(heart.band, value_at=0.5, interval_at=(0.5, 1.0)),
    )  # fmt: skip
    first, second, *_ = pages(poppler, write_pdf(replace(report_content, cards=(limited,))))
    assert "T2* < 16.3 ms" in words(first) and "95 % limit" in words(first) and "increased or worse" in words(first)
    assert "T2* < 16.3 ms (95 % limit" in words(second) and "increased or worse" in words(second)


def luminance(color: Color) -> float:
    """Relative luminance (WCAG 2)."""
    parts = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in color.rgb()]
    return float(0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2])


@pytest.mark.parametrize("severity", [*palette.SEVERITY, ""])
def test_the_class_word_reads_on_its_colour(severity: str) -> None:
    dark, light = sorted((luminance(ink_on(severity)), luminance(severity_fill(severity))))
    assert (light + 0.05) / (dark + 0.05) >= 4.5


def test_severity_gets_darker_from_best_to_worst() -> None:
    order = [s for s in palette.SEVERITY if s != "indeterminate"]
    assert order[0] == "normal" and order[-2:] == ["markedly-increased", "severe"]
    shades = [luminance(severity_fill(s)) for s in order]
    assert shades == sorted(shades, reverse=True)
    assert len(set(shades)) == len(shades)
