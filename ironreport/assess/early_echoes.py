"""A class that is normal only if an early echo is wrong, or only by pixels that are unlike each other.

Iron takes the signal early. Where echoes disagree and one of the early ones lies low, the fit may have left out the
very echo that told of it: two series mixed into one train, or a second tissue, look like one bad echo.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ironreport.assess.calibration import estimate_iron
from ironreport.assess.grading import choose_ladder, grade
from ironreport.errors import AssessmentError
from ironreport.knowledge import Knowledge
from ironreport.records import Caution, DecayFit, DecaySignal, Estimate, Finding
from ironreport.units import rate_per_s

ECHOES_DISAGREE = frozenset({"ECHO_LEFT_OUT", "NOT_EXPONENTIAL", "ODD_ECHO"})
"""Cautions by which an echo was doubted or left out."""


def normal_but_for_an_echo(finding: Finding, knowledge: Knowledge) -> Caution | None:
    """A doubt that withholds a normal class where the fall to one early echo, taken by itself, gives another.

    Only asked where the echoes disagree beyond their noise, so that chance does not raise it. Where the pixels
    disagree, no normal class stands at all: a heart of 14 ms in a third of the region read 21 ms. An echo that the
    reader left out is not asked.
    """
    fit, grading, signal = finding.fit, finding.grading, finding.measurement.signal
    if fit is None or grading is None or not isinstance(signal, DecaySignal) or fit.time.bound:
        return None
    are_unlike = "HIGH_SPREAD" in {caution.code for caution in finding.cautions}
    if not are_unlike and not ECHOES_DISAGREE & {caution.code for caution in fit.cautions}:
        return None
    ladder = choose_ladder(finding.organ, _field(finding), grading.ladder, knowledge)
    if ladder.grade(grading.grade).severity != "normal":
        return None
    if are_unlike:
        text = (
            "The pixels of the region do not agree with each other, as in a mixture of tissues or in images that are "
            "no magnitude: a normal class cannot rest on that. Draw the region in one tissue."
        )
        return Caution("NORMAL_OF_UNLIKE_PIXELS", text, blocks_grade=True)
    echo, fastest_per_s = _steepest(fit, signal, finding.measurement.choices.left_out)
    if fastest_per_s <= 0.0:
        return None
    try:
        choices = finding.measurement.choices
        rate = Estimate(fit.rate.quantity, fastest_per_s)
        estimate = estimate_iron(finding.organ, rate, signal.field_tesla, knowledge, choices.calibration)
        other = ladder.grade(grade(estimate, knowledge, grading.ladder).grade)
    except AssessmentError:
        return None
    if other.severity == "normal":
        return None
    text = (
        f"The class would be {ladder.grade(grading.grade).label} only if echo {echo + 1} is wrong: from the first echo "
        f"to it the signal falls as in the class {other.label}. Look at the images of these echoes, or repeat."
    )
    return Caution("NORMAL_BUT_FOR_AN_ECHO", text, blocks_grade=True)


def _field(finding: Finding) -> str:
    assert finding.estimate is not None  # noqa: S101 - a grading stands on an estimate
    return finding.estimate.field or ""


def _steepest(fit: DecayFit, signal: DecaySignal, left_out: Sequence[int]) -> tuple[int, float]:
    """The echo of the first half to which the signal falls fastest from the first one, and that rate [s^-1]."""
    kept = np.array([i for i in range(signal.n_echoes) if i not in set(left_out)])
    te_ms, values = np.asarray(signal.te_ms)[kept], np.maximum(np.asarray(fit.measured)[kept], np.finfo(float).tiny)
    early = slice(1, (len(kept) + 1) // 2 + 1)
    falls = np.log(values[0] / values[early]) / (te_ms[early] - te_ms[0])
    place = int(np.argmax(falls))
    return int(kept[1 + place]), rate_per_s(1.0) * max(float(falls[place]), 0.0)
