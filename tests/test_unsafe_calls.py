"""Every text from outside goes through one door per way out, read from the source; each rule has an offence to see."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import pytest

from .safe_text import REMEMBERED, Function, Judge, Source, calls_of, read_house, read_source

ROOT = Path(__file__).resolve().parents[1]

# --------------------------------------------------------------------------- doors

SCREEN_DOORS = frozenset({"plain", "_code", "doi_address"})
"""Escape for markdown, for a code span, and for an address."""
PROGRAMS_OWN = frozenset({"say", "said_of", "served_by", "words", "token_hex"})
"""Texts of the program itself: lessons, the self-check, the words of an axis, a random number."""
PRINT_DOORS = frozenset({"safe", "escape", "cited_markup", "_markup", "_reference"})
"""Escape for reportlab's markup; the last three put safe texts together, which a test of each asks for."""

# --------------------------------------------------------------------------- what Streamlit reads as markdown

READS_ITS_FIRST = frozenset({
    "markdown", "caption", "info", "warning", "error", "success", "title", "header", "subheader", "write", "button",
    "download_button", "link_button", "expander", "popover", "status", "toggle", "checkbox", "text_input", "text_area",
    "number_input", "selectbox", "multiselect", "file_uploader", "radio", "pills", "segmented_control", "date_input",
    "time_input", "slider", "select_slider", "metric", "toast", "spinner", "tabs", "table", "badge", "color_picker",
    "feedback",
})  # fmt: skip
READS_OPTIONS = frozenset({"radio", "pills", "segmented_control"})
READS_BY_NAME = frozenset({"help", "label", "body", "text", "caption", "captions", "value", "delta"})
VALUES_ARE_PLAIN = frozenset({"text_input", "text_area", "number_input", "toggle", "checkbox", "date_input", "slider"})
OTHER_DRAWERS = {"page_link", "progress"}
NOT_THE_SCREEN = frozenset({"LOG", "self"})

SCREEN = ("ironreport.ui", "pages", "app")
CHECKED_OTHERWISE = {
    ("ironreport.ui.export_buttons", "way.label"): "a table of constants in the same file",
    ("ironreport.ui.export_buttons", "way.help"): "a table of constants in the same file",
    ("ironreport.ui.learn.case_player", "question.ask"): "a case of the program, with markdown on purpose",
    (
        "ironreport.ui.reading_question",
        "lambda key: f'**{keys[key]}** · {plain(words(answers[keys[key]].says), 300)}'",
    ): "a letter",
    ("ironreport.ui.maps.noise_choice", "label"): "a table of constants in the same function",
    ("ironreport.ui.workbench.page", "label"): "a table of constants in the same function",
    ("ironreport.ui.parts", "[*known, OTHER_FIELD]"): "field strengths of the program",
}  # fmt: skip
"""What the judge cannot follow, and why it is safe. An entry that is not needed any more is an offence itself."""


def texts_read_as_markdown(source: Source) -> Iterator[tuple[Function | None, ast.expr, str]]:
    """Every text that the screen reads as markdown."""
    for function, call in calls_of(source):
        if not isinstance(call.func, ast.Attribute):
            continue
        kind, on = call.func.attr, call.func.value
        if kind not in READS_ITS_FIRST | OTHER_DRAWERS or (isinstance(on, ast.Name) and on.id in NOT_THE_SCREEN):
            continue
        formatted = any(word.arg == "format_func" for word in call.keywords)
        read = call.args[:1] if kind in READS_ITS_FIRST else []
        if kind in READS_OPTIONS and not formatted:
            read = [*read, *call.args[1:2]]
        for word in call.keywords:
            by_name = word.arg in READS_BY_NAME and not (word.arg == "value" and kind in VALUES_ARE_PLAIN)
            if by_name or (word.arg == "format_func" and kind in READS_OPTIONS):
                read = [*read, word.value]
        yield from ((function, one, kind) for one in read)


@cache
def _not_understood(source: Source, judge: Judge) -> list[tuple[int, str, str]]:
    """Line, kind and source of each text for the screen that may be from outside."""
    if not source.name.startswith(SCREEN):
        return []
    return [
        (text.lineno, kind, ast.unparse(text))
        for function, text, kind in texts_read_as_markdown(source)
        if not (isinstance(text, ast.Name) and text.id in SCREEN_DOORS | PROGRAMS_OWN)
        and not judge.is_safe(text, source, function)
    ]


def raw_text_on_the_screen(source: Source, judge: Judge) -> Iterator[str]:
    """Where Streamlit reads markdown, text from outside has gone through ``plain``."""
    for line, kind, text in _not_understood(source, judge):
        if (source.name, text) not in CHECKED_OTHERWISE:
            yield f"{line}: {kind}({text})"


