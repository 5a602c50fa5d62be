"""Printed teaching curves with known truth: what must be read, refused or doubted."""

from __future__ import annotations

import math

import pytest

from ironreport.errors import FitError
from ironreport.records import Caution, DecayFit, DecaySignal
from ironreport.relaxometry import METHODS, fit_decay
from ironreport.relaxometry.biexponential import WORDS
from ironreport.relaxometry.models import CONSTANT, MONO, QUADRATURE

LIVER_TE_MS = tuple(1.3 + 1.2 * i for i in range(10))
LATE_TE_MS = tuple(4.8 + 2.2 * i for i in range(8))
HEART_TE_MS = tuple(2.0 + 2.2 * i for i in range(8))
FAT_TE_MS = (1.2, 2.3, 3.5, 4.6, 5.8, 6.9, 8.1, 9.2, 10.4, 11.5)

NOISE_FLOOR = DecaySignal("liver", LIVER_TE_MS, (339, 125, 48, 24, 20, 19, 19, 19, 19, 19))
VESSELS = DecaySignal("liver", LIVER_TE_MS, (731, 566, 454, 377, 324, 287, 261, 242, 228, 218))
LATE = DecaySignal("liver", LATE_TE_MS, (25, 19, 19, 19, 19, 19, 19, 19))
FAT = DecaySignal("liver", FAT_TE_MS, (734, 495, 626, 682, 500, 338, 427, 465, 341, 230))
BLOOD = DecaySignal("heart", HEART_TE_MS, (867, 677, 532, 422, 338, 273, 224, 186))
BAD_ECHO = DecaySignal("heart", HEART_TE_MS, (913, 826, 748, 676, 367, 554, 501, 453))


def caution(fit: DecayFit, code: str) -> Caution:
    found = [each for each in fit.cautions if each.code == code]
    assert len(found) == 1, f"{code} not among {[each.code for each in fit.cautions]}"
    return found[0]


def codes(fit: DecayFit) -> set[str]:
    return {each.code for each in fit.cautions}


def readings(fit: DecayFit) -> dict[str, float]:
    names = {CONSTANT.words: "constant", MONO.words: "mono", QUADRATURE.words: "quadrature", WORDS: "two"}
    return {names[reading.model]: reading.time.value for reading in fit.bracket}


def test_case_1_models_the_flat_tail_and_says_so() -> None:
    fit = fit_decay(NOISE_FLOOR)
    assert fit.n_used == 10
    assert fit.time.value == pytest.approx(1.2, rel=0.015), "a floor of unknown noise bends by up to 2 %"
    assert "which is modelled; without that T2* would read" in caution(fit, "FLOOR_MODELLED").text
    assert fit.time.low is not None
    assert fit.time.low < 1.2 < 1.005 * (fit.time.high or 0.0), "the printed tail is rounded by 1 %"


def test_case_1_drops_the_flat_tail_where_asked_and_says_so() -> None:
    fit = fit_decay(NOISE_FLOOR, "truncated")
    assert fit.used == (True,) * 3 + (False,) * 7
    assert fit.time.value == pytest.approx(1.212, abs=0.0005)
    assert fit.noise_floor == pytest.approx(19.0, abs=0.3)
    assert set(fit.left_out_because[3:]) == {"at the noise floor (18.9)"}
    text = caution(fit, "TRUNCATED").text
    assert "Echoes 4 to 10 are at or near the noise floor" in text
    assert "without that T2* would read 5 % longer" in text
    assert fit.time.low is not None
    assert fit.time.low < 1.2 < (fit.time.high or 0.0)


def test_case_2_shows_what_the_model_alone_does() -> None:
    shown = readings(fit_decay(NOISE_FLOOR))
    assert shown["mono"] == pytest.approx(1.270, abs=0.0005)
    assert shown["constant"] == pytest.approx(1.062, abs=0.0005)
    assert "1.06 to" in caution(fit_decay(NOISE_FLOOR), "MODEL_DEPENDENT").text
    assert "were kept" in caution(fit_decay(NOISE_FLOOR, "mono"), "FLOOR_KEPT").text


def test_case_3_shows_the_bracket_and_withholds_the_class() -> None:
    fit = fit_decay(VESSELS)
    shown = readings(fit)
    assert shown["mono"] == pytest.approx(7.571, abs=0.0005)
    assert shown["constant"] == pytest.approx(3.282, abs=0.0005)
    text = caution(fit, "MODEL_DEPENDENT").text
    assert "The model alone moves T2* from 3.28 to 7.57 ms: vessel, fat or noise floor in the region" in text
    assert caution(fit, "HIGH_FLOOR").blocks_grade
    assert fit_decay(VESSELS, "constant").r_squared == pytest.approx(0.9999, abs=0.0001)
    assert fit_decay(VESSELS, "mono").r_squared == pytest.approx(0.950, abs=0.0005)


