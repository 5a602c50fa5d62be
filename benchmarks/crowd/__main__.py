"""Many people at one server: ``python -m benchmarks.crowd [--users 50] [--think 5] [--runs 5]``.

Each visitor opens the app, loads the sample exam, gives it a name of its own, and walks Findings, Signals, Findings,
Report with pauses between. Said are the wait for a run, what a run costs the server, its memory, and whether anything
failed or anybody saw another's name. ``--connects`` opens and closes tabs, ``--soak`` runs one page again and again,
``--zips`` gives each visitor a zip of images. A server of its own is started and ended; nothing else is asked.
"""

from __future__ import annotations

import argparse
import asyncio
import io
import random
import statistics
import time
import zipfile
from collections.abc import Iterator, Sequence
from itertools import cycle, islice
from pathlib import Path

import numpy as np
from pydicom import dcmread
from websockets.exceptions import WebSocketException

from benchmarks.crowd.server import ROOT, Watched, running
from benchmarks.crowd.visitor import Run, VisitError, Visitor
from ironreport.synthetic import write_dicom_exam

WALK = (
    ("Findings", "Next scan"),
    ("Signals", "Echo times and signals"),
    ("Findings", "Next scan"),
    ("Report", "Exports"),
)
UPLOAD = "DICOM files or one zip (fastest)"
MOST_USERS, MOST_RUNS = 200, 1000
SETTLED_S = 12
"""Twice as long as the server takes to give back what nobody holds."""
FAILURES = (VisitError, TimeoutError, OSError, WebSocketException, asyncio.BrokenBarrierError)


async def _walk(visitor: Visitor, think_s: float, n_runs: int, chance: random.Random) -> None:
    """One visitor from first page to closed tab."""
    await asyncio.sleep(chance.uniform(0, think_s))
    try:
        async with visitor:
            await visitor.open()
            await asyncio.sleep(think_s)
            await visitor.press("Load a sample exam", "Heart: done")
            await visitor.type("Whose exam (pseudonym)", visitor.name)
            for page, shows in islice(cycle(WALK), n_runs):
                await asyncio.sleep(think_s)
                await visitor.go(page, shows)
                await visitor.pictures()
            await asyncio.sleep(think_s)
    except FAILURES as error:
        visitor.runs.append(Run("visit", 0.0, f"{type(error).__name__}: {error}"))


async def crowd(server: Watched, users: int, think_s: float, n_runs: int, seed: int) -> None:
    """Visitors at the same time; print what they met."""
    chance = random.Random(seed)  # noqa: S311 - pauses
    visitors = [Visitor(server.url, number) for number in range(users)]
    await _warm(server)
    before_s, start_mib = server.cpu_s(), server.rss_mib()
    await asyncio.gather(*(_walk(visitor, think_s, n_runs, chance) for visitor in visitors))
    cpu_s = server.cpu_s() - before_s
    runs = [run for visitor in visitors for run in visitor.runs]
    print(f"{users} users, {think_s:g} s think time, {n_runs} pages each")
    _print_waits(runs)
    print(f"processor a run: {1000 * cpu_s / len(runs):.0f} ms ({cpu_s:.1f} s for {len(runs)} runs)")
    print(f"memory: {start_mib:.0f} MiB before, {server.rss_mib():.0f} after, {server.peak_mib():.0f} at most")
    _print_problems(runs)


async def zips(server: Watched, users: int, mib: float) -> None:
    """Visitors with a zip of images each, at the same time."""
    content = zip_of(mib)
    await _warm(server)

    everybody, held_mib = asyncio.Barrier(users), [0.0]

    async def one(visitor: Visitor) -> None:
        try:
            async with visitor:
                await visitor.open()
                await visitor.type("Whose exam (pseudonym)", visitor.name)
                await visitor.go("Images", "DICOM files")
                await visitor.upload(UPLOAD, "exam.zip", content, "Series")
                await everybody.wait()
                await asyncio.sleep(SETTLED_S)
                held_mib.append(server.rss_mib())
                await visitor.go("Findings", "Findings")
                await everybody.wait()
                await asyncio.sleep(SETTLED_S)
        except FAILURES as error:
            await everybody.abort()
            visitor.runs.append(Run("visit", 0.0, f"{type(error).__name__}: {error}"))

    visitors = [Visitor(server.url, number) for number in range(users)]
    start_mib = server.rss_mib()
    await asyncio.gather(*(one(visitor) for visitor in visitors))
    runs = [run for visitor in visitors for run in visitor.runs]
    print(f"{users} users with a zip of {len(content) / 1024**2:.1f} MiB each")
    _print_waits(runs)
    full, peak, left = max(held_mib), server.peak_mib(), server.rss_mib()
    print(f"memory: {start_mib:.0f} MiB before, {full:.0f} with all images open, {left:.0f} on the next page")
    print(f"at most for a moment: {peak:.0f} MiB")
    _print_problems(runs)


