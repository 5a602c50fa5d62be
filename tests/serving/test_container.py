"""The files of the container say what their page promises: no rights, nothing written, no way out, and a sign-in."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.testing import CliRunner

from ironreport import cli
from ironreport.serving.service import Service, check_service

ROOT = Path(__file__).resolve().parents[2]
CONTAINERFILE = (ROOT / "Containerfile").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    return dict(yaml.safe_load((ROOT / "docs/container/compose.yaml").read_text(encoding="utf-8")))


def test_the_app_runs_as_nobody_in_particular() -> None:
    last = CONTAINERFILE.rpartition("FROM ")[2]
    assert re.search(r"^USER (\d+):(\d+)$", last, re.MULTILINE)
    assert last.index("USER ") < last.index("ENTRYPOINT")
    assert not re.search(r"\b(ADD|sudo|curl|wget)\b", CONTAINERFILE)


def test_everything_that_is_copied_exists_and_is_let_through() -> None:
    let_through = {line[1:] for line in (ROOT / ".containerignore").read_text().splitlines() if line.startswith("!")}
    lines = re.findall(r"^COPY (?!--from)(.*)$", CONTAINERFILE, re.MULTILINE)
    copied = {name for line in lines for name in line.split()[:-1]}
    assert copied == let_through
    assert all((ROOT / name).exists() for name in copied)


def test_no_container_can_write_its_disk_or_gain_a_right(compose: dict[str, Any]) -> None:
    for service in compose["services"].values():
        assert service["read_only"] is True
        assert service["cap_drop"] == ["ALL"]
        assert service["security_opt"] == ["no-new-privileges:true"]
        assert not service.get("privileged")


def test_the_app_stands_in_a_network_without_a_way_out_and_opens_no_port(compose: dict[str, Any]) -> None:
    app = compose["services"]["ironreport"]
    assert list(app["networks"]) == ["inside"]
    assert compose["networks"]["inside"]["internal"] is True
    assert "ports" not in app


def test_the_command_is_one_that_the_app_accepts_and_only_caddy_is_answered(
    compose: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    started: list[Service] = []
    monkeypatch.setattr(cli, "_serve", lambda service, port: started.append(service))
    done = CliRunner().invoke(cli.app, compose["services"]["ironreport"]["command"])
    assert done.exit_code == 0, done.output
    [service] = started
    check_service(service)
    addresses = {name: one["networks"]["inside"]["ipv4_address"] for name, one in compose["services"].items()}
    assert (service.address, service.only_from) == (addresses["ironreport"], addresses["caddy"])
    assert service.way == "users" and service.secure


def test_caddy_is_told_what_the_recipe_for_one_computer_says() -> None:
    ours, tried = (
        [line for line in (ROOT / place).read_text(encoding="utf-8").splitlines() if not line.startswith("#")]
        for place in ("docs/container/Caddyfile", "docs/proxy/Caddyfile")
    )
    assert [line.replace("10.89.17.2", "127.0.0.1") for line in ours] == tried
