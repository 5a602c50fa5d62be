"""Colours of a map: from pale yellow over green to dark blue, the darker the more.

The path runs through OKLab (Ottosson B 2020, bottosson.github.io/posts/oklab), where equal steps look equal: lightness
falls evenly, so that the order survives every colour-blindness and grey print, as severity does in `palette`.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

N_COLOURS = 256
LIGHTEST, DARKEST = 0.90, 0.30
YELLOW, BLUE, GREEN = 0.12, -0.13, -0.08
"""Ends of the yellow-blue axis, and how far the middle leans to green; all within what a screen can show."""

_LMS_OF_LAB = np.array(
    [[1.0, 0.3963377774, 0.2158037573], [1.0, -0.1055613458, -0.0638541728], [1.0, -0.0894841775, -1.2914855480]]
)
_RGB_OF_LMS = np.array(
    [
        [4.0767416621, -3.3077115913, 0.2309699292],
        [-1.2684380046, 2.6097574011, -0.3413193965],
        [-0.0041960863, -0.7034186147, 1.7076147010],
    ]
)


def map_colours(n: int = N_COLOURS) -> npt.NDArray[np.uint8]:
    """Colours from least to most, shape (n, 3), red, green and blue of sRGB."""
    along = np.linspace(0.0, 1.0, n)
    lightness = LIGHTEST + (DARKEST - LIGHTEST) * along
    lab = np.stack([lightness, GREEN * np.sin(np.pi * along), YELLOW + (BLUE - YELLOW) * along], axis=-1)
    linear = np.clip((lab @ _LMS_OF_LAB.T) ** 3 @ _RGB_OF_LMS.T, 0.0, 1.0)
    shown = np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1.0 / 2.4) - 0.055)
    return np.asarray(np.rint(255.0 * shown), dtype=np.uint8)


def hex_of(colour: npt.NDArray[np.uint8]) -> str:
    """A colour as the browser writes it."""
    red, green, blue = (int(c) for c in colour)
    return f"#{red:02x}{green:02x}{blue:02x}"
