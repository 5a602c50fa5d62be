"""The knowledge files check themselves: a mistake is refused with file, place and cure."""

from __future__ import annotations

import math
import re
import shutil
import tomllib
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
    "unknown placeholder": (LIVER, "increased ({classes})", "increased ({klass})", "klass"),
    "placeholder of a rule that is no fact": (SHARED, "{lvef_percent} % and", "{lvef} % and", "{lvef}"),
    "two facts compared, one of them no number": (
        SHARED, 'below_fact = "lvef_limit_percent"', 'below_fact = "lvef_reduced"', "lvef_percent",
    ),
    "a question whether an unknown fact is stated": (
        SHARED, 'fact = "heart_t1_ms", stated', 'fact = "heart_t2_ms", stated', "heart_t2_ms",
    ),
    "source of an unknown kind": (SOURCES, 'kind = "label"', 'kind = "leaflet"', "kind"),
    "unknown fact": (TDT, 'fact = "hcv"', 'fact = "hvc"', "hvc"),
    "calibration of a field that does not exist": (
        LIVER, '"Wood 2005"\nfield = "1.5"', '"Wood 2005"\nfield = "1.6"',
        "organs/liver.toml names the field '1.6'",
    ),
    "ladder of a field that does not exist": (HEART, 'fields = ["1.5"]', 'fields = ["1.6"]', "names the field '1.6'"),
    "two default ladders": (
        LIVER, 'id = "emam-2-7-15"', 'id = "emam-2-7-15"\ndefault = true', "2 defaults for ladders at 1.5 T",
    ),
    "two default precisions": (
        LIVER, 'id = "prec-liver-other"', 'id = "prec-liver-other"\ndefault = true', "2 defaults for precision",
    ),
    "two calibrations of one name and field": (
        LIVER, 'id = "hankins-2009"', 'id = "wood-2005"', "the same id and field",
    ),
    "condition on an organ without a file": (
        TDT, 'all = [{ organ = "heart", quantity', 'all = [{ organ = "hart", quantity', "asks for the organ 'hart'",
    ),
    "rule of an organ without a file": (TDT, '\norgan = "heart"', '\norgan = "hart"', "names the organ 'hart'"),
    "answer that a fact does not have": (
        TDT, 'fact = "hcv", is = ["yes"]', 'fact = "hcv", is = ["perhaps"]', "perhaps",
    ),
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


@pytest.mark.parametrize(
    ("name", "what", "cure"),
    [
        ("misspelt key", "(found 'Wood 2005')", "Check the spelling of the key"),
        ("number in quotes", "(found '4.6')", "without quotes and with a decimal point"),
        (
            "missing source",
            "heart.toml, calibration[carpenter-2011].sources: ",
            "a number without a source is not accepted",
        ),
        ("unknown curve form", "(found 'cubic')", "Use one of the words listed"),
        ("bounds out of order", "ladder[esgar-sar-2023]: bounds are out of order: 1.8, 1.2", "Correct the entry named"),
        ("the same key twice", "liver.toml is not readable TOML", "a key twice"),
        ("unknown placeholder", "{klass}", "classes"),
        ("two default ladders", "organs/liver.toml", "default = true at one of them"),
        ("guidance for an unknown grade", "['moderate']", "Grades of "),
    ],
)
def test_a_mistake_is_shown_as_it_was_typed_and_its_cure_fits_it(name: str, what: str, cure: str, copied: Path) -> None:
    file, right, wrong, _ = MISTAKES[name]
    path = copied / file
    path.write_text(path.read_text(encoding="utf-8").replace(right, wrong, 1), encoding="utf-8")
    with pytest.raises(KnowledgeError) as refused:
        load_knowledge(copied)
    assert what in refused.value.refusal.what and cure in refused.value.refusal.cure


def test_a_place_deep_in_a_file_is_named_by_the_ids_on_the_way(copied: Path) -> None:
    path = copied / LIVER
    path.write_text(path.read_text(encoding="utf-8").replace("bound = 3.2", 'bound = "3.2"', 1), encoding="utf-8")
    with pytest.raises(KnowledgeError) as refused:
        load_knowledge(copied)
    assert "liver.toml, ladder[esgar-sar-2023].grades[borderline].bound: " in refused.value.refusal.what


def test_an_entry_without_an_id_is_named_by_its_number(copied: Path) -> None:
    path = copied / LIVER
    path.write_text(path.read_text(encoding="utf-8").replace('id = "wood-2005"\n', "", 1), encoding="utf-8")
    with pytest.raises(KnowledgeError) as refused:
        load_knowledge(copied)
    assert re.search(r"calibration\[\d+\]\.id: Field required", refused.value.refusal.what)
    assert refused.value.refusal.cure == "Add the key named."


def test_a_file_that_is_no_text_is_refused_by_name(copied: Path) -> None:
    (copied / HEART).write_bytes(b"\xff\xfe id")
    with pytest.raises(KnowledgeError) as refused:
        load_knowledge(copied)
    assert "heart.toml is not readable TOML" in refused.value.refusal.what


