"""The files of the sample exams, made again from their truth."""

from __future__ import annotations

import io
import zipfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ironreport.phantom import REGIONS, Phantom
from ironreport.synthetic import TE_MS, decay, decay_text, noisy_magnitude, write_dicom_exam

_RECIPE = "python -m ironreport.synthetic sample_data"
_HEAD = f"""\
# The truth this sample was made from. Written again by: {_RECIPE}
"""


@dataclass(frozen=True, slots=True)
class SignalSample:
    """One table of numbers and the truth behind it; ``noise_sd`` in the unit of ``s0``."""

    folder: str
    organ: str
    te_ms: tuple[float, ...]
    t2star_ms: float
    tolerance_percent: float
    s0: float = 1000.0
    noise_sd: float = 2.0
    field_tesla: float = 1.5
    seed: int = 20261101

    def files(self) -> dict[str, bytes]:
        """Content by path below the folder of samples."""
        clean = decay(self.te_ms, self.s0, self.t2star_ms)
        signal = noisy_magnitude(clean, self.noise_sd, np.random.default_rng(self.seed))
        text = decay_text(self.te_ms, signal)
        return {f"{self.folder}/signal.csv": text.encode(), f"{self.folder}/expected.toml": self._truth().encode()}

    def _truth(self) -> str:
        return f"""{_HEAD}\
file = "signal.csv"
organ = "{self.organ}"
field_tesla = {self.field_tesla}
t2star_ms = {self.t2star_ms}
tolerance_percent = {self.tolerance_percent}

[recipe]
model = "S0 exp(-TE / T2*), Rician noise"
te_ms = {list(self.te_ms)}
s0 = {self.s0}
noise_sd = {self.noise_sd}
seed = {self.seed}
"""


SIGNAL_SAMPLES = (
    SignalSample("liver_1t5_heavy", "liver", TE_MS, t2star_ms=3.0, tolerance_percent=2.0),
    SignalSample(
        "heart_1t5_severe",
        "heart",
        tuple(round(2.0 + 2.2 * k, 1) for k in range(8)),
        t2star_ms=8.0,
        tolerance_percent=2.0,
    ),
)
PHANTOM_FOLDER = "phantom_1t5_dicom"
_PHANTOM_FIELD_TESLA = 1.5
# Mean of some tens to hundreds of pixels; the liver's late echoes come close to the noise.
_PHANTOM_TOLERANCE_PERCENT = {"liver": 3.0, "spleen": 3.0, "heart": 3.0}


def sample_files() -> dict[str, bytes]:
    """Content of all generated sample files by path below the folder of samples."""
    files = {path: content for sample in SIGNAL_SAMPLES for path, content in sample.files().items()}
    files[f"{PHANTOM_FOLDER}/exam.zip"] = zipped(write_dicom_exam(Phantom(), field_tesla=_PHANTOM_FIELD_TESLA))
    files[f"{PHANTOM_FOLDER}/expected.toml"] = _phantom_truth(Phantom()).encode()
    return files


def zipped(files: dict[str, bytes]) -> bytes:
    """Zip archive with fixed dates, in the order given."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name, content in files.items():
            archive.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED)
    return stream.getvalue()


def write_samples(folder: Path) -> None:
    """Write all generated sample files below a folder."""
    for path, content in sample_files().items():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)


def _phantom_truth(phantom: Phantom) -> str:
    head = f"""{_HEAD}\
file = "exam.zip"
field_tesla = {_PHANTOM_FIELD_TESLA}

[recipe]
model = "S0 exp(-TE / T2*) in each pixel, Rician noise"
te_ms = {list(TE_MS)}
noise_sd = {phantom.noise_sd}
seed = {phantom.seed}
"""
    return head + "".join(_organ_truth(phantom, organ) for organ in REGIONS)


def _organ_truth(phantom: Phantom, organ: str) -> str:
    place = REGIONS[organ]
    return f"""
[[organs]]
organ = "{organ}"
t2star_ms = {phantom.t2star_ms(organ)}
tolerance_percent = {_PHANTOM_TOLERANCE_PERCENT[organ]}

[organs.region]
shape = "{place.shape}"
row = {place.row}
column = {place.column}
height = {place.height}
width = {place.width}
slice_index = {place.slice_index}
"""
