"""A search for a normal class that is false: acquisitions, tissues and faults drawn at random."""
