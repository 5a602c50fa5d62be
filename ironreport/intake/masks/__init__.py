"""Masks drawn elsewhere: each format to pixels of the one series it fits, or refused by name, never shifted."""

from ironreport.intake.masks.found import FoundMask
from ironreport.intake.masks.opening import MasksFound, masks_of, read_masks

__all__ = ["FoundMask", "MasksFound", "masks_of", "read_masks"]
