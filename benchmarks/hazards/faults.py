"""What goes wrong on a real day, each as a function of a drawn scan: the signal it leaves, whose class is never normal.

Every tissue here is loaded (heart T2* 2 to 15 ms, liver 0.4 to 6 ms at 1.5 T), so a normal class is always a false one.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from ironreport.errors import IronReportError
from ironreport.intake import parse_table
from ironreport.measure import measure
from ironreport.records import DecaySignal, EchoSeries, FloatArray, Region, Technique

SIDE = 64
"""Rows and columns of a simulated slice: tissue in the middle, air around it."""


@dataclass(frozen=True, slots=True)
class Scan:
    """One drawn acquisition of one drawn tissue.

    ``sd`` is the noise of one pixel in one channel for a signal of ``s0`` at TE 0; ``n_pixels`` pixels make a region.
    """

    organ: str
    te_ms: FloatArray
    t2star_ms: float
    s0: float
    sd: float
    n_pixels: int
    rng: np.random.Generator

    def clean(self, t2star_ms: float | None = None) -> FloatArray:
        """Signal without noise at each echo."""
        return np.asarray(self.s0 * np.exp(-self.te_ms / (t2star_ms or self.t2star_ms)))

    def magnitudes(self, clean: FloatArray) -> FloatArray:
        """Magnitudes of pixels about a clean signal, shape (n_pixels, n_echoes)."""
        real, imaginary = self.rng.normal(0.0, self.sd, (2, self.n_pixels, len(self.te_ms)))
        return np.asarray(np.hypot(clean + real, imaginary))

    def curve(self, clean: FloatArray) -> FloatArray:
        """Mean magnitude of the region at each echo."""
        return np.asarray(self.magnitudes(clean).mean(axis=0))

    def slow(self) -> float:
        """T2* [ms] of a tissue with little iron."""
        return float(self.rng.uniform(20.0, 40.0))


def drawn(rng: np.random.Generator) -> Scan:
    """A scan as clinics make them, and its tissue."""
    organ = str(rng.choice(["heart", "liver"]))
    first, step = (rng.uniform(1.0, 3.0), rng.uniform(1.0, 3.0)) if organ == "heart" else rng.uniform(0.7, 2.5, 2)
    te_ms = np.round(first + step * np.arange(rng.integers(3, 17)), 2)
    low, high = (2.0, 15.0) if organ == "heart" else (0.4, 6.0)
    t2star_ms = float(np.exp(rng.uniform(np.log(low), np.log(high))))
    s0 = float(np.exp(rng.uniform(np.log(50.0), np.log(5000.0))))
    n_pixels = int(rng.integers(20, 150))
    return Scan(organ, te_ms, t2star_ms, s0, s0 / float(rng.uniform(10.0, 150.0)), n_pixels, rng)


# ------------------------------------------------------------------------------ doors into the program


def by_curve(scan: Scan, signal: FloatArray, te_ms: FloatArray | None = None) -> DecaySignal:
    """A curve as it is typed, without a word on it."""
    te = scan.te_ms if te_ms is None else te_ms
    return DecaySignal(scan.organ, tuple(te.tolist()), tuple(np.round(signal, 2).tolist()), field_tesla=1.5)


def by_text(scan: Scan, lines: list[str]) -> DecaySignal | None:
    """A table as it is pasted; None where it is refused."""
    try:
        table = parse_table("\n".join(lines))
    except IronReportError:
        return None
    return DecaySignal(scan.organ, table.te_ms, table.signal, field_tesla=1.5, cautions=table.cautions)


def by_pixels(scan: Scan, clean: FloatArray) -> DecaySignal | None:
    """A region drawn in images whose tissue has this clean signal, shape (n_echoes,) or (n_pixels, n_echoes)."""
    rows = int(np.sqrt(scan.n_pixels))
    scan = replace(scan, n_pixels=rows * rows)
    tissue = clean if clean.ndim == 2 else scan.magnitudes(clean)
    return of_values(scan, tissue[: rows * rows])


def of_values(scan: Scan, values: FloatArray, air: FloatArray | None = None) -> DecaySignal | None:
    """A region drawn over given values, shape (rows * rows, n_echoes), in ``air`` of shape (4096, n_echoes)."""
    rows = int(np.sqrt(len(values)))
    if air is None:
        air = replace(scan, n_pixels=SIDE * SIDE).magnitudes(np.zeros(len(scan.te_ms)))
    images = air.T.reshape(-1, SIDE, SIDE)
    start = (SIDE - rows) // 2
    images[:, start : start + rows, start : start + rows] = values[: rows * rows].T.reshape(-1, rows, rows)
    series = EchoSeries(
        key="search", label="1", images=np.round(images)[None].astype(np.float32), contrast="T2*", field_tesla=1.5,
        pixel_spacing_mm=(1.5, 1.5), slice_positions_mm=(0.0,), technique=Technique(), patient_key="p", study_key="s",
        te_ms=tuple(scan.te_ms.tolist()),
    )  # fmt: skip
    middle = start + rows / 2 - 0.5
    try:
        return measure(series, Region("rectangle", middle, middle, rows, rows, 0), scan.organ)
    except IronReportError:
        return None


# ------------------------------------------------------------------------------------------ the faults

Fault = Callable[[Scan], DecaySignal | None]


def _late(scan: Scan) -> Scan:
    """The scan with a first echo after which little of a loaded tissue is left."""
    te_ms = scan.te_ms - scan.te_ms[0] + scan.rng.uniform(3.0, 8.0)
    return replace(scan, te_ms=np.round(te_ms, 2), t2star_ms=float(scan.rng.uniform(0.4, 1.5)))


def _clipped(scan: Scan) -> FloatArray:
    """Pixels whose bright end is cut off: by a windowed export, a filled converter, too few bits."""
    values = scan.magnitudes(scan.clean())
    return np.minimum(values, np.quantile(values, scan.rng.uniform(0.3, 0.95)))


def _two_halves(scan: Scan) -> FloatArray:
    """A train whose later echoes are of another series or tissue."""
    n_echoes = len(scan.te_ms)
    cut = int(scan.rng.integers(2, n_echoes - 1)) if n_echoes > 3 else 2
    return np.where(np.arange(len(scan.te_ms)) < cut, scan.clean(), scan.clean(scan.slow()))


def _interleaved(scan: Scan) -> FloatArray:
    """Every other echo of another series."""
    return np.where(np.arange(len(scan.te_ms)) % 2 == 0, scan.clean(), scan.clean(scan.slow()))


def _of_real(scan: Scan) -> FloatArray:
    """Magnitudes of real images, whose sign turns with the phase."""
    turned = np.cos(2.0 * np.pi * scan.rng.uniform(-120.0, 120.0) * scan.te_ms / 1000.0 + scan.rng.uniform(0, 6.3))
    return np.abs(scan.clean() * turned)


def _edge(scan: Scan) -> FloatArray:
    """Pixels of a region of which a share lies in another tissue, side by side."""
    rows = int(np.sqrt(scan.n_pixels))
    inside = round(rows * scan.rng.uniform(0.25, 0.8))
    other = scan.clean(scan.slow()) * scan.rng.uniform(0.4, 1.5)
    grid = np.empty((rows, rows, len(scan.te_ms)))
    grid[:] = other
    grid[:, :inside] = scan.clean()
    noise = scan.rng.normal(0.0, scan.sd, (2, *grid.shape))
    return np.hypot(grid + noise[0], noise[1]).reshape(rows * rows, -1)


def _vessel(scan: Scan) -> FloatArray:
    """A curve of a region of which 5 to 35 % is a vessel or a duct, whose signal hardly falls."""
    slow = scan.clean(float(scan.rng.uniform(80.0, 200.0))) * scan.rng.uniform(0.5, 2.0)
    share = float(scan.rng.uniform(0.05, 0.35))
    return (1.0 - share) * scan.curve(scan.clean()) + share * scan.curve(slow)


def _over_a_constant(scan: Scan) -> FloatArray:
    """A curve over a constant of 2 to 100 % of its first signal: an intercept forgotten, light from elsewhere."""
    return scan.curve(scan.clean()) + scan.s0 * float(np.exp(scan.rng.uniform(np.log(0.02), 0.0)))


def _scaled_each(scan: Scan) -> DecaySignal | None:
    """A region in images of which each was scaled to its own brightest signals, wholly or in part."""
    values = scan.magnitudes(scan.clean())
    air = replace(scan, n_pixels=SIDE * SIDE).magnitudes(np.zeros(len(scan.te_ms)))
    scale = 1000.0 / np.quantile(values, 0.99, axis=0) ** scan.rng.uniform(0.3, 1.0)
    return of_values(scan, values * scale, air * scale)


def _lines(first: FloatArray, second: FloatArray, heading: str = "", digits: int = 2) -> list[str]:
    return [*([heading] if heading else []), *(f"{a:.6g}\t{b:.{digits}f}" for a, b in zip(first, second, strict=True))]


def _noise(scan: Scan) -> FloatArray:
    return np.zeros(len(scan.te_ms))


def _phase_noise(scan: Scan, n_pixels: int) -> FloatArray:
    """Noise of the angle [turns], which grows as the tissue fades, shape (n_pixels, n_echoes)."""
    per_signal = scan.sd / scan.clean() / (2.0 * np.pi)
    return np.asarray(scan.rng.normal(0.0, 1.0, (n_pixels, len(scan.te_ms))) * per_signal)


def _as_stored(turns: FloatArray) -> FloatArray:
    """Angles [turns] on a scanner's scale of 12 bits, where a whole turn starts anew."""
    return np.asarray((turns % 1.0) * 4095.0)


