"""Pairs of measurements give the spread they came from, with intervals that hold as often as they say."""

from __future__ import annotations

import math
import tomllib

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ironreport.assess.precision import log_sd
from ironreport.errors import ValidationError
from ironreport.validation import KINDS, Kind, Pair, agreement, sentence, settings_entry, table
from ironreport.validation.agreement import FEW, FEWEST, STEADY


def pairs_of(n: int, cov_percent: float, seed: int, shift_percent: float = 0.0) -> list[Pair]:
    """Two readings of each of n true values, both with this coefficient of variation."""
    rng = np.random.default_rng(seed)
    true = np.exp(rng.uniform(math.log(30.0), math.log(900.0), n))
    first, second = (true * np.exp(rng.normal(0.0, log_sd(cov_percent), n)) for _ in range(2))
    second = second * (1 + shift_percent / 100)
    return [Pair(f"P{k}", float(first[k]), float(second[k])) for k in range(n)]


def test_a_worked_example_by_pocket_calculator() -> None:
    found = agreement("scan and rescan", [Pair("a", 100.0, 110.0), Pair("b", 200.0, 190.0), Pair("c", 50.0, 50.0)])
    squares = math.log(1.1) ** 2 + math.log(0.95) ** 2
    assert found.cov is not None and found.cov.value == pytest.approx(100 * math.sqrt(math.expm1(squares / 6)))
    assert found.bias.value == pytest.approx(100 * ((1.1 * 0.95) ** (1 / 3) - 1))
    change = 1.959964 * math.sqrt(squares / 3)
    assert found.rise_percent == pytest.approx(100 * math.expm1(change), rel=1e-4)
    assert found.fall_percent == pytest.approx(100 * math.expm1(-change), rel=1e-4)


def test_intervals_hold_the_truth_as_often_as_they_say() -> None:
    truth, inside, n = 6.0, {"cov": 0, "bias": 0, "upper": 0}, 400
    limit = 100 * math.expm1(1.959964 * math.sqrt(2) * log_sd(truth))
    for seed in range(n):
        found = agreement("scan and rescan", pairs_of(14, truth, seed))
        for name, one, true in (
            ("cov", found.cov, truth),
            ("bias", found.bias, 0.0),
            ("upper", found.upper_limit, limit),
        ):
            assert one is not None and one.low is not None and one.high is not None
            inside[name] += one.low <= true <= one.high
    assert all(0.92 * n <= hits <= 0.98 * n for hits in inside.values()), inside


@settings(deadline=None, max_examples=60)
@given(
    st.sampled_from(KINDS), st.integers(FEWEST, 40), st.floats(1.0, 20.0), st.integers(0, 10_000), st.floats(1e-3, 1e3)
)
def test_the_unit_changes_nothing_and_no_number_is_outside_its_interval(
    kind: Kind, n: int, cov: float, seed: int, unit: float
) -> None:
    pairs = pairs_of(n, cov, seed)
    found = agreement(kind, pairs)
    again = agreement(kind, [Pair(p.label, p.first * unit, p.second * unit) for p in pairs])
    assert again.bias.value == pytest.approx(found.bias.value, abs=1e-6)
    for one in (found.bias, found.cov, found.lower_limit, found.upper_limit, found.slope):
        if one is not None:
            assert one.low is not None and one.high is not None and one.low <= one.value <= one.high
    assert found.lower_limit.value <= found.bias.value <= found.upper_limit.value


def test_a_phantom_has_an_error_and_a_slope_and_no_repeatability() -> None:
    known = [20.0, 50.0, 100.0, 200.0, 400.0, 800.0]
    found = agreement("phantom", [Pair(str(k), k, 1.05 * k**1.02) for k in known])
    assert found.slope is not None and found.slope.value == pytest.approx(1.02) and found.cov is None
    assert "repeatability" not in sentence(found, "R2*") and "off by" in sentence(found, "R2*")
    one_value = agreement("phantom", [Pair(str(k), 100.0, 100.0 + k) for k in (1, 2, 3)])
    assert one_value.slope is None


def test_the_sentence_names_the_coefficient_its_interval_the_pairs_and_the_change() -> None:
    found = agreement("scan and rescan", pairs_of(24, 5.0, 3))
    said = sentence(found, "liver R2*")
    assert found.cov is not None and f"{found.cov.value:.1f} %" in said and "24 pairs" in said
    assert f"{found.rise_percent:+.1f} %" in said and "liver R2*" in said
    assert dict(table(found))["Pairs"] == "24"


