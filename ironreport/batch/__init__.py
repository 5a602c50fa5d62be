"""Many exams in one run: told apart, each measured by one pure function, on one process or on many."""

from ironreport.batch.batch_jobs import BatchJob, BatchOptions
from ironreport.batch.batch_run import BatchSummary, run_batch, run_clinic
from ironreport.batch.exam_outcome import ExamOutcome, Reason
from ironreport.batch.measured_exam import measured_exam

__all__ = [
    "BatchJob",
    "BatchOptions",
    "BatchSummary",
    "ExamOutcome",
    "Reason",
    "measured_exam",
    "run_batch",
    "run_clinic",
]
