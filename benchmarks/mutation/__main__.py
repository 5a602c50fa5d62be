"""Try the mutants of a part: ``python -m benchmarks.mutation assess --sample 200 --seed 1``."""

from __future__ import annotations

import argparse
import json
import math
import re
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict, replace
from hashlib import sha256
from itertools import accumulate
from pathlib import Path
from typing import Any

from benchmarks.mutation.copies import OUTCOMES, Copy
from benchmarks.mutation.loaded import NOT_EXCHANGED, path_of
from benchmarks.mutation.parts import CONFIG, PARTS, ROOT, equivalents, files_of_tests, modules
from benchmarks.mutation.places import LEFT_OUT, Mutant, Place, changed, chosen
from benchmarks.mutation.reach import Chosen, Code, Reached, note, noted
from benchmarks.tables import table

RESULTS = ROOT / "build/mutants"
HEADS = ("part", "mutants", "tried", "killed", "of these by time", "equivalent", "survived", "of those that differ")
Key = tuple[str, str, str]
AT_A_TIME = 4
"""Files of tests loaded together: to load all takes longer than most mutants live."""


def tried(part: str, places: Sequence[Place], only: set[Key] | None, most_s: float) -> Iterator[Mutant]:
    """Each mutant with its outcome, one after the other; with ``only``, those of these keys."""
    known = equivalents()
    with tempfile.TemporaryDirectory(prefix="mutants-") as folder:
        copy = Copy(Path(folder))
        copy.warm([*CONFIG["warm"], *PARTS[part]["warm"]], modules(part))
        choice = Choice(copy, part, most_s)
        for i, place in enumerate(places):
            print(f"\r{i} of {len(places)}", end="", file=sys.stderr, flush=True)
            mutant, code = changed(place, copy.source(place.module))
            if only is not None and mutant.key not in only:
                continue
            if mutant.key in known:
                yield replace(mutant, outcome="equivalent")
            else:
                yield replace(mutant, outcome=choice.outcome(mutant, code))
        choice.loaded.close()


class Choice:
    """The tests of a part that can notice a change, in the order of asking."""

    def __init__(self, copy: Copy, part: str, most_s: float) -> None:
        self.copy, self.most_s, self.reached = copy, most_s, reached(copy, part)
        files = [*modules(part), *files_of_tests(part)]
        self.loaded = copy.loaded(modules(part), files, CONFIG["shortest_timeout_s"])
        self.code = Code({module: copy.source(module) for module in modules(part)})
        self.texts = {file: copy.source(file) for file in {name.split("::")[0] for name in self.reached}}

    def outcome(self, mutant: Mutant, code: str) -> str:
        """What the tests that can notice it make of a change."""
        seconds = self._seconds(mutant)
        if self._inside(mutant, code):
            end = self.loaded.code_of(mutant.module, code, mutant.row, seconds)
            if end != NOT_EXCHANGED:
                return OUTCOMES.get(end, "killed")
        groups = self._groups(mutant.module, seconds)
        chosen = Chosen(seconds, set(self.reached), CONFIG["shortest_timeout_s"])
        return self.copy.outcome(mutant.module, code, groups, chosen, CONFIG["longest_s"])

    def _inside(self, mutant: Mutant, code: str) -> bool:
        """Whether a change lies inside a function that the loading of the tests did not call."""
        names = path_of(self.copy.source(mutant.module), mutant.row)
        same = mutant.after != LEFT_OUT and names and names == path_of(code, mutant.row)
        return bool(same) and not self.code.around(mutant.module, mutant.row) & self.loaded.made

    def _seconds(self, mutant: Mutant) -> dict[str, float]:
        """How long each test takes that calls what was changed, or whose file mentions it."""
        functions, names = self.code.matters(mutant.module, mutant.row)
        files = {file for file, text in self.texts.items() if names & set(re.findall(r"\w+", text))}
        every = not functions and not names
        found = {
            test: seconds
            for test, (seconds, called) in self.reached.items()
            if every or functions & called or test.split("::")[0] in files
        }
        quick_first = sorted(found, key=found.__getitem__)
        within = accumulate(quick_first, lambda total, test: total + found[test], initial=0.0)
        return {test: found[test] for test, start in zip(quick_first, within, strict=False) if start < self.most_s}

    def _groups(self, module: str, seconds: dict[str, float]) -> list[list[str]]:
        """Files of tests: those named after the module, then some at a time, the quick ones first."""
        per_file: dict[str, list[float]] = {}
        for test, s in seconds.items():
            per_file.setdefault(test.split("::")[0], []).append(s)
        files = sorted(per_file, key=lambda file: sum(per_file[file]) / len(per_file[file]))
        own = [file for file in files if file == module or Path(file).stem == f"test_{Path(module).stem}"]
        others = [file for file in files if file not in own]
        return [
            group for group in (own, *(others[i : i + AT_A_TIME] for i in range(0, len(others), AT_A_TIME))) if group
        ]


def reached(copy: Copy, part: str) -> Reached:
    """Which functions each test calls, file by file: as noted in an earlier run if the code is the same, or anew."""
    notes, found = RESULTS / f"{part}-reached", {}
    notes.mkdir(parents=True, exist_ok=True)
    code = "".join(copy.source(module) for module in modules(part))
    files = [*modules(part), *files_of_tests(part)]
    for i, file in enumerate(files):
        print(f"\rcalls noted: {i} of {len(files)}  ", end="", file=sys.stderr, flush=True)
        path = notes / f"{sha256((code + copy.source(file)).encode()).hexdigest()}.json"
        if not path.is_file():
            calls = copy.reached(modules(part), file, CONFIG["longest_s"])
            if calls is None:
                raise SystemExit(f"{copy.output.read_text()}\n{file} fails without any change. Mend it first.")
            note(calls, path)
        found.update(noted(path))
    return found


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
    parser.add_argument(
        "--seconds", type=float, default=math.inf, help="ask only so many seconds of tests, the quick ones"
    )
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
    for mutant in tried(given.part, places, again, given.seconds):
        found.append(mutant)
        record(given.part, n_all, found)
        if mutant.outcome == "survived":
            print(f"\r{mutant.module}:{mutant.row}\n  - {mutant.before}\n  + {mutant.after}", flush=True)
    rows = [summary(part, *recorded(part)) for part in PARTS if recorded(part)[0]]
    print(table(HEADS, rows))


if __name__ == "__main__":
    main()
