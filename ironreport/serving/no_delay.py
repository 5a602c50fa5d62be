"""What is sent to a browser leaves at once, instead of waiting until the packet before it was acknowledged.

A system holds a small packet back while another one is on its way, and the other side acknowledges late: each answer in
two pieces and each message to a page took 40 ms longer than it needs, on Windows 200. asyncio switches that off, but
only for a socket that names its protocol, and Streamlit listens with one that does not.
"""

from __future__ import annotations

import socket
from asyncio import base_events


def send_at_once() -> None:
    """Let every connection of this process send at once; where asyncio does it by another name, it stays as it is."""
    if hasattr(base_events, "_set_nodelay"):
        base_events._set_nodelay = _send_at_once


def _send_at_once(connection: socket.socket) -> None:
    if connection.family in {socket.AF_INET, socket.AF_INET6} and connection.type == socket.SOCK_STREAM:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
