"""The mark of a practice answer, and what comes next."""

from __future__ import annotations

from datetime import datetime

import numpy as np

from ironreport.assess.assessment import assess
from ironreport.knowledge import Knowledge
from ironreport.records import Choices, DecaySignal, Exam, Measurement, Region
from ironreport.report.cards import card
from ironreport.report.content import Card
from ironreport.teaching.practice import PracticeKind, Task, kinds_at
from ironreport.teaching.practice_file import Answered, Pack, Progress
from ironreport.teaching.reader_outlines import outline_of
from ironreport.teaching.repetition import due, remembered

MOST_SEED = 10**9


def marked(task: Task, said: str, confidence: float, t2star_ms: float | None, region: Region | None = None) -> Answered:
    """The answer to a task with its mark: right where the class is the true one."""
    return Answered(
        kind=task.kind.id, seed=task.seed, said=said, truth=task.truth, right=said == task.truth,
        confidence=confidence, t2star_ms=t2star_ms, true_t2star_ms=task.t2star_ms,
        outline=outline_of(region) if region else None,
    )  # fmt: skip


def with_answer(progress: Progress, answer: Answered, now: datetime) -> Progress:
    """The progress with one answer more, and its kind remembered."""
    kept = progress.model_copy(update={"answers": (*progress.answers, answer)})
    return remembered(kept, answer.kind, now, right=answer.right, confidence=answer.confidence)


def next_task(progress: Progress, level: int, now: datetime, seed: int) -> tuple[PracticeKind, int]:
    """Kind and seed of the next task: of the pack in hand, else what is due, else one at random."""
    if progress.pack is not None and (found := next_of_pack(progress, progress.pack)) is not None:
        return found
    offered = kinds_at(level)
    waiting = due(progress, tuple(kind.id for kind in offered), now)
    rng = np.random.default_rng(seed)
    kind = next((k for k in offered if waiting and k.id == waiting[0]), offered[int(rng.integers(len(offered)))])
    return kind, int(rng.integers(MOST_SEED))


def tasks_of_pack(pack: Pack) -> tuple[tuple[PracticeKind, int], ...]:
    """Kind and seed of each task of a pack; the same for everybody."""
    rng, offered = np.random.default_rng(pack.seed), kinds_at(pack.level)
    return tuple((offered[int(rng.integers(len(offered)))], int(rng.integers(MOST_SEED))) for _ in range(pack.n_tasks))


def next_of_pack(progress: Progress, pack: Pack) -> tuple[PracticeKind, int] | None:
    """The first task of a pack that was not answered yet; None when it is through."""
    done = {(answer.kind, answer.seed) for answer in progress.answers}
    return next(((kind, seed) for kind, seed in tasks_of_pack(pack) if (kind.id, seed) not in done), None)


def program_says(task: Task, knowledge: Knowledge) -> Card:
    """The card that this program prints for the echoes of a task."""
    signal = DecaySignal(task.kind.organ, task.data.te_ms, task.data.signal, field_tesla=1.5, origin="practice")
    assessment = assess(Exam("Practice", measurements=(Measurement(signal, Choices()),)), knowledge)
    return card(assessment.findings[0], assessment, knowledge)
