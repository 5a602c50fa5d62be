"""The progress of a resident in a file of their own, and the pack of tasks that a teacher gives to a class."""

from __future__ import annotations

import json
from typing import Annotated, Literal, TypeVar

from pydantic import AwareDatetime, Field, StrictBool, ValidationError

from ironreport.errors import IronReportError
from ironreport.knowledge.schema import Entry, Name, Number
from ironreport.teaching.reader_outlines import Outline

LARGEST_BYTES = 2 * 2**20
MOST_ANSWERS = 5000
Share = Annotated[Number, Field(ge=0.0, le=1.0)]
Seed = Annotated[int, Field(ge=0, le=10**9)]


Held = TypeVar("Held", "Progress", "Pack")


class PracticeError(IronReportError):
    """A file of the practice cannot be read; the message says why and what to do."""


class Answered(Entry):
    """One answer: which task, what was said, how sure, and what was right.

    ``t2star_ms`` is the T2* that was read, of a region too; None without a number. ``outline`` is the region, where one
    was asked for.
    """

    kind: Name
    seed: Seed
    said: Annotated[str, Field(max_length=60)]
    truth: Annotated[str, Field(max_length=60)]
    right: StrictBool
    confidence: Share
    t2star_ms: Annotated[Number, Field(gt=0)] | None = None
    true_t2star_ms: Annotated[Number, Field(gt=0)]
    outline: Outline | None = None


class Pack(Entry):
    """A pack of tasks for a class: everybody with the same pack gets the same patients."""

    pack: Annotated[str, Field(pattern=r"^[\w \-.]{1,40}$")]
    seed: Seed
    n_tasks: Annotated[int, Field(ge=1, le=200)]
    level: Annotated[int, Field(ge=1, le=3)]


class Memory(Entry):
    """What the scheduler of repetitions knows of one kind of mistake, in its own terms."""

    card_id: int = 1
    state: Annotated[int, Field(ge=1, le=3)]
    step: Annotated[int, Field(ge=0, le=20)] | None = None
    stability: Annotated[Number, Field(gt=0)] | None = None
    difficulty: Annotated[Number, Field(ge=1, le=10)] | None = None
    due: AwareDatetime
    last_review: AwareDatetime | None = None


class Progress(Entry):
    """All that is kept of one resident: answers, memory of each kind of mistake, the pack in hand."""

    version: Literal[1] = 1
    name: Annotated[str, Field(max_length=40)] = ""
    answers: Annotated[tuple[Answered, ...], Field(max_length=MOST_ANSWERS)] = ()
    memory: dict[Name, Memory] = Field(default_factory=dict)
    pack: Pack | None = None


def save(held: Progress | Pack) -> bytes:
    """The file as text."""
    return (json.dumps(held.model_dump(mode="json"), indent=1, ensure_ascii=False) + "\n").encode()


def open_progress(content: bytes) -> Progress:
    """The progress of a file.

    Raises
    ------
    PracticeError
        Where it is none, with what to do.
    """
    return _opened(Progress, content)


def open_pack(content: bytes) -> Pack:
    """The pack of a file.

    Raises
    ------
    PracticeError
        Where it is none, with what to do.
    """
    return _opened(Pack, content)


def _opened(model: type[Held], content: bytes) -> Held:
    what = "progress" if model is Progress else "pack"
    cure = f"Open a file that this page saved as {what}."
    if len(content) > LARGEST_BYTES:
        raise PracticeError("PRACTICE_TOO_LARGE", "The file is larger than 2 MB.", cure)
    try:
        return model.model_validate_json(content)
    except ValidationError as error:
        place = ".".join(map(str, error.errors(include_url=False)[0]["loc"])) or "the file"
        raise PracticeError("NOT_PRACTICE", f"The file is no {what} of this page: see {place}.", cure) from None
