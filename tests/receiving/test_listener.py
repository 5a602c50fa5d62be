"""Images sent by C-STORE land in the clinic by study; who may not send, and what is no image, is refused by name."""

from __future__ import annotations

import io
import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pydicom
import pytest
from pynetdicom import AE

from ironreport.clinic import Clinic, make_clinic, open_clinic
from ironreport.clinic.clinic_queries import worklist
from ironreport.errors import ReceiveError
from ironreport.receiving import Listening, Spool, check_listening, listen, read_sender
from ironreport.receiving.listener import CANNOT_UNDERSTAND, OUT_OF_RESOURCES
from ironreport.synthetic.acquisition import Recipe
from ironreport.synthetic.examination import synthetic_exam

SENTINEL = "SENTINEL^RECEIVED"
ECHO = "1.2.840.10008.1.1"


def images(vendor: str, patient: str) -> list[pydicom.Dataset]:
    made = synthetic_exam(vendor, "liver", Recipe(5.0, n_slices=1, noise_sd=0.0))
    found = [pydicom.dcmread(io.BytesIO(content)) for content in made.files.values()]
    for image in found:
        image.PatientID, image.PatientName = patient, f"{SENTINEL}^{patient}"
        image.StudyInstanceUID = f"{image.StudyInstanceUID}.{patient}"
        image.SOPInstanceUID = image.file_meta.MediaStorageSOPInstanceUID = f"{image.SOPInstanceUID}.{patient}"
    return found


@pytest.fixture
def clinic(tmp_path: Path) -> Iterator[Clinic]:
    made = make_clinic(tmp_path / "clinic")
    yield made
    made.close()


class Desk:
    """A listener on a free port, and what it said."""

    def __init__(self, clinic: Clinic, *senders: str) -> None:
        self.lines: list[str] = []
        self.spool = Spool(clinic)
        found = [read_sender(sender) for sender in senders]
        self.listening: Listening = listen(self.spool, 0, senders=found, said=self.lines.append)

    def send(self, files: list[pydicom.Dataset], title: str = "SCANNER1") -> list[int]:
        scanner = AE(title)
        scanner.acse_timeout = scanner.dimse_timeout = scanner.network_timeout = 120  # a busy computer is no fault
        scanner.add_requested_context(ECHO)
        for kind, syntax in {(f.SOPClassUID, f.file_meta.TransferSyntaxUID) for f in files}:
            scanner.add_requested_context(kind, syntax)
        association = scanner.associate("127.0.0.1", self.listening.port)
        if not association.is_established:
            return []
        assert association.send_c_echo().Status == 0
        found = [int(association.send_c_store(file).Status) for file in files]
        association.release()
        return found


@pytest.fixture
def desk(clinic: Clinic) -> Iterator[Desk]:
    made = Desk(clinic)
    yield made
    made.listening.close()


def test_two_patients_sent_in_turn_become_two_exams_and_no_name_is_said_or_kept(clinic: Clinic, desk: Desk) -> None:
    one, other = images("siemens", "17"), images("ge", "18")
    mixed = [image for pair in zip(one, other, strict=False) for image in pair]
    assert set(desk.send(mixed)) == {0}
    desk.listening.close()
    exams = worklist(clinic)
    assert len(exams) == 2 and len({exam.pseudonym for exam in exams}) == 2
    assert all("T2*" in exam.series for exam in exams)
    assert len(desk.lines) >= 2 and SENTINEL not in "".join(desk.lines)
    assert not desk.spool.waiting()
    named = [
        p
        for p in clinic.folder.root.rglob("*")
        if p.is_file() and p.suffix != ".dcm" and SENTINEL.encode() in p.read_bytes()
    ]
    assert not named


def test_the_same_images_again_are_kept_once(clinic: Clinic, desk: Desk) -> None:
    files = images("siemens", "17")
    assert set(desk.send(files)) == set(desk.send(files)) == {0}
    desk.listening.close()
    (exam,) = worklist(clinic)
    kept = list(clinic.folder.images_of(exam.id).rglob("*.dcm"))
    assert len(kept) == len(files)


def test_what_is_acknowledged_outlives_a_power_cut_before_it_is_sorted(clinic: Clinic) -> None:
    spool = Spool(clinic)
    for image in images("siemens", "17"):
        held = io.BytesIO()
        image.save_as(held)
        spool.put(held.getvalue())
    assert worklist(clinic) == [] and spool.waiting()
    root = clinic.folder.root
    clinic.close()
    again = open_clinic(root)
    lines: list[str] = []
    listen(Spool(again), 0, said=lines.append).close()
    assert len(worklist(again)) == 1 and lines
    again.close()


