"""Keep the numbers of today: ``python -m benchmarks.kept``, or of some rooms: ``python -m benchmarks.kept maps fits``.

Read what changed before you commit it.
"""

from __future__ import annotations

import sys

from benchmarks.kept.file import ROOMS, write

if __name__ == "__main__":
    write(sys.argv[1:] or list(ROOMS))
