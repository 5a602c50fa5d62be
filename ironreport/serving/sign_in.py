"""The page on which people sign in: plain HTML, no script, nothing from elsewhere."""

from __future__ import annotations

import asyncio
from html import escape
from urllib.parse import parse_qs

from starlette.responses import HTMLResponse, Response
from starlette.types import Receive

from ironreport.serving.attempts import Attempts, computer
from ironreport.serving.cookies import Signed
from ironreport.serving.users import LONGEST, Users, plain_name

POLICY = "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
MOST_BYTES = 8 * LONGEST
AT_ONCE = 2
"""Passwords that are compared at the same time: each takes 64 MiB."""
_STYLE = """
:root { color-scheme: light dark; }
body { font: 1rem/1.5 system-ui, sans-serif; max-width: 24rem; margin: 12vh auto; padding: 0 1rem; }
h1 { font-size: 1.4rem; } label { display: block; margin-top: 1rem; }
input, button, .button { font: inherit; box-sizing: border-box; width: 100%; padding: 0.5rem; margin-top: 0.25rem; }
button, .button { display: block; text-align: center; text-decoration: none; background: #0f5c5c; color: #fff;
  border: 0; border-radius: 0.4rem; margin-top: 1.5rem; cursor: pointer; }
:focus-visible { outline: 3px solid #d98200; outline-offset: 2px; }
.told { border-left: 4px solid #b00020; padding-left: 0.75rem; }
"""


def page(title: str, *body: str, status: int = 200, headers: dict[str, str] | None = None) -> HTMLResponse:
    """A page of its own; ``body`` is HTML, so every text from outside in it has gone through ``escape``."""
    text = (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{escape(title)}</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<style>{_STYLE}</style></head><body><main><h1>{escape(title)}</h1>{''.join(body)}</main></body></html>"
    )
    return HTMLResponse(text, status, {"Cache-Control": "no-store", **(headers or {})})


def form(seal: str, told: str = "", note: str = "", *, status: int = 200, wait_s: int = 0) -> HTMLResponse:
    """The form. ``told`` is what went wrong, ``note`` what should be known of the line."""
    lines = [
        f'<p class="told" role="alert">{escape(told)}</p>' if told else "",
        f"<p>{escape(note)}</p>" if note else "",
        '<form method="post" action="/sign-in">',
        f'<input type="hidden" name="seal" value="{escape(seal)}">',
        '<label for="name">Name</label>',
        '<input id="name" name="name" autocomplete="username" autocapitalize="none" spellcheck="false" '
        'maxlength="64" required autofocus>',
        '<label for="password">Password</label>',
        f'<input id="password" name="password" type="password" autocomplete="current-password" maxlength="{LONGEST}" '
        "required>",
        "<button>Sign in</button></form>",
    ]
    headers = {"Retry-After": str(wait_s)} if wait_s else {}
    return page("Sign in to IronReport", *lines, status=status, headers=headers)


def elsewhere(address: str) -> HTMLResponse:
    """Where another party signs people in."""
    link = f'<a class="button" href="{escape(address)}">Sign in with your account</a>'
    return page("Sign in to IronReport", link)


def not_named() -> HTMLResponse:
    """Where the proxy should have signed somebody in."""
    return page(
        "Nobody is signed in",
        "<p>The proxy before IronReport did not say who you are. Sign in there, and open this page again.</p>",
        status=401,
    )


def signed_out(*, here: bool) -> Response:
    """What is seen afterwards; the browser forgets what it has kept of the app."""
    again = '<a class="button" href="/sign-in">Sign in again</a>' if here else (
        "<p>The exam is forgotten. To sign out of the proxy too, use its own page, or close the browser.</p>"
    )  # fmt: skip
    return page("You are signed out", again, headers={"Clear-Site-Data": '"cache", "storage"'})


async def fields(receive: Receive) -> dict[str, str] | None:
    """Fields of a form that was sent; None where it is no form, or too long to be ours."""
    body = b""
    while True:
        message = await receive()
        body += message.get("body", b"")
        if message["type"] != "http.request" or len(body) > MOST_BYTES:
            return None
        if not message.get("more_body"):
            break
    try:
        read = parse_qs(body.decode("ascii"), keep_blank_values=True, strict_parsing=True, max_num_fields=8)
    except ValueError:
        return None
    return {name: values[0] for name, values in read.items() if len(values) == 1}


class Passwords:
    """Judges names and passwords, ever more slowly for who mistypes.

    Parameters
    ----------
    users
        Who may sign in.
    """

    def __init__(self, users: Users) -> None:
        self.users = users
        self.of_names, self.of_computers = Attempts(most_s=60), Attempts(most_s=900)
        self._turns = asyncio.Semaphore(AT_ONCE)
        self.forms = Signed()

    def wait_s(self, name: str, peer: str) -> int:
        """Whole seconds until a name from a computer may be tried again; 0 for now."""
        left_s = max(self.of_names.wait_s(_kept(name)), self.of_computers.wait_s(computer(peer)))
        return int(left_s) + 1 if left_s > 0 else 0

    async def proof(self, name: str, password: str, peer: str) -> str | None:
        """What the sign-in rests on; None where name or password are wrong, and nothing tells which."""
        self.of_names.count(_kept(name))
        self.of_computers.count(computer(peer))
        async with self._turns:
            proof = await asyncio.to_thread(self.users.proof, name, password)
        if proof is not None:
            self.of_names.forgive(_kept(name))
            self.of_computers.forgive(computer(peer))
        return proof


def _kept(name: str) -> str:
    return plain_name(name) or "no name"