@pytest.mark.parametrize("answers", ['["unknown"]', '["yes", "no", "unknown"]'])
def test_a_fact_may_be_asked_for_any_of_its_answers_and_for_being_unknown(answers: str, copied: Path) -> None:
    path = copied / TDT
    asked = path.read_text(encoding="utf-8").replace('fact = "hcv", is = ["yes"]', f'fact = "hcv", is = {answers}', 1)
    path.write_text(asked, encoding="utf-8")
    assert load_knowledge(copied).version != load_knowledge().version


def test_a_rule_of_the_combined_file_may_be_for_every_disease(copied: Path) -> None:
    path, every = copied / "combined.toml", list(load_knowledge().diseases)
    path.write_text(
        path.read_text(encoding="utf-8").replace('["tdt", "ntdt"]', str(every).replace("'", '"'), 1), encoding="utf-8"
    )
    rules = [r for r in load_knowledge(copied).combined.rule if len(r.diseases) == len(every)]
    assert rules and all(set(r.diseases) == set(every) for r in rules)


def test_the_version_is_the_same_where_lines_end_in_another_way(copied: Path) -> None:
    for path in copied.rglob("*.toml"):
        path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    assert load_knowledge(copied).version == load_knowledge().version


def test_organs_stand_in_reading_order_whatever_their_names(copied: Path) -> None:
    organs = list(load_knowledge(copied).organs.values())
    assert [o.reading_order for o in organs] == sorted(o.reading_order for o in organs)
    assert [o.id for o in organs] != sorted(o.id for o in organs)


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
def test_each_field_offers_what_the_evidence_ships_default_first(field: str, ids: set[str]) -> None:
    rows = tomllib.loads((Path(__file__).parent / "evidence_rows.toml").read_text(encoding="utf-8"))["liver"]
    shipped = [key.split() for key, (kind, _, ships, *_) in rows.items() if (kind, ships) == ("calibration", "ships")]
    offered = load_knowledge().calibrations("liver", field)
    assert {c.id for c in offered} == {name for name, at in shipped if at == field} >= ids
    assert offered[0].id == "hernando-2023"


@pytest.mark.parametrize(
    ("tesla", "field"),
    [(1.4, "1.5"), (1.494, "1.5"), (1.59, "1.5"), (1.39, None), (2.8936, "2.89"), (2.95, "3.0"), (3.0, "3.0"),
     (0.55, None), (7.0, None), (None, None)],
)  # fmt: skip
def test_field_strength_falls_into_its_class_or_none(tesla: float | None, field: str | None) -> None:
    found = load_knowledge().field_class(tesla)
    assert (found.id if found else None) == field


def test_a_class_of_field_holds_its_lower_end_and_not_its_upper() -> None:
    knowledge = load_knowledge()
    for field in knowledge.shared.field:
        assert knowledge.field_class(field.from_tesla) == field
        assert knowledge.field_class(math.nextafter(field.below_tesla, 0.0)) == field
        assert knowledge.field_class(field.below_tesla) != field
        assert knowledge.field_class(math.nextafter(field.from_tesla, 0.0)) != field


def test_the_review_is_as_old_as_the_oldest_file(copied: Path) -> None:
    for path, date in ((copied / TDT, "2019-02-03"), (copied / "combined.toml", "2018-01-02")):
        text = path.read_text(encoding="utf-8")
        path.write_text(re.sub(r"reviewed = \S+", f"reviewed = {date}", text), encoding="utf-8")
        assert load_knowledge(copied).reviewed == date


def test_an_organ_or_disease_without_a_file_is_refused_with_those_that_have_one() -> None:
    knowledge = load_knowledge()
    for ask, known in ((knowledge.organ, "liver"), (knowledge.rules, "tdt")):
        with pytest.raises(KnowledgeError) as refused:
            ask("nowhere")
        assert "nowhere" in refused.value.refusal.what and known in refused.value.refusal.cure


def test_repeatability_between_scanners_is_used_only_where_asked_and_published() -> None:
    knowledge = load_knowledge()
    same, between = knowledge.precision("liver"), knowledge.precision("liver", other_scanner=True)
    assert same is not None and between is not None
    assert (same.id, between.id) == ("prec-liver-same", "prec-liver-other")
    kidney = knowledge.precision("kidney", other_scanner=True)
    assert kidney is not None and kidney == knowledge.precision("kidney")
    assert knowledge.precision("spleen", other_scanner=True) is None


def test_slope_at_3_t_lies_between_045_and_060_of_the_slope_at_1_5_t() -> None:
    """The rejected line 0.0472 R2* (trap-0472) would fail here."""
    knowledge = load_knowledge()
    at = {f: next(c for c in knowledge.calibrations("liver", f) if c.default) for f in ("1.5", "3.0")}
    ratio = at["3.0"].coefficients["slope"] / at["1.5"].coefficients["slope"]
    assert 0.45 < ratio < 0.60
