"""Forms in which tables are pasted, as data: each is read right, asked about with the truth offered, or refused."""

from __future__ import annotations

import io
import math
import re
import tomllib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from ironreport.errors import IntakeError
from ironreport.intake.text import EchoTable, TableError, parse_file, parse_table

CASES = tomllib.loads((Path(__file__).parents[1] / "pasted_forms.toml").read_text(encoding="utf-8"))
FORMS: list[dict[str, Any]] = CASES["form"]
TRUTH: dict[str, dict[str, list[float]]] = CASES["truth"]


def of_kind(want: str) -> pytest.MarkDecorator:
    forms = [form for form in FORMS if form["want"] == want]
    return pytest.mark.parametrize("form", forms, ids=[form["id"] for form in forms])


def gives(table: EchoTable, te_ms: Sequence[float], signal: Sequence[float]) -> bool:
    """Whether a table holds these pairs, up to the rounding of a unit or a logarithm."""
    expected = [*te_ms, *signal]
    found = [*table.te_ms, *table.signal]
    return len(found) == len(expected) and all(
        math.isclose(a, b, rel_tol=1e-6) for a, b in zip(found, expected, strict=True)
    )


@of_kind("read")
def test_a_clear_form_is_read_as_it_was_meant(form: dict[str, Any]) -> None:
    table = parse_table(form["text"])
    assert table.question is None
    assert gives(table, **TRUTH[form["truth"]])
    assert not any(caution.blocks_grade for caution in table.cautions)


@of_kind("asked")
def test_an_unclear_form_is_asked_once_with_the_truth_among_the_answers(form: dict[str, Any]) -> None:
    table = parse_table(form["text"])
    assert table.question is not None
    assert table.te_ms == table.signal == ()
    right = [one for one in table.question.answers if gives(one.table, **TRUTH[form["truth"]])]
    assert len(right) == 1
    assert form.get("code", table.cautions[0].code) in {caution.code for caution in table.cautions}
    assert all(caution.blocks_grade for caution in table.cautions)


@of_kind("asked")
def test_one_answer_settles_the_whole_table_and_says_so(form: dict[str, Any]) -> None:
    question = parse_table(form["text"]).question
    assert (
        question is not None and len({one.says + one.gives for one in question.answers}) == len(question.answers) <= 6
    )
    for one in question.answers:
        table = parse_table(form["text"], one.key)
        assert table.question is None and gives(table, one.table.te_ms, one.table.signal)
        assert any(note.startswith("as you answered: ") for note in table.notes)


@of_kind("refused")
def test_a_form_that_cannot_be_meant_is_refused_by_line(form: dict[str, Any]) -> None:
    with pytest.raises(TableError) as refused:
        parse_table(form["text"])
    assert refused.value.refusal.code == form["code"]


@pytest.mark.parametrize("form", FORMS, ids=[form["id"] for form in FORMS])
def test_a_file_is_read_as_the_same_text_is_when_pasted(form: dict[str, Any]) -> None:
    def outcome(read: Any) -> object:
        try:
            table = read()
        except IntakeError as refused:
            return refused.refusal.code
        return table.te_ms, table.signal, table.cautions, table.question and table.question.text

    content = form["text"].encode("utf-8")
    assert outcome(lambda: parse_file("table.tsv", content)) == outcome(lambda: parse_table(form["text"]))


def workbook(rows: Sequence[Sequence[object]]) -> bytes:
    book = openpyxl.Workbook()
    for row in rows:
        book.worksheets[0].append(row)
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


IN_CELLS = [
    form for form in FORMS if re.fullmatch(r"([^\t\n\v\f\r\u0085\u2028\u2029]+(\t[^\t\n]+)+\n?)+", form["text"])
]


@pytest.mark.parametrize("form", IN_CELLS, ids=[form["id"] for form in IN_CELLS])
def test_a_workbook_is_read_as_its_cells_are_when_pasted(form: dict[str, Any]) -> None:
    content = workbook([line.split("\t") for line in form["text"].splitlines()])
    if form["want"] == "refused":
        with pytest.raises(IntakeError):
            parse_file("table.xlsx", content)
        return
    table = parse_file("table.xlsx", content)
    offered = [one.table for one in table.question.answers] if table.question else [table]
    assert (table.question is not None) == (form["want"] == "asked")
    assert any(gives(one, **TRUTH[form["truth"]]) for one in offered)


