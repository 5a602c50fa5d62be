"""The slice an organ was measured on, with the outline of its region as a vector over it."""

from __future__ import annotations

from io import BytesIO

from reportlab.lib.utils import ImageReader
from reportlab.platypus import Flowable

from ironreport.report.content import RegionPicture
from ironreport.report.pdf.style import INK, WHITE


class OutlinedPicture(Flowable):
    """A grey picture in true shape, fitted into a width and a height [pt].

    The outline is white with a dark rim, so that it is seen on bright and on dark tissue, also in black and white.
    """

    def __init__(self, picture: RegionPicture, width: float, height: float) -> None:
        super().__init__()
        scale = min(width / picture.width_px, height / picture.height_px)
        self._picture = picture
        self.width, self.height = scale * picture.width_px, scale * picture.height_px

    def wrap(self, aW: float, aH: float) -> tuple[float, float]:
        """Size [pt]."""
        return self.width, self.height

    def draw(self) -> None:
        """Draw the picture, then the outlines, cut at its edge."""
        c = self.canv
        c.saveState()
        frame = c.beginPath()
        frame.rect(0, 0, self.width, self.height)
        c.clipPath(frame, stroke=0, fill=0)
        c.drawImage(ImageReader(BytesIO(self._picture.png)), 0, 0, self.width, self.height)
        for color, line_width in ((INK, 2.0), (WHITE, 0.9)):
            c.setStrokeColor(color)
            c.setLineWidth(line_width)
            for outline in self._picture.outlines:
                self._draw_outline(outline)
        c.restoreState()

    def _draw_outline(self, outline: tuple[tuple[float, float], ...]) -> None:
        path = self.canv.beginPath()
        for i, (x, y) in enumerate(outline):
            (path.lineTo if i else path.moveTo)(x * self.width, (1 - y) * self.height)
        path.close()
        self.canv.drawPath(path, stroke=1, fill=0)
