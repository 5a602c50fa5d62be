"""What happens once for the whole server: before it starts, and while it runs."""

from __future__ import annotations

import asyncio
import hashlib
import os
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
from streamlit.runtime import Runtime

from ironreport.errors import IronReportError
from ironreport.serving.address import ServingError, check_address, check_home
from ironreport.serving.closing import end_with_the_last_window
from ironreport.serving.forgetting import forget_closed_sessions
from ironreport.serving.gatekeeper import Gatekeeper, content_policy
from ironreport.serving.guard import Guard
from ironreport.serving.handing_out import let_downloads_stay
from ironreport.serving.page_files import PageFiles
from ironreport.serving.service import FORWARDED, Service, check_service, from_environment
from ironreport.serving.starting import UNTIL_CLOSED
from ironreport.serving.users import check_users
from ironreport.serving.ways import proof_of


def check() -> Service:
    """To whom the app is offered. Ends the process with a sentence where it must not run as it was started."""
    try:
        service = from_environment()
        check_service(service)
        check_address(st.get_option("server.address"), service.address)
        check_home()
        _check_way(service)
    except IronReportError as error:
        sys.exit(str(error.refusal))
    return service


def _check_way(service: Service) -> None:
    if service.on_network and os.environ.get(FORWARDED) != "":
        raise ServingError(
            "FORWARDED",
            f"With {FORWARDED} the server believes what a request tells of its own address.",
            "Start the app by: ironreport serve",
        )
    if service.way == "users":
        check_users(Path(service.users_file), Path(__file__).resolve().parents[2])
    elif service.way == "oidc":
        from ironreport.serving.openid import check_openid  # noqa: PLC0415  its libraries are an extra

        check_openid(service)


def middleware(service: Service) -> list[Middleware]:
    """What stands before Streamlit's own answers."""
    policy = content_policy(_inline_scripts())
    return [
        Middleware(Gatekeeper, policy=policy, service=service, guard=_guard(service)),
        Middleware(PageFiles, folder=file_util.get_static_dir()),
    ]


def register_no_strangers() -> None:
    """Keep Streamlit from looking for components in every installed package: the pages' own are no packages.

    It reads the metadata of all of them before the server listens. A version that looks elsewhere goes on looking.
    """
    from streamlit.components.v2 import manifest_scanner  # noqa: PLC0415  a version without it starts all the same

    manifest_scanner.scan_component_manifests = lambda *_: []


def _guard(service: Service) -> Guard | None:
    if not service.asks:
        return None
    from ironreport.serving.openid import cookie_reader, sign_in_address  # noqa: PLC0415  only where it is needed

    return Guard(service, proof_of(service, cookie_reader(service.longest_hours)), sign_in_address)


def _inline_scripts() -> list[str]:
    """Hashes of the scripts that stand in Streamlit's page itself; another version has others."""
    page = (Path(file_util.get_static_dir()) / "index.html").read_bytes()
    found = re.findall(rb"<script>(.*?)</script>", page, re.DOTALL)
    return [f"sha256-{b64encode(hashlib.sha256(script).digest()).decode()}" for script in found]


def address_of(service: Service, port: int) -> str:
    """The address that people type."""
    if service.public:
        return service.public
    name = service.hosts[0] if service.hosts else service.address
    return f"http://{f'[{name}]' if ':' in name else name}:{port}"


@asynccontextmanager
async def lifespan(_: Any) -> AsyncIterator[None]:
    """Say where the app is, open the browser where there is one, and forget closed tabs; the port listens already."""
    url = address_of(from_environment(), st.get_option("server.port"))
    print(f"IronReport: {url}  (stop with Ctrl+C)", flush=True)
    if not st.get_option("server.headless"):
        asyncio.get_running_loop().call_soon(cli_util.open_browser, url)
    let_downloads_stay(Runtime.instance().media_file_mgr)
    tasks = [asyncio.create_task(forget_closed_sessions())]
    if os.environ.get(UNTIL_CLOSED):
        tasks.append(asyncio.create_task(end_with_the_last_window()))
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
