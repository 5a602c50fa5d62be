"""What happens once for the whole server: before it starts, and while it runs."""

from __future__ import annotations

import asyncio
import hashlib
import re
import sys
from base64 import b64encode
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import streamlit as st
from starlette.middleware import Middleware
from streamlit import cli_util, file_util

from ironreport.errors import IronReportError
from ironreport.serving.address import LOOPBACK, check_address, check_home
from ironreport.serving.forgetting import forget_closed_sessions
from ironreport.serving.gatekeeper import Gatekeeper, content_policy


def check() -> None:
    """End the process with a sentence where the app must not run as it was started."""
    try:
        check_address(st.get_option("server.address"))
        check_home()
    except IronReportError as error:
        sys.exit(str(error.refusal))


def middleware() -> list[Middleware]:
    """What stands before Streamlit's own answers."""
    return [Middleware(Gatekeeper, policy=content_policy(_inline_scripts()))]


def _inline_scripts() -> list[str]:
    """Hashes of the scripts that stand in Streamlit's page itself; another version has others."""
    page = (Path(file_util.get_static_dir()) / "index.html").read_bytes()
    found = re.findall(rb"<script>(.*?)</script>", page, re.DOTALL)
    return [f"sha256-{b64encode(hashlib.sha256(script).digest()).decode()}" for script in found]


@asynccontextmanager
async def lifespan(_: Any) -> AsyncIterator[None]:
    """Say where the app is, open the browser where there is one, and forget closed tabs; the port listens already."""
    url = f"http://{LOOPBACK}:{st.get_option('server.port')}"
    print(f"IronReport: {url}  (stop with Ctrl+C)", flush=True)
    if not st.get_option("server.headless"):
        asyncio.get_running_loop().call_soon(cli_util.open_browser, url)
    forgetting = asyncio.create_task(forget_closed_sessions())
    try:
        yield
    finally:
        forgetting.cancel()