def raw_markup_in_print(source: Source, judge: Judge) -> Iterator[str]:
    """Where reportlab reads markup, text has gone through ``safe``; no other module makes paragraphs."""
    for function, call in calls_of(source):
        name = _called(call)
        if name in {"Paragraph", "XPreformatted", "Preformatted"} and call.args:
            door = source.name == "ironreport.report.pdf.typeset"
            if not source.name.startswith("ironreport.report.pdf"):
                yield f"{call.lineno}: a paragraph outside of report/pdf"
            elif not door and not judge.is_safe(call.args[0], source, function):
                yield f"{call.lineno}: Paragraph({ast.unparse(call.args[0])})"


# --------------------------------------------------------------------------- tables, logs, files, caches

TABLE_DOORS = {
    "ironreport.report.rows": "the door: formulas are disarmed",
    "ironreport.report.evidence.entry_words": "no table: it picks the writer of words for an entry",
}
WRITES_TABLES = frozenset({"writer", "DictWriter", "to_csv", "to_excel", "Workbook", "ExcelWriter"})
MAY_PRINT = {
    "ironreport.serving.closing": "that the last window was closed",
    "ironreport.serving.started": "the address of the app",
    "ironreport.synthetic.__main__": "how the command is called",
}
MAY_LOG = {"ironreport.ui.nav": "kind and place of a defect, never its text"}
HOLDS_A_CACHE_WITH_ARGUMENTS = {
    ("ironreport.language.catalogue", "language"): "a code of a language",
    ("ironreport.intake.values", "_tag"): "a keyword of the DICOM dictionary",
    ("ironreport.relaxometry.bound", "_information_per_power"): "a number of coils",
    ("ironreport.relaxometry.noise_law", "noise_law"): "a number of coils",
    ("ironreport.relaxometry.noise_law", "_log_bessel_table"): "a number of coils",
    ("ironreport.relaxometry.noise_law", "first_moment"): "a number of coils",
    ("ironreport.relaxometry.noise_law", "median_moment"): "a number of coils",
    ("ironreport.relaxometry.noise_law", "_values_over_amplitudes"): "what the law of a number of coils makes of it",
    ("ironreport.relaxometry.profile", "_log_bessel_table"): "a number of coils, a precision",
    ("ironreport.teaching.scenes", "scene_of"): "the images of a lesson",
}


def _called(call: ast.Call) -> str:
    return call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")


def a_table_beside_the_door(source: Source, _: Judge) -> Iterator[str]:
    """CSV and XLSX are written where formulas are disarmed, and nowhere else."""
    if source.name not in TABLE_DOORS:
        for _function, call in calls_of(source):
            own = isinstance(call.func, ast.Name) and call.func.id in source.functions
            imported = source.imported.get(_called(call), ("", ""))[0].startswith("ironreport.")
            if _called(call) in WRITES_TABLES and not own and not imported:
                yield f"{call.lineno}: {ast.unparse(call.func)}"


def a_word_to_log_or_console(source: Source, _: Judge) -> Iterator[str]:
    """No log, warning or console line holds what was read; the few that are written say what they hold."""
    for _function, call in calls_of(source):
        name, on = _called(call), getattr(call.func, "value", None)
        if name == "print" and isinstance(call.func, ast.Name) and source.name not in MAY_PRINT:
            yield f"{call.lineno}: print"
        if name == "warn" and isinstance(on, ast.Name) and on.id == "warnings":
            yield f"{call.lineno}: warnings.warn"
        logs = name in {"debug", "info", "warning", "error", "exception", "critical", "log"}
        if logs and isinstance(on, ast.Name) and on.id.lower() in {"log", "logger", "logging", "_log", "_logger"}:
            held = [one for one in call.args[1:] if not _names_a_place(one)]
            if source.name not in MAY_LOG or held or not isinstance(call.args[0], ast.Constant):
                yield f"{call.lineno}: {ast.unparse(call)}"


def _names_a_place(node: ast.expr) -> bool:
    """The number of a defect, its kind, and where in the source it came up."""
    return ast.unparse(node) in {"number", "type(error).__name__", "Path(last.filename).name", "last.lineno"}


def a_temporary_file(source: Source, _: Judge) -> Iterator[str]:
    """Nothing is put into the temporary folder."""
    for node in ast.walk(source.tree):
        names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        if isinstance(node, ast.ImportFrom):
            names = [node.module or ""]
        if any(name.partition(".")[0] == "tempfile" for name in names):
            yield f"{node.lineno}: tempfile"


