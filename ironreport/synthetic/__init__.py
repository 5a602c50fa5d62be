"""Signals and DICOM exams from known truth: samples, teaching, tests.

The same arguments give the same bytes: noise comes from fixed seeds, unique identifiers from the content.
``python -m ironreport.synthetic sample_data`` writes the sample exams again.
"""

from ironreport.synthetic.decays import TE_MS, decay, decay_text, noisy_magnitude
from ironreport.synthetic.phantom_exam import write_dicom_exam, write_enhanced_exam

__all__ = ["TE_MS", "decay", "decay_text", "noisy_magnitude", "write_dicom_exam", "write_enhanced_exam"]
