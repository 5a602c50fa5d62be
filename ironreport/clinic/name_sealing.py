"""Names of patients, only where a site turned them on: encrypted, the key in the keyring of this computer."""

from __future__ import annotations

import secrets
from base64 import urlsafe_b64encode
from collections.abc import Collection
from dataclasses import dataclass, replace
from importlib import import_module
from typing import Any

from sqlalchemy import select

from ironreport.clinic.clinic_folder import keyed_hash, put_file
from ironreport.clinic.index_models import PatientRow
from ironreport.clinic.opened_clinic import Clinic, bytes_or_none, patient_file, patient_in

SERVICE = "ironreport"
KEY_FILE = "names.key"
WITHOUT_KEYRING = (
    "Names of patients are kept in this clinic, and this computer offers no keyring: the key lies beside them in the "
    "folder. Whoever can read the folder can read the names. Encrypt the disk, or keep no names."
)
WITHOUT_PACKAGES = (
    "Names of patients are turned on in clinic.toml, and are not kept: the packages for it are not installed. "
    "Run: pip install 'ironreport[names]'."
)


@dataclass(frozen=True, slots=True)
class Sealing:
    """How names are kept here: the cipher, None where they are not, and a warning where there is one."""

    cipher: Any | None = None
    warning: str = ""


def sealing_of(clinic: Clinic) -> Sealing:
    """How this clinic keeps names."""
    if not clinic.settings.names:
        return Sealing()
    try:
        fernet, keyring = import_module("cryptography.fernet"), import_module("keyring")
    except ImportError:
        return Sealing(warning=WITHOUT_PACKAGES)
    key = _key_in_keyring(keyring, keyed_hash(clinic.key, "sealing"))
    if key is not None:
        return Sealing(fernet.Fernet(key))
    return Sealing(fernet.Fernet(_key_in_folder(clinic)), WITHOUT_KEYRING)


def _key_in_keyring(keyring: Any, name: str) -> str | None:
    """The key out of the keyring, made there once; None where the computer offers none."""
    try:
        if keyring.get_keyring().priority <= 0:
            return None
        key = keyring.get_password(SERVICE, name)
        if key is None:
            key = _new_key()
            keyring.set_password(SERVICE, name, key)
        return str(key)
    except Exception:  # every backend fails in a way of its own: locked, without a session, without a service
        return None


def _key_in_folder(clinic: Clinic) -> str:
    place = clinic.folder.root / KEY_FILE
    held = bytes_or_none(place)
    if held is None:
        held = _new_key().encode()
        put_file(place, held)  # only its owner may read it
    return held.decode()


def _new_key() -> str:
    return urlsafe_b64encode(secrets.token_bytes(32)).decode()


def sealed(name: str, sealing: Sealing) -> str:
    """A name that only the key opens; empty where none is kept."""
    if sealing.cipher is None or not name.strip():
        return ""
    return str(sealing.cipher.encrypt(name.encode()).decode())


def opened_name(text: str, sealing: Sealing) -> str:
    """The name behind a sealed one; empty where it cannot be opened here."""
    if sealing.cipher is None or not text:
        return ""
    try:
        return str(sealing.cipher.decrypt(text.encode()).decode())
    except Exception:  # another key, or a file changed by hand
        return ""


def keep_name(clinic: Clinic, pseudonym: str, words: str) -> None:
    """Keep the name of a patient as a header writes it, sealed, where this clinic keeps names and has none yet."""
    sealing, name = sealing_of(clinic), written_name(words)
    patient = patient_in(clinic, pseudonym)
    if sealing.cipher is not None and name and not patient.sealed:
        put_file(*patient_file(clinic, replace(patient, sealed=sealed(name, sealing))))


def names_of(clinic: Clinic, pseudonyms: Collection[str]) -> dict[str, str]:
    """Names of these patients by pseudonym; empty where this clinic keeps none."""
    sealing = sealing_of(clinic)
    if sealing.cipher is None:
        return {}
    asked = select(PatientRow.pseudonym, PatientRow.sealed).where(PatientRow.sealed != "")
    wanted = {*pseudonyms}
    with clinic.store.reading() as session:
        return {p: opened_name(text, sealing) for p, text in session.execute(asked) if p in wanted}


def written_name(words: str) -> str:
    """A name of a DICOM header as people write it.

    >>> written_name("Doe^Jane^^^")
    'Doe Jane'
    """
    return " ".join(words.partition("=")[0].replace("^", " ").split())
