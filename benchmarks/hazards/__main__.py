"""Look for a false normal: ``python -m benchmarks.hazards --n 1000 --seed 1``."""

from __future__ import annotations

import argparse
from collections import Counter

from benchmarks.hazards.listed import page
from benchmarks.hazards.search import outcome, seeds


def main() -> None:
    """Print how many classes each fault leaves, and every normal one with the seed that makes it again."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--n", type=int, default=100, help="examples of each fault")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", default="", help="faults with this in their name")
    parser.add_argument("--table", action="store_true", help="print the page of all hazards and search nothing")
    chosen = parser.parse_args()
    if chosen.table:
        print(page(), end="")
        return
    for fault, group in seeds(chosen.n, chosen.seed, chosen.only).items():
        found = {seed: outcome(fault, seed) for seed in group}
        counted = Counter(o.kind for o in found.values())
        print(f"{fault:28}", dict(counted), flush=True)
        for seed, one in found.items():
            if one.kind == "normal":
                print("    ", seed, one.words, flush=True)


if __name__ == "__main__":
    main()
