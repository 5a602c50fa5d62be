"""``python -m ironreport.synthetic sample_data`` writes the sample exams again."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from ironreport.synthetic.sample_files import write_samples


def main(arguments: Sequence[str]) -> int:
    """Write the sample exams into the folder given."""
    if len(arguments) != 1:
        print("usage: python -m ironreport.synthetic FOLDER", file=sys.stderr)
        return 2
    write_samples(Path(arguments[0]))
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
