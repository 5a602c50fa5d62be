"""Echo times that cannot rule out heavy iron give no class."""

from __future__ import annotations

import numpy as np
import pytest

from ironreport.assess.assessment import find
from ironreport.knowledge import published_knowledge
from ironreport.records import Caution, DecaySignal, Finding, Measurement, Technique

KNOWLEDGE = published_knowledge()
UNKNOWN = Caution("CONTRAST_UNKNOWN", "")


def heart(
    first_ms: float, step_ms: float, technique: Technique | None = None, cautions: tuple[Caution, ...] = ()
) -> Finding:
    """A clean decay of T2* 30 ms at ten echoes."""
    te_ms = first_ms + step_ms * np.arange(10)
    signal = DecaySignal(
        "heart", tuple(te_ms.tolist()), tuple((1000.0 * np.exp(-te_ms / 30.0)).tolist()), field_tesla=1.5,
        technique=technique, cautions=cautions,
    )  # fmt: skip
    return find(Measurement(signal), KNOWLEDGE)


def withheld(finding: Finding) -> str:
    return finding.absence.code if finding.absence else ""


@pytest.mark.parametrize(("first_ms", "step_ms", "code"), [
    (6.1, 6.1, "acq-te-of-spin-echo"), (10.0, 10.0, "acq-te-of-spin-echo"), (5.9, 7.0, ""), (7.0, 5.9, ""),
    (14.9, 2.0, ""), (15.1, 2.0, "acq-first-te-late"),
])  # fmt: skip
def test_typed_times_as_of_a_spin_echo_or_after_15_ms_have_no_class(first_ms: float, step_ms: float, code: str) -> None:
    assert withheld(heart(first_ms, step_ms)) == code


def test_a_header_that_says_gradient_echo_is_believed_and_one_that_is_silent_is_not() -> None:
    assert withheld(heart(8.0, 8.0, Technique())) == ""
    assert withheld(heart(8.0, 8.0, Technique(), (UNKNOWN,))) == "acq-te-of-spin-echo"


def test_a_late_first_echo_withholds_the_class_whatever_the_header_says() -> None:
    assert withheld(heart(16.0, 3.0, Technique())) == "acq-first-te-late"


def test_the_t2_of_a_spin_echo_is_not_asked_for_short_echo_times() -> None:
    te_ms = 15.0 * np.arange(1, 9)
    signal = DecaySignal(
        "pituitary", tuple(te_ms.tolist()), tuple((900.0 * np.exp(-te_ms / 80.0)).tolist()), "T2", field_tesla=1.5
    )
    assert find(Measurement(signal), KNOWLEDGE).grading is not None
