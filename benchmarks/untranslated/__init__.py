"""Which sentences of the program have no translation yet, and catalogues brought up to date."""
