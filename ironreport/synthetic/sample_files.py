"""The files of the sample exams, made again from their truth."""

from __future__ import annotations

import io
import zipfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ironreport.records import Region
from ironreport.synthetic.acquisition import Recipe
from ironreport.synthetic.decays import TE_MS, decay, decay_text, noisy_magnitude
from ironreport.synthetic.examination import SyntheticExam, synthetic_exam
from ironreport.synthetic.phantom import REGIONS, Phantom
from ironreport.synthetic.phantom_exam import write_dicom_exam
from ironreport.writing import write_whole

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


@dataclass(frozen=True, slots=True)
class ImageSample:
    """One exam of images as a vendor writes it, with the truth behind it."""

    folder: str
    vendor: str
    organ: str
    recipe: Recipe
    tolerance_percent: float

    def files(self) -> dict[str, bytes]:
        """Content by path below the folder of samples."""
        exam = synthetic_exam(self.vendor, self.organ, self.recipe)
        return {
            f"{self.folder}/exam.zip": zipped(exam.files),
            f"{self.folder}/expected.toml": self._truth(exam).encode(),
            f"{self.folder}/truth.json": f"{exam.truth.json()}\n".encode(),
        }

    def _truth(self, exam: SyntheticExam) -> str:
        recipe, truth = self.recipe, exam.truth
        head = f"""{_HEAD}\
file = "exam.zip"
field_tesla = {recipe.field_tesla}

[recipe]
model = "S0 exp(-TE / T2*) in each pixel, Rician noise; all of it in truth.json"
te_ms = {list(truth.te_ms)}
noise_sd = {recipe.noise_sd}
seed = {recipe.seed}
"""
        first = [(name, regions[0]) for name, regions in truth.locations.items()]
        return head + "".join(
            _location_truth(self.organ, recipe.relaxation_ms, self.tolerance_percent, region, name)
            for name, region in first
        )


IMAGE_SAMPLES = (
    ImageSample("liver_1t5_siemens", "siemens", "liver", Recipe(3.5, phase=False), tolerance_percent=3.0),
    ImageSample("heart_1t5_ge", "ge", "heart", Recipe(9.0, n_slices=1), tolerance_percent=5.0),
    ImageSample(
        "pancreas_1t5_philips_enhanced", "philips-enhanced", "pancreas", Recipe(14.0, n_slices=1), tolerance_percent=5.0
    ),
)
PHANTOM_FOLDER = "phantom_1t5_dicom"
_PHANTOM_FIELD_TESLA = 1.5
# Mean of some tens to hundreds of pixels; the liver's late echoes come close to the noise.
_PHANTOM_TOLERANCE_PERCENT = {"liver": 3.0, "spleen": 3.0, "heart": 3.0}


def sample_files() -> dict[str, bytes]:
    """Content of all generated sample files by path below the folder of samples."""
    files = {path: content for sample in SIGNAL_SAMPLES for path, content in sample.files().items()}
    for image_sample in IMAGE_SAMPLES:
        files.update(image_sample.files())
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
        write_whole(target, content)


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
    return _location_truth(organ, phantom.t2star_ms(organ), _PHANTOM_TOLERANCE_PERCENT[organ], REGIONS[organ])


def _location_truth(organ: str, t2star_ms: float, tolerance_percent: float, place: Region, location: str = "") -> str:
    named = f'location = "{location}"\n' if location else ""
    return f"""
[[organs]]
organ = "{organ}"
{named}t2star_ms = {t2star_ms}
tolerance_percent = {tolerance_percent}

[organs.region]
shape = "{place.shape}"
row = {place.row}
column = {place.column}
height = {place.height}
width = {place.width}
slice_index = {place.slice_index}
"""
