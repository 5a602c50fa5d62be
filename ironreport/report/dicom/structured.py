"""The report as numbers another system can read: a structured report after template 1500 of DICOM."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from highdicom.sr import (
    CodedConcept,
    DeviceObserverIdentifyingAttributes,
    MeasurementReport,
    ObservationContext,
    ObserverContext,
    RelationshipTypeValues,
    TextContentItem,
)
from pydicom.dataset import Dataset
from pydicom.uid import ComprehensiveSRStorage

from ironreport.errors import ReportError
from ironreport.knowledge import Knowledge
from ironreport.records import Assessment, DicomOrigin, SourceImage
from ironreport.report.codes import LOCAL, LOCAL_NAME
from ironreport.report.content import ReportContent
from ironreport.report.dicom.measured_in import measured_images
from ironreport.report.dicom.measurement_groups import measurement_group
from ironreport.report.dicom.study import (
    MANUFACTURER,
    DicomStudy,
    Product,
    derived_uid,
    file_bytes,
    files_of,
    long_string,
    printable,
)

STRUCTURED_REPORT = Product("sr", ComprehensiveSRStorage, "SR", 9001, "IronReport measurements")
IMPRESSION = CodedConcept("121073", "DCM", "Impression")
RECOMMENDATION = CodedConcept("121075", "DCM", "Recommendation")
CRITICAL = CodedConcept("73568-8", "LN", "Communication of critical results")
COMMENT = CodedConcept("121106", "DCM", "Comment")


def sr_bytes(
    study: DicomStudy,
    assessment: Assessment,
    content: ReportContent,
    knowledge: Knowledge,
    origins: Mapping[str, DicomOrigin],
) -> bytes:
    """The structured report: one measurement group for each organ, and what the report concludes.

    A limit and a missing number are text; neither ever stands as a measured value.

    Parameters
    ----------
    origins : mapping of organ id to DicomOrigin
        The images an organ was measured in; an organ that is not named has no image reference.

    Raises
    ------
    ReportError
        ``DICOM_NOTHING_MEASURED``.
    """
    if not assessment.findings:
        raise ReportError("DICOM_NOTHING_MEASURED", "The exam has no measurement.", "Measure an organ first.")
    dataset = study.header(STRUCTURED_REPORT)
    dataset.CompletionFlag, dataset.VerificationFlag, dataset.PreliminaryFlag = "PARTIAL", "UNVERIFIED", "PRELIMINARY"
    dataset.PerformedProcedureCodeSequence = []
    dataset.ReferencedPerformedProcedureStepSequence = []
    dataset.CodingSchemeIdentificationSequence = [_local_scheme()]
    dataset.update(_tree(study, assessment, content, knowledge, origins)[0])
    if evidence := _evidence(study, assessment, origins):
        dataset.CurrentRequestedProcedureEvidenceSequence = evidence
    return file_bytes(dataset)


def _tree(
    study: DicomStudy,
    assessment: Assessment,
    content: ReportContent,
    knowledge: Knowledge,
    origins: Mapping[str, DicomOrigin],
) -> MeasurementReport:
    pairs = zip(assessment.findings, content.cards, strict=True)
    tree = MeasurementReport(
        observation_context=_observed_by(study),
        procedure_reported=CodedConcept("113091000", "SCT", "Magnetic resonance imaging"),
        imaging_measurements=[
            measurement_group(finding, card, study, knowledge, origins.get(finding.organ)) for finding, card in pairs
        ],
    )
    said = [(CRITICAL, line.text) for line in content.critical]
    said += [(IMPRESSION, line) for line in content.impression]
    said += [(RECOMMENDATION, line.text) for line in content.next_scan]
    said += [(COMMENT, content.not_a_device)]
    tree[0].ContentSequence.extend(
        TextContentItem(name, printable(text), RelationshipTypeValues.CONTAINS) for name, text in said if text.strip()
    )
    return tree


def _observed_by(study: DicomStudy) -> ObservationContext:
    """The software; nobody has signed yet."""
    name, _, version = study.software.rpartition(" ")
    device = DeviceObserverIdentifyingAttributes(
        uid=derived_uid("device", study.software),
        name=long_string(name),
        manufacturer_name=MANUFACTURER,
        model_name=long_string(f"{name} {version}, knowledge {study.knowledge_version}"),
    )
    return ObservationContext(observer_device_context=ObserverContext(CodedConcept("121007", "DCM", "Device"), device))


def _local_scheme() -> Dataset:
    """Says openly that these codes are our own."""
    item = Dataset()
    item.CodingSchemeDesignator = LOCAL_NAME
    item.CodingSchemeUID = LOCAL.removeprefix("urn:oid:")
    item.CodingSchemeName = "Private codes of IronReport: no public code for iron by MRI was found"
    item.CodingSchemeResponsibleOrganization = MANUFACTURER
    return item


def _evidence(study: DicomStudy, assessment: Assessment, origins: Mapping[str, DicomOrigin]) -> list[Dataset]:
    """All images the tree points to, by series; nothing without images."""
    by_series: dict[str, list[SourceImage]] = {}
    for finding in assessment.findings:
        origin = origins.get(finding.organ)
        if origin and (images := measured_images(finding, origin)):
            by_series.setdefault(origin.series_uid, []).extend(images)
    if not by_series:
        return []
    item = Dataset()
    item.StudyInstanceUID = study.uid
    item.ReferencedSeriesSequence = [_series_item(uid, images) for uid, images in by_series.items()]
    return [item]


def _series_item(uid: str, images: Iterable[SourceImage]) -> Dataset:
    item = Dataset()
    item.SeriesInstanceUID = uid
    item.ReferencedSOPSequence = files_of(images)
    return item
