"""The Validation page: pasted pairs become a sentence, a picture and an entry for the settings."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

PAIRS = "\n".join(f"P{k:02d}; {100 + 31 * k}; {(100 + 31 * k) * (1.04 if k % 2 else 0.97):.1f}" for k in range(14))


@pytest.fixture
def page(repo_root: Path) -> AppTest:
    app = AppTest.from_file(str(repo_root / "app.py"), default_timeout=60)
    app.switch_page("pages/12_Validation.py").run()
    assert not app.exception
    return app


def test_pasted_pairs_give_the_sentence_and_every_row(page: AppTest) -> None:
    page.selectbox(key="validation-organ").select("liver")
    page.text_area(key="validation-text").input(PAIRS).run()
    assert not page.exception
    shown = " ".join(m.value for m in page.markdown)
    assert "Our repeatability for liver R2" in shown and "14 pairs" in shown
    assert "Coefficient of variation" in str(page.table[0].value)


def test_an_entry_for_the_settings_needs_words_on_how_it_was_measured(page: AppTest) -> None:
    page.selectbox(key="validation-organ").select("liver")
    page.text_area(key="validation-text").input(PAIRS).run()
    assert not page.code
    page.text_input(key="validation-source").input("14 patients twice, 2026").run()
    (entry,) = tomllib.loads(page.code[0].value)["own_precision"]
    assert entry["organ"] == "liver" and entry["n_pairs"] == 14


@pytest.mark.parametrize("kind", ["two readers", "phantom"])
def test_what_is_no_repeatability_offers_no_setting(page: AppTest, kind: str) -> None:
    page.text_area(key="validation-text").input(PAIRS)
    page.selectbox(key="validation-kind").select(kind).run()
    assert not page.exception and page.table and not [e for e in page.expander if "intervals" in e.label]


def test_a_line_that_is_no_pair_is_named_and_what_was_typed_stays(page: AppTest) -> None:
    page.text_area(key="validation-text").input("P1; 4.1; 4.3\n<b>P2</b>; about 8").run()
    assert not page.exception and "Line 2" in page.error[0].value and not page.table
    assert "about 8" in str(page.text_area(key="validation-text").value)
