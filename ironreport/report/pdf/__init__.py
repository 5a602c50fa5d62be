"""The printed report, drawn by reportlab: one description in, bytes of a PDF out."""

from ironreport.report.pdf.document import PAGE_SIZES, Form, PageSize, file_name, write_pdf

__all__ = ["PAGE_SIZES", "Form", "PageSize", "file_name", "write_pdf"]
