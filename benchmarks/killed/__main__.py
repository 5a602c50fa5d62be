"""Kill what writes: ``python -m benchmarks.killed [--moments 50] [--only writers]``."""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from benchmarks.killed.crashes import fault_of_browser, fault_of_server
from benchmarks.killed.writers import fault, ways
from benchmarks.scorecard.walk import free_port, served

PARTS = ("writers", "server", "browser")


def writers(moments: int, seed: int) -> Iterator[str]:
    """Faults of every file that is written, so many moments each."""
    with tempfile.TemporaryDirectory() as place:
        for name, way in ways(Path(place)).items():
            wrong = [one for k in range(moments) if (one := fault(way, seed + k))]
            print(f"{name}: {moments - len(wrong)} of {moments} moments leave it whole", flush=True)
            yield from (f"{name}: {one}" for one in wrong)


def server(moments: int, seed: int) -> Iterator[str]:
    """Faults of the kept copy after the server was killed."""
    wrong = []
    for k in range(moments):
        with tempfile.TemporaryDirectory() as place:
            if found := fault_of_server(Path(place), seed + k, free_port()):
                wrong.append(f"server {seed + k}: {found}")
    print(f"kept copy, server killed: {moments - len(wrong)} of {moments} hold what was confirmed and open", flush=True)
    yield from wrong


def browser(moments: int, seed: int) -> Iterator[str]:
    """Faults of the kept copy after the browser was killed."""
    wrong = []
    with tempfile.TemporaryDirectory() as place, served(Path(place)) as running:
        for k in range(moments):
            if found := fault_of_browser(running, seed + k):
                wrong.append(f"browser {seed + k}: {found}")
    print(f"kept copy, browser killed: {moments - len(wrong)} of {moments} hold what was confirmed", flush=True)
    yield from wrong


def main() -> None:
    """Kill, look, and end with 1 where something that was confirmed is not there."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--moments", type=int, default=50)
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--only", choices=PARTS, default="")
    chosen = options.parse_args()
    parts = {"writers": writers, "server": server, "browser": browser}
    asked = [chosen.only] if chosen.only else PARTS
    wrong = [one for part in asked for one in parts[part](chosen.moments, chosen.seed)]
    for one in wrong:
        print(one)
    sys.exit(bool(wrong))


if __name__ == "__main__":
    main()
