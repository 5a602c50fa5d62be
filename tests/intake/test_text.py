"""A table comes back exactly as meant, is asked about, or is refused with line, reason and cure; never guessed."""

from __future__ import annotations

import datetime
import io
import zipfile
from typing import Any

import openpyxl
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from ironreport.errors import IntakeError
from ironreport.intake.text import EchoTable, TableError, parse_file, parse_table

PAIRS = ((1.2, 500.5), (2.4, 400.25))

READ = {
    "tab": "1.2\t500.5\n2.4\t400.25",
    "tab, decimal comma": "1,2\t500,5\n2,4\t400,25",
    "semicolon": "1.2;500.5\n2.4;400.25",
    "semicolon, decimal comma": "1,2;500,5\n2,4;400,25",
    "semicolon and space": "1,2; 500,5\n2,4; 400,25",
    "space": "1.2 500.5\n2.4 400.25",
    "several spaces": "  1.2    500.5  \n2.4      400.25",
    "space, decimal comma": "1,2 500,5\n2,4 400,25",
    "comma": "1.2,500.5\n2.4,400.25",
    "comma and space": "1.2, 500.5\n2.4, 400.25",
    "space and comma": "1.2 ,500.5\n2.4 ,400.25",
    "heading, comma": "TE,signal\n1.2,500.5\n2.4,400.25",
    "heading, tab": "TE\tsignal\n1.2\t500.5\n2.4\t400.25",
    "heading in ms": "TE (ms)\tsignal (a.u.)\n1.2\t500.5\n2.4\t400.25",
    "heading with slash": "TE/ms signal/a.u.\n1.2 500.5\n2.4 400.25",
    "heading with names that hold digits": "TE [ms]\tT2* signal ROI_1\n1.2\t500.5\n2.4\t400.25",
    "heading in another script": "Время\tсигнал\n1.2\t500.5\n2.4\t400.25",
    "heading after a hash": "# TE signal\n1.2 500.5\n2.4 400.25",
    "heading in s": "TE [s]\tsignal\n0.0012\t500.5\n0.0024\t400.25",
    "heading in s, after a comma": "echo time, s\tsignal\n0.0012\t500.5\n0.0024\t400.25",
    "heading in s, cut by commas": "echo time, s, signal\n0.0012,500.5\n0.0024,400.25",
    "heading in s, bare": "TE s\tsignal\n0.0012\t500.5\n0.0024\t400.25",
    "S is a signal, not a second": "TE S\n1.2 500.5\n2.4 400.25",
    "s alone is a signal": "te s\n1.2 500.5\n2.4 400.25",
    "ms after the number": "1.2 ms\t500.5\n2.4 ms\t400.25",
    "ms after the number, spaces": "1.2 ms 500.5\n2.4 ms 400.25",
    "ms joined to the number": "1.2ms,500.5\n2.4ms,400.25",
    "ms once": "1.2 ms 500.5\n2.4 400.25",
    "s after the number": "0.0012 s;500.5\n0.0024 s;400.25",
    "s and ms, each written": "0.0012 s;500.5\n2.4 ms;400.25",
    "scientific": "1.2e0\t5.005e2\n24e-1\t4.0025E+2",
    "scientific in s": "TE (s)\tsignal\n1.2e-3\t500.5\n2.4e-3\t400.25",
    "not in order": "2.4\t400.25\n1.2\t500.5",
    "Windows line ends and empty lines": "\r\n1.2\t500.5\r\n\r\n2.4\t400.25\r\n",
    "old Mac line ends": "1.2\t500.5\r2.4\t400.25",
    "separators at the ends": "\t1.2\t500.5\t\n\t2.4\t400.25\t\n\t\t\t",
    "quoted": '"1.2","500.5"\n"2.4","400.25"',
    "quoted decimal commas": '"TE (ms)","signal"\n"1,2","500,5"\n"2,4","400,25"',
    "fixed space beside a tab": "1.2\u00a0\t500.5\n2.4\t\u202f400.25",
    "plus sign": "+1.2\t+500.5\n2.4\t400.25",
    "byte order mark": "\ufeff1.2\t500.5\n2.4\t400.25",
    "three decimals with proof": "1.200\t500.500\n2.400\t400.25",
    "comma and three decimals with proof": "1,200\t500,5\n2,400\t400,250",
}

