"""What only the pixels of a region can make doubtful, in sentences for the reader."""

from __future__ import annotations

import numpy as np

from ironreport.records import Caution, FloatArray

ENOUGH_PIXELS = 20
"""Chosen: the median of 20 pixels scatters by 28 % of their spread, that of the 30 asked for by 23 %."""

MANY_SCREENED = 0.15
CHANCE_SCREENED = 2
"""Clean regions lose 2 % of their pixels to the screen, at most 6 % of 100; among few pixels two more by chance."""

MANY_ZEROS, NO_NOISE = 0.01, 1e-5
"""Noise of a magnitude is hardly ever exactly zero, and never below this part of the median signal."""

CLEARLY_ALIKE = 1.5
"""White noise reads 1.0 to 1.2 pixels per independent one, a Hamming filter 2, twofold zero filling 4."""

ODD_LOG_SIGMA = 0.15
"""The median curve asks for a noise 15 % off that of the pixels, three SD of its doubt."""


def pixel_cautions(drawn: FloatArray, n_lit: int, n_kept: int, n_faster: int, sigma: float) -> tuple[Caution, ...]:
    """Doubts that only the pixels can raise; ``sigma`` over the brightest median signal."""
    found: list[Caution] = []
    if n_kept < ENOUGH_PIXELS:
        found.append(Caution("FEW_PIXELS", f"The fit rests on {n_kept} pixels; 30 or more make it reliable."))
    n_screened = n_lit - n_kept
    if n_faster > MANY_SCREENED * n_lit + CHANCE_SCREENED:
        text = (
            f"{n_faster} of {n_lit} pixels fall faster than those the number rests on, which vessels never do: the "
            "region holds two tissues, and the number may be that of the wrong one. Draw it inside one."
        )
        found.append(Caution("FASTER_PIXELS_LEFT_OUT", text, blocks_grade=True))
    elif n_screened > MANY_SCREENED * n_lit + CHANCE_SCREENED:
        text = (
            f"{n_screened} of {n_lit} pixels are unlike the rest and were left out: vessels or bile ducts are likely. "
            "Draw the region away from them."
        )
        found.append(Caution("PIXELS_SCREENED", text))
    zeros = float(np.mean(drawn == 0.0))
    if zeros > MANY_ZEROS:
        text = f"{zeros:.1%} of the region's signals are zero: masked, or rounded coarsely. Late echoes may be too low."
        found.append(Caution("ZEROS_IN_REGION", text))
    if sigma < NO_NOISE:
        text = "The pixels show no noise, so nothing is known of the noise floor. Use images as the scanner made them."
        found.append(Caution("NO_NOISE", text))
    return tuple(found)


def noise_cautions(log_sigma: float) -> tuple[Caution, ...]:
    """A word where the median curve asks for other noise than the pixels show; ``log_sigma`` is ln of the ratio."""
    if abs(log_sigma) <= ODD_LOG_SIGMA:
        return ()
    side = "above" if log_sigma > 0.0 else "below"
    text = (
        f"The late echoes lie {side} what the noise of the pixels explains: filtered images, fat or a vessel may be "
        "the cause. Compare the other models."
    )
    return (Caution("NOISE_ODD", text),)


def correlation_cautions(per_independent: float) -> tuple[Caution, ...]:
    """A word where neighbouring pixels share their noise."""
    if per_independent < CLEARLY_ALIKE:
        return ()
    text = (
        "Neighbouring pixels share their noise, as in filtered or interpolated images: "
        f"{per_independent:.1f} pixels say as much as one. The interval is widened for it."
    )
    return (Caution("PIXELS_CORRELATED", text),)
