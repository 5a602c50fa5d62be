"""The door for text on its way to the printed page: stripped, capped, escaped, and never half a name."""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from typing import Any
from xml.sax.saxutils import escape, unescape

from arabic_reshaper import ArabicReshaper
from bidi.algorithm import get_display
from reportlab import rl_config
from reportlab.lib.enums import TA_RIGHT
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.utils import simpleSplit
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.platypus import Flowable
from reportlab.platypus import Paragraph as Platypus

from ironreport.language import ENGLISH, said, spoken_here
from ironreport.language.beside_unit import NO_BREAK, SPACE_BEFORE_UNIT
from ironreport.language.speech import LEFT_TO_RIGHT_MARK, RIGHT_TO_LEFT_MARK, right_to_left, with_numbers_apart
from ironreport.report import fonts

REGULAR = "DejaVuSans"
BOLD = "DejaVuSans-Bold"

FIELD_LIMIT = 200
"""Characters of a name, a tag or another single field."""
SENTENCES_LIMIT = 1000
"""Characters of a few sentences in a place that cannot run over to the next page."""
NOTE_LIMIT = 4000
"""Characters of a note: laying out a paragraph takes time that grows with the square of its length."""
LINES_LIMIT = 60
"""Lines of a note, about one page; a longer note runs on without its line breaks."""

NOT_PRINTABLE = "[not printable in this font]"
NOT_PRINTABLE_WORD = "[?]"

_JOINERS = "\u200c\u200d"
"""Zero-width joiners shape Arabic letters; they are taken out once that is done."""
_TO_BE_JOINED = re.compile("[\u0600-\u08ff\u200c\u200d\ufb50-\ufdff\ufe70-\ufeff]")
"""Arabic letters, their signs and forms, and the joiners: all that the reshaper or the joiners' end can change."""
_TAG = re.compile("<[^<>]*>")
_TAGS = re.compile("(<[^<>]*>)")
_ASIDE = re.compile(r"(?:&nbsp;|\u00a0){2,}\s*")
_BRACKETS = re.compile(r"[()\[\]]")
_KEPT_TOGETHER = "\ue000"
_SHORT_VOWELS = dict.fromkeys([*range(0x064B, 0x0651), 0x0652])
"""Signs that print leaves out of its own words: this font sets them beside narrow letters."""
_STRIPPED = {"Cc", "Cf", "Cs"}
_RIGHT_TO_LEFT = {"R", "AL"}
_MAY_RUN_RIGHT_TO_LEFT = re.compile("[\u0590-\U0010ffff]")
"""No letter before Hebrew's runs from right to left."""


# ---------------------------------------------------------------------------------------- fonts


@cache
def prepare() -> frozenset[int]:
    """Code points that regular and bold both have; fonts are registered and fetching is shut, once."""
    rl_config.trustedHosts = []
    rl_config.trustedSchemes = []
    rl_config.useA85 = 0  # pictures and text as bytes: a fifth smaller, and written a tenth faster
    faces = [TTFont(name, str(fonts.FOLDER / f"{name}.ttf")) for name in (REGULAR, BOLD)]
    for font in faces:
        pdfmetrics.registerFont(font)
    pdfmetrics.registerFontFamily(REGULAR, normal=REGULAR, bold=BOLD, italic=REGULAR, boldItalic=BOLD)
    glyphs = [set(font.face.charToGlyph) for font in faces]
    return frozenset(set.intersection(*glyphs))


@cache
def _reshaper() -> ArabicReshaper:
    """Joins Arabic letters; vowel signs are kept, for they are part of a name."""
    return ArabicReshaper({"delete_harakat": False})


def _has_glyphs(text: str) -> bool:
    # no character of private use is printable; each character is looked at only where that does not settle it
    is_plain = text.isprintable() or all(unicodedata.category(c) != "Co" for c in text)
    return is_plain and prepare().issuperset(map(ord, text))


# ---------------------------------------------------------------------------------------- text


def printable(text: str, limit: int = FIELD_LIMIT) -> str:
    r"""Text as it may be printed, not yet escaped, still in reading order.

    Control characters go (those that turn the reading direction among them), what is longer than
    ``limit`` is cut with a notice, and a field with a character the font lacks is replaced as a
    whole: half a name could be another patient's.

    >>> printable("DOE^<JOHN>")
    'DOE^<JOHN>'
    >>> printable("Li \u674e")
    '[not printable in this font]'
    """
    shown = _cut(_worded(text), limit)
    return shown if _has_glyphs(shown) else NOT_PRINTABLE


