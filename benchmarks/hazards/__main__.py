"""Look for a false normal: ``python -m benchmarks.hazards --n 1000 --seed 1``."""

from __future__ import annotations

import argparse
from collections import Counter

from benchmarks.hazards.listed import page
from benchmarks.hazards.search import Outcome, outcome, seeds


def main() -> None:
    """Print how many classes each fault leaves, and every normal one with the seed that makes it again."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--n", type=int, default=100, help="examples of each fault")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", default="", help="faults with this in their name")
    parser.add_argument("--after", default="", help="only the faults that follow this one in the list")
    parser.add_argument("--table", action="store_true", help="print the page of all hazards and search nothing")
    chosen = parser.parse_args()
    if chosen.table:
        print(page(), end="")
        return
    wanted = seeds(chosen.n, chosen.seed, chosen.only)
    passed_by = list(wanted).index(chosen.after) + 1 if chosen.after else 0
    for fault, group in list(wanted.items())[passed_by:]:
        found = {seed: _met(fault, seed) for seed in group}
        counted = Counter(o.kind for o in found.values())
        print(f"{fault:28}", dict(counted), flush=True)
        for seed, one in found.items():
            if one.kind in ("normal", "exception"):
                print("    ", seed, one.words, flush=True)


def _met(fault: str, seed: int) -> Outcome:
    """The outcome of one example; a search of hours does not end at an exception, which is told like a false normal."""
    try:
        return outcome(fault, seed)
    except Exception as error:
        return Outcome("exception", f"{type(error).__name__}: {error}")


if __name__ == "__main__":
    main()
