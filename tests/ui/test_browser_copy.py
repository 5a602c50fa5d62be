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
    said = {"n": 1, "what": "looked", "text": TEXT, "id": "ab-0", "at": "14:32", "keeps": False, "kept": []}
    return {**said, **changed}


def asked(app: AppTest) -> list[str]:
    return [one.partition(" ")[2] for one in app.session_state[browser_copy.PLACE].asks]


def test_an_exam_comes_back_whole_with_its_switch_and_a_sentence() -> None:
    app = heard(told(keeps=True))
    assert app.session_state["seen"] == (sample_exam(), True)
    assert "Your exam of 14:32 is back" in app.toast[0].value.replace("\\", "")
    assert app.session_state[browser_copy.PLACE].heard == 1 and asked(app) == ["mine ab-0"]
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
    assert not app.session_state["seen"][0].measurements
    assert app.session_state[browser_copy.PLACE].kept == ()
    wrong_text = isinstance(said, dict) and len(str(said["text"])) > 7 and said["at"] == "14:32"
    assert len(app.error) == len(app.toast) == int(wrong_text) and asked(app) == ["apart ab-0"] * wrong_text


def test_a_copy_that_is_refused_is_kept_apart_which_is_said_and_listed() -> None:
    refused = told(text=TEXT.replace('"te_ms"', '"te"'))
    app = heard(refused)
    assert "kept apart" in app.toast[0].value and asked(app) == ["apart ab-0"]
    rows = [
        {"id": "ab-0", "at": "14:32", "apart": True, "opens": True},
        {"id": "cd-1", "at": "14:30", "apart": False, "opens": False},
    ]
    app = heard({"n": 2, "what": "listed", "kept": rows})
    assert [b.label.replace("\\", "") for b in app.button] == ["Bring back the exam of 14:32", "Forget it", "Forget it"]
    assert ["refused" in app.caption[0].value, "damaged" in app.caption[1].value] == [True, True]


def test_every_copy_is_listed_and_two_quick_clicks_forget_two() -> None:
    app = heard(told(text="", kept=[{"id": f"ab-{k}", "at": f"14:{30 - k}"} for k in range(8)]))
    forgetting = [b for b in app.button if b.label == "Forget it"]
    assert len(forgetting) == 8 and app.expander[0].label == "Older copies"
    for button in (forgetting[0], forgetting[1], forgetting[7]):  # all before the page was drawn anew
        button.click()
    app.run()
    assert asked(app) == ["forget ab-0", "forget ab-1", "forget ab-7"]
    assert [one.id for one in app.session_state[browser_copy.PLACE].kept] == ["ab-2", "ab-3", "ab-4", "ab-5", "ab-6"]


def test_an_exam_left_before_f5_can_still_be_brought_back_for_what_is_left_of_its_minute(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    now_s = 1000.0
    monkeypatch.setattr("ironreport.ui.ways_in.monotonic", lambda: now_s)
    app = heard(told(text="", left=TEXT, left_s=20))
    assert app.session_state[ways_in.LEFT] == ways_in.Left(TEXT, 1020.0)
    app = heard(told(text="", left=TEXT, left_s=1e9))
    assert app.session_state[ways_in.LEFT].until_s == 1000.0 + ways_in.UNDO_S, "a browser is not believed"
    app = heard(told(text="", left="another", left_s=20), **{ways_in.LEFT: ways_in.Left(TEXT, 1030.0)})
    assert app.session_state[ways_in.LEFT].text == TEXT, "what this session knows of stays"


@pytest.mark.parametrize("left_s", [0, -5, "20", None, float("nan")])
def test_a_claim_of_an_exam_left_that_is_none_offers_nothing(left_s: object) -> None:
    assert ways_in.LEFT not in heard(told(text="", left=TEXT, left_s=left_s)).session_state


def test_a_damaged_key_is_said_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(browser_copy, "key_was_damaged", lambda: True)
    app = heard(None)
    assert "was damaged" in app.toast[0].value
    app.run()
    assert not app.toast


def _sent() -> None:
    from dataclasses import replace

    import streamlit as st

    from ironreport.ui import browser_copy, state, ways_in

    browser_copy._component = lambda key, data, on_told_change: st.session_state.update(sent=data)
    if named := st.text_input("name"):
        state.put(replace(state.exam(), pseudonym=named))
    st.button("sample", on_click=ways_in.open_sample)
    st.button("new", on_click=ways_in.leave_exam)
    browser_copy.keep_in_step(st.container(), on_disk=False)


def test_a_name_alone_is_kept_and_the_sample_as_it_was_opened_is_no_reason_to_warn(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(browser_copy, "_component", browser_copy._component)  # put back afterwards
    app = AppTest.from_function(_sent, default_timeout=60).run()
    assert app.session_state["sent"]["text"] == ""
    app.text_input[0].input("Zephyrine").run()
    assert "Zephyrine" in app.session_state["sent"]["text"] and not app.session_state["sent"]["safe"]
    app.text_input[0].input("").run()
    app.button[0].click().run()
    sent = app.session_state["sent"]
    assert "te_ms" in sent["text"] and sent["safe"] and "Zephyrine" in sent["left"], "the exam before is held"
    app.text_input[0].input("Mine").run()
    assert not app.session_state["sent"]["safe"], "it was changed"
    app.text_input[0].input("").run()
    app.button[1].click().run()
    sent = app.session_state["sent"]
    assert sent["text"] == "" and "Mine" in sent["left"] and 0 < sent["left_s"] <= ways_in.UNDO_S
    assert all(not isinstance(value, dict | list) for value in sent.values()), "Streamlit would load pandas"


def test_an_exam_that_the_browser_keeps_is_offered_and_can_be_forgotten() -> None:
    app = heard(told(text="", kept=[{"id": "ab-1", "at": "14:32"}, {"id": "cd-2", "at": "2026-11-29 09:05"}]))
    assert [b.label.replace("\\", "") for b in app.button] == [
        "Bring back the exam of 14:32", "Forget it", "Bring back the exam of 2026-11-29 09:05", "Forget it",
    ]  # fmt: skip
    app.button[1].click().run()
    assert app.session_state[browser_copy.PLACE].kept == (InBrowser("cd-2", "2026-11-29 09:05"),)
    app.button[0].click().run()
    now = app.session_state[browser_copy.PLACE]
    assert (now.asks, now.asked, now.kept) == (("1 forget ab-1", "2 bring cd-2"), 2, ())


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