# ------------------------------------------------------------------------------------ what is doubted


def codes(found: object) -> set[str]:
    return {caution.code for caution in getattr(found, "cautions")}  # noqa: B009


def test_few_pairs_are_said_up_to_eleven() -> None:
    assert "FEW_PAIRS" in codes(agreement("scan and rescan", pairs_of(FEW - 1, 5.0, 1)))
    assert "FEW_PAIRS" not in codes(agreement("scan and rescan", pairs_of(FEW, 5.0, 1)))


def test_a_second_measurement_that_differs_beyond_chance_is_said() -> None:
    assert "SECOND_DIFFERS" in codes(agreement("scan and rescan", pairs_of(20, 3.0, 1, shift_percent=6.0)))


def test_a_pair_with_a_slip_of_the_unit_is_named() -> None:
    pairs = pairs_of(20, 3.0, 1)
    slip = [*pairs[:-1], Pair("P07 typed wrong", pairs[-1].first, pairs[-1].second * 10)]
    (caution,) = [c for c in agreement("scan and rescan", slip).cautions if c.code == "PAIR_APART"]
    assert "P07 typed wrong" in caution.text


def test_a_spread_that_grows_with_the_value_is_said() -> None:
    rng = np.random.default_rng(1)
    true = np.geomspace(30.0, 900.0, 40)
    second = true * np.exp(rng.normal(0.0, 0.2 * true / 900.0))
    pairs = [Pair(str(k), float(a), float(b)) for k, (a, b) in enumerate(zip(true, second, strict=True))]
    assert "SPREAD_CHANGES" in codes(agreement("scan and rescan", pairs))


def test_clean_pairs_are_doubted_in_fewer_than_one_of_ten() -> None:
    doubted = [bool(codes(agreement("scan and rescan", pairs_of(24, 5.0, seed)))) for seed in range(300)]
    assert np.mean(doubted) < 0.1


@pytest.mark.parametrize(
    ("pairs", "code"),
    [
        ([Pair("a", 1.0, 1.1), Pair("b", 2.0, 2.1)], "FEW_PAIRS"),
        ([Pair("a", 1.0, 1.1), Pair("b", 2.0, 2.1), Pair("c", 0.0, 2.0)], "NOT_POSITIVE"),
        ([Pair("a", 1.0, 1.1), Pair("b", 2.0, 2.1), Pair("c", math.inf, 2.0)], "NOT_POSITIVE"),
        ([Pair(k, 2.0, 2.0) for k in "abc"], "ALL_EQUAL"),
    ],
)
def test_what_cannot_be_compared_is_refused(pairs: list[Pair], code: str) -> None:
    with pytest.raises(ValidationError) as refused:
        agreement("scan and rescan", pairs)
    assert refused.value.refusal.code == code and refused.value.refusal.cure


# ------------------------------------------------------------------------------------ for the settings


def test_the_entry_for_the_settings_takes_the_upper_limit_where_pairs_are_few() -> None:
    for n in (FEW, STEADY - 1, STEADY):
        found = agreement("scan and rescan", pairs_of(n, 5.0, 2))
        entry = tomllib.loads(settings_entry(found, "liver", 'Ward "3", März'))["own_precision"][0]
        assert found.cov is not None and entry["source"] == 'Ward "3", März' and entry["n_pairs"] == n
        wanted = found.cov.value if n >= STEADY else found.cov.high
        assert entry["cov_percent"] == pytest.approx(wanted, abs=0.051) and not entry["other_scanner"]


@pytest.mark.parametrize(("kind", "n", "source", "code"), [
    ("two readers", 20, "x", "NO_PRECISION"), ("phantom", 20, "x", "NO_PRECISION"),
    ("scan and rescan", FEW - 1, "x", "FEW_PAIRS"), ("two scanners", 20, " ", "NO_SOURCE"),
])  # fmt: skip
def test_no_entry_is_made_of_what_is_no_repeatability(kind: Kind, n: int, source: str, code: str) -> None:
    with pytest.raises(ValidationError) as refused:
        settings_entry(agreement(kind, pairs_of(n, 5.0, 2)), "liver", source)
    assert refused.value.refusal.code == code