def test_numbers_of_a_workbook_are_judged_as_typed_ones_are() -> None:
    plain, small = TRUTH["plain"], TRUTH["small"]
    lying = workbook([["TE (ms)", *plain["te_ms"]], ["signal", *plain["signal"]]])
    assert gives(parse_file("a.xlsx", lying), **plain)
    exchanged_named = workbook([["Mean", "TE"], *zip(small["signal"], small["te_ms"], strict=True)])
    assert gives(parse_file("a.xlsx", exchanged_named), **small)
    exchanged_bare = parse_file("a.xlsx", workbook(list(zip(small["signal"], small["te_ms"], strict=True))))
    assert exchanged_bare.question is not None and gives(exchanged_bare.question.answers[0].table, **small)
    counted = workbook([["Liver"], ["#", "TE", "S"], *zip(range(1, 7), plain["te_ms"], plain["signal"], strict=True)])
    assert gives(parse_file("a.xlsx", counted), **plain)


def test_an_answer_to_another_table_is_none() -> None:
    first = parse_table("TE (µs)\tS\n1200\t500\n2500\t400")
    assert first.question is not None
    key = first.question.answers[0].key
    assert parse_table("1.2\t500\n2.5\t400", key) == parse_table("1.2\t500\n2.5\t400")
    assert parse_table("53.6 1.2\n34.7 2.5\n22.5 3.8", key).question is not None


def test_inversion_times_are_not_taken_for_late_echo_times() -> None:
    text = "TI (ms)\tsignal\n100\t-480\n400\t-105\n1600\t350\n3200\t460".replace("-", "")
    assert parse_table(text, times="TI").question is None
    assert parse_table(text).question is not None


def test_a_spin_echo_train_may_begin_later_than_a_gradient_echo_train() -> None:
    text = "12\t900\n24\t700\n36\t540\n48\t420"
    assert parse_table(text, times="T2").question is None
    assert parse_table(text).question is not None


# ---------------------------------------------------------------------------------- any form at all


@dataclass(frozen=True)
class Script:
    """The digits of a script, and its decimal mark beside the two of ours."""

    zero: str
    mark: str = ""


SCRIPTS = (Script("0"), Script("٠", "٫"), Script("۰", "٫"), Script("０"), Script("०"))
HEADINGS = (
    ("", ""), ("TE", "S"), ("TE (ms)", "signal (a.u.)"), ("Echo time", "Mean"), ("Temps d'écho", "Signal moyen"),
    ("Tiempo de eco", "Señal"), ("Echozeit", "Signalintensität"), ("Tempo di eco", "Segnale"),
    ("Tempo de eco", "Sinal"), ("زمن الصدى", "الإشارة"), ("Время эхо", "Сигнал"), ("回波时间", "信号强度"),
)  # fmt: skip
UNITS = {
    "": 1.0, "ms": 1.0, "мс": 1.0, "毫秒": 1.0, "s": 1e-3, "secondes": 1e-3, "с": 1e-3, "µs": 1e3, "μs": 1e3,
    "мкс": 1e3, "微秒": 1e3, "Mikrosekunden": 1e3,
}  # fmt: skip
SEPARATORS = ("\t", ";", "; ", " | ", "   ", " ")
GROUPS = ("", "'", " ", "\u202f", ",", ".")
ENDS = ("\n", "\r\n", "\u2028", "\n\n")


