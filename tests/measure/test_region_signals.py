"""From regions on images to one signal: what is measured, pooled and doubted."""

from dataclasses import replace

import numpy as np
import pytest

from ironreport.assess import assess
from ironreport.errors import IntakeError
from ironreport.exam import open_exam, save_exam
from ironreport.intake import read_series
from ironreport.knowledge import published_knowledge
from ironreport.measure.region_signals import measure, measure_together
from ironreport.records import Choices, EchoSeries, Exam, Measurement, Region, Technique
from ironreport.relaxometry import fit_decay
from ironreport.report import describe
from ironreport.report.numbers import with_interval
from ironreport.report.pdf import write_pdf
from ironreport.synthetic.examination import synthetic_exam, vessel_liver


def series_of(files: dict[str, bytes]) -> EchoSeries:
    return next(s for s in read_series(list(files.items())).series)


def test_a_region_brings_its_mean_its_pixels_and_the_key_of_its_images() -> None:
    exam = synthetic_exam("siemens", "pancreas")
    series, location = series_of(exam.files), exam.truth.locations
    name, regions = next(iter(location.items()))
    signal = measure(series, regions[0], "pancreas", name)
    assert signal.pixels is not None and signal.pixels.n_pixels == signal.n_pixels
    assert signal.series_key == series.key


def test_vessels_inside_the_outline_are_screened_and_their_bias_goes() -> None:
    exam = vessel_liver()
    series = series_of(exam.files)
    region = next(iter(exam.truth.locations.values()))[0]
    signal = measure(series, region, "liver")
    truth_ms = exam.truth.recipe.relaxation_ms
    assert fit_decay(signal, "mono").time.value > 2.0 * truth_ms
    assert fit_decay(signal).time.value == pytest.approx(truth_ms, rel=0.05)
    kept = measure(series, region, "liver", screened=False)
    assert kept.pixels is not None and kept.pixels.n_kept == kept.pixels.n_pixels


@pytest.mark.parametrize(("screened", "doubted"), [(True, False), (False, True)])
def test_the_spread_of_the_pixels_that_the_number_rests_on_is_doubted(screened: bool, doubted: bool) -> None:
    """Bright vessels in a liver of 22 ms, left out of its number, took its normal class."""
    rng = np.random.default_rng(3)
    te_ms = 1.1 + 1.4 * np.arange(10)
    clean = np.full((40, 40), 800.0)[:, :, np.newaxis] * np.exp(-te_ms / 22.0)
    vessel = rng.permutation(1600).reshape(40, 40) % 13 == 0
    clean[vessel] = 2000.0 * np.exp(-te_ms / 60.0)
    images = np.zeros((10, 96, 96))
    images[:, 28:68, 28:68] = np.moveaxis(clean, -1, 0)
    real, imaginary = rng.normal(0.0, 16.0, (2, *images.shape))
    series = EchoSeries(
        key="", label="1", images=np.hypot(images + real, imaginary).astype(np.float32)[None], contrast="T2*",
        field_tesla=1.5, pixel_spacing_mm=None, slice_positions_mm=(0.0,), technique=Technique(), patient_key="",
        study_key="", te_ms=tuple(te_ms.tolist()),
    )  # fmt: skip
    signal = measure(series, Region("rectangle", 47, 47, 30, 30), "liver", screened=screened)
    assert ("HIGH_SPREAD" in {caution.code for caution in signal.cautions}) is doubted
    finding = assess(Exam("x", measurements=(Measurement(signal),)), published_knowledge()).findings[0]
    assert (finding.grading is not None) is screened


