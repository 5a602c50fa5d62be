"""The benchmarks run, say what they promise, and the documents quote nothing that they do not compute."""

import json
import re
from dataclasses import asdict
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from benchmarks import accuracy, circles, explain, library, peers, speed, tables
from benchmarks.classes import NO_CLASS, classes, limits_per_s
from benchmarks.conditions import __main__ as conditions
from benchmarks.conditions.doors import Reading, Target, readings
from benchmarks.conditions.listed import CLEAN, CONDITIONS, EDGES, KEPT_SEEDS, PIXELS, SILENT_PASTED
from benchmarks.conditions.scores import missed_by, scored
from benchmarks.methods import Readings, scipy_curve_fit
from benchmarks.mutation.loaded import exchange
from benchmarks.mutation.parts import PARTS, ROOT, equivalents, files_of_tests, modules
from benchmarks.mutation.reach import Code
from benchmarks.trials import HEART, LIVER, SNRS, Protocol, decays, trials

pytestmark = pytest.mark.slow  # every page measures fits

ACCURACY_HEADS = (
    "RMSE of T2*",
    "interval holds the truth",
    "no value",
    "wrong class at SNR 10 / 20 / 30 / 50 / 100",
    "too mild",
    "too severe",
    "class withheld",
    "median error of T2*, %",
)
SPEED_HEADS = ("µs per pixel", "slice of 256 × 256", "times IronReport", "region of 100 pixels", "pasted curve")
OTHERS = ("ukat", "tedana", "qmrpy", "scipy curve_fit")


@pytest.fixture(scope="module")
def docs() -> Path:
    return Path(__file__).resolve().parents[1] / "docs"


def of_rates(*r2star_per_s: float) -> Readings:
    rates = np.array(r2star_per_s)
    return Readings(rates, np.full_like(rates, np.nan), np.full_like(rates, np.nan))


def test_same_arguments_give_the_same_decays_for_everybody() -> None:
    first, second = (trials(LIVER, n_pixels=2, n_per_cell=1) for _ in range(2))
    assert [trial.snr for trial in first] == list(SNRS)
    assert all(np.array_equal(a.pixels, b.pixels) for a, b in zip(first, second, strict=True))


def test_a_reading_lower_than_the_truth_counts_as_too_mild() -> None:
    tried = trials(Protocol("liver", LIVER.te_ms, (2.0, 4.0)), n_pixels=1, n_per_cell=1)
    score = accuracy.scored("late", [of_rates(50.0, 50.0) for _ in tried], tried)
    assert (score.wrong, score.under, score.over, score.withheld) == (100.0, 100.0, 0.0, 0.0)
    assert score.bias == pytest.approx((900.0, 400.0))
    assert score.coverage is None


def test_a_refusal_is_no_value_and_no_wrong_class() -> None:
    tried = trials(Protocol("heart", HEART.te_ms, (8.0, 12.0)), n_pixels=1, n_per_cell=1)
    score = accuracy.scored("silent", [of_rates(np.nan, 1000.0 / 12.0) for _ in tried], tried)
    assert (score.no_value, score.withheld, score.wrong, score.rmse) == (50.0, 50.0, 0.0, 0.0)


def test_an_open_interval_has_a_class_only_where_its_lower_limit_is_in_the_worst() -> None:
    limits = limits_per_s("liver")
    rate, worst = np.array([2.0 * limits[-1]] * 2), limits.size
    low = np.array([1.1 * limits[-1], 0.9 * limits[-1]])
    assert classes(Readings(rate, low, np.full(2, np.inf)), limits).tolist() == [worst, NO_CLASS]


def test_the_usual_fit_gives_back_a_decay_without_noise() -> None:
    trial = trials(Protocol("liver", LIVER.te_ms, (3.0,)), n_pixels=1, n_per_cell=1)[0]
    clean = decays(LIVER.te_ms, trial.t2star_ms)[:, None, :]
    found = scipy_curve_fit(type(trial)(trial.protocol, trial.snr, trial.t2star_ms, clean))
    assert found.r2star_per_s == pytest.approx(1000.0 / 3.0)


@pytest.mark.parametrize("n_pixels", [1, 40])
def test_the_accuracy_page_carries_every_column_for_every_own_method(n_pixels: int) -> None:
    protocol = Protocol("liver", LIVER.te_ms, (2.0, 10.0))
    scores, notes = accuracy.compared(protocol, n_pixels, n_per_cell=1, python=None)
    text = accuracy.page({"Liver": (protocol, scores)}, notes, n_regions=1, n_pixels=1)
    own = accuracy.REGION_METHODS if n_pixels > 1 else accuracy.PIXEL_METHODS
    assert all(words in text for words in (*ACCURACY_HEADS, *own))


