"""Pages of a PDF as pictures for the screen, made here so that the browser needs no viewer of its own."""

from __future__ import annotations

import base64
from io import BytesIO
from threading import Lock

import pypdfium2

DOTS_PER_POINT = 1.75
"""126 dots per inch: sharp where the page is shown as wide as half a screen."""
QUALITY = 85
"""Of JPEG: a tenth of the processor that WebP or PNG takes, and colours that cannot be told from those printed."""
_ONE_AT_A_TIME = Lock()
"""PDFium may not be called by two threads at once, and each session runs in its own."""


def n_pages(pdf: bytes) -> int:
    """Number of pages."""
    with _ONE_AT_A_TIME, pypdfium2.PdfDocument(pdf) as document:
        return len(document)


def page_address(pdf: bytes, index: int) -> str:
    """A page, counted from 0, as JPEG inside an address.

    The picture travels with the page it stands on: there is no address on the server that another person could ask.
    """
    with _ONE_AT_A_TIME, pypdfium2.PdfDocument(pdf) as document:
        picture = document[index].render(scale=DOTS_PER_POINT).to_pil()
    out = BytesIO()
    picture.convert("RGB").save(out, "JPEG", quality=QUALITY)
    return f"data:image/jpeg;base64,{base64.b64encode(out.getvalue()).decode()}"


def page_text(pdf: bytes, index: int) -> str:
    """The text of a page, counted from 0, as a reader's program finds it."""
    with _ONE_AT_A_TIME, pypdfium2.PdfDocument(pdf) as document:
        return str(document[index].get_textpage().get_text_bounded())
