"""Rows about numbers and their speed: pasted text, reading, hazards, accuracy, classes."""

from __future__ import annotations

import math
import statistics
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from benchmarks.cut_offs import cut_offs, faults
from benchmarks.hazards.faults import CONTROLS, FAULTS, Scan, by_curve, by_pixels
from benchmarks.hazards.listed import hazards
from benchmarks.hazards.search import outcome, seeds
from benchmarks.library import exam_folder
from benchmarks.reading import zipped
from benchmarks.scorecard.row import Measured, Row, by_tests, held
from benchmarks.trials import Floats, decays, rician
from ironreport.assess.assessment import find
from ironreport.intake import read_series
from ironreport.knowledge import published_knowledge
from ironreport.records import DecaySignal, Measurement
from ironreport.relaxometry import fit_decay, fit_pixels, fit_region
from ironreport.relaxometry.models import MONO
from ironreport.relaxometry.solving import solve
from ironreport.report.pdf import write_pdf

TE_MS = np.round(1.2 + 1.3 * np.arange(12), 1)
HAZARDS_FULL, HAZARDS_QUICK = 100, 8
"""Examples of each fault; some 2,000 in all. The search of 100,000 is ``python -m benchmarks.hazards --n 4200``."""
READ_LOOSE_S, READ_ZIP_S = 1.0, 1.5
MOST_MS = (5.0, 60.0, 20.0, 1000.0)
"""Of a decay alone, of a region and of a pasted curve with the interval that the others leave out, of a print."""


def reading(quick: bool) -> Measured:
    """240 files of magnitude and phase, loose and as one zip."""
    with tempfile.TemporaryDirectory() as place:
        exam_folder(Path(place))
        loose = [(path.name, path.read_bytes()) for path in sorted(Path(place).iterdir())]
    repeats = 1 if quick else 5
    packed = zipped(loose)
    loose_s = _median_s(lambda: _whole(loose), repeats)
    zip_s = _median_s(lambda: _whole(packed), repeats)
    said = f"{len(loose)} files {loose_s:.2f} s, as a zip {zip_s:.2f} s of processor; every echo of every slice there"
    return Measured(said, loose_s <= READ_LOOSE_S and zip_s <= READ_ZIP_S)


def _whole(files: list[tuple[str, bytes]]) -> None:
    shapes = [series.images.shape[:2] for series in read_series(files).series]
    if shapes != [(12, 10)]:
        raise RuntimeError(f"The exam was not read as it is: {shapes}")


def _median_s(work: Callable[[], object], repeats: int) -> float:
    spent = []
    for _ in range(repeats):
        begun = time.process_time()
        work()
        spent.append(time.process_time() - begun)
    return statistics.median(spent)


# ------------------------------------------------------------------------------------------ hazards


def false_normals(n: int, seed: int) -> tuple[int, list[str]]:
    """How many faulty scans were tried, and each that was called normal with its seed."""
    wanted = {name: group for name, group in seeds(n, seed).items() if name not in CONTROLS}
    found = [(name, one, outcome(name, one)) for name, group in wanted.items() for one in group]
    return len(found), [f"{name} {one}: {end.words}" for name, one, end in found if end.kind == "normal"]


def good_scans(n: int, seed: int) -> list[Scan]:
    """Scans as they should be: 12 echoes from 1.2 ms, SNR 50 to 100, 100 pixels, a decay these echoes can measure."""
    rng, made = np.random.default_rng(seed), []
    for k in range(n):
        organ = ("heart", "liver")[k % 2]
        low, high = (5.0, 40.0) if organ == "heart" else (2.0, 25.0)
        t2star_ms = float(np.exp(rng.uniform(math.log(low), math.log(high))))
        made.append(Scan(organ, TE_MS, t2star_ms, 1000.0, 1000.0 / float(rng.uniform(50, 100)), 100, rng))
    return made


def withheld(signals: Sequence[DecaySignal | None]) -> Counter[str]:
    """Why good decays got no class."""
    knowledge = published_knowledge()
    found = [find(Measurement(one), knowledge) if one else None for one in signals]
    return Counter(
        (one.absence.code if one and one.absence else "REFUSED") for one in found if not (one and one.grading)
    )


