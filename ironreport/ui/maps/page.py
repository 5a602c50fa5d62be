"""The Maps page: every pixel of a series in colour, for looking; the number reported stays that of the region."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import streamlit as st

from ironreport.errors import FitError
from ironreport.knowledge.schema import Calibration, Ladder
from ironreport.measure.iron_maps import IronMap, iron_map
from ironreport.measure.map_noise import MapNoise
from ironreport.records import EchoSeries
from ironreport.report.maps.scale import MapQuantity, doubt_scale, iron, limit_rates, rate_scale, relaxation
from ironreport.ui import parts, state, turns
from ironreport.ui.explain import show_explained
from ironreport.ui.maps import map_canvas
from ironreport.ui.maps.noise_choice import noise_of
from ironreport.ui.maps.region_table import MeasuredRegion, measured_regions, show_regions
from ironreport.ui.maps.saving import show_download
from ironreport.ui.shown import plain, series_name
from ironreport.units import TIME_OF_RATE

HELD, STOPPED, SHOWN = "iron-map", "map-stopped", "map-view"
DOUBT = "doubt"
OPACITY = 0.7
FOR_LOOKING = (
    "A map is for looking. The number that is reported is the region's: its pixels are combined before the fit, "
    "never averaged from the map."
)


@dataclass(frozen=True, slots=True)
class MapView:
    """How the map is read: organ, calibration and ladder of its field, what is shown and in which colours."""

    organ: str
    calibration: Calibration | None
    ladder: Ladder | None
    shown: str
    by_class: bool


def show() -> None:
    """Draw the page."""
    result = state.images()
    if result is None or not result.series:
        st.info("Maps of T2*, R2* and iron are made from multi-echo images.", icon=":material/info:")
        st.page_link("pages/3_Images.py", label="Open DICOM images")
        return
    if result.n_patients > 1 or result.n_studies > 1:
        st.error(
            "**The upload holds more than one patient or exam.** Open the files of one exam on the Images page.",
            icon=":material/block:",
        )
        return
    series = _series_choice(result.series)
    # The map stands first and its noise below it, but the noise must be known first.
    above, below = st.container(), st.container()
    with below:
        noise = noise_of(series, tuple(measured.region for measured in measured_regions(series)))
    with above:
        one = _map_of(series, noise) if noise else None
        if one is not None:
            _show_map(series, one, _name(one))
    if one is not None:
        map_canvas.send(_planes(one, series, _name(one)), _name(one))


def _series_choice(series: tuple[EchoSeries, ...]) -> EchoSeries:
    if len(series) == 1:
        return series[0]
    chosen = st.selectbox(
        "Series", range(len(series)), format_func=lambda i: series_name(series[i]),
        key=f"map-series-{state.token()}", persist_state="session",
    )  # fmt: skip
    return series[chosen or 0]


# ------------------------------------------------------------------------------------- the map


def _map_of(series: EchoSeries, noise: MapNoise) -> IronMap | None:
    """The map of this session, made where there is none yet; None while it is stopped or cannot be made."""
    wanted = (series.key, noise)
    held: tuple[Any, IronMap] | None = st.session_state.get(HELD)
    if held is not None and held[0] == wanted:
        return held[1]
    if st.session_state.get(STOPPED) == wanted:
        st.info("The map was stopped.", icon=":material/pause_circle:")
        st.button("Make the map", type="primary", on_click=st.session_state.pop, args=(STOPPED, None))
        return None
    return _made(series, noise)


def _made(series: EchoSeries, noise: MapNoise) -> IronMap | None:
    place = st.empty()
    with place.container():
        bar = st.progress(0.0, "Making the map")
        # Streamlit ends this run at the next step of the bar when the button is pressed.
        st.button("Stop", on_click=_stop, args=((series.key, noise),))
    per_slice = series.images[0, 0].size

    def progress(done: int, total: int) -> None:
        bar.progress(done / total, f"Slice {min(done // per_slice + 1, series.n_slices)} of {series.n_slices}")

    try:
        with turns.aside():
            one = iron_map(series, noise, progress=progress)
    except FitError as error:
        parts.show_refusal(error)
        return None
    finally:
        place.empty()
    st.session_state[HELD] = ((series.key, noise), one)
    return one


def _stop(wanted: tuple[str, MapNoise]) -> None:
    st.session_state[STOPPED] = wanted


def _name(one: IronMap) -> str:
    """Name of the map in the browser: another noise makes another map."""
    return f"{one.series_key}-{one.noise.source}-{one.noise.sigma:.6g}"


def _planes(one: IronMap, series: EchoSeries, name: str) -> tuple[bytes, ...]:
    held: tuple[str, tuple[bytes, ...]] | None = st.session_state.get("map-planes")
    if held is None or held[0] != name:
        held = (name, map_canvas.packed(one, series, name))
        st.session_state["map-planes"] = held
    return held[1]


# --------------------------------------------------------------------------------- what is seen


@st.fragment
def _show_map(series: EchoSeries, one: IronMap, name: str) -> None:
    regions = measured_regions(series)
    left, right = st.columns([8, 5], gap="medium")
    with left:
        reading = _reading(series, one, regions)
    shown = _quantity(one, reading)
    values = rate_scale(shown, one.rates_per_s, reading.ladder, reading.calibration, by_class=reading.by_class)
    scale = doubt_scale() if reading.shown == DOUBT else values
    with right:
        chosen, left_out = show_regions(series, one, regions, shown, values)
    view = _view(name, chosen, series)
    with left:
        _show_canvas(series, name, regions, view, {"left_out": left_out, "chosen": chosen.name if chosen else "",
                     **map_canvas.tables(scale, shown, is_doubt=reading.shown == DOUBT)})  # fmt: skip
        st.markdown(f":small[{FOR_LOOKING}]")
        lines = _caption(series, one, reading, view["slice"])
        show_download(series, one, scale, view, lines, is_doubt=reading.shown == DOUBT)
        with st.expander("What is shown"):
            for line in lines[1:-1]:
                st.markdown(f":small[{plain(line, 600)}]")
        show_explained(lines, label="Explain this map")


def _reading(series: EchoSeries, one: IronMap, regions: tuple[MeasuredRegion, ...]) -> MapView:
    organs = state.knowledge().organs
    suggested = next((m.organ for m in regions), next(iter(state.knowledge().organs_named(series.header_text)), ""))
    names = ["", *organs]
    box, what, colours = st.columns([2, 4, 2], vertical_alignment="bottom")
    organ = box.selectbox(
        "Read as", names, index=names.index(suggested) if suggested in names else 0,
        format_func=lambda o: organs[o].name if o else "no organ", key=f"map-organ-{series.key}-{suggested}",
        help="Whose calibration and class limits the colours follow.",
    )  # fmt: skip
    field_tesla = series.field_tesla or next((m.signal.field_tesla for m in regions), None)
    calibration, ladder = _published(organ, field_tesla, one.rate_quantity)
    choices = [one.time_quantity, one.rate_quantity, *([calibration.output] if calibration else []), DOUBT]
    shown = what.segmented_control(
        "Show", choices, default=choices[0], format_func=_short, required=True, key=f"map-shown-{series.key}-{organ}"
    )
    is_graded = bool(limit_rates(ladder, calibration))
    by_class = colours.toggle(
        "Classes", key=f"map-classes-{series.key}", disabled=not is_graded or shown == DOUBT,
        help="The colours of the classes instead of a continuous scale. A pixel has no class of its own: "
        "the class is that of the region.",
    )  # fmt: skip
    return MapView(organ, calibration, ladder, shown or choices[0], by_class and is_graded)


def _short(quantity: str) -> str:
    return "Doubt" if quantity == DOUBT else plain(relaxation(quantity).symbol)


def _published(organ: str, field_tesla: float | None, rate_quantity: str) -> tuple[Calibration | None, Ladder | None]:
    """Calibration and ladder as the exam has them for the organ: chosen, else the hospital's, else the published."""
    knowledge = state.knowledge()
    field = knowledge.field_class(field_tesla)
    if not organ or field is None or rate_quantity != "r2star_per_s":
        return None, None
    chosen = state.choices(organ)
    wanted = chosen.calibration or state.calibration_by_default(organ, field.id)
    relaxations = (rate_quantity, TIME_OF_RATE[rate_quantity])
    fitting = [c for c in knowledge.calibrations(organ, field.id) if not c.requires and c.input in relaxations]
    calibration = next((c for c in fitting if c.id == wanted), next(iter(fitting), None))
    named = chosen.ladder or state.ladder_by_default(organ, field.id)
    ladders = knowledge.ladders(organ, field.id)
    return calibration, next((x for x in ladders if x.id == named), next(iter(ladders), None))


