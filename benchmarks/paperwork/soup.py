"""Software of unknown provenance: every pinned package with its licence, from the metadata of the installed ones."""

from __future__ import annotations

import json
import re
import subprocess
import tempfile
import tomllib
from dataclasses import dataclass
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path
from typing import Any

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from benchmarks.tables import DOCS, table

ROOT = DOCS.parent
PAGE, BILL = DOCS / "soup.md", DOCS / "soup.cdx.json"
LONGEST_LICENCE = 60
HEADING = """# Software of unknown provenance

Every package that the program or its tests use, with the version that is tested (`constraints.txt`) and the licence
that the package states of itself. Written by `make papers`; a test compares names and versions with the pins. The same
for machines, with the arrows of who needs whom: [soup.cdx.json](soup.cdx.json) (CycloneDX). What is known to be wrong
in them is asked of a public service by `pip-audit` in `make scorecard`; what is known of ours stands in
[anomalies.md](anomalies.md). Beside packages: Python itself (3.11 to 3.13), a browser, and the fonts DejaVu.
"""


@dataclass(frozen=True, slots=True)
class Part:
    """One package; ``runs`` where the app needs it, else only tests or tools do."""

    name: str
    version: str
    licence: str
    purpose: str
    runs: bool


def pinned() -> dict[str, str]:
    """Version of each package in ``constraints.txt``, by its canonical name."""
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    split = (line.partition("==") for line in lines if "==" in line)
    return {canonicalize_name(name): version.strip() for name, _, version in split}


def _installed(name: str) -> Distribution | None:
    try:
        return distribution(name)
    except PackageNotFoundError:
        return None


def needed_to_run() -> set[str]:
    """Canonical names of all that the app needs, with what those need, without any extra."""
    asked: list[str] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["dependencies"]
    found: set[str] = set()
    while asked:
        wanted = Requirement(asked.pop())
        name = canonicalize_name(wanted.name)
        if name not in found and (wanted.marker is None or wanted.marker.evaluate({"extra": ""})):
            found.add(name)
            one = _installed(name)
            asked += (one.requires if one else None) or ()
    return found


def licence_of(one: Distribution | None) -> str:
    """The licence as the package states it: expression, classifier, or the first words of its text."""
    if one is None:
        return "not installed where this was written"
    stated = one.metadata.get("License-Expression") or ""
    classes = [c.rpartition(" :: ")[2] for c in one.metadata.get_all("Classifier") or () if c.startswith("License ::")]
    text = " ".join((one.metadata.get("License") or "").split())
    named = stated or ", ".join(c for c in classes if c != "OSI Approved") or text
    return named[:LONGEST_LICENCE].strip() or "not stated"


def parts() -> tuple[Part, ...]:
    """Every pinned package."""
    running = needed_to_run()
    return tuple(
        Part(name, version, licence_of(one := _installed(name)), _purpose(one), name in running)
        for name, version in sorted(pinned().items())
    )


def _purpose(one: Distribution | None) -> str:
    words = " ".join(((one.metadata.get("Summary") if one else "") or "").split()).replace("|", "/")
    return words if len(words) <= 90 else words[:87].rpartition(" ")[0] + " ..."


def soup_page() -> str:
    """The text of docs/soup.md."""
    found = parts()
    heads = ["package", "version", "licence", "what it says of itself"]
    runs = [[one.name, one.version, one.licence, one.purpose] for one in found if one.runs]
    tests = [[one.name, one.version, one.licence] for one in found if not one.runs]
    return (
        f"{HEADING}\n## What the app runs with: {len(runs)}\n\n{table(heads, runs)}\n"
        f"\n## What only tests, tools and extras use: {len(tests)}\n\n{table(heads[:3], tests)}\n"
    )


def named_on_page(text: str) -> dict[str, str]:
    """Version of each package that a page lists."""
    return dict(re.findall(r"^\| ([a-z0-9-]+) \| (\d[^ |]*) \|", text, re.MULTILINE))


def bill_of_materials(tool: Path, python: Path) -> str:
    """What the app runs with, as CycloneDX: made by ``cyclonedx-py``, and cut to what is needed to run."""
    with tempfile.TemporaryDirectory() as folder:
        made = Path(folder) / "all.json"
        options = ["environment", "--output-reproducible", "--spec-version", "1.6", "--output-file", str(made)]
        subprocess.run([str(tool), *options, str(python)], check=True)
        whole: dict[str, Any] = json.loads(made.read_text(encoding="utf-8"))
    running = needed_to_run()
    kept = [one for one in whole["components"] if canonicalize_name(one["name"]) in running]
    refs = {one["bom-ref"] for one in kept}
    arrows = [
        {**one, "dependsOn": sorted(set(one.get("dependsOn", [])) & refs)}
        for one in whole.get("dependencies", [])
        if one["ref"] in refs
    ]
    cut = {**whole, "components": sorted(map(_short, kept), key=lambda one: str(one["name"])), "dependencies": arrows}
    cut["metadata"] = {
        **{k: v for k, v in whole.get("metadata", {}).items() if k == "tools"},
        "component": {"type": "application", "name": "ironreport", "licenses": [{"license": {"id": "Apache-2.0"}}]},
    }
    return json.dumps(cut, indent=1, ensure_ascii=False) + "\n"


def _short(component: dict[str, Any]) -> dict[str, Any]:
    """The component without texts of licences and links, which its package holds."""
    kept = ("type", "bom-ref", "name", "version", "purl", "description")
    licences = [one for one in component.get("licenses", []) if "expression" in one or _is_named(one)]
    return {k: component[k] for k in kept if k in component} | ({"licenses": licences} if licences else {})


def _is_named(licence: dict[str, Any]) -> bool:
    return "text" not in licence.get("license", {})
