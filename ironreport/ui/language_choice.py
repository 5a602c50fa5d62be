"""In which language a person reads: chosen in the side panel, by ``?lang=`` of the address, else by the settings.

What was chosen is kept by the browser as a cookie, which comes with the first request: no page is drawn twice for it.
"""

from __future__ import annotations

import json
from contextvars import ContextVar
from dataclasses import fields

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from ironreport.language import ENGLISH, said
from ironreport.language.catalogue import language, offered
from ironreport.language.speech import Speech, not_reviewed
from ironreport.records import Exam
from ironreport.ui import spoken, state
from ironreport.ui.spoken import here

CHOSEN = "_language"
PARAMETER, COOKIE = "lang", "ironreport-language"
KEPT_S = 365 * 24 * 3600
FRAMEWORK_WORDS = (
    "Upload", "Upload directories", "Press Enter to apply", "Press Ctrl+Enter to apply", "Press ⌘+Enter to apply",
)  # fmt: skip
UPLOAD_SIZE = "0 MB per file"
IN_ENGLISH = "What has no translation stands in English."
_PAGE = """
// the upload box and the fields of the framework have words of their own, and no setting for them
const BOX = "[data-testid=stFileUploaderDropzone] button p, [data-testid=stFileUploaderDropzoneInstructions] span, "
  + "[data-testid=InputInstructions] span";
let words = {};
const inOurWords = (english) => words[english]
  ?? english.replace(/^(\\d+)MB per file/, (all, n) => words.size?.replace("0", n) ?? all);
const say = () => document.querySelectorAll(BOX).forEach((place) => {
  if (place.childNodes.length !== 1 || place.firstChild.nodeType !== Node.TEXT_NODE) return;
  place.dataset.english ??= place.textContent;
  place.firstChild.data = inOurWords(place.dataset.english);
});
let watching = null;
export default function (component) {
  const { lang, dir, cookie, kept_s } = component.data;
  words = JSON.parse(component.data.words);
  if (Object.keys(words).length && watching === null) {
    watching = new MutationObserver(say);
    watching.observe(document.body, { childList: true, subtree: true });
  }
  if (watching !== null) say();
  document.cookie = `${cookie}=${lang}; path=/; SameSite=Strict; max-age=${kept_s}`;
  document.documentElement.lang = lang;
  document.documentElement.dir = dir;
  // what was chosen since holds through F5, not what the address asked for; in place, so that the way back stays
  const address = new URL(location.href);
  if ((address.searchParams.get("lang") ?? lang) === lang) return;
  address.searchParams.delete("lang");
  history.replaceState(history.state, "", address);
}
"""
_RIGHT_TO_LEFT = """
[data-testid="stPageLink"] * { white-space: normal; overflow: visible; }
html[dir="rtl"] [data-testid="stVegaLiteChart"], html[dir="rtl"] [data-testid="stDataFrame"],
html[dir="rtl"] [data-testid="stCode"], html[dir="rtl"] .stBidiComponent,
html[dir="rtl"] [data-testid="stNumberInput"] input { direction: ltr; }
/* a closed panel has no width, and its content would hang out on the wrong side */
html[dir="rtl"] [data-testid="stSidebar"] { overflow: clip; }
html[dir="rtl"] [data-testid="stToast"] { direction: rtl; }
/* the knob of a switch is moved to the right, whatever the direction */
html[dir="rtl"] [data-testid="stCheckbox"] label > div:first-of-type { direction: ltr; }
html[dir="rtl"] input, html[dir="rtl"] textarea { unicode-bidi: plaintext; text-align: start; }
/* a table without a word in it stands as it was copied, its first column on the left */
html[dir="rtl"] textarea { direction: ltr; }
/* an example in English is cut at its end, not at its begin */
html[dir="rtl"] input[placeholder^="e.g."] { direction: ltr; }
html[dir="rtl"] [data-testid="stMarkdownContainer"], html[dir="rtl"] [data-testid="stCaptionContainer"],
html[dir="rtl"] [data-testid="stCaptionContainer"] * { text-align: start !important; }
/* what begins with a Latin word stands beside the number of its list, and below the head of its column */
html[dir="rtl"] [data-testid="stMarkdownContainer"] :is(ol, ul) { margin: 0 1.4em 1rem 0; }
html[dir="rtl"] [data-testid="stMarkdownContainer"] li { margin: 0 0.3em 0 0; padding: 0 0.3em 0 0; }
html[dir="rtl"] [data-testid="stMarkdownContainer"] li,
html[dir="rtl"] [data-testid="stTable"] :is(th, td, p) { text-align: right !important; }
html[dir="rtl"] [data-testid="stTable"] :is(th, td):not(:last-child) { border-left: 1px solid #8884; }
html[dir="rtl"] [data-testid="stTable"] :is(th, td) { border-right: none; }
/* what the framework rounds, sets apart or points at on one side */
html[dir="rtl"] button[data-variant="segmented_control"] { border-radius: 0; }
html[dir="rtl"] button[data-variant="segmented_control"]:first-child { border-radius: 0 0.5rem 0.5rem 0; }
html[dir="rtl"] button[data-variant="segmented_control"]:last-child { border-radius: 0.5rem 0 0 0.5rem; }
html[dir="rtl"] :is(label, [data-testid="stCheckbox"]) [data-testid="stTooltipIcon"] { margin-inline-start: 0.4rem; }
html[dir="rtl"] [data-testid="stPageLink"] [data-testid="stIconMaterial"],
html[dir="rtl"] :is([data-testid="stExpandSidebarButton"], [data-testid="stSidebarCollapseButton"]) span {
  transform: scaleX(-1);
}
"""
_page = st.components.v2.component(
    "ironreport_language", html="<span></span>", css=_RIGHT_TO_LEFT, js=_PAGE, isolate_styles=False
)


