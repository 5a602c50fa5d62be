"""A server of the app for the benchmark: started, watched from outside, ended. Linux only."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
START_S = 90


@dataclass(frozen=True, slots=True)
class Watched:
    """A running server: its address and its process."""

    url: str
    pid: int

    def cpu_s(self) -> float:
        """Processor time used so far, of all threads [s]."""
        fields = Path(f"/proc/{self.pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def rss_mib(self) -> float:
        """Memory that is in RAM."""
        return self._status_mib("VmRSS")

    def peak_mib(self) -> float:
        """The most memory that was in RAM."""
        return self._status_mib("VmHWM")

    def n_open(self) -> int:
        """Open files and sockets."""
        return len(list(Path(f"/proc/{self.pid}/fd").iterdir()))

    def _status_mib(self, name: str) -> float:
        lines = Path(f"/proc/{self.pid}/status").read_text(encoding="ascii").splitlines()
        return int(next(line for line in lines if line.startswith(name)).split()[1]) / 1024


@contextmanager
def running(app: Path = ROOT) -> Iterator[Watched]:
    """A new server of the app in ``app``, which ends with the block."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    url = f"http://127.0.0.1:{port}"
    command = [sys.executable, "-m", "streamlit", "run", "app.py", "--server.port", str(port)]
    server = subprocess.Popen(command, cwd=app, stdout=subprocess.DEVNULL)
    try:
        _wait_until_healthy(url, server)
        yield Watched(url, server.pid)
    finally:
        server.terminate()
        server.wait()


def _wait_until_healthy(url: str, server: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + START_S
    while time.monotonic() < until and server.poll() is None:
        try:
            urllib.request.urlopen(f"{url}/_stcore/health", timeout=2).close()  # noqa: S310 - this computer
            return
        except OSError:
            time.sleep(0.1)
    raise SystemExit("The app did not start.")
