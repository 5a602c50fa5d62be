"""What is concluded: iron, class, guidance, and the exam they belong to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from ironreport.errors import Refusal
from ironreport.records.fits import DecayFit
from ironreport.records.iron_balance import NOT_STATED, IronBalance, NoBalance, Transfused
from ironreport.records.jupyter import row, table
from ironreport.records.signals import Bound, Caution, DecaySignal, Estimate, PrintedResult


@dataclass(frozen=True, slots=True)
class CalibratedIron:
    """Iron concentration by one calibration; ``beyond_range`` above its calibrated range."""

    calibration: str
    iron: Estimate
    beyond_range: bool = False


@dataclass(frozen=True, slots=True)
class IronEstimate:
    """Relaxation and iron of one organ, with the measurement interval (fit or repeatability).

    ``time`` and ``rate`` are None only where a printed LIC came without its calibration.
    """

    organ: str
    time: Estimate | None
    rate: Estimate | None
    field: str | None
    interval_basis: str
    precision: str | None = None
    iron: CalibratedIron | None = None
    others: tuple[CalibratedIron, ...] = ()
    cautions: tuple[Caution, ...] = ()


@dataclass(frozen=True, slots=True)
class Grading:
    """The class of one organ on one ladder, and the two flags printed with it.

    ``grades_in_interval`` holds every grade the measurement interval touches, best to worst.
    ``probabilities`` holds the share of the measurement error's distribution in each grade it reaches, best to
    worst, empty without an interval. ``bound`` is not empty where the value is only a limit: the grade is then
    the best one possible, and ``grades_in_interval`` ends at the worst of the ladder.
    """

    ladder: str
    quantity: str
    value: float
    grade: str
    grades_in_interval: tuple[str, ...]
    grades_by_calibration: tuple[tuple[str, str], ...]
    provisional: bool = False
    flags: tuple[str, ...] = ()
    probabilities: tuple[tuple[str, float], ...] = ()
    bound: Bound = ""

    @property
    def borderline(self) -> bool:
        """True where the measurement interval crosses a class limit (flag-borderline)."""
        return len(self.grades_in_interval) > 1 and not self.bound

    @property
    def calibration_sensitive(self) -> bool:
        """True where another calibration of the field gives another class."""
        return any(grade != self.grade for _, grade in self.grades_by_calibration)


@dataclass(frozen=True, slots=True)
class Choices:
    """What the reader chose for one measurement; empty text means the hospital's default, else the published one."""

    calibration: str = ""
    ladder: str = ""
    method: str = "auto"
    left_out: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class StoredResult:
    """What an exam file says was found when it was saved: never a result, only compared with what is found now.

    ``values`` holds each quantity with its unrounded value, ``grade`` is empty where there was no class.
    """

    values: tuple[tuple[str, float], ...] = ()
    grade: str = ""
    knowledge: str = ""


@dataclass(frozen=True, slots=True)
class Measurement:
    """One organ's signal (or printed number) with the choices made for it.

    ``stored`` is what the exam file says of it; None where it comes from no file or its choices have changed since.
    """

    signal: DecaySignal | PrintedResult
    choices: Choices = Choices()
    stored: StoredResult | None = None

    @property
    def organ(self) -> str:
        """Organ id of the measurement."""
        return self.signal.organ


@dataclass(frozen=True, slots=True, repr=False)
class Finding:
    """All that is known of one measured organ: as far down the line as it came.

    ``absence`` says why the line ended early; a failure is never a number. ``critical`` where this organ's own
    result is, as flags and rules of the knowledge say.
    """

    organ: str
    measurement: Measurement
    fit: DecayFit | None = None
    estimate: IronEstimate | None = None
    grading: Grading | None = None
    absence: Refusal | None = None
    cautions: tuple[Caution, ...] = ()
    critical: bool = False

    def __repr__(self) -> str:
        time = self.estimate.time if self.estimate else self.fit.time if self.fit else None
        value = " ".join(row(time)) if time else "no value"
        verdict = self.grading.grade if self.grading else self.absence.code if self.absence else "no class"
        return f"Finding({self.organ}, {value}, {verdict}, {len(self.cautions)} cautions)"

    def _repr_html_(self) -> str:
        """What a notebook shows: values, class or why there is none, doubts."""
        known = self.estimate
        lines = [row(estimate) for estimate in (known.rate, known.time) if estimate is not None] if known else []
        if known and known.iron:
            named, value = row(known.iron.iron)
            lines.append((named, "beyond the calibrated range" if known.iron.beyond_range else value))
        if self.grading:
            grade, bound = self.grading.grade, self.grading.bound
            lines.append(("Class", f"{grade}{' or worse' if bound else ''} ({self.grading.ladder})"))
        lines += [("No class", str(self.absence))] if self.absence else []
        return table(self.organ, [*lines, *(("Caution", caution.text) for caution in self.cautions)])


Method = Literal["T2*/R2*", "R2/T2", "other"]
"""How iron was measured: gradient echo, spin echo (FerriScan or T2), anything else."""


@dataclass(frozen=True, slots=True)
class PreviousResult:
    """An earlier result of one organ, as printed; what is not known stays empty or None.

    ``date`` is ISO (YYYY-MM-DD), so that the latest of several can be told. The limits of R2* are those of its 95 %
    interval where the earlier exam is known; without them the repeatability stands in.
    """

    organ: str
    date: str = ""
    method: Method = "T2*/R2*"
    field_tesla: float | None = None
    calibration: str = ""
    r2star_per_s: float | None = None
    lic_mg_per_g: float | None = None
    other_scanner: bool = False
    r2star_low_per_s: float | None = None
    r2star_high_per_s: float | None = None


