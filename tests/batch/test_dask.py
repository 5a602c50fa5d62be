"""Many exams over a Dask scheduler: the bytes that one process makes, also where a worker is killed in the middle."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from benchmarks.batch_speed import write_day
from ironreport.batch import BatchOptions, run_batch
from ironreport.batch.batch_run import Stage, Workers
from ironreport.batch.dask_cluster import over_cluster
from ironreport.errors import IronReportError

distributed = pytest.importorskip("distributed")
NO_PDF = BatchOptions("tdt", pdf=False)
N_EXAMS = 4
START_S = 120


@pytest.fixture(scope="module")
def day(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("day")
    write_day(root, N_EXAMS, n_slices=1)
    return root


@pytest.fixture(scope="module")
def serial(day: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("serial")
    assert run_batch(day / "images", out, day / "regions", NO_PDF).n_with_number == N_EXAMS
    return out


@contextmanager
def dask(*arguments: str) -> Iterator[subprocess.Popen[bytes]]:
    """A scheduler or a worker as a process of its own, gone with the block."""
    command = [sys.executable, "-m", "dask", *arguments]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as started:
        try:
            yield started
        finally:
            started.kill()


def address_in(file: Path) -> str:
    until = time.monotonic() + START_S
    while time.monotonic() < until:
        try:
            return str(json.loads(file.read_text(encoding="utf-8"))["address"])
        except (OSError, ValueError, KeyError):
            time.sleep(0.1)
    pytest.fail("The scheduler did not start.")


def run(day: Path, serial: Path, out: Path, address: str, progress: Callable[[Stage], None] | None = None) -> None:
    """A run over the scheduler, and that it wrote what one process writes."""
    shutil.copy(serial / "batch.key", out)
    run_batch(day / "images", out, day / "regions", NO_PDF, Workers(dask=address), progress)
    assert files_of(out) == files_of(serial)


def files_of(folder: Path) -> dict[str, bytes]:
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


@pytest.mark.slow
def test_two_workers_write_the_same_bytes_also_where_one_is_killed_in_the_middle(
    day: Path, serial: Path, tmp_path: Path
) -> None:
    file = tmp_path / "scheduler.json"
    out = tmp_path / "out"
    out.mkdir()
    with ExitStack() as running:
        loopback = ("--host", "127.0.0.1", "--no-dashboard")
        running.enter_context(dask("scheduler", *loopback, "--port", "0", "--scheduler-file", str(file)))
        address = address_in(file)
        alone = ("--no-nanny", "--nthreads", "1")
        one, other = (running.enter_context(dask("worker", address, *loopback, *alone)) for _ in range(2))
        with distributed.Client(address, set_as_default=False) as client:
            client.wait_for_workers(2, timeout=START_S)

        def killing(stage: Stage) -> None:
            if (stage.doing, stage.n_done) == ("Measuring", 1):
                one.kill()
                one.wait()

        run(day, serial, out, address, killing)
        assert one.returncode is not None and other.poll() is None


def test_two_runs_at_one_scheduler_are_never_mixed() -> None:
    with distributed.LocalCluster(1, threads_per_worker=2, processes=False, dashboard_address=None) as cluster:
        one = over_cluster(str.upper, ["anna"], cluster.scheduler_address, str)
        assert next(one) == (0, "ANNA")  # and held, while another run asks for its first item
        assert list(over_cluster(str.upper, ["berta"], cluster.scheduler_address, str)) == [(0, "BERTA")]
        assert list(one) == []


def test_a_scheduler_without_workers_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    with distributed.LocalCluster(0, processes=False, dashboard_address=None) as cluster:
        monkeypatch.setattr("ironreport.batch.dask_cluster.CONNECT_S", 5)
        monkeypatch.setattr(distributed.Client, "wait_for_workers", out_of_time)
        with pytest.raises(IronReportError) as caught:
            list(over_cluster(str.upper, ["anna"], cluster.scheduler_address, str))
    assert caught.value.refusal.code == "NO_WORKER"


def out_of_time(*_: object, **__: object) -> None:
    raise TimeoutError
