"""What is said of an exam, and its drawing as PDF."""

from ironreport.report.describing import describe

__all__ = ["describe"]
