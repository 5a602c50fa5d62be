"""The simulator against theory: what it shows is what repeated scans do."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from ironreport.knowledge import published_knowledge
from ironreport.records import FloatArray
from ironreport.relaxometry.known_noise import fit_known
from ironreport.relaxometry.models import CONSTANT, MONO
from ironreport.relaxometry.noise_law import first_moment
from ironreport.relaxometry.solving import solve
from ironreport.report.pdf.page_pictures import n_pages, page_text
from ironreport.report.pdf.sheet_page import write_sheet
from ironreport.synthetic.samples import sample_exam
from ironreport.teaching.advice_sheet import advice_lines, advice_sheet
from ironreport.teaching.protocol_power import limits_ms, protocol_power, scan_of
from ironreport.teaching.simulator import NORMAL_95, Scan, expected_signals, noise_floor, readings, scatter

KNOWLEDGE = published_knowledge()
SCANS = (
    Scan(),
    Scan(t2star_ms=1.2, noise_sd=12.0, n_pixels=120),
    Scan(t2star_ms=20.0, first_te_ms=2.0, spacing_ms=2.2, n_echoes=8, noise_sd=20.0, n_pixels=60),
    Scan(t2star_ms=3.0, noise_sd=30.0, n_coils=4, n_pixels=80),
)
N_SCANS = 900
WITHIN = 0.10


def repeated(scan: Scan, n_scans: int = N_SCANS) -> FloatArray:
    """Mean signals of a region scanned again and again, shape (n_scans, n_echoes)."""
    rng = np.random.default_rng(20261129)
    clean = scan.s0 * np.exp(-scan.te_ms / scan.t2star_ms) / np.sqrt(scan.n_coils)
    found = np.empty((n_scans, scan.n_echoes))
    for echo, amplitude in enumerate(clean):
        power = np.zeros((n_scans, scan.n_pixels))
        for _ in range(scan.n_coils):
            real, imaginary = rng.normal(0.0, scan.noise_sd, (2, n_scans, scan.n_pixels))
            power += (amplitude + real) ** 2 + imaginary**2
        found[:, echo] = np.sqrt(power).mean(axis=1)
    return found


def shown_sd(scan: Scan, model: str) -> float:
    reading = next(r for r in readings(scan) if r.model == model)
    assert reading.low_ms is not None and reading.high_ms is not None
    return math.log(reading.high_ms / reading.low_ms) / (2.0 * NORMAL_95)


@pytest.mark.parametrize("scan", SCANS, ids=lambda s: f"{s.t2star_ms:g} ms")
def test_the_interval_of_this_program_is_as_wide_as_repeated_scans_scatter(scan: Scan) -> None:
    signals = repeated(scan) / scan.noise_sd
    fits = fit_known(scan.te_ms, signals, scan.n_pixels, first_moment(scan.n_coils), 1.5)
    seen = float(np.std(fits.log_rate))
    assert shown_sd(scan, "known-noise") == pytest.approx(seen, rel=WITHIN)
    assert scatter(scan, np.array([scan.t2star_ms]))[0] == pytest.approx(seen, rel=WITHIN)


@pytest.mark.parametrize("model", ["log-linear", "least-squares", "constant"])
def test_the_interval_of_each_other_model_is_as_wide_as_repeated_scans_scatter(model: str) -> None:
    scan = SCANS[0]
    signals = repeated(scan, 500)
    if model == "log-linear":
        rates = -np.polyfit(scan.te_ms, np.log(signals.T), 1)[0]
    else:
        found = [solve(CONSTANT if model == "constant" else MONO, scan.te_ms, s) for s in signals]
        rates = np.array([f.rate_per_s for f in found if f is not None])
    assert shown_sd(scan, model) == pytest.approx(float(np.std(np.log(rates))), rel=WITHIN)


def test_expected_signals_are_the_means_of_repeated_scans() -> None:
    scan = SCANS[3]
    assert repeated(scan).mean(axis=0) == pytest.approx(expected_signals(scan), rel=0.005)
    gone = replace(scan, t2star_ms=0.05)
    assert expected_signals(gone) == pytest.approx(np.full(gone.n_echoes, noise_floor(gone)), rel=1e-6)


def test_without_faults_this_program_reads_the_truth_and_the_trend_line_does_not() -> None:
    by_model = {r.model: r for r in readings(Scan(t2star_ms=1.2))}
    assert by_model["known-noise"].t2star_ms == pytest.approx(1.2, rel=1e-3)
    assert by_model["log-linear"].t2star_ms is not None and by_model["log-linear"].t2star_ms > 3.0
    assert by_model["truncated"].t2star_ms == pytest.approx(1.2, rel=0.03)


def test_fat_and_vessels_bend_the_plain_model() -> None:
    assert next(r for r in readings(Scan(vessel_share=0.15)) if r.model == "least-squares").t2star_ms > 4.0  # type: ignore[operator]
    fat = protocol_power(Scan(fat_fraction=0.2), "liver", KNOWLEDGE)
    clean = protocol_power(Scan(), "liver", KNOWLEDGE)
    assert abs(fat.at(12.0)[0]) > 0.02 > abs(clean.at(12.0)[0])


def test_a_scan_without_any_signal_has_no_number_and_never_a_long_one() -> None:
    late = Scan(t2star_ms=0.5, first_te_ms=6.0)
    by_model = {r.model: r for r in readings(late)}
    assert by_model["known-noise"].t2star_ms is None
    assert by_model["truncated"].t2star_ms is None


def test_a_better_protocol_is_better_and_a_late_first_echo_loses_the_heavy_iron() -> None:
    early, late = (protocol_power(Scan(first_te_ms=te), "liver", KNOWLEDGE) for te in (1.0, 5.0))
    assert early.at(1.0)[1] < late.at(1.0)[1]
    assert early.shortest_ms is not None and late.shortest_ms is not None and early.shortest_ms < late.shortest_ms
    more = protocol_power(Scan(n_pixels=2000), "liver", KNOWLEDGE)
    assert more.at(3.0)[1] < early.at(3.0)[1]


def test_a_wrong_class_is_likely_at_a_limit_and_rare_far_from_it() -> None:
    power = protocol_power(Scan(), "heart", KNOWLEDGE)
    assert limits_ms("heart", "1.5", KNOWLEDGE) == [20.0, 10.0]
    assert power.at(10.0)[2] > 0.3 and power.at(14.0)[2] < 1e-3
    in_liver = limits_ms("liver", "1.5", KNOWLEDGE)
    assert len(in_liver) == 4 and in_liver == sorted(in_liver, reverse=True)
    assert limits_ms("adrenal", "1.5", KNOWLEDGE) == []


def test_the_chance_of_a_wrong_class_is_that_of_repeated_scans() -> None:
    limit = limits_ms("liver", "1.5", KNOWLEDGE)[2]
    scan = Scan(t2star_ms=limit * 1.01, noise_sd=60.0, n_pixels=60)
    fits = fit_known(scan.te_ms, repeated(scan) / scan.noise_sd, scan.n_pixels, first_moment(1), 1.5)
    seen = float(np.mean(np.exp(-fits.log_rate) < limit))
    power = protocol_power(scan, "liver", KNOWLEDGE)
    spread = float(scatter(scan, np.array([scan.t2star_ms]))[0])
    shown = 0.5 * math.erfc(math.log(1.01) / spread / math.sqrt(2.0))
    assert shown == pytest.approx(seen, abs=0.06)
    assert max(power.wrong_class) <= 1.0


def test_the_protocol_of_an_opened_exam_is_taken_over() -> None:
    taken = scan_of(sample_exam(), Scan(), KNOWLEDGE)
    assert taken is not None
    assert (taken.first_te_ms, taken.n_echoes, taken.field) == (2.0, 8, "1.5")
    assert taken.spacing_ms == pytest.approx(2.2)
    assert scan_of(replace(sample_exam(), measurements=()), Scan(), KNOWLEDGE) is None


def test_the_advice_names_what_would_help_and_nothing_that_is_well() -> None:
    good = advice_lines(protocol_power(Scan(first_te_ms=1.0), "liver", KNOWLEDGE))
    late = Scan(first_te_ms=4.8, spacing_ms=2.2, n_echoes=5, fat_fraction=0.2)
    bad = advice_lines(protocol_power(late, "liver", KNOWLEDGE))
    assert not any("late" in line or "Fat" in line or "usual" in line for line in good)
    assert any("first echo at 4.8 ms is late" in line for line in bad)
    assert any("5 echoes" in line for line in bad) and any("Fat or vessels" in line for line in bad)
    assert advice_lines(protocol_power(Scan(noise_sd=900.0, n_pixels=10), "liver", KNOWLEDGE))[0].startswith(
        "This protocol"
    )


def test_the_advice_is_one_printed_page_with_both_protocols() -> None:
    sheet = advice_sheet(Scan(), Scan(first_te_ms=4.8), "liver", KNOWLEDGE)
    pdf = write_sheet(sheet)
    assert pdf == write_sheet(sheet) and n_pages(pdf) == 1
    text = page_text(pdf, 0)
    assert "Protocol advice" in text and "not measurable" in text and "the other protocol" in text
    assert n_pages(write_sheet(advice_sheet(Scan(), None, "heart", KNOWLEDGE), "Letter")) == 1
