"""The glossary checks itself like every other knowledge file, and holds what readers meet."""

from __future__ import annotations

from pathlib import Path

import pytest

from ironreport.errors import KnowledgeError
from ironreport.knowledge import published_knowledge
from ironreport.knowledge.glossary import FILE, load_glossary, published_glossary
from ironreport.knowledge.loading import FOLDER

ASKED = (
    "T2*", "R2*", "T2", "R2", "T1", "TE", "first echo", "echo spacing", "S0", "LIC", "MIC", "dry weight", "calibration",
    "field", "ladder", "class", "normal", "borderline", "mild", "moderate", "severe", "95 %", "limit", "repeatability",
    "coefficient of variation", "noise", "noise floor", "Rician floor", "coils", "SNR", "truncated", "constant",
    "bracket", "model", "log-linear", "least squares", "residual", "residual SD", "R²", "chi-square", "AICc", "zig-zag",
    "fat", "fat fraction", "PDFF", "in-phase", "region", "pixels", "median", "vessel", "septum", "susceptibility",
    "blood pool", "partial volume", "edge", "liver", "heart", "pancreas", "spleen", "kidney", "ferritin", "LVEF",
    "chelation", "TDT", "NTDT", "SCD", "HH", "Next scan", "rule", "critical", "relative risk", "source read",
    "knowledge", "FerriScan", "biopsy", "fibrosis", "balance", "protocol", "bias", "synthetic", "Brier", "confidence",
    "Tests to correlate", "cohort", "pseudonym", "flag", "caution", "P",
)  # fmt: skip
MISTAKES = {
    "source not listed": ('sources = ["he-2008"]', 'sources = ["nobody-2008"]', "nobody-2008"),
    "misspelt key": ('term = "LIC"', 'terms = "LIC"', "terms"),
    "the same id twice": ('id = "lic"', 'id = "mic"', "mic"),
    "the same word twice": ('words = ["LIC"]', 'words = ["MIC"]', "MIC"),
    "an unknown place": ("{class}", "{clas}", "clas"),
    "no source": ('sources = ["carpenter-2011"]', "sources = []", "mic"),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_is_refused_with_its_place_and_a_cure(name: str, tmp_path: Path) -> None:
    right, wrong, named = MISTAKES[name]
    text = (FOLDER / FILE).read_text(encoding="utf-8")
    assert right in text, "the mistake cannot be made: the text has changed"
    (tmp_path / FILE).write_text(text.replace(right, wrong, 1), encoding="utf-8")
    with pytest.raises(KnowledgeError) as refused:
        load_glossary(published_knowledge(), tmp_path)
    assert FILE in refused.value.refusal.what and named in refused.value.refusal.what
    assert refused.value.refusal.cure


def test_every_term_that_is_asked_for_has_its_entry() -> None:
    glossary = published_glossary()
    assert len(ASKED) >= 80
    assert [
        asked for asked in ASKED if not glossary.terms_in(f"the {asked} here") and not glossary.matching(asked)
    ] == []


def test_a_word_is_found_whole_and_the_longest_first() -> None:
    found = [term.id for term in published_glossary().terms_in("T2* 3.0 ms, noise floor at 19; T2 and fatigue")]
    assert found == ["t2star", "noise-floor", "t2"]


def test_explanations_are_short_and_calm() -> None:
    for term in published_glossary().terms:
        assert term.text.endswith(".") and "!" not in term.text
        assert term.text.count(". ") <= 3, term.id
