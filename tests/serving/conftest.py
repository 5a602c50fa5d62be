"""A started server, as a person starts it, and questions put to it byte by byte."""

import asyncio
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import pytest

T = TypeVar("T")
ROOT = Path(__file__).resolve().parents[2]
START_S = 180  # a limit for what hangs; a busy computer takes a minute


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def by_streamlit(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "streamlit", "run", "app.py", *arguments]


@contextmanager
def started(command: list[str], port: int, log: Path, cwd: Path = ROOT) -> Iterator[subprocess.Popen[bytes]]:
    """A process that answers on its port; ends with the block."""
    with log.open("wb") as out:
        server = subprocess.Popen(command, cwd=cwd, stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT)
    try:
        until = time.monotonic() + START_S
        while True:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0 and b"IronReport:" in log.read_bytes():
                    break
            if server.poll() is not None or time.monotonic() > until:
                pytest.fail(f"The app did not start:\n{log.read_text(errors='replace')[-2000:]}")
            time.sleep(0.1)
        yield server
    finally:
        server.send_signal(signal.SIGTERM)
        try:
            server.wait(timeout=10)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()


@pytest.fixture(scope="session")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """Port of one server that the tests of this folder share."""
    port = free_port()
    log = tmp_path_factory.mktemp("served") / "log"
    with started(by_streamlit("--server.port", str(port)), port, log):
        yield port


@pytest.fixture
def refused() -> Callable[..., tuple[int, str]]:
    """Exit code and last words of a start that must not succeed."""

    def run(command: list[str], **environment: str) -> tuple[int, str]:
        done = subprocess.run(
            command, cwd=ROOT, env={**os.environ, **environment}, capture_output=True, text=True, timeout=START_S
        )
        return done.returncode, done.stdout + done.stderr

    return run


def run_apart(coroutine: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine in a thread of its own: a browser of other tests has a loop that runs in this one."""
    with ThreadPoolExecutor(1) as own:
        return own.submit(asyncio.run, coroutine).result()
