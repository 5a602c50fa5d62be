"""The shape of an iron balance in an organ's file: how its iron tells that of the body, what a unit of blood brings.

An organ without a ``balance`` has none; no stage knows which organ it is.
"""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import Field, model_validator

from ironreport.knowledge.schema import Cited, Entry, Name, Number, Sentence, Text

Positive = Annotated[Number, Field(gt=0)]


class BodyIronLaw(Cited):
    """Body iron [mg/kg body weight] as a multiple of an organ's iron [mg/g dry weight].

    ``standard_error_mg_per_kg`` is that of one estimate, ``highest_mg_per_kg`` the end of what was measured.
    """

    id: Name
    mg_per_kg_of_one_mg_per_g: Positive
    standard_error_mg_per_kg: Positive
    highest_mg_per_kg: Positive
    text: Text

    @property
    def highest_mg_per_g(self) -> float:
        """The organ's iron at the end of what was measured [mg/g dry weight]."""
        return self.highest_mg_per_kg / self.mg_per_kg_of_one_mg_per_g


class BloodUnit(Cited):
    """Iron in one unit of red cells, as a range [mg], and what regular transfusion brings [mg/kg/day]."""

    id: Name
    low_mg: Positive
    high_mg: Positive
    usual_low_mg_per_kg_per_day: Positive
    usual_high_mg_per_kg_per_day: Positive
    text: Text

    @model_validator(mode="after")
    def _ranges_run_upwards(self) -> Self:
        usual = self.usual_low_mg_per_kg_per_day < self.usual_high_mg_per_kg_per_day
        if not (self.low_mg < self.high_mg and usual):
            raise ValueError("each range runs from its lower to its higher end")
        return self


class BalanceLimits(Cited):
    """What a balance needs, and what is more likely a slip of the pen."""

    id: Name
    fewest_days: Annotated[int, Field(strict=True, gt=0)]
    lightest_kg: Positive
    heaviest_kg: Positive
    most_mg_per_kg_per_day: Positive
    text: Text


class IronBalanceFile(Entry):
    """``[balance]`` of an organ's file: law, unit, limits, and the sentences printed with a balance."""

    law: BodyIronLaw
    unit: BloodUnit
    limits: BalanceLimits
    leaves_out: Sentence
    within_error: Sentence
    beyond_law: Sentence
    above_usual: Sentence
    more_than_transfused: Sentence

    @model_validator(mode="after")
    def _every_entry_may_be_used(self) -> Self:
        entries = [getattr(self, name) for name in type(self).model_fields]
        if not all(entry.usable for entry in entries):
            raise ValueError("a balance rests on all of its entries, so none may be of status C, rejected or off")
        return self

    @property
    def sources(self) -> tuple[str, ...]:
        """Sources of the numbers behind a balance, each once."""
        return tuple(dict.fromkeys((*self.law.sources, *self.unit.sources)))
