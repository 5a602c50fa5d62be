"""Studies of an archive come by DICOMweb through the same gate; a foreign server's faults are one sentence."""

from __future__ import annotations

import http.server
import io
import json
import threading
from collections.abc import Iterator
from pathlib import Path

import pydicom
import pytest

from ironreport.clinic import Clinic, make_clinic
from ironreport.clinic.clinic_queries import worklist
from ironreport.errors import ReceiveError
from ironreport.receiving import Spool
from ironreport.receiving.archive_pull import pull
from ironreport.synthetic.acquisition import Recipe
from ironreport.synthetic.examination import synthetic_exam

FILES = list(synthetic_exam("siemens", "liver", Recipe(5.0, n_slices=1, noise_sd=0.0)).files.values())
FIRST = pydicom.dcmread(io.BytesIO(FILES[0]))


class Archive(http.server.BaseHTTPRequestHandler):
    """As much of QIDO-RS and WADO-RS as one study needs."""

    asked: list[str]
    broken = False

    def do_GET(self) -> None:
        self.asked.append(self.path)
        if self.broken:
            self.send_error(500, "DOE^JANE")
            return
        if self.path.startswith(f"/dicom-web/studies/{FIRST.StudyInstanceUID}/series/"):
            body = (
                b"".join(b"--cut\r\nContent-Type: application/dicom\r\n\r\n" + content + b"\r\n" for content in FILES)
                + b"--cut--\r\n"
            )
            self._answer(body, 'multipart/related; type="application/dicom"; boundary=cut')
        else:
            key, uid = (
                ("0020000E", FIRST.SeriesInstanceUID)
                if "/series" in self.path
                else ("0020000D", FIRST.StudyInstanceUID)
            )
            self._answer(json.dumps([{key: {"vr": "UI", "Value": [str(uid)]}}]).encode(), "application/dicom+json")

    def _answer(self, body: bytes, kind: str) -> None:
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def archive() -> Iterator[tuple[str, type[Archive]]]:
    handler = type("ThisArchive", (Archive,), {"asked": []})
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/dicom-web", handler
    server.shutdown()
    server.server_close()


@pytest.fixture
def clinic(tmp_path: Path) -> Iterator[Clinic]:
    made = make_clinic(tmp_path / "clinic")
    yield made
    made.close()


def test_a_study_of_a_day_becomes_an_exam(clinic: Clinic, archive: tuple[str, type[Archive]]) -> None:
    url, handler = archive
    lines: list[str] = []
    assert pull(Spool(clinic), url, dates="20261101-20261129", said=lines.append) == len(FILES)
    (exam,) = worklist(clinic)
    assert "T2*" in exam.series and lines and str(FIRST.PatientID) not in "".join(lines)
    assert "StudyDate=20261101-20261129" in handler.asked[0] and "ModalitiesInStudy=MR" in handler.asked[0]


def test_a_fault_of_the_archive_is_a_sentence_without_its_words(
    clinic: Clinic, archive: tuple[str, type[Archive]]
) -> None:
    url, handler = archive
    handler.broken = True
    with pytest.raises(ReceiveError) as refused:
        pull(Spool(clinic), url, study_uid="1.2.3")
    assert refused.value.refusal.code == "ARCHIVE" and "DOE" not in str(refused.value)


@pytest.mark.parametrize(
    ("url", "dates", "code"),
    [
        ("ftp://127.0.0.1/x", "20261129", "NO_URL"),
        ("http://user:secret@127.0.0.1/x", "20261129", "NO_URL"),
        ("file:///etc/passwd", "20261129", "NO_URL"),
        ("http://127.0.0.1/x", "2026-11-29", "NO_DATES"),
        ("http://127.0.0.1/x", "", "NOTHING_ASKED"),
    ],
)
def test_what_cannot_be_asked_is_refused_before_anything_is(clinic: Clinic, url: str, dates: str, code: str) -> None:
    with pytest.raises(ReceiveError) as refused:
        pull(Spool(clinic), url, dates=dates)
    assert refused.value.refusal.code == code
