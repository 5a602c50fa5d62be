"""What goes back into the study of the images: structured report, printed report, maps and pictures as DICOM."""

from ironreport.report.dicom.objects import DicomExport, to_dicom

__all__ = ["DicomExport", "to_dicom"]
