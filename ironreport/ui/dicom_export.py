"""The DICOM objects of the exam on the page: which images stand behind which organ, and one archive of all."""

from __future__ import annotations

import datetime as dt
import io
import zipfile

from ironreport.errors import ReportError
from ironreport.intake import ReadResult
from ironreport.knowledge import Knowledge
from ironreport.measure.iron_maps import r2star_map
from ironreport.records import Assessment, DecaySignal, EchoSeries
from ironreport.report.content import ReportContent
from ironreport.report.dicom import DicomExport, to_dicom

NOT_WRITTEN = "not_written.txt"


def dicom_archive(
    assessment: Assessment, content: ReportContent, knowledge: Knowledge, pdf: bytes, images: ReadResult | None
) -> bytes:
    """Structured report, printed report, R2* maps and pictures in one archive; what could not be written is named."""
    series = _series_of(assessment, images)
    origins = {organ: one.origin for organ, one in series.items() if one.origin is not None}
    maps = {organ: r2star_map(one) for organ, one in series.items() if organ in origins and one.contrast == "T2*"}
    now = dt.datetime.now(tz=dt.UTC).astimezone().replace(microsecond=0, tzinfo=None)
    try:
        made = to_dicom(assessment, content, knowledge, pdf, origins=origins, maps=maps, written_at=now)
    except ReportError as error:
        made = DicomExport({}, (error.refusal,))
    return _with_reasons(made)


def _series_of(assessment: Assessment, images: ReadResult | None) -> dict[str, EchoSeries]:
    """By organ the open series it was measured in, as far as its fingerprint says so."""
    by_key = {one.key: one for one in (images.series if images else ())}
    signals = {f.organ: f.measurement.signal for f in assessment.findings}
    return {
        organ: by_key[signal.series_key]
        for organ, signal in signals.items()
        if isinstance(signal, DecaySignal) and signal.series_key in by_key
    }


def _with_reasons(made: DicomExport) -> bytes:
    """The archive, with a text file where something was left out."""
    archive = io.BytesIO(made.as_zip())
    if made.left_out:
        with zipfile.ZipFile(archive, "a") as written:
            written.writestr(zipfile.ZipInfo(NOT_WRITTEN), "\n".join(str(reason) for reason in made.left_out) + "\n")
    return archive.getvalue()
