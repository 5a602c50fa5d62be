"""Where the app may listen: on this computer only, unless it is told to whom it is offered and who asks them."""

from __future__ import annotations

import errno
import socket
from pathlib import Path
from urllib.parse import urlsplit

from ironreport.errors import IronReportError

LOOPBACK = "127.0.0.1"
OWN_NAMES = frozenset({LOOPBACK, "localhost", "::1"})
PORTS = range(1, 2**16)


class ServingError(IronReportError):
    """The app must not, or cannot, listen where it was told to."""


def check_address(address: str | None, offered: str = LOOPBACK) -> None:
    """Refuse an address that other computers reach, but for the one it is offered on; none means every interface."""
    if address in OWN_NAMES or address == offered:
        return
    raise ServingError(
        "NOT_THIS_COMPUTER",
        f"IronReport does not listen on {address or 'every interface'}: whoever reaches it could read the exams, "
        "as nobody asks who they are.",
        "Start it without --server.address and without STREAMLIT_SERVER_ADDRESS; for others, "
        "with an access control: ironreport serve --help (SECURITY.md).",
    )


def free_port(address: str = LOOPBACK) -> int:
    """A port that nobody uses, as the system chooses it."""
    with socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET) as probe:
        probe.bind((address, 0))
        return int(probe.getsockname()[1])


def check_port(port: int, address: str = LOOPBACK) -> None:
    """Refuse a port that does not exist, is taken, or is not for this user; nothing is printed or started before."""
    if port not in PORTS:
        raise ServingError("NO_SUCH_PORT", f"There is no port {port}.", "Choose one from 1024 to 65535, such as 8501.")
    with socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET) as probe:
        # as the server binds: a port that only waits for the last packets of an ended server is free
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((address, port))
        except OSError as error:
            raise _not_free(port, address, error.errno) from None


def _not_free(port: int, address: str, reason: int | None) -> ServingError:
    if reason == errno.EADDRNOTAVAIL:
        return ServingError(
            "NOT_OUR_ADDRESS", f"{address} is not an address of this computer.", "Choose one that `ip address` lists."
        )
    if reason == errno.EADDRINUSE:
        other = port + 1 if port + 1 in PORTS else 1024
        return ServingError(
            "PORT_TAKEN",
            f"Another program, perhaps another IronReport, uses port {port} of this computer.",
            f"Use the one that runs, or choose another port: ironreport --port {other}",
        )
    return ServingError(
        "PORT_NOT_FREE", f"This user may not listen on port {port}.", "Choose one from 1024 to 65535, such as 8501."
    )


def bare_origin(text: str) -> str:
    """Scheme, name and port of an address, as a browser writes an origin; empty where it has none."""
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        return ""
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        return ""
    name = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    usual = {"http": 80, "https": 443}[parts.scheme]
    return f"{parts.scheme}://{name}" + (f":{port}" if port not in {None, usual} else "")


def check_home() -> None:
    """Refuse a home folder that is something else; libraries look into it while they are loaded."""
    home = Path("~").expanduser()
    if home.exists() and not home.is_dir():
        raise ServingError("NO_HOME", f"The home folder {home} is not a folder.", "Set HOME to a folder of this user.")
