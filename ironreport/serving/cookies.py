"""Cookies as they stand in a request, and as the app sets them: out of reach of scripts and of other sites."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from http.cookies import CookieError, SimpleCookie

from starlette.datastructures import Headers
from starlette.types import Scope


def all_cookies(scope: Scope) -> dict[str, str]:
    """Name and value of each cookie of a request; none where they cannot be read."""
    try:
        read = SimpleCookie("; ".join(Headers(scope=scope).getlist("cookie")))
    except CookieError:
        return {}
    return {name: morsel.value for name, morsel in read.items()}


def name_of(what: str, port: int | None, *, secure: bool) -> str:
    """Name of a cookie of ours.

    A browser keeps cookies by name of the computer, so that of another port must have another name. With TLS the name
    itself forbids that another computer of the domain sets it.
    """
    return f"{'__Host-' if secure else ''}{what}-{port}"


def setting(name: str, value: str, *, secure: bool) -> str:
    """Value of ``Set-Cookie``; an empty value takes the cookie back."""
    ended = "" if value else "; Max-Age=0"
    return f"{name}={value}; Path=/; HttpOnly; SameSite=Strict{'; Secure' if secure else ''}{ended}"


class Signed:
    """Random values that only this server can have given out; none is kept."""

    def __init__(self) -> None:
        self._key = secrets.token_bytes(32)

    def new(self) -> str:
        """A value that nobody else has."""
        value = secrets.token_urlsafe(24)
        return f"{value}.{self.seal(value)}"

    def is_ours(self, text: str) -> bool:
        """Whether this server has given it out."""
        value, _, seal = text.partition(".")
        return hmac.compare_digest(seal.encode(), self.seal(value).encode())

    def seal(self, value: str) -> str:
        """What only this server can write beside a value."""
        return hmac.new(self._key, value.encode(), hashlib.sha256).hexdigest()
