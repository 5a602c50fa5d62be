"""Where the fit is known to go wrong, against truth, bound and target: ``python -m benchmarks.conditions``."""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from itertools import groupby
from pathlib import Path

from benchmarks.conditions.doors import Condition, Target, readings
from benchmarks.conditions.listed import CONDITIONS, KEPT_SEEDS
from benchmarks.conditions.scores import AT_LEAST, Score, missed_by, of_group, pooled, scored
from benchmarks.tables import BUILD, table

N = 200
HEADS = {
    "bound": "bound, %",
    "bias": "bias of R2*, %",
    "error": "error / bound",
    "coverage": "coverage, %",
    "falsely_low": "falsely low, %",
    "gross": "gross, %",
    "wrong": "wrong class, %",
    "milder": "milder class, %",
    "silent": "wrong without a word, %",
    "withheld": "class withheld, %",
    "refused": "refused, %",
    "named": "named, %",
    "shown": "number without class, %",
}
SHOWN = tuple(HEADS)
FEWEST = 2

Row = tuple[Condition | None, Score, tuple[str, ...]]


def rows(conditions: Sequence[Condition], n: int, seeds: Sequence[int]) -> Iterator[tuple[str, list[Row]]]:
    """Each fault with its conditions scored, the last row all of them together."""
    for fault, group in groupby(conditions, key=lambda condition: condition.fault):
        scores: list[Row] = []
        for condition in group:
            count = max(round(n * condition.weight), FEWEST)
            score = scored(condition, [reading for seed in seeds for reading in readings(condition, count, seed)])
            scores.append((condition, score, missed_by(score, condition.target)))
        target = of_group(condition for condition, _, _ in scores if condition is not None)
        together = pooled([score for _, score, _ in scores])
        yield fault, [*scores, (None, together, missed_by(together, target))]


def fault_table(found: Sequence[Row]) -> str:
    """One row for each condition and one for all; each cell holds what was found and, where asked, the target."""
    target = of_group(condition for condition, _, _ in found if condition is not None)
    lines = [(score, condition.target if condition else target, missed) for condition, score, missed in found]
    shown = [name for name in SHOWN if any(_says(score, target, name) for score, target, _ in lines)]
    return table(
        ["condition", "n", *(HEADS[name] for name in shown), "target"],
        [
            [
                score.label,
                str(score.n),
                *(_cell(name, score, target, missed) for name in shown),
                "**not met**" if missed else "met",
            ]
            for score, target, missed in lines
        ],
    )


def _says(score: Score, target: Target, name: str) -> bool:
    return bool(getattr(score, name)) or getattr(target, name, None) is not None


def _cell(name: str, score: Score, target: Target, missed: Sequence[str]) -> str:
    value, wanted = getattr(score, name), getattr(target, name, None)
    digits = {"bias": "+.1f", "error": ".2f"}.get(name, ".1f")
    found = "none" if value is None else f"{value:{digits}}"
    found = f"**{found}**" if name in missed else found
    sign = "≥" if name in AT_LEAST else "±" if name == "bias" else "≤"
    return found if wanted is None else f"{found} ({sign}{wanted:g})"


def main(arguments: list[str] | None = None) -> None:
    """Print a table for each fault, and keep the numbers."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--report", action="store_true", help="the two seeds kept for the report")
    parser.add_argument("--n", type=int, default=N, help="regions of a condition of weight 1; most have less")
    parser.add_argument("--only", default="", help="faults whose name holds this")
    parser.add_argument("--build", type=Path, default=BUILD)
    given = parser.parse_args(arguments)
    wanted = [condition for condition in CONDITIONS if given.only.lower() in condition.fault.lower()]
    kept, total, began = [], 0, time.perf_counter()
    for fault, found in rows(wanted, given.n, KEPT_SEEDS if given.report else (given.seed,)):
        print(f"\n## {fault}\n\n{fault_table(found)}", flush=True)
        met = [not misses for condition, _, misses in found if condition is not None]
        kept += [{"fault": fault, **asdict(score), "missed": misses} for _, score, misses in found]
        total += len(met) - sum(met)
        print(f"\n{sum(met)} of {len(met)} conditions met.", flush=True)
    print(f"\n{total} of {len(wanted)} conditions not met; {time.perf_counter() - began:.0f} s.")
    given.build.mkdir(parents=True, exist_ok=True)
    given.build.joinpath("conditions.json").write_text(json.dumps(kept, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
