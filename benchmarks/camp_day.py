"""A day of scans from sender to workbook, in a real browser: ``python -m benchmarks.camp_day --patients 40``.

Half the patients are sent by C-STORE, half are put in as one zip on the Clinic page. For three of four a mask comes
with the images (DICOM SEG or NIfTI); of the others some are drawn in the canvas, the rest as the canvas' record has it.
"""

from __future__ import annotations

import argparse
import io
import math
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

import highdicom as hd
import nibabel
import numpy as np
import pydicom
from openpyxl import load_workbook
from pydicom.sr.codedict import codes
from pynetdicom import AE

import ironreport as ir
from ironreport.batch import BatchOptions, run_clinic
from ironreport.batch.batch_run import Workers
from ironreport.clinic import Clinic, exam_of, image_files, keep_exam, make_clinic, move, visit_of, whose
from ironreport.clinic.clinic_queries import exams_of, worklist
from ironreport.intake.exams import person_of
from ironreport.intake.masks import read_upload
from ironreport.intake.regions import region_mask
from ironreport.receiving import Spool, listen
from ironreport.records import Region
from ironreport.synthetic.acquisition import Recipe
from ironreport.synthetic.examination import synthetic_exam

if TYPE_CHECKING:
    from playwright.sync_api import Page

VENDORS = ("siemens", "ge", "philips", "uih", "canon", "hitachi")
TE_MS = tuple(round(1.1 + 1.2 * k, 1) for k in range(8))
FIRST_MS, STEP = 2.0, 1.06
"""T2* of the first patient, and how many times longer that of each next one is: none can be taken for another."""
SIDE = 128
SENTINEL = "SENTINEL"
Files = dict[str, bytes]