def test_the_page_says_what_a_user_of_the_library_waits_for(docs: Path, tmp_path: Path) -> None:
    kept = (docs / "speed.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (.+?) \| ([\d.]+) \| [\d.]+ \|$", kept, re.MULTILINE)
    seconds = {step: float(cpu) for step, cpu in rows}
    assert seconds["`import ironreport`, with that start"] < 0.3
    assert seconds["folder to PDF, from then on"] < 2.0
    (tmp_path / "exam").mkdir()
    assert library.exam_folder(tmp_path / "exam") == 240
    n_characters = library.lengths(tmp_path / "exam")
    assert all(f"| `{name}` | {n} |" in kept for name, n in n_characters.items())
    assert max(n_characters.values()) < 300


def test_the_speed_page_carries_every_column() -> None:
    timings, notes = speed.map_timings(side=8, n_sample=4, python=None)
    text = speed.page(timings, speed.single_timings(repeats=1), notes, n_sample=4)
    assert all(words in text for words in (*SPEED_HEADS, speed.MAP, "scipy curve_fit"))


def test_same_condition_and_seed_give_the_same_readings_whatever_else_is_run() -> None:
    first, again, other = (readings(EDGES[0], n=2, seed=seed) for seed in (1, 1, 2))
    assert first == again != other


@pytest.mark.parametrize("door", [CLEAN[0], PIXELS[0], SILENT_PASTED[2]], ids=["region", "pixel", "pasted"])
def test_every_door_of_the_conditions_gives_a_row_with_its_target(door: conditions.Condition) -> None:
    ((fault, found),) = conditions.rows([door], n=3, seeds=(1,))
    text = conditions.fault_table(found)
    assert (fault, len(found)) == (door.fault, 2)
    assert door.label in text
    assert f"(≥{door.target.coverage:g})" in text


def test_the_page_keeps_its_conditions_and_names_each_row_that_is_not_met(tmp_path: Path) -> None:
    condition = CLEAN[0]
    low = Reading(50.0, 45.0, 55.0, grade=0)
    score = scored(condition, [low, low])
    kept = [
        {"fault": condition.fault, **asdict(score), "missed": missed_by(score, condition.target)},
        {"fault": condition.fault, **asdict(score), "label": "all", "missed": ()},
    ]
    (tmp_path / "conditions.json").write_text(json.dumps(kept), encoding="utf-8")
    place = tmp_path / "accuracy.md"
    place.write_text("# Others\n\nA table.\n", encoding="utf-8")
    for _ in range(2):
        conditions.main(["--page", "--n", "5", "--docs", str(tmp_path), "--build", str(tmp_path)])
    text = place.read_text(encoding="utf-8")
    assert text.startswith("# Others\n\nA table.\n\n## Where the fit is known to go wrong")
    assert text.count(condition.label) == 1 and "0 of 1" in text
    assert "milder class 100.0 (≤1)" in text
    assert tables.without_conditions(text) + tables.conditions_of(text) == text


def test_a_falsely_low_number_and_a_milder_class_miss_their_target() -> None:
    condition = CLEAN[0]
    low, right = Reading(50.0, 45.0, 55.0, grade=0), Reading(1000.0 / condition.tissue.t2star_ms, 700.0, 900.0, grade=4)
    asked = Target(falsely_low=0.0, milder=0.0, silent=0.0, withheld=0.0)
    assert missed_by(scored(condition, [right, right]), asked) == ()
    assert missed_by(scored(condition, [right, low]), asked) == ("falsely_low", "milder", "silent")


def test_this_class_or_worse_is_right_for_a_worse_truth() -> None:
    limit = Reading(np.nan, 400.0, np.inf, grade=3, at_least=True)
    score = scored(CLEAN[0], [limit, limit])
    assert (score.coverage, score.wrong, score.milder, score.withheld) == (100.0, 0.0, 0.0, 0.0)


def test_every_condition_asks_for_something_and_is_told_from_every_other() -> None:
    names = [(condition.fault, condition.label) for condition in CONDITIONS]
    assert len(set(names)) == len(names)
    assert [condition.label for condition in CONDITIONS if condition.target == Target()] == []
    assert 0 not in KEPT_SEEDS


