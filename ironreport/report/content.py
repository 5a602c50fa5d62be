"""What is said: one frozen description that screen, PDF and exports draw.

Nothing here is computed and nothing is drawn; every number is already text with its unit, and every
line already knows its sources. Text from outside (names, tags, notes) is held raw: each renderer
escapes it at its own door.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from ironreport.report.balance_content import BalanceSection
from ironreport.report.cited import CitedText as CitedText  # part of the description, so it is found here too


@dataclass(frozen=True, slots=True)
class Reference:
    """One numbered entry of the reference list."""

    number: int
    source: str
    citation: str
    doi: str
    read: str


@dataclass(frozen=True, slots=True)
class Segment:
    """One class on the band bar, best to worst; ``short`` is the label where there is little room."""

    label: str
    severity: str
    short: str = ""


@dataclass(frozen=True, slots=True)
class BandBar:
    """Classes of one ladder in equal widths, with the patient's value on them.

    Positions run from 0 (best end) to 1 (worst end). ``limits`` are the texts at the inner borders.
    """

    quantity: str
    unit: str
    segments: tuple[Segment, ...]
    limits: tuple[str, ...]
    value_at: float
    value_text: str
    interval_at: tuple[float, float] | None = None
    others_at: tuple[float, float] | None = None
    provisional: bool = False


@dataclass(frozen=True, slots=True)
class DecayPoint:
    """One echo on the decay chart; ``left_out_because`` is empty where it was used."""

    echo: int
    te_ms: float
    signal: float
    residual: float | None
    left_out_because: str = ""


@dataclass(frozen=True, slots=True)
class CurvePoint:
    """The fitted curve at one time, with its 95 % band where it is known."""

    te_ms: float
    signal: float
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True)
class OtherCurve:
    """A thin grey curve: what another model makes of the same signal."""

    model: str
    reading: str
    points: tuple[CurvePoint, ...]


@dataclass(frozen=True, slots=True)
class DecayFigure:
    """The decay chart: points, curve with band, noise floor, residuals."""

    title: str
    points: tuple[DecayPoint, ...]
    curve: tuple[CurvePoint, ...]
    others: tuple[OtherCurve, ...] = ()
    noise_floor: float | None = None
    residual_sd: float | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """One notebook cell: what goes in, the formula with this patient's numbers, what comes out."""

    key: str
    title: str
    given: tuple[str, ...]
    formula: tuple[str, ...]
    result: tuple[str, ...]
    cautions: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Row:
    """A label and a value, both text."""

    label: str
    value: str


@dataclass(frozen=True, slots=True)
class RegionPicture:
    """The slice an organ was measured on, with the outline of its region; ``png`` is 8-bit grey.

    ``outlines`` are closed lines in parts of width and height (x, y from 0 to 1); ``key`` is a fingerprint of the
    picture's bytes and stands for them.
    """

    organ: str
    caption: str
    key: str
    width_px: int
    height_px: int
    outlines: tuple[tuple[tuple[float, float], ...], ...]
    png: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Change:
    """One organ against its latest earlier result: both values, the verdict and its reason, all text.

    ``word`` is the verdict with its direction ("more iron"), ``since`` the date of the earlier result.
    """

    organ: str
    name: str
    before: str
    now: str
    verdict: str
    reason: str
    word: str = ""
    since: str = ""


@dataclass(frozen=True, slots=True)
class TrendPoint:
    """One result on the trend chart; ``joined`` where the line from the point before it is honest.

    ``bound`` ("above", "below") where the value is only a limit.
    """

    date: str
    value: float
    low: float | None
    high: float | None
    text: str
    now: bool
    joined: bool
    bound: str = ""


@dataclass(frozen=True, slots=True)
class TrendFigure:
    """Results of one organ over the years with the class limits as bands."""

    organ: str
    title: str
    quantity: str
    unit: str
    points: tuple[TrendPoint, ...]
    limits: tuple[float, ...]
    segments: tuple[Segment, ...]
    note: str = ""