def _quantity(one: IronMap, reading: MapView) -> MapQuantity:
    """What is said of a pixel: what is shown, and the time beside its doubt."""
    if reading.calibration is not None and reading.shown == reading.calibration.output:
        return iron(reading.calibration)
    return relaxation(one.time_quantity if reading.shown == DOUBT else reading.shown)


def _view(name: str, chosen: MeasuredRegion | None, series: EchoSeries) -> dict[str, Any]:
    """Slice and opacity as they stand in the browser; another region chosen brings its own slice."""
    view = st.session_state.get(SHOWN)
    region = chosen.name if chosen else ""
    if view is None or view["map"] != name or view["chosen"] != region:
        slice_index = chosen.region.slice_index if chosen else (series.n_slices - 1) // 2
        opacity = view["opacity"] if view else OPACITY
        view = {"map": name, "chosen": region, "slice": slice_index, "opacity": opacity}
        st.session_state[SHOWN] = view
    return dict(view)


def _show_canvas(
    series: EchoSeries, name: str, regions: tuple[MeasuredRegion, ...], view: dict[str, Any], tables: dict[str, Any]
) -> None:
    key = f"map-{series.key}"

    def receive() -> None:
        _keep_view(st.session_state[key].get("view"), name, series.n_slices)

    data = {
        **tables,
        "map": name,
        "slice": view["slice"],
        "opacity": view["opacity"],
        "n_slices": series.n_slices,
        "rows": series.images.shape[2],
        "columns": series.images.shape[3],
        "spacing": series.pixel_spacing_mm,
        "outlines": map_canvas.outlines([(m.name, m.region) for m in regions]),
    }
    map_canvas.show(key, data, receive)


