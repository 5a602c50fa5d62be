"""T1 of one inversion recovery: number, interval and doubts, its curve, and its way into the patient's facts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import streamlit as st

from ironreport.errors import IronReportError
from ironreport.knowledge.organ_file import NativeT1
from ironreport.relaxometry import fit_recovery
from ironreport.relaxometry.models import MOLLI, RECOVERY_MODELS, THREE_PARAMETERS
from ironreport.relaxometry.recovery_doubts import RecoveryFit
from ironreport.report.numbers import interval, named
from ironreport.ui import parts, state
from ironreport.ui.charts import recovery_chart
from ironreport.ui.filled import fill
from ironreport.ui.shown import plain

NO_CLASS = "No class: published limits of T1 differ with sequence, scanner and field, and disagree."


def method_choice(key: str, *, one_series: bool = False) -> str:
    """The model to fit; where all times stand in one series MOLLI is proposed."""
    models = list(RECOVERY_MODELS)
    proposed = MOLLI.name if one_series else THREE_PARAMETERS.name
    chosen = st.selectbox(
        "T1 method", models, index=models.index(proposed), format_func=lambda m: RECOVERY_MODELS[m].words,
        key=f"t1-method-{key}-{one_series}-{state.token()}", persist_state="session",
        help="Look-Locker read-outs (MOLLI) shorten the time constant; T1 is corrected for that.",
    )  # fmt: skip
    return chosen or proposed


def show_recovery(ti_ms: Sequence[float], signal: Sequence[float], organ: str | None, method: str, key: str) -> None:
    """T1 with its interval and doubts, the curve, and the button that keeps it; or why there is none."""
    try:
        fit = fit_recovery(ti_ms, signal, method)
    except IronReportError as error:
        parts.show_refusal(error)
        return
    file = state.knowledge().organ(organ) if organ else None
    name = file.name if file else "Organ not named"
    with st.container(border=True, gap="small"):
        st.markdown(f"**{plain(name)}** :small[{plain(fit.method)}]")
        st.markdown(f"### {plain(named(fit.t1))}")
        limits = interval(fit.t1)
        st.markdown(f"**{f'95 % {plain(limits)} ms' if limits else 'no interval'}**")
        st.caption(plain(NO_CLASS))
        parts.show_cautions([c.text for c in fit.cautions])
    if file and file.native_t1:
        _offer_fact(fit, file.native_t1, key)
    words = f"Inversion recovery: {len(fit.ti_ms)} times, {named(fit.t1)}"
    st.vega_lite_chart(recovery_chart(fit), width="stretch", key=f"recovery-{key}-{state.token()}", alt=words)
    if fit.n_negative:
        st.caption(f"The first {fit.n_negative} signals stand for negative magnetisation, as the best fit says.")


def _offer_fact(fit: RecoveryFit, native: NativeT1, key: str) -> None:
    """Keep the T1 with what is known of the patient, unless its doubts forbid to rely on it."""
    if any(c.blocks_grade for c in fit.cautions):
        st.caption(f"Not offered as {plain(native.name)} of the patient: see the doubts above.")
        return
    value = f"{round(fit.t1.value)}"
    if state.exam().context.fact(native.fact) == value:
        st.caption(f"Kept as {plain(native.name)} of the patient. *Findings* uses it.")
        return
    st.button(
        f"Keep {value} ms as {plain(native.name)} of the patient", type="primary", key=f"keep-t1-{key}-{state.token()}",
        on_click=_keep_fact, args=(native.fact, value),
    )  # fmt: skip


def _keep_fact(name: str, value: str) -> None:
    context = state.exam().context
    others = tuple(fact for fact in context.facts if fact[0] != name)
    state.put_context(replace(context, facts=(*others, (name, value))))
    fill({f"fact-{name}-{state.token()}": value})
