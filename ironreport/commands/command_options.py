"""What several commands share: the option of the settings file, and writing a file or saying why there is none."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ironreport.errors import ReportError
from ironreport.hospital.settings import VARIABLE
from ironreport.writing import write_whole

ConfigOption = Annotated[
    Path | None,
    typer.Option("--config", help=f"Settings file of the site; else {VARIABLE}, else the one in the config folder."),
]


def write_or_say(path: Path, content: bytes) -> None:
    """Write a file whole, or say why there is none."""
    try:
        write_whole(path, content)
    except OSError:
        raise ReportError(
            "NOT_WRITTEN", f"{path} cannot be written.", "Check that the folder is there and may be written to."
        ) from None
