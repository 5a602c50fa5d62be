"""Commands about who may use the app: ``ironreport serve`` for a network, ``ironreport users`` for its people."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from ironreport.serving.address import LOOPBACK
from ironreport.serving.service import Service, Way
from ironreport.serving.users import add_user, plain_name, read_users, remove_user

users = typer.Typer(help="People who may sign in where the app is served to a network.", no_args_is_help=True)

FileOption = Annotated[
    Path, typer.Option("--file", help="File of users, outside of the program; only your account may read it.")
]
LanOption = Annotated[str, typer.Option(help="IP address of this computer to listen on, for a network without TLS.")]
ProxyOption = Annotated[
    str, typer.Option(help="https:// address that people type, of a proxy with TLS on this computer (docs/proxy).")
]
UsersOption = Annotated[Path | None, typer.Option(help="Ask for name and password: file made by `ironreport users`.")]
HeaderOption = Annotated[str, typer.Option(help="Believe this header of the proxy, which signs people in itself.")]
FromOption = Annotated[str, typer.Option("--from", help="IP address of the proxy; nobody else is answered.")]
OidcOption = Annotated[
    Path | None, typer.Option(help="Sign people in by OpenID: Streamlit's secrets.toml with the section [auth].")
]
OnlyOption = Annotated[
    list[str] | None,
    typer.Option(help="With --oidc: a mail address, or @hospital.example, that may enter; may be given again."),
]
HostOption = Annotated[
    list[str] | None, typer.Option(help="With --lan: another name of this computer; may be given again.")
]
PlainOption = Annotated[
    bool, typer.Option("--plain-http", help="Accept that the network between here and browser or proxy can read along.")
]
IdleOption = Annotated[float, typer.Option(help="Minutes without a click after which people are signed out.")]


def service_of(
    lan: str, behind_proxy: str, users_file: Path | None, header: str, sender: str, oidc: Path | None,
    only: list[str] | None, host: list[str] | None, plain_http: bool, idle_minutes: float,
) -> Service:  # fmt: skip
    """What the options of ``ironreport serve`` mean; not yet checked."""
    way: Way = "users" if users_file else "header" if header else "oidc" if oidc else ""
    return Service(
        address=lan or LOOPBACK,
        public=behind_proxy.rstrip("/"),
        proxy=sender or LOOPBACK,
        hosts=tuple(host or ()),
        plain_http=plain_http,
        way=way,
        users_file=str(users_file.resolve()) if users_file else "",
        header=header,
        secrets=str(oidc.resolve()) if oidc else "",
        only=tuple(only or ()),
        idle_minutes=idle_minutes,
    )


@users.command("add")
def add(name: str, file: FileOption) -> None:
    """Add a person, or give one a new password. It is asked for, or read as the first line of the input."""
    if sys.stdin.isatty():
        password = typer.prompt("Password", hide_input=True, confirmation_prompt=True)
    else:
        password = sys.stdin.readline().rstrip("\r\n")
    new = add_user(file, name, password)
    typer.echo(f"{plain_name(name)} {'may now sign in' if new else 'has a new password'}.")


@users.command("remove")
def remove(name: str, file: FileOption) -> None:
    """Take a person out; where the app runs, they are signed out with their next click."""
    remove_user(file, name)
    typer.echo(f"{plain_name(name)} may not sign in any more.")


@users.command("list")
def listed(file: FileOption) -> None:
    """Print the names."""
    typer.echo("\n".join(sorted(read_users(file))))