_NOTE: ContextVar[DeltaGenerator | None] = ContextVar("note_beside_the_language", default=None)
"""Where a run says how much of its page has no translation, which it knows at its end."""


def chosen() -> str:
    """Code of the language of this session."""
    if CHOSEN not in st.session_state:
        asked = st.query_params.get(PARAMETER) or kept_by_browser() or state.settings().file.language
        st.session_state[CHOSEN] = asked if asked in offered() else ENGLISH
    return str(st.session_state[CHOSEN])


def kept_by_browser() -> str:
    """What was chosen in this browser before; empty where nothing was."""
    return str(st.context.cookies.get(COOKIE, ""))


def begin(exam: Exam) -> Speech:
    """The speech of a run, kept for parts of the page that are drawn alone."""
    speech = Speech(chosen(), _words_of_people(exam))
    spoken.begin(speech)
    return speech


def _words_of_people(exam: Exam) -> frozenset[str]:
    """What people typed, scanners named or papers are called: it is shown as it stands."""
    details = (getattr(exam.details, one.name) for one in fields(exam.details))
    papers = (source.citation for source in state.knowledge().sources.values())
    return frozenset({exam.pseudonym, exam.exam_date, *details, *papers}) - {""}


def show_choice() -> None:
    """Draw the choice; each language calls itself by its own name."""
    names = {ENGLISH: "English", **offered()}
    st.selectbox(
        "Language", list(names), format_func=names.__getitem__, index=list(names).index(chosen()),
        key="language-choice", on_change=_take, label_visibility="collapsed",
    )  # fmt: skip
    if notice := not_reviewed(here()):
        st.caption(f"{notice} {IN_ENGLISH}")
    _NOTE.set(st.empty())


def say_what_is_english() -> None:
    """Beside the choice: how many texts of the page had no translation; nothing where all had one."""
    note, n = _NOTE.get(), here().n_missing
    if note is not None and n:
        note.caption(
            "1 text of this page stands in English." if n == 1 else f"{n} texts of this page stand in English."
        )


def _take() -> None:
    st.session_state[CHOSEN] = st.session_state["language-choice"]


def say_to_the_page() -> None:
    """Tell the browser the language and the direction of the page."""
    code = chosen()
    direction = "rtl" if code != ENGLISH and language(code).right_to_left else "ltr"
    with st.container(key="language-page"):
        # the language of the settings is no choice: where they change, it changes
        kept_s = 0 if code == state.settings().file.language else KEPT_S
        about = {"lang": code, "dir": direction, "cookie": COOKIE, "kept_s": kept_s}
        # as text: Streamlit loads pandas to see what a dictionary is, which the first page would wait for
        _page(key="language-of-page", data={**about, "words": json.dumps(_words_of_the_framework())})


def _words_of_the_framework() -> dict[str, str]:
    """What the framework says in English by itself, in the language of the page; empty in English."""
    if chosen() == ENGLISH:
        return {}
    return {english: said(english, here()) for english in FRAMEWORK_WORDS} | {"size": said(UPLOAD_SIZE, here())}
