"""Who may pass where the app is offered to a network; everybody else meets the page to sign in, and nothing else."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import quote

from starlette.datastructures import Headers
from starlette.responses import RedirectResponse, Response
from starlette.types import Receive, Scope

from ironreport.serving import sign_in
from ironreport.serving.browser_visits import BrowserVisit, BrowserVisits
from ironreport.serving.cookies import all_cookies, name_of, setting
from ironreport.serving.notice import OPEN_LINE, PERSON
from ironreport.serving.service import Service
from ironreport.serving.sign_in import Passwords
from ironreport.serving.users import plain_name
from ironreport.serving.ways import ByPassword, Identity, Proof

SIGN_IN, SIGN_OUT, STATE = "/sign-in", "/sign-out", "/sign-in/state"
OF_THE_PROVIDER = frozenset({"/auth/login", "/auth/logout", "/oauth2callback"})
OPEN_NOTE = "This line is not encrypted: the network can read what you type."
UNHEARD = frozenset({"/_stcore/health", "/_stcore/host-config", STATE})
"""What a page asks by itself is no sign that somebody is there."""


@dataclass(frozen=True, slots=True)
class Admitted:
    """A visit, the cookie it is known by, and whether the browser has yet to be given it."""

    visit: BrowserVisit
    cookie: str
    new: bool = False


class Guard:
    """The access control of a service.

    Parameters
    ----------
    service
        How the app is offered.
    proof
        The way in which people show who they are.
    sign_in_address
        Gives the address of another party's sign-in; unused where there is none.
    """

    def __init__(self, service: Service, proof: Proof, sign_in_address: Callable[[], str]) -> None:
        self.service, self.proof, self.sign_in_address = service, proof, sign_in_address
        self.visits = BrowserVisits(
            service.idle_minutes * 60, service.longest_hours * 3600, spends=service.way == "oidc"
        )
        self.passwords = Passwords(proof.users) if isinstance(proof, ByPassword) else None

    def cookie_name(self, scope: Scope, what: str = "ironreport") -> str:
        """Name of a cookie of ours."""
        server = scope.get("server")
        return name_of(what, server[1] if server else None, secure=self.service.secure)

    def known(self, scope: Scope) -> Admitted | None:
        """The visit that a request belongs to, if it lasts; a new one where the request itself proves a person."""
        cookie = all_cookies(scope).get(self.cookie_name(scope), "")
        visit = self.visits.find(cookie) if cookie else None
        if visit is not None and not self.proof.lasts(scope, visit):
            self.visits.end(visit)
            visit = None
        if visit is not None:
            if scope["path"] not in UNHEARD:
                self.visits.touch(visit)
            return Admitted(visit, cookie)
        person = self.proof.person(scope) if _is_a_visit_to_a_page(scope) else None
        return self._begin(person) if person is not None else None

    def _begin(self, person: Identity) -> Admitted | None:
        cookie = self.visits.begin(person.name, person.proof)
        visit = self.visits.find(cookie) if cookie else None
        return Admitted(visit, cookie, new=True) if visit is not None and cookie else None

    def told_to_the_app(self, known: Admitted) -> list[tuple[bytes, bytes]]:
        """Headers that tell the pages who is there; what a browser sends under these names never arrives."""
        told = [(PERSON.encode(), quote(known.visit.person).encode())]
        return told if self.service.secure else [*told, (OPEN_LINE.encode(), b"yes")]

    def turned_away(self, scope: Scope) -> Response:
        """The answer to somebody who has not said who they are."""
        if _is_a_visit_to_a_page(scope):
            return RedirectResponse(SIGN_IN, status_code=303, headers={"Cache-Control": "no-store"})
        return Response("Sign in first.", 401, {"Cache-Control": "no-store"}, "text/plain")

    async def own_page(self, scope: Scope, receive: Receive, peer: str) -> Response | None:
        """The answer where a request is for a page of the access control; None where it is for the app."""
        path, method = scope["path"], scope["method"]
        if path == STATE:
            return Response(status_code=204 if self.known(scope) else 401, headers={"Cache-Control": "no-store"})
        if path == SIGN_OUT:
            return self._sign_out(scope)
        if path != SIGN_IN:
            return None
        if self.known(scope) is not None and method == "GET":
            return RedirectResponse("/", status_code=303, headers={"Cache-Control": "no-store"})
        if self.passwords is None:
            return sign_in.not_named() if self.service.way == "header" else sign_in.elsewhere(self.sign_in_address())
        if method == "POST":
            return await self._sign_in(self.passwords, scope, receive, peer)
        return self._form(self.passwords, scope)

    def _form(self, passwords: Passwords, scope: Scope, told: str = "", status: int = 200, wait_s: int = 0) -> Response:
        value = passwords.forms.new()
        note = "" if self.service.secure else OPEN_NOTE
        answer = sign_in.form(passwords.forms.seal(value), told, note, status=status, wait_s=wait_s)
        name = self.cookie_name(scope, "ironreport-form")
        answer.headers.append("Set-Cookie", setting(name, value, secure=self.service.secure))
        return answer

    async def _sign_in(self, passwords: Passwords, scope: Scope, receive: Receive, peer: str) -> Response:
        sent = await sign_in.fields(receive) or {}
        own = all_cookies(scope).get(self.cookie_name(scope, "ironreport-form"), "")
        sealed = passwords.forms.is_ours(own) and sent.get("seal") == passwords.forms.seal(own)
        if not sealed or not Headers(scope=scope).get("origin"):
            return self._form(passwords, scope, "The page had grown old. Please type it again.", 400)
        name = sent.get("name", "")
        if wait_s := passwords.wait_s(name, peer):
            told = f"Too many attempts. The next one is heard in {wait_s} s."
            return self._form(passwords, scope, told, 429, wait_s)
        proof = await passwords.proof(name, sent.get("password", ""), peer)
        begun = self._begin(Identity(plain_name(name), proof)) if proof is not None else None
        if begun is None:
            return self._form(passwords, scope, "Name or password is not right.", 401)
        answer = RedirectResponse("/", status_code=303, headers={"Cache-Control": "no-store"})
        answer.headers.append("Set-Cookie", self.given(scope, begun))
        return answer

    def given(self, scope: Scope, known: Admitted) -> str:
        """``Set-Cookie`` of a visit."""
        return setting(self.cookie_name(scope), known.cookie, secure=self.service.secure)

    def _sign_out(self, scope: Scope) -> Response:
        known = self.known(scope)
        if known is not None:
            self.visits.end(known.visit)
        if self.service.way == "oidc":
            answer: Response = RedirectResponse("/auth/logout", status_code=303)
        else:
            answer = sign_in.signed_out(here=self.service.way == "users")
        answer.headers.append("Set-Cookie", setting(self.cookie_name(scope), "", secure=self.service.secure))
        return answer


def _is_a_visit_to_a_page(scope: Scope) -> bool:
    """Whether somebody opens a page, as against what a page asks for by itself."""
    if scope["type"] != "http" or scope["method"] != "GET":
        return False
    path = scope["path"]
    asked = Headers(scope=scope).get("sec-fetch-dest", "document")
    return asked == "document" and not path.startswith(("/_stcore", "/static", "/media", STATE))