@st.composite
def decays(draw: st.DrawFn) -> tuple[list[float], list[float]]:
    """Echo times [ms] of a train as scanners make them, and signals of a decay with a little noise."""
    n = draw(st.integers(4, 14))
    first, spacing = draw(st.sampled_from([0.8, 1.1, 1.2, 2.0, 2.3])), draw(st.sampled_from([0.9, 1.2, 1.35, 2.2, 3.1]))
    te_ms = [round(first + spacing * k, 2) for k in range(n)]
    start, t2star_ms = draw(st.sampled_from([0.93, 9.4, 55.0, 870.0, 12400.0])), draw(st.floats(1.5, 40.0))
    noise = draw(st.lists(st.floats(-0.01, 0.01), min_size=n, max_size=n))
    digits = draw(st.integers(1, 4))
    signal = [round(start * (math.exp(-te / t2star_ms) + 0.02 + e), digits) for te, e in zip(te_ms, noise, strict=True)]
    assume(min(signal[: n // 3]) > max(signal[-(n // 3) :]) > 0.0)
    return te_ms, [max(value, 10.0**-digits) for value in signal]


def written(value: float, mark: str, group: str, script: Script) -> str:
    """One number in a form, without loss."""
    whole, _, part = f"{value:.8f}".rstrip("0").rstrip(".").partition(".")
    if group and len(whole) > 3:
        whole = f"{whole[:-3]}{group}{whole[-3:]}"
    text = f"{whole}{mark}{part}" if part else whole
    return "".join(chr(ord(script.zero) + int(c)) if c in "0123456789" else c for c in text)


@settings(deadline=None, max_examples=300)
@given(
    decay=decays(),
    script=st.sampled_from(SCRIPTS),
    mark=st.sampled_from([".", ",", "own"]),
    between=st.sampled_from(SEPARATORS),
    group=st.sampled_from(GROUPS),
    end=st.sampled_from(ENDS),
    heading=st.sampled_from(HEADINGS),
    unit=st.sampled_from(list(UNITS)),
    swapped=st.booleans(),
    lying=st.booleans(),
    backwards=st.booleans(),
)
def test_a_decay_in_any_form_comes_back_equal_or_is_asked_with_the_truth_offered(
    decay: tuple[list[float], list[float]], script: Script, mark: str, between: str, group: str, end: str,
    heading: tuple[str, str], unit: str, swapped: bool, lying: bool, backwards: bool,
) -> None:  # fmt: skip
    mark = (script.mark or ".") if mark == "own" else mark
    group = "" if group in (mark, between) or (group == " " and between.isspace() and between != "\t") else group
    named = heading[0] != ""
    unit = unit if named and "(" not in heading[0] else ""
    te_ms, signal = decay
    if backwards:
        te_ms, signal = te_ms[::-1], signal[::-1]
    columns = [
        [
            f"{heading[0]} ({unit})" if unit else heading[0],
            *(written(te * UNITS[unit], mark, "", script) for te in te_ms),
        ],
        [heading[1], *(written(value, mark, group, script) for value in signal)],
    ]
    columns = [column if named else column[1:] for column in (columns[::-1] if swapped else columns)]
    rows = columns if lying else list(zip(*columns, strict=True))
    read = parse_table(end.join(between.join(row) for row in rows))
    offered = [answer.table for answer in read.question.answers] if read.question else [read]
    pairs = sorted(zip(te_ms, signal, strict=True))
    assert any(gives(one, [te for te, _ in pairs], [value for _, value in pairs]) for one in offered)


# ---------------------------------------------------------------------------- tables of another kind

Columns = tuple[list[float], list[float]]


def exchanged(te_ms: list[float], signal: list[float]) -> Columns:
    return signal, te_ms


def in_unit(per_ms: float) -> Callable[[list[float], list[float]], Columns]:
    return lambda te_ms, signal: ([round(te * per_ms, 9) for te in te_ms], signal)


def logarithms(te_ms: list[float], signal: list[float]) -> Columns:
    return te_ms, [round(math.log(value), 3) for value in signal]


def logarithms_to_base_ten(te_ms: list[float], signal: list[float]) -> Columns:
    return te_ms, [round(math.log10(value), 3) for value in signal]


def echo_numbers(te_ms: list[float], signal: list[float]) -> Columns:
    return [float(k) for k in range(1, len(te_ms) + 1)], signal


def upside_down(te_ms: list[float], signal: list[float]) -> Columns:
    return te_ms, signal[::-1]


FAULTS = (
    exchanged, in_unit(1e-3), in_unit(1e3), in_unit(1e6), in_unit(10.0), logarithms, logarithms_to_base_ten,
    echo_numbers, upside_down,
)  # fmt: skip


@settings(deadline=None, max_examples=300)
@given(
    decay=decays(),
    fault=st.sampled_from(FAULTS),
    scale=st.sampled_from([1.0, 30.0, 900.0, 20000.0]),
    heading=st.sampled_from(["", "TE\tS\n"]),
    backwards=st.booleans(),
)
def test_a_table_of_another_kind_never_gives_numbers_without_a_question(
    decay: Columns, fault: Callable[[list[float], list[float]], Columns], scale: float, heading: str, backwards: bool
) -> None:
    te_ms, signal = decay[0], [round(value * scale, 3) for value in decay[1]]
    if fault in (logarithms, logarithms_to_base_ten):
        signal = [value * 500.0 / signal[0] for value in signal]
    first, second = fault(te_ms, signal)
    assume(min(second) > 0.0)
    rows = [f"{a:.10g}\t{b:.10g}" for a, b in zip(first, second, strict=True)]
    try:
        table = parse_table(heading + "\n".join(rows[::-1] if backwards else rows))
    except TableError:
        return
    assert table.question is not None and table.te_ms == ()
