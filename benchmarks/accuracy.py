"""Bias, scatter, intervals and classes of every method: ``python -m benchmarks.accuracy --peers PYTHON``."""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from benchmarks.classes import NO_CLASS, classes, limits_per_s, on_an_edge
from benchmarks.methods import OWN, PIXEL_METHODS, REGION_METHODS, Bools, Readings, of_peers
from benchmarks.tables import BUILD, DOCS, conditions_of, machine, table
from benchmarks.trials import HEART, LIVER, SNRS, Floats, Protocol, Trial, trials

REGION_PIXELS = 200
SHORTEST_MS = 1.0
"""Shorter truths are in the table of bias only: with a first echo at 1.3 ms they are beyond the acquisition."""
BIAS_FROM_SNR = 20.0


@dataclass(frozen=True, slots=True)
class Score:
    """How one method did on one organ; shares in per cent, None where the method gives no interval.

    ``bias`` and ``beyond`` are, for each T2* from SNR 20, the median error of T2* and the share of readings
    that say "shorter than".
    """

    method: str
    rmse: float
    coverage: float | None
    no_value: float
    wrong_by_snr: tuple[float, ...]
    wrong: float
    under: float
    over: float
    withheld: float
    bias: tuple[float, ...]
    beyond: tuple[float, ...]


def joined(parts: list[Readings]) -> Readings:
    """Readings of several trials as one."""
    return Readings(*(np.concatenate([getattr(part, name) for part in parts]) for name in Readings.__slots__))


def scored(method: str, readings: list[Readings], tried: list[Trial]) -> Score:
    """Score of a method from its readings of each trial."""
    truth = np.concatenate([trial.t2star_ms for trial in tried])
    snr = np.concatenate([np.full(trial.t2star_ms.size, trial.snr) for trial in tried])
    found = joined(readings)
    limits = limits_per_s(tried[0].protocol.organ)
    counted = truth >= SHORTEST_MS
    asked = counted & ~on_an_edge(1000.0 / truth, limits)
    given, right = classes(found, limits), np.searchsorted(limits, 1000.0 / truth, side="right")
    under, over = (given < right) & (given != NO_CLASS), given > right
    answered = found.has_value | found.is_open
    with np.errstate(divide="ignore"):
        error = np.clip(1000.0 / found.r2star_per_s / truth, 0.0, 3.0) - 1.0
    valued = counted & found.has_value
    cells = [(truth == t2star_ms) & (snr >= BIAS_FROM_SNR) for t2star_ms in tried[0].protocol.t2star_ms]
    return Score(
        method=method,
        rmse=100.0 * float(np.sqrt(np.mean(error[valued] ** 2))),
        coverage=_coverage(found, truth, counted & answered),
        no_value=_percent(~answered[counted]),
        wrong_by_snr=tuple(_percent((under | over)[asked & (snr == each)]) for each in SNRS),
        wrong=_percent((under | over)[asked]),
        under=_percent(under[asked]),
        over=_percent(over[asked]),
        withheld=_percent((given == NO_CLASS)[asked]),
        bias=tuple(_median_bias(found, truth, cell & found.has_value) for cell in cells),
        beyond=tuple(_percent(found.is_open[cell]) for cell in cells),
    )


def _percent(held: Bools) -> float:
    return 100.0 * float(held.mean())


def _coverage(found: Readings, truth: Floats, counted: Bools) -> float | None:
    if not np.isfinite(found.ci_low_per_s).any():
        return None
    rate = 1000.0 / truth
    with np.errstate(invalid="ignore"):
        return _percent(((found.ci_low_per_s <= rate) & (rate <= found.ci_high_per_s))[counted])


def _median_bias(found: Readings, truth: Floats, cell: Bools) -> float:
    if not cell.any():
        return float("nan")
    return 100.0 * (float(np.median(1000.0 / found.r2star_per_s[cell] / truth[cell])) - 1.0)


def compared(protocol: Protocol, n_pixels: int, n_per_cell: int, python: Path | None) -> tuple[list[Score], list[str]]:
    """Scores of every method on one protocol, ours first, and what could not run."""
    tried = trials(protocol, n_pixels, n_per_cell)
    own = REGION_METHODS if n_pixels > 1 else PIXEL_METHODS
    scores = [scored(name, [method(trial) for trial in tried], tried) for name, method in own.items()]
    if python is None:
        return scores, ["No other software: run with --peers."]
    by_trial = [of_peers(trial, python) for trial in tried]
    missing = []
    for name in by_trial[0]:
        held = [found[name] for found in by_trial]
        readings = [each for each in held if isinstance(each, Readings)]
        if len(readings) == len(held):
            scores.append(scored(name, readings, tried))
        else:
            missing.append(f"{name}: {held[0]}.")
    return scores, missing


def score_table(scores: list[Score]) -> str:
    """RMSE, intervals and classes, one row for each method."""
    by_snr = " / ".join(f"{snr:g}" for snr in SNRS)
    heads = ["method", "RMSE of T2*", "interval holds the truth", "no value"]
    heads += [f"wrong class at SNR {by_snr}", "wrong class", "too mild", "too severe", "class withheld"]
    rows = [
        [
            _named(s.method),
            f"{s.rmse:.1f} %",
            "no interval" if s.coverage is None else f"{s.coverage:.0f} %",
            f"{s.no_value:.1f} %",
            " / ".join(f"{x:.1f}" for x in s.wrong_by_snr),
            f"**{s.wrong:.1f} %**",
            *(f"{x:.1f} %" for x in (s.under, s.over, s.withheld)),
        ]
        for s in scores
    ]
    return table(heads, rows)


