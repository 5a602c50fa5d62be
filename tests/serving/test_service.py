"""How the app may be offered to a network, and who is believed about who somebody is."""

from __future__ import annotations

import json
from typing import Any

import pytest
from starlette.websockets import WebSocketDisconnect

from ironreport.serving.address import ServingError, bare_origin
from ironreport.serving.service import (
    FORWARDED,
    VARIABLE,
    Service,
    check_service,
    from_environment,
    to_environment,
)

from .on_network import PUBLIC, Served, socket_of

USERS = {"way": "users", "users_file": "/etc/ironreport/users"}
LAN = {"address": "192.168.1.5", "plain_http": True}

# --------------------------------------------------------------------------- what may be started


@pytest.mark.parametrize(
    ("given", "code", "cure"),
    [
        ({"address": "192.168.1.5"}, "NO_ACCESS_CONTROL", "--users FILE"),
        ({"address": "0.0.0.0", "plain_http": True}, "NO_ACCESS_CONTROL", "--trust-header"),
        ({"public": PUBLIC}, "NO_ACCESS_CONTROL", "--oidc"),
        ({"address": "192.168.1.5", **USERS}, "NO_TLS", "--behind-proxy https://NAME"),
        ({"public": "http://iron.hospital.example", **USERS}, "NO_TLS", "docs/proxy"),
        ({"public": f"{PUBLIC}/iron", **USERS}, "NO_ORIGIN", "--behind-proxy https://iron.hospital.example"),
        ({"public": "https://user@iron.hospital.example", **USERS}, "NO_ORIGIN", "https://iron.hospital.example"),
        ({"public": "iron.hospital.example", **USERS}, "NO_TLS", "https://"),
        ({**LAN, "address": "0.0.0.0", **USERS}, "NO_HOST", "--host"),
        ({**LAN, "address": "hospital.example", **USERS}, "NO_ADDRESS", "192.168.1.5"),
        ({"public": PUBLIC, **USERS, "header": "X-Remote-User"}, "TWO_WAYS", "one of"),
        ({"public": PUBLIC, "way": "header", "header": "Cookie"}, "NO_HEADER", "X-Remote-User"),
        ({"public": PUBLIC, "way": "header", "header": "X Remote\r\n"}, "NO_HEADER", "X-Remote-User"),
        (
            {"public": PUBLIC, "way": "header", "header": "X-Remote-User", "proxy": "proxy"},
            "NO_PROXY_ADDRESS",
            "--from",
        ),
        ({**LAN, "way": "oidc", "secrets": "/etc/secrets.toml"}, "OPENID_NO_TLS", "--behind-proxy"),
        ({"public": PUBLIC, **USERS, "idle_minutes": 0}, "NO_END", "--idle-minutes"),
        ({"public": PUBLIC, **USERS, "idle_minutes": float("nan")}, "NO_END", "--idle-minutes"),
    ],
)
def test_what_would_let_a_stranger_in_is_refused_with_the_cure(given: dict[str, Any], code: str, cure: str) -> None:
    with pytest.raises(ServingError) as refused:
        check_service(Service(**given))
    assert (refused.value.refusal.code, cure in refused.value.refusal.cure) == (code, True)


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"public": PUBLIC, **USERS},
        {"public": f"{PUBLIC}:8443", "way": "header", "header": "X-Remote-User"},
        {**LAN, **USERS},
        {**LAN, "way": "header", "header": "X-Remote-User", "proxy": "192.168.1.9"},
        {**LAN, "address": "0.0.0.0", "hosts": ("iron",), **USERS},
    ],
)
def test_what_asks_who_somebody_is_may_be_started(given: dict[str, Any]) -> None:
    service = Service(**given)
    check_service(service)
    assert from_environment(to_environment(service)) == service


def test_the_server_believes_no_address_that_a_request_tells_of_itself() -> None:
    assert to_environment(Service()) == {FORWARDED: ""}


@pytest.mark.parametrize("text", ["{", "[]", '{"address": 5}', '{"asks": false}', '{"address": "0.0.0.0", "x": 1}'])
def test_a_service_that_nobody_has_written_is_refused(text: str) -> None:
    with pytest.raises(ServingError, match="is not as the command line writes it"):
        from_environment({VARIABLE: text})


@pytest.mark.parametrize(
    ("text", "origin"),
    [
        ("https://a.example:443", "https://a.example"),
        ("https://a.example/x?y#z", "https://a.example"),
        ("http://[::1]:8501", "http://[::1]:8501"),
        ("ftp://a.example", ""),
        ("https://a.example:99999", ""),
        ("https://", ""),
    ],
)
def test_an_origin_is_scheme_name_and_port(text: str, origin: str) -> None:
    assert bare_origin(text) == origin


# --------------------------------------------------------------------------- a proxy that signs people in


@pytest.fixture
def trusting() -> Served:
    return Served(Service(public=PUBLIC, way="header", header="X-Remote-User", proxy="192.0.2.7"))


def test_the_proxys_header_names_the_person(trusting: Served) -> None:
    ada = trusting.browser("192.0.2.7", X_Remote_User="Ada Lovelace")
    page = ada.get("/")
    assert page.json()["x-ironreport-person"] == "Ada%20Lovelace"
    assert "__Host-ironreport-" in page.headers["set-cookie"]
    with socket_of(ada) as socket:
        socket.receive_bytes()


@pytest.mark.parametrize("sender", ["192.0.2.8", "127.0.0.1", "::1"])
def test_the_header_is_believed_from_nobody_else(trusting: Served, sender: str) -> None:
    eve = trusting.browser(sender, X_Remote_User="ada", X_Forwarded_For="192.0.2.7", X_Real_IP="192.0.2.7")
    for path in ("/", "/sign-in", "/_stcore/health", "/media/0.pdf"):
        answer = eve.get(path)
        assert (answer.status_code, answer.text) == (403, "Only the proxy is answered.")
    with pytest.raises(WebSocketDisconnect), socket_of(eve):
        pass


