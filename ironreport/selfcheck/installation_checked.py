"""What is installed: knowledge files, fonts, versions of other packages, and where the app listens."""

from __future__ import annotations

import ipaddress
import platform
import re
import tomllib
from importlib.metadata import PackageNotFoundError, requires, version

from ironreport.knowledge import load_knowledge
from ironreport.knowledge.contradictions import load_contradictions
from ironreport.knowledge.loading import FOLDER
from ironreport.report.evidence.evidence_check import check_lines
from ironreport.report.pdf.typeset import printable
from ironreport.selfcheck.check_record import must
from ironreport.synthetic.samples import app_folder

SIGNS = "T2* R2* s⁻¹ ± ≤ ≥ < > × µ · – … é ü ł ş ж λ"
NEEDED = re.compile(r"([\w.-]+)\s*>=\s*([\d.]+)")
NAMED = ("numpy", "scipy", "pydicom", "streamlit", "reportlab")


def knowledge_files() -> str:
    """Every knowledge file is valid, and every worked example gives what its paper prints."""
    knowledge = load_knowledge(FOLDER)
    lines = check_lines(knowledge, load_contradictions(knowledge, FOLDER))
    n_examples = sum("as written" in line for line in lines)
    must(n_examples > 0, "No worked example was found.")
    return f"{lines[0]} {n_examples} worked examples give what is written."


def fonts() -> str:
    """The fonts are there and have every sign that a report prints."""
    must(printable(SIGNS) == SIGNS, "A sign that reports print is missing from the fonts.")
    return f"Regular and bold have all {len(set(SIGNS))} signs asked for."


def versions() -> str:
    """Every package is there, and none is older than what is needed."""
    needed = [
        (m[1], m[2]) for line in requires("ironreport") or () if "extra" not in line and (m := NEEDED.match(line))
    ]
    must(bool(needed), "The installation does not say what it needs.")
    for name, least in needed:
        found = _version(name)
        must(bool(found), f"{name} is not installed.")
        must(_numbers(found) >= _numbers(least), f"{name} is {found}; {least} or newer is needed.")
    named = ", ".join(f"{name} {_version(name)}" for name in NAMED)
    return f"Python {platform.python_version()}, {named}; {len(needed)} packages as needed."


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return ""


def _numbers(written: str) -> tuple[int, ...]:
    return tuple(int(digits) for digits in re.findall(r"\d+", written)[:3])


def address_of(address: str | None = None) -> str:
    """The app listens on this computer only, and sends no usage data.

    Parameters
    ----------
    address : str, optional
        Where the running app listens; the configured address without it.
    """
    settings = tomllib.loads((app_folder() / ".streamlit/config.toml").read_text(encoding="utf-8"))
    must(settings.get("browser", {}).get("gatherUsageStats") is False, "Usage data are not switched off.")
    listening = settings.get("server", {}).get("address") if address is None else address
    must(bool(listening), "The app listens on every address of this computer.")
    must(_is_loopback(str(listening)), "The app listens on an address that other computers can reach.")
    return f"{listening}: reached from this computer only; no usage data."


def _is_loopback(address: str) -> bool:
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return address == "localhost"
