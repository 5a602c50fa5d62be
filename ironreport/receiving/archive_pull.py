"""Fetch studies from an archive (Orthanc, dcm4chee) by DICOMweb; only the archive that is named is asked."""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any
from urllib.parse import urlsplit

from pydicom.dataset import Dataset

from ironreport.errors import IntakeError, ReceiveError
from ironreport.receiving.spool import Spool

DATES = re.compile(r"\d{8}(-\d{8})?")
MOST_STUDIES = 500
STUDY_UID, SERIES_UID = "0020000D", "0020000E"
SOURCE = "fetched from the archive"


def pull(
    spool: Spool, url: str, *, dates: str = "", patient_id: str = "", study_uid: str = "",
    said: Callable[[str], None] = lambda _line: None, client: Any = None,
) -> int:  # fmt: skip
    """Put MR studies of an archive into the spool, and sort them; how many files came.

    Parameters
    ----------
    url : str
        Root of the archive's DICOMweb service. A user and password stand in ``~/.netrc``, never in the address.
    dates : str
        ``20261129`` or ``20261101-20261129``.

    Raises
    ------
    ReceiveError
        ``NO_URL``, ``NO_DATES``, ``NOTHING_ASKED``, ``NO_CLIENT``, ``ARCHIVE``.
    """
    _check(url, dates, patient_id, study_uid)
    archive = client or _client(url)
    n_files = 0
    for study in _studies(archive, dates, patient_id, study_uid):
        for content in _files(archive, study):
            try:
                spool.put(content)
                n_files += 1
            except IntakeError as error:
                said(f"A file was refused: {error.refusal.code}. {error.refusal}")
        arrived = spool.sort(SOURCE)
        for visit in arrived.visits if arrived else ():
            said(f"{visit.patient}: {len(visit.images)} images; {'; '.join(visit.series)}")
    return n_files


def _check(url: str, dates: str, patient_id: str, study_uid: str) -> None:
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.username or parts.password:
        raise ReceiveError(
            "NO_URL", "This is no address of a DICOMweb service, or it holds a password.",
            "Write http://127.0.0.1:8042/dicom-web, and user and password into ~/.netrc.",
        )  # fmt: skip
    if dates and not DATES.fullmatch(dates):
        raise ReceiveError("NO_DATES", "The dates cannot be read.", "Write 20261129 or 20261101-20261129.")
    if not (dates or patient_id or study_uid):
        raise ReceiveError(
            "NOTHING_ASKED", "Everything in the archive would come.", "Give --date, --patient or --study."
        )


def _client(url: str) -> Any:
    try:
        from dicomweb_client.api import DICOMwebClient  # noqa: PLC0415 - of the extra `dicomweb`
    except ImportError:
        raise ReceiveError(
            "NO_CLIENT", "The part for DICOMweb is not installed.", "Install it: pip install 'ironreport[dicomweb]'."
        ) from None
    return DICOMwebClient(url)


def _studies(archive: Any, dates: str, patient_id: str, study_uid: str) -> list[str]:
    asked = {"ModalitiesInStudy": "MR"}
    asked |= {key: value for key, value in (("StudyDate", dates), ("PatientID", patient_id)) if value}
    if study_uid:
        asked = {"StudyInstanceUID": study_uid}
    found = _asked(lambda: archive.search_for_studies(search_filters=asked, limit=MOST_STUDIES))
    return [uid for study in found if (uid := _value(study, STUDY_UID))]


def _files(archive: Any, study: str) -> Iterator[bytes]:
    for series in _asked(lambda: archive.search_for_series(study, search_filters={"Modality": "MR"})):
        uid = _value(series, SERIES_UID)
        if uid:
            yield from map(_as_file, _asked(partial(archive.retrieve_series, study, uid)))


def _value(answer: dict[str, Any], tag: str) -> str:
    values = answer.get(tag, {}).get("Value") or [""]
    return str(values[0])


def _asked(question: Callable[[], Any]) -> Any:
    """The answer of the archive; whatever a foreign server does is one sentence."""
    try:
        return question()
    except Exception:
        raise ReceiveError(
            "ARCHIVE", "The archive did not answer as asked.",
            "Check address, user and password (~/.netrc), and that its DICOMweb service runs.",
        ) from None  # fmt: skip


def _as_file(dataset: Dataset) -> bytes:
    held = io.BytesIO()
    dataset.save_as(held, enforce_file_format=True)
    return held.getvalue()