REFUSED = {
    "underscore": ("1.2\t1_000", "THOUSANDS", (1,)),
    "rest of a split number": ("1 000\n2 000", "NOT_A_NUMBER", (1, 2)),
    "both decimal marks": ("1,2\t500\n2.4\t400", "MIXED_MARKS", (1,)),
    "nan": ("1.2\tnan\n2.4\t400", "NOT_FINITE", (1,)),
    "only nan": ("nan\tnan\n2.4\t400", "NOT_FINITE", (1,)),
    "inf": ("1.2\t500\n2.4\t-inf", "NOT_FINITE", (2,)),
    "a dash for a value": ("1.2\t-", "NOT_FINITE", (1,)),
    "an error of a spreadsheet": ("1.2\t500\n2.4\t#DIV/0!", "NOT_FINITE", (2,)),
    "beyond a float": ("1.2\t1e400", "TOO_LARGE", (1,)),
    "negative TE": ("-1.2\t500\n2.4\t400", "TE_NOT_POSITIVE", (1,)),
    "negative TE with a true minus": ("\u22121.2\t500", "TE_NOT_POSITIVE", (1,)),
    "TE of zero": ("0\t500\n2.4\t400", "TE_NOT_POSITIVE", (1,)),
    "TE beyond a float after conversion": ("1e307 s\t500", "TE_NOT_POSITIVE", (1,)),
    "negative signal": ("1.2\t500\n2.4\t-4", "NEGATIVE_SIGNAL", (2,)),
    "zero signal": ("1.2\t500\n2.4\t0", "ZERO_SIGNAL", (2,)),
    "signal below a float": ("1.2\t1e-400", "ZERO_SIGNAL", (1,)),
    "equal TE": ("1.2\t500\n2.4\t400\n1.2\t500", "EQUAL_TE", (3,)),
    "equal TE in two units": ("1.2 ms\t500\n0.0012 s\t400", "EQUAL_TE", (2,)),
    "one number": ("1.2\n2.4", "ONE_NUMBER", (1, 2)),
    "one number among pairs": ("1.2\t500\n2.4", "ONE_NUMBER", (2,)),
    "one number among commas": ("1.2,500\n2.4", "ONE_NUMBER", (2,)),
    "empty cell": ("1.2\t\t500", "EMPTY_CELL", (1,)),
    "bad first line is no heading": ("1.2x 500\n2.4 400", "NOT_A_NUMBER", (1,)),
    "letters for digits are no heading": ("l.2 SOO\n2.4 400", "NOT_A_NUMBER", (1,)),
    "letter and digit are no heading": ("l2 SOO\n2.4 400", "NOT_A_NUMBER", (1,)),
    "unit unlike the heading": ("TE (ms)\tsignal\n0.0012 s\t500", "UNIT_CONFLICT", (2,)),
    "some in s, others bare": ("0.0012 s\t500\n2.4\t400", "UNIT_MISSING", (2,)),
    "hexadecimal": ("0x10\t500", "NOT_A_NUMBER", (1,)),
    "three lines at once": ("1.2\t500\nabc\t1\n2.4\tnan\n3.6", "NOT_A_NUMBER", (2, 3, 4)),
    "signs that are numbers and no digits": ("十二\t五百\n2.4\t400", "FOREIGN_DIGITS", (1,)),
    "more numbers than in the other lines": ("1.2\t500\n2.4\t400\t3\n3.6\t300", "THREE_NUMBERS", (2,)),
    "fewer numbers than in the other lines": ("1\t1.2\t500\n2\t2.4\t400\n3\t3.6", "EMPTY_CELL", (3,)),
}