def a_cache_of_what_was_read(source: Source, _: Judge) -> Iterator[str]:
    """What the process remembers is the program's own: no function that is given anything of an exam is cached."""
    for node in ast.walk(source.tree):
        if isinstance(node, Function) and any("cache" in ast.unparse(one) for one in node.decorator_list):
            decorators = {ast.unparse(one).partition("(")[0].rpartition(".")[2] for one in node.decorator_list}
            given = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
            if "cached_property" in decorators or not decorators & {
                "cache",
                "lru_cache",
                "cache_data",
                "cache_resource",
            }:
                continue
            if given and (source.name, node.name) not in HOLDS_A_CACHE_WITH_ARGUMENTS:
                yield f"{node.lineno}: {node.name}({', '.join(one.arg for one in given)})"


Rule = Callable[[Source, Judge], Iterator[str]]
RULES: list[Rule] = [
    raw_text_on_the_screen,
    raw_markup_in_print,
    a_table_beside_the_door,
    a_word_to_log_or_console,
    a_temporary_file,
    a_cache_of_what_was_read,
]

# --------------------------------------------------------------------------- the house as it stands


@cache
def _house() -> tuple[list[Source], Judge]:
    sources = read_house(ROOT)
    return sources, Judge(sources, SCREEN_DOORS | PROGRAMS_OWN | PRINT_DOORS)


@pytest.fixture(scope="module", autouse=True)
def the_trees_are_felled() -> Iterator[None]:
    """A million nodes would slow every later search for what is unused."""
    yield
    for remembered in (_house, _not_understood, *REMEMBERED):
        remembered.cache_clear()


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_every_text_goes_through_its_door(rule: Rule) -> None:
    sources, judge = _house()
    offences = [f"{source.name}:{offence}" for source in sources for offence in rule(source, judge)]
    assert not offences, "\n".join([f"{rule.__doc__}", *offences])


def test_no_exception_outlives_its_cause() -> None:
    sources, judge = _house()
    read = {(source.name, text) for source in sources for _, _, text in _not_understood(source, judge)}
    assert CHECKED_OTHERWISE.keys() <= read
    cached = {
        (source.name, node.name)
        for source in sources for node in ast.walk(source.tree) if isinstance(node, Function) and node.decorator_list
    }  # fmt: skip
    assert HOLDS_A_CACHE_WITH_ARGUMENTS.keys() <= cached


# --------------------------------------------------------------------------- tests of the test

