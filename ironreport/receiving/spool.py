"""Where received files wait until their sender is done: whole on the disk before the sender hears that all is well."""

from __future__ import annotations

import contextlib
import hashlib
import threading
from collections.abc import Callable
from pathlib import Path

from ironreport.clinic import Clinic
from ironreport.clinic.clinic_folder import put_file
from ironreport.clinic.image_arrivals import BYTES_PER_GIB, Arrived, add_images, images_bytes
from ironreport.errors import ReceiveError
from ironreport.intake.gate import open_dicom
from ironreport.writing import remove_abandoned

FOLDER = "incoming"
ENDING = ".dcm"


class Spool:
    """Received files of a clinic that are not sorted into exams yet.

    A file is acknowledged once it stands here; whoever opens the spool after a power cut sorts what was left.
    """

    def __init__(self, clinic: Clinic) -> None:
        self._clinic = clinic
        self._folder = clinic.folder.root / FOLDER
        self._folder.mkdir(mode=0o700, exist_ok=True)
        self._lock, self._sorting = threading.Lock(), threading.Lock()
        remove_abandoned(self._folder)
        self._n_bytes = images_bytes(clinic.folder.images) + images_bytes(self._folder)

    def put(self, content: bytes) -> Path:
        """Keep a file; the same one again is kept once.

        Raises
        ------
        IntakeError
            What is no image, hostile or damaged.
        ReceiveError
            ``SPOOL_FULL`` where the clinic's limit of images would be passed.
        ClinicError
            ``DISK_FULL``, ``NOT_WRITTEN``.
        """
        open_dicom(content)
        with self._lock:
            if self._n_bytes + len(content) > self._clinic.settings.images_gib * BYTES_PER_GIB:
                allowed = self._clinic.settings.images_gib
                raise ReceiveError(
                    "SPOOL_FULL", f"The images would take more than the {allowed:g} GiB allowed.",
                    "Delete images of exams that are signed off, or set images_gib in clinic.toml higher.",
                )  # fmt: skip
            self._n_bytes += len(content)
        place = self._folder / f"{hashlib.sha256(content).hexdigest()}{ENDING}"
        try:
            put_file(place, content, tidy=False)  # a look at thousands that wait, for each that comes
        except BaseException:
            with self._lock:
                self._n_bytes -= len(content)
            raise
        return place

    def waiting(self) -> tuple[Path, ...]:
        """Files that wait to be sorted, oldest first."""
        found = [(path.stat().st_mtime_ns, path) for path in self._folder.glob(f"*{ENDING}")]
        return tuple(path for _, path in sorted(found))

    def sort(self, source: str) -> Arrived | None:
        """Put what waits into the exams of the clinic; a file leaves the spool once its exam holds it.

        Parameters
        ----------
        source : str
            Where it came from, in words that name nobody.
        """
        with self._sorting:
            paths = self.waiting()
            if not paths:
                return None
            arrived = add_images(self._clinic, [(path.name, _reader(path)) for path in paths], source=source)
            for path in paths:
                with contextlib.suppress(OSError):
                    path.unlink()
            return arrived


def arrival_lines(arrived: Arrived) -> list[str]:
    """What came in, a line for each exam and for what was left out; none names a patient."""
    lines = []
    for visit in arrived.visits:
        new = "new" if visit.id in arrived.new else "known"
        lines.append(f"{visit.patient}: {new} exam, {len(visit.images)} images; {'; '.join(visit.series)}")
    return lines + [f"{left.n_files} files: {left.what}" for left in arrived.left_out]


def _reader(path: Path) -> Callable[[], bytes]:
    return path.read_bytes
