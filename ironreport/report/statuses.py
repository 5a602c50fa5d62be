"""How much of a source was read, in words that no reader takes for a grade of recommendation."""

STATUS = {
    "A": "source read",
    "B": "source quoted",
    "C": "not confirmed",
    "derived": "derived by us",
    "definition": "definition",
    "rejected": "known wrong",
}


def status_of(evidence: str) -> str:
    """The status of an entry in words.

    >>> status_of("A"), status_of("derived")
    ('source read', 'derived by us')
    """
    return STATUS.get(evidence, evidence)
