"""What differs between Windows, macOS, Linux and a frozen program; nothing else asks which of them this is.

How the app takes the place of the command, how a child of this program is started, how much memory it holds.
"""

from __future__ import annotations

import contextlib
import ctypes
import importlib
import os
import runpy
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, NoReturn

RUN_MODULE = "--run-module"
"""How a frozen program, which has no ``python -m``, is asked to be one of its own children."""
MODULES = frozenset({"streamlit", "ironreport.intake.decoder_child"})
"""The children there are; a frozen program runs no other module by name."""
EVERY_S = 0.05
END_S = 10.0
LAST = 19
"""The niceness of who computes only when nobody else does."""
_PAGE_BYTES = 4096
_QUERY, _READ = 0x1000, 0x0010  # PROCESS_QUERY_LIMITED_INFORMATION, PROCESS_VM_READ


def is_windows() -> bool:
    """Whether this is Windows."""
    return sys.platform == "win32"


def is_frozen() -> bool:
    """Whether this program was frozen: its interpreter is itself."""
    return bool(getattr(sys, "frozen", False))


# ------------------------------------------------------------------------------------- children


def module_command(module: str, *, safe_path: bool = False) -> list[str]:
    """What starts a module of ``MODULES`` as a process; with ``safe_path`` not out of the folder it is started in."""
    if is_frozen():
        return [sys.executable, RUN_MODULE, module]
    return [sys.executable, *(["-P"] if safe_path else []), "-m", module]


def run_as_module(arguments: list[str]) -> bool:
    """Be the child that a frozen program was asked to be; False where it was asked for nothing like that."""
    if arguments[:1] != [RUN_MODULE] or not is_frozen() or not set(arguments[1:2]) & MODULES:
        return False
    sys.argv = arguments[1:]
    runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)
    return True


def take_over(command: list[str], folder: Path, environment: Mapping[str, str]) -> NoReturn:
    """Let a command take the place of this process, in a folder; where the system cannot, wait for its end."""
    sys.stdout.flush()
    if is_windows():
        sys.exit(_waited_for(subprocess.Popen(command, cwd=folder, env=dict(environment))))
    os.chdir(folder)
    os.execve(command[0], command, environment)


def _waited_for(child: subprocess.Popen[bytes]) -> int:
    """The exit code of a child. Ctrl+C reaches both of us, and the child ends by itself or is ended."""
    until = None
    while True:
        try:  # a wait without end hears no Ctrl+C on Windows
            return child.wait(timeout=0.5)
        except subprocess.TimeoutExpired:
            if until is not None and time.monotonic() > until:
                child.kill()
        except KeyboardInterrupt:
            until = time.monotonic() + END_S


def start_behind(command: list[str]) -> subprocess.Popen[bytes]:
    """Start a child that says nothing and computes while nobody else wants to; it outlives this process."""
    quiet, flags = subprocess.DEVNULL, getattr(subprocess, "BELOW_NORMAL_PRIORITY_CLASS", 0)
    child = subprocess.Popen(command, stdin=quiet, stdout=quiet, stderr=quiet, creationflags=flags)
    if not is_windows():
        with contextlib.suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, child.pid, LAST)
    return child


def as_bytes(descriptor: int) -> int:
    """The descriptor, on which line ends stay as they are."""
    if is_windows():
        importlib.import_module("msvcrt").setmode(descriptor, getattr(os, "O_BINARY", 0))
    return descriptor


# ------------------------------------------------------------------------------------- limits


class Watchdog:
    """Kills a child that works too long or holds too much memory while it is in the ``with``.

    Systems that limit a process themselves do so before; this one measures, and works on all of them.
    """

    def __init__(self, child: subprocess.Popen[bytes], most_seconds: float, most_bytes: int) -> None:
        self._child, self._most_bytes = child, most_bytes
        self._until = time.monotonic() + most_seconds
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> Watchdog:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._done.set()

    def _watch(self) -> None:
        while not self._done.wait(EVERY_S):
            if time.monotonic() > self._until or held_bytes(self._child.pid) > self._most_bytes:
                self._child.kill()
                return


def held_bytes(process: int) -> int:
    """Memory of a process [bytes]; 0 where it cannot be told, as of one that has ended."""
    with contextlib.suppress(OSError, ValueError, IndexError, subprocess.SubprocessError):
        if is_windows():
            return _held_on_windows(process, ctypes.windll)  # type: ignore[attr-defined,unused-ignore]
        if sys.platform == "darwin":
            told = subprocess.run(["/bin/ps", "-o", "rss=", "-p", str(process)], capture_output=True, timeout=5)
            return int(told.stdout) * 1024
        return int(Path(f"/proc/{process}/statm").read_text(encoding="ascii").split()[1]) * _PAGE_BYTES
    return 0


class _Memory(ctypes.Structure):
    """PROCESS_MEMORY_COUNTERS_EX of the Windows API."""

    _fields_ = [
        ("cb", ctypes.c_uint32),
        ("PageFaultCount", ctypes.c_uint32),
        *((name, ctypes.c_size_t) for name in (
            "PeakWorkingSetSize", "WorkingSetSize", "QuotaPeakPagedPoolUsage", "QuotaPagedPoolUsage",
            "QuotaPeakNonPagedPoolUsage", "QuotaNonPagedPoolUsage", "PagefileUsage", "PeakPagefileUsage",
            "PrivateUsage",
        )),
    ]  # fmt: skip


def _held_on_windows(process: int, windows: Any) -> int:
    """Bytes that a process has for itself, in memory or in the page file."""
    kernel = windows.kernel32
    kernel.OpenProcess.restype = ctypes.c_void_p
    handle = kernel.OpenProcess(_QUERY | _READ, False, process)
    if not handle:
        return 0
    counted = _Memory(cb=ctypes.sizeof(_Memory))
    try:
        told = kernel.K32GetProcessMemoryInfo(ctypes.c_void_p(handle), ctypes.byref(counted), counted.cb)
        return int(counted.PrivateUsage) if told else 0
    finally:
        kernel.CloseHandle(ctypes.c_void_p(handle))
