"""Damaged exam files by the thousand: each opens, or is refused with a sentence and its cure."""
