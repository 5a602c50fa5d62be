"""The shape of the knowledge files, checked on load.

Each class is one kind of entry in ``organs/*.toml``, ``diseases/*.toml`` and the three shared files.
A misspelt key, a number in quotes, an unknown form or a curve that contradicts its own worked
example is refused here; what needs several files at once is checked in ``loading``.
"""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StrictBool, model_validator

from ironreport.knowledge.curves import FORMS

Number = Annotated[float, Field(strict=True, allow_inf_nan=False)]
Name = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]*$")]
Text = Annotated[str, Field(min_length=1)]
Evidence = Literal["A", "B", "C", "derived", "definition", "rejected"]
Quantity = Literal["t2star_ms", "r2star_per_s", "t2_ms", "r2_per_s", "lic_mg_per_g", "mic_mg_per_g"]
NoteQuantity = Quantity | Literal["t1_ms", "ferritin_ng_per_ml"]
Severity = Literal[
    "normal",
    "borderline",
    "indeterminate",
    "mild",
    "mild-moderate",
    "increased",
    "moderate",
    "moderate-severe",
    "markedly-increased",
    "severe",
]
Form = Literal["linear", "power", "power-after-field-conversion", "sigmoid-r2"]

UNUSABLE = frozenset({"C", "rejected"})
"""Evidence that is never selected or graded with."""

WORKED_EXAMPLE_TOLERANCE = 1e-3
"""Worked examples are written with three decimals or four digits: half of that, doubled."""


class Entry(BaseModel):
    """Base of all entries: frozen, and a key that is not known is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Cited(Entry):
    """An entry with evidence status and sources; ``where`` says where in them the number stands.

    Status C (not confirmed) and rejected (known wrong, kept to be shown as such) ship disabled, whatever
    the file says elsewhere; ``enabled = false`` disables more.
    """

    evidence: Evidence
    sources: Annotated[tuple[Name, ...], Field(min_length=1)]
    where: str = ""
    enabled: StrictBool = True
    note: str = ""

    @property
    def usable(self) -> bool:
        """True for entries that may be selected or graded with."""
        return self.enabled and self.evidence not in UNUSABLE


SourceKind = Literal["paper", "guideline", "label", "registry page", "company", "web", "design", "site"]
PRINTED_KINDS = frozenset({"paper", "guideline", "label", "site"})
"""Kinds of sources that a printed sentence may rest on; the others are shown where the knowledge is browsed.

