"""A real archive takes all objects of a report into the study of the images and gives back the same PDF."""

from __future__ import annotations

import datetime as dt
import io
import json
import os
import shutil
import socket
import subprocess
import time
import urllib.error
import urllib.request
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NoReturn

import numpy as np
import pydicom
import pytest
from pydicom.uid import EncapsulatedPDFStorage, SecondaryCaptureImageStorage

from ironreport.assess import assess
from ironreport.intake import read_series, region_signal
from ironreport.knowledge import published_knowledge
from ironreport.records import Context, Exam, Measurement, Region
from ironreport.report import describe
from ironreport.report.dicom import DicomExport, to_dicom
from ironreport.report.pdf import write_pdf
from ironreport.report.pictures import region_picture
from ironreport.synthetic.samples import sample_images

LIVER = Region("ellipse", row=68, column=36, height=24, width=22)


class Archive:
    """An Orthanc that answers on the loopback interface only."""

    def __init__(self, port: int) -> None:
        self.url = f"http://127.0.0.1:{port}"

    def get(self, path: str, body: bytes | None = None) -> bytes:
        request = urllib.request.Request(f"{self.url}{path}", data=body)
        with urllib.request.urlopen(request, timeout=20) as answer:
            return answer.read()

    def json(self, path: str, body: bytes | None = None) -> Any:
        return json.loads(self.get(path, body))


@pytest.fixture
def archive(not_here: Callable[[str], NoReturn], tmp_path: Path) -> Iterator[Archive]:
    program = shutil.which("Orthanc", path=f"{os.environ.get('PATH', '')}{os.pathsep}/usr/sbin")  # where Debian has it
    if program is None:
        not_here("Orthanc is not installed (Debian package orthanc).")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    settings = {
        "StorageDirectory": str(tmp_path / "images"),
        "IndexDirectory": str(tmp_path / "index"),
        "HttpPort": port,
        "DicomServerEnabled": False,
        "RemoteAccessAllowed": False,
        "AuthenticationEnabled": False,
        "Plugins": [],
        "OverwriteInstances": False,
    }
    (tmp_path / "orthanc.json").write_text(json.dumps(settings), encoding="utf-8")
    with (tmp_path / "log").open("wb") as log:
        process = subprocess.Popen([program, tmp_path / "orthanc.json"], stdout=log, stderr=log)
    try:
        yield _answering(Archive(port), process)
    finally:
        process.kill()  # its storage is temporary, and an orderly end takes seconds
        process.wait(timeout=30)


def _answering(archive: Archive, process: subprocess.Popen[bytes]) -> Archive:
    for _ in range(300):
        assert process.poll() is None, "Orthanc ended before it answered"
        try:
            archive.get("/system")
            return archive
        except urllib.error.URLError:
            time.sleep(0.1)
    raise AssertionError("Orthanc did not answer")


def exported(sample: str) -> tuple[list[bytes], bytes, DicomExport]:
    """Files of a sample exam, the PDF of its report, and all objects made of it."""
    name, content = sample_images(sample)
    series = read_series([(name, content)]).series[0]
    assert series.origin is not None
    signal = region_signal(series, LIVER, "liver")
    assessment = assess(Exam("IR-1", "2026-11-01", (Measurement(signal),), Context("tdt")), published_knowledge())
    pictures = (region_picture("liver", series.images[0, 0], LIVER),)
    described = describe(assessment, published_knowledge(), pictures=pictures)
    pdf = write_pdf(described)
    made = to_dicom(
        assessment, described, published_knowledge(), pdf,
        origins={"liver": series.origin},
        maps={"liver": np.full((series.n_slices, *series.images.shape[2:]), 120.0)},
        written_at=dt.datetime(2026, 11, 21, 14, 0, 0),
    )  # fmt: skip
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        sources = [archive.read(entry) for entry in archive.namelist() if entry.endswith(".dcm")]
    return sources, pdf, made


@pytest.mark.parametrize("sample", ["liver_1t5_siemens", "pancreas_1t5_philips_enhanced"])
def test_an_archive_takes_all_objects_into_the_study_of_the_images(sample: str, archive: Archive) -> None:
    sources, pdf, made = exported(sample)
    assert len(made.files) == 5 and made.left_out == ()
    for body in (sources[0], *made.files.values()):
        assert archive.json("/instances", body)["Status"] == "Success"
    assert len(archive.json("/patients")) == 1 and len(archive.json("/studies")) == 1
    assert len(archive.json("/series")) == 5
    study = archive.json(f"/studies/{archive.json('/studies')[0]}")
    original = pydicom.dcmread(io.BytesIO(sources[0]), stop_before_pixels=True)
    assert study["MainDicomTags"]["StudyInstanceUID"] == original.StudyInstanceUID
    assert study["PatientMainDicomTags"]["PatientID"] == original.PatientID
    of_class: dict[str, list[str]] = {}
    for instance in archive.json("/instances"):
        of_class.setdefault(archive.get(f"/instances/{instance}/metadata/SopClassUid").decode(), []).append(instance)
    assert [archive.get(f"/instances/{instance}/pdf") for instance in of_class[EncapsulatedPDFStorage]] == [pdf]
    for picture in of_class[SecondaryCaptureImageStorage]:
        assert archive.get(f"/instances/{picture}/preview").startswith(b"\x89PNG")
