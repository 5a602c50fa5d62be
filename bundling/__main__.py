"""``python -m bundling FOLDER``: the offline folder for Windows, or with ``--here`` for this system."""

from __future__ import annotations

import argparse
import hashlib
import shutil
from pathlib import Path

from bundling.wheelhouse import PYTHONS, build_own, download, fill, read_wheel

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent


def licences(wheels: Path) -> str:
    """What each part says of its licence."""
    rows = sorted({(w.name, w.version, w.licence) for w in map(read_wheel, wheels.glob("*.whl"))})
    return "".join(f"{name} {version}: {licence}\n" for name, version, licence in rows)


def checksums(folder: Path) -> str:
    """A line for each file, as `sha256sum --check` reads it."""
    files = sorted(p for p in folder.rglob("*") if p.is_file() and p.name != "SHA256SUMS.txt")
    return "".join(f"{hashlib.sha256(p.read_bytes()).hexdigest()}  {p.relative_to(folder).as_posix()}\n" for p in files)


def main() -> None:
    """Make the folder."""
    asked = argparse.ArgumentParser(prog="python -m bundling", description="Make the offline folder.")
    asked.add_argument("folder", type=Path)
    asked.add_argument("--here", action="store_true", help="for this system and Python, in place of Windows")
    asked.add_argument("--python", action="append", choices=PYTHONS, help="only this version; may be given again")
    given = asked.parse_args()
    wheels = given.folder / "wheels"
    wheels.mkdir(parents=True, exist_ok=True)
    build_own(ROOT, wheels)
    if given.here:
        download(ROOT, wheels, ["ironreport"])
    else:
        fill(ROOT, wheels, given.python or PYTHONS)
    for name in ("install.sh", "start.sh") if given.here else ("install.cmd", "start.cmd"):
        shutil.copy(HERE / "folder" / name, given.folder / name)
    shutil.copy(ROOT / "docs/quick.html", given.folder / "quick.html")
    shutil.copy(ROOT / "docs/offline.md", given.folder / "READ-ME.txt")
    (given.folder / "LICENCES.txt").write_text(licences(wheels), encoding="utf-8")
    (given.folder / "SHA256SUMS.txt").write_text(checksums(given.folder), encoding="utf-8")
    size = sum(p.stat().st_size for p in given.folder.rglob("*") if p.is_file()) / 2**20
    print(f"{given.folder}: {len([*wheels.glob('*.whl')])} wheels, {size:.0f} MB")


if __name__ == "__main__":
    main()
