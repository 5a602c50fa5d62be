"""Where a fit is known to go wrong: images of known truth, what the program says of them, and what it should."""
