"""The exam file: one readable JSON text, checked on the way in, its doubts found anew, its changes said."""

from ironreport.exam.exam_saving import exam_file_name, is_of_another_exam, save_exam
from ironreport.exam.exam_text import LARGEST_FILE_BYTES
from ironreport.exam.reopening import open_exam
from ironreport.exam.versions import FORMAT, MIGRATIONS, VERSION

__all__ = [
    "FORMAT",
    "LARGEST_FILE_BYTES",
    "MIGRATIONS",
    "VERSION",
    "exam_file_name",
    "is_of_another_exam",
    "open_exam",
    "save_exam",
]