@pytest.mark.parametrize("method", METHODS)
def test_case_4_is_refused_by_every_method_and_never_reads_82_ms(method: str) -> None:
    with pytest.raises(FitError) as caught:
        fit_decay(LATE, method)
    refusal = caught.value.refusal
    assert refusal.code == "BEYOND_ACQUISITION"
    assert "The signal is gone before the second echo" in refusal.what
    assert "T2* is shorter than about 5.8 ms; heavy iron is likely" in refusal.what
    assert "first echo of 1 ms or less" in refusal.cure
    assert "82" not in str(refusal)


def test_case_5_names_fat_and_withholds_the_class() -> None:
    fit = fit_decay(FAT)
    assert fit.time.value == pytest.approx(12.84, abs=0.005)
    doubt = caution(fit, "NOT_EXPONENTIAL")
    assert doubt.blocks_grade
    assert "fat" in doubt.text
    assert "in-phase echoes" in doubt.text
    in_phase = fit_decay(FAT, left_out=[i for i in range(10) if i not in (3, 7)])
    assert in_phase.time.value == pytest.approx(12.01, abs=0.005)


def test_case_9_shows_both_sides_of_the_model_debate() -> None:
    fit = fit_decay(BLOOD)
    shown = readings(fit)
    assert shown["mono"] == pytest.approx(9.576, abs=0.0005)
    assert shown["constant"] == pytest.approx(8.153, abs=0.0005)
    assert "from 8.15 to 9.58 ms" in caution(fit, "MODEL_DEPENDENT").text
    assert fit_decay(BLOOD, left_out=(4, 5, 6, 7)).time.value == pytest.approx(9.106, abs=0.0005)
    assert fit.time.low is not None
    assert fit.time.low < 8.8, "the interval reaches the reading with a floor"


def test_case_10_names_the_bad_echo() -> None:
    fit = fit_decay(BAD_ECHO)
    assert fit.time.value == pytest.approx(19.20, abs=0.005)
    doubt = caution(fit, "NOT_EXPONENTIAL")
    assert doubt.blocks_grade
    assert "Echo 5 (TE 10.8 ms) lies 40 % below the curve: leave it out or check the series" in doubt.text
    cured = fit_decay(BAD_ECHO, left_out=(4,))
    assert cured.time.value == pytest.approx(21.99, abs=0.005)
    assert not any(each.blocks_grade for each in cured.cautions)
    assert "echo 5 (TE 10.8 ms)" in caution(cured, "READER_LEFT_OUT").text


def test_two_echoes_give_a_curve_without_interval_or_class() -> None:
    fit = fit_decay(DecaySignal("heart", (5.19, 7.65), (3878.5, 3748.0)))
    assert fit.time.value == pytest.approx(71.9, abs=0.05)
    assert (fit.time.low, fit.rate.high, fit.residual_sd, fit.r_squared, fit.log_covariance) == (None,) * 5
    doubt = caution(fit, "TWO_ECHOES")
    assert doubt.blocks_grade
    assert "no goodness of fit and no interval" in doubt.text


def test_with_few_echoes_two_above_the_floor_withhold_the_class() -> None:
    te_ms = tuple(0.93 + 1.34 * i for i in range(6))
    values = tuple(math.hypot(1000 * math.exp(-te / 0.9), 24.0) for te in te_ms)
    assert fit_decay(DecaySignal("liver", te_ms, values), "truncated").n_used == 2
    assert caution(fit_decay(DecaySignal("liver", te_ms[:5], values[:5])), "TWO_ECHOES").blocks_grade
    fit = fit_decay(DecaySignal("liver", te_ms, values))
    assert not any(each.blocks_grade for each in fit.cautions), "six echoes leave a modelled floor an interval"
    assert readings(fit)["quadrature"] == pytest.approx(0.9, rel=1e-6)


def test_a_long_train_with_two_echoes_above_the_floor_models_the_floor_and_keeps_the_class() -> None:
    te_ms = tuple(0.93 + 1.34 * i for i in range(12))
    values = tuple(math.hypot(1000 * math.exp(-te / 0.9), 24.0) for te in te_ms)
    fit = fit_decay(DecaySignal("liver", te_ms, values))
    assert fit.time.value == pytest.approx(0.9, rel=0.006), "the law of two coils is not quite a quadrature"
    assert fit.n_used == 12
    assert "noise floor" in fit.method
    assert not any(each.blocks_grade for each in fit.cautions)


