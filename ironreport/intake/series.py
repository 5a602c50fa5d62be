"""DICOM files in, magnitude series in order of time out: the image half of the intake."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from ironreport.errors import IntakeError
from ironreport.intake.archive import Content
from ironreport.intake.decoding import PixelDecoder
from ironreport.intake.exams import ExamFound, Owner, exams_among, owners
from ironreport.intake.gate import Beside, OpenedFile, Progress, open_files, pydicom_silenced
from ironreport.intake.headers import Frame, frames_of
from ironreport.intake.kinds import is_mr_image
from ironreport.intake.membership import Train, trains, with_typed_times
from ironreport.intake.reasons import Tally, refusal
from ironreport.intake.stacks import gathered, is_inversion_recovery, stack_echoes, stack_inversions
from ironreport.records import EchoSeries, InversionSeries, LeftOut

MAX_SIGNAL_BYTES = 2**30
"""Of the signals of all series together; pixels are fetched one file after the other."""
_BYTES_OF_A_SIGNAL = 4


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
        return len({exam.patient_number for exam in self.exams})

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


def read_series(
    files: Iterable[tuple[str, Content]],
    progress: Progress | None = None,
    te_ms: Sequence[float] = (),
    beside: Beside | None = None,
) -> ReadResult:
    """Multi-echo and inversion recovery magnitude series in loose DICOM files and zip archives.

    Never raises for what the files hold: a file that cannot be used is counted in ``left_out``.

    Parameters
    ----------
    files : iterable of (name, content)
        Names are for display only; content decides. In its place may stand a function that gives it each time it is
        called.
    progress : callable, optional
        Called with the steps done and their total: each file is one step when it is opened and one when its
        pixels are decoded.
    te_ms : sequence of float, optional
        Echo times [ms] typed by the reader, in the order of the images, for series in whose headers one echo time
        stands on all echoes (``ONE_TIME_WRITTEN``). They change no other series.
    beside : callable, optional
        Gets the files that are no DICOM images; see `open_files`.
    """
    report = progress or (lambda _done, _total: None)
    gate = open_files(files, lambda done, total: report(done, 2 * total), beside)
    tally = gate.tally
    with pydicom_silenced(), PixelDecoder() as decoder:
        mr_files = [opened for opened in gate.opened if _is_mr(opened, tally)]
        owned = owners([opened.dataset for opened in mr_files])
        frames = [f for opened, owner in zip(mr_files, owned, strict=True) for f in _frames(opened, owner, tally)]
        images = _Images(decoder, lambda done, total: report(total + done, 2 * total), len(mr_files))
        echoes, inversions = _groups(frames, te_ms)
        series = [found for train in echoes for found in stack_echoes(train, images, tally)]
        recoveries = [found for group in inversions for found in stack_inversions(group, images, tally)]
        doubtful = {owner.study_key for owner in owned if owner.is_gathered}
        return ReadResult(
            series=tuple(gathered(one) if one.study_key in doubtful else one for one in series),
            left_out=tally.left_out(),
            exams=exams_among(
                [opened.dataset for opened in mr_files],
                owned,
                [*series, *recoveries],
                [opened.source.number for opened in mr_files],
            ),
            inversion_series=tuple(recoveries),
        )


def _is_mr(opened: OpenedFile, tally: Tally) -> bool:
    if is_mr_image(opened.dataset):
        return True
    tally.add(opened.source, refusal("NOT_MR"))
    return False


def _frames(opened: OpenedFile, owner: Owner, tally: Tally) -> list[Frame]:
    """Usable frames of one file, none where its header breaks in a way not foreseen."""
    try:
        return list(frames_of(opened, (owner.patient_key, owner.study_key), tally))
    except Exception:  # one hostile file must not cost the others
        tally.add(opened.source, refusal("UNREADABLE"))
        return []


def _groups(frames: list[Frame], te_ms: Sequence[float]) -> tuple[list[Train], list[list[Frame]]]:
    """Frames by train of echoes, and those of inversion recovery apart, in the order in which they appear.

    Scanners write each inversion time as a series of its own, so these are put together by all but the series.
    """
    echoes: list[Train] = []
    inversions: dict[object, list[Frame]] = {}
    for train in trains(frames):
        if is_inversion_recovery(train.frames):
            first = train.frames[0]
            inversions.setdefault((*first.recovery, first.plane), []).extend(train.frames)
        else:
            echoes.append(with_typed_times(train, te_ms))
    return echoes, list(inversions.values())


class _Images:
    """Decodes each frame when it is asked for, and stops before an exam fills the memory."""

    def __init__(self, decoder: PixelDecoder, progress: Progress, n_files: int) -> None:
        self._decoder = decoder
        self._progress = progress
        self._n_files = n_files
        self._of_many: dict[int, npt.NDArray[np.generic] | IntakeError] = {}
        self._met: set[int] = set()
        self._n_bytes = 0

    def __call__(self, frame: Frame) -> npt.NDArray[np.generic]:
        """One frame as stored, shape (n_rows, n_columns)."""
        key = id(frame.view.dataset)
        found = self._of_many.get(key)
        if found is None:
            found = self._decoded(frame)
            if isinstance(found, IntakeError) or len(found) > 1:  # frames of one file are decoded together
                self._of_many[key] = found
        if key not in self._met:
            self._met.add(key)
            self._progress(len(self._met), self._n_files)
        if isinstance(found, IntakeError):
            raise found
        image: npt.NDArray[np.generic] = found[frame.index]
        return image

    def _decoded(self, frame: Frame) -> npt.NDArray[np.generic] | IntakeError:
        if self._n_bytes > MAX_SIGNAL_BYTES:
            return refusal("EXAM_TOO_BIG", limit=MAX_SIGNAL_BYTES // 2**20)
        try:
            frames = self._decoder.frames(frame.view.dataset, frame.pixels)
        except IntakeError as error:
            return error
        self._n_bytes += 0 if id(frame.view.dataset) in self._met else _BYTES_OF_A_SIGNAL * frames.size
        return frames