@pytest.mark.parametrize("text", READ.values(), ids=READ.keys())
def test_every_accepted_form_gives_the_same_pairs(text: str) -> None:
    table = parse_table(text)
    assert table.te_ms == pytest.approx([te for te, _ in PAIRS], rel=1e-12)
    assert table.signal == pytest.approx([signal for _, signal in PAIRS], rel=1e-12)
    assert not any(caution.blocks_grade for caution in table.cautions)


@pytest.mark.parametrize(("text", "code", "lines"), REFUSED.values(), ids=REFUSED.keys())
def test_a_doubtful_table_is_refused_by_line_with_a_cure(text: str, code: str, lines: tuple[int, ...]) -> None:
    with pytest.raises(TableError) as refused:
        parse_table(text)
    problems = refused.value.problems
    assert (refused.value.refusal.code, tuple(p.line for p in problems)) == (code, lines)
    assert all(p.what.endswith(".") and p.cure.endswith(".") and p.text for p in problems)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "NO_ROWS"),
        (" \n\t\n", "NO_ROWS"),
        ("TE\tsignal", "NO_ROWS"),
        ("\n".join(f"{k}\t5" for k in range(1, 66)), "TOO_MANY_ROWS"),
        ("1.2\t500\n" + " " * 20_001, "TABLE_TOO_BIG"),
    ],
)
def test_a_table_without_rows_or_beyond_the_limits_is_refused(text: str, code: str) -> None:
    with pytest.raises(IntakeError) as refused:
        parse_table(text)
    assert refused.value.refusal.code == code


def test_sixty_four_pairs_are_read() -> None:
    assert len(parse_table("\n".join(f"{k / 2}\t{900 - k}" for k in range(1, 65))).rows) == 64


def test_rows_keep_the_typed_order_and_text() -> None:
    rows = parse_table("TE signal\n\n2.4 400\n1.2 500").rows
    assert [(row.line, row.text, row.te_ms) for row in rows] == [(3, "2.4 400", 2.4), (4, "1.2 500", 1.2)]


def test_what_was_done_is_told() -> None:
    notes = parse_table("TE [s];signal\n0,0024;400\n0,0012;500").notes
    assert notes == (
        "heading line skipped: 'TE [s];signal'",
        "decimal comma read",
        "TE was written in s: converted to ms",
        "sorted by TE",
    )
    assert parse_table("1.2 500\n2.4 400").notes == ()


def test_the_message_names_lines_without_their_text() -> None:
    with pytest.raises(TableError) as refused:
        parse_table("1.2 500\nDOE^JOHN 12\n2.4 x")
    assert "DOE" not in str(refused.value)
    assert str(refused.value).startswith("Line 2:")
    assert refused.value.problems[0].text == "DOE^JOHN 12"


def test_equal_echo_times_name_both_lines() -> None:
    with pytest.raises(TableError) as refused:
        parse_table("1.2 500\n2.4 400\n1.2 300")
    assert "line 1" in refused.value.problems[0].what


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("0.0012 500\n0.0024 400", ["TE_MAYBE_SECONDS"]),
        ("1200 500\n2400 400", ["TE_MAYBE_MICROSECONDS"]),
        ("TE (ms)\tsignal\n0.0012\t500\n0.0024\t400", ["TE_UNIT_CONTRADICTS"]),
        ("TE (s)\tsignal\n1.2\t500\n2.4\t400", ["TE_UNIT_CONTRADICTS"]),
        ("736 1.3\n500 2.5\n330 3.7", ["COLUMNS_MAYBE_SWAPPED"]),
    ],
)
def test_echo_times_of_another_unit_or_column_are_asked_and_block_the_grade(text: str, codes: list[str]) -> None:
    table = parse_table(text)
    assert [caution.code for caution in table.cautions] == codes
    assert all(caution.blocks_grade for caution in table.cautions)
    assert table.question is not None and table.te_ms == table.signal == table.rows == ()


@pytest.mark.parametrize("text", ["12.1 18\n2.5 400\n1.3 736", "0.2 500\n0.1 900", "6.9 500\n99 20"])
def test_unusual_but_possible_echo_times_are_not_asked(text: str) -> None:
    assert parse_table(text).question is None


