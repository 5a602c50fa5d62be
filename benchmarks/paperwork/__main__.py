"""Write the papers: ``python -m benchmarks.paperwork [--bill TOOL]``."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from benchmarks.paperwork import protocol, requirements, soup


def main() -> None:
    """Write the page of each; the bill of materials where its tool is named."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--bill", type=Path, help="cyclonedx-py, which writes docs/soup.cdx.json.")
    options.add_argument("--python", type=Path, default=Path(sys.executable), help="Whose packages the bill lists.")
    options.add_argument("--sentences", action="store_true", help="Print every requirement with its tests in words.")
    chosen = options.parse_args()
    if chosen.sentences:
        print(requirements.sentences())
        return
    soup.PAGE.write_text(soup.soup_page(), encoding="utf-8")
    requirements.PAGE.write_text(requirements.requirements_page(), encoding="utf-8")
    protocol.PAGE.write_text(protocol.protocol_page(), encoding="utf-8")
    if chosen.bill:
        soup.BILL.write_text(soup.bill_of_materials(chosen.bill, chosen.python), encoding="utf-8")


if __name__ == "__main__":
    main()
