"""Everything that comes in: pasted numbers, tables and DICOM images, made into signals."""

from ironreport.intake.regions import display_window, region_mask, region_signal, slice_picture
from ironreport.intake.series import ReadResult, read_series
from ironreport.intake.text import parse_file, parse_table

__all__ = [
    "ReadResult",
    "display_window",
    "parse_file",
    "parse_table",
    "read_series",
    "region_mask",
    "region_signal",
    "slice_picture",
]
