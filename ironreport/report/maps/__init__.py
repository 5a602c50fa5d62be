"""A map as people look at it: its colours, its scale with the class limits, and the picture of it."""
