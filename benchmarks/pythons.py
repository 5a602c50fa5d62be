"""The quick tests under every Python that the app supports and this computer has: ``python -m benchmarks.pythons``.

Each gets an environment of its own in ``.venv-pythons``, with the versions of ``constraints.txt``. A Python that is not
here is named as not run, and never counts as passed.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PLACE = ROOT / ".venv-pythons"
SUPPORTED = ("3.11", "3.12", "3.13")
QUICK = ("-q", "-p", "no:cacheprovider", "-m", "not browser and not slow")


@dataclass(frozen=True, slots=True)
class Run:
    """What the tests said under one Python; ``version`` is empty where there is none."""

    asked: str
    version: str
    said: str
    passed: bool


def interpreter(series: str) -> Path | None:
    """A Python of this series: on the path, else of pyenv."""
    for candidate in _candidates(series):
        asked = [str(candidate), "-c", "import sys; print('.'.join(map(str, sys.version_info[:2])))"]
        try:
            said = subprocess.run(asked, capture_output=True, text=True, check=True, timeout=60).stdout
        except (OSError, subprocess.SubprocessError):
            continue  # a shim of a version that is not installed
        if said.strip() == series:
            return candidate
    return None


def _candidates(series: str) -> Iterator[Path]:
    if sys.version_info[:2] == tuple(map(int, series.split("."))):
        yield Path(sys.executable)
    yield from sorted(Path.home().glob(f".pyenv/versions/{series}.*/bin/python"))
    if found := shutil.which(f"python{series}"):
        yield Path(found)


def environment(series: str, python: Path) -> Path:
    """Python of an environment with the app and its tests, made where it is missing or older than the pins."""
    folder = PLACE / series
    made, stamp = folder / "bin/python", folder / "stamp"
    pins = [ROOT / "pyproject.toml", ROOT / "constraints.txt"]
    if stamp.exists() and all(stamp.stat().st_mtime > pin.stat().st_mtime for pin in pins):
        return made
    shutil.rmtree(folder, ignore_errors=True)
    subprocess.run([str(python), "-m", "venv", "--without-pip", str(folder)], check=True)
    install = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--python", str(made), "install", "--quiet"]
    pinned = ["--constraint", "constraints.txt", "--editable", ".", "--group", "test"]
    subprocess.run([*install, *pinned], cwd=ROOT, check=True)
    stamp.touch()
    return made


def run_under(series: str, tests: tuple[str, ...] = QUICK) -> Run:
    """The tests under one Python."""
    python = interpreter(series)
    if python is None:
        return Run(series, "", "not on this computer, not run", False)
    try:
        made = environment(series, python)
    except subprocess.CalledProcessError as error:
        return Run(series, "", f"its environment could not be made ({error.returncode}), not run", False)
    named = subprocess.run([str(made), "--version"], capture_output=True, text=True, check=True).stdout.split()[-1]
    clean = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    done = subprocess.run(
        [str(made), "-m", "pytest", *tests], cwd=ROOT, env={"IRONREPORT_EXAMPLES": "50", **clean},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    broken = re.findall(r"^(?:FAILED|ERROR) .*", done.stdout, re.MULTILINE)
    last = done.stdout.strip().splitlines()[-1] if done.stdout.strip() else done.stderr.strip()[-200:]
    return Run(series, named, "\n  ".join([last.strip("= "), *broken[:10]]), done.returncode == 0)


def main() -> None:
    """Print what became of each; end with 1 where one failed or is not here."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--only", nargs="*", default=SUPPORTED, choices=SUPPORTED)
    options.add_argument("--tests", nargs="*", default=[], help="Places of tests instead of all quick ones.")
    chosen = options.parse_args()
    tests = (*QUICK, *chosen.tests)
    passed = True
    for series in chosen.only:
        one = run_under(series, tests)
        passed = passed and one.passed
        print(f"Python {one.version or series}: {one.said}", flush=True)
    sys.exit(not passed)


if __name__ == "__main__":
    main()