async def soak(server: Watched, n_runs: int) -> None:
    """One visitor, one page after the other without a pause."""
    async with Visitor(server.url, 0) as visitor:
        await visitor.open()
        await visitor.press("Load a sample exam", "Heart: done")
        await visitor.type("Whose exam (pseudonym)", visitor.name)
        for page, shows in WALK:
            await visitor.go(page, shows)
        start_mib, before_s = server.rss_mib(), server.cpu_s()
        for page, shows in islice(cycle(WALK), n_runs):
            await visitor.go(page, shows)
        print(f"{n_runs} runs of one visitor: {start_mib:.0f} to {server.rss_mib():.0f} MiB")
        print(f"processor a run: {1000 * (server.cpu_s() - before_s) / n_runs:.0f} ms")
        for page in dict.fromkeys(page for page, _ in WALK):
            waits = [1000 * run.waited_s for run in visitor.runs[-n_runs:] if run.page == page]
            print(f"  {page}: median {statistics.median(waits):.0f} ms")
        _print_problems(visitor.runs)


async def connects(server: Watched, n_tabs: int) -> None:
    """Tabs opened and closed again, one after the other."""
    await _warm(server)
    start_mib, runs = server.rss_mib(), []
    most_open = server.n_open()
    for number in range(n_tabs):
        async with Visitor(server.url, number) as visitor:
            await visitor.open()
        runs += visitor.runs
        most_open = max(most_open, server.n_open())
    print(f"{n_tabs} tabs opened and closed: {start_mib:.0f} to {server.rss_mib():.0f} MiB")
    print(f"open files: {most_open} at most, {server.n_open()} at the end")
    _print_problems(runs)


async def _warm(server: Watched) -> None:
    """A first visitor, so that nobody counted waits for what is loaded once."""
    async with Visitor(server.url, 9999) as visitor:
        await visitor.open()
        await visitor.press("Load a sample exam", "Heart: done")
        for page, shows in WALK:
            await visitor.go(page, shows)


def zip_of(mib: float) -> bytes:
    """A stored zip of one series of 12 echoes and as many slices as make ``mib``."""
    rng = np.random.default_rng(20261129)
    pattern = next(iter(write_dicom_exam().values()))
    n_slices = max(round(mib * 1024**2 / (12 * 256 * 256 * 2)), 1)
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_STORED) as archive:
        for number, (at, echo) in enumerate(_slices(n_slices)):
            dataset = dcmread(io.BytesIO(pattern))
            dataset.SOPInstanceUID = dataset.file_meta.MediaStorageSOPInstanceUID = f"2.25.{number + 1}"
            te_ms = 1.0 + 1.2 * echo
            dataset.EchoTime, dataset.EchoNumbers, dataset.InstanceNumber = te_ms, echo + 1, number + 1
            dataset.ImagePositionPatient = [0.0, 0.0, 10.0 * at]
            dataset.Rows = dataset.Columns = 256
            dataset.PixelData = rng.normal(900 * np.exp(-te_ms / 8), 8, (256, 256)).clip(0).astype("<u2").tobytes()
            out = io.BytesIO()
            dataset.save_as(out)
            archive.writestr(f"{number}.dcm", out.getvalue())
    return stream.getvalue()


def _slices(n_slices: int) -> Iterator[tuple[int, int]]:
    return ((at, echo) for at in range(n_slices) for echo in range(12))


def _print_waits(runs: Sequence[Run]) -> None:
    good = [run for run in runs if not run.problem]
    if not good:
        return
    print(f"wait for a run: {_waited(good)}")
    for page in dict.fromkeys(run.page for run in good):
        print(f"  {page}: {_waited([run for run in good if run.page == page])}")


def _waited(runs: Sequence[Run]) -> str:
    waits = sorted(run.waited_s for run in runs)
    p95 = waits[min(int(0.95 * len(waits)), len(waits) - 1)]
    return f"p50 {statistics.median(waits):.2f} s, p95 {p95:.2f} s, longest {waits[-1]:.2f} s"


def _print_problems(runs: Sequence[Run]) -> None:
    problems = [f"{run.page}: {run.problem}" for run in runs if run.problem]
    others = [name for run in runs for name in run.others]
    print(f"errors: {len(problems)}, another's name seen: {len(others)}")
    for problem in list(dict.fromkeys(problems))[:5]:
        print(f"  {problem}")


def main() -> None:
    """Start the app, send the visitors, end it."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--app", type=Path, default=ROOT, help="Folder of app.py.")
    options.add_argument("--users", type=int, default=50)
    options.add_argument("--think", type=float, default=5.0, help="Pause between two pages [s].")
    options.add_argument("--runs", type=int, default=5, help="Pages each visitor opens.")
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--zips", type=float, default=0.0, help="Give each visitor a zip of this size [MiB] instead.")
    options.add_argument("--soak", type=int, default=0, help="One visitor opens so many pages instead.")
    options.add_argument("--connects", type=int, default=0, help="Open and close so many tabs instead.")
    wanted = options.parse_args()
    users, n_runs = min(wanted.users, MOST_USERS), min(wanted.runs, MOST_RUNS)
    began = time.monotonic()
    with running(wanted.app) as server:
        if wanted.soak:
            asyncio.run(soak(server, min(wanted.soak, MOST_RUNS)))
        elif wanted.connects:
            asyncio.run(connects(server, min(wanted.connects, MOST_RUNS)))
        elif wanted.zips:
            asyncio.run(zips(server, users, wanted.zips))
        else:
            asyncio.run(crowd(server, users, wanted.think, n_runs, wanted.seed))
    print(f"in {time.monotonic() - began:.0f} s")


if __name__ == "__main__":
    main()
