"""Numbers of another report as people type or paste them: one field, or one sentence for all."""

from ironreport.intake.printed.printed_number import PrintedNumber, chosen, read_printed_number, settled
from ironreport.intake.printed.printed_sentence import (
    PrintedSentence,
    mentioned,
    of_one_organ,
    read_recommendation,
    read_sentence,
)

__all__ = [
    "PrintedNumber",
    "PrintedSentence",
    "chosen",
    "mentioned",
    "of_one_organ",
    "read_printed_number",
    "read_recommendation",
    "read_sentence",
    "settled",
]
