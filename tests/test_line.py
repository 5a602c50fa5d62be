"""The straight line on real scanner files: bytes in, images, region, signal, fit, card."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ironreport.assess import assess
from ironreport.intake import read_series, region_signal
from ironreport.knowledge import published_knowledge
from ironreport.records import Choices, DecaySignal, EchoSeries, Exam, Measurement, Region
from ironreport.relaxometry import fit_decay
from ironreport.report import describe
from ironreport.report.content import Card

KNOWLEDGE = published_knowledge()


def only_series(folder: Path) -> EchoSeries:
    files = [(p.name, p.read_bytes()) for p in sorted(folder.rglob("*")) if p.is_file() and "LICENSE" not in p.name]
    found = read_series(files)
    assert len(found.series) == 1, [x.code for x in found.left_out]
    return found.series[0]


def box(row: int, column: int, size: int, slice_index: int) -> Region:
    return Region("rectangle", row, column, size, size, slice_index)


def test_ge_mixed_images_give_the_golden_means_and_37_19_ms(shared_data: Path) -> None:
    series = only_series(shared_data / "ge_mr750_gre12_MRI_mixed_2slices")
    assert (series.n_slices, series.n_echoes) == (2, 12)
    golden = json.loads((shared_data / "golden_vectors.json").read_text(encoding="utf-8"))["measured_roi"]
    expected = golden["GE MR750 series16 (no fat sat) slice a"]["mean"]
    signals = [region_signal(series, box(111, 198, 7, k), "kidney") for k in range(2)]
    matching = [s for s in signals if s.signal == pytest.approx(expected, abs=0.1)]
    assert len(matching) == 1 and matching[0].n_pixels == 49
    assert fit_decay(matching[0], "mono").time.value == pytest.approx(37.19, abs=0.02)


def test_siemens_enhanced_spin_echo_gives_17_echoes_41_4_ms_and_no_class(shared_data: Path) -> None:
    series = only_series(shared_data / "siemens_xa60_mese17_enhanced")
    assert (series.n_echoes, series.contrast) == (17, "T2")
    signals = [region_signal(series, box(88, 188, 5, k), "liver") for k in range(series.n_slices)]
    matching = [s for s in signals if s.signal[0] == pytest.approx(1248.4, abs=0.1)]
    assert len(matching) == 1
    fit = fit_decay(matching[0], "mono")
    assert fit.time.quantity == "t2_ms" and fit.time.value == pytest.approx(41.4, abs=0.05)
    card = card_of(matching[0])
    assert card.class_word == "no class" and "spin-echo" in card.absence[0] and "LIC" not in card.headline


def card_of(signal: DecaySignal, method: str = "auto") -> Card:
    exam = Exam("x", measurements=(Measurement(signal, Choices(method=method)),))
    return describe(assess(exam, KNOWLEDGE), KNOWLEDGE).cards[0]


def test_a_phantom_that_does_not_decay_is_not_reported(shared_data: Path) -> None:
    series = only_series(shared_data / "siemens_prisma_megre3_mag_phase" / "mag")
    cards = [card_of(region_signal(series, box(35, 26, 5, k), "liver")) for k in range(series.n_slices)]
    assert all(card.class_word == "no class" for card in cards)
    assert all("LIC" not in card.headline for card in cards)


def test_two_philips_echoes_are_read_but_get_no_class(shared_data: Path) -> None:
    series = only_series(shared_data / "philips_dstream_classic_2echo_MP_mixed")
    signals = [region_signal(series, box(27, 20, 7, k), "liver") for k in range(series.n_slices)]
    matching = [s for s in signals if s.signal == pytest.approx((1718.8, 1369.8), abs=0.1)]
    assert len(matching) == 1
    card = card_of(matching[0])
    assert card.headline.startswith("T2* 13.2") and card.class_word == "no class"
    assert "no goodness of fit" in " ".join(card.absence)


def test_blood_beside_the_septum_is_said_to_change_the_class() -> None:
    te_ms = tuple(2.0 + 2.2 * k for k in range(8))
    blood = DecaySignal("heart", te_ms, (867, 677, 532, 422, 338, 273, 224, 186), field_tesla=1.5)
    lateral = DecaySignal("heart", te_ms, tuple(s + 45 for s in blood.signal), field_tesla=1.5)
    card = card_of(lateral)
    assert any("The class depends on the model" in text for text in card.cautions)
