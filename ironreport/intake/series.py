"""DICOM files in, magnitude series in order of time out: the image half of the intake."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from ironreport.errors import IntakeError
from ironreport.intake.decoding import PixelDecoder
from ironreport.intake.exams import ExamFound, exams_among
from ironreport.intake.gate import OpenedFile, open_files, pydicom_silenced
from ironreport.intake.headers import Frame, frames_of
from ironreport.intake.kinds import is_mr_image
from ironreport.intake.reasons import Tally, refusal
from ironreport.intake.stacks import is_inversion_recovery, stack_echoes, stack_inversions
from ironreport.records import EchoSeries, InversionSeries, LeftOut

MAX_DECODED_BYTES = 2**30
Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True, eq=False)
class ReadResult:
    """What was read from an upload.

    Parameters
    ----------
    series : tuple of EchoSeries
        Usable multi-echo series, by patient, study and series as they came.
    left_out : tuple of LeftOut
        Files not used, counted by reason, of the whole upload.
    exams : tuple of ExamFound
        Patients and studies among all MR images given, used or not. With more than one the reader must say which
        is meant: `of_exam`.
    inversion_series : tuple of InversionSeries
        Usable inversion recovery series (T1).
    """

    series: tuple[EchoSeries, ...]
    left_out: tuple[LeftOut, ...]
    exams: tuple[ExamFound, ...] = ()
    inversion_series: tuple[InversionSeries, ...] = ()

    @property
    def n_patients(self) -> int:
        """Number of different patients."""
        return len({exam.patient_key for exam in self.exams})

    @property
    def n_studies(self) -> int:
        """Number of different studies."""
        return len(self.exams)

    def of_exam(self, study_key: str) -> ReadResult:
        """The part of one exam; what was left out is still of the whole upload."""
        return replace(
            self,
            series=tuple(one for one in self.series if one.study_key == study_key),
            exams=tuple(exam for exam in self.exams if exam.study_key == study_key),
            inversion_series=tuple(one for one in self.inversion_series if one.study_key == study_key),
        )


def read_series(files: Iterable[tuple[str, bytes]], progress: Progress | None = None) -> ReadResult:
    """Multi-echo and inversion recovery magnitude series in loose DICOM files and zip archives.

    Never raises for what the files hold: a file that cannot be used is counted in ``left_out``.

    Parameters
    ----------
    files : iterable of (name, content)
        Names are for display only; content decides.
    progress : callable, optional
        Called with the steps done and their total: each file is one step when it is opened and one when its
        pixels are decoded.
    """
    report = progress or (lambda _done, _total: None)
    gate = open_files(files, lambda done, total: report(done, 2 * total))
    tally = gate.tally
    with pydicom_silenced(), PixelDecoder() as decoder:
        mr_files = [opened for opened in gate.opened if _is_mr(opened, tally)]
        frames = [frame for opened in mr_files for frame in _frames(opened, tally)]
        images = _Images(decoder, lambda done, total: report(total + done, 2 * total), len(mr_files))
        echoes, inversions = _groups(frames)
        series = [found for group in echoes for found in stack_echoes(group, images, tally)]
        recoveries = [found for group in inversions for found in stack_inversions(group, images, tally)]
        return ReadResult(
            series=tuple(series),
            left_out=tally.left_out(),
            exams=exams_among([opened.dataset for opened in mr_files], [*series, *recoveries]),
            inversion_series=tuple(recoveries),
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


def _groups(frames: list[Frame]) -> tuple[list[list[Frame]], list[list[Frame]]]:
    """Frames by series, and those of inversion recovery apart, in the order in which they appear.

    Scanners write each inversion time as a series of its own, so these are put together by all but the series.
    """
    by_series: dict[object, list[Frame]] = {}
    for frame in frames:
        by_series.setdefault(frame.series, []).append(frame)
    echoes: list[list[Frame]] = []
    inversions: dict[object, list[Frame]] = {}
    for group in by_series.values():
        if is_inversion_recovery(group):
            inversions.setdefault(group[0].recovery, []).extend(group)
        else:
            echoes.append(group)
    return echoes, list(inversions.values())


class _Images:
    """Decodes each file once and stops before an exam fills the memory."""

    def __init__(self, decoder: PixelDecoder, progress: Progress, n_files: int) -> None:
        self._decoder = decoder
        self._progress = progress
        self._n_files = n_files
        self._frames: dict[int, npt.NDArray[np.generic] | IntakeError] = {}
        self._n_bytes = 0

    def __call__(self, frame: Frame) -> npt.NDArray[np.generic]:
        """One frame as stored, shape (n_rows, n_columns)."""
        key = id(frame.view.dataset)
        if key not in self._frames:
            self._frames[key] = self._decoded(frame)
            self._progress(len(self._frames), self._n_files)
        found = self._frames[key]
        if isinstance(found, IntakeError):
            raise found
        image: npt.NDArray[np.generic] = found[frame.index]
        return image

    def _decoded(self, frame: Frame) -> npt.NDArray[np.generic] | IntakeError:
        if self._n_bytes > MAX_DECODED_BYTES:
            return refusal("EXAM_TOO_BIG", limit=MAX_DECODED_BYTES // 2**20)
        try:
            frames = self._decoder.frames(frame.view.dataset)
        except IntakeError as error:
            return error
        self._n_bytes += frames.nbytes
        return frames
