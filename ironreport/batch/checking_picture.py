"""Pictures by which a reader checks a whole day at a glance: each region on its slice, and pages of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from io import BytesIO

from PIL import Image, ImageDraw, ImageFont

from ironreport.report.content import RegionPicture
from ironreport.report.fonts import REGULAR_FILE

SIDE_PX = 220
COLUMNS, LINES = 5, 6
GAP_PX, WORDS_PX, HEAD_PX, LINE_PX = 12, 62, 40, 18
INK, WHITE, RIM, DOUBT, PAPER = "#20262b", "#ffffff", "#000000", "#b45309", "#ffffff"
LETTER_PX = 13


@dataclass(frozen=True, slots=True)
class Shown:
    """A picture on a page, with two lines below it."""

    png: bytes
    name: str
    words: str
    is_doubted: bool


def checking_picture(picture: RegionPicture) -> bytes:
    """The region on its slice as one PNG of equal bytes for equal input; the outline is white with a dark rim."""
    scale = SIDE_PX / max(picture.width_px, picture.height_px)
    size = (max(round(scale * picture.width_px), 1), max(round(scale * picture.height_px), 1))
    with Image.open(BytesIO(picture.png)) as grey:
        image = grey.convert("RGB").resize(size, Image.Resampling.BICUBIC)
    draw = ImageDraw.Draw(image)
    for colour, width in ((RIM, 3), (WHITE, 1)):
        for outline in picture.outlines:
            corners = [(x * size[0], y * size[1]) for x, y in outline]
            draw.line([*corners, corners[0]], fill=colour, width=width, joint="curve")
    return _png(image)


def contact_sheets(shown: Sequence[Shown], title: str) -> Iterable[bytes]:
    """Pages of pictures as PNG, one after the other."""
    per_page = COLUMNS * LINES
    n_pages = -(-len(shown) // per_page)
    for page in range(n_pages):
        head = f"{title}, page {page + 1} of {n_pages}"
        yield _page(shown[page * per_page : (page + 1) * per_page], head)


def _page(shown: Sequence[Shown], head: str) -> bytes:
    cell = (SIDE_PX + GAP_PX, SIDE_PX + WORDS_PX + GAP_PX)
    n_lines = -(-len(shown) // COLUMNS)
    page = Image.new("RGB", (COLUMNS * cell[0] + GAP_PX, HEAD_PX + n_lines * cell[1] + GAP_PX), PAPER)
    draw = ImageDraw.Draw(page)
    font = ImageFont.truetype(REGULAR_FILE, LETTER_PX)
    draw.text((GAP_PX, GAP_PX), head, INK, font)
    for n, one in enumerate(shown):
        left, top = GAP_PX + (n % COLUMNS) * cell[0], HEAD_PX + (n // COLUMNS) * cell[1]
        with Image.open(BytesIO(one.png)) as picture:
            page.paste(picture, (left, top))
        words = f"doubted · {one.words}" if one.is_doubted else one.words
        draw.text((left, top + SIDE_PX + 4), _fitted(one.name, font), INK, font)
        for line, text in enumerate(_lines(words, font)):
            height = top + SIDE_PX + 4 + (line + 1) * LINE_PX
            draw.text((left, height), _fitted(text, font), DOUBT if one.is_doubted else INK, font)
    return _png(page)


def _lines(words: str, font: ImageFont.FreeTypeFont) -> tuple[str, str]:
    """The words on two lines, cut at a space."""
    first, *others = words.split(" ")
    while others and font.getlength(f"{first} {others[0]}") <= SIDE_PX:
        first = f"{first} {others.pop(0)}"
    return first, " ".join(others)


def _fitted(words: str, font: ImageFont.FreeTypeFont) -> str:
    """The words as far as they fit below a picture."""
    if font.getlength(words) <= SIDE_PX:
        return words
    while words and font.getlength(f"{words}…") > SIDE_PX:
        words = words[:-1]
    return f"{words}…"


def _png(image: Image.Image) -> bytes:
    out = BytesIO()
    image.save(out, "PNG", optimize=True)
    return out.getvalue()
