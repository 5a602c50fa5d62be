"""Everything that comes in: pasted numbers, tables and DICOM images, made into signals."""

from ironreport.intake.exams import ExamFound
from ironreport.intake.listing import listing, listing_lines, suggested_use
from ironreport.intake.regions import display_window, region_mask, region_pixels, region_signal, slice_picture
from ironreport.intake.series import ReadResult, read_series
from ironreport.intake.sides import patient_sides
from ironreport.intake.text import number_doubts, parse_file, parse_table

__all__ = [
    "ExamFound",
    "ReadResult",
    "display_window",
    "listing",
    "listing_lines",
    "number_doubts",
    "parse_file",
    "parse_table",
    "patient_sides",
    "read_series",
    "region_mask",
    "region_pixels",
    "region_signal",
    "slice_picture",
    "suggested_use",
]
