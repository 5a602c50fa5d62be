"""The app listens on this computer only, and says in a sentence where it cannot start."""

import socket
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from ironreport.serving.address import ServingError, check_address, check_home, check_port

from .conftest import ROOT, by_streamlit, free_port, started

LISTENING = "0A"
LOOPBACK_HEX = "0100007F"
Refused = Callable[..., tuple[int, str]]


def _listening(port: int) -> set[str]:
    """Local addresses, as the kernel writes them, on which somebody listens at a port."""
    found = set()
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        path = Path(table)
        for line in path.read_text().splitlines()[1:] if path.exists() else []:
            _, local, _, state, *_ = line.split()
            address, _, hex_port = local.rpartition(":")
            if state == LISTENING and int(hex_port, 16) == port:
                found.add(address)
    return found


needs_proc = pytest.mark.skipif(not Path("/proc/net/tcp").exists(), reason="reads Linux's table of sockets")


@needs_proc
def test_streamlit_run_listens_on_loopback_only(served: int) -> None:
    assert _listening(served) == {LOOPBACK_HEX}


@needs_proc
@pytest.mark.parametrize("place", ["checkout", "elsewhere"])
def test_the_command_listens_on_loopback_only_whatever_the_environment_says(
    place: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    port = free_port()
    monkeypatch.setenv("STREAMLIT_SERVER_ADDRESS", "0.0.0.0")
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    log, cwd = tmp_path / "log", ROOT if place == "checkout" else tmp_path
    if place == "elsewhere":
        monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    with started([sys.executable, "-m", "ironreport", "--port", str(port)], port, log, cwd):
        assert _listening(port) == {LOOPBACK_HEX}
    checked, *rest = log.read_text().splitlines()
    assert checked.startswith("Self-check: this version is new here" if place == "elsewhere" else "Self-check: passed")
    assert " ".join(rest).split() == f"IronReport: http://127.0.0.1:{port} (stop with Ctrl+C)".split()


@pytest.mark.parametrize("way", ["flag", "variable"])
def test_an_address_that_others_reach_is_refused_with_the_cure_and_without_asking_the_network(
    way: str, refused: Refused, tmp_path: Path
) -> None:
    # every name Python resolves and every host it connects to would be printed
    (tmp_path / "sitecustomize.py").write_text(
        "import sys\n"
        "def told(event, args):\n"
        "    if event in ('socket.connect', 'socket.getaddrinfo', 'socket.sendto'):\n"
        "        print('ASKED', event, args, flush=True)\n"
        "sys.addaudithook(told)\n"
    )
    port = str(free_port())
    path = {"PYTHONPATH": f"{tmp_path}:{ROOT}"}
    if way == "flag":
        code, said = refused(by_streamlit("--server.port", port, "--server.address", "0.0.0.0"), **path)
    else:
        code, said = refused(by_streamlit("--server.port", port), STREAMLIT_SERVER_ADDRESS="0.0.0.0", **path)
    assert code == 1
    assert len(said.splitlines()) == 1, said
    assert "does not listen on 0.0.0.0" in said
    assert "Start it without --server.address and without STREAMLIT_SERVER_ADDRESS" in said


@pytest.mark.parametrize("address", ["0.0.0.0", "::", "", None, "192.168.1.5", "hospital.example", "127.0.0.1.nip.io"])
def test_only_loopback_is_an_address_of_this_computer(address: str | None) -> None:
    with pytest.raises(ServingError, match="does not listen on"):
        check_address(address)


@pytest.mark.parametrize("address", ["127.0.0.1", "localhost", "::1"])
def test_loopback_is_allowed(address: str) -> None:
    check_address(address)


@pytest.mark.parametrize("port", [-1, 65536, 80000, 99999])
def test_a_port_that_does_not_exist_is_refused_before_an_address_is_printed(
    port: int, ironreport: Callable[..., object]
) -> None:
    done = ironreport("--port", str(port))
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.splitlines() == [f"There is no port {port}. Choose one from 1024 to 65535, such as 8501."]


def test_a_port_that_is_taken_is_refused_with_the_next_one(ironreport: Callable[..., object]) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        done = ironreport("--port", str(port))
    assert (done.returncode, done.stdout) == (1, "")
    assert f"uses port {port}" in done.stderr
    assert f"ironreport --port {port + 1}" in done.stderr


def test_the_port_after_the_last_one_is_not_proposed() -> None:
    with socket.socket() as other:
        try:
            other.bind(("127.0.0.1", 65535))
        except OSError:
            pass  # somebody has it: as good
        else:
            other.listen()
        with pytest.raises(ServingError, match="--port 1024"):
            check_port(65535)


@pytest.mark.parametrize("way", ["command", "streamlit"])
def test_a_home_folder_that_is_a_device_is_refused_in_a_sentence(way: str, refused: Refused) -> None:
    command = [sys.executable, "-m", "ironreport"] if way == "command" else by_streamlit()
    code, said = refused(
        [*command, "--port" if way == "command" else "--server.port", str(free_port())], HOME="/dev/null"
    )
    assert code == 1
    assert said.splitlines() == ["The home folder /dev/null is not a folder. Set HOME to a folder of this user."]


def test_a_home_folder_that_is_not_there_is_no_hindrance(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HOME", str(tmp_path / "nowhere"))
    check_home()
