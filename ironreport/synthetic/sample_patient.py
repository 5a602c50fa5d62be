"""The patient of the sample exam: images of a visit whose truth is known, and the curves of two visits before."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ironreport.records import DecaySignal, Region
from ironreport.synthetic.decays import TE_MS, decay, noisy_magnitude
from ironreport.synthetic.phantom import REGIONS, Phantom, Tissue
from ironreport.synthetic.phantom_exam import write_dicom_exam

FIELD_TESLA = 1.5
PANCREAS = Region("ellipse", row=64.0, column=78.0, height=8.0, width=14.0, slice_index=0)
PLACES = (
    ("heart", "septum", REGIONS["heart"]),
    ("liver", "right lobe", REGIONS["liver"]),
    ("pancreas", "body", PANCREAS),
)
"""Organ, location and region of what is drawn on the images."""
EARLIER_T2STAR_MS = (
    ("2024-10-29", (("heart", 5.4), ("liver", 1.9), ("pancreas", 10.0))),
    ("2025-11-03", (("heart", 6.6), ("liver", 2.4), ("pancreas", 12.0))),
)
"""Truth of the visits before, by date and organ [ms]."""
_EARLIER_NOISE_SD = 2.0
_EARLIER_S0 = 1000.0


@dataclass(frozen=True, slots=True)
class SamplePatient(Phantom):
    """The torso of the phantom with a pancreas between liver and spleen."""

    liver_t2star_ms: float = 3.0
    heart_t2star_ms: float = 8.1
    pancreas_t2star_ms: float = 14.0

    def tissues(self) -> tuple[Tissue, ...]:
        """All tissues in the order in which they cover each other."""
        around = Region("ellipse", row=64.0, column=78.0, height=14.0, width=20.0, slice_index=0)
        return (*Phantom.tissues(self), Tissue("pancreas", around, 800.0, self.pancreas_t2star_ms))


def sample_patient_files() -> list[tuple[str, bytes]]:
    """Name and content of the DICOM files of the sample patient's visit."""
    return list(write_dicom_exam(SamplePatient(), field_tesla=FIELD_TESLA).items())


def earlier_signals(t2star_ms: Sequence[tuple[str, float]]) -> tuple[DecaySignal, ...]:
    """The curves of an earlier visit by organ and true T2* [ms]."""
    draw = np.random.default_rng(SamplePatient().seed)
    return tuple(
        DecaySignal(
            organ=organ,
            te_ms=TE_MS,
            signal=tuple(map(float, noisy_magnitude(decay(TE_MS, _EARLIER_S0, t2star), _EARLIER_NOISE_SD, draw))),
            field_tesla=FIELD_TESLA,
            origin="sample, synthetic",
        )
        for organ, t2star in t2star_ms
    )
