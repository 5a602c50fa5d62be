"""Room on a page: how high lines are, and lines set smaller so that one page holds them."""

from __future__ import annotations

from collections.abc import Iterable

from reportlab.platypus import Flowable, Frame

UNLIMITED = 100_000.0


def heights(lines: Iterable[Flowable], width: float) -> float:
    """Height [pt] of lines one below the other in a width [pt]; with all space around them, so never too low."""
    return sum(line.getSpaceBefore() + line.wrap(width, UNLIMITED)[1] + line.getSpaceAfter() for line in lines)


class Scaled(Flowable):
    """Lines laid out for a width / scale and drawn smaller, so that they fill the width [pt]."""

    def __init__(self, lines: list[Flowable], width: float, height: float, scale: float) -> None:
        super().__init__()
        self._lines, self._scale = lines, scale
        self.width, self.height = width, height

    def wrap(self, aW: float, aH: float) -> tuple[float, float]:
        """Size [pt]."""
        return self.width, self.height

    def draw(self) -> None:
        """Draw the lines from the top."""
        c, scale = self.canv, self._scale
        c.saveState()
        c.scale(scale, scale)
        Frame(0, 0, self.width / scale, self.height / scale, 0, 0, 0, 0).addFromList(self._lines, c)
        c.restoreState()