def _keep_view(sent: object, name: str, n_slices: int) -> None:
    """Keep slice and opacity that the browser sent, where they are of this map and within it."""
    if not isinstance(sent, dict) or sent.get("map") != name or SHOWN not in st.session_state:
        return
    slice_index, opacity = sent.get("slice"), sent.get("opacity")
    if isinstance(slice_index, int) and 0 <= slice_index < n_slices and isinstance(opacity, int | float):
        st.session_state[SHOWN] |= {"slice": slice_index, "opacity": min(max(float(opacity), 0.0), 1.0)}


def _caption(series: EchoSeries, one: IronMap, reading: MapView, slice_index: int) -> list[str]:
    """What the picture is, in lines that name nobody."""
    shown = "Doubt of the pixel" if reading.shown == DOUBT else _short(reading.shown)
    field = f", {series.field_tesla:g} T" if series.field_tesla else ""
    lines = [f"{shown}, slice {slice_index + 1} of {series.n_slices}{field}, {series.n_echoes} echoes."]
    if reading.calibration is not None and reading.shown == reading.calibration.output:
        lines.append(f"Iron by {reading.calibration.label} ({reading.calibration.id}).")
    if reading.ladder is not None and reading.shown != DOUBT:
        lines.append(
            f"Class limits of the {state.knowledge().organ(reading.organ).name.lower()}: {reading.ladder.label}."
        )
    if reading.organ and reading.ladder is None and reading.calibration is None:
        lines.append("No calibration and no class limits hold for this organ, field strength and kind of images.")
    lines.append(f"Noise σ {one.noise.sigma:.3g}, from {one.noise.words}.")
    lines.append(
        "Hatched: not measurable, because the signal is gone too early (much iron, or air) or does not fall. "
        "Pixels without signal outside the body are not coloured."
    )
    return [*lines, FOR_LOOKING]
