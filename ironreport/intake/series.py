"""DICOM files in, multi-echo magnitude series out: the image half of the intake."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ironreport.intake.gate import OpenedFile, open_files, pydicom_silenced
from ironreport.intake.headers import Frame, frames_of, patient_key, study_key
from ironreport.intake.kinds import is_mr_image
from ironreport.intake.pixels import decoded_frames
from ironreport.intake.reasons import Tally, refusal
from ironreport.intake.stacks import stack_series
from ironreport.records import EchoSeries, LeftOut

MAX_DECODED_BYTES = 2**30


@dataclass(frozen=True, slots=True, eq=False)
class ReadResult:
    """What was read from an upload.

    Parameters
    ----------
    series : tuple of EchoSeries
        Usable multi-echo series, by patient, study and series as they came.
    left_out : tuple of LeftOut
        Files not used, counted by reason.
    n_patients, n_studies : int
        Number of different patients and studies among all MR images given, used or not.
    """

    series: tuple[EchoSeries, ...]
    left_out: tuple[LeftOut, ...]
    n_patients: int
    n_studies: int


def read_series(files: Iterable[tuple[str, bytes]], progress: Callable[[int, int], None] | None = None) -> ReadResult:
    """Multi-echo magnitude series in loose DICOM files and zip archives.

    Never raises for what the files hold: a file that cannot be used is counted in ``left_out``.

    Parameters
    ----------
    files : iterable of (name, content)
        Names are for display only; content decides.
    progress : callable, optional
        Called with the number of files read and their total.
    """
    gate = open_files(files, progress)
    tally = gate.tally
    with pydicom_silenced():
        mr_files = [opened for opened in gate.opened if _is_mr(opened, tally)]
        frames = [frame for opened in mr_files for frame in _frames(opened, tally)]
        found = _all_series(frames, tally)
        return ReadResult(
            series=tuple(found),
            left_out=tally.left_out(),
            n_patients=len({patient_key(opened.dataset) for opened in mr_files}),
            n_studies=len({study_key(opened.dataset) for opened in mr_files}),
        )


def _is_mr(opened: OpenedFile, tally: Tally) -> bool:
    if is_mr_image(opened.dataset):
        return True
    tally.add(opened.source, refusal("NOT_MR"))
    return False


def _frames(opened: OpenedFile, tally: Tally) -> list[Frame]:
    """Usable frames of one file, none where its header breaks in a way not foreseen."""
    try:
        return list(frames_of(opened, tally))
    except Exception:  # one hostile file must not cost the others
        tally.add(opened.source, refusal("UNREADABLE"))
        return []


def _all_series(frames: list[Frame], tally: Tally) -> list[EchoSeries]:
    """Series of all groups of frames, in the order in which the groups appear."""
    groups: dict[tuple[object, ...], list[Frame]] = {}
    for frame in frames:
        groups.setdefault(frame.series, []).append(frame)
    decoder = _Decoder()
    return [series for group in groups.values() for series in stack_series(group, decoder, tally)]


class _Decoder:
    """Decodes each file once and stops before an exam fills the memory."""

    def __init__(self) -> None:
        self._frames: dict[int, npt.NDArray[np.generic]] = {}
        self._n_bytes = 0

    def __call__(self, frame: Frame) -> npt.NDArray[np.generic]:
        """One frame as stored, shape (n_rows, n_columns)."""
        key = id(frame.view.dataset)
        if key not in self._frames:
            if self._n_bytes > MAX_DECODED_BYTES:
                raise refusal("EXAM_TOO_BIG", limit=MAX_DECODED_BYTES // 2**20)
            self._frames[key] = decoded_frames(frame.view.dataset)
            self._n_bytes += self._frames[key].nbytes
        found: npt.NDArray[np.generic] = self._frames[key][frame.index]
        return found
