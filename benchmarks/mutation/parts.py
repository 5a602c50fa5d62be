"""What is changed and which tests have to notice (``parts.toml``), and what changes nothing (``equivalent.toml``)."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
HERE = Path(__file__).resolve().parent
CONFIG: dict[str, Any] = tomllib.loads((HERE / "parts.toml").read_text(encoding="utf-8"))
PARTS: dict[str, Any] = CONFIG["part"]


def modules(part: str) -> list[str]:
    """Places of the modules of a part below the checkout, in order."""
    return sorted(p.relative_to(ROOT).as_posix() for pattern in PARTS[part]["modules"] for p in ROOT.glob(pattern))


def files_of_tests(part: str) -> list[str]:
    """Files of tests of a part, each once, in the order of running."""
    named = [ROOT / place for place in PARTS[part]["tests"]]
    paths = [p for place in named for p in (sorted(place.glob("test_*.py")) if place.is_dir() else [place])]
    return list(dict.fromkeys(p.relative_to(ROOT).as_posix() for p in paths))


def equivalents() -> dict[tuple[str, str, str], str]:
    """Why a change changes nothing, by module, line before and line after; judged by hand."""
    entries = tomllib.loads((HERE / "equivalent.toml").read_text(encoding="utf-8")).get("equivalent", [])
    return {(e["module"], e["before"], e["after"]): e["why"] for e in entries}