@dataclass(frozen=True, slots=True)
class Card:
    """All that is said about one organ, from the answer to the proof.

    ``severity`` is empty where no class is given; ``absence`` then says why. ``no_picture`` says why a signal of
    images stands without its picture.
    """

    organ: str
    name: str
    standing: str
    where: str
    headline: str
    interval: str
    class_word: str
    severity: str
    provisional: bool
    measured: str
    other_calibrations: str
    calibration: str
    ladder: str
    flags: tuple[str, ...]
    band: BandBar | None
    cautions: tuple[str, ...]
    absence: tuple[str, ...]
    sentences: tuple[CitedText, ...]
    tests: tuple[str, ...]
    caveats: tuple[str, ...]
    decay: DecayFigure | None
    fit_rows: tuple[Row, ...]
    calibration_rows: tuple[Row, ...]
    steps: tuple[Step, ...]
    critical: bool = False
    calibration_marks: str = ""
    ladder_marks: str = ""
    picture: RegionPicture | None = None
    no_picture: str = ""
    fit_summary: str = ""
    acquisition: str = ""

    @property
    def doubts(self) -> tuple[str, ...]:
        """All that weighs on the result: why there is no class, what could flip it, then every caution."""
        absence = (" ".join(self.absence),) if self.absence else ()
        return tuple(dict.fromkeys((*absence, *self.flags, *self.cautions)))

    @property
    def answer(self) -> str:
        """Organ, value with its interval, and class: one line that stands alone."""
        interval = f" ({self.interval})" if self.interval else ""
        return f"{self.name}: {self.headline}{interval}, {self.class_word}"

    @property
    def value(self) -> str:
        """Headline number with its unit, and the class word: one line for a list."""
        return " · ".join(part for part in (self.headline, self.class_word) if part)


@dataclass(frozen=True, slots=True)
class Logo:
    """A picture for the head of page 1, as PNG; ``key`` is a fingerprint of its bytes and stands for them."""

    key: str
    width_px: int
    height_px: int
    png: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class LocalAdditions:
    """What the hospital's settings add to a report, as text: empty where the published defaults hold.

    ``lines`` name every default in force that is not the published one; ``local_limits`` are for information.
    """

    lines: tuple[str, ...] = ()
    local_limits: tuple[str, ...] = ()
    logo: Logo | None = None


@dataclass(frozen=True, slots=True)
class ReportContent:
    """The printed report as text and drawings to be made, frozen.

    ``report_id`` is a fingerprint of everything said here, so equal input gives an equal id; pictures stand outside
    of it, for an exam reopened without its images says the same. ``impression_generated`` is the paragraph made of the
    findings, whoever wrote the one printed; ``impression_outdated`` where the reader's was written from other findings.
    ``plain_words`` are for the patient, and printed only where they are asked for.
    """

    report_id: str
    status: str
    hospital: str
    patient: tuple[Row, ...]
    technique: tuple[Row, ...]
    critical: tuple[CitedText, ...]
    informed: str
    impression: tuple[str, ...]
    impression_by_reader: bool
    cards: tuple[Card, ...]
    not_assessed: tuple[str, ...]
    not_assessed_text: str
    next_scan: tuple[CitedText, ...]
    prompts: tuple[CitedText, ...]
    information: tuple[CitedText, ...]
    physician_decides: str
    missing: tuple[str, ...]
    limitations: tuple[str, ...]
    notes: str
    references: tuple[Reference, ...]
    disclaimer: str
    not_a_device: str
    software: str
    knowledge_version: str
    reviewed: str
    pseudonym: str
    exam_date: str
    field: str
    local: LocalAdditions = LocalAdditions()
    changes: tuple[Change, ...] = ()
    trends: tuple[TrendFigure, ...] = ()
    balance: BalanceSection | None = None
    impression_generated: str = ""
    impression_outdated: bool = False
    plain_words: str = ""

    @property
    def critical_values(self) -> tuple[str, ...]:
        """The results that are critical themselves, each with its number; none where only a fact is critical."""
        return tuple(card.answer for card in self.cards if card.critical)

    @property
    def doubts(self) -> tuple[Row, ...]:
        """Every caution of every organ, once: the organs it holds for and its words."""
        organs: dict[str, list[str]] = {}
        for card in self.cards:
            for text in card.doubts:
                organs.setdefault(text, []).append(card.name)
        said = {line.text for line in self.critical}
        return tuple(Row(", ".join(names), text) for text, names in organs.items() if text not in said)