Only settings make a source of the kind "site": what a hospital measured itself."""


class Source(Entry):
    """A reference: what kind it is, citation, DOI where known, and how much of it was read."""

    kind: SourceKind
    citation: Text
    doi: Annotated[str, Field(pattern=r"^10\.\S+/\S+$")] | None = None
    read: Text


class FieldStrength(Entry):
    """A class of field strengths that shares calibrations: ``from_tesla`` <= B0 < ``below_tesla``."""

    id: Text
    label: Text
    from_tesla: Number
    below_tesla: Number


class WorkedExample(Entry):
    """One input and the output it must give; recomputed on load."""

    input: Number
    output: Number


class Calibration(Cited):
    """A published curve from a relaxation rate or time to iron, for one class of field."""

    id: Name
    field: Text
    input: Quantity
    output: Quantity
    form: Form
    coefficients: dict[str, Number]
    worked_example: WorkedExample
    default: StrictBool = False
    label: Text
    cohort: Text
    reference_method: str = ""
    fit_model: str = ""
    range_high: Number | None = None
    requires: Literal["", "ferriscan-r2"] = ""
    information_only: StrictBool = False

    @model_validator(mode="after")
    def _curve_is_whole_and_right(self) -> Self:
        form = FORMS[self.form]
        if set(self.coefficients) != form.coefficients:
            raise ValueError(f"form '{self.form}' needs the coefficients {sorted(form.coefficients)}")
        computed = form.value(self.worked_example.input, self.coefficients)
        if abs(computed - self.worked_example.output) > WORKED_EXAMPLE_TOLERANCE * max(1.0, abs(computed)):
            raise ValueError(
                f"the worked example says {self.worked_example.output:g} but the coefficients give {computed:.4f}; "
                "compare both with the paper"
            )
        return self

    def iron_mg_per_g(self, x: float) -> float:
        """Iron [mg/g dry weight] of the input quantity, never below zero."""
        return max(FORMS[self.form].value(x, self.coefficients), 0.0)

    def input_for(self, iron_mg_per_g: float) -> float:
        """Value of the input quantity that gives this iron [mg/g dry weight]."""
        return FORMS[self.form].inverse(iron_mg_per_g, self.coefficients)

    def formula(self, x: str) -> str:
        """The curve written down with ``x`` (a symbol or a number) put in."""
        return FORMS[self.form].text(x, self.coefficients)


class Grade(Entry):
    """One class of a ladder; ``bound`` is where the next worse class begins (none for the last).

    ``short`` is the label where there is little room.
    """

    id: Name
    label: Text
    short: str = ""
    severity: Severity
    sentence: Name
    bound: Number | None = None
    bound_included: StrictBool = False


class Ladder(Cited):
    """Severity classes from best to worst: one bound per grade, so no gap and no overlap.

    ``beside``: where another ladder is chosen, the class by this one is shown beside it.
    """

    id: Name
    quantity: Quantity
    worse: Literal["higher", "lower"]
    fields: Annotated[tuple[Text, ...], Field(min_length=1)]
    label: Text
    default: StrictBool = False
    provisional: StrictBool = False
    beside: StrictBool = False
    caveat: str = ""
    grades: Annotated[tuple[Grade, ...], Field(min_length=2)]

    @model_validator(mode="after")
    def _bounds_run_one_way(self) -> Self:
        if any(g.bound is None for g in self.grades[:-1]) or self.grades[-1].bound is not None:
            raise ValueError("every grade but the last needs a bound, and the last must have none")
        bounds = self.bounds
        if list(bounds) != sorted(set(bounds), reverse=self.worse == "lower"):
            raise ValueError(f"bounds are out of order: {', '.join(f'{b:g}' for b in bounds)}")
        if self.worse == "lower" and any(g.bound_included for g in self.grades):
            raise ValueError("bound_included is for ladders where higher is worse")
        if len({g.id for g in self.grades}) != len(self.grades):
            raise ValueError("two grades have the same id")
        return self

    @property
    def bounds(self) -> tuple[float, ...]:
        """Class limits, best to worst."""
        return tuple(g.bound for g in self.grades if g.bound is not None)

    def grade_of(self, value: float) -> Grade:
        """The grade of a value; limits belong to the band above them unless ``bound_included``."""
        return next(g for g in self.grades if g.bound is None or self._within(value, g))

    def _within(self, value: float, grade: Grade) -> bool:
        assert grade.bound is not None  # noqa: S101 - narrowing for the type checker, not a check of input
        if self.worse == "lower":
            return value >= grade.bound
        return value <= grade.bound if grade.bound_included else value < grade.bound

    def index(self, grade_id: str) -> int:
        """Position of a grade, best (0) to worst."""
        return [g.id for g in self.grades].index(grade_id)

    def grade(self, grade_id: str) -> Grade:
        """The grade of an id."""
        return self.grades[self.index(grade_id)]


class Flag(Cited):
    """A limit of its own beside the ladder, e.g. the 6 ms flag of the heart."""

    id: Name
    quantity: Quantity
    field: Text
    below: Number
    text: Text


class Precision(Cited):
    """Repeatability as coefficient of variation; ``default`` is used for the interval.

    ``other_scanner`` is used for a change between two scanners.
    """

    id: Name
    cov_percent: Number
    kind: Text
    default: StrictBool = False
    other_scanner: StrictBool = False


class Check(Cited):
    """A limit on the acquisition, with the sentence to print when it is crossed.

    ``crossed`` is the closed list of what can be compared with ``value``. That of the first echo and the spacing
    together is only asked of signals whose header does not say that they are gradient echoes. Where ``withholds``
    is set no class is given.
    """

    id: Name
    crossed: Literal[
        "time-per-first-te-below", "first-te-ms-above", "unlabelled-first-te-and-spacing-ms-above", "r2star-per-s-above"
    ]
    value: Number
    text: Text
    withholds: StrictBool = False


class Plausible(Cited):
    """What a tissue cannot have: a value ``above`` or ``below`` which no class is given, as it cannot be the organ's.

    Empty ``fields`` hold at every field. ``why`` ends the sentence that says so.
    """

    id: Name
    quantity: Quantity
    fields: tuple[Text, ...] = ()
    above: Number | None = None
    below: Number | None = None
    why: Text

    @model_validator(mode="after")
    def _has_one_end(self) -> Self:
        if (self.above is None) == (self.below is None):
            raise ValueError("a plausible range is written one end at a time: above or below")
        return self

    def excludes(self, value: float) -> bool:
        """True for a value that the organ cannot have."""
        return value > self.above if self.above is not None else self.below is not None and value < self.below


class Note(Cited):
    """A sentence to print with the organ; never graded with.

    ``quantity`` and ``value`` (with ``field``) repeat its one number where a rule may need it.
    """

    id: Name
    text: Text
    quantity: NoteQuantity | None = None
    value: Number | None = None
    field: str = ""

    @model_validator(mode="after")
    def _number_is_whole(self) -> Self:
        if (self.quantity is None) != (self.value is None):
            raise ValueError("a note with a value names its quantity, and one with a quantity gives the value")
        return self


class Sentence(Cited):
    """A sentence of interpretation; ``{class}``, ``{ladder}``, ``{calibration}`` are filled in."""

    text: Text
