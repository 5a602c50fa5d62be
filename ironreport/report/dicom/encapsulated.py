"""The printed report as a DICOM object: the PDF, whole, in the study of its images."""

from __future__ import annotations

from collections.abc import Iterable

from pydicom.uid import EncapsulatedPDFStorage

from ironreport.records import SourceImage
from ironreport.report.dicom.study import DicomStudy, Product, code_item, file_bytes, files_of

DOCUMENT = Product("pdf", EncapsulatedPDFStorage, "DOC", 9002, "IronReport PDF")
TITLE = "MRI iron report"


def pdf_object_bytes(study: DicomStudy, pdf: bytes, sources: Iterable[SourceImage] = ()) -> bytes:
    """The PDF in an Encapsulated PDF object.

    Parameters
    ----------
    pdf : bytes
        Stored as it is; a byte is added where DICOM asks for an even length, and the true length is said.
    sources : iterable of SourceImage
        Images the report rests on, none for typed numbers.
    """
    dataset = study.header(DOCUMENT)
    dataset.ConversionType = "WSD"
    dataset.AcquisitionDateTime = ""
    dataset.BurnedInAnnotation = "YES"
    dataset.VerificationFlag = "UNVERIFIED"
    dataset.DocumentTitle = TITLE
    dataset.ConceptNameCodeSequence = [code_item("18748-4", "LN", "Diagnostic imaging report")]
    dataset.MIMETypeOfEncapsulatedDocument = "application/pdf"
    if found := files_of(sources):
        dataset.SourceInstanceSequence = found
    dataset.EncapsulatedDocumentLength = len(pdf)
    dataset.EncapsulatedDocument = pdf + b"\0" * (len(pdf) % 2)
    return file_bytes(dataset)
