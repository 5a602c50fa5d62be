"""The file of kept numbers, one case a line."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from benchmarks.kept import limits, odd, rooms
from benchmarks.kept.answers import agreed, plain
from benchmarks.kept.decks import SHAKEN

KEPT = Path(__file__).with_name("numbers.json")

ROOMS: dict[str, tuple[Callable[[], Iterator[tuple[str, Any]]], float]] = {
    "laws": (rooms.laws, 1e-8), "bounds": (rooms.bounds, 1e-6), "descents": (rooms.descents, 1e-8),
    "separables": (rooms.separables, 1e-7), "solutions": (rooms.solutions, 1e-6),
    "recoveries": (rooms.recoveries, 1e-6), "misfits": (rooms.misfits, 1e-6), "slow_parts": (rooms.slow_parts, 1e-6),
    "profiles": (rooms.profiles, 1e-6), "maps": (rooms.maps, 3e-5), "median_fits": (rooms.median_fits, 1e-6),
    "unknown": (rooms.unknown, 1e-6), "known": (rooms.known, 1e-6), "means": (rooms.means, 1e-6),
    "choices": (rooms.choices, 1e-6), "noises": (rooms.noises, 1e-6), "regions": (rooms.regions, 1e-6),
    "fits": (rooms.fits, 1e-6), "fits_of_pixels": (rooms.fits_of_pixels, 1e-6),
    "odd_choices": (odd.odd_choices, 1e-6), "odd_regions": (odd.odd_regions, 1e-6), "refusals": (odd.refusals, 1e-6),
    "arrays": (odd.arrays, 3e-5),
    "limits_of_first_echoes": (limits.limits_of_first_echoes, 1e-6),
    "limits_of_noise": (limits.limits_of_noise, 1e-6), "limits_of_models": (limits.limits_of_models, 1e-6),
    "limits_of_regions": (limits.limits_of_regions, 1e-6), "limits_of_curves": (limits.limits_of_curves, 1e-6),
}  # fmt: skip
"""What is kept of each room, and how near [relative] other processors and libraries come to it."""

SHAKES = (1e-15, -1e-14, 1e-13, -1e-13)


def kept() -> dict[str, dict[str, Any]]:
    """The numbers in the file."""
    content: dict[str, dict[str, Any]] = json.loads(KEPT.read_text(encoding="utf-8"))
    return content


def numbers(room: str) -> dict[str, Any]:
    """The numbers of today."""
    return {name: plain(one) for name, one in ROOMS[room][0]()}


def write(rooms_anew: Sequence[str]) -> None:
    """Keep the numbers that some rooms give today, but for those that a shake of the last digits changes."""
    content = kept() if KEPT.is_file() else {}
    for room in rooms_anew:
        SHAKEN.clear()
        content[room] = numbers(room)
        for SHAKEN["by"] in SHAKES:
            for name, one in numbers(room).items():
                content[room][name] = agreed(content[room][name], one, ROOMS[room][1] / 3.0)
    rows = (
        f"{_text(room)}:{{\n" + ",\n".join(f"{_text(name)}:{_text(one)}" for name, one in content[room].items()) + "}"
        for room in ROOMS
    )
    KEPT.write_text("{" + ",\n".join(rows) + "}\n", encoding="utf-8")


def _text(content: Any) -> str:
    return json.dumps(content, ensure_ascii=False, separators=(",", ":"))
