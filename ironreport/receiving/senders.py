"""Who may send: everybody on this computer, and on a network only those who are named."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import ip_address

from ironreport.errors import ReceiveError

AE_TITLE = re.compile(r"[ -\[\]-~]{1,16}")
"""Up to 16 printable characters without a backslash (DICOM PS3.5, VR AE)."""


@dataclass(frozen=True, slots=True)
class Sender:
    """One who may send: the title it calls itself, and the address it calls from."""

    ae_title: str
    address: str

    def is_at(self, address: str) -> bool:
        """Whether a connection comes from its address."""
        return _plain(address) == self.address


def read_sender(text: str) -> Sender:
    """A sender as it is typed: ``SCANNER1@10.0.0.7``.

    Raises
    ------
    ReceiveError
        ``NO_SENDER`` where title or address cannot be.
    """
    title, at, address = text.strip().rpartition("@")
    if not at or not is_ae_title(title) or _plain(address) is None:
        raise ReceiveError(
            "NO_SENDER",
            f"This names no sender: {text[:60]!r}.",
            "Write its AE title and IP address: SCANNER1@10.0.0.7.",
        )
    return Sender(title.strip(), str(_plain(address)))


def is_ae_title(text: str) -> bool:
    """Whether DICOM allows the title."""
    return bool(text.strip()) and AE_TITLE.fullmatch(text) is not None


def check_listening(address: str, ae_title: str, senders: Sequence[Sender]) -> None:
    """Refuse to listen where anybody could send.

    Raises
    ------
    ReceiveError
        ``NO_ADDRESS``, ``OPEN_TO_ALL``, ``NO_TITLE``.
    """
    if not is_ae_title(ae_title):
        raise ReceiveError("NO_TITLE", f"{ae_title[:20]!r} is no AE title.", "Give 1 to 16 letters, digits or signs.")
    plain = _plain(address)
    if plain is None:
        raise ReceiveError("NO_ADDRESS", f"{address[:60]!r} is no IP address.", "Give one of this computer's.")
    if not ip_address(plain).is_loopback and not senders:
        raise ReceiveError(
            "OPEN_TO_ALL", f"At {plain} every computer of the network could send.",
            "Name those who may: --from SCANNER1@10.0.0.7, once for each.",
        )  # fmt: skip


def _plain(address: str) -> str | None:
    """The address in one spelling; an IPv4 address inside an IPv6 one is the same computer."""
    try:
        found = ip_address(address.strip())
    except ValueError:
        return None
    inner = getattr(found, "ipv4_mapped", None)
    return str(inner or found)
