"""The straight line as a whole: order, limits of the acquisition, and a class that hangs on the model."""

from __future__ import annotations

import math
from collections.abc import Sequence

import pytest

from ironreport.assess import assess
from ironreport.knowledge import published_knowledge
from ironreport.records import Caution, Choices, DecaySignal, Exam, Finding, Measurement, PrintedResult

KNOWLEDGE = published_knowledge()
TE_MS = tuple(2.0 + 2.2 * i for i in range(8))


def found(
    organ: str, te_ms: Sequence[float], t2star_ms: float, offset: float = 0.0, choices: Choices | None = None
) -> Finding:
    """The finding of a noise-free decay from 1000, on top of a constant."""
    decay = tuple(1000.0 * math.exp(-te / t2star_ms) + offset for te in te_ms)
    signal = DecaySignal(organ, tuple(te_ms), decay, field_tesla=1.5)
    exam = Exam("test", measurements=(Measurement(signal, choices or Choices()),))
    return assess(exam, KNOWLEDGE).findings[0]


def caution(finding: Finding, code: str) -> Caution | None:
    return next((c for c in finding.cautions if c.code == code), None)


# --------------------------------------------------------------------------- order


def test_findings_stand_heart_first_whatever_the_order_of_measuring() -> None:
    measured = tuple(Measurement(PrintedResult(o, 1.5, r2star_per_s=60.0)) for o in ("spleen", "liver", "heart"))
    assert [f.organ for f in assess(Exam("test", measurements=measured), KNOWLEDGE).findings] == [
        "heart", "liver", "spleen",
    ]  # fmt: skip


def test_an_organ_without_a_file_stands_last_and_says_which_organs_are_known() -> None:
    measured = tuple(Measurement(PrintedResult(o, 1.5, r2star_per_s=60.0)) for o in ("gallbladder", "heart"))
    last = assess(Exam("test", measurements=measured), KNOWLEDGE).findings[-1]
    assert last.organ == "gallbladder" and last.estimate is None
    assert last.absence is not None and last.absence.code == "UNKNOWN_ORGAN" and "heart" in last.absence.cure


# --------------------------------------------------------------------------- limits of the acquisition


@pytest.mark.parametrize(("first_te_ms", "doubted"), [(2.0, False), (2.05, True)])
def test_a_first_echo_of_the_heart_is_doubted_only_when_later_than_published(first_te_ms: float, doubted: bool) -> None:
    finding = found("heart", [first_te_ms + 2.2 * i for i in range(8)], 25.0)
    assert (caution(finding, "acq-heart-te") is not None) == doubted


def test_only_the_first_echo_counts_as_the_first() -> None:
    assert caution(found("heart", [0.9 + 1.0 * i for i in range(8)], 25.0), "acq-heart-te") is None


@pytest.mark.parametrize(("r2star_per_s", "doubted"), [(668.0, False), (674.0, True)])
def test_a_fat_fraction_beside_heavy_iron_is_doubted_above_the_published_rate(
    r2star_per_s: float, doubted: bool
) -> None:
    finding = found("liver", [0.9 + 0.5 * i for i in range(10)], 1000.0 / r2star_per_s)
    text = caution(finding, "acq-pdff-severe")
    assert (text is not None) == doubted
    assert text is None or "671" in text.text


@pytest.mark.parametrize(("t2star_ms", "refusal"), [(2.1, None), (1.9, "SHORTER_THAN_FIRST_ECHO")])
def test_a_time_below_half_the_first_echo_is_refused(t2star_ms: float, refusal: str | None) -> None:
    absence = found("liver", [4.0 + 0.5 * i for i in range(8)], t2star_ms).absence
    assert (absence.code if absence else None) == refusal


# --------------------------------------------------------------------------- a class that hangs on the model


def test_a_class_that_another_model_would_change_is_doubted_with_the_class_and_the_models_by_name() -> None:
    finding = found("heart", TE_MS, 9.5, offset=40.0)
    assert finding.grading is not None and finding.grading.grade == "mild-moderate"
    doubt = caution(finding, "CLASS_DEPENDS_ON_MODEL")
    assert doubt is not None
    assert "severe by the model 'exponential with additive constant'" in doubt.text
    assert "mono-exponential" not in doubt.text


def test_a_normal_class_that_another_model_does_not_give_is_withheld_and_a_worse_one_stands() -> None:
    """A constant of 4 % under a heart of 19 ms lifts it over 20 ms; one under a heart of 9.5 ms is only named."""
    finding = found("heart", TE_MS, 19.0, offset=40.0)
    assert finding.fit is not None and finding.fit.time.value > 20.0
    assert finding.grading is None
    assert finding.absence is not None and finding.absence.code == "CLASS_DEPENDS_ON_MODEL"
    assert "mild to moderate by the model 'exponential with additive constant'" in finding.absence.what
    chosen = found("heart", TE_MS, 19.0, offset=40.0, choices=Choices(method="mono"))
    assert chosen.grading is not None, "the reader has looked at the chart and chosen"
    for stands in (chosen, found("heart", TE_MS, 9.5, offset=40.0)):
        doubt = caution(stands, "CLASS_DEPENDS_ON_MODEL")
        assert doubt is not None and not doubt.blocks_grade


def test_models_that_disagree_within_one_class_raise_no_doubt_of_the_class() -> None:
    finding = found("heart", TE_MS, 9.0, offset=40.0)
    assert caution(finding, "MODEL_DEPENDENT") is not None
    assert caution(finding, "CLASS_DEPENDS_ON_MODEL") is None


def test_models_that_hardly_disagree_raise_no_doubt_even_where_a_limit_lies_between_them() -> None:
    """A floor of 2.5 moves T2* from 9.97 to 10.03 ms, across the limit of 10 ms; no scanner tells them apart."""
    finding = found("heart", TE_MS, 9.97, offset=2.5)
    assert finding.fit is not None and finding.fit.time.value > 10.0
    assert min(1000.0 / reading.rate.value for reading in finding.fit.bracket) < 10.0
    assert caution(finding, "MODEL_DEPENDENT") is None and caution(finding, "CLASS_DEPENDS_ON_MODEL") is None


def test_a_decay_that_has_no_class_has_none_that_could_depend_on_the_model() -> None:
    finding = found("spleen", TE_MS, 9.5, offset=40.0)
    assert caution(finding, "MODEL_DEPENDENT") is not None
    assert finding.grading is None and caution(finding, "CLASS_DEPENDS_ON_MODEL") is None
