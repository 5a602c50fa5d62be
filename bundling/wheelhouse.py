"""Every wheel that a computer without internet needs, and the proof that none is missing."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from email.parser import HeaderParser
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

WINDOWS = {"sys_platform": "win32", "platform_system": "Windows", "os_name": "nt", "platform_machine": "AMD64"}
PYTHONS = ("3.11", "3.12", "3.13")


@dataclass(frozen=True, slots=True)
class Wheel:
    """A wheel as its own metadata describes it."""

    file: str
    name: str
    version: str
    licence: str
    requires: tuple[str, ...]


def read_wheel(path: Path) -> Wheel:
    """Name, version, licence and requirements of a wheel."""
    with zipfile.ZipFile(path) as inside:
        place = next(name for name in inside.namelist() if name.endswith(".dist-info/METADATA"))
        told = HeaderParser().parsestr(inside.read(place).decode("utf-8"))
    classes = [c.rpartition(" :: ")[2] for c in told.get_all("Classifier", []) if c.startswith("License :: ")]
    free = (told["License"] or "").strip().partition("\n")[0]
    licence = told["License-Expression"] or "; ".join(classes) or free or "not stated in its metadata"
    requires = tuple(told.get_all("Requires-Dist", []))
    return Wheel(path.name, canonicalize_name(told["Name"]), told["Version"], licence, requires)


def fitting(wheels: Iterable[Wheel], python: str) -> dict[str, Wheel]:
    """The wheels that a version of Python takes, by name."""
    tag = python.replace(".", "")
    return {w.name: w for w in wheels if _takes(w.file.removesuffix(".whl").split("-")[-3:-1], tag)}


def _takes(tags: list[str], python: str) -> bool:
    interpreter, abi = tags
    if abi == "abi3":
        return any(int(tag[3:] or 0) <= int(python[1:]) for tag in interpreter.split(".") if tag.startswith("cp3"))
    return any(tag == "py3" or (tag == f"cp{python}" and abi in {tag, "none"}) for tag in interpreter.split("."))


def missing(wheels: dict[str, Wheel], environment: dict[str, str], root: str = "ironreport") -> set[str]:
    """Requirements, of the root or of what it needs, for which there is no wheel in such an environment."""
    lacking, seen, waiting = set(), set(), [Requirement(root)]
    while waiting:
        asked = waiting.pop()
        name = canonicalize_name(asked.name)
        found = wheels.get(name)
        if found is None or not asked.specifier.contains(found.version, prereleases=True):
            lacking.add(str(asked).partition(";")[0].strip())
            continue
        if (name, *sorted(asked.extras)) not in seen:
            seen.add((name, *sorted(asked.extras)))
            waiting += _needed(found, asked.extras, environment)
    return lacking


def _needed(wheel: Wheel, extras: set[str], environment: dict[str, str]) -> Iterator[Requirement]:
    for text in wheel.requires:
        asked = Requirement(text)
        worlds = [environment | {"extra": extra} for extra in ("", *extras)]
        if asked.marker is None or any(asked.marker.evaluate(dict(world)) for world in worlds):
            yield asked


def world(python: str) -> dict[str, str]:
    """What markers see on 64-bit Windows with a version of Python."""
    return WINDOWS | {"python_version": python, "python_full_version": f"{python}.0", "implementation_name": "cpython",
                      "platform_python_implementation": "CPython", "platform_release": "", "platform_version": "",
                      "implementation_version": f"{python}.0"}  # fmt: skip


def download(root: Path, folder: Path, wanted: Iterable[str], windows_python: str = "") -> None:
    """Fetch wheels with all they need; for Windows where a version of Python of it is named, else for this system."""
    command = [sys.executable, "-m", "pip", "--disable-pip-version-check", "download", "--quiet", "--only-binary=:all:"]
    command += ["--constraint", str(root / "constraints.txt"), "--find-links", str(folder), "--dest", str(folder)]
    if windows_python:
        command += ["--platform", "win_amd64", "--implementation", "cp", "--python-version", windows_python]
    subprocess.run([*command, *wanted], check=True)


def build_own(root: Path, folder: Path) -> None:
    """The wheel of IronReport itself."""
    command = [sys.executable, "-m", "pip", "--disable-pip-version-check", "wheel", "--quiet", "--no-deps"]
    subprocess.run([*command, "--wheel-dir", str(folder), str(root)], check=True)


def fill(root: Path, folder: Path, pythons: Iterable[str]) -> None:
    """All wheels for Windows. Pip judges markers by its own system, so what only Windows needs is asked for anew."""
    for python in pythons:
        download(root, folder, ["ironreport"], python)
        lacking = missing(fitting(map(read_wheel, sorted(folder.glob("*.whl"))), python), world(python))
        while lacking:
            download(root, folder, sorted(lacking), python)
            still = missing(fitting(map(read_wheel, sorted(folder.glob("*.whl"))), python), world(python))
            if still >= lacking:
                raise SystemExit(f"No wheels for Windows with Python {python}: {', '.join(sorted(still))}")
            lacking = still
