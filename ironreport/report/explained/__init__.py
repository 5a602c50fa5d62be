"""What a number means, in plain words: its term, its formula with the patient's own numbers, and the short answer."""
