"""Sign-in by an OpenID provider: what must be set, and the whole way with a provider of our own."""

from __future__ import annotations

import json
import re
import sys
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.util import find_spec
from pathlib import Path
from threading import Thread
from typing import Any, NoReturn
from urllib.parse import parse_qs, urlsplit

import pytest
from streamlit import config
from streamlit.runtime.secrets import secrets_singleton

from ironreport.serving.address import ServingError
from ironreport.serving.openid import check_openid
from ironreport.serving.service import Service

from .conftest import free_port, started

PUBLIC = "https://iron.hospital.example"
WHOLE = {
    "redirect_uri": f"{PUBLIC}/oauth2callback",
    "cookie_secret": "0123456789abcdef" * 4,
    "client_id": "iron",
    "client_secret": "known to both",
    "server_metadata_url": "https://login.hospital.example/.well-known/openid-configuration",
}


@pytest.fixture(autouse=True)
def authlib(not_here: Callable[[str], NoReturn]) -> None:
    if find_spec("authlib") is None:
        not_here("Authlib is not installed (extra `oidc`).")


def _secrets(folder: Path, values: dict[str, str]) -> Path:
    path = folder / "secrets.toml"
    path.write_text("[auth]\n" + "".join(f"{name} = {json.dumps(value)}\n" for name, value in values.items()))
    path.chmod(0o600)
    return path


@pytest.fixture
def set_up(tmp_path: Path) -> Iterator[Callable[[dict[str, str]], Service]]:
    before = config.get_option("secrets.files")

    def given(values: dict[str, str]) -> Service:
        path = _secrets(tmp_path, values)
        config.set_option("secrets.files", [str(path)])
        secrets_singleton._reset()
        return Service(public=PUBLIC, way="oidc", secrets=str(path))

    yield given
    config.set_option("secrets.files", before)
    secrets_singleton._reset()


def test_settings_that_are_whole_start_the_app(set_up: Callable[[dict[str, str]], Service]) -> None:
    check_openid(set_up(WHOLE))


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"redirect_uri": None}, "OPENID_INCOMPLETE"),
        ({"cookie_secret": None}, "OPENID_INCOMPLETE"),
        ({"client_id": None}, "OPENID_INCOMPLETE"),
        ({"client_secret": None}, "OPENID_INCOMPLETE"),
        ({"server_metadata_url": None}, "OPENID_INCOMPLETE"),
        ({"cookie_secret": "short"}, "OPENID_SECRET"),
        ({"cookie_secret": ""}, "OPENID_SECRET"),
        ({"redirect_uri": "https://other.example/oauth2callback"}, "OPENID_ADDRESS"),
        ({"redirect_uri": f"{PUBLIC}/"}, "OPENID_ADDRESS"),
        ({"server_metadata_url": "http://login.hospital.example/x"}, "OPENID_NO_TLS"),
    ],
)
def test_settings_that_are_not_are_refused_with_the_cure(
    changed: dict[str, str | None], code: str, set_up: Callable[[dict[str, str]], Service]
) -> None:
    values = {name: value for name, value in {**WHOLE, **changed}.items() if value is not None}
    with pytest.raises(ServingError) as refused:
        check_openid(set_up(values))
    assert refused.value.refusal.code == code


# --------------------------------------------------------------------------- a provider of our own


class _Provider(BaseHTTPRequestHandler):
    """Signs everybody in as Ada, as the standard asks: metadata, a code, a signed token."""

    key: Any = None
    nonces: dict[str, str] = {}  # noqa: RUF012

    def _answer(self, held: dict[str, Any]) -> None:
        body = json.dumps(held).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self) -> None:
        own = f"http://127.0.0.1:{self.server.server_address[1]}"
        if self.path.startswith("/keys"):
            self._answer({"keys": [self.key.as_dict(private=False)]})
        else:
            self._answer({
                "issuer": own, "authorization_endpoint": f"{own}/authorize", "token_endpoint": f"{own}/token",
                "jwks_uri": f"{own}/keys", "id_token_signing_alg_values_supported": ["RS256"],
                "response_types_supported": ["code"], "subject_types_supported": ["public"],
            })  # fmt: skip

    def do_POST(self) -> None:
        from joserfc import jwt

        sent = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
        own = f"http://127.0.0.1:{self.server.server_address[1]}"
        now = int(time.time())
        claims = {
            "iss": own, "aud": "iron", "sub": "7", "iat": now, "exp": now + 300, "email": "ada@hospital.example",
            "email_verified": True, "nonce": self.nonces[sent["code"][0]],
        }  # fmt: skip
        token = jwt.encode({"alg": "RS256", "kid": self.key.kid}, claims, self.key)
        self._answer({"access_token": "x", "token_type": "Bearer", "id_token": token, "expires_in": 300})

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def provider() -> Iterator[str]:
    from joserfc.jwk import RSAKey

    _Provider.key = RSAKey.generate_key(2048, {"kid": "1", "use": "sig", "alg": "RS256"})
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Provider)
    Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.mark.slow
def test_a_person_of_the_provider_enters_and_leaves(provider: str, tmp_path: Path) -> None:
    import httpx

    secrets = _secrets(tmp_path, {**WHOLE, "server_metadata_url": f"{provider}/.well-known/openid-configuration"})
    port = free_port()
    command = [sys.executable, "-m", "ironreport", "serve", "--behind-proxy", PUBLIC, "--port", str(port)]
    command += ["--oidc", str(secrets), "--only", "@hospital.example"]
    with started(command, port, tmp_path / "log"):
        cookies: dict[str, str] = {}
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", trust_env=False, timeout=60) as client:

            def ask(path: str) -> httpx.Response:
                held = "; ".join(f"{name}={value}" for name, value in cookies.items())
                answer = client.get(path, headers={"Host": urlsplit(PUBLIC).netloc, "Cookie": held})
                client.cookies.clear()
                for line in answer.headers.get_list("set-cookie"):
                    name, _, value = line.partition(";")[0].partition("=")
                    cookies.pop(name, None) if "Max-Age=0" in line else cookies.update({name: value})
                return answer

            assert ask("/").headers["location"] == "/sign-in"
            link = re.findall(r'href="([^"]+)"', ask("/sign-in").text)[0]
            away = ask(link)
            asked = parse_qs(urlsplit(away.headers["location"]).query)
            assert asked["redirect_uri"] == [f"{PUBLIC}/oauth2callback"]
            _Provider.nonces["code-1"] = asked["nonce"][0]
            back = ask(f"/oauth2callback?code=code-1&state={asked['state'][0]}")
            assert back.headers["location"] == "/"
            assert ask("/").status_code == 200
            kept = dict(cookies)
            out = ask("/sign-out")
            assert out.headers["location"] == "/auth/logout"
            assert ask("/").status_code == 303
            cookies.clear()
            cookies.update({name: value for name, value in kept.items() if name.startswith("_streamlit_user")})
            assert ask("/").status_code == 303, "the cookie of a visit that has ended begins no other"
