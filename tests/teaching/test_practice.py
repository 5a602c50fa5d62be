"""Practice: tasks with known truth, honest scores, mistakes that come back, files that survive."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import NoReturn

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from ironreport.knowledge import published_knowledge
from ironreport.records import Region
from ironreport.report.pdf.page_pictures import n_pages, page_text
from ironreport.report.pdf.sheet_page import write_sheet
from ironreport.teaching import repetition
from ironreport.teaching.case_numbers import read_at_bench
from ironreport.teaching.classroom import mistakes, spreads, summary_sheet
from ironreport.teaching.practice import NOT_ESTIMABLE, Task, choices_of, kinds, kinds_at, score, task
from ironreport.teaching.practice_file import Answered, Pack, PracticeError, Progress, open_pack, open_progress, save
from ironreport.teaching.practice_marking import (
    marked,
    next_of_pack,
    next_task,
    program_says,
    tasks_of_pack,
    with_answer,
)
from ironreport.teaching.reader_outlines import MOST_CORNERS, Outline, outline_of, outline_spread

KNOWLEDGE = published_knowledge()
NOW = datetime(2026, 11, 29, 12, tzinfo=UTC)
BY_ID = {kind.id: kind for kind in kinds()}


def drawn(kind: str, seed: int = 1) -> Task:
    return task(BY_ID[kind], seed, KNOWLEDGE)


def answered(kind: str = "clean", *, right: bool = True, confidence: float = 0.8, seed: int = 1) -> Answered:
    truth = drawn(kind, seed).truth
    said = truth if right else next(c for c in choices_of(BY_ID[kind].organ, KNOWLEDGE) if c != truth)
    return marked(drawn(kind, seed), said, confidence, 3.0)


@given(kind=st.sampled_from(kinds()), seed=st.integers(0, 10**9))
@settings(max_examples=40, deadline=None)
def test_a_task_is_the_same_for_the_same_seed_and_its_truth_is_a_class_one_may_name(kind, seed: int) -> None:  # type: ignore[no-untyped-def]
    found = task(kind, seed, KNOWLEDGE)
    assert found == task(kind, seed, KNOWLEDGE)
    assert found.truth in choices_of(kind.organ, KNOWLEDGE)
    assert kind.t2star_ms[0] * 0.99 <= found.t2star_ms <= kind.t2star_ms[1] * 1.01
    assert (found.images is None) == bool(found.data.te_ms)
    assert (found.truth == NOT_ESTIMABLE) == kind.not_estimable


def test_levels_grow_and_every_kind_has_its_rule() -> None:
    assert len(kinds_at(1)) < len(kinds_at(2)) < len(kinds_at(3)) == len(kinds())
    assert all(kind.rule.endswith(".") and "!" not in kind.rule for kind in kinds())


def test_a_clean_decay_read_plainly_gives_the_truth_and_a_trap_does_not() -> None:
    for seed in range(4):
        clean = drawn("clean", seed)
        assert read_at_bench(clean.data, "least-squares", ()).t2star_ms == pytest.approx(clean.t2star_ms, rel=0.06)
        mixed = drawn("vessels", seed)
        plain = read_at_bench(mixed.data, "least-squares", ()).t2star_ms
        assert plain is not None and plain > 1.15 * mixed.t2star_ms


def test_the_program_answers_a_clean_task_right_and_gives_no_number_where_none_can_be() -> None:
    clean = drawn("clean", 3)
    assert program_says(clean, KNOWLEDGE).class_word.startswith(clean.truth)
    assert not program_says(drawn("too-late"), KNOWLEDGE).severity


# -------------------------------------------------------------------------------------- the score


def test_the_brier_score_is_zero_for_who_is_sure_and_right_and_a_quarter_for_a_coin() -> None:
    assert score([answered(confidence=1.0)]).brier == 0.0
    coin = [answered(confidence=0.5), answered(confidence=0.5, right=False)]
    assert score(coin).brier == pytest.approx(0.25)
    assert score([answered(confidence=0.9, right=False)]).brier == pytest.approx(0.81)
    assert score([]).brier is None


def test_confidence_is_compared_with_what_was_right_band_by_band() -> None:
    found = score([answered(confidence=0.95), answered(confidence=0.95, right=False), answered(confidence=0.55)])
    assert found.by_confidence == ((0.55, 1.0, 1), (pytest.approx(0.95), 0.5, 2))
    assert (found.n, found.n_right) == (3, 2)
    assert found.by_kind == (("clean", 3, 2),)


# ---------------------------------------------------------------------------------- what comes back


@pytest.fixture
def scheduler(not_here: Callable[[str], NoReturn]) -> None:
    if not repetition.is_scheduled():
        not_here("The package fsrs (the extra learn) is not installed.")


def test_what_went_wrong_comes_back_sooner_than_what_went_right(scheduler: None) -> None:
    held = with_answer(Progress(), answered("vessels", right=False), NOW)
    held = with_answer(held, answered("clean", confidence=0.95), NOW)
    assert held.memory["vessels"].due < held.memory["clean"].due
    soon = NOW + timedelta(hours=1)
    assert repetition.due(held, ("clean", "vessels"), soon) == ("vessels",)
    assert repetition.due(held, ("clean", "vessels"), NOW - timedelta(days=1)) == ()
    assert next_task(held, 3, soon, seed=5)[0].id == "vessels"
    assert repetition.next_due(held) == held.memory["vessels"].due


def test_a_kind_that_goes_right_again_and_again_waits_longer_and_longer(scheduler: None) -> None:
    held, now, waits = Progress(), NOW, []
    for _ in range(4):
        held = with_answer(held, answered("heart", confidence=0.9), now)
        waits.append(held.memory["heart"].due - now)
        now = held.memory["heart"].due
    assert waits == sorted(waits) and waits[-1] > timedelta(days=20)


def test_a_shaky_right_answer_is_hard_and_a_sure_one_easy() -> None:
    ratings = [
        repetition.rating_of(right=r, confidence=c) for r, c in ((False, 0.9), (True, 0.5), (True, 0.7), (True, 0.9))
    ]
    assert ratings == [repetition.AGAIN, repetition.HARD, repetition.GOOD, repetition.EASY]


def test_without_the_scheduler_what_went_wrong_last_is_due(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(repetition, "is_scheduled", lambda: False)
    held = with_answer(Progress(), answered("vessels", right=False), NOW)
    held = with_answer(held, answered("clean"), NOW)
    assert held.memory == {}
    assert repetition.due(held, ("clean", "vessels", "heart"), NOW) == ("vessels",)


# --------------------------------------------------------------------------------------- the files


def test_progress_comes_back_from_its_file_as_it_was() -> None:
    held = with_answer(Progress(name="R. One"), answered(), NOW)
    assert open_progress(save(held)) == held
    pack = Pack(pack="Workshop", seed=3, n_tasks=5, level=2)
    assert open_pack(save(pack)) == pack


@pytest.mark.parametrize(
    "content",
    [
        b"", b"{", b"[]", b'{"version": 2}', b'{"answers": [{"kind": "clean"}]}',
        b'{"memory": {"clean": {"state": 9}}}',
        b'{"name": "' + b"x" * 41 + b'"}', b'{"unknown": 1}', b" " * (2 * 2**20 + 1),
    ],
)  # fmt: skip
def test_a_file_that_is_no_progress_is_refused_with_a_cure(content: bytes) -> None:
    with pytest.raises(PracticeError) as refused:
        open_progress(content)
    assert "this page saved" in refused.value.refusal.cure
    with pytest.raises(PracticeError):
        open_pack(content)


def test_an_answer_of_impossible_numbers_is_refused() -> None:
    held = json.loads(save(with_answer(Progress(), answered(), NOW)))
    for key, value in (("confidence", 1.5), ("t2star_ms", -1.0), ("true_t2star_ms", 0.0), ("right", "yes")):
        changed = {**held, "answers": [{**held["answers"][0], key: value}]}
        with pytest.raises(PracticeError, match="answers"):
            open_progress(json.dumps(changed).encode())


def test_the_summary_is_one_printed_page() -> None:
    held = Progress(name="R. One")
    for seed, right in enumerate((True, False, True, True)):
        held = with_answer(held, answered("clean" if right else "vessels", right=right, seed=seed), NOW)
    pdf = write_sheet(summary_sheet(held, "IronReport"))
    assert n_pages(pdf) == 1
    text = page_text(pdf, 0)
    assert "R. One" in text and "3 of 4 answers right" in text and "Vessels in the region" in text
    assert n_pages(write_sheet(summary_sheet(Progress(), "IronReport"))) == 1


# --------------------------------------------------------------------------------------- a class


def of_pack(pack: Pack, name: str, t2star_ms: float, *, wrong: int = 0) -> Progress:
    held = Progress(name=name, pack=pack)
    for i, (kind, seed) in enumerate(tasks_of_pack(pack)):
        found = task(kind, seed, KNOWLEDGE)
        said = next(c for c in choices_of(kind.organ, KNOWLEDGE) if c != found.truth) if i < wrong else found.truth
        held = with_answer(held, marked(found, said, 0.8, t2star_ms), NOW)
    return held


def test_a_pack_gives_everybody_the_same_tasks_in_the_same_order_to_its_end() -> None:
    pack = Pack(pack="Workshop", seed=3, n_tasks=4, level=3)
    assert tasks_of_pack(pack) == tasks_of_pack(open_pack(save(pack)))
    assert tasks_of_pack(pack) != tasks_of_pack(pack.model_copy(update={"seed": 4}))
    held = Progress(pack=pack)
    assert next_task(held, 1, NOW, 1) == next_of_pack(held, pack) == tasks_of_pack(pack)[0]
    assert next_of_pack(of_pack(pack, "A", 3.0), pack) is None


def test_the_outlines_of_readers_are_compared_pixel_by_pixel() -> None:
    square = Region("rectangle", 50.0, 50.0, 10.0, 10.0)
    half_over = Region("rectangle", 50.0, 55.0, 10.0, 10.0)
    drawn_round = Region.polygon([(45.5 + 10 * (i > 900), 45.5 + 10 * (300 < i < 1500)) for i in range(1800)])
    outside = Region("ellipse", -100.0, 50.0, 10.0, 10.0)
    found = outline_spread([outline_of(one) for one in (square, square, half_over, outside)])
    assert found is not None
    assert (found.n_readers, found.fewest_pixels, found.most_pixels) == (3, 100, 100)
    assert found.least_dice == pytest.approx(0.5) and found.dice == pytest.approx(2 / 3)
    assert len(outline_of(drawn_round).points) <= MOST_CORNERS
    assert outline_spread([outline_of(square), outline_of(outside)]) is None
    asked = drawn("region-septum")
    held = with_answer(Progress(), marked(asked, asked.truth, 0.8, 20.0, square), NOW)
    assert open_progress(save(held)) == held
    (both,) = spreads([held, held])
    assert both.of_outlines is not None and both.of_outlines.dice == 1.0


@pytest.mark.parametrize("changed", [{"height": 0.0}, {"shape": "polygon"}, {"row": 1e9}, {"shape": "star"}])
def test_an_outline_that_is_none_is_refused(changed: dict[str, object]) -> None:
    good = outline_of(Region("ellipse", 50.0, 50.0, 10.0, 10.0)).model_dump()
    with pytest.raises(ValidationError):
        Outline.model_validate({**good, **changed})


def test_results_of_a_class_are_collected_by_mistake_and_by_spread() -> None:
    pack = Pack(pack="Workshop", seed=3, n_tasks=6, level=2)
    classroom = [of_pack(pack, "A", 3.0, wrong=2), of_pack(pack, "B", 3.3, wrong=1), of_pack(pack, "C", 3.0)]
    classroom[2] = with_answer(classroom[2], answered("too-late", right=False), NOW)
    everything = mistakes(classroom)
    assert sum(wrong for _, _, wrong in everything) == 4
    shares = [wrong / n for _, n, wrong in everything]
    assert shares == sorted(shares, reverse=True)
    assert sum(wrong for _, _, wrong in mistakes(classroom, pack)) == 3
    found = spreads(classroom, pack)
    assert len(found) == 6
    assert {s.n_readers for s in found} == {3}
    assert found[0].cov_percent == pytest.approx(5.59, abs=0.01)
    assert found[0].of_outlines is None
    assert spreads([Progress(), Progress()]) == []
