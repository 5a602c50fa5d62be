"""DejaVu Sans, which has every sign we print; its licence stands beside it."""

from pathlib import Path

FOLDER = Path(__file__).parent
REGULAR_FILE = FOLDER / "DejaVuSans.ttf"
