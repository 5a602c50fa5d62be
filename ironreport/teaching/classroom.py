"""Results of a class in one table: who did how, which mistakes how often, and how far readers differ on one task."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass

from ironreport.report.explained.sheet import LessonSheet, SheetChart, SheetCurve, SheetPart
from ironreport.teaching.practice import NOT_ESTIMABLE, kinds, score
from ironreport.teaching.practice_file import Answered, Pack, Progress
from ironreport.teaching.practice_marking import tasks_of_pack
from ironreport.teaching.reader_outlines import Outline, OutlineSpread, outline_spread
from ironreport.teaching.words import say


@dataclass(frozen=True, slots=True)
class Spread:
    """How far the readers of a class differ on one task: CoV of their T2*, where two or more gave one, and outlines."""

    kind: str
    seed: int
    n_readers: int
    n_right: int
    cov_percent: float | None
    outlines: tuple[Outline, ...] = ()

    @property
    def of_outlines(self) -> OutlineSpread | None:
        """How alike the outlines are; None where fewer than two were drawn."""
        return outline_spread(self.outlines)


def answers_to(progress: Progress, pack: Pack | None) -> tuple[Answered, ...]:
    """The answers of one reader, those of a pack only where there is one."""
    if pack is None:
        return progress.answers
    asked = {(kind.id, seed) for kind, seed in tasks_of_pack(pack)}
    return tuple(answer for answer in progress.answers if (answer.kind, answer.seed) in asked)


def mistakes(classroom: Sequence[Progress], pack: Pack | None = None) -> list[tuple[str, int, int]]:
    """Kind of task, answers and wrong ones, the kind that went wrong most often first."""
    everything = [answer for one in classroom for answer in answers_to(one, pack)]
    found = [(kind, n, n - n_right) for kind, n, n_right in score(everything).by_kind]
    return sorted(found, key=lambda row: -row[2] / row[1])


def spreads(classroom: Sequence[Progress], pack: Pack | None = None) -> list[Spread]:
    """The spread between readers on each task that more than one of them answered."""
    by_task: dict[tuple[str, int], list[Answered]] = {}
    for one in classroom:
        first = {(a.kind, a.seed): a for a in reversed(answers_to(one, pack))}
        for key, answer in first.items():
            by_task.setdefault(key, []).append(answer)
    shared = {key: found for key, found in by_task.items() if len(found) > 1}
    return [Spread(*key, len(a), sum(x.right for x in a), _cov(a), _outlines(a)) for key, a in shared.items()]


def _cov(answers: Sequence[Answered]) -> float | None:
    read = [a.t2star_ms for a in answers if a.t2star_ms is not None]
    return 100.0 * statistics.stdev(read) / statistics.fmean(read) if len(read) > 1 else None


def _outlines(answers: Sequence[Answered]) -> tuple[Outline, ...]:
    return tuple(a.outline for a in answers if a.outline is not None)


def kind_name(kind_id: str) -> str:
    """The name of a kind of task; its id where it is not known here."""
    return next((kind.name for kind in kinds() if kind.id == kind_id), kind_id)


def said_words(said: str) -> str:
    """A class as it is shown."""
    return say("not_estimable") if said == NOT_ESTIMABLE else said


def summary_sheet(progress: Progress, software: str) -> LessonSheet:
    """One printed page on the practice of one resident."""
    found = score(progress.answers)
    brier = f"{found.brier:.2f}" if found.brier is not None else "–"
    line = say("summary_line", n=found.n, right=found.n_right, brier=brier)
    totals = SheetPart(say("summary_totals"), lines=(line, say("brier_means")))
    head = (say("column_kind"), say("column_answers"), say("column_right"))
    rows = tuple((kind_name(kind), str(n), f"{100 * right / n:.0f} %") for kind, n, right in found.by_kind)
    by_kind = SheetPart(say("summary_kinds"), head=head, rows=rows)
    confidence = SheetPart(
        say("summary_confidence"), lines=(say("confidence_means"),), chart=_confidence(found.by_confidence)
    )
    name = progress.name or say("summary_nobody")
    return LessonSheet(say("summary_title"), name, (totals, by_kind, confidence), (say("summary_foot"), software))


def _confidence(bands: Sequence[tuple[float, float, int]]) -> SheetChart:
    mine = SheetCurve(say("curve_reader"), tuple((100 * sure, 100 * right) for sure, right, _ in bands))
    perfect = SheetCurve(say("curve_perfect"), ((0.0, 0.0), (100.0, 100.0)))
    ticks = (0.0, 20.0, 40.0, 60.0, 80.0, 100.0)
    return SheetChart(say("axis_sure"), say("axis_right"), (mine, perfect), ticks, 100.0)
