"""Pasted and uploaded tables: lines, columns, and every way in which they can be read."""
