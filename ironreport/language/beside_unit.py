"""Where a line must not end: between a number and its unit, on the screen and in print.

Only what a person reads is joined so, at the last step before it is drawn: texts, files and messages keep their plain
spaces, and so does text copied from a page. A table copied with its look holds the others; what is pasted here may.
"""

from __future__ import annotations

import re

NO_BREAK = "\u00a0"
UNIT_FOLLOWS = r"(?=(?:ms|s⁻¹|kg|mL|L|mm|cm|Hz|MB|%|T)(?!\w)|(?:mg|ng|µg)/)"
"""What a pattern of Python and one of a browser both read: the next letters are a unit."""
SPACE_BEFORE_UNIT = re.compile(rf"(?<=\d) {UNIT_FOLLOWS}")
