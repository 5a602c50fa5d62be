"""The shape of guidance rules, their closed vocabulary of conditions, and the shared files."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Literal, Self

from pydantic import Field, StrictBool, model_validator

from ironreport.knowledge.schema import Check, Cited, Entry, FieldStrength, Name, Number, Quantity, Severity, Text

Change = Literal["none", "less-iron", "more-iron", "other-method", "not-comparable"]
"""What became of an organ since an earlier result. ``none``: no change beyond the measurement error."""


class Condition(Entry):
    """One condition of the closed vocabulary: a measured value, a class, a change, a known fact, or a named state.

    * ``organ`` + ``quantity`` (+ ``field``) with ``from``, ``above``, ``below``, ``up_to``; ``end`` asks for a limit of
      the measurement interval instead of the value
    * ``organ`` + ``quantity`` + ``known``: whether the exam gives this quantity of a graded organ
    * ``organ`` + ``severity`` (+ ``field``): class by the chosen ladder; ``clear = true``: and not borderline;
      ``touched = true``: any class that the interval touches; ``probability_from``: how probable these classes are
    * ``organ`` + ``measured``, or ``graded``: whether the exam holds the organ, and with a class; never unknown
    * ``organ`` + ``only_a_limit``: whether the value of a graded organ is only a limit; never unknown
    * ``organ`` + ``gone_early``: whether its signal was gone too early to be measured; never unknown
    * ``organ`` + ``change``: against an earlier result
    * ``fact`` + ``is``: an answer of the context form; ``fact`` + ``stated``: whether there is one; never unknown
    * ``fact`` with ``from``, ``above``, ``below``, ``up_to``: a number of the context form
    * ``fact`` with ``from_fact`` or ``below_fact``: two numbers of the context form against each other
    * ``state``: whether a state of ``shared.toml`` is known to hold; ``holds = false``: that it is not; never unknown

    ``site_limit`` names the limit of ``shared.toml`` that the one number of it in this condition is; a site may set it.
    ``or_absent = true`` lets a condition on an organ hold where it was not measured, a ``change`` where the organ has
    no earlier result.
    """

    organ: Name | None = None
    quantity: Quantity | None = None
    end: Literal["value", "low", "high"] = "value"
    known: StrictBool | None = None
    field: Text | None = None
    at_least: Annotated[Number | None, Field(alias="from")] = None
    above: Number | None = None
    below: Number | None = None
    up_to: Number | None = None
    severity: tuple[Severity, ...] = ()
    clear: StrictBool = False
    touched: StrictBool = False
    probability_from: Annotated[Number, Field(gt=0, le=1)] | None = None
    measured: StrictBool | None = None
    graded: StrictBool | None = None
    only_a_limit: StrictBool | None = None
    gone_early: StrictBool | None = None
    change: tuple[Change, ...] = ()
    or_absent: StrictBool = False
    fact: Name | None = None
    answers: Annotated[tuple[Text, ...], Field(alias="is")] = ()
    stated: StrictBool | None = None
    from_fact: Name | None = None
    below_fact: Name | None = None
    site_limit: Name | None = None
    state: Name | None = None
    holds: StrictBool = True

    @property
    def limited(self) -> bool:
        """True where one of the four limits is given."""
        return any(limit is not None for limit in (self.at_least, self.above, self.below, self.up_to))

    @property
    def other_fact(self) -> str | None:
        """The second fact of a comparison of two numbers."""
        return self.from_fact or self.below_fact

    def within(self, value: float) -> bool:
        """Whether a number lies inside the limits given."""
        return (
            (self.at_least is None or value >= self.at_least)
            and (self.above is None or value > self.above)
            and (self.below is None or value < self.below)
            and (self.up_to is None or value <= self.up_to)
        )

    @model_validator(mode="after")
    def _one_kind(self) -> Self:
        of_organ = [self.quantity is not None, bool(self.severity), self.graded is not None]
        of_organ += [self.measured is not None, self.only_a_limit is not None, self.gone_early is not None]
        of_organ += [bool(self.change)]
        of_fact = [bool(self.answers), self.stated is not None, self.fact is not None and self.limited]
        of_fact += [self.from_fact is not None, self.below_fact is not None]
        asked = of_organ if self.organ is not None else of_fact if self.fact is not None else [True]
        subjects = [self.organ is not None, self.fact is not None, self.state is not None]
        kinds = [*of_organ, *of_fact, self.state is not None]
        if sum(subjects) != 1 or sum(kinds) != 1 or sum(asked) != 1:
            raise ValueError(
                "a condition is organ + quantity, severity, measured, graded, only_a_limit, gone_early or change, "
                "or fact + is, stated, another fact or limits, or a state; not a mixture"
            )
        asks_limits = self.known is None if self.quantity is not None else of_fact[2]
        if self.limited != asks_limits:
            raise ValueError(
                "a condition on a quantity needs from, above, below or up_to, or known; no other condition has them"
            )
        return self

    @model_validator(mode="after")
    def _additions_fit_the_kind(self) -> Self:
        of_class = [self.clear, self.touched, self.probability_from is not None]
        if any(of_class) and (not self.severity or sum(of_class) > 1):
            raise ValueError("clear, touched or probability_from, one of them, belong to a condition on severity")
        if (self.end != "value" or self.known is not None) and self.quantity is None:
            raise ValueError("end and known belong to a condition on a quantity")
        if self.or_absent and not (self.quantity or self.severity or self.change):
            raise ValueError("or_absent belongs to a condition on a quantity, severity or change of an organ")
        if not self.holds and self.state is None:
            raise ValueError("holds = false belongs to a condition on a state")
        return self


class ThresholdPart(Entry):
    """One part of a published threshold: what it asks in ``words``, and the condition that meets it."""

    words: Text
    condition: Condition


class Rule(Cited):
    """A guidance rule: conditions of the closed vocabulary and the line to print when they hold.

    All of ``all`` and, if given, one of ``any`` must hold. ``role`` says what an interval rule does,
    ``when`` puts the condition of a shortening rule in words, for readers who do not know the fact.
    ``kind = "help"`` is shown where the knowledge is browsed and never printed. ``withdraws``: the
    organ's finding gives way to this rule's line. A rule that withholds leaves no interval, whatever others say; one
    that ``silences`` puts the rules of the disease's own file to rest. Of ``parts`` the line says which are met. A line
    about an interval is printed only where the interval suggested is one of ``beside_months``.
    """

    id: Name
    kind: Literal["interval", "prompt", "information", "help"]
    role: Literal["", "default", "shorten", "extend", "withhold"] = ""
    diseases: tuple[Name, ...] = ()
    organ: Name | None = None
    all: tuple[Condition, ...] = ()
    any: tuple[Condition, ...] = ()
    months: Annotated[int, Field(strict=True, gt=0)] | None = None
    months_to: Annotated[int, Field(strict=True, gt=0)] | None = None
    when: str = ""
    critical: StrictBool = False
    industry: StrictBool = False
    withdraws: Name | None = None
    silences: StrictBool = False
    parts: tuple[ThresholdPart, ...] = ()
    beside_months: tuple[Annotated[int, Field(strict=True, gt=0)], ...] = ()
    text: Text

    @property
    def conditions(self) -> tuple[Condition, ...]:
        """All conditions that decide whether the rule fires."""
        return (*self.all, *self.any)

    @model_validator(mode="after")
    def _interval_rules_are_whole(self) -> Self:
        if (self.kind == "interval") != bool(self.role):
            raise ValueError(
                "an interval rule needs a role: default, shorten, extend or withhold; no other rule has one"
            )
        if (self.role in ("default", "shorten", "extend")) != (self.months is not None):
            raise ValueError("an interval rule needs months, but not one that withholds; no other rule has them")
        if self.months_to is not None and (self.months is None or self.months_to <= self.months):
            raise ValueError("months_to is the longer end of a range that months begins")
        if (self.role == "shorten") != bool(self.when):
            raise ValueError("a shortening rule says in words when it holds (when = ...); no other rule does")
        if self.beside_months and self.kind not in ("prompt", "information"):
            raise ValueError("beside_months belongs to a prompt or to information")
        return self


class State(Cited):
    """A state of the patient that several rules and sentences ask for: it holds where one of ``any`` does."""

    id: Name
    any: Annotated[tuple[Condition, ...], Field(min_length=1)]
    text: Text


class DiseaseFile(Entry):
    """``diseases/<disease>.toml``: the rules of one disease; rules never leak into another."""

    id: Name
    name: Text
    reviewed: dt.date
    without_interval: Text
    rule: tuple[Rule, ...] = ()


class CombinedFile(Entry):
    """``combined.toml``: rules that need two organs or two dates; each names its diseases."""

    reviewed: dt.date
    rule: tuple[Rule, ...] = ()


class Fact(Entry):
    """A question of the context form; ``unknown`` is always a further answer.

    A ``choice`` has answers; a ``number`` has its unit in the id and the label; a ``text`` is printed only. A question
    ``of_site`` is about where the exam was made, so a hospital may answer it once for all.
    """

    id: Name
    label: Text
    kind: Literal["choice", "number", "text"] = "choice"
    answers: tuple[Text, ...] = ()
    of_site: StrictBool = False

    @model_validator(mode="after")
    def _answers_fit_the_kind(self) -> Self:
        if (self.kind == "choice") != (len(self.answers) >= 2):
            raise ValueError("a choice needs two answers or more; a number or a text has none")
        return self


class Phrase(Cited):
    """A sentence of a wording pattern, printed where its conditions hold."""

    text: Text
    all: tuple[Condition, ...] = ()


class SiteLimit(Cited):
    """A limit that we had to choose, because no source gives it; a site may set its own.

    Its value lies from ``lowest`` to ``highest``, and not above the limit named in ``not_above``. Of the unit ``%`` it
    is a part of 1.
    """

    id: Name
    label: Text
    unit: Literal["mg/g", "%"]
    value: Number
    lowest: Number
    highest: Number
    not_above: Name | None = None

    @model_validator(mode="after")
    def _value_is_allowed(self) -> Self:
        if not self.lowest <= self.value <= self.highest:
            raise ValueError("the value lies outside lowest and highest")
        return self

    def written(self, value: float) -> str:
        """A value of this limit with its unit."""
        return f"{100 * value:g} %" if self.unit == "%" else f"{value:g} {self.unit}"


class SharedFile(Entry):
    """``shared.toml``: field classes, acquisition and site limits, context questions, fixed lines, wording patterns."""

    reviewed: dt.date
    field: tuple[FieldStrength, ...]
    check: tuple[Check, ...] = ()
    state: tuple[State, ...] = ()
    rule: tuple[Rule, ...] = ()
    fact: tuple[Fact, ...]
    site_limit: tuple[SiteLimit, ...] = ()
    phrase: dict[Name, tuple[Phrase, ...]]
    line: dict[Name, Text]