@dataclass(frozen=True, slots=True)
class Patient:
    """A patient of the day, whose T2* nobody else has."""

    number: int
    by_store: bool
    has_mask: bool

    @property
    def organ(self) -> str:
        """Four livers, four hearts, and so on."""
        return ("liver", "heart")[self.number // 4 % 2]

    @property
    def t2star_ms(self) -> float:
        """What was put into the images."""
        return FIRST_MS * STEP**self.number

    @property
    def words(self) -> tuple[str, str, str]:
        """Number, name and birth date of the headers."""
        return f"{SENTINEL}-{self.number:03d}", f"{SENTINEL}^N{self.number:03d}", f"19{60 + self.number % 40}0101"


def patients(n: int) -> list[Patient]:
    """Patients of a day: every vendor by both ways, three of four with a mask."""
    return [Patient(k, by_store=k < n // 2, has_mask=k % 4 != 3) for k in range(n)]


def images_of(patient: Patient) -> tuple[Files, Region]:
    """The patient's images with a mask where there is one, and where the organ lies."""
    recipe = Recipe(patient.t2star_ms, te_ms=TE_MS, phase=False, n_slices=1, seed=patient.number)
    made = synthetic_exam(VENDORS[patient.number % len(VENDORS)], patient.organ, recipe)
    images = [_of(patient, content) for content in made.files.values()]
    region = next(iter(made.truth.locations.values()))[0]
    files = {f"{k:03d}.dcm": _bytes(image) for k, image in enumerate(images)}
    if patient.has_mask:
        mask = region_mask(region, (int(images[0].Rows), int(images[0].Columns)))
        name, content = _seg(patient, images[0], mask) if patient.by_store else _nifti(patient, images[0], mask)
        files[name] = content
    return files, region


def _of(patient: Patient, content: bytes) -> pydicom.Dataset:
    image = pydicom.dcmread(io.BytesIO(content), force=True)
    image.PatientID, image.PatientName, image.PatientBirthDate = patient.words
    for keyword in ("StudyInstanceUID", "SeriesInstanceUID", "SOPInstanceUID", "FrameOfReferenceUID"):
        setattr(image, keyword, f"{str(image.get(keyword))[:50]}.{patient.number + 1}")
    image.file_meta.MediaStorageSOPInstanceUID = image.SOPInstanceUID
    return image


def _bytes(dataset: pydicom.Dataset) -> bytes:
    out = io.BytesIO()
    dataset.save_as(out, enforce_file_format=True)
    return out.getvalue()


def _seg(patient: Patient, image: pydicom.Dataset, mask: Any) -> tuple[str, bytes]:
    organ = codes.SCT.Liver if patient.organ == "liver" else codes.SCT.Heart
    how = hd.seg.SegmentAlgorithmTypeValues.MANUAL
    segment = hd.seg.SegmentDescription(1, patient.organ, codes.SCT.Organ, organ, how)
    uid = f"{image.SeriesInstanceUID}.7"
    made = hd.seg.Segmentation(
        [image], mask[np.newaxis].astype(np.uint8), hd.seg.SegmentationTypeValues.BINARY, [segment], uid, 9, f"{uid}.1",
        1, "maker", "model", "1", "2",
    )  # fmt: skip
    return f"{patient.organ}.seg.dcm", _bytes(made)


def _nifti(patient: Patient, image: pydicom.Dataset, mask: Any) -> tuple[str, bytes]:
    right, down = np.array(image.ImageOrientationPatient, dtype=float).reshape(2, 3)
    rows_mm, columns_mm = (float(x) for x in image.PixelSpacing)
    affine = np.eye(4)
    affine[:3, 0], affine[:3, 1] = right * columns_mm, down * rows_mm
    affine[:3, 2], affine[:3, 3] = np.cross(right, down) * float(image.SliceThickness), image.ImagePositionPatient
    made: Any = nibabel.Nifti1Image  # the library has no types for it
    volume = made(mask.T[:, :, np.newaxis].astype(np.uint8), np.diag([-1.0, -1.0, 1.0, 1.0]) @ affine)
    return f"{patient.organ}.nii", bytes(volume.to_bytes())


# ------------------------------------------------------------------------------------- the day


@dataclass(slots=True)
class Day:
    """A day under way: where, whose, and how long each step took [s]."""

    clinic: Clinic
    folder: Path
    patients: list[Patient]
    regions: dict[int, Region]
    seconds: dict[str, float]

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Time a step."""
        began = time.perf_counter()
        yield
        self.seconds[name] = time.perf_counter() - began

    def pseudonym(self, patient: Patient) -> str:
        """The patient's name in the clinic."""
        return whose(self.clinic, person_of(patient.words)).pseudonym


def camp_day(page: Page, app_url: str, folder: Path, n_patients: int, n_by_hand: int, workers: int = 1) -> Day:
    """A whole day; raises where a patient's number is not their own."""
    day = Day(make_clinic(folder / "clinic"), folder, patients(n_patients), {}, {})
    with day.step("scanned (made up)"):
        made = {patient.number: images_of(patient) for patient in day.patients}
        day.regions = {number: region for number, (_, region) in made.items()}
    with day.step("sent by C-STORE"):
        _send(day, [made[p.number][0] for p in day.patients if p.by_store])
    with day.step("put in as a zip"):
        _put_zip(day, page, app_url, {f"{p.number:03d}": made[p.number][0] for p in day.patients if not p.by_store})
    with day.step("read from masks"):
        run_clinic(day.clinic.folder.root, folder / "first", BatchOptions("tdt", pdf=False), Workers(workers))
        for one in worklist(day.clinic):
            if one.state == "drawn":
                move(day.clinic, one.id, "read")
    with day.step("drawn"):
        _draw_by_hand(day, page, n_by_hand)
        _draw_the_rest(day)
    with day.step("printed, one workbook"):
        run_clinic(day.clinic.folder.root, folder / "out", BatchOptions("tdt"), Workers(workers))
    check(day)
    return day


def _send(day: Day, studies: list[Files]) -> None:
    """Everything of all patients in turn, so that files of several lie between each other."""
    images = [pydicom.dcmread(io.BytesIO(content)) for files in studies for content in files.values()]
    images.sort(key=lambda image: str(image.SOPInstanceUID)[::-1])
    listening = listen(Spool(day.clinic), 0)
    scanner = AE("SCANNER1")
    for kind, syntax in {(image.SOPClassUID, image.file_meta.TransferSyntaxUID) for image in images}:
        scanner.add_requested_context(kind, syntax)
    association = scanner.associate("127.0.0.1", listening.port)
    refused = [image for image in images if association.send_c_store(image).Status != 0]
    association.release()
    listening.close()
    _must(not refused, f"{len(refused)} files were refused")


def _put_zip(day: Day, page: Page, app_url: str, studies: dict[str, Files]) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name, files in studies.items():
            for file, content in files.items():
                archive.writestr(f"{name}/{file}", content)
    page.goto(f"{app_url}/Clinic")
    page.get_by_label("Folder of the clinic").fill(str(day.clinic.folder.root))
    page.get_by_label("Folder of the clinic").press("Enter")
    settled(page)
    page.get_by_role("button", name="Open this clinic").click()
    page.get_by_role("button", name="Open the next exam").wait_for()
    settled(page)
    page.get_by_text("Put images in", exact=True).click()
    chooser = page.get_by_test_id("stMain").get_by_test_id("stFileUploaderDropzoneInput").first
    chooser.set_input_files({"name": "day.zip", "mimeType": "application/zip", "buffer": packed.getvalue()})
    page.locator("button:not([disabled])", has_text="Put into the clinic").click()
    page.get_by_text(f"{len(studies)} new exams of {len(studies)} patients").wait_for(timeout=120_000)
    page.get_by_role("button", name="Understood").click()
    settled(page)


def _draw_by_hand(day: Day, page: Page, n: int) -> None:
    """Draw with the mouse what nobody has read, and go to the next exam by its key."""
    for _ in range(n):
        settled(page)
        page.keyboard.press("n")
        page.locator(".bench[data-ready=yes]").wait_for()
        settled(page)
        patient = _on_the_page(day, page)
        page.get_by_label("Organ of the region").select_option(patient.organ)
        settled(page)
        page.get_by_role("button", name="Freehand", exact=True).click()
        _drag_around(page, day.regions[patient.number])
        page.get_by_role("button", name="Mark as read").click()
        page.get_by_text(", read").wait_for()
        settled(page)


def _on_the_page(day: Day, page: Page) -> Patient:
    said = page.get_by_test_id("stSidebar").get_by_text("Clinic: ").inner_text()
    (found,) = (patient for patient in day.patients if day.pseudonym(patient) in said)
    return found


def _drag_around(page: Page, place: Region) -> None:
    image = page.locator("canvas.image")
    image.scroll_into_view_if_needed()
    box = image.bounding_box()
    if box is None:
        raise RuntimeError("The image is not on the screen.")
    scale = min(box["width"], box["height"]) / SIDE
    turns = [2 * math.pi * k / 40 for k in range(41)]
    points = [
        (
            box["x"] + box["width"] / 2 + (place.column + 0.5 + place.width / 2 * math.cos(turn) - SIDE / 2) * scale,
            box["y"] + box["height"] / 2 + (place.row + 0.5 + place.height / 2 * math.sin(turn) - SIDE / 2) * scale,
        )
        for turn in turns
    ]
    page.mouse.move(*points[0])
    page.mouse.down()
    for point in points[1:]:
        page.mouse.move(*point)
    page.mouse.up()
    settled(page)


def _draw_the_rest(day: Day) -> None:
    """Keep for the other exams what the canvas would hand over."""
    by_pseudonym = {day.pseudonym(patient): patient for patient in day.patients}
    for one in worklist(day.clinic):
        if one.state == "new":
            patient = by_pseudonym[one.pseudonym]
            series = read_upload(image_files(day.clinic, visit_of(day.clinic, one.id))).found.series[0]
            measured = ir.measure(series, day.regions[patient.number], patient.organ)
            keep_exam(day.clinic, one.id, ir.assess(measured, disease="tdt").assessment.exam)
            move(day.clinic, one.id, "read")


def settled(page: Page) -> None:
    """Wait until no run of the page is under way; twice, for a change of the exam begins another."""
    for _ in range(2):
        page.wait_for_timeout(150)
        page.locator("[data-testid=stApp][data-test-script-state=notRunning]").wait_for()


# ------------------------------------------------------------------------------------- what must hold


def check(day: Day) -> None:
    """Every patient has one exam, printed, with the number that was put into their images, and is named nowhere."""
    workbook = load_workbook(day.folder / "out" / "results.xlsx", read_only=True)
    heading, *lines = (tuple(row) for row in workbook["regions"].iter_rows(values_only=True))
    rows = [dict(zip(heading, line, strict=True)) for line in lines]
    _must(len(rows) == len(day.patients), f"{len(rows)} rows for {len(day.patients)} patients")
    for patient in day.patients:
        (exam,) = exams_of(day.clinic, day.pseudonym(patient))
        _must(exam.state == "printed", f"{exam.state}, not printed")
        (row,) = (row for row in rows if row["patient"] == exam.pseudonym)
        measured = float(str(row["t2star_ms"]))
        ratio = measured / patient.t2star_ms
        _must(abs(math.log(ratio)) < math.log(STEP) / 2.0, f"T2* {measured} ms for {patient.t2star_ms} ms")
        _must(row["organ"] == patient.organ, "another organ")
        _must(exam_of(day.clinic, exam.id).pseudonym == exam.pseudonym, "another patient's exam file")
    reports = sorted((day.folder / "out" / "reports").iterdir())
    _must(len(reports) == len(day.patients), f"{len(reports)} reports")
    for path in (day.folder / "out").rglob("*"):
        content = path.read_bytes() if path.is_file() else b""
        _must(SENTINEL.encode() not in content and SENTINEL not in path.name, f"a name in {path.name}")


def _must(holds: bool, else_said: str) -> None:
    if not holds:
        raise AssertionError(else_said)


# ------------------------------------------------------------------------------------- alone


def main() -> None:
    """Run a day on a server and a browser of its own, and print how long each step took."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--patients", type=int, default=40)
    parser.add_argument("--by-hand", type=int, default=3)
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--chromium", default="/usr/bin/chromium")
    asked = parser.parse_args()
    playwright: Any = import_module("playwright.sync_api")
    with tempfile.TemporaryDirectory() as folder, _app() as url, playwright.sync_playwright() as play:
        browser = play.chromium.launch(executable_path=asked.chromium, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1366, "height": 768})
        page.set_default_timeout(60_000)
        began = time.perf_counter()
        day = camp_day(page, url, Path(folder), asked.patients, asked.by_hand, asked.workers)
        total = time.perf_counter() - began
        browser.close()
        for name, seconds in day.seconds.items():
            print(f"  {name:24} {seconds:7.1f} s")
        print(f"{len(day.patients)} patients, none mixed: {total:.1f} s")


@contextmanager
def _app() -> Iterator[str]:
    port = 8617
    command = [sys.executable, "-m", "streamlit", "run", "app.py", "--server.port", str(port)]
    command += ["--server.address", "127.0.0.1", "--server.headless", "true"]
    quiet = partial(subprocess.Popen, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    with quiet(command, cwd=Path(__file__).resolve().parents[1]) as server:
        time.sleep(12.0)
        try:
            yield f"http://127.0.0.1:{port}"
        finally:
            server.terminate()


if __name__ == "__main__":
    main()
