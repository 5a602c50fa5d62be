"""What a notebook shows: tables, thumbnails and pages that need no script, no network and no file beside them."""

from __future__ import annotations

import base64
from collections.abc import Iterable
from html import escape
from io import BytesIO

import numpy as np
from PIL import Image

from ironreport.errors import IntakeError
from ironreport.intake import ReadResult, display_window, slice_picture
from ironreport.library.drawing import band_svg, decay_svg
from ironreport.measure import IronMap
from ironreport.records import DecaySignal, EchoSeries, PrintedResult
from ironreport.records.jupyter import table
from ironreport.report.content import Card
from ironreport.report.maps.picture import MapLayers, map_picture
from ironreport.report.maps.scale import rate_scale, relaxation
from ironreport.report.pdf.page_pictures import n_pages, page_address

THUMBNAIL_PX = 160
PAGE_WIDTH = "min(100%, 820px)"


def exam_table(found: ReadResult) -> str:
    """Series with their thumbnails, and what was left out."""
    gone = [(f"{one.n_files} files left out", f"{one.what} {one.cure}") for one in found.left_out]
    several = (
        [("Exams", f"{len(found.exams)} patients or studies: choose one with of_exam")] if len(found.exams) > 1 else []
    )
    return "".join(map(series_table, found.series)) + (table("Exam", [*several, *gone]) if several or gone else "")


def series_table(series: EchoSeries) -> str:
    """Thumbnail, echo times and geometry of a series."""
    field = "not known" if series.field_tesla is None else f"{series.field_tesla:g} T"
    spacing = series.pixel_spacing_mm
    rows = [
        ("Echo times", f"{series.n_echoes}: {', '.join(f'{te:g}' for te in series.te_ms)} ms"),
        ("Field", field),
        ("Images", f"{series.n_slices} slices of {series.images.shape[2]} x {series.images.shape[3]} pixels"),
        ("Pixel", "not known" if spacing is None else f"{spacing[0]:g} x {spacing[1]:g} mm"),
        *(("Caution", caution.text) for caution in series.cautions),
    ]
    return f"<div>{_thumbnail(series)}{table(series.label, rows)}</div>"


def signal_table(signal: DecaySignal | PrintedResult) -> str:
    """Where a signal came from and what it is."""
    rows: Iterable[tuple[str, str]] = [("From", signal.origin)]
    if isinstance(signal, DecaySignal):
        points = ", ".join(f"{te:g}: {value:.4g}" for te, value in zip(signal.te_ms, signal.signal, strict=True))
        rows = [*rows, ("TE [ms]: signal", points)]
    return table(signal.organ, rows)


def card_html(card: Card) -> str:
    """One organ: value with its interval and class, the class bar, the curve, and every doubt."""
    answer = " · ".join(part for part in (card.headline, card.interval, card.class_word) if part)
    doubts = "".join(f"<li>{escape(text)}</li>" for text in (*card.absence, *card.flags, *card.cautions))
    return (
        f"<div><h4>{escape(card.name)}: {escape(answer)}</h4>"
        f"{band_svg(card.band) if card.band else ''}{decay_svg(card.decay) if card.decay else ''}"
        f"<p>{escape(card.measured)} {escape(card.calibration)}</p>{f'<ul>{doubts}</ul>' if doubts else ''}</div>"
    )


def map_html(shown: IronMap, label: str) -> str:
    """The middle slice of a map of rates with its colour bar; hatched where nothing can be measured."""
    middle = shown.body.shape[0] // 2
    rates = shown.rates_per_s
    scale = rate_scale(relaxation(shown.rate_quantity), rates[middle], None, None)
    grey = np.where(shown.body[middle], 70, 20).astype(np.uint8)
    png = map_picture(MapLayers(grey, rates[middle], shown.unmeasurable[middle]), scale, 1.0, [label])
    return _png(png, f"{label}, map")


def pages_html(pdf: bytes) -> str:
    """Each page of a PDF as a picture, one below the other."""
    style = f"width:{PAGE_WIDTH};border:1px solid #8888;margin-bottom:8px;display:block"
    pages = range(n_pages(pdf))
    return "".join(f'<img alt="Page {i + 1}" style="{style}" src="{page_address(pdf, i)}">' for i in pages)


def _thumbnail(series: EchoSeries) -> str:
    """The first echo of the middle slice, in its true shape."""
    image = series.images[series.n_slices // 2, 0]
    try:
        grey = slice_picture(image, *display_window(image))
    except IntakeError:
        return ""
    spacing = series.pixel_spacing_mm or (1.0, 1.0)
    height = max(1, round(THUMBNAIL_PX * image.shape[0] * spacing[0] / (image.shape[1] * spacing[1])))
    held = BytesIO()
    Image.fromarray(grey).resize((THUMBNAIL_PX, height)).save(held, "PNG")
    return _png(held.getvalue(), f"{series.label}, first echo")


def _png(png: bytes, words: str) -> str:
    data = base64.b64encode(png).decode()
    return f'<img alt="{escape(words)}" style="max-width:100%" src="data:image/png;base64,{data}">'