def test_regions_together_are_all_their_pixels_or_the_mean_of_their_times() -> None:
    exam = synthetic_exam("siemens", "pancreas")
    series = series_of(exam.files)
    placed = [(name, regions[0]) for name, regions in exam.truth.locations.items()]
    by_pixels = measure_together(series, placed, "pancreas", by_mean=False)
    by_mean = measure_together(series, placed, "pancreas", by_mean=True)
    assert by_pixels.n_pixels == sum(part.n_pixels or 0 for part in by_mean.parts)
    assert by_pixels.parts == () and len(by_mean.parts) == len(placed)
    assert np.allclose(by_pixels.signal, by_mean.signal)
    assert by_mean.location == ", ".join(exam.truth.locations)
    assert [one.region for one in by_pixels.regions] == [region for _, region in placed] == list(by_mean.drawn)
    assert [one.time for one in by_mean.regions] == [fit_decay(part).time for part in by_mean.parts]
    assert by_mean.region is None and all(part.origin in by_pixels.origin for part in by_mean.parts)
    with pytest.raises(IntakeError):
        measure_together(series, [], "pancreas", by_mean=True)


def test_a_region_of_three_pixels_is_measured_by_its_mean_and_says_so() -> None:
    exam = synthetic_exam("siemens", "liver")
    series = series_of(exam.files)
    signal = measure(series, Region("rectangle", 60.0, 40.0, 1.0, 3.0, 0), "liver")
    assert signal.pixels is None
    assert "MEAN_ONLY" in {c.code for c in signal.cautions}


def test_an_exam_saved_and_opened_prints_the_same_bytes() -> None:
    exam = synthetic_exam("siemens", "pancreas")
    series = series_of(exam.files)
    placed = [(name, regions[0]) for name, regions in exam.truth.locations.items()]
    pancreas = measure_together(series, placed, "pancreas", by_mean=True)
    liver = measure(series, placed[0][1], "liver", "a stand-in")
    before = Exam("Exam 1A2B", "2026-11-21", (Measurement(pancreas), Measurement(liver, Choices(left_out=(1,)))))
    again = open_exam(save_exam(before))
    knowledge = published_knowledge()
    first, second = (write_pdf(describe(assess(one, knowledge), knowledge)) for one in (before, again))
    assert first == second


def test_each_region_that_is_used_together_with_others_is_printed_with_what_it_reads_alone() -> None:
    exam = synthetic_exam("siemens", "pancreas")
    series = series_of(exam.files)
    placed = [(name, regions[0]) for name, regions in exam.truth.locations.items()]
    knowledge = published_knowledge()
    together = Measurement(measure_together(series, placed, "pancreas", by_mean=True))
    [card] = describe(assess(Exam("Exam 1A2B", measurements=(together,)), knowledge), knowledge).cards
    rows = {row.label: row.value for row in card.fit_rows}
    for n, (name, region) in enumerate(placed, start=1):
        alone = fit_decay(measure(series, region, "pancreas", name))
        assert rows[f"Region {n} alone, {name}"].startswith(with_interval(alone.time))


def test_a_doubt_about_one_of_several_regions_has_its_number() -> None:
    exam = synthetic_exam("siemens", "pancreas")
    series = series_of(exam.files)
    placed = [(name, regions[0]) for name, regions in exam.truth.locations.items()]
    small = [*placed, ("a corner of it", Region("rectangle", 60.0, 60.0, 2.0, 2.0, 0))]
    texts = [c.text for c in measure_together(series, small, "pancreas", by_mean=False).cautions]
    assert any(text.startswith(f"Region {len(small)}: ") for text in texts)


def test_a_pixel_under_two_regions_counts_once() -> None:
    exam = synthetic_exam("siemens", "liver")
    series = series_of(exam.files)
    one = next(iter(exam.truth.locations.values()))[0]
    part = replace(one, height=one.height / 2)
    alone = measure(series, one, "liver")
    twice = measure_together(series, [("", one), ("", part), ("", one)], "liver", by_mean=False)
    assert twice.n_pixels == alone.n_pixels and len(twice.regions) == 3
    assert twice.signal == alone.signal and twice.pixels == alone.pixels
    other = replace(one, slice_index=1)
    assert measure_together(series, [("", one), ("", other)], "liver", by_mean=False).n_pixels == 2 * (
        alone.n_pixels or 0
    )
