"""The shape of one guided case: a file of ``cases/`` or of a folder that the settings name, checked when it is read.

What a case says of numbers (``reading``) is recomputed when it is read, so that a case cannot teach a wrong one.
"""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, StrictBool, model_validator

from ironreport.knowledge.schema import Entry, Name, Number, Text

Method = Literal["log-linear", "least-squares", "constant", "program", "typed"]
Topic = Literal["region", "echoes", "model", "calibration", "class", "interval", "next scan", "context"]
Positive = Annotated[Number, Field(gt=0)]
MOST_ECHOES = 64
EchoNumber = Annotated[int, Field(ge=1, le=MOST_ECHOES)]
Sentence = Annotated[str, Field(min_length=8, max_length=900)]


class DecayPart(Entry):
    """One exponential of a recipe."""

    s0: Positive
    t2star_ms: Positive


class SignalRecipe(Entry):
    """How the printed signals were made: they must come out again exactly, rounded to whole numbers.

    ``noise_sd`` makes the mean Rician signal, ``fat_beat_ms`` is the period of fat against water.
    """

    part: Annotated[tuple[DecayPart, ...], Field(min_length=1)]
    noise_sd: Annotated[Number, Field(ge=0)] = 0.0
    fat_fraction: Annotated[Number, Field(ge=0, lt=1)] = 0.0
    fat_beat_ms: Positive | None = None
    weak_echo: EchoNumber | None = None
    weak_factor: Annotated[Number, Field(gt=0, lt=1)] = 1.0


class CaseData(Entry):
    """The numbers of a case: a train of echoes, or nothing where the case is told in words."""

    field: Text = "1.5"
    te_ms: Annotated[tuple[Positive, ...], Field(max_length=MOST_ECHOES)] = ()
    signal: Annotated[tuple[Annotated[Number, Field(ge=0)], ...], Field(max_length=MOST_ECHOES)] = ()
    recipe: SignalRecipe | None = None
    true_t2star_ms: Positive | None = None

    @model_validator(mode="after")
    def _one_signal_for_each_time(self) -> Self:
        if len(self.te_ms) != len(self.signal):
            raise ValueError("te_ms and signal must have the same number of entries")
        if list(self.te_ms) != sorted(set(self.te_ms)):
            raise ValueError("te_ms must ascend")
        return self


class CaseImages(Entry):
    """Synthetic images of one organ with known truth, drawn on with the real workbench.

    ``scene`` is one of those that ``teaching.scenes`` builds.
    """

    scene: Name
    t2star_ms: Positive
    noise_sd: Positive = 8.0


class PicturePoint(Entry):
    """One point of a picture, with the word beside it."""

    x: Number
    y: Number
    say: Text


class CasePicture(Entry):
    """Points to show with the reveal, where a case has neither echoes nor images."""

    x_title: Text
    y_title: Text
    point: Annotated[tuple[PicturePoint, ...], Field(min_length=1)]


class CaseReading(Entry):
    """One way to read the numbers, what it gives, and where it is wrong, why people do it.

    ``left_out`` are echoes counted from 1. ``lic`` and ``grade`` go by the id of a calibration; a class by T2* itself
    goes by ``t2star``.
    """

    id: Name
    label: Text
    by: Method
    left_out: tuple[EchoNumber, ...] = ()
    field: str = ""
    r2star_per_s: Positive | None = None
    t2star_ms: Positive | None = None
    refused: StrictBool = False
    r_squared: Number | None = None
    lic: dict[str, Number] = Field(default_factory=dict)
    grade: dict[str, str] = Field(default_factory=dict)
    right: StrictBool
    because: Sentence


class CaseAnswer(Entry):
    """One answer to a question; ``reading`` names the reading that it leads to."""

    say: Text
    right: StrictBool = False
    because: Sentence
    reading: str = ""


class CaseQuestion(Entry):
    """A question with its answers, or one that is answered at the bench (method and echoes) or by a region."""

    id: Name
    topic: Topic
    ask: Sentence
    hint: Sentence
    kind: Literal["choice", "bench", "region"] = "choice"
    answer: tuple[CaseAnswer, ...] = ()
    within: Annotated[Number, Field(gt=0, lt=0.5)] = 0.03

    @model_validator(mode="after")
    def _can_be_answered(self) -> Self:
        if self.kind == "choice" and not (any(a.right for a in self.answer) and any(not a.right for a in self.answer)):
            raise ValueError("a question needs a right answer and a wrong one")
        if self.kind != "choice" and self.answer:
            raise ValueError("answers are written for questions of the kind 'choice' only")
        return self


class Case(Entry):
    """One guided case."""

    id: Name
    number: Annotated[int, Field(ge=1, le=9999, strict=True)]
    title: Text
    organ: Name
    mistake: Text
    vignette: Sentence
    reveal: Sentence
    line: Text
    sources: Annotated[tuple[Name, ...], Field(min_length=1)]
    data: CaseData = CaseData()
    images: CaseImages | None = None
    picture: CasePicture | None = None
    reading: tuple[CaseReading, ...] = ()
    question: Annotated[tuple[CaseQuestion, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _parts_fit(self) -> Self:
        ids = [r.id for r in self.reading]
        if len(set(ids)) < len(ids):
            raise ValueError("two readings have the same id")
        for question in self.question:
            if question.kind == "bench" and not self.data.te_ms:
                raise ValueError(f"question '{question.id}' asks for the bench, and there are no echoes")
            if question.kind == "region" and self.images is None:
                raise ValueError(f"question '{question.id}' asks for a region, and there are no images")
            for answer in question.answer:
                if answer.reading and answer.reading not in ids:
                    raise ValueError(f"an answer names the reading '{answer.reading}', which is not there")
        return self