def printable_note(text: str, limit: int = NOTE_LIMIT) -> tuple[str, ...]:
    r"""Lines of a longer text; a word the font lacks becomes ``[?]`` and a last line counts them.

    >>> printable_note("Seen with Dr \u674e.\nStable.")
    ('Seen with Dr [?]', 'Stable.', '[?]: 1 word not printable in this font')
    """
    lines = [_worded(" ".join(line.split())) for line in text.splitlines() if line.strip()]
    shown = _cut("\n".join(lines), limit, keep="\n")
    found = shown.split("\n") if shown.count("\n") < LINES_LIMIT else [shown.replace("\n", " ")]
    lost = sum(not _has_glyphs(word) for word in shown.split())
    notice = f"{NOT_PRINTABLE_WORD}: {lost} word{'s' * (lost > 1)} not printable in this font" if lost else ""
    return tuple(line for line in (*map(_with_marks_for_lost, found), notice) if line)


def _with_marks_for_lost(line: str) -> str:
    return " ".join(word if _has_glyphs(word) else NOT_PRINTABLE_WORD for word in line.split())


def _cut(text: str, limit: int, keep: str = "") -> str:
    """Text without control characters, letters joined, at most ``limit`` characters and a notice."""
    # Whatever is cut away anyway need not be looked at: four times the limit leaves room for what is stripped.
    known = unicodedata.normalize("NFC", text[: 4 * limit])
    clean = known if known.isprintable() else "".join(_character(c, keep) for c in known)
    clean = clean.strip() if keep else " ".join(clean.split())
    kept = clean[:limit].rstrip()
    is_cut = len(clean) > limit or len(text) > 4 * limit
    return _joined(f"{kept} … [cut at {limit} characters]" if is_cut else kept)


def _joined(text: str) -> str:
    """Arabic letters joined; other text is handed back at once, for the reshaper looks at each letter many times."""
    if not _TO_BE_JOINED.search(text):
        return text
    shaped: str = _reshaper().reshape(text)
    return shaped.translate({ord(c): None for c in _JOINERS})


def _character(c: str, keep: str) -> str:
    if c in keep or c in _JOINERS:
        return c
    if c.isspace():
        return " "
    return "" if unicodedata.category(c) in _STRIPPED else c


def one_line(text: str, limit: int = FIELD_LIMIT) -> str:
    """Text for a drawing: printable, in the order it stands on the page from left to right."""
    return in_page_order(printable(text, limit))


def safe(text: str, limit: int = FIELD_LIMIT) -> str:
    """Text for the inside of paragraph markup: nothing in it is a tag, a link or a picture.

    >>> safe('<img src="x"/> & co')
    '&lt;img src="x"/&gt; &amp; co'
    """
    # in a language that runs from right to left, Paragraph puts whole lines in page order
    return escape(printable(text, limit) if right_to_left() else one_line(text, limit))


def fitting(text: str, font: str, size: float, width: float) -> str:
    """The text, shortened with … until it fits the width [pt]; it is in page order already."""
    if pdfmetrics.stringWidth(text, font, size) <= width:
        return text
    from_left = right_to_left()  # there the beginning of a line stands on its right
    while text and pdfmetrics.stringWidth(text + "…", font, size) > width:
        text = text[1:] if from_left else text[:-1]
    return f"…{text}" if from_left else f"{text}…"


# ------------------------------------------------------------------------------ reading direction


def _runs_right_to_left(text: str) -> bool:
    return any(unicodedata.bidirectional(c) in _RIGHT_TO_LEFT for c in _MAY_RUN_RIGHT_TO_LEFT.findall(text))


def _base_direction(text: str) -> str:
    if right_to_left():
        return "R"
    strong = (unicodedata.bidirectional(c) for c in text)
    first = next((d for d in strong if d in {"L", *_RIGHT_TO_LEFT}), "L")
    return "L" if first == "L" else "R"


def in_page_order(text: str, base_direction: str = "") -> str:
    """One line with its characters from left to right, as they are drawn."""
    if not _runs_right_to_left(text):
        return text
    direction = base_direction or _base_direction(text)
    marked = with_numbers_apart(text)
    if direction == "R":  # the algorithm used here does not pair brackets, and would leave one among the numbers
        marked = _BRACKETS.sub(rf"{RIGHT_TO_LEFT_MARK}\g<0>{RIGHT_TO_LEFT_MARK}", marked)
    drawn = get_display(marked, base_dir=direction)
    return str(drawn).replace(LEFT_TO_RIGHT_MARK, "").replace(RIGHT_TO_LEFT_MARK, "")


