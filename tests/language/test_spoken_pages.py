"""Pages in other languages: what is shown, what is kept when the language changes, what stays English."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from ironreport.language.catalogue import offered
from ironreport.synthetic.samples import sample_exam
from ironreport.ui import language_choice

pytestmark = pytest.mark.usefixtures("installed_packages_are_searched_once")


def opened(root: Path, language: str, page: str = "") -> AppTest:
    app = AppTest.from_file(str(root / "app.py"), default_timeout=60)
    app.session_state["exam"] = replace(sample_exam(), pseudonym="Liver")
    app.session_state["_language"] = language
    app.run()
    return app.switch_page(page).run() if page else app


def words(app: AppTest) -> str:
    parts = [app.markdown, app.caption, app.info, app.warning, app.error, app.header]
    return " ".join(str(one.value) for kind in parts for one in kind).replace("\\", "")


@pytest.mark.parametrize(
    ("language", "shown"),
    [
        ("fr", ("Cœur", "T2* 8,1 ms", "sévère")),
        ("es", ("Corazón", "T2* 8,1 ms", "grave")),
        ("ar", ("القلب", "T2* 8.1 ms", "شديد")),
    ],
)
def test_the_findings_are_read_in_each_language(repo_root: Path, language: str, shown: tuple[str, ...]) -> None:
    app = opened(repo_root, language, "pages/4_Findings.py")
    assert not app.exception
    said = words(app).replace("\u200e", "")
    assert [one for one in shown if one not in said] == []


def test_the_name_of_an_exam_is_not_translated(repo_root: Path) -> None:
    app = opened(repo_root, "fr")
    name = next(one for one in app.text_input if str(one.key).startswith("pseudonym-"))
    assert name.value == "Liver"
    assert app.session_state["exam"].pseudonym == "Liver"


def test_another_language_changes_no_answer_and_no_number(repo_root: Path) -> None:
    app = opened(repo_root, "en")
    before = app.session_state["exam"]
    choice = next(one for one in app.selectbox if one.key == "language-choice")
    app = choice.set_value("fr").run()
    assert not app.exception
    assert app.session_state["exam"] == before
    assert app.session_state["_language"] == "fr"


def test_an_address_names_the_language(repo_root: Path) -> None:
    app = AppTest.from_file(str(repo_root / "app.py"), default_timeout=60)
    app.query_params["lang"] = "es"
    app.run()
    assert any(one.label == "Cargar un examen de ejemplo" for one in app.button)


@pytest.mark.parametrize(
    ("address", "cookie", "read"),
    [("../fr", "", "en"), ("", "ar", "ar"), ("fr", "ar", "fr"), ("", "en", "en"), ("", "../fr", "en")],
)
def test_a_new_session_speaks_as_the_address_says_else_as_was_chosen_and_nothing_that_is_no_language(
    monkeypatch: pytest.MonkeyPatch, address: str, cookie: str, read: str
) -> None:
    monkeypatch.setattr(language_choice, "kept_by_browser", lambda: cookie)
    app = AppTest.from_function(_chosen, default_timeout=60)
    if address:
        app.query_params["lang"] = address
    app.run()
    assert app.session_state["_language"] == read


def _chosen() -> None:
    from ironreport.ui import language_choice

    language_choice.chosen()


def test_every_language_calls_itself_by_its_own_name(repo_root: Path) -> None:
    app = opened(repo_root, "ar")
    choice = next(one for one in app.selectbox if one.key == "language-choice")
    assert set(choice.options) == {"English", *offered().values()}