@pytest.mark.parametrize("name", ["", " ", "a\tb", "x" * 201])
def test_a_header_that_names_nobody_opens_nothing(trusting: Served, name: str) -> None:
    browser = trusting.browser("192.0.2.7", X_Remote_User=name)
    assert browser.get("/").status_code == 303
    assert browser.get("/sign-in").status_code == 401


def test_two_names_are_none(trusting: Served) -> None:
    browser = trusting.browser("192.0.2.7")
    answer = browser.get("/", headers=[("X-Remote-User", "ada"), ("X-Remote-User", "eve")])
    assert answer.status_code == 303


def test_a_visit_is_not_taken_over_by_the_next_person_of_the_proxy(trusting: Served) -> None:
    browser = trusting.browser("192.0.2.7")
    ada, eve = {"X-Remote-User": "ada"}, {"X-Remote-User": "eve"}
    browser.get("/", headers=ada)
    with pytest.raises(WebSocketDisconnect), socket_of(browser, **eve):
        pass
    assert browser.get("/", headers=eve).json()["x-ironreport-person"] == "eve"


def test_a_page_left_open_does_not_begin_the_next_visit_by_itself(trusting: Served) -> None:
    browser = trusting.browser("192.0.2.7", X_Remote_User="ada")
    browser.get("/")
    trusting.clock.now_s += 31 * 60
    for path in ("/_stcore/health", "/_stcore/host-config", "/sign-in/state"):
        assert browser.get(path, headers={"Sec-Fetch-Dest": "empty"}).status_code == 401
    with pytest.raises(WebSocketDisconnect), socket_of(browser):
        pass
    assert browser.get("/").status_code == 200


# --------------------------------------------------------------------------- names, proxies, rebinding


@pytest.mark.parametrize(
    "host", ["evil.example", "iron.hospital.example:8501", "127.0.0.1", "127.0.0.1:8501", "iron.hospital.example.evil"]
)
def test_behind_a_proxy_only_the_public_name_is_answered(trusting: Served, host: str) -> None:
    browser = trusting.browser("192.0.2.7", X_Remote_User="ada")
    assert browser.get("/", headers={"Host": host}).status_code == 403
    browser.get("/")
    with pytest.raises(WebSocketDisconnect), socket_of(browser, Host=host):
        pass


def test_on_an_open_line_the_page_is_told_so_and_names_are_those_that_were_listed() -> None:
    service = Service(**LAN, hosts=("iron",), way="header", header="X-Remote-User", proxy="192.168.1.9")
    served = Served(service)
    browser = served.browser("192.168.1.9", X_Remote_User="ada")
    served.service.origins(8501)
    assert browser.get("/").json()["x-ironreport-open-line"] == "yes"
    assert browser.get("http://iron:8501/").status_code == 200
    assert browser.get("http://evil.example:8501/").status_code == 403


# --------------------------------------------------------------------------- an OpenID provider


def _cookie(**changed: Any) -> Any:
    told = {"is_logged_in": True, "origin": PUBLIC, "email": "ada@hospital.example", "email_verified": True, "sub": "7"}
    return lambda cookies: json.dumps({**told, **changed}).encode() if "_streamlit_user" in cookies else None


OIDC = Service(public=PUBLIC, way="oidc", secrets="/etc/secrets.toml")


def test_the_providers_cookie_opens_the_app_once_and_not_again_after_the_end() -> None:
    served = Served(OIDC, _cookie())
    stranger = served.browser()
    assert stranger.get("/").status_code == 303
    assert "/auth/login?provider=x" in stranger.get("/sign-in").text
    assert stranger.get("/oauth2callback").status_code == 200  # Streamlit's own
    ada = served.browser(Cookie="_streamlit_user=signed")
    assert ada.get("/").json()["x-ironreport-person"] == "ada%40hospital.example"
    served.clock.now_s += 31 * 60
    assert ada.get("/").status_code == 303


def test_signing_out_goes_on_to_the_provider_and_spends_its_cookie() -> None:
    served = Served(OIDC, _cookie())
    ada = served.browser(Cookie="_streamlit_user=signed")
    cookie = ada.get("/").cookies["__Host-ironreport-443"]
    answer = ada.get("/sign-out", headers={"Cookie": f"_streamlit_user=signed; __Host-ironreport-443={cookie}"})
    assert answer.headers["location"] == "/auth/logout"
    assert served.browser(Cookie="_streamlit_user=signed").get("/").status_code == 303


@pytest.mark.parametrize(
    ("only", "changed", "enters"),
    [
        ((), {}, True),
        (("@hospital.example",), {}, True),
        (("ADA@hospital.example",), {}, True),
        (("@other.example",), {}, False),
        (("hospital.example",), {}, False),
        (("@hospital.example",), {"email_verified": False}, False),
        (("@hospital.example",), {"email": "eve@evil.example"}, False),
        ((), {"is_logged_in": False}, False),
        ((), {"origin": "https://other.example"}, False),
        ((), {"email": "", "sub": ""}, False),
    ],
)
def test_only_those_who_may_enter_do(only: tuple[str, ...], changed: dict[str, Any], enters: bool) -> None:
    served = Served(Service(public=PUBLIC, way="oidc", secrets="/etc/secrets.toml", only=only), _cookie(**changed))
    assert (served.browser(Cookie="_streamlit_user=signed").get("/").status_code == 200) == enters