def _table_of(te_ms: list[float]) -> EchoTable:
    return parse_table("\n".join(f"{te:.4g}\t{900 - k}" for k, te in enumerate(te_ms)))


EVEN = [1.3, 2.5, 3.7, 4.9, 6.1, 7.3, 8.5, 9.7, 10.9, 12.1]


@pytest.mark.parametrize("k", range(10))
@pytest.mark.parametrize("shift", [-0.5, 0.5])
def test_one_echo_time_off_an_even_train_is_named(k: int, shift: float) -> None:
    cautions = _table_of([te + shift * (i == k) for i, te in enumerate(EVEN)]).cautions
    assert [(c.code, c.blocks_grade) for c in cautions] == [("TE_SPACING", False)]
    text = f"TE {k + 1} does not fit the spacing: {EVEN[k] + shift:.4g}, expected {EVEN[k]:.3g} (line {k + 1})."
    assert cautions[0].text.startswith(text)


def test_a_lost_decimal_point_is_found_by_the_spacing() -> None:
    cautions = _table_of([73.0 if te == 7.3 else te for te in EVEN]).cautions
    assert cautions[0].text.startswith("TE 10 does not fit the spacing: 73, expected 7.3 (line 6).")


def test_a_first_echo_time_typed_among_the_others_may_belong_to_either_end() -> None:
    cautions = _table_of([4.3, *EVEN[1:]]).cautions
    assert cautions[0].text.startswith("TE 3 does not fit the spacing: 4.3, expected 1.3 or 13.3 (line 1).")


@pytest.mark.parametrize(
    "te_ms",
    [
        EVEN,
        [te for te in EVEN if te != 3.7],
        [1.2, 2.3, 3.5, 4.6, 5.8, 6.9, 8.1, 9.2, 10.4, 11.5],
        [2.0, 4.2, 6.4, 8.6, 10.8, 13.0, 15.2, 17.4],
        [0.1, 2.0, 4.0, 6.0, 8.0],
        [1.0, 1.5, 3.0, 7.0, 15.0, 31.0],
        [1.0, 2.0, 3.0, 9.0],
    ],
)
def test_trains_of_real_scanners_raise_no_doubt_of_spacing(te_ms: list[float]) -> None:
    assert _table_of(te_ms).cautions == ()


# ------------------------------------------------------------------------------------ properties

TIMES = st.floats(0.2, 999.0, allow_nan=False)
SIGNALS = st.floats(1e-3, 1e6, allow_nan=False)
TABLES = st.dictionaries(TIMES, SIGNALS, min_size=1, max_size=20).map(lambda table: list(table.items()))


def comes_back(read: EchoTable, table: list[tuple[float, float]]) -> bool:
    """Whether a table is read as it was meant, or is asked about with that among the answers."""
    meant = sorted(table)
    offered = [answer.table for answer in read.question.answers] if read.question else [read]
    return any(list(zip(one.te_ms, one.signal, strict=True)) == meant for one in offered)


@settings(deadline=None, max_examples=150)
@given(
    table=TABLES,
    between=st.sampled_from(["\t", ";", " ", "   ", "; ", "\t ", ", ", ","]),
    mark=st.sampled_from([".", ","]),
    heading=st.sampled_from([None, "TE", "TE (ms)"]),
    end=st.sampled_from(["\n", "\r\n", "\n\n"]),
    unit=st.sampled_from(["", " ms", "ms"]),
)
@example(table=[(101.0, 1.125)], between="\t", mark=".", heading="TE", end="\n", unit="")
def test_any_table_comes_back_equal_or_is_asked_about(
    table: list[tuple[float, float]], between: str, mark: str, heading: str | None, end: str, unit: str
) -> None:
    mark = "." if "," in between else mark
    lines = [f"{te!r}{unit}{between}{signal!r}".replace(".", mark) for te, signal in table]
    text = end.join([f"{heading}{between}signal"] * (heading is not None) + lines)
    assert comes_back(parse_table(text), table)


