"""Decay chart and class bar as SVG in the colours of the page they stand on: for notebooks, light or dark.

Nothing is fetched and nothing runs: a drawing is text. Where a class has a colour, its name stands beside it.
"""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

from ironreport.report.content import BandBar, DecayFigure
from ironreport.report.palette import SEVERITY, text_on

WIDTH, HEIGHT = 460.0, 230.0
LEFT, BOTTOM, TOP, RIGHT = 48.0, 34.0, 12.0, 10.0
BAR_HEIGHT, BAR_WIDTH = 20.0, 460.0
HEADROOM = 1.06


def decay_svg(figure: DecayFigure) -> str:
    """Points, curve with its 95 % band and the noise floor; echoes left out are hollow."""
    te_max = max([p.te_ms for p in figure.points] + [c.te_ms for c in figure.curve])
    tops = [p.signal for p in figure.points] + [c.signal for c in figure.curve]
    high = HEADROOM * max(tops)

    def place(te_ms: float, signal: float) -> str:
        x = LEFT + (WIDTH - LEFT - RIGHT) * te_ms / te_max
        y = HEIGHT - BOTTOM - (HEIGHT - BOTTOM - TOP) * min(max(signal / high, 0.0), 1.0)
        return f"{x:.1f},{y:.1f}"

    band = [c for c in figure.curve if c.low is not None and c.high is not None]
    edge = [place(c.te_ms, c.high or 0.0) for c in band] + [place(c.te_ms, c.low or 0.0) for c in reversed(band)]
    parts = [
        f'<polygon points="{" ".join(edge)}" fill="currentColor" opacity="0.15"/>' if band else "",
        _line([place(c.te_ms, c.signal) for c in figure.curve], "stroke-width='1.6'"),
        *(_dot(place(p.te_ms, p.signal), bool(p.left_out_because)) for p in figure.points),
        _line([place(0.0, 0.0), place(te_max, 0.0)], "stroke-width='0.8'"),
        _line([place(0.0, 0.0), place(0.0, high)], "stroke-width='0.8'"),
        _text(LEFT, HEIGHT - BOTTOM + 14, "0", "middle"),
        _text(WIDTH - RIGHT, HEIGHT - BOTTOM + 14, f"{te_max:.3g}", "end"),
        _text((LEFT + WIDTH) / 2, HEIGHT - 4, "TE [ms]", "middle"),
        _text(LEFT - 4, TOP + 8, f"{high / HEADROOM:.3g}", "end"),
    ]
    if figure.noise_floor is not None:
        ends = [place(0.0, figure.noise_floor), place(te_max, figure.noise_floor)]
        parts.append(_line(ends, "stroke-width='0.8' stroke-dasharray='4 2' opacity='0.7'"))
    return _svg(HEIGHT, f"{figure.title}: signal against echo time", parts)


def band_svg(bar: BandBar) -> str:
    """The classes in equal widths, the value as a marker and its interval as a line."""
    step = BAR_WIDTH / len(bar.segments)
    parts = []
    for i, segment in enumerate(bar.segments):
        fill, ink = SEVERITY.get(segment.severity, "#c9cdd1"), text_on(segment.severity)
        parts.append(f'<rect x="{i * step:.1f}" y="14" width="{step:.1f}" height="{BAR_HEIGHT}" fill="{fill}"/>')
        words = escape(segment.short or segment.label)
        parts.append(
            f'<text x="{(i + 0.5) * step:.1f}" y="28" font-size="10" text-anchor="middle" fill="{ink}">{words}</text>'
        )
    parts += [_text((i + 1) * step, 46, limit, "middle") for i, limit in enumerate(bar.limits)]
    at = bar.value_at * BAR_WIDTH
    parts.append(f'<path d="M{at - 5:.1f},2 L{at + 5:.1f},2 L{at:.1f},13 Z" fill="currentColor"/>')
    if bar.interval_at is not None:
        low, high = (end * BAR_WIDTH for end in bar.interval_at)
        parts.append(f'<path d="M{low:.1f},7 H{high:.1f}" stroke="currentColor" stroke-width="1.5"/>')
    return _svg(50.0, f"{bar.value_text} on {', '.join(s.label for s in bar.segments)}", parts)


def _svg(height: float, title: str, parts: Iterable[str]) -> str:
    return (
        f'<svg viewBox="0 0 {WIDTH:g} {height:g}" width="{WIDTH:g}" role="img" style="max-width:100%;display:block;'
        f'font-family:sans-serif"><title>{escape(title)}</title>{"".join(parts)}</svg>'
    )


def _line(points: list[str], look: str) -> str:
    return f'<polyline points="{" ".join(points)}" fill="none" stroke="currentColor" {look}/>' if points else ""


def _dot(point: str, hollow: bool) -> str:
    x, y = point.split(",")
    fill = "none" if hollow else "currentColor"
    return f'<circle cx="{x}" cy="{y}" r="3.2" fill="{fill}" stroke="currentColor"/>'


def _text(x: float, y: float, words: str, anchor: str) -> str:
    look = f'font-size="10" text-anchor="{anchor}" fill="currentColor"'
    return f'<text x="{x:.1f}" y="{y:.1f}" {look}>{escape(words)}</text>'
