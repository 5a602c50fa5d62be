"""The calibrations of one organ and field on the Evidence page: curves, flips, cut-offs, this exam."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from ironreport.knowledge import Knowledge
from ironreport.language.beside_unit import NO_BREAK
from ironreport.report.evidence.calibration_curves import (
    CalibrationChoice,
    CalibrationFigure,
    calibration_figure,
    curve_choices,
)
from ironreport.report.other_calibrations import readings
from ironreport.ui import state
from ironreport.ui.evidence.calibration_chart import calibration_chart
from ironreport.ui.explain import show_explained
from ironreport.ui.shown import plain


def show_calibrations(organ: str | None, knowledge: Knowledge) -> None:
    """Curves, flips and cut-offs of one organ and field, then what this exam would read by each."""
    organ = organ or _with_most_calibrations(knowledge)
    name = knowledge.organ(organ).name
    choices = curve_choices(organ, knowledge)
    if not choices:
        st.info(plain(f"No calibration to iron is published for this organ: {name}."), icon=":material/info:")
        return
    st.subheader(plain(f"{name}: from relaxation to iron"))
    chosen = _choose(organ, choices)
    ladders = knowledge.ladders(organ, chosen.field)
    ladder = _ladder(organ, chosen.field, {x.id: x.label for x in ladders}) if len(ladders) > 1 else ""
    with_unused = st.toggle("Draw also what is never used (not confirmed, switched off)", key="evidence-unused")
    finding = state.assessment().finding(organ)
    figure = calibration_figure(organ, chosen, knowledge, ladder, finding, with_unused=with_unused)
    _show_figure(figure)
    _show_cut_offs(figure)
    _show_readings(organ, knowledge)


def _with_most_calibrations(knowledge: Knowledge) -> str:
    return max(knowledge.organs, key=lambda o: sum(c.usable for c in knowledge.organ(o).calibration))


def _choose(organ: str, choices: Sequence[CalibrationChoice]) -> CalibrationChoice:
    """The field to draw: the exam's own where it was measured."""
    finding = state.assessment().finding(organ)
    estimate = finding.estimate if finding else None
    measured = (estimate.field, estimate.rate.quantity) if estimate and estimate.rate else None
    at = next((i for i, c in enumerate(choices) if (c.field, c.rate) == measured), 0)
    labels = [c.label for c in choices]
    key = f"evidence-field-{organ}-{state.token()}"
    label = st.segmented_control("Field", labels, default=labels[at], format_func=plain, key=key, required=True)
    return next((c for c in choices if c.label == label), choices[0])


def _ladder(organ: str, field: str, labels: dict[str, str]) -> str:
    key = f"evidence-ladder-{organ}-{field}"
    return st.selectbox("Classes behind the curves", list(labels), format_func=lambda i: labels[i], key=key) or ""


def _show_figure(figure: CalibrationFigure) -> None:
    dark = st.context.theme.type == "dark"
    names = ", ".join(c.label for c in figure.curves)
    words = f"{figure.title}: {figure.iron.symbol} against {figure.rate.symbol} by {names}"
    st.vega_lite_chart(calibration_chart(figure, dark=dark), width="stretch", key="evidence-curves", alt=words)
    lines = [
        f"{i}. **{plain(c.label)}**: {plain(figure.iron.symbol)} = {plain(_unbroken(c.formula))}"
        for i, c in enumerate(figure.curves, 1)
    ]
    st.markdown("\n".join(lines))
    if figure.flips:
        st.markdown(f"**The class hangs on the calibration** for {plain('; '.join(figure.flip_words), 900)}.")
        st.caption("Shaded columns in the figure. Outside them all calibrations give the same class.")
    elif figure.bands_by == "rate":
        st.markdown(f"The class comes from {plain(figure.time.symbol)}: it does not hang on a calibration.")
    elif sum(c.used for c in figure.curves) == 1:
        st.markdown("One calibration only can be used here: nothing to compare.")
    said = [f"{c.label}: {figure.iron.symbol} = {c.formula} against {figure.rate.symbol}" for c in figure.curves]
    show_explained([*said, *figure.flip_words, f"{figure.time.symbol} calibration class"], label="Explain these curves")


def _unbroken(formula: str) -> str:
    """With a minus sign: behind a hyphen a line may end whatever follows."""
    return formula.replace(" - ", f" −{NO_BREAK}").replace(" + ", f" +{NO_BREAK}")


def _show_cut_offs(figure: CalibrationFigure) -> None:
    if not figure.cut_offs:
        return
    rate, time = figure.rate, figure.time
    st.subheader(f"Class limits in {plain(rate.symbol)} and {plain(time.symbol)}")
    st.caption(
        plain(f"{figure.title}, {figure.ladder}. Each is the inverse of its calibration, never a constant.", 400)
    )
    table: dict[str, list[str]] = {"Calibration": [plain(r.label) for r in figure.cut_offs]}
    for i, limit in enumerate(figure.cut_offs[0].limits):
        cells = [(r.limits[i].rate_per_s, r.limits[i].time_ms) for r in figure.cut_offs]
        texts = [plain(f"{a:.1f}{NO_BREAK}{rate.unit} · {b:.3g}{NO_BREAK}{time.unit}") for a, b in cells]
        table[plain(f"{figure.iron.symbol} {limit.bound:g} mg/g")] = texts
    st.table(table, alt=f"Class limits of {figure.title} by calibration")
    show_explained([f"class limits {figure.ladder}", *(f"{head}: {cells[0]}" for head, cells in table.items())])


def _show_readings(organ: str, knowledge: Knowledge) -> None:
    st.subheader("What would another calibration say?")
    finding = state.assessment().finding(organ)
    found = readings(finding, knowledge) if finding else ()
    if not found:
        name = knowledge.organ(organ).name.lower()
        st.caption(plain(f"The exam at hand has no iron concentration of the {name} to compare.", 400))
        return
    others = found[1:]
    n_differ = sum(r.differs for r in others)
    if not others:
        st.markdown("No other calibration can be used for this signal.")
    elif n_differ:
        st.markdown(f"**{n_differ} of {len(others)} other calibrations give{'s' * (n_differ == 1)} another class.**")
    elif len(others) == 1:
        st.markdown("The other calibration gives the same class.")
    else:
        st.markdown(f"All {len(others)} other calibrations give the same class.")
    columns = {
        "Calibration": [f"{r.label} ({r.role})" if r.role else r.label for r in found],
        "Iron": [r.iron for r in found],
        "95 %": [r.interval for r in found],
        "Class": [f"{r.grade}, another class" if r.differs else r.grade for r in found],
    }
    table = {plain(head): [plain(x, 300) for x in cells] for head, cells in columns.items()}
    st.table(table, alt="This exam by each calibration")
    show_explained([f"{head}: {cell}" for head, cells in columns.items() for cell in cells])
