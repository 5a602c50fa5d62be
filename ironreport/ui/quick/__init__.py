"""The Quick check page: one box, the answer first, and the facts that decide beside it."""
