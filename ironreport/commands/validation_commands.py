"""The command ``ironreport validate``: how well a site's own measurements agree."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from ironreport.errors import IntakeError
from ironreport.knowledge import published_knowledge
from ironreport.units import NOTATION
from ironreport.validation import Kind, agreement, read_pairs, sentence, settings_entry, table

LARGEST_FILE_BYTES = 1_000_000


def validate(
    pairs: Annotated[Path, typer.Argument(help="Text or CSV file: name; first; second in each line.")],
    kind: Annotated[Kind, typer.Option(help="What the pairs are; of a phantom the known value comes first.")],
    organ: Annotated[str, typer.Option(help="Organ, or the phantom's name.")] = "liver",
    quantity: Annotated[
        Literal["r2star_per_s", "t2star_ms", "lic_mg_per_g"], typer.Option(help="What was measured.")
    ] = "r2star_per_s",
    source: Annotated[str, typer.Option(help="When and how; prints the entry for the site settings.")] = "",
) -> None:
    """Say how well pairs of a site's own measurements agree, and what change they support as real."""
    found = agreement(kind, read_pairs(_text(pairs)))
    width = max(len(name) for name, _ in table(found))
    for name, value in table(found):
        typer.echo(f"{name:<{width}}  {value}")
    for caution in found.cautions:
        typer.echo(f"Caution: {caution.text}")
    typer.echo(sentence(found, f"{organ} {NOTATION[quantity].symbol}"))
    if source:
        published_knowledge().organ(organ)
        if quantity == "lic_mg_per_g":
            raise IntakeError("NOT_A_RATE", "Settings hold the precision of R2*.", "Give pairs of R2* or T2*.")
        typer.echo("\n".join(["", "For the site settings:", settings_entry(found, organ, source)]), nl=False)


def _text(path: Path) -> str:
    try:
        content = path.read_bytes()[: LARGEST_FILE_BYTES + 1]
        if len(content) > LARGEST_FILE_BYTES:
            raise IntakeError("FILE_TOO_LARGE", f"{path.name} is larger than 1 MB.", "Give a file of pairs only.")
        return content.decode("utf-8-sig")
    except OSError:
        raise IntakeError("NOT_READ", f"{path.name} cannot be read.", "Check the path.") from None
    except UnicodeDecodeError:
        raise IntakeError("NOT_TEXT", f"{path.name} is no text.", "Save it as CSV in UTF-8.") from None
