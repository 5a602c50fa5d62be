"""The door of languages before the screen: what a page says in English leaves it in the reader's language.

Pages are written in English and know nothing of this. Once for the process, the methods by which Streamlit takes text
are given the door before them; in English they are called as they are. The names of widgets, and so what is kept in
them, stay those of the page.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from contextvars import ContextVar
from functools import cache, wraps
from typing import Any

import streamlit as st
from streamlit.delta_generator import DeltaGenerator
from streamlit.runtime.scriptrunner import get_script_run_ctx

from ironreport.language import ENGLISH, said, spoken_here
from ironreport.language.catalogue import language
from ironreport.language.speech import LEFT_TO_RIGHT_MARK, Speech
from ironreport.ui.chart_ink import inked, with_marks

SPEECH = "_speech"
FIRST_IS_TEXT = frozenset(
    [
        "markdown",
        "caption",
        "info",
        "warning",
        "error",
        "success",
        "title",
        "header",
        "subheader",
        "write",
        "button",
        "download_button",
        "link_button",
        "expander",
        "popover",
        "toggle",
        "checkbox",
        "text_input",
        "text_area",
        "number_input",
        "selectbox",
        "multiselect",
        "file_uploader",
        "radio",
        "pills",
        "segmented_control",
        "slider",
        "select_slider",
        "date_input",
        "metric",
        "toast",
        "badge",
        "tabs",
    ]
)
BY_NAME = frozenset({"label", "body", "help", "placeholder", "caption", "captions", "text", "alt", "options_help"})
AS_IT_IS = frozenset({"placeholder", "alt"})
"""Where no Markdown is read."""
CHOICES = frozenset({"selectbox", "multiselect", "radio", "pills", "segmented_control", "select_slider"})
TABLES = frozenset({"table", "dataframe"})
OTHERS = frozenset({"page_link", "progress", "image", "vega_lite_chart", "data_editor"})
_IN_CHARTS = frozenset({"title", "values", "domain"})
_LOOKS = frozenset({"fill", "ink", "colour", "color"})


_MARKED_STAR = re.compile(rf"(?<!\\)\*(?={LEFT_TO_RIGHT_MARK})")
_FROM_THE_RIGHT = re.compile("[\u0590-\u08ff]")
_OF_RUN: ContextVar[Speech | None] = ContextVar("speech_of_run", default=None)
"""The speech of this run: each run is a thread, and asking its session for each of hundreds of texts takes longer."""


def begin(speech: Speech) -> None:
    """Let a run speak in a language, and the parts of its page that are drawn alone later."""
    st.session_state[SPEECH] = speech
    _OF_RUN.set(speech)


def here() -> Speech:
    """The speech of the page that is drawn: also in a part of it that is drawn alone, and in what a click calls."""
    speech = spoken_here()
    if speech.code != ENGLISH:
        return speech
    if (of_run := _OF_RUN.get()) is not None:
        return of_run
    if get_script_run_ctx(suppress_warning=True) is not None:
        return st.session_state.get(SPEECH, speech)  # type: ignore[no-any-return]
    return speech


@cache
def open_door() -> None:
    """Put the door before every method of Streamlit that takes text; once for the process."""
    for name in FIRST_IS_TEXT | CHOICES | TABLES | OTHERS:
        setattr(DeltaGenerator, name, _with_door(name, getattr(DeltaGenerator, name)))
        page = getattr(st, name)
        if getattr(page, "__self__", None) is not None:
            setattr(st, name, getattr(page.__self__, name))


def _with_door(name: str, method: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(method)
    def spoken(self: DeltaGenerator, *args: Any, **named: Any) -> Any:
        speech = here()
        if name == "vega_lite_chart":
            args = (inked(args[0], dark=st.context.theme.type == "dark"), *args[1:])
        if speech.code == ENGLISH:
            return method(self, *args, **named)
        if name == "vega_lite_chart":
            args = (with_marks(args[0], language(speech.code).decimal_mark), *args[1:])
        return method(self, *_first(name, args, speech), **_named(name, named, speech))

    return spoken


def _in_markdown(text: str) -> str:
    """The star of T2* with a mark of direction behind it, as Markdown must not read it: as the begin of italics."""
    return _MARKED_STAR.sub(r"\\*", text)


def _first(name: str, args: tuple[Any, ...], speech: Speech) -> tuple[Any, ...]:
    if not args:
        return args
    if name in FIRST_IS_TEXT:
        return (_texts(args[0], speech, _in_markdown), *args[1:])
    if name in TABLES:
        return (_table(args[0], speech), *args[1:])
    return (_chart(args[0], speech), *args[1:]) if name == "vega_lite_chart" else args


def _named(name: str, named: dict[str, Any], speech: Speech) -> dict[str, Any]:
    spoken = {
        key: _texts(value, speech, str if key in AS_IT_IS else _in_markdown) if key in BY_NAME else value
        for key, value in named.items()
    }
    if name in CHOICES:
        words = named.get("format_func", str)
        spoken["format_func"] = lambda choice: said(str(words(choice)), speech)
    return spoken


def _texts(value: Any, speech: Speech, written: Callable[[str], str] = str) -> Any:
    """One text or several, as they are ``written`` where they go; anything else as it is."""
    if isinstance(value, str):
        return written(said(value, speech))
    if isinstance(value, list | tuple):
        return type(value)(_texts(one, speech, written) for one in value)
    return value


def _table(value: Any, speech: Speech) -> Any:
    """Headings and cells of a table; numbers and pictures as they are."""
    if isinstance(value, Mapping):
        return {_texts(key, speech): _texts(cells, speech) for key, cells in value.items()}
    if hasattr(value, "columns") and hasattr(value, "map"):
        spoken = value.map(lambda cell: _texts(cell, speech))
        return spoken.rename(columns=lambda head: _texts(head, speech))
    return value


def _chart(value: Any, speech: Speech, within: str = "") -> Any:
    """Titles, legends and the words that marks carry."""
    if isinstance(value, Mapping):
        row = within == "values"
        return {
            key: _chart(one, speech, "values" if row and key not in _LOOKS else key)
            for key, one in value.items()
        }  # fmt: skip
    if isinstance(value, list | tuple):
        return [_chart(one, speech, within) for one in value]
    return _drawn(said(value, speech)) if isinstance(value, str) and within in _IN_CHARTS else value


def _drawn(text: str) -> str:
    """A text of a drawing, whose lines run from left to right whatever the page does: this one from the right."""
    return f"\u2067{text}\u2069" if _FROM_THE_RIGHT.search(text) else text
