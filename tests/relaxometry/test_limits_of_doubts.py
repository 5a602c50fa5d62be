"""Where each doubt of a fit begins: one step on this side of its threshold nothing is said, one step beyond it is."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from ironreport.records import Caution, DecaySignal, FloatArray
from ironreport.relaxometry.doubts import FittedDecay, doubts, doubts_of_known_noise
from ironreport.relaxometry.models import MONO
from ironreport.relaxometry.readings import Reading
from ironreport.relaxometry.solving import Solution

TE_MS = 1.0 + np.arange(8)
TIME_MS = 5.0


def fitted(
    *, te_ms: FloatArray = TE_MS, time_ms: float = TIME_MS, values: FloatArray | None = None, rss: float = 0.0,
    half_width: float | None = 0.05, floor: float | None = None, sd: Sequence[float] = (),
    others: tuple[Solution, ...] = (), kept: Sequence[bool] | None = None, used: Sequence[bool] | None = None,
    n_parameters: int = 2, reached: float | None = None,
) -> FittedDecay:  # fmt: skip
    """A finished fit of a clean decay with the doubt in question; ``floor`` is where the curve levels off."""
    clean = 100.0 * np.exp(-te_ms / time_ms)
    measured = clean if values is None else values
    rate = 1000.0 / time_ms
    limits = (None, None) if half_width is None else (rate * math.exp(-half_width), rate * math.exp(half_width))

    def curve(times_ms: FloatArray) -> FloatArray:
        return np.asarray(100.0 * np.exp(-times_ms / time_ms))

    everything = np.ones(len(te_ms), dtype=np.bool_)
    kept_echoes = everything if kept is None else np.array(kept)
    used_echoes = kept_echoes if used is None else np.array(used)
    reading = Reading(
        words="", rate_per_s=rate, low_per_s=limits[0], high_per_s=limits[1], s0=100.0, log_covariance=None,
        used=used_echoes, measured=measured, predicted=clean, drawn=curve, bare=curve, rss=rss, floor=reached,
        n_parameters=n_parameters,
    )  # fmt: skip
    signal = DecaySignal("liver", tuple(te_ms.tolist()), tuple(measured.tolist()), sd=tuple(sd))
    return FittedDecay(signal, kept_echoes, reading, others, floor, half_width)


def exact(time_ms: float = TIME_MS, n_echoes: int = 8, half_width: float | None = 0.05) -> Solution:
    """One exponential without scatter, its interval as wide as asked."""
    solution = Solution(MONO, 100.0, 1000.0 / time_ms, 0.0, 0.0, n_echoes, np.zeros((2, 2)), settled=True)
    unit = replace(solution, covariance=np.eye(2)).log_half_width
    if half_width is None or unit is None:
        return replace(solution, covariance=None)
    return replace(solution, covariance=np.eye(2) * (half_width / unit) ** 2)


def found(fit: FittedDecay) -> dict[str, Caution]:
    """What is doubted of a curve alone whose residuals are clean."""
    return {c.code: c for c in doubts(fit, exact(n_echoes=int(fit.used.sum())))}


def test_a_clean_curve_has_no_doubts() -> None:
    assert found(fitted()) == {}
    assert doubts_of_known_noise(fitted(), ()) == ()


# ------------------------------------------------------------------------------------------ few echoes


def test_three_echoes_are_few_and_keep_the_class_and_four_are_enough() -> None:
    three = found(fitted(te_ms=TE_MS[[0, 3, 6]]))
    assert set(three) == {"FEW_ECHOES"}
    assert not three["FEW_ECHOES"].blocks_grade
    assert found(fitted(te_ms=TE_MS[:4])) == {}


def test_two_echoes_have_no_class_however_narrow_they_look() -> None:
    two = found(fitted(te_ms=TE_MS[[0, 7]]))
    assert set(two) == {"TWO_ECHOES"}
    assert two["TWO_ECHOES"].blocks_grade
    assert "measure at least four" in two["TWO_ECHOES"].text
    left = found(fitted(used=[True, True, False, False, False, False, False, False]))["TWO_ECHOES"]
    assert left.blocks_grade
    assert "above the noise floor" in left.text


def levelling_off(n_clear: int, n_echoes: int, n_parameters: int = 3) -> FittedDecay:
    """Echoes at three times the floor and above, then at the floor."""
    values = np.array([*np.geomspace(10.0, 3.0, n_clear), *[1.0] * (n_echoes - n_clear)])
    return fitted(te_ms=1.0 + np.arange(n_echoes), values=values, floor=1.0, n_parameters=n_parameters)


@pytest.mark.parametrize(
    ("n_clear", "n_echoes", "withheld"), [(2, 6, True), (3, 6, False), (2, 7, False), (1, 4, True)]
)
def test_two_echoes_above_the_floor_are_too_few_in_trains_of_up_to_six(
    n_clear: int, n_echoes: int, withheld: bool
) -> None:
    assert ("TWO_ECHOES" in found(levelling_off(n_clear, n_echoes, n_parameters=2))) is withheld


@pytest.mark.parametrize(("n_echoes", "withheld"), [(5, True), (6, False)])
def test_two_echoes_over_a_modelled_floor_are_enough_in_trains_of_six(n_echoes: int, withheld: bool) -> None:
    assert ("TWO_ECHOES" in found(levelling_off(2, n_echoes))) is withheld


def test_a_model_without_an_interval_has_no_class() -> None:
    assert found(fitted(half_width=None, n_parameters=3))["NO_INTERVAL"].blocks_grade


# ------------------------------------------------------------------------------------------ the interval


@pytest.mark.parametrize(("factor", "withheld"), [(1.98, False), (2.02, True)])
def test_an_interval_beyond_twice_and_half_the_value_has_no_class(factor: float, withheld: bool) -> None:
    for said in (found(fitted(half_width=math.log(factor))), _known(fitted(half_width=math.log(factor)))):
        assert ("WIDE_INTERVAL" in said) is withheld
    if withheld:
        caution = said["WIDE_INTERVAL"]
        assert caution.blocks_grade
        assert "too wide for a class" in caution.text and " ms" not in caution.text, "the interval is said once"


def _known(fit: FittedDecay) -> dict[str, Caution]:
    return {c.code: c for c in doubts_of_known_noise(fit, ())}


# ------------------------------------------------------------------------------------------ R^2


@pytest.mark.parametrize(("r_squared", "withheld"), [(0.855, False), (0.845, True)])
def test_a_curve_that_explains_less_than_85_percent_of_the_changes_has_no_class(
    r_squared: float, withheld: bool
) -> None:
    clean = 100.0 * np.exp(-TE_MS / TIME_MS)
    changes = float(np.sum((clean - clean.mean()) ** 2))
    said = found(fitted(rss=(1.0 - r_squared) * changes))
    assert ("WEAK_DECAY" in said) is withheld
    if withheld:
        assert said["WEAK_DECAY"].blocks_grade
        assert "only 84 %" in said["WEAK_DECAY"].text or "only 85 %" in said["WEAK_DECAY"].text


# ------------------------------------------------------------------------------------------ models that differ


@pytest.mark.parametrize("side", [1.0, -1.0])
@pytest.mark.parametrize(
    ("apart", "half_width", "said"),
    [
        (1.045, 0.001, False),  # sure, but less than 5 % apart
        (1.055, 0.001, True),
        (1.20, math.log(1.20) / 1.45, False),  # far apart, but within one and a half times its own interval
        (1.20, math.log(1.20) / 1.55, True),
        (1.20, None, False),
    ],
)
def test_models_disagree_from_five_percent_and_one_and_a_half_intervals_on(
    side: float, apart: float, half_width: float | None, said: bool
) -> None:
    other = exact(TIME_MS * apart**side, half_width=half_width)
    cautions = found(fitted(others=(other,)))
    assert ("MODEL_DEPENDENT" in cautions) is said
    if said:
        assert not cautions["MODEL_DEPENDENT"].blocks_grade


def test_the_sentence_on_models_names_the_shortest_and_the_longest_time() -> None:
    others = tuple(exact(time_ms, half_width=0.001) for time_ms in (4.0, 5.01, 7.0))
    assert "from 4 to 7 ms" in found(fitted(others=others))["MODEL_DEPENDENT"].text


# ------------------------------------------------------------------------------------------ the floor


@pytest.mark.parametrize(
    ("share", "n_at_floor", "withheld"), [(0.19, 3, False), (0.21, 3, True), (0.21, 1, False), (0.21, 2, True)]
)
def test_a_floor_above_a_fifth_of_the_first_echo_has_no_class(share: float, n_at_floor: int, withheld: bool) -> None:
    clear = np.geomspace(100.0, 2.1 * 100.0 * share, 8 - n_at_floor)
    values = np.concatenate([clear, np.full(n_at_floor, 100.0 * share)])
    said = found(fitted(values=values, floor=100.0 * share, n_parameters=3))
    assert ("HIGH_FLOOR" in said) is withheld
    if withheld:
        assert said["HIGH_FLOOR"].blocks_grade
        assert "levels off at 21 %" in said["HIGH_FLOOR"].text


@pytest.mark.parametrize(
    ("first_per_time", "share_of_s0", "withheld"),
    [(1.6, 0.19 / math.e, False), (1.6, 0.21 / math.e, True), (0.9, 0.09, True)],
)
def test_the_floor_of_a_decay_shorter_than_the_first_echo_is_judged_as_if_that_came_at_its_time(
    first_per_time: float, share_of_s0: float, withheld: bool
) -> None:
    te_ms = TIME_MS * first_per_time + np.arange(8)
    first = 100.0 * math.exp(-first_per_time)
    values = np.array([first, *np.full(7, 100.0 * share_of_s0)])
    short = fitted(te_ms=te_ms, values=values if first_per_time > 1.0 else values * 0.3, floor=100.0 * share_of_s0)
    assert ("HIGH_FLOOR" in found(short)) is withheld


def test_what_was_done_with_echoes_at_the_floor_is_said() -> None:
    values = np.array([100.0, 60.0, 35.0, 20.0, 12.0, 5.0, 5.0, 5.0])
    mono = exact(1.1 * TIME_MS)
    modelled = found(fitted(values=values, floor=5.0, n_parameters=3, others=(mono,)))
    assert "Echoes 6 to 8 are at or near the noise floor (5), which is modelled" in modelled["FLOOR_MODELLED"].text
    assert "without that T2* would read 10 % longer" in modelled["FLOOR_MODELLED"].text
    shorter = found(fitted(values=values, floor=5.0, n_parameters=3, others=(exact(0.9 * TIME_MS),)))
    assert "would read 10 % shorter" in shorter["FLOOR_MODELLED"].text
    kept = found(fitted(values=values, floor=5.0))
    assert "and were kept; T2* may read too long" in kept["FLOOR_KEPT"].text
    left = found(fitted(values=values, floor=5.0, used=[True] * 5 + [False] * 3, others=(mono,)))
    assert "and were left out; without that T2* would read 10 % longer" in left["TRUNCATED"].text
    one = found(fitted(values=np.array([100.0, 60.0, 35.0, 20.0, 12.0, 11.0, 10.5, 5.0]), floor=5.0))
    assert "Echo 8 is at or near the noise floor (5) and was kept" in one["FLOOR_KEPT"].text


# ------------------------------------------------------------------------------------------ a train too short


@pytest.mark.parametrize(("last_per_time", "said"), [(0.49, True), (0.51, False)])
def test_a_train_that_ends_before_half_the_time_is_short(last_per_time: float, said: bool) -> None:
    time_ms = 8.0 / last_per_time
    for cautions in (found(fitted(time_ms=time_ms)), _known(fitted(time_ms=time_ms))):
        assert ("SHORT_TRAIN" in cautions) is said


@pytest.mark.parametrize(("half_width", "withheld"), [(0.24, False), (0.26, True), (None, True)])
def test_a_small_fall_is_believed_up_to_a_half_width_of_a_quarter(half_width: float | None, withheld: bool) -> None:
    caution = found(fitted(time_ms=40.0, half_width=half_width))["SHORT_TRAIN"]
    assert caution.blocks_grade is withheld
    assert ("lost in noise looks the same" in caution.text) is withheld


@pytest.mark.parametrize(("n_echoes", "withheld"), [(3, True), (5, True), (6, False)])
def test_a_small_fall_over_few_echoes_is_not_believed(n_echoes: int, withheld: bool) -> None:
    """Echoes of two series, over a constant or with a turned sign lie on one decay: hearts of 14 ms read 20 ms."""
    short = fitted(te_ms=np.append(TE_MS[: n_echoes - 1], TE_MS[7]), time_ms=2.5 * TE_MS[7])
    for said in (found(short), _known(short)):
        assert said["SHORT_TRAIN"].blocks_grade is withheld
        assert ("one of another series" in said["SHORT_TRAIN"].text) is withheld


# ------------------------------------------------------------------------------------------ clipped echoes


@pytest.mark.parametrize(("step", "withheld"), [(0.9e-3, True), (-0.9e-3, True), (1.1e-3, False), (-1.1e-3, True)])
def test_first_echoes_equal_within_a_thousandth_are_clipped(step: float, withheld: bool) -> None:
    values = 100.0 * np.exp(-TE_MS / TIME_MS)
    values[1] = values[0] * (1.0 - step)
    for said in (found(fitted(values=values)), _known(fitted(values=values))):
        assert ("FLAT_START" in said) is withheld
    if withheld:
        assert said["FLAT_START"].blocks_grade
        assert "Echoes 1 and 2" in said["FLAT_START"].text
        assert ("rise where" in said["FLAT_START"].text) is (step < -1e-3)


@pytest.mark.parametrize(("fall", "withheld"), [(0.047, False), (0.053, True)])
def test_equal_echoes_are_clipped_only_where_the_curve_falls_by_five_percent(fall: float, withheld: bool) -> None:
    time_ms = -1.0 / math.log(1.0 - fall)
    values = 100.0 * np.exp(-TE_MS / time_ms)
    values[1] = values[0]
    assert ("FLAT_START" in found(fitted(time_ms=time_ms, values=values))) is withheld


def test_a_run_of_equal_echoes_counts_to_its_last() -> None:
    values = 100.0 * np.exp(-TE_MS / TIME_MS)
    values[:3] = values[0]
    assert "Echoes 1 to 3 are equal where the curve falls by 33 %" in found(fitted(values=values))["FLAT_START"].text
    slow = np.full(8, 50.0)
    assert "Echoes 1 to 8" in found(fitted(values=slow))["FLAT_START"].text


@pytest.mark.parametrize(("n_level", "per_scatter", "withheld"), [(3, 0.09, True), (3, 0.11, False), (2, 0.09, False)])
def test_three_first_echoes_within_a_tenth_of_the_scatter_are_clipped(
    n_level: int, per_scatter: float, withheld: bool
) -> None:
    """Clipped pixels under noise leave a start that is level, and not to the last digit."""
    values = 100.0 * np.exp(-TE_MS / TIME_MS)
    scatter = 0.015 * values[0]
    values[1:n_level] = values[0] - per_scatter * scatter
    said = found(fitted(values=values, rss=len(values) * scatter**2))
    assert ("FLAT_START" in said) is withheld


@pytest.mark.parametrize(("seen", "misfit", "withheld"), [(0.19, 0.021, 1), (0.21, 0.021, 0), (0.19, 0.019, 0)])
@pytest.mark.parametrize("last", [1, 2])
def test_a_train_that_scatters_is_clipped_where_its_start_falls_by_less_than_a_fifth_of_the_curve(
    last: int, seen: float, misfit: float, withheld: int
) -> None:
    """Hearts of 3.3 ms read 30 ms, and livers of 3.7 ms 16 ms, where clipping bent the beginning of a pasted curve."""
    values = 100.0 * np.exp(-TE_MS / TIME_MS)
    values[last] = values[0] * (1.0 - seen * -math.expm1(-(TE_MS[last] - TE_MS[0]) / TIME_MS))
    scattered = fitted(values=values, rss=len(values) * (misfit * values[0]) ** 2)
    said = {c.code: c for c in doubts(scattered, replace(exact(), rss=scattered.reading.rss))}
    assert ("FLAT_START" in said) is bool(withheld)
    if withheld:
        assert said["FLAT_START"].blocks_grade and "hardly fall where" in said["FLAT_START"].text


# ------------------------------------------------------------------------------------------ pixels like noise


@pytest.mark.parametrize(("ratio", "withheld"), [(0.44, False), (0.47, True)])
def test_pixels_that_vary_by_more_than_one_in_2_2_have_no_class(ratio: float, withheld: bool) -> None:
    first = 100.0 * math.exp(-1.0 / TIME_MS)
    for said in (found(fitted(sd=[ratio * first] * 8)), _known(fitted(sd=[ratio * first] * 8))):
        assert ("NOISE_LIKE" in said) is withheld
    if withheld:
        assert said["NOISE_LIKE"].blocks_grade
        assert "like pure noise (52 %)" in said["NOISE_LIKE"].text


def test_the_first_echo_used_says_how_the_pixels_vary() -> None:
    sd = [90.0, *[1.0] * 7]
    assert "NOISE_LIKE" in found(fitted(sd=sd))
    kept = [False, *[True] * 7]
    said = found(fitted(sd=sd, kept=kept))
    assert set(said) == {"READER_LEFT_OUT"}
    assert said["READER_LEFT_OUT"].text == "Left out by the reader: echo 1 (TE 1 ms)."


# ------------------------------------------------------------------------------ falls that chance can make


def by_chance(n_echoes: int, fall: float, error: float) -> bool:
    """Whether a curve alone that falls by a share in all, its ln R known to an error, is doubted as noise."""
    te_ms = np.linspace(1.0, 10.0, n_echoes)
    time_ms = -float(np.ptp(te_ms)) / math.log1p(-fall)
    solution = replace(exact(time_ms, n_echoes), covariance=np.eye(2) * error**2)
    doubt = {c.code: c for c in doubts(fitted(te_ms=te_ms, time_ms=time_ms), solution)}.get("FALL_BY_CHANCE")
    assert doubt is None or doubt.blocks_grade
    return doubt is not None


def test_a_small_fall_of_few_echoes_is_believed_from_one_chance_in_ten_thousand_on() -> None:
    # Student's t of three degrees of freedom leaves 1e-4 beyond 22.2
    assert by_chance(5, 0.3, 1.0 / 22.1)
    assert not by_chance(5, 0.3, 1.0 / 22.3)


def test_a_signal_that_halves_and_six_echoes_are_no_chance() -> None:
    assert by_chance(3, 0.49, 0.01)
    assert not by_chance(3, 0.51, 0.01)
    assert by_chance(5, 0.3, 0.1)
    assert not by_chance(6, 0.3, 0.1)


# ----------------------------------------------------------------------- what known noise does not explain


def misfit_of(share: float, noise_share: float) -> bool:
    """Whether a misfit is doubted, it and the noise of the curve per largest signal."""
    fit = fitted(rss=8.0 * (share * 100.0 * math.exp(-0.2)) ** 2)
    known = replace(fit, signal=replace(fit.signal, noise_sd=noise_share * 100.0 * math.exp(-0.2), n_pixels=1))
    doubt = {c.code: c for c in doubts_of_known_noise(known, ())}.get("NOT_EXPONENTIAL")
    assert doubt is None or doubt.blocks_grade
    return doubt is not None


def test_a_misfit_is_doubted_from_three_per_cent_and_four_times_the_noise_on() -> None:
    assert misfit_of(0.031, 0.001)
    assert not misfit_of(0.029, 0.001)
    assert misfit_of(0.05, 0.012)
    assert not misfit_of(0.05, 0.013)


def in_turn(lower_time_ms: float, start: float = 1.0, n_echoes: int = 8, floor: float | None = None) -> bool:
    """Whether a train is doubted whose even echoes are of a series with T2* 30 ms, the odd ones of another."""
    te_ms = 1.0 + 2.0 * np.arange(n_echoes)
    values = np.where(np.arange(n_echoes) % 2 == 0, np.exp(-te_ms / 30.0), start * np.exp(-te_ms / lower_time_ms))
    fit = fitted(te_ms=te_ms, values=100.0 * values, reached=floor)
    doubts_found = doubts_of_known_noise(fit, (Caution("FAT_FITTED", ""),))
    assert not any(c.code == "TWO_SERIES_IN_TURN" for c in doubts_of_known_noise(fit, ())), "only asked of fat"
    return any(c.code == "TWO_SERIES_IN_TURN" and c.blocks_grade for c in doubts_found)


def test_fat_whose_lower_echoes_fall_faster_by_a_third_is_two_series_in_turn() -> None:
    assert in_turn(30.0 / 1.32)
    assert not in_turn(30.0 / 1.28)


def test_two_series_in_turn_start_within_a_quarter() -> None:
    assert in_turn(15.0, start=math.exp(-0.24))
    assert not in_turn(15.0, start=math.exp(-0.26))


def test_two_series_in_turn_are_seen_in_three_clear_echoes_of_each() -> None:
    assert in_turn(30.0 / 1.32, n_echoes=6)
    assert not in_turn(30.0 / 1.32, n_echoes=5)
    last = 100.0 * math.exp(-11.0 * 1.32 / 30.0)
    assert in_turn(30.0 / 1.32, n_echoes=6, floor=last / 2.01)
    assert not in_turn(30.0 / 1.32, n_echoes=6, floor=last / 1.99)


def test_of_five_echoes_the_lower_ones_must_fall_faster_by_half_from_the_same_start() -> None:
    assert in_turn(30.0 / 1.52, n_echoes=5) and not in_turn(30.0 / 1.48, n_echoes=5)
    assert in_turn(15.0, start=math.exp(-0.09), n_echoes=5) and not in_turn(15.0, start=math.exp(-0.11), n_echoes=5)
    assert not in_turn(10.0, n_echoes=4)


def test_an_echo_lost_in_the_noise_takes_its_turn() -> None:
    """Counted without it, the echoes after it changed sides, and two series passed for fat."""
    assert in_turn(8.0, n_echoes=9, floor=8.5)


def test_lines_that_miss_their_echoes_are_no_series() -> None:
    te_ms = 1.0 + 2.0 * np.arange(8)
    times_ms = np.where(np.arange(8) % 2 == 0, 30.0, 15.0)
    bent = np.exp(-te_ms / times_ms) * (1.0 + 0.08 * np.array([0, 1, 0, -1, 0, -1, 0, 1]))
    doubted = doubts_of_known_noise(fitted(te_ms=te_ms, values=100.0 * bent), (Caution("FAT_FITTED", ""),))
    assert not any(c.code == "TWO_SERIES_IN_TURN" for c in doubted)


@pytest.mark.parametrize(("per_misfit", "in_turn"), [(0.48, False), (0.52, True)])
def test_lines_may_miss_their_echoes_by_twice_the_noise(per_misfit: float, in_turn: bool) -> None:
    """Of a region of 27 pixels at SNR 15 echoes of 10 and 26 ms in turn read 22 ms with a third of fat, normal."""
    te_ms, odd = 1.0 + 2.0 * np.arange(8), np.arange(8) % 2 == 1
    values = 100.0 * np.exp(-te_ms / np.where(odd, 15.0, 30.0)) * (1.0 + 0.08 * np.array([0, 1, 0, -1, 0, -1, 0, 1]))
    logs, times_ms = np.log(values[odd]), te_ms[odd]
    misfit = float(np.std(logs - np.polyval(np.polyfit(times_ms, logs, 1), times_ms)))
    noise_sd = per_misfit * misfit / math.sqrt(float(np.mean(values[odd] ** -2.0)))
    fit = fitted(te_ms=te_ms, values=values)
    known = replace(fit, signal=replace(fit.signal, noise_sd=noise_sd, n_pixels=1))
    doubted = doubts_of_known_noise(known, (Caution("FAT_FITTED", ""),))
    assert any(c.code == "TWO_SERIES_IN_TURN" for c in doubted) is in_turn
