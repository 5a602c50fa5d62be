"""Volumes that are no DICOM, opened within limits: NIfTI and NRRD."""
