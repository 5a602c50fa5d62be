"""CPU time of every method in one run: ``python -m benchmarks.speed --peers PYTHON``."""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from benchmarks.methods import FIELD_TESLA, OWN, call_peers, fit_exponentials
from benchmarks.tables import BUILD, DOCS, library_of, machine, table
from benchmarks.trials import LIVER, S0, Floats, decays, rician, whole_slice
from ironreport.assess import assess
from ironreport.knowledge import published_knowledge
from ironreport.records import DecaySignal
from ironreport.relaxometry import fit_decay, fit_map, fit_pixels, fit_region
from ironreport.report import describe
from ironreport.report.content import ReportContent
from ironreport.report.pdf import write_pdf
from ironreport.synthetic.samples import sample_exam

REPEATS = 7
REGION_PIXELS, REGION_SNR, REGION_T2STAR_MS = 100, 50.0, 3.0
MAP = f"{OWN} map: noise correction and interval"


@dataclass(frozen=True, slots=True)
class Timing:
    """Median CPU time of one method: for each pixel [us], for a slice of 256 x 256 [s], by ours."""

    method: str
    us_per_pixel: float
    slice_s: float
    times_ours: float


def cpu_s(work: Callable[[], object], repeats: int = REPEATS) -> list[float]:
    """CPU seconds of each run, after one that warms up."""
    work()
    seconds = []
    for _ in range(repeats):
        start = time.process_time()
        work()
        seconds.append(time.process_time() - start)
    return seconds


def map_timings(side: int, n_sample: int, python: Path | None) -> tuple[list[Timing], list[str]]:
    """Timings of a map; the slow ones on a sample of its pixels, ours before and after them."""
    te_ms, pixels, sigma = whole_slice(side)
    sample = pixels[: min(n_sample, len(pixels))].astype(np.float64)

    def ours() -> list[float]:
        return cpu_s(lambda: fit_pixels(te_ms, pixels, sigma, field_tesla=FIELD_TESLA))

    seconds, missing = {MAP: ours()}, []
    each_us = {"scipy curve_fit": _each_us(cpu_s(lambda: fit_exponentials(te_ms, sample), 3), len(sample))}
    if python is not None:
        for key, found in call_peers(python, te_ms, sample, repeats=3).items():
            name, _, kind = key.rpartition("/")
            if kind == "cpu":
                each_us[name] = _each_us(found.tolist(), len(sample))
            elif kind == "missing":
                missing.append(f"{name}: {found}.")
    seconds[MAP] += ours()
    own_us = _each_us(seconds[MAP], len(pixels))
    timings = [Timing(name, us, us * 256**2 / 1e6, us / own_us) for name, us in {MAP: own_us, **each_us}.items()]
    return sorted(timings, key=lambda timing: timing.us_per_pixel), missing


def _each_us(seconds: list[float], n: int) -> float:
    return 1e6 * float(np.median(seconds)) / n


def single_timings(repeats: int = REPEATS) -> dict[str, float]:
    """Median CPU time [ms] of what the reader waits for."""
    rng = np.random.default_rng(707)
    clean = np.repeat(decays(LIVER.te_ms, np.array([REGION_T2STAR_MS])), REGION_PIXELS, axis=0)
    pixels: Floats = rician(clean, S0 / REGION_SNR, rng)
    pasted = DecaySignal("liver", tuple(LIVER.te_ms), tuple(pixels.mean(axis=0)), field_tesla=FIELD_TESLA)
    exam, knowledge = sample_exam(), published_knowledge()

    def described() -> ReportContent:
        return describe(assess(exam, knowledge), knowledge)

    content = described()
    _, whole, sigma = whole_slice(256)
    volume = np.repeat(whole.T.reshape(1, -1, 256, 256), 12, axis=0)
    works = {
        f"region of {REGION_PIXELS} pixels: noise, screen, fit and bootstrap": lambda: fit_region(LIVER.te_ms, pixels),
        "pasted curve: model choice, fit, interval and doubts": lambda: fit_decay(pasted),
        "sample exam of two organs: fit, class, guidance and description": described,
        "its printed report, every page": lambda: write_pdf(content),
        "volume of 12 slices of 256 × 256 with 12 echoes: map": lambda: fit_map(LIVER.te_ms, volume, sigma),
    }
    return {name: 1e3 * float(np.median(cpu_s(work, repeats))) for name, work in works.items()}


PAGE = """# Speed beside other software

Made by `benchmarks/speed.py`; [benchmarks/README.md](../benchmarks/README.md) says how to run it again.
{machine}.

Medians of CPU time of one thread. On another machine the times differ; the ratios, measured in one run, differ little.

## A map

One slice of 256 × 256 pixels with 12 echoes, T2* from 1 to 30 ms, SNR {snr:g}. Methods slower than ours run on
{n_sample} of its pixels and are scaled; curve_fit runs without bounds, its fastest way. IronReport includes
the noise correction and a 95 % interval for every pixel, and is measured before and after the others.

{maps}
{notes}
## What the reader waits for

{singles}
"""


def page(timings: list[Timing], singles: dict[str, float], notes: list[str], n_sample: int) -> str:
    """The text of docs/speed.md."""
    heads = ["method", "µs per pixel", "slice of 256 × 256", "times IronReport"]
    rows = [
        [_named(t.method), _digits(t.us_per_pixel), f"{_digits(t.slice_s)} s", _digits(t.times_ours)] for t in timings
    ]
    return PAGE.format(
        machine=machine(),
        snr=REGION_SNR,
        n_sample=n_sample,
        maps=table(heads, rows),
        notes="".join(f"\n{note}\n" for note in notes),
        singles=table(["step", "ms"], [[name, _digits(ms)] for name, ms in singles.items()]),
    )


def _digits(number: float) -> str:
    return f"{number:,.0f}" if number >= 100.0 else f"{number:.2g}"


def _named(method: str) -> str:
    return f"**{method}**" if method == MAP else method


def main(arguments: list[str] | None = None) -> None:
    """Measure; write the page and the numbers."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--peers", type=Path, help="Python of the environment that holds peers.txt")
    parser.add_argument("--side", type=int, default=256, help="pixels along one side of the slice")
    parser.add_argument("--sample", type=int, default=1000, help="pixels for the slow methods")
    parser.add_argument("--docs", type=Path, default=DOCS)
    parser.add_argument("--build", type=Path, default=BUILD)
    given = parser.parse_args(arguments)
    timings, missing = map_timings(given.side, given.sample, given.peers)
    singles = single_timings()
    file = given.docs / "speed.md"
    kept = library_of(file.read_text(encoding="utf-8")) if file.exists() else ""
    file.write_text(page(timings, singles, missing, given.sample) + kept, encoding="utf-8")
    given.build.mkdir(parents=True, exist_ok=True)
    numbers = {"map": [asdict(timing) for timing in timings], "single_ms": singles}
    given.build.joinpath("speed.json").write_text(json.dumps(numbers), encoding="utf-8")


if __name__ == "__main__":
    main()
