"""Sign-in by an OpenID provider, which Streamlit itself speaks to (``st.login``)."""

from __future__ import annotations

from collections.abc import Callable
from importlib.util import find_spec
from urllib.parse import urlsplit

from streamlit import auth_util
from streamlit.errors import StreamlitAuthError
from streamlit.web.server.server_util import get_cookie_secret
from streamlit.web.server.starlette.starlette_app_utils import decode_signed_value
from streamlit.web.server.starlette.starlette_server_config import USER_COOKIE_NAME

from ironreport.serving.address import OWN_NAMES, ServingError, bare_origin
from ironreport.serving.service import Service

SHORTEST_SECRET = 32
CALLBACK = "/oauth2callback"


def check_openid(service: Service) -> None:
    """Refuse settings with which nobody, or anybody, could sign in; Streamlit says so at the first sign-in only."""
    if find_spec("authlib") is None:
        raise ServingError(
            "NO_AUTHLIB",
            "Sign-in by OpenID needs the library Authlib, which is not installed.",
            "Install it: python -m pip install 'ironreport[oidc]'",
        )
    cure = (
        f"In {service.secrets}, [auth] needs redirect_uri, cookie_secret, client_id, client_secret and "
        "server_metadata_url (docs/proxy/secrets.toml)."
    )
    try:
        auth_util.validate_auth_credentials("default")
    except StreamlitAuthError:
        raise ServingError("OPENID_INCOMPLETE", "The settings of the OpenID provider are not complete.", cure) from None
    section = auth_util.get_secrets_auth_section()
    if len(str(section["cookie_secret"])) < SHORTEST_SECRET:
        raise ServingError(
            "OPENID_SECRET", f"cookie_secret is shorter than {SHORTEST_SECRET} characters and could be guessed.", cure
        )
    _check_metadata(str(section["server_metadata_url"]), cure)
    back = str(section["redirect_uri"])
    if bare_origin(back) not in service.origins(None) or urlsplit(back).path != CALLBACK:
        raise ServingError(
            "OPENID_ADDRESS",
            f"redirect_uri does not lead back to {service.public}.",
            f"Write {service.public}{CALLBACK}, there and at the provider.",
        )


def _check_metadata(address: str, cure: str) -> None:
    parts = urlsplit(address)
    if parts.scheme != "https" and parts.hostname not in OWN_NAMES:
        raise ServingError("OPENID_NO_TLS", "The provider would be asked over a line that is not encrypted.", cure)


def sign_in_address() -> str:
    """Where Streamlit sends people to its provider; good for a few minutes."""
    return f"/auth/login?provider={auth_util.encode_provider_token('default')}"


def cookie_reader(longest_hours: float) -> Callable[[dict[str, str]], bytes | None]:
    """Reads Streamlit's signed cookie of a person, in parts where it is long; none older than a session may be."""

    def read(cookies: dict[str, str]) -> bytes | None:
        def one(name: str) -> bytes | None:
            raw = cookies.get(name)
            signed = raw.encode("latin-1", "replace") if raw is not None else None
            secret = get_cookie_secret()
            return decode_signed_value(secret, name, signed, longest_hours / 24) if signed else None

        try:
            return auth_util.get_cookie_with_chunks(one, USER_COOKIE_NAME)
        except (ValueError, StreamlitAuthError):
            return None

    return read