def _phase(scan: Scan) -> FloatArray:
    """Values of a phase image in one tissue of one field: a ramp that starts anew, wherever it begins."""
    width = float(np.exp(scan.rng.uniform(np.log(0.005), np.log(0.5))))
    begin = scan.rng.uniform(0.0, 1.0) + width * scan.rng.uniform(0.0, 1.0, (scan.n_pixels, 1))
    ramp = scan.rng.uniform(-60, 60) * scan.te_ms / 1000.0
    return _as_stored(begin + ramp + _phase_noise(scan, scan.n_pixels))


def _phase_of_a_body(scan: Scan) -> tuple[FloatArray, FloatArray]:
    """Values of a region in the middle of a phase image whose air is masked, and of the image, shape (4096, n)."""
    row, column = np.meshgrid(*[np.linspace(-1.0, 1.0, SIDE)] * 2, indexing="ij")
    radius = row**2 + column**2
    over_body = np.stack([np.ones_like(row), row, column, radius], axis=-1).reshape(-1, 4)
    begin = over_body @ (scan.rng.normal(0.0, 1.0, 4) * [1.0, 0.7, 0.7, 0.5])
    field_hz = over_body @ np.append(scan.rng.uniform(-60.0, 60.0), scan.rng.normal(0.0, 30.0, 3))
    turns = begin[:, np.newaxis] + field_hz[:, np.newaxis] * scan.te_ms / 1000.0
    image = _as_stored(turns + _phase_noise(scan, SIDE * SIDE))
    image[radius.ravel() > 0.8] = 0.0
    rows = int(np.sqrt(scan.n_pixels))
    middle = slice((SIDE - rows) // 2, (SIDE - rows) // 2 + rows)
    return image.reshape(SIDE, SIDE, -1)[middle, middle].reshape(rows * rows, -1), image


FAULTS: dict[str, Fault] = {
    "nothing, typed": lambda s: by_curve(s, s.curve(s.clean())),
    "nothing, images": lambda s: by_pixels(s, s.clean()),
    "noise only, typed": lambda s: by_curve(s, s.curve(_noise(s))),
    "noise only, images": lambda s: by_pixels(s, _noise(s)),
    "late first echo, typed": lambda s: by_curve(_late(s), s.curve(_late(s).clean()), _late(s).te_ms),
    "late first echo, images": lambda s: by_pixels(late := _late(s), late.clean()),
    "clipped, typed": lambda s: by_curve(s, _clipped(s).mean(axis=0)),
    "clipped, images": lambda s: of_values(s, _clipped(s)),
    "two halves, typed": lambda s: by_curve(s, s.curve(_two_halves(s))),
    "two halves, images": lambda s: by_pixels(s, _two_halves(s)),
    "interleaved, typed": lambda s: by_curve(s, s.curve(_interleaved(s))),
    "interleaved, images": lambda s: by_pixels(s, _interleaved(s)),
    "real images, typed": lambda s: by_curve(s, s.curve(_of_real(s))),
    "real images": lambda s: by_pixels(s, _of_real(s)),
    "phase images": lambda s: of_values(s, _phase(s), s.rng.uniform(0.0, 4095.0, (SIDE * SIDE, len(s.te_ms)))),
    "phase images, masked": lambda s: of_values(s, *_phase_of_a_body(s)),
    "vessel, typed": lambda s: by_curve(s, _vessel(s)),
    "over a constant, typed": lambda s: by_curve(s, _over_a_constant(s)),
    "images scaled each by itself": _scaled_each,
    "edge, images": lambda s: of_values(s, _edge(s)),
    "columns swapped": lambda s: by_text(s, _lines(s.curve(s.clean()), s.te_ms)),
    "columns swapped, small": lambda s: by_text(s, _lines(s.curve(s.clean()) * 90.0 / s.s0, s.te_ms)),
    "logarithms": lambda s: by_text(s, _lines(s.te_ms, np.log(s.curve(s.clean())), digits=4)),
    "decadic logarithms": lambda s: by_text(s, _lines(s.te_ms, np.log10(s.curve(s.clean())), digits=4)),
    "echo numbers": lambda s: by_text(s, _lines(np.arange(1.0, len(s.te_ms) + 1), s.curve(s.clean()))),
    "microseconds": lambda s: by_text(s, _lines(s.te_ms * 1000.0, s.curve(s.clean()))),
    "seconds": lambda s: by_text(s, _lines(s.te_ms / 1000.0, s.curve(s.clean()))),
    "ten times too long": lambda s: by_text(s, _lines(s.te_ms * 10.0, s.curve(s.clean()))),
}
"""Name of a fault and what it leaves of a scan."""

CONTROLS = ("nothing, typed", "nothing, images")
"""Scans without a fault."""
