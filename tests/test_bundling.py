"""The offline folder: what only Windows needs is noticed, and nothing in it asks for more than a user has."""

import zipfile
from pathlib import Path

import pytest

from bundling.__main__ import checksums, licences
from bundling.wheelhouse import Wheel, fitting, missing, read_wheel, world

FOLDER = Path(__file__).resolve().parents[1] / "bundling/folder"


def wheel(name: str, *requires: str, tags: str = "py3-none-any", version: str = "1.0") -> Wheel:
    return Wheel(f"{name}-{version}-{tags}.whl", name, version, "MIT", requires)


def test_what_only_windows_needs_is_missed_and_what_only_linux_needs_is_not() -> None:
    held = {
        "ironreport": wheel("ironreport", "click>=1", "uvloop; sys_platform != 'win32'"),
        "click": wheel("click", "colorama; platform_system == 'Windows'", "pytest; extra == 'test'"),
    }
    assert missing(held, world("3.12")) == {"colorama"}
    assert missing(held | {"colorama": wheel("colorama")}, world("3.12")) == set()


def test_a_wheel_that_is_too_old_and_the_wheels_of_an_extra_are_missed() -> None:
    held = {
        "ironreport": wheel("ironreport", "click>=2", "uvicorn[fast]"),
        "click": wheel("click"),
        "uvicorn": wheel("uvicorn", "httptools; extra == 'fast'"),
    }
    assert missing(held, world("3.11")) == {"click>=2", "httptools"}


@pytest.mark.parametrize(
    ("tags", "takes"),
    [
        ("py3-none-any", {"3.11", "3.13"}),
        ("cp311-cp311-win_amd64", {"3.11"}),
        ("cp39-abi3-win_amd64", {"3.11", "3.13"}),
        ("cp312-abi3-win_amd64", {"3.13"}),
        ("py2.py3-none-win_amd64", {"3.11", "3.13"}),
        ("cp313-cp313t-win_amd64", set()),
    ],
)
def test_a_wheel_counts_for_the_versions_of_python_that_take_it(tags: str, takes: set[str]) -> None:
    assert {python for python in ("3.11", "3.13") if fitting([wheel("x", tags=tags)], python)} == takes


def test_licences_and_checksums_name_every_part(tmp_path: Path) -> None:
    for name, told in (("a", "License-Expression: MIT"), ("b", "Classifier: License :: OSI Approved :: BSD License")):
        with zipfile.ZipFile(tmp_path / f"{name}-1.0-py3-none-any.whl", "w") as made:
            made.writestr(
                f"{name}-1.0.dist-info/METADATA", f"Metadata-Version: 2.4\nName: {name}\nVersion: 1.0\n{told}\n"
            )
    assert licences(tmp_path) == "a 1.0: MIT\nb 1.0: BSD License\n"
    assert [line.split("  ")[1] for line in checksums(tmp_path).splitlines()] == [
        "a-1.0-py3-none-any.whl",
        "b-1.0-py3-none-any.whl",
    ]
    assert read_wheel(tmp_path / "a-1.0-py3-none-any.whl").name == "a"


@pytest.mark.parametrize("name", ["install.cmd", "start.cmd"])
def test_the_windows_files_have_windows_line_ends_and_need_neither_administrator_nor_network(name: str) -> None:
    content = (FOLDER / name).read_bytes()
    assert content.count(b"\r\n") == content.count(b"\n") > 5
    assert content.isascii()
    words = content.decode("ascii").casefold()
    assert not any(word in words for word in ("runas", "http:", "https:", "hklm", "programfiles", "powershell"))


def test_nothing_is_installed_from_elsewhere_than_the_folder() -> None:
    for name in ("install.cmd", "install.sh"):
        text = (FOLDER / name).read_text(encoding="ascii")
        assert text.count("pip install") == text.count("--no-index --find-links") == 1
