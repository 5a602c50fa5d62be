"""Try damaged exam files: ``python -m benchmarks.exam_files --n 2000 --seed 1``."""

from __future__ import annotations

import argparse
import traceback
import warnings
from collections import Counter

from benchmarks.exam_files.mutations import good_exam, mutated, outcome


def main() -> None:
    """Print how often each end was met, and every exception with the seed that makes it again."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--n", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=1, help="the first; each file has the next one")
    chosen = parser.parse_args()
    warnings.simplefilter("error")
    counted: Counter[str] = Counter()
    for seed in range(chosen.seed, chosen.seed + chosen.n):
        try:
            end = outcome(mutated(good_exam(), seed))
        except Exception as error:
            end = f"EXCEPTION {type(error).__name__}"
            print(seed, "".join(traceback.format_exception(error)[-4:]), flush=True)
        counted[end] += 1
    print(dict(counted.most_common()))


if __name__ == "__main__":
    main()
