"""From iron (or T2*) with its interval to a class on a published ladder, with both flags."""

from __future__ import annotations

import math

import numpy as np

from ironreport.assess.precision import NORMAL_95
from ironreport.errors import AssessmentError, Refusal
from ironreport.knowledge import Knowledge
from ironreport.knowledge.organ_file import OrganFile
from ironreport.knowledge.schema import Ladder
from ironreport.records import Caution, Estimate, Grading, IronEstimate
from ironreport.units import NOTATION

LIMIT_LEAVES_ALL_OPEN = "LIMIT_LEAVES_ALL_OPEN"
"""Reason where a limit is the only result and says nothing of the class."""

SMALLEST_SHARE = 0.005
"""Shares below half a percent would read as zero."""


def choose_ladder(organ: str, field: str, choice: str, knowledge: Knowledge) -> Ladder:
    """The ladder chosen by id, or the published default of the organ and field.

    Raises
    ------
    AssessmentError
        If the organ has no such ladder at this field, or none at all.
    """
    ladders = knowledge.ladders(organ, field)
    if not ladders:
        raise _no_limit(organ, field, knowledge)
    found = next((x for x in ladders if x.id == choice or not choice), None)
    if found is None:
        offered = ", ".join(x.id for x in ladders)
        raise AssessmentError(
            "NO_SUCH_LADDER", f"There is no ladder '{choice}' for the {organ} at {field} T.", f"Ladders: {offered}."
        )
    return found


def _no_limit(organ: str, field: str, knowledge: Knowledge) -> AssessmentError:
    """The refusal where an organ has limits, but none at this field."""
    labels = {f.id: f.label for f in knowledge.shared.field}
    limited = [label for f, label in labels.items() if knowledge.ladders(organ, f)]
    return AssessmentError(
        "NO_LIMIT_AT_FIELD",
        f"No limit is published for the {knowledge.organ(organ).name.lower()} at {labels[field]}: value only.",
        f"A class needs {' or '.join(limited)}; a limit of one field is never converted to another.",
    )


def graded_estimate(estimate: IronEstimate, quantity: str) -> Estimate | None:
    """The estimate of a quantity, wherever in the record it stands."""
    iron = estimate.iron.iron if estimate.iron else None
    return next((e for e in (estimate.time, estimate.rate, iron) if e is not None and e.quantity == quantity), None)


def grades_between(ladder: Ladder, estimate: Estimate) -> tuple[str, ...]:
    """Ids of every grade that the interval touches, best to worst.

    The value itself when there is no interval; every worse grade where the value is only a limit.
    """
    ends = [x for x in (estimate.low, estimate.value, estimate.high) if x is not None]
    positions = [ladder.index(ladder.grade_of(x).id) for x in ends]
    if estimate.bound:
        positions.append(len(ladder.grades) - 1)
    return tuple(g.id for g in ladder.grades[min(positions) : max(positions) + 1])


def grade_probabilities(ladder: Ladder, estimate: Estimate) -> tuple[tuple[str, float], ...]:
    """Share of each grade if the truth scatters about the value as its 95 % interval says, best to worst.

    On either side of the value ln(quantity) is normal with the limit of that side at 1.96 SD. Grades below half
    a percent are left out. Empty where there is no interval.
    """
    if estimate.low is None or estimate.high is None or estimate.value <= 0.0:
        return ()
    reached = [_share_below(estimate, bound) for bound in ladder.bounds]
    if ladder.worse == "lower":
        reached = [1.0 - share for share in reached]
    shares = np.diff([0.0, *reached, 1.0])
    found = ((g.id, float(share)) for g, share in zip(ladder.grades, shares, strict=True))
    return tuple((g, share) for g, share in found if share >= SMALLEST_SHARE)


def _share_below(estimate: Estimate, bound: float) -> float:
    limit = estimate.low if bound < estimate.value else estimate.high
    if bound <= 0.0 or limit is None or limit <= 0.0 or limit == estimate.value:
        return float(bound > estimate.value)
    if math.isinf(limit):
        return 0.5
    deviations = NORMAL_95 * math.log(bound / estimate.value) / abs(math.log(limit / estimate.value))
    return 0.5 * math.erfc(-deviations / math.sqrt(2.0))  # the normal distribution, without loading scipy for it


