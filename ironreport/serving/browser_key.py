"""The key under which a browser keeps a copy of the exam: the same person's on this server, and nobody else's.

The browser holds what is encrypted, the server holds the key, so that neither alone can read an exam.
"""

from __future__ import annotations

import hmac
import secrets
from base64 import b64encode
from contextlib import suppress
from functools import cache, partial

from platformdirs import user_state_path

from ironreport.writing import made_once

FILE_NAME = "browser.key"
N_BYTES = 32


def browser_key(person: str | None) -> str:
    """Key of 256 bits, in base64, for the copies of one person.

    Parameters
    ----------
    person : str or None
        Who is signed in; None where the app is served to this computer alone. Then the key outlasts the server, in
        the user's own folder; on a network it is gone with the server, and so is what it opens.
    """
    secret = _of_this_process() if person is not None else _of_this_user()[0]
    return b64encode(hmac.digest(secret, f"exam copy\0{person or ''}".encode(), "sha256")).decode()


@cache
def _of_this_process() -> bytes:
    return secrets.token_bytes(N_BYTES)


def key_was_damaged() -> bool:
    """Whether the key on this computer was found damaged and made anew since the server was started."""
    return _of_this_user()[1]


@cache
def _of_this_user() -> tuple[bytes, bool]:
    """The secret in the user's own folder for states of programs; that of the process where it cannot be kept.

    Beside it: whether it takes the place of a damaged one.
    """
    place = user_state_path("ironreport", appauthor=False) / FILE_NAME
    with suppress(OSError):
        place.parent.mkdir(parents=True, exist_ok=True)
        return made_once(place, partial(secrets.token_bytes, N_BYTES), lambda one: len(one) == N_BYTES)
    return _of_this_process(), False
