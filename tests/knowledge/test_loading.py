"""The knowledge files check themselves: a mistake is refused with file, place and cure."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from ironreport.errors import KnowledgeError
from ironreport.knowledge import load_knowledge
from ironreport.knowledge.loading import FOLDER

LIVER, HEART, TDT, SOURCES = "organs/liver.toml", "organs/heart.toml", "diseases/tdt.toml", "sources.toml"
SHARED = "shared.toml"

MISTAKES = {
    "misspelt key": (LIVER, 'label = "Wood 2005"', 'lable = "Wood 2005"', "calibration[wood-2005].lable"),
    "coefficient against worked example": (LIVER, "slope = 0.02603", "slope = 0.02306", "worked example"),
    "missing source": (HEART, 'sources = ["br-table-7", "carpenter-2011"]', "sources = []", "heart.toml"),
    "source not listed": (HEART, '"br-table-7", "carpenter-2011"', '"br-table-7", "nobody-2011"', "nobody-2011"),
    "source never cited": (
        SOURCES, "[source.ironreport-design]",
        '[source.nobody-1900]\nkind = "paper"\ncitation = "Nobody"\nread = "no"\n\n[source.ironreport-design]',
        "nobody-1900",
    ),
    "bounds out of order": (LIVER, "bound = 3.2", "bound = 1.2", "out of order"),
    "the same key twice": (LIVER, 'id = "liver"', 'id = "liver"\nid = "liver"', "liver.toml"),
    "number in quotes": (LIVER, "cov_percent = 4.6", 'cov_percent = "4.6"', "precision[prec-liver-same].cov_percent"),
    "decimal comma": (LIVER, "cov_percent = 4.6", "cov_percent = 4,6", "liver.toml"),
    "unknown curve form": (LIVER, 'form = "sigmoid-r2"', 'form = "cubic"', "calibration[stpierre-2005-r2].form"),
    "grade without a sentence": (HEART, 'sentence = "indeterminate"', 'sentence = "undecided"', "undecided"),
    "guidance for an unknown grade": (TDT, 'severity = ["normal"]', 'severity = ["moderate"]', "no ladder"),
    "two defaults for one field": (
        LIVER, 'id = "wood-2005"\nlabel', 'id = "wood-2005"\ndefault = true\nlabel', "2 defaults",
    ),
    "unknown placeholder": (LIVER, "increased ({class})", "increased ({klass})", "klass"),
    "placeholder of a rule that is no fact": (SHARED, "{lvef_percent} % and", "{lvef} % and", "{lvef}"),
    "two facts compared, one of them no number": (
        SHARED, 'below_fact = "lvef_limit_percent"', 'below_fact = "lvef_reduced"', "lvef_percent",
    ),
    "a question whether an unknown fact is stated": (
        SHARED, 'fact = "heart_t1_ms", stated', 'fact = "heart_t2_ms", stated', "heart_t2_ms",
    ),
    "source of an unknown kind": (SOURCES, 'kind = "label"', 'kind = "leaflet"', "kind"),
    "unknown fact": (TDT, 'fact = "hcv"', 'fact = "hvc"', "hvc"),
    "file that is not named after its id": (LIVER, 'id = "liver"\n', 'id = "lever"\n', "lever"),
}  # fmt: skip


@pytest.fixture
def copied(tmp_path: Path) -> Path:
    return Path(shutil.copytree(FOLDER, tmp_path / "knowledge", ignore=shutil.ignore_patterns("*.py", "__pycache__")))


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_is_refused_with_its_place_and_a_cure(name: str, copied: Path) -> None:
    file, right, wrong, named = MISTAKES[name]
    path = copied / file
    text = path.read_text(encoding="utf-8")
    assert right in text, "the mistake cannot be made: the text has changed"
    path.write_text(text.replace(right, wrong, 1), encoding="utf-8")
    with pytest.raises(KnowledgeError) as refused:
        load_knowledge(copied)
    assert named in refused.value.refusal.what
    assert refused.value.refusal.cure


def test_an_untouched_copy_loads_with_the_same_version(copied: Path) -> None:
    assert load_knowledge(copied).version == load_knowledge().version


def test_changing_one_number_changes_the_version(copied: Path) -> None:
    path = copied / LIVER
    path.write_text(
        path.read_text(encoding="utf-8").replace("cov_percent = 7.9", "cov_percent = 8.0"), encoding="utf-8"
    )
    assert load_knowledge(copied).version != load_knowledge().version


def test_status_c_is_loaded_but_never_offered() -> None:
    knowledge = load_knowledge()
    unconfirmed = {entry.id for _, entry in knowledge.entries() if entry.evidence == "C" and hasattr(entry, "id")}
    assert {"garbowski-2014-linear", "dassignies-2018", "tdt-i12"} <= unconfirmed
    offered = {c.id for field in ("1.5", "2.89", "3.0") for c in knowledge.calibrations("liver", field)}
    assert not offered & {"garbowski-2014-linear", "dassignies-2018"}
    assert "tdt-i12" not in {r.id for r in knowledge.rules("tdt")}
    assert "hernando-2021" not in {c.id for c in knowledge.calibrations("liver", "1.5")}


@pytest.mark.parametrize(
    ("field", "ids"),
    [
        ("1.5", {"hernando-2023", "wood-2005", "hankins-2009", "garbowski-2014", "henninger-2015", "stpierre-2005-r2"}),
        ("2.89", {"hernando-2023"}),
        ("3.0", {"hernando-2023", "hernando-2021", "garbowski-2014-storey"}),
    ],
)
def test_each_field_offers_the_enabled_calibrations_default_first(field: str, ids: set[str]) -> None:
    offered = load_knowledge().calibrations("liver", field)
    assert {c.id for c in offered} == ids
    assert offered[0].id == "hernando-2023"


@pytest.mark.parametrize(
    ("tesla", "field"),
    [(1.4, "1.5"), (1.494, "1.5"), (1.59, "1.5"), (1.39, None), (2.8936, "2.89"), (2.95, "3.0"), (3.0, "3.0"),
     (0.55, None), (7.0, None), (None, None)],
)  # fmt: skip
def test_field_strength_falls_into_its_class_or_none(tesla: float | None, field: str | None) -> None:
    found = load_knowledge().field_class(tesla)
    assert (found.id if found else None) == field


def test_slope_at_3_t_lies_between_045_and_060_of_the_slope_at_1_5_t() -> None:
    """The rejected line 0.0472 R2* (trap-0472) would fail here."""
    knowledge = load_knowledge()
    at = {f: next(c for c in knowledge.calibrations("liver", f) if c.default) for f in ("1.5", "3.0")}
    ratio = at["3.0"].coefficients["slope"] / at["1.5"].coefficients["slope"]
    assert 0.45 < ratio < 0.60
