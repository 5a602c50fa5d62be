"""``ironreport receive`` listens until it is ended, and says what came."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from pynetdicom import AE

from ironreport.clinic import make_clinic

Command = Callable[..., subprocess.CompletedProcess[str]]


@pytest.mark.slow
def test_the_command_answers_an_echo_and_ends_in_peace(tmp_path: Path) -> None:
    make_clinic(tmp_path / "clinic").close()
    command = [sys.executable, "-m", "ironreport", "receive", str(tmp_path / "clinic"), "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as server:
        assert server.stdout is not None
        port = next(int(found[1]) for line in server.stdout if (found := re.search(r"port (\d+)", line)))
        scanner = AE("SCANNER1")
        scanner.add_requested_context("1.2.840.10008.1.1")
        association = scanner.associate("127.0.0.1", port)
        assert association.is_established and association.send_c_echo().Status == 0
        association.release()
        server.send_signal(signal.SIGINT)
        said = server.stdout.read()
        assert server.wait(20) == 0 and "Traceback" not in said and "Ended" in said


def test_a_network_without_named_senders_is_refused(ironreport: Command, tmp_path: Path) -> None:
    make_clinic(tmp_path / "clinic").close()
    done = ironreport("receive", tmp_path / "clinic", "--address", "0.0.0.0")
    assert done.returncode != 0 and "--from" in done.stderr + done.stdout


def test_a_folder_that_is_no_clinic_is_said(ironreport: Command, tmp_path: Path) -> None:
    for command in (("receive",), ("fetch", "http://127.0.0.1:1/x", "--date", "20261129")):
        done = ironreport(command[0], tmp_path / "nothing", *command[1:])
        assert done.returncode != 0 and "Traceback" not in done.stderr and done.stderr + done.stdout
