"""``python -m ironreport.onepage FILE``: write the page anew."""

from __future__ import annotations

import sys
from pathlib import Path

from ironreport.knowledge import published_knowledge
from ironreport.onepage.composing import one_page
from ironreport.writing import write_whole

if __name__ == "__main__":
    write_whole(Path(sys.argv[1]), one_page(published_knowledge()).encode())
