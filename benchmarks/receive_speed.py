"""Files a second by C-STORE on loopback: ``python -m benchmarks.receive_speed --files 500``."""

from __future__ import annotations

import argparse
import io
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pydicom
from pynetdicom import AE

from benchmarks.camp_day import Patient, images_of
from ironreport.clinic import make_clinic
from ironreport.clinic.clinic_queries import worklist
from ironreport.receiving import Spool, listen


def send(port: int, n_files: int) -> None:
    """Send images of as many patients as it takes, in this process, and print files a second."""
    images: list[pydicom.Dataset] = []
    number = 0
    while len(images) < n_files:
        files, _ = images_of(Patient(number, by_store=True, has_mask=False))
        images += [pydicom.dcmread(io.BytesIO(content)) for content in files.values()]
        number += 1
    scanner = AE("SCANNER1")
    scanner.add_requested_context(images[0].SOPClassUID, images[0].file_meta.TransferSyntaxUID)
    scanner.maximum_pdu_size = 0
    association = scanner.associate("127.0.0.1", port)
    began, worked = time.perf_counter(), time.process_time()
    n_kept = sum(association.send_c_store(image).Status == 0 for image in images[:n_files])
    taken, of_sender = time.perf_counter() - began, time.process_time() - worked
    association.release()
    print(f"{n_kept} files, {n_kept / taken:.0f} a second; the sender took {1000 * of_sender / n_kept:.1f} ms each")


def main() -> None:
    """Listen here, send from another process."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--files", type=int, default=500)
    parser.add_argument("--send-to", type=int, default=0)
    asked = parser.parse_args()
    if asked.send_to:
        send(asked.send_to, asked.files)
        return
    with tempfile.TemporaryDirectory() as folder:
        clinic = make_clinic(Path(folder) / "clinic")
        listening = listen(Spool(clinic), 0)
        command = [sys.executable, "-m", "benchmarks.receive_speed", "--send-to", str(listening.port)]
        worked = time.process_time()
        done = subprocess.run([*command, "--files", str(asked.files)], check=True, capture_output=True, text=True)
        of_receiver = time.process_time() - worked
        began = time.perf_counter()
        listening.close()
        print(done.stdout.strip())
        print(f"The receiver took {1000 * of_receiver / asked.files:.1f} ms of processor each, with the sorting begun")
        print(f"{len(worklist(clinic))} exams, sorted {time.perf_counter() - began:.1f} s after the last file")
        clinic.close()


if __name__ == "__main__":
    main()
