"""What ``import ironreport as ir`` offers: a folder read, a region measured, a report written, in a line each."""

from ironreport.library.assessing import assess, report
from ironreport.library.measuring import MeasuredOrgan, measure, signal
from ironreport.library.reading import OpenedExam, OpenedSeries, read
from ironreport.library.reporting import Report

__all__ = [
    "MeasuredOrgan",
    "OpenedExam",
    "OpenedSeries",
    "Report",
    "assess",
    "measure",
    "read",
    "report",
    "signal",
]