def test_circles_tell_inside_from_mixed_and_name_what_failed() -> None:
    inside = circles.Circle("exam, liver, 3 ms", 0.0, 3, 3, (), "")
    mixed = circles.Circle("exam, liver, 3 ms", 0.5, 0, 3, ("PIXELS_SCREENED",), "")
    verdicts = circles.verdicts([inside, mixed])
    assert "1 of 1" in verdicts[0] and "**not met**" in verdicts[0]
    assert "100.0 % of 1" in verdicts[2] and verdicts[2].endswith(" met.")


def test_a_circle_over_an_exam_knows_its_share_of_other_tissue() -> None:
    found = list(circles.circles(1, seed=3))
    assert 0.0 <= found[0].share <= 1.0
    assert circles.band_table(found).count("\n") == len(circles.BANDS) + 1


def test_software_that_is_not_installed_is_named_and_gets_no_number(monkeypatch: pytest.MonkeyPatch) -> None:
    def absent(te_ms: object, signals: object) -> None:
        raise ModuleNotFoundError("No module named 'peer'", name="peer")

    monkeypatch.setattr(peers, "METHODS", {"peer": absent})
    found = peers.run(LIVER.te_ms, decays(LIVER.te_ms, np.array([2.0])), repeats=1)
    assert {key: str(value) for key, value in found.items()} == {"peer/missing": "not installed here: peer"}


def test_the_documents_in_the_checkout_carry_the_comparison(docs: Path) -> None:
    for name, heads in (("accuracy.md", ACCURACY_HEADS), ("speed.md", SPEED_HEADS)):
        text = (docs / name).read_text(encoding="utf-8")
        assert [words for words in (*heads, *OTHERS) if words not in text] == []


def test_the_explanation_quotes_what_the_script_computes(docs: Path) -> None:
    text = (docs / "fitting.md").read_text(encoding="utf-8")
    assert {name: number for name, number in explain.facts().items() if number not in text} == {}


def test_every_picture_is_there_small_and_described(docs: Path) -> None:
    text = "".join((docs / name).read_text(encoding="utf-8") for name in ("fitting.md", "accuracy.md"))
    pictures = dict(re.findall(r"!\[([^]]*)]\(([^)]+)\)", text))
    assert len(pictures) == 9
    for words, place in pictures.items():
        assert len(words) > 40
        assert (docs / place).stat().st_size < 150_000


# ---------------------------------------------------------------------------------------------- mutants


@pytest.mark.parametrize("part", PARTS)
def test_a_part_to_be_mutated_names_code_and_tests_that_exist(part: str) -> None:
    assert modules(part)
    assert files_of_tests(part) and all((ROOT / place).is_file() for place in files_of_tests(part))


LIMITS = """\
LIMIT = 2
TWICE = 2 * LIMIT


def is_far(x):
    return x > TWICE


def is_near(x):
    return x < 1
"""


def test_a_change_is_asked_of_the_tests_that_call_its_function_or_mention_what_it_makes() -> None:
    code = Code({"limits.py": LIMITS})
    assert code.matters("limits.py", 10) == ({"limits.py:9"}, set())
    assert code.matters("limits.py", 1) == ({"limits.py:5"}, {"LIMIT", "TWICE"})


def test_a_function_gets_its_changed_code_and_a_constant_wants_a_fresh_start() -> None:
    module = ModuleType("limits")
    exec(compile(LIMITS, "limits.py", "exec"), vars(module))
    assert exchange(module, LIMITS.replace("x < 1", "x < 9"), 10)
    assert module.is_near(8) and not module.is_far(4)
    assert not exchange(module, LIMITS.replace("LIMIT = 2", "LIMIT = 3"), 1)


def test_a_change_called_equivalent_has_a_reason_and_changes_a_module_that_exists() -> None:
    assert all(
        why and before != after and (ROOT / module).is_file() for (module, before, after), why in equivalents().items()
    )


def test_each_part_of_the_speed_page_leaves_the_others_alone() -> None:
    page = f"# Speed\n\n{tables.LIBRARY_HEADING}\n\nold\n\n{tables.CROWD_HEADING}\n\nkept\n"
    written = library.written_into(page, f"{tables.LIBRARY_HEADING}\n\nnew\n")
    assert written == f"# Speed\n\n{tables.LIBRARY_HEADING}\n\nnew\n\n{tables.CROWD_HEADING}\n\nkept\n"
    assert tables.library_of(written) == f"\n{tables.LIBRARY_HEADING}\n\nnew\n\n{tables.CROWD_HEADING}\n\nkept\n"
    assert library.written_into("# Speed\n", f"{tables.LIBRARY_HEADING}\n\nnew\n").endswith("new\n")