def paragraph(text: str, style: ParagraphStyle, limit: int = FIELD_LIMIT) -> Flowable:
    """A paragraph of outside text, and nothing but text."""
    return _shown(printable(text, limit), style)


def note(text: str, style: ParagraphStyle, limit: int = NOTE_LIMIT) -> list[Flowable]:
    """Paragraphs of a longer outside text, one for each of its lines."""
    return [_shown(line, style) for line in printable_note(text, limit)]


def _shown(text: str, style: ParagraphStyle) -> Flowable:
    prepare()
    if right_to_left() or _runs_right_to_left(text):
        return RightToLeft(text, style)
    return LeftToRight(escape(text), style)


def _worded(text: str) -> str:
    """The text in the language that is spoken; what is not translated keeps its vowel signs, it may be a name."""
    words = said(text)
    return words if words == text else words.translate(_SHORT_VOWELS)


def _said_within(part: str) -> str:
    """Text between two tags; spaces that must not be broken stay so."""
    if spoken_here().code == ENGLISH:
        return part
    words = escape(_worded(unescape(part, {"&nbsp;": " "}).replace(NO_BREAK, " ")))
    return words.replace(" ", NO_BREAK) if NO_BREAK in part else words


def Paragraph(markup: str, style: ParagraphStyle, bulletText: str | None = None) -> Flowable:
    """A paragraph of safe markup in the language that is spoken.

    From right to left it is plain text: reportlab orders the words of a line from the left.
    """
    markup = _ASIDE.sub(" · ", markup) if right_to_left() else markup
    words = "".join(part if _TAG.fullmatch(part) else _said_within(part) for part in _TAGS.split(markup))
    if not right_to_left():
        return LeftToRight(words, style, bulletText)
    text = unescape(_TAG.sub("", words)).replace("&nbsp;", " ")
    return RightToLeft(_joined(f"{bulletText} {text}" if bulletText else text), style)


class LeftToRight(Platypus):
    """A paragraph whose lines are broken once for a width, though a page is laid out in several tries."""

    _size: tuple[float, tuple[float, float]] | None = None

    def __init__(self, text: str, *rest: Any, **named: Any) -> None:
        super().__init__(text and SPACE_BEFORE_UNIT.sub(NO_BREAK, text), *rest, **named)

    def wrap(self, aW: float, aH: float) -> tuple[float, float]:
        """Size [pt] in the width on offer."""
        # looking for a place to split at may take the lines away again
        if self._size is None or self._size[0] != aW or not hasattr(self, "blPara"):
            self._size = aW, super().wrap(aW, aH)
        return self._size[1]


class RightToLeft(Flowable):
    """A paragraph that is broken into lines in reading order and only then put in page order."""

    def __init__(self, text: str, style: ParagraphStyle) -> None:
        super().__init__()
        self._text, self.style = text, style
        self._inner = LeftToRight("", style)

    def getSpaceBefore(self) -> float:
        """Space above [pt]."""
        return float(self.style.spaceBefore)

    def getSpaceAfter(self) -> float:
        """Space below [pt]."""
        return float(self.style.spaceAfter)

    def lines(self, width: float) -> list[str]:
        """Lines in page order, letters from left to right, for the width given [pt]."""
        room = width - self.style.leftIndent - self.style.rightIndent
        kept = SPACE_BEFORE_UNIT.sub(_KEPT_TOGETHER, self._text)
        found = simpleSplit(kept, self.style.fontName, self.style.fontSize, room)
        return [in_page_order(line.replace(_KEPT_TOGETHER, " "), _base_direction(self._text)) for line in found]

    def _paragraph(self, width: float) -> LeftToRight:
        lines, style = self.lines(width), self.style
        if right_to_left() or (len(lines) > 1 and _base_direction(self._text) == "R"):
            style = ParagraphStyle(f"{style.name}-right", parent=style, alignment=TA_RIGHT)
        return LeftToRight("<br/>".join(escape(line) for line in lines), style)

    def wrap(self, aW: float, aH: float) -> tuple[float, float]:
        """Size [pt] in the width on offer."""
        self._inner = self._paragraph(aW)
        self.width, self.height = self._inner.wrap(aW, aH)
        return self.width, self.height

    def split(self, aW: float, aH: float) -> list[Flowable]:
        """Parts for this page and the next."""
        return list(self._paragraph(aW).split(aW, aH))

    def draw(self) -> None:
        """Draw the lines."""
        self._inner.drawOn(self.canv, 0, 0)
