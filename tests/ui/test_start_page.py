"""The first page: what it says and offers, the sample exam that fills every page, copies that are kept."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from ironreport.exam import save_exam
from ironreport.serving.notice import Notice
from ironreport.synthetic.samples import sample_exam
from ironreport.ui import keeping, ways_in


@pytest.fixture
def app(repo_root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[AppTest]:
    monkeypatch.setattr(keeping, "user_documents_path", lambda: tmp_path)
    yield AppTest.from_file(str(repo_root / "app.py"), default_timeout=60)


def words(app: AppTest) -> str:
    kinds = (app.markdown, app.caption, app.info, app.error, app.header)
    return " ".join(str(element.value) for kind in kinds for element in kind).replace("\\", "")


def links(app: AppTest) -> list[str]:
    return [link.proto.label for link in app.main.get("page_link")]


def press(app: AppTest, label: str) -> None:
    next(b for b in app.button if b.label.replace("\\", "").startswith(label)).click().run()


def test_the_sample_exam_is_one_click_from_the_first_page_and_fills_every_other(app: AppTest) -> None:
    of_another = {
        "images": object(),
        "board-another": object(),
        "packed-another": (b"pixels",),
        "series-of-organ": {"liver": 1},
    }
    for name, held in of_another.items():
        app.session_state[name] = held
    app.run()
    assert app.header[0].value == "IronReport"
    assert links(app) == [f"**{door}**" for door in (
        "I have images", "I have numbers", "I have another report", "I want to learn",
    )]  # fmt: skip
    press(app, "See a sample exam")
    page = app
    assert not page.exception and page.header[0].value == "Findings"
    assert "LIC 8.5 mg/g" in words(page) and "T2* 8.1 ms" in words(page)
    now = page.session_state
    assert not [name for name, held in of_another.items() if name in now and now[name] is held], "of another exam"
    exam = page.session_state["exam"]
    assert sorted(m.organ for m in exam.measurements) == ["heart", "liver", "pancreas"]
    assert len({result.date for result in exam.context.previous}) == 2
    shows = {
        "3_Images": "**Pancreas**",
        "7_Maps": "image corners",
        "6_Follow_up": "less iron",
        "5_Report": "About 6 months",
    }
    for name, said in shows.items():
        page = page.switch_page(f"pages/{name}.py").run()
        assert not page.exception, name
        assert said in words(page), name
        assert page.session_state["exam"] == exam, f"{name} changed the sample"


def kept(folder: Path, name: str, seconds: int) -> Path:
    path = folder / "IronReport" / f"ironreport_{seconds:08x}.ironreport.json"
    path.parent.mkdir(exist_ok=True)
    path.write_text(save_exam(replace(sample_exam(), pseudonym=name)), encoding="utf-8")
    os.utime(path, (seconds, seconds))
    return path


def test_the_newest_five_copies_are_offered_and_one_opens_or_is_refused_with_a_sentence(
    app: AppTest, tmp_path: Path
) -> None:
    for k in range(7):
        path = kept(tmp_path, f"Copy {k}", 1_700_000_000 + k)
    path.write_text(path.read_text(encoding="utf-8").replace('"signal":', '"sig":'), encoding="utf-8")
    os.utime(path, (1_700_000_009, 1_700_000_009))
    (tmp_path / "IronReport" / "ironreport_x.ironreport.json").write_text("no exam", encoding="utf-8")
    app.run()
    offered = [b.label.replace("\\", "") for b in app.main.button if " · 20" in b.label.replace("\\", "")]
    assert [label.split(" · ")[0] for label in offered] == [
        "ironreport_x.ironreport.json", "Copy 6", "Copy 5", "Copy 4", "Copy 3",
    ]  # fmt: skip
    for wrong in ("ironreport_x", "Copy 6"):
        press(app, wrong)
        assert len(app.main.error) == 1 and app.header[0].value == "IronReport"
    press(app, "Copy 4")
    assert app.header[0].value == "Findings" and app.session_state["exam"].pseudonym == "Copy 4"


def test_no_copy_is_offered_where_this_computer_would_be_another_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept(tmp_path, "Copy", 1_700_000_000)
    monkeypatch.setattr(keeping, "user_documents_path", lambda: tmp_path)
    monkeypatch.setattr(keeping, "notice", lambda: Notice("somebody", encrypted=True))
    assert keeping.kept_copies().newest == ()


def _panel_of_an_exam() -> None:
    import streamlit as st

    from ironreport.ui import state, ways_in

    st.caption(f"organs {len(state.exam().measurements)}, images {state.images() is not None}")
    st.button("New exam", on_click=ways_in.leave_exam)
    ways_in.offer_undo()


def test_an_exam_left_by_a_click_comes_back_within_a_minute_and_is_gone_after_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    now_s = 1000.0
    monkeypatch.setattr("ironreport.ui.ways_in.monotonic", lambda: now_s)
    app = AppTest.from_function(_panel_of_an_exam, default_timeout=60)
    app.session_state["exam"], app.session_state["images"] = sample_exam(), object()
    app.run()
    press(app, "New exam")
    assert "organs 0, images False" in words(app) and "not its images" in words(app)
    press(app, "Undo")
    assert "organs 2, images False" in words(app)
    assert app.session_state["exam"] == sample_exam() and ways_in.LEFT not in app.session_state
    press(app, "New exam")
    now_s += ways_in.UNDO_S
    app.run()
    assert ways_in.LEFT not in app.session_state and [b.label for b in app.button] == ["New exam"]
    press(app, "New exam")
    assert ways_in.LEFT not in app.session_state, "an empty exam is not missed"