UI, PDF, OTHER = "ironreport.ui.x", "ironreport.report.pdf.x", "ironreport.report.x"
PLANTED = [
    (raw_text_on_the_screen, UI, "def f(series):\n    st.markdown(f'**{series.name}**')"),
    (raw_text_on_the_screen, UI, "def f(name):\n    st.caption(name)"),
    (raw_text_on_the_screen, UI, "def f(tags):\n    for tag in tags:\n        st.write(tag)"),
    (raw_text_on_the_screen, UI, "def f(a):\n    line = plain(a)\n    line = a\n    st.info(line)"),
    (raw_text_on_the_screen, UI, "def f(a):\n    st.button('Go', help=a.help)"),
    (raw_text_on_the_screen, UI, "def f(a):\n    st.radio('Which', a.names)"),
    (raw_text_on_the_screen, UI, "def f(a):\n    st.radio('Which', range(2), format_func=lambda i: a[i])"),
    (raw_text_on_the_screen, UI, "def f(a):\n    st.tabs([a.name])"),
    (raw_text_on_the_screen, UI, "def f(a):\n    st.table({'Name': [a.name]})"),
    (raw_text_on_the_screen, UI, "def f(a):\n    st.error('It is ' + a)"),
    (raw_text_on_the_screen, UI, "def f(a):\n    st.error('It is %s' % a)"),
    (raw_text_on_the_screen, UI, "def f(a):\n    st.error('It is {}'.format(a))"),
    (raw_text_on_the_screen, UI, "def f(a):\n    left, right = st.columns(2)\n    left.header(a.title)"),
    (raw_text_on_the_screen, UI, "def f(error):\n    st.toast(str(error))"),
    (raw_text_on_the_screen, UI, "def g(a):\n    return a.name\ndef f(a):\n    st.success(g(a))"),
    (raw_text_on_the_screen, UI, "def g(text):\n    st.success(text)\ndef f(a):\n    g(a.name)"),
    (raw_text_on_the_screen, UI, "def f(a):\n    st.markdown(a.name.upper())"),
    (raw_text_on_the_screen, UI, "def f(a):\n    st.page_link('pages/x.py', label=a.name)"),
    (raw_text_on_the_screen, UI, "def f(a):\n    st.markdown(', '.join(x.name for x in a))"),
    (raw_text_on_the_screen, UI, "def f(a):\n    st.metric('Value', value=a.text)"),
    (raw_text_on_the_screen, UI, "def f(a):\n    x = []\n    x.append(a.name)\n    st.caption(', '.join(x))"),
    (raw_text_on_the_screen, UI, "def f(a):\n    x = {}\n    x['Name'] = a.name\n    st.table(x)"),
    (
        raw_text_on_the_screen,
        UI,
        "def f(a):\n    for i, name in enumerate(a.names):\n        st.caption(f'{i} {name}')",
    ),
    (raw_text_on_the_screen, UI, "def f(a):\n    st.caption('%s' % a.name)"),
    (raw_text_on_the_screen, UI, "def g(a):\n    return a.name\ndef f(a):\n    st.pills('Which', a, format_func=g)"),
    (raw_markup_in_print, PDF, "def f(card):\n    return Paragraph(card.name, BODY)"),
    (raw_markup_in_print, PDF, "def f(card):\n    return Paragraph(f'<b>{card.name}</b>{safe(card.said)}', BODY)"),
    (raw_markup_in_print, OTHER, "def f():\n    return Paragraph('x', BODY)"),
    (a_table_beside_the_door, OTHER, "import csv\ndef f(out):\n    csv.writer(out).writerow(['=1'])"),
    (a_table_beside_the_door, UI, "def f(frame):\n    return frame.to_csv()"),
    (a_table_beside_the_door, OTHER, "from openpyxl import Workbook\ndef f():\n    return Workbook()"),
    (a_word_to_log_or_console, OTHER, "def f(series):\n    print(series)"),
    (a_word_to_log_or_console, OTHER, "LOG = 1\ndef f(series):\n    LOG.info('read %s', series.name)"),
    (a_word_to_log_or_console, "ironreport.ui.nav", "def f(error):\n    LOG.error('defect %s', error)"),
    (a_word_to_log_or_console, "ironreport.ui.nav", "def f(error):\n    LOG.error(f'defect {error}')"),
    (a_word_to_log_or_console, OTHER, "import warnings\ndef f(a):\n    warnings.warn(a.name)"),
    (a_temporary_file, OTHER, "def f():\n    import tempfile"),
    (a_temporary_file, OTHER, "from tempfile import NamedTemporaryFile"),
    (a_cache_of_what_was_read, OTHER, "@cache\ndef fit(signal):\n    return 1"),
    (a_cache_of_what_was_read, OTHER, "@functools.lru_cache(maxsize=8)\ndef fit(*, signal):\n    return 1"),
    (a_cache_of_what_was_read, UI, "@st.cache_data\ndef fit(signal):\n    return 1"),
]
HARMLESS = [
    (UI, "def f(a):\n    st.markdown(f'**{plain(a.name)}** {a.value:.3g} {len(a)} {a.n_echoes}')"),
    (UI, "WORDS = {'a': 'b'}\ndef f(a):\n    st.caption(WORDS[a.kind])"),
    (UI, "def f(a):\n    named = [plain(x) for x in a]\n    st.caption(', '.join(named) if named else 'none')"),
    (UI, "def g(text):\n    st.success(text)\ndef f(a):\n    g('It is done.')\n    g(plain(a))"),
    (UI, "def f(a):\n    st.text_input('Name', value=a.name, placeholder=a.name)\n    st.selectbox('Which', a.names)"),
    (UI, "def f(a):\n    st.pills('Which', a.ids, format_func=lambda i: plain(a.names[i]))"),
    (PDF, "def f(card):\n    return [Paragraph(f'<b>{safe(name)}</b>', BODY) for name in card.names]"),
    (OTHER, "@cache\ndef knowledge():\n    return 1"),
]


@pytest.mark.parametrize(("rule", "name", "text"), PLANTED)
def test_a_planted_offence_is_seen(rule: Rule, name: str, text: str) -> None:
    source = read_source(name, text)
    assert list(rule(source, Judge([source], SCREEN_DOORS | PROGRAMS_OWN | PRINT_DOORS)))


@pytest.mark.parametrize(("name", "text"), HARMLESS)
def test_what_went_through_the_door_passes_every_rule(name: str, text: str) -> None:
    source = read_source(name, text)
    judge = Judge([source], SCREEN_DOORS | PROGRAMS_OWN | PRINT_DOORS)
    assert [offence for rule in RULES for offence in rule(source, judge)] == []


def test_every_rule_has_an_offence_to_see() -> None:
    assert {rule for rule, _, _ in PLANTED} == set(RULES)
