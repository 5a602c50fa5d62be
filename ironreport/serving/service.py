"""To whom the app is offered: to this computer alone, or to a network behind an access control.

The command line makes a ``Service`` and hands it to the server in one variable of the environment; the server checks it
anew before it answers anybody. It holds no secret, only where the secrets stand.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from ipaddress import ip_address
from typing import Literal
from urllib.parse import urlsplit

from pydantic import TypeAdapter, ValidationError

from ironreport.serving.address import LOOPBACK, OWN_NAMES, ServingError, bare_origin

VARIABLE = "IRONREPORT_SERVICE"
FORWARDED = "FORWARDED_ALLOW_IPS"
"""The server's own switch for believing addresses that a request tells of itself; must stand empty."""
Way = Literal["", "users", "header", "oidc"]


@dataclass(frozen=True, slots=True)
class Service:
    """How the app is offered.

    Parameters
    ----------
    address
        IP address to listen on.
    public
        What people type where a proxy stands before the app, ``https://iron.hospital.example``; empty without a proxy.
    proxy
        IP address of the one computer that is answered where there is a proxy.
    hosts
        Names the app may be asked by without a proxy, beside its address.
    plain_http
        Whether somebody has decided that the network between here and the browser (or the proxy) may read along.
    way
        Who says who somebody is; empty where nobody does.
    users_file, header, secrets
        What the way needs: the file of users; the proxy's header; Streamlit's file of secrets.
    only
        Of those whom another party signs in, who may enter: addresses of mail, or ``@hospital.example``; empty for all.
    idle_minutes, longest_hours
        When a session ends: without a click for so long, and whatever happens.
    """

    address: str = LOOPBACK
    public: str = ""
    proxy: str = LOOPBACK
    hosts: tuple[str, ...] = ()
    plain_http: bool = False
    way: Way = ""
    users_file: str = ""
    header: str = ""
    secrets: str = ""
    only: tuple[str, ...] = ()
    idle_minutes: float = 30.0
    longest_hours: float = 12.0

    @property
    def on_network(self) -> bool:
        """Whether other computers reach the app, here or through a proxy."""
        return bool(self.public) or self.address not in OWN_NAMES

    @property
    def asks(self) -> bool:
        """Whether somebody must say who they are."""
        return bool(self.way)

    @property
    def only_from(self) -> str:
        """The one computer that is answered; empty where all are."""
        return self.proxy if self.public or self.way == "header" else ""

    @property
    def secure(self) -> bool:
        """Whether the browser speaks TLS, with the proxy."""
        return self.public.startswith("https://")

    def origins(self, port: int | None) -> frozenset[str]:
        """Every address a page of the app can have, as a browser writes it in ``Origin``."""
        if self.public:
            return frozenset({self.public})
        names = OWN_NAMES if self.address in OWN_NAMES else {self.address, *self.hosts}
        written = {f"[{name}]" if ":" in name else name for name in names}
        ports = [f":{port}"] + ([""] if port == 80 else [])
        return frozenset(f"http://{name}{end}" for name in written for end in ports)


def to_environment(service: Service) -> dict[str, str]:
    """Variables that tell the server what it is offered as."""
    text = TypeAdapter(Service).dump_json(service).decode() if asdict(service) != asdict(Service()) else ""
    return {**({VARIABLE: text} if text else {}), FORWARDED: ""}


def from_environment(environment: Mapping[str, str] | None = None) -> Service:
    """The service that the command line has made; this computer alone without one."""
    text = (os.environ if environment is None else environment).get(VARIABLE, "")
    if not text:
        return Service()
    try:
        return TypeAdapter(Service).validate_json(text, extra="forbid")
    except ValidationError:
        raise ServingError(
            "SERVICE_UNREADABLE",
            f"The variable {VARIABLE} is not as the command line writes it.",
            "Remove it, and start the app by: ironreport serve",
        ) from None


def check_service(service: Service) -> None:
    """Refuse what would let somebody in who has not said who they are, or read along unseen."""
    _check_address(service.address)
    _check_access(service)
    _check_transport(service)
    if service.public and bare_origin(service.public) != service.public:
        raise ServingError(
            "NO_ORIGIN",
            f"{service.public} is not an address as the browser shows it.",
            "Give scheme and name, and nothing after them: --behind-proxy https://iron.hospital.example",
        )
    if service.address in ("0.0.0.0", "::") and not (service.public or service.hosts):  # noqa: S104
        raise ServingError(
            "NO_HOST",
            "On every address of this computer the app does not know its own name.",
            "Name it as people type it: --host iron.hospital.example",
        )
    if not (0 < service.idle_minutes <= 24 * 60 and 0 < service.longest_hours <= 24):
        raise ServingError("NO_END", "A session must end within a day.", "Give --idle-minutes between 1 and 1440.")


def _check_address(address: str) -> None:
    try:
        ip_address(address)
    except ValueError:
        raise ServingError(
            "NO_ADDRESS", f"{address} is not an IP address.", "Give one of this computer, such as 192.168.1.5."
        ) from None


def _check_access(service: Service) -> None:
    given = [bool(service.users_file), bool(service.header), bool(service.secrets)]
    if service.on_network and not service.way:
        raise ServingError(
            "NO_ACCESS_CONTROL",
            "IronReport is not offered to a network without access control: whoever reaches it could read the exams.",
            "Add one of: --users FILE (made by: ironreport users add NAME --file FILE), "
            "--trust-header NAME --from ADDRESS of a proxy that signs people in, or --oidc SECRETS.toml.",
        )
    if sum(given) > 1:
        raise ServingError(
            "TWO_WAYS", "People can sign in one way only.", "Give one of --users, --trust-header and --oidc."
        )
    if service.way == "header":
        _check_header(service)
    if service.way == "oidc" and not service.public:
        raise ServingError(
            "OPENID_NO_TLS",
            "A provider sends people back over TLS only.",
            "Put a proxy with TLS before the app, and give its address: --behind-proxy https://NAME",
        )


def _check_header(service: Service) -> None:
    name = service.header
    known = {"host", "origin", "cookie", "connection", "upgrade", "authorization", "x-forwarded-for"}
    if not (name.replace("-", "").isascii() and name.replace("-", "").isalnum()) or name.lower() in known:
        raise ServingError(
            "NO_HEADER",
            f"{name} is not a header that can name a person.",
            "Give the one your proxy sets: X-Remote-User.",
        )
    try:
        ip_address(service.proxy)
    except ValueError:
        raise ServingError(
            "NO_PROXY_ADDRESS",
            "A header can be sent by anybody, so it is believed from one computer only.",
            "Give the IP address of the proxy that sets it: --from 127.0.0.1",
        ) from None


def _check_transport(service: Service) -> None:
    if service.public and not service.secure:
        raise ServingError(
            "NO_TLS",
            f"{service.public} is not encrypted: the network could read names and exams.",
            "Let the proxy speak TLS (docs/proxy) and give its address with https://",
        )
    if service.address not in OWN_NAMES and not service.plain_http:
        raise ServingError(
            "NO_TLS",
            f"On {service.address} IronReport speaks plain HTTP: the network could read passwords and exams.",
            "Put a proxy with TLS on this computer (docs/proxy) and start with --behind-proxy https://NAME instead of "
            "--lan, or add --plain-http if nobody else is on that network.",
        )


def host_names(service: Service) -> list[str]:
    """Names without port that a request may ask for."""
    return sorted({str(urlsplit(origin).hostname) for origin in service.origins(None)})
