"""What a browser says that it kept is a claim: read as a file is, or refused, and it never replaces what was begun."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from ironreport.exam import LARGEST_FILE_BYTES, save_exam
from ironreport.serving.notice import Notice
from ironreport.synthetic.samples import sample_exam
from ironreport.ui import browser_copy, ways_in
from ironreport.ui.browser_copy import InBrowser

TEXT = save_exam(sample_exam())


def _page() -> None:
    import streamlit as st

    from ironreport.ui import browser_copy, state, ways_in

    said = st.session_state.pop("said", None)
    if said is not None:
        st.session_state[browser_copy.COMPONENT] = {"told": said}
        browser_copy._hear()
        st.session_state.pop(browser_copy.COMPONENT, None)
    browser_copy.begin()
    browser_copy.offer_kept()
    if ways_in.would_be_missed(state.exam()):
        browser_copy.offer()
    st.session_state["seen"] = (state.exam(), bool(st.session_state.get(browser_copy._toggle())))


def heard(said: object, **held: Any) -> AppTest:
    app = AppTest.from_function(_page, default_timeout=60)
    for name, value in {**held, "said": said}.items():
        app.session_state[name] = value
    app.run()
    assert not app.exception
    return app


def told(**changed: object) -> dict[str, object]:
    return {"n": 1, "what": "looked", "text": TEXT, "at": "14:32", "keeps": False, "kept": [], **changed}


def test_an_exam_comes_back_whole_with_its_switch_and_a_sentence() -> None:
    app = heard(told(keeps=True))
    assert app.session_state["seen"] == (sample_exam(), True)
    assert "Your exam of 14:32 is back" in app.toast[0].value.replace("\\", "")
    assert app.session_state[browser_copy.PLACE].heard == 1
    app.run()
    assert not app.toast, "it is said once"


def test_what_was_begun_before_the_browser_spoke_stays_and_the_other_is_offered() -> None:
    begun = replace(sample_exam(), pseudonym="Begun")
    app = heard(told(), exam=begun)
    assert app.session_state["seen"][0] == begun
    assert app.session_state[ways_in.LEFT].text == TEXT


@pytest.mark.parametrize(
    "said",
    [
        "no mapping",
        told(text=7),
        told(at="<b>noon</b>"),
        told(at="14:32\n"),
        told(n="one", text=""),
        told(text="x" * (LARGEST_FILE_BYTES + 1)),
        told(text=TEXT.replace('"te_ms"', '"te"')),
        told(text='{"format":' * 2000),
        told(text="", kept=[{"id": "../up", "at": "14:32"}, {"id": "ab", "at": "![x](http://host)"}, 7]),
    ],
    ids=lambda said: repr(said)[:40],
)
def test_a_claim_that_is_none_changes_nothing_and_breaks_nothing(said: object) -> None:
    app = heard(said)
    assert not app.session_state["seen"][0].measurements and not app.toast
    assert app.session_state[browser_copy.PLACE].kept == ()
    wrong_text = isinstance(said, dict) and len(str(said["text"])) > 7 and said["at"] == "14:32"
    assert len(app.error) == int(wrong_text)


def test_an_exam_that_the_browser_keeps_is_offered_and_can_be_forgotten() -> None:
    app = heard(told(text="", kept=[{"id": "ab-1", "at": "14:32"}, {"id": "cd-2", "at": "2026-11-29 09:05"}]))
    assert [b.label.replace("\\", "") for b in app.button] == [
        "Bring back the exam of 14:32", "Forget it", "Bring back the exam of 2026-11-29 09:05", "Forget it",
    ]  # fmt: skip
    app.button[1].click().run()
    now = app.session_state[browser_copy.PLACE]
    assert (now.what, now.id, now.asked) == ("forget", "ab-1", 1) and now.kept == (
        InBrowser("cd-2", "2026-11-29 09:05"),
    )
    app.button[0].click().run()
    now = app.session_state[browser_copy.PLACE]
    assert (now.what, now.id, now.asked, now.kept) == ("bring", "cd-2", 2, ())


def test_an_exam_asked_for_that_is_gone_is_said() -> None:
    app = heard(told(what="brought", text=""))
    assert "no longer in this browser" in app.toast[0].value


def test_on_an_open_line_the_browser_gets_no_key_and_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(browser_copy, "notice", lambda: Notice("ada", encrypted=False))
    app = heard(None, exam=sample_exam())
    assert not browser_copy.can_keep() and not app.toggle
    assert "use Save exam" in app.caption[0].value
    monkeypatch.setattr(browser_copy, "notice", lambda: Notice("ada", encrypted=True))
    app = heard(None, exam=sample_exam())
    assert browser_copy.can_keep() and app.toggle[0].value is False