@settings(deadline=None, max_examples=150)
@given(
    table=TABLES,
    between=st.sampled_from(["\t", ";", " ", "   ", "; "]),
    mark=st.sampled_from([".", ","]),
    style=st.sampled_from([".5f", ".7e", ".17g"]),
)
def test_tables_with_more_than_three_decimals_are_never_refused(
    table: list[tuple[float, float]], between: str, mark: str, style: str
) -> None:
    written = [(format(te, style), format(signal, style)) for te, signal in table]
    meant = {float(te): float(signal) for te, signal in written}
    lines = [f"0.123456{between}5", *(f"{te}{between}{signal}" for te, signal in written)]
    if len(meant) < len(written) or 0.0 in meant.values():
        return
    read = parse_table("\n".join(lines).replace(".", mark))
    assert comes_back(read, [(0.123456, 5.0), *meant.items()])


@settings(deadline=None, max_examples=300)
@given(st.text(alphabet="0123456789.,;\t\n -+eEmsµ'\"_\u2212\u00a0nanifTE٣#", max_size=60))
def test_any_text_is_read_or_refused_and_never_gives_a_strange_number(text: str) -> None:
    try:
        table = parse_table(text)
    except IntakeError as refused:
        assert refused.refusal.what and refused.refusal.cure
        return
    assert all(0 < te < float("inf") for te in table.te_ms)
    assert all(0 < signal < float("inf") for signal in table.signal)
    assert list(table.te_ms) == sorted(set(table.te_ms))


# ----------------------------------------------------------------------------------------- files


def _workbook(*sheets: list[list[Any]]) -> bytes:
    book = openpyxl.Workbook()
    book.remove(book.worksheets[0])
    for rows in sheets:
        sheet = book.create_sheet()
        for row in rows:
            sheet.append(row)
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"], ids=["utf-8", "utf-8 with mark", "utf-16", "cp1252"]
)
def test_text_files_are_read_in_the_usual_encodings(encoding: str) -> None:
    content = "Écho (ms);señal\n1,2;500,5\n2,4;400,25".encode(encoding)
    table = parse_file("table.csv", content)
    assert tuple(zip(table.te_ms, table.signal, strict=True)) == PAIRS
    assert table.notes[0] == "heading line skipped: 'Écho (ms);señal'"


def test_a_big_endian_file_with_its_mark_is_read() -> None:
    assert parse_file("a.txt", b"\xfe\xff" + "1.2\t500".encode("utf-16-be")).te_ms == (1.2,)


ROWS: list[list[Any]] = [["TE (ms)", "signal"], [1.2, 500.5], [2.4, 400.25]]


@pytest.mark.parametrize(
    "sheets",
    [
        [ROWS],
        [[["notes"], ["by hand"]], ROWS],
        [[["organ", *ROWS[0]], ["liver", *ROWS[1]], ["liver", *ROWS[2]]]],
        [[[None, None], [], *ROWS]],
        [[["TE (ms)", "signal"], ["1,2", "500,5"], ["2,4 ms", 400.25]]],
        [[["TE (s)", "signal"], [0.0012, 500.5], [0.0024, 400.25]]],
    ],
    ids=["plain", "second sheet", "third column of words", "empty rows above", "numbers as text", "seconds"],
)
def test_workbooks_give_the_stored_numbers(sheets: list[list[list[Any]]]) -> None:
    table = parse_file("table.xlsx", _workbook(*sheets))
    assert table.te_ms == pytest.approx([te for te, _ in PAIRS], rel=1e-12)
    assert table.signal == tuple(signal for _, signal in PAIRS)


def test_the_columns_read_and_skipped_are_told() -> None:
    content = _workbook([["notes"]], [["liver", 1.2, 500.5], ["liver", 2.4, 400.25]])
    assert parse_file("table.csv", content).notes == (
        "the file is an Excel workbook",
        "read from sheet 2, columns B and C",
        "column A without numbers skipped",
    )


def test_a_hidden_sheet_is_not_read() -> None:
    book = openpyxl.load_workbook(io.BytesIO(_workbook([[1, 2]], ROWS)))
    book.worksheets[0].sheet_state = "hidden"
    stream = io.BytesIO()
    book.save(stream)
    assert parse_file("a.xlsx", stream.getvalue()).te_ms == (1.2, 2.4)


