"""Every word that the browser's part of workbench and map says, for the language door.

Tests compare them with the sources.
"""

WORDS = (
    # the workbench as it is written in its page
    "Image workbench", "Organ", "Organ of the region", "Location", "optional", "Location in the organ", "Window",
    "Window preset", "whole series", "this image", "dark (iron)", "full range", "set by hand", "Drawing tools", "Zoom",
    "Zoom in", "Zoom out", "all", "all of the image", "Whole image", "Slice", "Echo", "Time",
    "Run through the echoes (Space)", "Play", "Regions",
    "Page up and down: slice. Comma and full stop: echo. Plus, minus and 0: zoom. F, G, E, R: freehand, polygon, "
    "ellipse, rectangle. Enter puts an ellipse or rectangle in the middle of the view. V: edit; arrow keys then move "
    "the selected region, square brackets shrink and grow it, N selects the next one, Delete removes it. W: window by "
    "arrow keys. C copies the region to the next slice. Control Z and Control Y: undo and redo.",
    # its tools
    "Freehand", "Polygon", "Ellipse", "Rectangle", "Edit", "Pan", "Undo", "Redo", "Delete", "Copy on",
    "Copy on (to the next slice: C)",
    "Click corner after corner; the first corner, a double click or Enter closes the line.",
    "Drag across for contrast, up for brightness. The right mouse button does this in every tool.",
    "Drag a region or its handles. A double click on the line adds a corner, Delete takes one away.",
    # what changes with the regions
    "choose", "{name}: {n} pixels", "No region selected", "Slice {slice} of {n_slices}, {frame} {at}, {n} regions",
    "slice {slice}", "not in the report", "Counts for the report", "In the report: {name}", "Next region: {name}",
    "Choose the organ, then outline it.", "Loading the images", "row {row}, column {column}: {value}", "No organ yet",
    "{name} · not in the report", "{n} px", "mean {mean}",
    # the map
    "Map", "not measurable", "Opacity", "Opacity of the colours",
    "Arrow keys move the place that is read, with Shift by ten pixels. Page up and down: slice. Plus, minus and "
    "0: zoom.",
    "Loading the map", "row {row}, column {column}: no signal", "row {row}, column {column}: not measurable",
    "row {row}, column {column}: not measurable, {symbol} below {limit} {unit}",
    "row {row}, column {column}: not measurable, {symbol} above {limit} {unit}",
    "{measured} · left out of the region",
    "{title}, slice {slice} of {n_slices}",
)  # fmt: skip
