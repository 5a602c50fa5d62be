"""Try the mutants of a part: ``python -m benchmarks.mutation assess --sample 200 --seed 1``."""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from benchmarks.mutation.copies import Copy
from benchmarks.mutation.parts import CONFIG, PARTS, ROOT, equivalents, files_of_tests, groups_of_tests, modules
from benchmarks.mutation.places import Mutant, Place, changed, chosen
from benchmarks.tables import table

RESULTS = ROOT / "build/mutants"
HEADS = ("part", "mutants", "tried", "killed", "of these by time", "equivalent", "survived", "of those that differ")
TIMES_UNCHANGED = 5
"""A mutant may take so many times as long as the code unchanged."""


def tried(part: str, places: Sequence[Place], only: set[tuple[str, str, str]] | None) -> Iterator[Mutant]:
    """Each mutant with its outcome, one after the other; with ``only``, those of these keys."""
    known, groups = equivalents(), {module: groups_of_tests(part, module) for module in modules(part)}
    with tempfile.TemporaryDirectory(prefix="mutants-") as folder:
        copy = Copy(Path(folder))
        copy.warm([*CONFIG["warm"], *PARTS[part]["warm"]], modules(part))
        timeout_s = max(CONFIG["shortest_timeout_s"], TIMES_UNCHANGED * unchanged_s(part, copy))
        for i, place in enumerate(places):
            print(f"\r{i} of {len(places)}", end="", file=sys.stderr, flush=True)
            mutant, code = changed(place, copy.source(place.module))
            if only is not None and mutant.key not in only:
                continue
            if mutant.key in known:
                yield replace(mutant, outcome="equivalent")
            else:
                outcome = copy.outcome(place.module, code, groups[place.module], timeout_s)
                yield replace(mutant, outcome=outcome)


def unchanged_s(part: str, copy: Copy) -> float:
    """Seconds that the tests take without any change; they have to pass."""
    start = time.monotonic()
    if copy.run([modules(part), files_of_tests(part)], CONFIG["longest_s"]) != "survived":
        raise SystemExit(f"{copy.output.read_text()}\nThe tests of {part} fail without any change. Mend them first.")
    return time.monotonic() - start


def recorded(part: str) -> tuple[int, list[Mutant]]:
    """How many places a part has, and what its last run found."""
    path = RESULTS / f"{part}.json"
    kept: dict[str, Any] = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    return kept.get("n_all", 0), [Mutant(**mutant) for mutant in kept.get("found", [])]


def record(part: str, n_all: int, found: Sequence[Mutant]) -> None:
    """Keep what a run found so far, for the table and for ``--survivors``."""
    RESULTS.mkdir(parents=True, exist_ok=True)
    kept = {"n_all": n_all, "found": [asdict(m) for m in found]}
    (RESULTS / f"{part}.json").write_text(json.dumps(kept, indent=1, ensure_ascii=False), encoding="utf-8")


def summary(part: str, n_all: int, found: Sequence[Mutant]) -> list[str]:
    """One row of the table."""
    counts = Counter(m.outcome for m in found)
    n_differ = len(found) - counts["equivalent"]
    killed = counts["killed"] + counts["timeout"]
    cells = (n_all, len(found), killed, counts["timeout"], counts["equivalent"], counts["survived"])
    return [part, *map(str, cells), f"{100 * counts['survived'] / n_differ:.1f} %" if n_differ else "–"]


def main() -> None:
    """Print survivors as they come, and at the end the table of all parts tried so far."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.mutation")
    parser.add_argument("part", choices=PARTS, metavar="PART", help=", ".join(PARTS))
    parser.add_argument("--sample", type=int, help="try so many, drawn at random; without it, all")
    parser.add_argument("--seed", type=int, default=1, help="the same seed draws the same sample")
    parser.add_argument("--module", help="try one module anew, e.g. guidance; the others keep what was found")
    parser.add_argument("--survivors", action="store_true", help="of the last run, try only what survived")
    given = parser.parse_args()
    last = recorded(given.part)[1] if given.survivors or given.module else []
    again = {m.key for m in last if m.outcome == "survived"} if given.survivors else None
    places = chosen(given.part, given.module, given.sample, given.seed)
    if again is not None:
        lines = {(module, before) for module, before, _ in again}
        places = [place for place in chosen(given.part, given.module) if (place.module, place.line) in lines]
    touched = {place.module for place in places}
    found = [m for m in last if m.module not in touched or (given.survivors and m.outcome != "survived")]
    n_all = len(chosen(given.part))
    for mutant in tried(given.part, places, again):
        found.append(mutant)
        record(given.part, n_all, found)
        if mutant.outcome == "survived":
            print(f"\r{mutant.module}:{mutant.row}\n  - {mutant.before}\n  + {mutant.after}", flush=True)
    rows = [summary(part, *recorded(part)) for part in PARTS if recorded(part)[0]]
    print(table(HEADS, rows))


if __name__ == "__main__":
    main()