def bias_table(protocol: Protocol, scores: list[Score]) -> str:
    """Median error of T2* [%] for each T2* tried."""
    heads = ["median error of T2*, %", *(f"{t2star_ms:g} ms" for t2star_ms in protocol.t2star_ms)]
    return table(heads, [[_named(s.method), *map(_bias, s.bias, s.beyond)] for s in scores])


def _named(method: str) -> str:
    return f"**{method}**" if method.startswith(OWN) else method


def _bias(bias: float, beyond: float) -> str:
    if beyond > 50.0:
        return "shorter than"
    digits = 0 if abs(bias) >= 10.0 else 1
    return "none" if np.isnan(bias) else f"{round(bias, digits) + 0.0:+.{digits}f}".replace("+0.0", "0.0")


PAGE = """# Accuracy beside other software

Made by `benchmarks/accuracy.py`; [benchmarks/README.md](../benchmarks/README.md) says how to run it again.
{machine}.

Simulated decays with Rician noise, fixed seeds, the same curves for everybody. Liver: 12 echoes from 1.30 to 15.05 ms.
Heart: 8 echoes from 2 to 18 ms. SNR {snrs} is the signal at TE 0 by the noise of one pixel. Regions hold
{region_pixels} pixels, {n_regions} regions for each T2* and SNR; single pixels: {n_pixels} for each.

How to read the tables:

- Other software and `curve_fit` get the mean curve of a region, as their users do. IronReport gets the pixels
  ("region"), the mean curve with the noise and the number of pixels ("curve and noise"), or the mean curve alone.
- Classes are those of the default calibration and ladder at 1.5 T. Truths within 5 % of a limit are left out, and so
  are truths shorter than 1 ms, except in the tables of bias. "Too mild" is iron read lower than it is.
- The RMSE is relative, with readings cut off at three times the truth.
- A reading may say "shorter than" instead of a value. It has a class only where all it leaves open is the worst class;
  otherwise the class is withheld. RMSE and bias are of the readings with a value.
- "No value": a refusal, a zero, a negative or an infinite T2*.
- Intervals are for 95 %. Of other software: value ± 1.96 of the standard error that it gives. tedana 26.0.3 gives the
  variance of S0 in the place of that of T2* (tedana issue 1440), so its intervals hold everything.
{notes}
![Error of T2* against T2* for each method, and the share of regions given a wrong class](pictures/fitting-accuracy.png)

{sections}
## What this does not show

One coil, noise alike in every pixel, homogeneous regions, no fat, motion, field gradient or real patient. The shares of
wrong classes depend on the T2* tried.
"""


def page(results: dict[str, tuple[Protocol, list[Score]]], notes: list[str], n_regions: int, n_pixels: int) -> str:
    """The text of docs/accuracy.md."""
    sections = "\n".join(
        f"## {title}\n\n{score_table(scores)}\n\nFrom SNR {BIAS_FROM_SNR:g}:\n\n{bias_table(protocol, scores)}\n"
        for title, (protocol, scores) in results.items()
    )
    return PAGE.format(
        machine=machine(),
        snrs=", ".join(f"{snr:g}" for snr in SNRS),
        region_pixels=REGION_PIXELS,
        n_regions=n_regions,
        n_pixels=n_pixels,
        notes="".join(f"- {note}\n" for note in notes),
        sections=sections,
    )


def main(arguments: list[str] | None = None) -> None:
    """Run the comparison; write the page, and the numbers for the picture."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--peers", type=Path, help="Python of the environment that holds peers.txt")
    parser.add_argument("--regions", type=int, default=20, help="regions for each T2* and SNR")
    parser.add_argument("--pixels", type=int, default=60, help="single pixels for each T2* and SNR")
    parser.add_argument("--docs", type=Path, default=DOCS)
    parser.add_argument("--build", type=Path, default=BUILD)
    given = parser.parse_args(arguments)
    results, notes = {}, []
    for name, n_pixels, n in (("regions", REGION_PIXELS, given.regions), ("single pixels", 1, given.pixels)):
        for protocol in (LIVER, HEART):
            scores, missing = compared(protocol, n_pixels, n, given.peers)
            results[f"{protocol.organ.capitalize()}, {name}"] = protocol, scores
            notes += [note for note in missing if note not in notes]
    place = given.docs.joinpath("accuracy.md")
    conditions = conditions_of(place.read_text(encoding="utf-8")) if place.exists() else ""
    place.write_text(page(results, notes, given.regions, given.pixels) + conditions, encoding="utf-8")
    given.build.mkdir(parents=True, exist_ok=True)
    numbers = {
        title: {"t2star_ms": protocol.t2star_ms, "scores": [asdict(score) for score in scores]}
        for title, (protocol, scores) in results.items()
    }
    given.build.joinpath("accuracy.json").write_text(json.dumps(numbers), encoding="utf-8")


if __name__ == "__main__":
    main()
