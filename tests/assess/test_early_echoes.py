"""A normal class never rests on the left out echo that would deny it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from ironreport.assess.assessment import find
from ironreport.assess.early_echoes import ECHOES_DISAGREE, normal_but_for_an_echo
from ironreport.knowledge import published_knowledge
from ironreport.records import Caution, DecaySignal, Finding, Measurement

KNOWLEDGE = published_knowledge()
TE_MS = tuple(1.5 + 1.5 * k for k in range(9))


def heart(factors: dict[int, float] | None = None, time_ms: float = 32.0) -> Finding:
    """The finding of a clean curve, graded, with single echoes changed by a factor behind the fit's back."""
    values = 800.0 * np.exp(-np.array(TE_MS) / time_ms)
    clean = find(Measurement(DecaySignal("heart", TE_MS, tuple(values), field_tesla=1.5)), KNOWLEDGE)
    assert clean.fit is not None
    for echo, factor in (factors or {}).items():
        values[echo] *= factor
    return replace(clean, fit=replace(clean.fit, measured=tuple(values), cautions=(Caution("ECHO_LEFT_OUT", ""),)))


def test_a_low_early_echo_that_was_left_out_takes_a_normal_class_away() -> None:
    doubt = normal_but_for_an_echo(heart({2: 0.85}), KNOWLEDGE)
    assert doubt is not None
    assert doubt.code == "NORMAL_BUT_FOR_AN_ECHO"
    assert doubt.blocks_grade
    assert "echo 3 is wrong" in doubt.text


@pytest.mark.parametrize("factors", [{2: 1.15}, {7: 0.85}, {2: 0.99}, {}, dict.fromkeys(range(1, 9), 3.0)])
def test_high_late_and_hardly_low_echoes_leave_it(factors: dict[int, float]) -> None:
    assert normal_but_for_an_echo(heart(factors), KNOWLEDGE) is None


def test_the_last_of_the_first_half_counts_and_the_next_does_not() -> None:
    assert normal_but_for_an_echo(heart({5: 0.7}), KNOWLEDGE) is not None
    assert normal_but_for_an_echo(heart({6: 0.7}), KNOWLEDGE) is None


def test_an_echo_that_the_reader_left_out_is_not_asked() -> None:
    finding = heart({2: 0.7})
    choices = replace(finding.measurement.choices, left_out=(2,))
    assert (
        normal_but_for_an_echo(replace(finding, measurement=replace(finding.measurement, choices=choices)), KNOWLEDGE)
        is None
    )


def test_it_is_asked_only_where_echoes_disagree() -> None:
    finding = heart({2: 0.85})
    assert finding.fit is not None
    for code in ("SHORT_TRAIN", *ECHOES_DISAGREE):
        doubted = replace(finding, fit=replace(finding.fit, cautions=(Caution(code, ""),)))
        assert (normal_but_for_an_echo(doubted, KNOWLEDGE) is not None) == (code in ECHOES_DISAGREE)


@pytest.mark.parametrize("echoes_agree", [True, False])
def test_pixels_that_disagree_are_never_normal(echoes_agree: bool) -> None:
    """A third of a region at 14 ms and two thirds at 17 to 25 ms read 21 ms, normal, in one even decay."""
    spread = replace(heart({}), cautions=(Caution("HIGH_SPREAD", ""),))
    assert spread.fit is not None
    said = () if echoes_agree else spread.fit.cautions
    doubt = normal_but_for_an_echo(replace(spread, fit=replace(spread.fit, cautions=said)), KNOWLEDGE)
    assert doubt is not None and doubt.code == "NORMAL_OF_UNLIKE_PIXELS" and doubt.blocks_grade


def test_unlike_pixels_leave_a_class_of_iron_standing() -> None:
    spread = replace(heart({}, time_ms=15.0), cautions=(Caution("HIGH_SPREAD", ""),))
    assert normal_but_for_an_echo(spread, KNOWLEDGE) is None


def test_a_class_that_is_not_normal_stands() -> None:
    assert normal_but_for_an_echo(heart({2: 0.7}, time_ms=15.0), KNOWLEDGE) is None


def test_two_series_one_after_the_other_are_not_normal() -> None:
    """Two echoes of T2* 12 ms, the others of 30 ms: the first rise betrays them."""
    te_ms = np.array(TE_MS)
    values = 800.0 * np.exp(-te_ms / np.where(np.arange(9) < 2, 12.0, 30.0))
    finding = find(Measurement(DecaySignal("heart", TE_MS, tuple(values), field_tesla=1.5)), KNOWLEDGE)
    assert finding.grading is None