def test_three_clear_echoes_are_a_caution_and_not_a_refusal() -> None:
    fit = fit_decay(DecaySignal("heart", (5.0, 10.0, 15.0), (780.0, 525.0, 354.0)))
    assert fit.time.low is not None
    assert not caution(fit, "FEW_ECHOES").blocks_grade
    assert not any(each.blocks_grade for each in fit.cautions)


def test_a_falling_signal_with_a_useless_interval_gets_no_class() -> None:
    fit = fit_decay(DecaySignal("kidney", (20.0, 40.0, 60.0), (2730.7, 2010.8, 1200.0), "T2"))
    assert caution(fit, "WIDE_INTERVAL").blocks_grade
    assert "interval of T2 is too wide for a class" in caution(fit, "WIDE_INTERVAL").text


def test_clipped_first_echoes_withhold_the_class() -> None:
    te_ms = tuple(1.2 + 1.3 * i for i in range(12))
    for time_ms in (8.0, 20.0):
        values = tuple(min(600.0, 1000 * math.exp(-te / time_ms)) for te in te_ms)
        doubt = caution(fit_decay(DecaySignal("heart", te_ms, values)), "FLAT_START")
        assert doubt.blocks_grade
        assert "are equal where the curve falls" in doubt.text


def test_two_mixed_series_withhold_the_class() -> None:
    te_ms = tuple(1.2 + 1.3 * i for i in range(12))
    values = tuple(1000 * math.exp(-te / (8.0 if i % 2 == 0 else 20.0)) for i, te in enumerate(te_ms))
    doubt = caution(fit_decay(DecaySignal("heart", te_ms, values)), "NOT_EXPONENTIAL")
    assert doubt.blocks_grade
    assert "two mixed series" in doubt.text


def test_one_mistyped_echo_time_is_named() -> None:
    te_ms = tuple(1.2 + 1.3 * i for i in range(12))
    values = tuple(round(1000 * math.exp(-te / 8.0)) for te in te_ms)
    typed = tuple(te + 1.0 if i == 4 else te for i, te in enumerate(te_ms))
    fit = fit_decay(DecaySignal("heart", typed, values))
    assert "Echo 5 (TE 7.4 ms) lies 13 % above the curve" in caution(fit, "ODD_ECHO").text
    assert "ODD_ECHO" not in codes(fit_decay(DecaySignal("heart", te_ms, values)))


def test_a_short_train_is_called_short() -> None:
    te_ms = tuple(2.0 + 2.2 * i for i in range(8))
    slow = fit_decay(DecaySignal("heart", te_ms, tuple(1000 * math.exp(-te / 45.0) for te in te_ms)))
    assert not caution(slow, "SHORT_TRAIN").blocks_grade
    assert "SHORT_TRAIN" not in codes(fit_decay(DecaySignal("heart", te_ms, (913, 826, 748, 676, 612, 554, 501, 453))))


def test_pixels_that_vary_like_noise_withhold_the_class() -> None:
    values = tuple(800 * math.exp(-te / 8.0) for te in HEART_TE_MS)
    noise = fit_decay(DecaySignal("heart", HEART_TE_MS, values, sd=tuple(0.52 * value for value in values)))
    assert caution(noise, "NOISE_LIKE").blocks_grade
    tissue = fit_decay(DecaySignal("heart", HEART_TE_MS, values, sd=tuple(0.2 * value for value in values)))
    assert "NOISE_LIKE" not in codes(tissue)


def test_cautions_of_the_signal_are_not_repeated_and_blocking_ones_come_first() -> None:
    signal = DecaySignal("liver", VESSELS.te_ms, VESSELS.signal, cautions=(Caution("LOSSY", "Lossy images."),))
    blocking = [each.blocks_grade for each in fit_decay(signal).cautions]
    assert "LOSSY" not in codes(fit_decay(signal))
    assert blocking == sorted(blocking, reverse=True)


def test_no_sentence_pleads_or_shouts() -> None:
    fits = [fit_decay(signal) for signal in (NOISE_FLOOR, VESSELS, FAT, BLOOD, BAD_ECHO)]
    for text in (each.text for fit in fits for each in fit.cautions):
        assert text.endswith(".")
        assert "!" not in text
        assert "please" not in text.lower()
