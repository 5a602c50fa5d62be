"""What the program says, said in the reader's language on its way out.

English is what the program computes with, keeps and compares. ``said`` stands at the doors of screen and print and
looks there for the sentence in a catalogue of gettext; what is not found is shown in English and counted.
"""

from ironreport.language.speech import ENGLISH, said, speaking, spoken_here, unsaid

__all__ = ["ENGLISH", "said", "speaking", "spoken_here", "unsaid"]
