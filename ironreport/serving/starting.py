"""Become the server: the command line ends here, and Streamlit goes on in the same process."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import NoReturn

from ironreport.host_system import is_frozen, module_command, take_over
from ironreport.serving.service import Service, host_names, to_environment

UNTIL_CLOSED = "IRONREPORT_UNTIL_CLOSED"
"""Set in the environment of a server that ends when its last window is closed."""


def server_command(service: Service, port: int) -> list[str]:
    """What starts the server."""
    headless = "true" if service.on_network or not _has_display() else "false"
    command = [
        *module_command("streamlit"), "run", "app.py", "--server.address", service.address,
        "--server.port", str(port), "--server.headless", headless, "--browser.gatherUsageStats", "false",
    ]  # fmt: skip
    if is_frozen():  # Streamlit takes what lies outside of site-packages for its own workshop, and keeps the port then
        command += ["--global.developmentMode", "false"]
    if service.on_network:
        command += [part for name in host_names(service) for part in ("--server.allowedHosts", name)]
    if service.secrets:
        command += ["--secrets.files", str(Path(service.secrets).resolve())]
    return command


def become_server(service: Service, port: int, folder: Path, **variables: str) -> NoReturn:
    """Let the server take the place of this process, in the folder of the app."""
    # settings from the environment would override the file that keeps the app on this computer
    environment = {k: v for k, v in os.environ.items() if not k.startswith("STREAMLIT_")}
    environment |= variables | to_environment(service)
    environment.setdefault("MALLOC_ARENA_MAX", "2")  # glibc's: memory of a cleared exam goes back to the system
    take_over(server_command(service, port), folder, environment)


def _has_display() -> bool:
    return sys.platform in ("win32", "darwin") or bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))
