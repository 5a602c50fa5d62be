"""The command line: ``ironreport`` starts the app; its commands work without it."""

from __future__ import annotations

import os
import sys
from importlib.metadata import version
from typing import Annotated

import typer

from ironreport.commands.command_options import ConfigOption
from ironreport.commands.lazy_group import LazyGroup
from ironreport.errors import IronReportError
from ironreport.hospital.settings import VARIABLE, hospital_settings
from ironreport.intake.table import TableError
from ironreport.knowledge import published_knowledge
from ironreport.selfcheck.remembered import check_when_new
from ironreport.serving import commands
from ironreport.serving.address import check_port, free_port
from ironreport.serving.commands import service_of
from ironreport.serving.service import Service, check_service
from ironreport.serving.starting import UNTIL_CLOSED, become_server
from ironreport.synthetic.samples import app_folder

app = typer.Typer(
    cls=LazyGroup, add_completion=False, no_args_is_help=False, pretty_exceptions_enable=False,
    help="MRI signal decay to organ iron. Without a command: starts the app on this computer.",
)  # fmt: skip

app.add_typer(commands.users, name="users")

PORT = 8501


def main() -> None:
    """Entry of the ``ironreport`` command: errors are sentences, never tracebacks."""
    try:
        app()
    except TableError as error:
        lines = "\n".join(f"  line {p.line}: {p.text}\n    {p.what} {p.cure}" for p in error.problems)
        _stop(f"{error.refusal}\n{lines}")
    except IronReportError as error:
        _stop(str(error.refusal))


def _stop(message: str) -> None:
    typer.echo(message, err=True)
    sys.exit(1)


@app.callback(invoke_without_command=True)
def start(
    context: typer.Context,
    port: Annotated[int, typer.Option(help="Port on 127.0.0.1; 0 for a free one.")] = PORT,
    until_closed: Annotated[
        bool, typer.Option("--until-closed", help="End a minute after the last window was closed.")
    ] = False,
    config: ConfigOption = None,
    show_version: Annotated[bool, typer.Option("--version", help="Print the versions and stop.")] = False,
) -> None:
    """Start the app on 127.0.0.1 and open it in the browser."""
    if show_version:
        typer.echo(f"IronReport {version('ironreport')}, knowledge {published_knowledge().version}")
        raise typer.Exit
    if config is not None:
        os.environ[VARIABLE] = str(config)  # a command after it reads it, as the app does
    if context.invoked_subcommand is not None:
        return
    _serve(Service(), port or free_port(), **({UNTIL_CLOSED: "1"} if until_closed else {}))


@app.command()
def serve(
    lan: commands.LanOption = "",
    behind_proxy: commands.ProxyOption = "",
    users: commands.UsersOption = None,
    trust_header: commands.HeaderOption = "",
    sender: commands.FromOption = "",
    oidc: commands.OidcOption = None,
    only: commands.OnlyOption = None,
    host: commands.HostOption = None,
    plain_http: commands.PlainOption = False,
    idle_minutes: commands.IdleOption = 30.0,
    port: Annotated[int, typer.Option(help="Port to listen on.")] = PORT,
    config: ConfigOption = None,
) -> None:
    """Start the app for other computers, behind an access control: --users, --trust-header or --oidc."""
    if config is not None:
        os.environ[VARIABLE] = str(config)
    service = service_of(
        lan, behind_proxy, users, trust_header, sender, oidc, only, host, plain_http, idle_minutes
    )  # fmt: skip
    check_service(service)
    _serve(service, port)


def _serve(service: Service, port: int, **variables: str) -> None:
    settings = hospital_settings(published_knowledge())  # a mistake is said here, not on every page
    check_port(port, service.address)
    # the app runs in another folder
    variables |= {} if settings.path is None else {VARIABLE: str(settings.path.resolve())}
    typer.echo(check_when_new())
    become_server(service, port, app_folder(), **variables)
