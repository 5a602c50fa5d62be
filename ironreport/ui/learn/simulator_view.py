"""The simulator: sliders on the left, what they do on the right, redrawn at each move."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from ironreport.report.pdf.sheet_page import write_sheet
from ironreport.teaching.advice_sheet import advice_lines, advice_sheet
from ironreport.teaching.protocol_power import ProtocolPower, in_words_of, protocol_power, scan_of
from ironreport.teaching.simulator import ModelledReading, Scan, expected_signals, noise_floor, readings
from ironreport.teaching.words import say
from ironreport.ui import state
from ironreport.ui.filled import fill
from ironreport.ui.learn.learn_charts import Curve
from ironreport.ui.learn.moving_chart import echoes_numbers, echoes_spec, power_numbers, power_spec
from ironreport.ui.shown import plain
from ironreport.ui.spoken import here
from ironreport.units import rate_per_s

OTHER = "simulator-other"
VIEWS = ("sim_view_decay", "sim_view_power")
MEASURES = ("measure_width", "measure_bias", "measure_wrong")
ORGANS = ("liver", "heart", "pancreas")


@st.fragment
def show_simulator() -> None:
    """Draw the section; only it runs again when a slider moves."""
    left, right = st.columns([4, 7], gap="large")
    with left:
        scan, organ = _sliders()
        _buttons(scan, organ)
    with right:
        view = st.segmented_control(
            say("sim_view"), VIEWS, format_func=say, default=VIEWS[0], key="sim-view", label_visibility="collapsed",
            required=True, wrap=True,
        )  # fmt: skip
        if view == VIEWS[0]:
            _show_decay(scan, organ)
        else:
            _show_power(scan, organ)


# ----------------------------------------------------------------------------------- the sliders


def _sliders() -> tuple[Scan, str]:
    names = {o: state.knowledge().organ(o).name for o in ORGANS}
    organ = st.segmented_control(
        say("sim_organ"), ORGANS, format_func=lambda o: plain(names[o]), default="liver", key="sim-organ",
        required=True, label_visibility="collapsed",
    ) or "liver"  # fmt: skip
    fields = {f.id: f.label for f in state.knowledge().shared.field}
    held = Scan()
    st.caption(say("sim_tissue"))
    first, second = st.columns(2)
    with first:
        t2star_ms = _slide("slider_t2star", 0.3, 60.0, held.t2star_ms, 0.1)
        fat = _slide("slider_fat", 0.0, 40.0, 100 * held.fat_fraction, 1.0)
        n_pixels = int(_slide("slider_pixels", 10.0, 2000.0, float(held.n_pixels), 10.0))
    with second:
        s0 = _slide("slider_s0", 100.0, 2000.0, held.s0, 50.0)
        vessels = _slide("slider_vessels", 0.0, 40.0, 100 * held.vessel_share, 1.0)
        noise_sd = _slide("slider_noise", 1.0, 100.0, held.noise_sd, 1.0)
    st.caption(say("sim_protocol"))
    first, second = st.columns(2)
    with first:
        first_te_ms = _slide("slider_first", 0.6, 10.0, held.first_te_ms, 0.1)
        n_echoes = int(_slide("slider_echoes", 3.0, 24.0, float(held.n_echoes), 1.0))
        field = st.selectbox(say("slider_field"), list(fields), format_func=lambda f: fields[f], key="sim-field")
    with second:
        spacing_ms = _slide("slider_spacing", 0.5, 5.0, held.spacing_ms, 0.1)
        n_coils = int(_slide("slider_coils", 1.0, 16.0, float(held.n_coils), 1.0))
    tissue = Scan(t2star_ms, s0, noise_sd, fat_fraction=fat / 100.0, vessel_share=vessels / 100.0, n_pixels=n_pixels)
    scan = replace(
        tissue, first_te_ms=first_te_ms, spacing_ms=spacing_ms, n_echoes=n_echoes, field=field or "1.5", n_coils=n_coils
    )
    return scan, organ


def _slide(name: str, low: float, high: float, value: float, step: float) -> float:
    key = f"sim-{name}"
    st.session_state.setdefault(key, value)
    return float(st.slider(say(name), low, high, step=step, key=key, format="%g"))


def _buttons(scan: Scan, organ: str) -> None:
    taken = scan_of(state.exam(), scan, state.knowledge())
    if taken is not None:
        st.button(say("from_exam"), on_click=_set, args=(taken,), width="stretch", key="sim-from-exam")
    other: Scan | None = st.session_state.get(OTHER)
    with st.container(horizontal=True):
        st.button(say("keep_protocol"), on_click=_keep, args=(scan,), key="sim-keep")
        if other is not None:
            st.button(say("forget_protocol"), on_click=_keep, args=(None,), key="sim-forget")
    language = here().code
    st.download_button(
        say("print_advice"),
        data=lambda: write_sheet(advice_sheet(scan, other, organ, state.knowledge()), language=language),
        file_name="ironreport_protocol_advice.pdf", mime="application/pdf", on_click="ignore", key="sim-advice",
    )  # fmt: skip


def _set(scan: Scan) -> None:
    """Put the protocol of an exam on the sliders, as near as they go."""
    values = {
        "slider_first": min(max(scan.first_te_ms, 0.6), 10.0), "slider_spacing": min(max(scan.spacing_ms, 0.5), 5.0),
        "slider_echoes": float(min(max(scan.n_echoes, 3), 24)), "slider_coils": float(min(max(scan.n_coils, 1), 16)),
        "slider_pixels": float(min(max(scan.n_pixels, 10), 2000)), "slider_noise": min(max(scan.noise_sd, 1.0), 100.0),
    }  # fmt: skip
    fill({f"sim-{name}": value for name, value in values.items()} | {"sim-field": scan.field})


def _keep(scan: Scan | None) -> None:
    st.session_state[OTHER] = scan


# ------------------------------------------------------------------------------------- the decay


def _show_decay(scan: Scan, organ: str) -> None:
    found = readings(scan)
    names: dict[str, str] = {r.model: say(f"sim_model_{r.model.replace('-', '_')}") for r in found}
    curves: list[Curve] = [(names[r.model], r.curve) for r in found if r.curve]
    signals = [float(s) for s in expected_signals(scan)]
    log = st.toggle(say("log_axis"), key="sim-log")
    te_ms = [float(t) for t in scan.te_ms]
    numbers = echoes_numbers(te_ms, signals, curves, noise_floor(scan), log=log)
    spec = {**echoes_spec(list(names.values()), log=log), "datasets": numbers}
    st.vega_lite_chart(spec, width="stretch", key="sim-decay", alt=say("picture_alt"))
    truth = say("sim_truth", t2star=f"{scan.t2star_ms:.3g}", r2star=f"{rate_per_s(scan.t2star_ms):.4g}")
    st.markdown(f"**{plain(f'{truth} · {in_words_of(organ, scan.field, scan.t2star_ms, state.knowledge())}', 300)}**")
    st.table(_table(found, names, scan, organ), hide_index=True, alt=say("sim_view_decay"))
    st.caption(plain(say("sim_interval_note"), 300))


def _table(found: tuple[ModelledReading, ...], names: dict[str, str], scan: Scan, organ: str) -> dict[str, list[str]]:
    columns: list[list[str]] = [[], [], [], [], []]
    for reading in found:
        cells = [plain(names[reading.model]), say("no_number"), "", "", ""]
        if reading.t2star_ms is not None and reading.low_ms is not None and reading.high_ms is not None:
            error = f"{100 * (reading.t2star_ms / scan.t2star_ms - 1):+.1f}"
            interval = say("sim_interval", low=f"{reading.low_ms:.3g}", high=f"{reading.high_ms:.3g}")
            cells[1:4] = [f"{reading.t2star_ms:.3g}", interval, say("sim_error", percent=error)]
            cells[4] = plain(in_words_of(organ, scan.field, reading.t2star_ms, state.knowledge()), 300)
        for column, cell in zip(columns, cells, strict=True):
            column.append(cell)
    heads = ("sim_column_model", "t2star_column", "sim_column_interval", "sim_column_error", "class_column")
    return {say(head): column for head, column in zip(heads, columns, strict=True)}


# ------------------------------------------------------------------- what the protocol can measure


def _show_power(scan: Scan, organ: str) -> None:
    other: Scan | None = st.session_state.get(OTHER)
    powers = [protocol_power(one, organ, state.knowledge()) for one in (scan, other) if one is not None]
    measure = st.segmented_control(
        say("sim_view"), MEASURES, format_func=say, default=MEASURES[0], key="sim-measure", required=True, wrap=True,
        label_visibility="collapsed",
    ) or MEASURES[0]  # fmt: skip
    names = [say("protocol_this"), say("protocol_kept")]
    curves: list[Curve] = [
        (name, tuple(zip(p.t2star_ms, _percent(p, measure), strict=True)))
        for name, p in zip(names, powers, strict=False)
    ]
    axis = {"measure_width": "axis_half_width", "measure_bias": "axis_bias", "measure_wrong": "axis_wrong"}[measure]
    spec = power_spec([name for name, _ in curves], say("axis_true"), say(axis))
    spec["datasets"] = power_numbers(curves, scan.t2star_ms)
    st.vega_lite_chart(spec, width="stretch", key="sim-power", alt=say("power_alt"))
    st.markdown("\n".join(f"- {plain(line, 400)}" for line in advice_lines(powers[0])))


def _percent(power: ProtocolPower, measure: str) -> list[float]:
    held = {"measure_width": power.half_width, "measure_bias": power.bias, "measure_wrong": power.wrong_class}[measure]
    return [100.0 * value for value in held]
