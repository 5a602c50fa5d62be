"""Signals of a synthetic body: decay or inversion recovery, fat, vessels, coil shading, motion and noise."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.ndimage import gaussian_filter

from ironreport.records import FloatArray
from ironreport.synthetic.anatomy import N_PIXELS, TISSUES, Anatomy, Mask

ComplexArray = npt.NDArray[np.complex128]

MHZ_PER_TESLA = 42.577
"""Proton gyromagnetic ratio over 2 pi (CODATA)."""
WATER_PPM = 4.70
FAT_PPM = np.array([5.30, 4.20, 2.75, 2.10, 1.30, 0.90])
FAT_AREA = np.array([0.047, 0.039, 0.006, 0.120, 0.700, 0.088])
"""Shifts and relative areas of the triglyceride peaks of human liver (Hamilton G, NMR Biomed 2011;24:784).

They stand here again, apart from the fit's own, so that a mistake in those cannot hide in the truth it is tested on.
"""

_OFF_RESONANCE_HZ = 30.0
_TEXTURE_SHARE, _TEXTURE_PIXELS = 0.04, 1.5
_GHOST_ROWS = N_PIXELS // 6
_MOLLI_RATIO = 1.9
"""B/A of A - B exp(-TI/T1*); T1 = T1* (B/A - 1) (Messroghli DR, Magn Reson Med 2004;52:141)."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """How an exam is made; the same recipe gives the same bytes.

    Parameters
    ----------
    relaxation_ms : float
        True T2* of the organ: T2 where the exam is a spin echo, T1 where it is an inversion recovery.
    te_ms : tuple of float
        Echo times [ms]; those usual for the organ where empty. The first alone counts for inversion recovery.
    ti_ms : tuple of float
        Inversion times [ms]; empty for a decay.
    look_locker : bool
        Inversion recovery read out as MOLLI does: one series, apparent T1* shorter than T1.
    noise_sd : float
        Noise in each channel of each coil, in the unit of the images; coils are combined by root sum of squares.
    fat_fraction : float
        Fat share of the organ's signal at TE 0.
    vessel_share : float
        Share of vessel pixels, both inside each location and in the rest of the organ.
    bad_echo : int or None
        Index of an echo spoilt by motion.
    shading : float
        How much weaker the coil sees the far side of the body, 0 to 1.
    phase : bool
        With the phase images, or what the vendor stores instead; left out where it stores none.
    scaled_each : bool
        Philips: each image scaled to its own maximum, so that slopes differ from echo to echo.
    """

    relaxation_ms: float
    te_ms: tuple[float, ...] = ()
    ti_ms: tuple[float, ...] = ()
    look_locker: bool = False
    field_tesla: float = 1.5
    n_slices: int = 3
    noise_sd: float = 8.0
    n_coils: int = 1
    fat_fraction: float = 0.0
    vessel_share: float = 0.0
    bad_echo: int | None = None
    shading: float = 0.0
    phase: bool = True
    scaled_each: bool = False
    seed: int = 20261101


@dataclass(frozen=True, slots=True, eq=False)
class Acquired:
    """Images of an exam and where its organ lies.

    Parameters
    ----------
    magnitude, phase_rad : ndarray, shape (n_slices, n_images, N_PIXELS, N_PIXELS)
        One image for each echo or inversion time.
    outline : ndarray of bool, shape (n_slices, N_PIXELS, N_PIXELS)
        The organ with the vessels sown into it, as a reader would outline it.
    vessels : ndarray of bool, same shape
        The vessels sown into it.
    """

    magnitude: FloatArray
    phase_rad: FloatArray
    outline: Mask
    vessels: Mask


def fat_phasor(te_ms: Sequence[float], field_tesla: float) -> ComplexArray:
    """Signal of pure fat relative to pure water without decay, shape (n_echoes,).

    >>> abs(fat_phasor([0.0, 2.3], 1.5)).round(2).tolist()
    [1.0, 0.8]
    """
    cycles_per_ms = (FAT_PPM - WATER_PPM) * MHZ_PER_TESLA * field_tesla / 1000.0
    return np.asarray(np.exp(2j * np.pi * np.outer(te_ms, cycles_per_ms)) @ FAT_AREA)


def acquire(anatomy: Anatomy, recipe: Recipe) -> Acquired:
    """Images of a body as a scanner would give them."""
    rng = np.random.default_rng(recipe.seed)
    tissue = anatomy.tissue_map(recipe.n_slices)
    outline = tissue == anatomy.organ
    vessels = _sown_vessels(anatomy, outline, recipe.vessel_share, rng)
    tissue[vessels] = "blood"
    clean = _weighted(_clean(anatomy, tissue, recipe), recipe, rng)
    if recipe.bad_echo is not None:
        clean[:, recipe.bad_echo] = _moved(clean[:, recipe.bad_echo])
    return Acquired(*_received(clean, recipe, rng), outline, vessels)


def _sown_vessels(anatomy: Anatomy, outline: Mask, share: float, rng: np.random.Generator) -> Mask:
    """Round vessels of 3 to 7 pixels across until each location and the rest of the organ hold the share asked for."""
    found = np.zeros_like(outline)
    for k, organ in enumerate(outline):
        inside = np.zeros_like(organ)
        for location in anatomy.locations:
            place = location.region(k)
            inside |= organ & _disc(place.row, place.column, place.height, place.width)
        for pixels in (inside, organ & ~inside):
            found[k] |= _sown(pixels, round(share * int(pixels.sum())), rng)
    return found


def _sown(pixels: Mask, n_wanted: int, rng: np.random.Generator) -> Mask:
    """Exactly ``n_wanted`` of the pixels, in round heaps; the last heap is cut short."""
    found, places = np.zeros_like(pixels), np.argwhere(pixels)
    while (missing := n_wanted - int(found.sum())) > 0:
        row, column = places[rng.integers(len(places))]
        width = rng.uniform(3.0, 7.0)
        new = np.argwhere(_disc(row, column, width, width) & pixels & ~found)[:missing]
        found[tuple(new.T)] = True
    return found


def _disc(row: float, column: float, height: float, width: float) -> Mask:
    rows, columns = np.mgrid[:N_PIXELS, :N_PIXELS]
    return np.asarray(((rows - row) / (height / 2)) ** 2 + ((columns - column) / (width / 2)) ** 2 <= 1.0)


def _clean(anatomy: Anatomy, tissue: npt.NDArray[np.str_], recipe: Recipe) -> ComplexArray:
    """Signal of each pixel without noise, shape (n_slices, n_images, N_PIXELS, N_PIXELS)."""
    te_ms = recipe.te_ms or anatomy.te_ms
    times = len(recipe.ti_ms) or len(te_ms)
    found = np.zeros((recipe.n_slices, times, N_PIXELS, N_PIXELS), dtype=np.complex128)
    for name in (name for name in np.unique(tissue) if name):
        curve = _curve(anatomy, str(name), te_ms, recipe)
        found += curve[None, :, None, None] * (tissue == name)[:, None]
    return found


def _curve(anatomy: Anatomy, name: str, te_ms: tuple[float, ...], recipe: Recipe) -> ComplexArray:
    """Signal of one tissue at each echo or inversion time."""
    tissue, is_organ = TISSUES[name], name == anatomy.organ
    if recipe.ti_ms:
        return tissue.s0 * _recovery(recipe.relaxation_ms if is_organ else tissue.t1_ms, recipe)
    te, usual_ms = np.asarray(te_ms), tissue.t2_ms if anatomy.spin_echo else tissue.t2star_ms
    decay = np.exp(-te / (recipe.relaxation_ms if is_organ else usual_ms))
    fat = recipe.fat_fraction if is_organ else tissue.fat_fraction
    # a spin echo brings fat and water, and what is off resonance, back in phase
    in_phase = np.ones(len(te)) if anatomy.spin_echo else 1.0 - fat + fat * fat_phasor(te_ms, recipe.field_tesla)
    turns = 0.0 if anatomy.spin_echo else _OFF_RESONANCE_HZ * te / 1000.0
    return np.asarray(tissue.s0 * decay * in_phase * np.exp(2j * np.pi * turns), dtype=np.complex128)


def _recovery(t1_ms: float, recipe: Recipe) -> ComplexArray:
    """Recovery of a unit signal after inversion, with its sign."""
    ti, ratio = np.asarray(recipe.ti_ms), _MOLLI_RATIO if recipe.look_locker else 2.0
    apparent_ms = t1_ms / (ratio - 1.0)
    return np.asarray(1.0 - ratio * np.exp(-ti / apparent_ms), dtype=np.complex128)


def _weighted(clean: ComplexArray, recipe: Recipe, rng: np.random.Generator) -> ComplexArray:
    """The signal with the fine unevenness of tissue, and as one surface coil in front sees it."""
    grain = gaussian_filter(
        rng.normal(size=(recipe.n_slices, N_PIXELS, N_PIXELS)), (0, _TEXTURE_PIXELS, _TEXTURE_PIXELS)
    )
    grain *= _TEXTURE_SHARE / grain.std()
    far = np.linspace(0.0, 1.0, N_PIXELS)[:, None]
    return np.asarray(clean * (1.0 + grain)[:, None] * (1.0 - recipe.shading * far))


def _moved(image: ComplexArray) -> ComplexArray:
    """Images with the two ghosts of a breath in the phase direction."""
    ghosts = np.roll(image, _GHOST_ROWS, axis=-2) + np.roll(image, -_GHOST_ROWS, axis=-2)
    return np.asarray(0.7 * image + 0.3 * ghosts)


def _received(clean: ComplexArray, recipe: Recipe, rng: np.random.Generator) -> tuple[FloatArray, FloatArray]:
    """Magnitude by root sum of squares and phase of the sum, of coils that see alike and have noise of their own."""
    power, total = np.zeros(clean.shape), np.zeros_like(clean)
    for _ in range(recipe.n_coils):
        real, imaginary = rng.normal(0.0, recipe.noise_sd, (2, *clean.shape))
        seen = clean / np.sqrt(recipe.n_coils) + real + 1j * imaginary
        power += np.abs(seen) ** 2
        total += seen
    return np.sqrt(power), np.angle(total)
