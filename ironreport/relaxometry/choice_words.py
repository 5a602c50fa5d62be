"""What was chosen and on what evidence, in sentences for the reader."""

from __future__ import annotations

import math

from ironreport.relaxometry.known_noise import KnownFits
from ironreport.relaxometry.ladder import FEWEST_ECHOES, FEWEST_VISIBLE_TO_CORRECT, Alternative
from ironreport.relaxometry.unknown_noise import FloorFits


def sentences_with_noise(fits: KnownFits, field_tesla: float | None) -> tuple[str, ...]:
    """Choice of the ladder for the first curve, then what else the reader should know."""
    ladder, alternatives = fits.ladder, fits.ladder.alternatives(0)
    best = alternatives[0] if alternatives and alternatives[0].believed else None
    words = [
        _plain_words(fits)
        if best is None
        else _chosen_words(best, bool(ladder.flagged[0]), float(fits.fat_fraction[0]))
    ]
    if best is not None:
        credible = [a for a in alternatives[1:] if ladder.credible[0, _column(a, ladder.n_echoes)]]
        words += [_rival_words(rival) for rival in credible[:1]]
    if ladder.misfit[0]:
        stretch = math.sqrt(ladder.reduced_chi_square[0])
        words.append(
            f"The curve is not fully described (chi-square {ladder.reduced_chi_square[0]:.1f} per degree of freedom, "
            f"1 expected): the interval is widened {stretch:.1f} times. Check the region and the series."
        )
    if field_tesla is None and ladder.n_echoes >= FEWEST_ECHOES:
        words.append("Fat was not tried: the field strength is not known.")
    return tuple(words)


def _column(alternative: Alternative, n_echoes: int) -> int:
    if alternative.left_out is not None:
        return alternative.left_out
    return n_echoes if alternative.kind == "fat" else n_echoes + 1


def _plain_words(fits: KnownFits) -> str:
    if fits.ladder.n_echoes < FEWEST_ECHOES:
        return "One exponential is fitted; there are too few echoes to test it."
    cost = f"chi-square {fits.ladder.reduced_chi_square[0]:.1f} per degree of freedom"
    if fits.ladder.misfit[0]:
        return "One exponential is fitted: neither fat nor one bad echo explains the curve better."
    return f"One exponential is fitted ({cost}): nothing speaks for fat or a bad echo."


def _chosen_words(best: Alternative, flagged: bool, fitted_fraction: float) -> str:
    evidence = f"chi-square gain {best.gain:.0f} against {best.threshold:.0f}"
    if best.kind == "noise" and best.noise_factor is not None:
        return (
            f"The faint echoes ask for noise {best.noise_factor:.2g} times as large as given ({evidence}): R2* is not "
            "changed, its interval is widened. Check the noise and the number of coils; a vessel looks alike."
        )
    if best.fat_fraction is not None:
        fraction = best.fat_fraction if flagged else fitted_fraction
        cause, evidence = "Fat", f"fat fraction {100 * fraction:.0f} %, {evidence}"
        cure = "explains the zig-zag of the residuals", "R2* is fitted with fat"
    else:
        cause, cure = _echo(best), ("does not fit the others", "R2* is fitted without it")
    if not flagged:
        return f"{cause} {cure[0]} ({evidence}): {cure[1]}."
    return (
        f"{cause} {'may bend the curve' if best.kind == 'fat' else 'may be bad'} ({evidence}), but fewer than "
        f"{FEWEST_VISIBLE_TO_CORRECT} echoes stand clear of the noise to tell fat from a bad echo: R2* is not changed, "
        "its interval is widened."
    )


def _rival_words(rival: Alternative) -> str:
    explanation = {
        "fat": "Fat",
        "noise": "Other noise than given",
        "bad echo": f"Leaving out {_echo(rival).lower()}",
    }[rival.kind]
    return (
        f"{explanation} explains the curve as well (R2* {rival.rate_per_s:.3g} s⁻¹): the interval holds both readings."
    )


def _echo(alternative: Alternative) -> str:
    return f"Echo {(alternative.left_out or 0) + 1}"


def sentences_without_noise(fits: FloorFits) -> tuple[str, ...]:
    """Choice between none and a noise floor for the first curve, and what cannot be told without the noise."""
    gain, needed = f"{fits.gain[0]:.1f}", f"{fits.threshold:.1f}"
    if fits.has_floor[0]:
        return (
            f"A noise floor explains the late echoes (gain {gain} against {needed} by AICc): R2* is fitted with the "
            "floor; its interval holds the laws of one and of many coils.",
            "Without the pixels a vessel in the region cannot be told from a noise floor.",
        )
    if math.isinf(fits.threshold):
        return ("One exponential is fitted; there are too few echoes to look for a noise floor.",)
    return (f"One exponential is fitted: a noise floor explains no more (gain {gain} against {needed} by AICc).",)
