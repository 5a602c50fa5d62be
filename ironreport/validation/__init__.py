"""A site's own validation: how well two scans, readers or scanners agree, and how near a phantom comes to the truth."""

from ironreport.validation.agreement import KINDS, Agreement, Kind, Pair, agreement
from ironreport.validation.pair_reading import pairs_of_exams, read_pairs
from ironreport.validation.validation_words import sentence, settings_entry, table

__all__ = [
    "KINDS",
    "Agreement",
    "Kind",
    "Pair",
    "agreement",
    "pairs_of_exams",
    "read_pairs",
    "sentence",
    "settings_entry",
    "table",
]