def no_false_normal(quick: bool) -> Measured:
    """The tests of every hazard that turns treatment round, a search for false normals, and alarms without cause."""
    places = [place for hazard in hazards() if hazard.severity == 4 for place in hazard.tests]
    tested = held(*dict.fromkeys(places), IRONREPORT_HAZARDS="8" if quick else "40")
    tried, normal = false_normals(HAZARDS_QUICK if quick else HAZARDS_FULL, 20261130)
    scans = good_scans(20 if quick else 500, 5)
    by_pixel = withheld([by_pixels(scan, scan.clean()) for scan in scans])
    by_paste = withheld([by_curve(scan, scan.curve(scan.clean())) for scan in scans])
    share = 100.0 * max(by_pixel.total(), by_paste.total()) / len(scans)
    said = (
        f"{tested.said} of the {sum(h.severity == 4 for h in hazards())} hazards of severity 4; {len(normal)} false "
        f"normals in {tried:,} faulty scans {normal[:2] or ''}; class withheld without cause in {by_pixel.total()} of "
        f"{len(scans)} by pixels {dict(by_pixel) or ''}, {by_paste.total()} pasted {dict(by_paste) or ''}"
    )
    return Measured(said, tested.passed and not normal and share <= 2.0)


def search(quick: bool) -> Measured:
    """Each fault of the search by itself, with other seeds than the row of the hazards."""
    tried, normal = false_normals(20 if quick else HAZARDS_FULL, 20261201)
    said = f"{len(normal)} false normals in {tried:,} scans of {len(FAULTS) - len(CONTROLS)} faults {normal[:3] or ''}"
    return Measured(said, not normal)


# ----------------------------------------------------------------------------------------- accuracy


def accuracy(quick: bool) -> Measured:
    """Noise-free decays, bias and intervals at SNR 50 by the three ways of measuring."""
    worst = max(_error_percent(t) for t in np.geomspace(0.5, 100.0, 50 if quick else 1000))
    n = 40 if quick else 400
    rng = np.random.default_rng(21)
    truth = np.exp(rng.uniform(math.log(4.0), math.log(40.0), n))
    biases, covered = {}, {}
    for name, (values, inside) in {
        "pixels of a map": _map_readings(truth, rng), "region": _region_readings(truth, rng),
    }.items():  # fmt: skip
        biases[name] = 100.0 * float(np.median(values / truth) - 1.0)
        covered[name] = 100.0 * float(np.mean(inside))
    said = (
        f"noise-free: {worst:.1e} % at most; SNR 50, {n} decays: bias "
        + ", ".join(f"{name} {value:+.2f} %" for name, value in biases.items())
        + "; 95 % interval holds the truth in "
        + ", ".join(f"{value:.1f} % ({name})" for name, value in covered.items())
    )
    good = worst <= 0.1 and all(abs(one) <= 2.0 for one in biases.values())
    pixels, region = covered.values()
    return Measured(said, good and 93.0 <= pixels <= 97.0 and region >= 93.0)


def _error_percent(t2star_ms: float) -> float:
    te_ms = np.linspace(0.5, 1.6, 12) * max(1.0, min(t2star_ms, 12.0))
    fit = fit_decay(DecaySignal("liver", tuple(te_ms), tuple(1000.0 * np.exp(-te_ms / t2star_ms)), field_tesla=1.5))
    return 100.0 * abs(fit.time.value / t2star_ms - 1.0)


def _map_readings(truth: Floats, rng: np.random.Generator) -> tuple[Floats, Floats]:
    """One pixel each, whose noise is known."""
    signals = rician(decays(TE_MS, truth), 1000.0 / 50.0, rng)
    found = fit_pixels(TE_MS, signals, 1000.0 / 50.0)
    rate = 1000.0 / truth
    return 1000.0 / found.r2star_per_s, (found.ci_low_per_s <= rate) & (rate <= found.ci_high_per_s)


