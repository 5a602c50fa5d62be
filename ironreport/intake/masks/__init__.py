"""Masks drawn elsewhere: each format to pixels of the one series it fits, or refused by name, never shifted."""

from ironreport.intake.masks.found import FoundMask
from ironreport.intake.masks.opening import MasksFound, masks_of, read_masks
from ironreport.intake.masks.upload import Upload, read_upload

__all__ = ["FoundMask", "MasksFound", "Upload", "masks_of", "read_masks", "read_upload"]
