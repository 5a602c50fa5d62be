"""A copy of the exam is written where it was asked for, whole or not at all."""

from pathlib import Path
from types import SimpleNamespace

import pytest
from streamlit.testing.v1 import AppTest

from ironreport.errors import IronReportError
from ironreport.exam import open_exam
from ironreport.synthetic.samples import sample_exam
from ironreport.ui import clearing, keeping, nav, panel, served
from ironreport.ui.keeping import keep_copy


def test_the_copy_opens_as_the_same_exam_and_names_nobody(tmp_path: Path) -> None:
    exam = sample_exam()
    path = keep_copy(exam, tmp_path / "IronReport", "ab12cd34")
    assert open_exam(path.read_text(encoding="utf-8")) == exam
    assert path.name == "ironreport_ab12cd34.ironreport.json"
    assert [p.name for p in path.parent.iterdir()] == [path.name]


def test_an_unchanged_exam_is_not_written_again(tmp_path: Path) -> None:
    path = keep_copy(sample_exam(), tmp_path, "ab12cd34")
    before = path.stat().st_ino
    assert keep_copy(sample_exam(), tmp_path, "ab12cd34").stat().st_ino == before


def test_a_folder_that_cannot_be_written_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "IronReport").write_text("a file where the folder should be")
    with pytest.raises(IronReportError) as refused:
        keep_copy(sample_exam(), tmp_path / "IronReport", "ab12cd34")
    assert refused.value.refusal.code == "NOT_KEPT"


def _page_that_changes_the_exam_after_the_switch() -> None:
    from dataclasses import replace

    import streamlit as st

    from ironreport.ui import keeping, state

    copy_said = keeping.offer_copy(state.exam())
    name = st.text_input("Whose exam", "the first name", key="name")
    state.put(replace(state.exam(), pseudonym=name))
    if copy_said is not None:
        keeping.keep_in_step(copy_said)


def test_the_copy_holds_the_last_change_once_its_run_has_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keeping, "user_documents_path", lambda: tmp_path)
    app = AppTest.from_function(_page_that_changes_the_exam_after_the_switch, default_timeout=60)
    app.session_state["exam"] = sample_exam()
    app.run()
    assert list(tmp_path.iterdir()) == [] and not app.caption
    app.toggle[0].set_value(True).run()
    app.text_input[0].set_value("the last name").run()
    (copy,) = tmp_path.rglob("*.ironreport.json")
    assert open_exam(copy.read_text(encoding="utf-8")).pseudonym == "the last name"
    assert copy.name in str(app.caption[0].value).replace("\\", "")


def test_the_copy_is_written_after_panel_and_page(monkeypatch: pytest.MonkeyPatch) -> None:
    """Both may change the exam; written before them, the copy was one change behind."""
    order: list[object] = []
    monkeypatch.setattr(clearing, "drop_widgets", lambda: None)
    monkeypatch.setattr(nav, "build", lambda: SimpleNamespace(url_path="", run=lambda: order.append("page")))
    monkeypatch.setattr(served, "show_banner", lambda: None)
    monkeypatch.setattr(panel, "show_panel", lambda _page: order.append("panel") or "where it is said")
    monkeypatch.setattr(keeping, "keep_in_step", order.append)
    nav.enter()
    assert order == ["panel", "page", "where it is said"]