@pytest.mark.parametrize(
    ("rows", "code", "line"),
    [
        ([*ROWS, ["=1.2*3", 300]], "FORMULA_WITHOUT_VALUE", 4),
        ([*ROWS, [datetime.datetime(2026, 2, 1), 300]], "DATE_CELL", 4),
        ([*ROWS, [3.6, None]], "ONE_NUMBER", 4),
        ([*ROWS, [3.6, True]], "NOT_A_NUMBER", 4),
        ([*ROWS, [2.4, 5]], "EQUAL_TE", 4),
        ([["1.2x", 5], [2.4, 3]], "NOT_A_NUMBER", 1),
    ],
)
def test_doubtful_cells_of_a_workbook_are_refused_by_row(rows: list[list[Any]], code: str, line: int) -> None:
    with pytest.raises(TableError) as refused:
        parse_file("table.xlsx", _workbook(rows))
    assert [(p.code, p.line) for p in refused.value.problems] == [(code, line)]


def _archive(**parts: bytes) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name.replace("__", "/"), content)
    return stream.getvalue()


NOT_TABLES = {
    "archive of something else": (_archive(image=b"abc"), "NOT_A_WORKBOOK"),
    "cut workbook": (_workbook(ROWS)[:-400], "UNREADABLE_WORKBOOK"),
    "workbook of nonsense": (_archive(**{"xl__workbook.xml": b"<nonsense"}), "UNREADABLE_WORKBOOK"),
    "archive that unpacks to too much": (_archive(**{"xl__workbook.xml": bytes(9_000_000)}), "UNREADABLE_WORKBOOK"),
    "workbook without numbers": (_workbook([["a", "b"]]), "NO_NUMERIC_COLUMNS"),
    "one column": (_workbook([[1.2], [2.4]]), "NO_NUMERIC_COLUMNS"),
    "nine columns": (_workbook([list(range(9))] * 20), "TOO_MANY_COLUMNS"),
    "old workbook": (bytes.fromhex("d0cf11e0a1b11ae1") + bytes(600), "OLD_WORKBOOK"),
    "PDF": (b"%PDF-1.7 abc", "UNREADABLE_TEXT"),
    "bytes": (bytes(range(256)), "UNREADABLE_TEXT"),
    "UTF-16 without its mark": ("1.2\t500".encode("utf-16-le"), "UNREADABLE_TEXT"),
    "cut UTF-16": (b"\xff\xfe1\x00.", "UNREADABLE_TEXT"),
    "too much text": (b"1.2\t500\n" * 3000, "TABLE_TOO_BIG"),
    "nothing": (b"", "NO_ROWS"),
}


@pytest.mark.parametrize(("content", "code"), NOT_TABLES.values(), ids=NOT_TABLES.keys())
def test_files_that_hold_no_table_are_refused_with_the_reason(content: bytes, code: str) -> None:
    with pytest.raises(IntakeError) as refused:
        parse_file("table.csv", content)
    assert refused.value.refusal.code == code


def test_a_damaged_workbook_never_escapes_as_another_error() -> None:
    content = bytearray(_workbook(ROWS))
    for place in range(0, len(content), 37):
        damaged = bytes(content[:place] + bytes([content[place] ^ 0xFF]) + content[place + 1 :])
        try:
            table = parse_file("table.xlsx", damaged)
        except IntakeError:
            continue
        assert len(table.te_ms) == len(table.signal)


def test_a_sheet_that_declares_a_million_rows_is_read_by_its_first_ones() -> None:
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    for row in ROWS:
        sheet.append(row)
    sheet["A1048576"] = 5
    stream = io.BytesIO()
    book.save(stream)
    assert parse_file("table.xlsx", stream.getvalue()).te_ms == (1.2, 2.4)


@pytest.mark.parametrize("text", [",,", ",", ";;", "\t\t", ",\n,"])
def test_separators_alone_are_no_rows(text: str) -> None:
    with pytest.raises(IntakeError):
        parse_table(text)
