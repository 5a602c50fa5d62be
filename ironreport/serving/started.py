"""What happens once for the whole server: before it starts, and while it runs."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import streamlit as st
from streamlit import cli_util

from ironreport.errors import IronReportError
from ironreport.serving.address import LOOPBACK, check_address, check_home


def check() -> None:
    """End the process with a sentence where the app must not run as it was started."""
    try:
        check_address(st.get_option("server.address"))
        check_home()
    except IronReportError as error:
        sys.exit(str(error.refusal))


@asynccontextmanager
async def lifespan(_: Any) -> AsyncIterator[None]:
    """Say where the app is, and open the browser where there is one; the port listens already."""
    url = f"http://{LOOPBACK}:{st.get_option('server.port')}"
    print(f"IronReport: {url}  (stop with Ctrl+C)", flush=True)
    if not st.get_option("server.headless"):
        asyncio.get_running_loop().call_soon(cli_util.open_browser, url)
    yield
