"""Keep the numbers of today: ``python -m benchmarks.kept``. Read what changed before you commit it."""

from __future__ import annotations

from benchmarks.kept.file import write

if __name__ == "__main__":
    write()
