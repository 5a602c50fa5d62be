"""Which kind of mistake comes next: what went wrong comes back, later and later as it goes right.

The times are those of FSRS, by the package ``fsrs`` (MIT, the extra ``learn``). Without it what went wrong the last
time is simply due.
"""

from __future__ import annotations

from datetime import datetime
from importlib.util import find_spec

from ironreport.teaching.practice_file import Memory, Progress

SURE, HESITANT = 0.85, 0.65
"""A right answer counts as easy from the first share of confidence on, and as hard below the second."""
AGAIN, HARD, GOOD, EASY = 1, 2, 3, 4
"""As FSRS counts them."""


def is_scheduled() -> bool:
    """Whether the scheduler is installed."""
    return find_spec("fsrs") is not None


def rating_of(*, right: bool, confidence: float) -> int:
    """What an answer says about memory, from `AGAIN` to `EASY`."""
    if not right:
        return AGAIN
    if confidence >= SURE:
        return EASY
    return GOOD if confidence >= HESITANT else HARD


def remembered(progress: Progress, kind: str, now: datetime, *, right: bool, confidence: float) -> Progress:
    """The progress after an answer of one kind; ``now`` carries its time zone."""
    if not is_scheduled():
        return progress
    import fsrs  # noqa: PLC0415 - an extra

    held = progress.memory.get(kind)
    card = fsrs.Card.from_dict(held.model_dump(mode="json")) if held else fsrs.Card(card_id=1, due=now)  # type: ignore[arg-type]
    rating = fsrs.Rating(rating_of(right=right, confidence=confidence))
    changed, _ = fsrs.Scheduler(enable_fuzzing=False).review_card(card, rating, now)
    memory = Memory.model_validate_json(changed.to_json())
    return progress.model_copy(update={"memory": {**progress.memory, kind: memory}})


def due(progress: Progress, kinds: tuple[str, ...], now: datetime) -> tuple[str, ...]:
    """Kinds that are to be repeated now, the longest overdue first."""
    if not is_scheduled():
        last = {answer.kind: answer.right for answer in progress.answers}
        return tuple(kind for kind in kinds if last.get(kind) is False)
    waiting = {kind: progress.memory[kind].due for kind in kinds if kind in progress.memory}
    return tuple(sorted((kind for kind, at in waiting.items() if at <= now), key=lambda kind: waiting[kind]))


def next_due(progress: Progress) -> datetime | None:
    """When the next kind is due; None before the first answer."""
    return min((memory.due for memory in progress.memory.values()), default=None)