def _region_readings(truth: Floats, rng: np.random.Generator) -> tuple[Floats, Floats]:
    """A region of 100 pixels each, whose noise is found."""
    values, inside = [], []
    for t2star_ms in truth[:100]:
        clean = np.repeat(decays(TE_MS, np.array([t2star_ms])), 100, axis=0)
        fit = fit_region(TE_MS, rician(clean, 1000.0 / 50.0, rng))
        values.append(1000.0 / fit.r2star_per_s)
        inside.append(fit.ci_low_per_s <= 1000.0 / t2star_ms <= fit.ci_high_per_s)
    padded = np.resize(np.array(values) / truth[: len(values)], len(truth)) * truth
    return padded, np.array(inside, dtype=float)


def classes(quick: bool) -> Measured:
    """A hundredth beside every limit."""
    del quick
    knowledge = published_knowledge()
    n, wrong = faults(knowledge)
    ladders = len({(case.organ, case.field, case.ladder.id) for case in cut_offs(knowledge)})
    said = f"{n - len(wrong)} of {n} values beside the limits of {ladders} ladders, organs and fields {wrong[:2] or ''}"
    return Measured(said, not wrong)


def speed(quick: bool) -> Measured:
    """What a reader waits for in one region and in print; start of the server stands in a row of its own."""
    from ironreport.assess import assess  # noqa: PLC0415 - so that the others need no exam
    from ironreport.report import describe  # noqa: PLC0415
    from ironreport.synthetic.samples import sample_exam  # noqa: PLC0415

    rng = np.random.default_rng(18)
    pixels = rician(np.repeat(decays(TE_MS, np.array([4.0])), 100, axis=0), 20.0, rng)
    curve = DecaySignal("liver", tuple(TE_MS.tolist()), tuple(pixels.mean(axis=0)), field_tesla=1.5)
    content = describe(assess(sample_exam(), published_knowledge()), published_knowledge())
    repeats = 3 if quick else 9
    mean = pixels.mean(axis=0)
    spent = {
        "the decay of a region": 1e3 * _median_s(lambda: solve(MONO, TE_MS, mean), repeats),
        "a region of 100 pixels with its interval": 1e3 * _median_s(lambda: fit_region(TE_MS, pixels), repeats),
        "a pasted curve with its interval": 1e3 * _median_s(lambda: fit_decay(curve), repeats),
        "PDF": 1e3 * _median_s(lambda: write_pdf(content), repeats),
    }
    said = ", ".join(f"{name} {ms:.2g} ms" for name, ms in spent.items()) + " of processor"
    return Measured(said, all(ms <= most for ms, most in zip(spent.values(), MOST_MS, strict=True)))


FORMS = "intake/test_pasted_forms.py"
ROWS = (
    Row(
        "R5", "Pasted numbers: commas, minus signs, digits, units, order", "60 of 60 right, asked or refused, 0 silent",
        "pytest tests/intake/test_text.py tests/intake/test_pasted_forms.py",
        by_tests("intake/test_text.py", FORMS, at_least=60),
    ),
    Row(
        "R6", "Reading 240 files", "1.0 s, as a zip 1.5 s, every echo grouped",
        "python -m benchmarks.scorecard --only R6", reading,
    ),
    Row(
        "R18b", "Fit of a region, print of a report", "decay 5 ms, with its interval 60 or 20 ms, PDF 1 s",
        "python -m benchmarks.speed", speed,
    ),
    Row(
        "R20", "Hazards of a wrong number", "severity 4 withheld or refused, 0 false normals, <= 2 % without cause",
        "python -m benchmarks.hazards --n 4200", no_false_normal,
    ),
    Row(
        "R21", "Accuracy",
        "noise-free 0.1 %, bias 2 %; intervals of pixels hold 93 to 97 %, of regions, with their noise in doubt, 93 %",
        "python -m benchmarks.accuracy", accuracy,
    ),
    Row(
        "R22", "Class at every limit +/- 0.01", "100 %, and the class of the number shown",
        "python -m benchmarks.cut_offs", classes,
    ),
    Row("T1", "Normals that are not, other seeds", "0", "python -m benchmarks.hazards", search),
    Row(
        "T2", "Forms that people paste", "100 right or asked, 0 silent", f"pytest tests/{FORMS}",
        by_tests(FORMS, "test_reported_faults.py", at_least=100),
    ),
)  # fmt: skip
