"""The three ways in which a request may prove who sends it."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from starlette.datastructures import Headers
from starlette.types import Scope

from ironreport.serving.browser_visits import BrowserVisit
from ironreport.serving.cookies import all_cookies
from ironreport.serving.service import Service
from ironreport.serving.users import Users

LONGEST_NAME = 200


@dataclass(frozen=True, slots=True)
class Identity:
    """Who somebody is, and on what that rests."""

    name: str
    proof: str


class Proof(Protocol):
    """One of the ways."""

    def person(self, scope: Scope) -> Identity | None:
        """Who sends a request, as far as the request itself proves it."""

    def lasts(self, scope: Scope, visit: BrowserVisit) -> bool:
        """Whether a visit may go on with this request."""


class ByPassword:
    """A name and a password on the app's own page; afterwards the cookie of the visit is all there is."""

    def __init__(self, users: Users) -> None:
        self.users = users

    def person(self, scope: Scope) -> Identity | None:
        """Nobody: a request proves nothing by itself."""
        return None

    def lasts(self, scope: Scope, visit: BrowserVisit) -> bool:
        """As long as the person stands in the file with the same password."""
        return self.users.hashes().get(visit.person) == visit.proof


class ByHeader:
    """A header of the proxy; that the request comes from the proxy is checked before."""

    def __init__(self, header: str) -> None:
        self.header = header

    def person(self, scope: Scope) -> Identity | None:
        """The name in the header, if there is one header and it holds a name."""
        given = Headers(scope=scope).getlist(self.header)
        name = _readable(given[0]) if len(given) == 1 else ""
        return Identity(name, f"{self.header}: {name}") if name else None

    def lasts(self, scope: Scope, visit: BrowserVisit) -> bool:
        """As long as the proxy names the same person."""
        found = self.person(scope)
        return found is not None and found.name == visit.person


def _readable(raw: str) -> str:
    """A name without control characters; starlette reads headers byte by byte, proxies mostly send UTF-8."""
    try:
        text = raw.encode("latin-1").decode("utf-8")
    except UnicodeDecodeError:
        text = raw
    name = text.strip()
    return name if name.isprintable() and len(name) <= LONGEST_NAME else ""


class ByOpenId:
    """Streamlit's own cookie of a person whom an OpenID provider has signed in.

    Parameters
    ----------
    read_cookie
        Gives the signed content of Streamlit's cookie of a request, None where there is none, or an old or false one.
    origin
        The address of the app; a cookie made for another is none.
    only
        Who may enter: addresses of mail that the provider has verified, or ``@hospital.example``; empty for all.
    """

    def __init__(
        self, read_cookie: Callable[[dict[str, str]], bytes | None], origin: str, only: tuple[str, ...]
    ) -> None:
        self.read_cookie, self.origin = read_cookie, origin
        self.only = tuple(one.casefold() for one in only)

    def person(self, scope: Scope) -> Identity | None:
        """The name in the cookie, if this person may enter."""
        content = self.read_cookie(all_cookies(scope))
        if content is None:
            return None
        try:
            told = json.loads(content)
        except ValueError:
            return None
        if told.get("is_logged_in") is not True or told.get("origin") != self.origin or not self._may_enter(told):
            return None
        name = next((str(told[k]) for k in ("email", "preferred_username", "name", "sub") if told.get(k)), "")
        proof = json.dumps([told.get("iss"), told.get("sub"), told.get("iat"), told.get("nonce")])
        return Identity(name[:LONGEST_NAME], proof) if name and name.isprintable() else None

    def lasts(self, scope: Scope, visit: BrowserVisit) -> bool:
        """As long as the cookie is of the same sign-in."""
        found = self.person(scope)
        return found is not None and (found.name, found.proof) == (visit.person, visit.proof)

    def _may_enter(self, told: dict[str, Any]) -> bool:
        mail = str(told.get("email", "")).casefold()
        if not self.only:
            return True
        verified = told.get("email_verified") is True
        return verified and any(mail == one or (one.startswith("@") and mail.endswith(one)) for one in self.only)


def proof_of(service: Service, read_cookie: Callable[[dict[str, str]], bytes | None]) -> Proof:
    """The way of a service."""
    if service.way == "users":
        return ByPassword(Users(Path(service.users_file)))
    if service.way == "header":
        return ByHeader(service.header)
    return ByOpenId(read_cookie, service.public, service.only)