Verdict = Literal["no measurable change", "changed", "not comparable"]


@dataclass(frozen=True, slots=True)
class Comparison:
    """What became of one organ since its latest earlier result, and why.

    ``change`` is the word that conditions of the knowledge files ask for.
    """

    organ: str
    verdict: Verdict
    reason: str
    change: Literal["none", "less-iron", "more-iron", "other-method", "not-comparable"]


@dataclass(frozen=True, slots=True)
class CoursePoint:
    """One result in the course of an organ, in the quantity of its class limits.

    ``joined`` where method, field and calibration are those of the point before, so that a line between is honest;
    ``how`` says them in words.
    """

    date: str
    value: Estimate
    how: str
    joined: bool
    now: bool = False


@dataclass(frozen=True, slots=True)
class Course:
    """The results of one organ over the years, the earliest first, against its latest earlier one."""

    organ: str
    points: tuple[CoursePoint, ...]
    earlier: PreviousResult
    comparison: Comparison


@dataclass(frozen=True, slots=True)
class Context:
    """What is known of the patient beyond the images; a fact not listed is unknown."""

    disease: str = "unknown"
    facts: tuple[tuple[str, str], ...] = ()
    previous: tuple[PreviousResult, ...] = ()
    transfused: Transfused = NOT_STATED

    def fact(self, name: str) -> str:
        """Value of a fact, or ``unknown``."""
        return dict(self.facts).get(name, "unknown")


@dataclass(frozen=True, slots=True)
class ReportDetails:
    """What the reader adds for the printed report. All text is from outside: escape it.

    ``impression`` is empty where the reader left the generated paragraph as it is; else ``impression_of`` holds the
    paragraph that the reader's words were written from.
    """

    hospital: str = ""
    patient_id: str = ""
    birth_date: str = ""
    sex: str = ""
    referring_physician: str = ""
    question: str = ""
    scanner: str = ""
    technique: str = ""
    impression: str = ""
    notes: str = ""
    impression_of: str = ""


@dataclass(frozen=True, slots=True, repr=False)
class Exam:
    """One exam as it travels through the pages: whose, what was measured, what is known."""

    pseudonym: str
    exam_date: str = ""
    measurements: tuple[Measurement, ...] = ()
    context: Context = Context()
    details: ReportDetails = ReportDetails()

    def __repr__(self) -> str:
        organs = ", ".join(measurement.organ for measurement in self.measurements)
        return f"Exam({organs or 'nothing measured'}; {self.context.disease})"


@dataclass(frozen=True, slots=True)
class OwnPrecision:
    """Coefficient of variation of R2* [%] that a site measured on so many pairs, and its words on how."""

    organ: str
    cov_percent: float
    n_pairs: int
    source: str
    other_scanner: bool = False

    @property
    def id(self) -> str:
        """Of its entry and its source in the knowledge."""
        return f"own-{self.organ}{'-scanners' if self.other_scanner else ''}"


@dataclass(frozen=True, slots=True)
class GuidanceLine:
    """One printed line of guidance with the rule, evidence status and sources behind it."""

    rule: str
    kind: str
    text: str
    evidence: str
    sources: tuple[str, ...]
    organ: str | None = None
    disease: str | None = None
    industry: bool = False


@dataclass(frozen=True, slots=True, repr=False)
class Guidance:
    """Prompts and the suggested time to the next scan; ``months`` is None without a rule.

    ``months_to`` ends a range that ``months`` begins. ``shortest_months`` is what the interval would become
    if every fact not known turned out badly. ``missing`` names the facts that would change the interval;
    ``critical`` holds ids of flags and rules; ``withheld`` says why no interval is suggested where a rule forbids it.
    """

    months: int | None = None
    interval: tuple[GuidanceLine, ...] = ()
    prompts: tuple[GuidanceLine, ...] = ()
    information: tuple[GuidanceLine, ...] = ()
    missing: tuple[str, ...] = ()
    critical: tuple[str, ...] = ()
    months_to: int | None = None
    shortest_months: int | None = None
    withheld: tuple[GuidanceLine, ...] = ()

    def __repr__(self) -> str:
        return f"Guidance({self.months or 'no stated number of'} months, {len(self.prompts)} prompts)"


@dataclass(frozen=True, slots=True, repr=False)
class Assessment:
    """The whole answer for one exam, ready to be described."""

    exam: Exam
    findings: tuple[Finding, ...]
    guidance: Guidance
    sentences: tuple[GuidanceLine, ...]
    knowledge_version: str
    courses: tuple[Course, ...] = ()
    balance: IronBalance | NoBalance | None = None
    own_precision: tuple[OwnPrecision, ...] = ()

    def finding(self, organ: str) -> Finding | None:
        """The finding of an organ, or None where it was not measured."""
        return next((f for f in self.findings if f.organ == organ), None)

    def __repr__(self) -> str:
        organs = ", ".join(finding.organ for finding in self.findings)
        months = self.guidance.months
        return f"Assessment({organs or 'nothing measured'}; next scan in {months or 'no stated number of'} months)"

    def _repr_html_(self) -> str:
        """What a notebook shows: the findings one below the other."""
        return "".join(finding._repr_html_() for finding in self.findings)
