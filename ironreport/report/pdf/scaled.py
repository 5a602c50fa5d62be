"""Room on a page: how high lines are, and lines set smaller so that one page holds them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from reportlab.platypus import Flowable, Frame

UNLIMITED = 100_000.0


def heights(lines: Iterable[Flowable], width: float) -> float:
    """Height [pt] of lines one below the other in a width [pt]; with all space around them, so never too low."""
    return sum(line.getSpaceBefore() + line.wrap(width, UNLIMITED)[1] + line.getSpaceAfter() for line in lines)


def on_one_page(
    lines_for: Callable[[float], list[Flowable]], width: float, height: float, scales: Sequence[float]
) -> list[Flowable]:
    """Lines in the largest of the sizes in which a page holds them; where none is enough they run on in full size.

    Parameters
    ----------
    lines_for : callable
        Lays the lines out for a width [pt].
    width, height : float
        Room on the page [pt].
    scales : sequence of float
        Sizes to be tried, the largest first.
    """
    for scale in scales:
        lines = lines_for(width / scale)
        needed = heights(lines, width / scale) * scale
        if needed <= height:
            return lines if scale == 1.0 else [Scaled(lines, width, needed, scale)]
    return lines_for(width)


class Scaled(Flowable):
    """Lines laid out for a width / scale and drawn smaller, so that they fill width and height [pt]."""

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
