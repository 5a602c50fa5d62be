"""Small packets leave at once, also from a socket that does not name its protocol, as Streamlit's does not."""

from __future__ import annotations

import asyncio
import socket
from asyncio import base_events

import pytest

from ironreport.serving.no_delay import send_at_once

from .conftest import run_apart


async def _waits() -> list[bool]:
    """Whether the two ends of a connection hold small packets back."""
    found: list[bool] = []

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        found.append(not writer.get_extra_info("socket").getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))
        writer.close()

    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as listening:
        listening.bind(("127.0.0.1", 0))
        server = await asyncio.start_server(answer, sock=listening)
        reader, writer = await asyncio.open_connection(*listening.getsockname())
        await reader.read()
        writer.close()
        server.close()
    return found


def test_a_connection_of_the_server_sends_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(base_events, "_set_nodelay", base_events._set_nodelay)  # put back afterwards
    send_at_once()
    assert run_apart(_waits()) == [False]


def test_an_asyncio_that_does_it_otherwise_is_left_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(base_events, "_set_nodelay")
    send_at_once()
    assert not hasattr(base_events, "_set_nodelay")