def grade(estimate: IronEstimate, knowledge: Knowledge, choice: str = "") -> Grading:
    """The class of one organ on the ladder chosen, with what the interval and other curves say.

    Raises
    ------
    AssessmentError
        If no class can be given: field missing or outside, no ladder, or no graded quantity.
    """
    organ = knowledge.organ(estimate.organ)
    if organ.no_class:
        raise AssessmentError("NO_CLASS", organ.no_class, "")
    if estimate.field is None:
        raise AssessmentError("NO_FIELD_CLASS", "No class without a field strength that has published limits.", "")
    ladder = choose_ladder(estimate.organ, estimate.field, choice, knowledge)
    graded = graded_estimate(estimate, ladder.quantity)
    if graded is None:
        raise AssessmentError("NOT_GRADABLE", f"{organ.name}: the graded quantity was not measured.", "")
    touched = grades_between(ladder, graded)
    if graded.bound and ladder.grade_of(graded.value).severity == "normal":
        raise _limit_says_nothing(organ, graded)
    by_calibration = tuple((o.calibration, ladder.grade_of(o.iron.value).id) for o in estimate.others)
    return Grading(
        ladder=ladder.id,
        quantity=ladder.quantity,
        value=graded.value,
        grade=ladder.grade_of(graded.value).id,
        grades_in_interval=touched,
        grades_by_calibration=by_calibration
        if estimate.iron and ladder.quantity == estimate.iron.iron.quantity
        else (),
        provisional=ladder.provisional,
        flags=tuple(
            f.id for f in knowledge.flags(estimate.organ, estimate.field) if _flagged(estimate, f.quantity, f.below)
        ),
        probabilities=grade_probabilities(ladder, graded),
        bound=graded.bound,
    )


def _limit_says_nothing(organ: OrganFile, graded: Estimate) -> AssessmentError:
    """The refusal of a limit that leaves every class open; "normal or worse" would be read as normal."""
    notation = NOTATION[graded.quantity]
    return AssessmentError(
        LIMIT_LEAVES_ALL_OPEN,
        f"Only a limit is known ({notation.symbol} {graded.bound} {graded.value:.3g} {notation.unit}), and every class "
        f"of the {organ.name.lower()} is possible beyond it: heavy iron too.",
        "Repeat with a shorter first echo time or less noise.",
    )


def _flagged(estimate: IronEstimate, quantity: str, below: float) -> bool:
    found = graded_estimate(estimate, quantity)
    return found is not None and found.value < below


def why_no_grade(
    organ: str, field_tesla: float | None, contrast: str, cautions: tuple[Caution, ...], knowledge: Knowledge
) -> Refusal | None:
    """Why a measured value of an organ gets no class, or None where it may be graded."""
    file = knowledge.organ(organ)
    if file.ladder and contrast != file.contrast:
        return _other_contrast(file)
    if field_tesla is None:
        return Refusal(
            "NO_FIELD", "The field strength is not stated.", "Choose it: a 3 T value read with 1.5 T limits is far off."
        )
    if knowledge.field_class(field_tesla) is None:
        labels = ", ".join(f.label for f in knowledge.shared.field)
        return Refusal(
            "FIELD_WITHOUT_LIMITS", f"No calibration and no limits are published for {field_tesla:g} T.",
            f"The relaxation values stand as measured; LIC and class need {labels}.",
        )  # fmt: skip
    blocking = next((c for c in cautions if c.blocks_grade), None)
    return refusal_of(blocking) if blocking is not None else None


def refusal_of(blocking: Caution) -> Refusal:
    """The refusal of a class that a doubt withholds."""
    return Refusal(blocking.code, blocking.text, "No class is given until this is settled.")


def _other_contrast(file: OrganFile) -> Refusal:
    """The refusal of a signal whose kind is not the one that the limits of the organ are for."""
    name = file.name.lower()
    if file.contrast == "T2*":
        return Refusal(
            "SPIN_ECHO", f"The signal is a spin-echo T2; the limits and calibrations of the {name} are for T2*.",
            "Use a multi-echo gradient-echo series, or say that the signal is T2* if it is.",
        )  # fmt: skip
    return Refusal(
        "NOT_SPIN_ECHO", f"The signal is T2*; the limits of the {name} are for the T2 of a spin echo: value only.",
        "Use a multi-echo spin-echo series, or say that the signal is T2 if it is.",
    )  # fmt: skip
