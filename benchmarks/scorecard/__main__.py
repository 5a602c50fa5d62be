"""The scorecard: ``python -m benchmarks.scorecard [--only R5,R20] [--quick] [--page]``."""

from __future__ import annotations

import argparse
import datetime as dt
import json
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from itertools import groupby

from benchmarks.scorecard import figures, handed_out, hostile, people, served
from benchmarks.scorecard.page import FILE, Result, line, now, page, told, verdict
from benchmarks.scorecard.row import ROOT, Measured, Row
from benchmarks.tables import BUILD

GROUPS = {"hostile": hostile.ROWS, "figures": figures.ROWS, "people": people.ROWS, "served": served.ROWS,
          "handed out": handed_out.ROWS}  # fmt: skip
KEPT = BUILD / "scorecard.json"
"""What the last run of each row gave, so that the page can be written from several runs; before it stands the page."""


def wanted(only: str) -> list[tuple[str, Row]]:
    """Rows with the group whose process they share, those named in ``only`` or all."""
    chosen = {one.strip().upper() for one in only.split(",") if one.strip()}
    found = [(group, row) for group, rows in GROUPS.items() for row in rows]
    known = {row.id.upper() for _, row in found}
    if chosen - known:
        raise SystemExit(
            f"There is no row {', '.join(sorted(chosen - known))}. Rows: {', '.join(r.id for _, r in found)}."
        )
    return [(group, row) for group, row in found if not chosen or row.id.upper() in chosen]


def measure_here(rows: list[Row], quick: bool) -> None:
    """Measure in this process and print each result as a line of JSON; what breaks is a FAIL with its kind."""
    for row in rows:
        began = time.perf_counter()
        try:
            found = row.measure(quick)
        except Exception as error:
            found = Measured(f"it broke: {type(error).__name__}: {str(error)[:200]}", False)
        spent = time.perf_counter() - began
        print(json.dumps({"id": row.id, "said": found.said, "passed": found.passed, "seconds": spent}), flush=True)


def measured(only: str, quick: bool) -> Iterator[Result]:
    """Each row, measured in a process of its group."""
    for _, members in groupby(wanted(only), key=lambda one: one[0]):
        rows = {row.id: row for _, row in members}
        command = [sys.executable, "-m", "benchmarks.scorecard", "--here", "--only", ",".join(rows)]
        with subprocess.Popen(
            [*command, *(["--quick"] if quick else [])],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        ) as child:
            assert child.stdout is not None  # noqa: S101 - it was asked for
            for text in child.stdout:
                if text.startswith('{"id": '):
                    told = json.loads(text)
                    yield Result(rows.pop(told["id"]), Measured(told["said"], told["passed"]), told["seconds"], quick)
        for row in rows.values():
            yield Result(row, Measured("not measured: its process ended before", False), 0.0)


def keep(results: list[Result]) -> None:
    """Remember what was measured."""
    kept = json.loads(KEPT.read_text(encoding="utf-8")) if KEPT.is_file() else {}
    kept |= {r.row.id: [r.measured.said, r.measured.passed, r.seconds, r.is_sample, r.at] for r in results}
    KEPT.parent.mkdir(parents=True, exist_ok=True)
    KEPT.write_text(json.dumps(kept, indent=1), encoding="utf-8")


def kept_results() -> list[Result]:
    """What was measured last of each row, in reading order; a row never measured has failed."""
    kept = dict(told(FILE.read_text(encoding="utf-8"))) if FILE.is_file() else {}
    kept |= json.loads(KEPT.read_text(encoding="utf-8")) if KEPT.is_file() else {}
    unknown = ("not measured", False, 0.0, False, "")
    rows = [(row, kept.get(row.id, unknown)) for _, row in wanted("")]
    found = [
        Result(row, Measured(said, passed), seconds, is_sample, at)
        for row, (said, passed, seconds, is_sample, at) in rows
    ]
    return sorted(found, key=lambda one: _place(one.row.id))


def _place(name: str) -> tuple[int, int, str]:
    number = "".join(c for c in name if c.isdigit())
    return "RTP".index(name[0]), int(number or 0), name


def main() -> None:
    """Measure, print, and end with 1 where a row fails."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--only", default="", help="Rows, as in R5,R20.")
    options.add_argument("--quick", action="store_true", help="Samples instead of the full numbers.")
    options.add_argument("--page", action="store_true", help=f"Write {FILE.name} from the last run of each row.")
    options.add_argument("--from-kept", action="store_true", help="Measure nothing; with --page.")
    options.add_argument("--here", action="store_true", help=argparse.SUPPRESS)
    chosen = options.parse_args()
    if chosen.here:
        measure_here([row for _, row in wanted(chosen.only)], chosen.quick)
        return
    results: list[Result] = []
    if not chosen.from_kept:
        when = now(dt.date.today())
        for result in (replace(one, at=when) for one in measured(chosen.only, chosen.quick)):
            print(line(result), flush=True)
            results.append(result)
        keep(results)
        print(verdict(results))
    if chosen.page:
        FILE.write_text(page(kept_results(), dt.date.today()), encoding="utf-8")
    sys.exit(any(not one.measured.passed for one in results))


if __name__ == "__main__":
    main()
