"""What differs between systems, with the other systems played: start, children, limits."""

import ctypes
import os
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from ironreport import host_system
from ironreport.host_system import LAST, Watchdog, held_bytes, module_command, run_as_module, start_behind, take_over
from ironreport.intake import decoding
from ironreport.serving.address import check_port, free_port
from ironreport.serving.closing import GRACE_S, LastWindow
from ironreport.serving.service import Service
from ironreport.serving.starting import server_command

WAITS = [sys.executable, "-c", "import time; time.sleep(60)"]
HUNGRY = [sys.executable, "-c", "x = bytearray(300 * 2**20); import time; time.sleep(60)"]
MIB = 2**20


@pytest.fixture
def on_windows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(host_system.sys, "platform", "win32")
    monkeypatch.setattr(os, "execve", lambda *_: pytest.fail("Windows has no such thing."))


@pytest.fixture
def frozen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(host_system.sys, "frozen", True, raising=False)


# ------------------------------------------------------------------------------------- start


def test_on_windows_the_server_is_waited_for_and_its_code_comes_back(on_windows: None, tmp_path: Path) -> None:
    command = [sys.executable, "-c", "import os, sys; sys.exit(7 if os.getcwd() == sys.argv[1] else 1)", str(tmp_path)]
    with pytest.raises(SystemExit) as ended:
        take_over(command, tmp_path, dict(os.environ))
    assert ended.value.code == 7


def test_elsewhere_the_server_takes_the_place_of_the_command(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    taken: list[Any] = []
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(os, "execve", lambda *given: taken.append(given))
    take_over(["/bin/app", "run"], tmp_path, {"A": "1"})
    assert taken == [("/bin/app", ["/bin/app", "run"], {"A": "1"})]


def test_ctrl_c_lets_the_server_end_by_itself_and_ends_one_that_does_not(monkeypatch: pytest.MonkeyPatch) -> None:
    said = iter([KeyboardInterrupt(), subprocess.TimeoutExpired("x", 1), subprocess.TimeoutExpired("x", 1), 3])
    killed: list[bool] = []

    def wait(timeout: float) -> int:
        now = next(said)
        if isinstance(now, BaseException):
            raise now
        return now

    clock = iter([0.0, 1.0, host_system.END_S + 1.0])
    monkeypatch.setattr(host_system, "time", SimpleNamespace(monotonic=lambda: next(clock)))
    child = SimpleNamespace(wait=wait, kill=lambda: killed.append(True))
    assert host_system._waited_for(child) == 3  # type: ignore[arg-type]
    assert killed == [True]


def test_a_free_port_may_be_listened_on() -> None:
    check_port(free_port())


def test_the_app_ends_a_minute_after_its_last_window_and_not_before_the_first() -> None:
    now = [0.0]
    window = LastWindow(lambda: now[0])
    said = []
    for second, n_open in [(0, 0), (500, 0), (501, 1), (502, 0), (502 + GRACE_S - 2, 0), (560, 1), (561 + GRACE_S, 0)]:
        now[0] = float(second)
        said.append(window.is_gone(n_open))
    assert said == [False] * 6 + [True]


# ------------------------------------------------------------------------------------- children


def test_a_frozen_program_starts_itself_as_its_decoder_and_as_nothing_else(
    frozen: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    ran: list[str] = []
    monkeypatch.setattr(host_system.runpy, "run_module", lambda name, **_: ran.append(name))
    monkeypatch.setattr(host_system.sys, "argv", ["ironreport"])
    command = module_command("ironreport.intake.decoder_child", safe_path=True)
    assert command[0] == sys.executable and "-m" not in command
    assert run_as_module(command[1:])
    assert not run_as_module([host_system.RUN_MODULE, "antigravity"])
    assert ran == ["ironreport.intake.decoder_child"]


def test_a_frozen_server_is_not_taken_for_a_workshop_of_streamlit(frozen: None) -> None:
    command = server_command(Service(), 8501)
    assert command[1:4] == [host_system.RUN_MODULE, "streamlit", "run"]
    assert command[command.index("--global.developmentMode") + 1] == "false"


def test_a_program_that_is_not_frozen_takes_no_module_by_name() -> None:
    assert not run_as_module([host_system.RUN_MODULE, "streamlit"])


def test_the_decoder_is_not_found_in_the_folder_it_is_started_in() -> None:
    assert module_command(decoding._CHILD, safe_path=True)[1:3] == ["-P", "-m"]


# ------------------------------------------------------------------------------------- limits


def ended_after_s(command: list[str], most_seconds: float, most_bytes: int) -> float:
    with subprocess.Popen(command) as child:
        began = time.monotonic()
        with Watchdog(child, most_seconds, most_bytes):
            child.wait(timeout=30)
        assert child.returncode != 0
        return time.monotonic() - began


@pytest.mark.skipif(sys.platform == "win32", reason="Windows is told with the start of the child")
def test_a_child_that_is_started_behind_gives_way_to_everybody(tmp_path: Path) -> None:
    told = tmp_path / "told"
    words = f"import os, pathlib, time; time.sleep(0.3); pathlib.Path({str(told)!r}).write_text(str(os.nice(0)))"
    assert start_behind([sys.executable, "-c", words]).wait(timeout=60) == 0
    assert told.read_text() == str(LAST)


def test_a_child_that_works_too_long_is_ended() -> None:
    assert 0.3 <= ended_after_s(WAITS, 0.3, 10_000 * MIB) < 20.0


def test_a_child_that_holds_too_much_memory_is_ended_by_measuring() -> None:
    assert ended_after_s(HUNGRY, 60.0, 200 * MIB) < 25.0


def test_a_child_within_its_limits_is_left_alone() -> None:
    with subprocess.Popen([sys.executable, "-c", "import time; time.sleep(0.3)"]) as child:
        with Watchdog(child, 60.0, 1000 * MIB):
            child.wait(timeout=30)
        assert child.returncode == 0


def test_the_memory_of_this_process_is_told_and_that_of_none_is_nothing() -> None:
    assert 10 * MIB < held_bytes(os.getpid()) < 100_000 * MIB
    assert held_bytes(2**22 + 1) == 0


def test_on_windows_the_private_bytes_are_read_and_the_handle_is_closed() -> None:
    closed: list[object] = []

    def count(_: object, counted: Any, size: int) -> int:
        assert size == ctypes.sizeof(host_system._Memory)
        counted._obj.PrivateUsage = 42
        return 1

    def opened(access: int, inherit: bool, process: int) -> int:
        return 99 if process == 7 else 0

    kernel = SimpleNamespace(
        OpenProcess=opened, K32GetProcessMemoryInfo=count, CloseHandle=lambda handle: closed.append(handle.value)
    )
    assert host_system._held_on_windows(7, SimpleNamespace(kernel32=kernel)) == 42
    assert host_system._held_on_windows(8, SimpleNamespace(kernel32=kernel)) == 0
    assert closed == [99]