def test_what_is_no_image_is_refused_with_a_line_and_the_rest_is_kept(clinic: Clinic, desk: Desk) -> None:
    files = images("siemens", "17")
    files[1].Rows = 60_000  # more than any image holds
    statuses = desk.send(files)
    assert statuses[1] == CANNOT_UNDERSTAND and set(statuses[:1] + statuses[2:]) == {0}
    assert any(line.startswith("A file was refused: ") for line in desk.lines)
    desk.listening.close()
    assert len(worklist(clinic)) == 1


def test_a_full_clinic_answers_out_of_resources_and_keeps_nothing(
    clinic: Clinic, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ironreport.receiving.spool.BYTES_PER_GIB", 0)
    assert set(desk.send(images("siemens", "17"))) == {OUT_OF_RESOURCES}
    assert not desk.spool.waiting() and any("SPOOL_FULL" in line for line in desk.lines)


def test_a_file_that_comes_costs_no_look_at_those_that_wait(clinic: Clinic, monkeypatch: pytest.MonkeyPatch) -> None:
    spool, (image, *_) = Spool(clinic), images("siemens", "17")
    left = clinic.folder.root / "incoming" / ".ironreport_0.part"
    left.write_bytes(b"")
    os.utime(left, (0.0, 0.0))
    held = io.BytesIO()
    image.save_as(held)
    with monkeypatch.context() as patched:
        patched.setattr(Path, "glob", lambda *_: pytest.fail("Thousands may wait there."))
        spool.put(held.getvalue())
    assert left.exists()
    Spool(clinic)
    assert not left.exists()


def test_a_full_disk_answers_out_of_resources(clinic: Clinic, desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, os.strerror(28))

    monkeypatch.setattr("ironreport.writing.os.fsync", full)
    assert set(desk.send(images("siemens", "17")[:2])) == {OUT_OF_RESOURCES}
    assert not desk.spool.waiting()


def test_an_unknown_title_is_not_let_in(clinic: Clinic) -> None:
    desk = Desk(clinic, "SCANNER1@127.0.0.1")
    assert desk.send(images("siemens", "17")[:1], title="STRANGER") == []
    assert desk.send(images("siemens", "17")[:1]) == [0]
    desk.listening.close()


def test_an_unknown_address_is_hung_up_on_before_it_says_anything(clinic: Clinic) -> None:
    desk = Desk(clinic, "SCANNER1@127.0.0.9")
    with socket.create_connection(("127.0.0.1", desk.listening.port), timeout=10) as stranger:
        assert stranger.recv(1) == b""
    desk.listening.close()


@pytest.mark.parametrize(
    ("address", "title", "senders", "code"),
    [
        ("0.0.0.0", "IRONREPORT", [], "OPEN_TO_ALL"),
        ("::", "IRONREPORT", [], "OPEN_TO_ALL"),
        ("192.168.1.5", "IRONREPORT", [], "OPEN_TO_ALL"),
        ("::ffff:192.168.1.5", "IRONREPORT", [], "OPEN_TO_ALL"),
        ("localhost", "IRONREPORT", [], "NO_ADDRESS"),
        ("127.0.0.1", "", [], "NO_TITLE"),
        ("127.0.0.1", "A" * 17, [], "NO_TITLE"),
    ],
)
def test_nobody_listens_where_anybody_could_send(address: str, title: str, senders: list[str], code: str) -> None:
    with pytest.raises(ReceiveError) as refused:
        check_listening(address, title, [read_sender(s) for s in senders])
    assert refused.value.refusal.code == code and refused.value.refusal.cure


def test_with_named_senders_a_network_address_is_allowed() -> None:
    check_listening("0.0.0.0", "IRONREPORT", [read_sender("MR 1@10.0.0.7")])


@pytest.mark.parametrize(
    "text", ["SCANNER1", "@10.0.0.7", "A@scanner.local", "A\\B@10.0.0.7", "A" * 17 + "@10.0.0.7", ""]
)
def test_a_sender_that_names_nobody_is_refused(text: str) -> None:
    with pytest.raises(ReceiveError, match="names no sender"):
        read_sender(text)


def test_a_port_that_is_taken_is_said(clinic: Clinic, desk: Desk) -> None:
    with pytest.raises(ReceiveError, match="cannot be listened on"):
        listen(desk.spool, desk.listening.port)
