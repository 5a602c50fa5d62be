"""Practice: read, commit with a confidence, see the truth; progress in a file of the reader's own."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime

import streamlit as st

from ironreport.errors import IronReportError
from ironreport.records import Region
from ironreport.report.pdf.sheet_page import write_sheet
from ironreport.teaching.case_file import Method
from ironreport.teaching.case_numbers import BenchReading, read_at_bench
from ironreport.teaching.classroom import answers_to, said_words, summary_sheet
from ironreport.teaching.practice import LEVELS, NOT_ESTIMABLE, Task, choices_of, kinds, score, task
from ironreport.teaching.practice_file import LARGEST_BYTES, Answered, Progress, open_pack, open_progress, save
from ironreport.teaching.practice_marking import marked, next_of_pack, next_task, program_says, with_answer
from ironreport.teaching.region_truth import region_truth
from ironreport.teaching.repetition import due
from ironreport.teaching.scenes import scene_of
from ironreport.teaching.words import say
from ironreport.ui import parts, state
from ironreport.ui.learn.bench import show_reading_of
from ironreport.ui.learn.case_state import BENCH_METHODS
from ironreport.ui.learn.learn_charts import Curve, echoes_chart
from ironreport.ui.learn.region_lesson import region_on, show_region_canvas, show_truth
from ironreport.ui.shown import plain
from ironreport.ui.spoken import here

HELD, ASKED, ANSWER, OPENED = "practice-progress", "practice-asked", "practice-answer", "practice-opened"


def show_practice() -> None:
    """Draw the section."""
    _show_file()
    _show_score()
    level = _level()
    asked = _asked(level)
    if asked is None:
        return
    answer: Answered | None = st.session_state.get(ANSWER)
    left, right = st.columns([6, 5], gap="large")
    with left:
        name = state.knowledge().organ(asked.kind.organ).name
        st.markdown(f"### {plain(say('practice_task', organ=name.lower()))}")
        found = _show_task(asked, answer)
    with right:
        if answer is None:
            _show_form(asked, found)
        else:
            _show_truth(asked, answer)
            st.button(say("practice_next"), type="primary", on_click=_go_on, key="practice-next")


def progress() -> Progress:
    """The progress of this session."""
    held: Progress = st.session_state.setdefault(HELD, Progress())
    return held


def _level() -> int:
    pack = progress().pack
    if pack is not None:
        return pack.level
    chosen = st.segmented_control(
        say("practice_level"), LEVELS, format_func=lambda i: say(f"level_{i}"), default=1, key="practice-level",
        required=True,
    )  # fmt: skip
    return int(chosen or 1)


def _asked(level: int) -> Task | None:
    """The task on the table; None where the pack in hand is through."""
    held = progress()
    pack = held.pack
    if pack is not None:
        following = next_of_pack(held, pack)
        if following is None and ANSWER not in st.session_state:
            st.success(plain(say("practice_pack_over", pack=pack.pack), 300), icon=":material/check:")
            return None
        n_done = len(answers_to(held, pack)) - (ANSWER in st.session_state)
        st.caption(plain(say("practice_pack", pack=pack.pack, number=n_done + 1, all=pack.n_tasks), 200))
    if ASKED not in st.session_state:
        kind, seed = next_task(held, level, datetime.now(UTC), secrets.randbelow(10**6))
        st.session_state[ASKED] = (kind.id, seed)
    kind_id, seed = st.session_state[ASKED]
    return task(next(kind for kind in kinds() if kind.id == kind_id), seed, state.knowledge())


def _go_on() -> None:
    for key in [k for k in st.session_state if str(k).startswith("practice-bench")]:
        del st.session_state[key]
    for name in (ASKED, ANSWER, "practice-said", "practice-sure"):
        st.session_state.pop(name, None)


# --------------------------------------------------------------------------------------- the task


def _show_task(asked: Task, answer: Answered | None) -> float | None:
    """The echoes with their bench, or the canvas; the T2* [ms] that is read comes back."""
    if asked.images is not None:
        organ = state.knowledge().organ(asked.kind.organ).location
        st.caption(plain(say("practice_region", organ=organ), 200))
        show_region_canvas(asked.images, _canvas_of(asked))
        region = _region_of(asked)
        return _read_region(asked, region) if region else None
    echoes = st.container()  # above the bench, and drawn with what the bench is set to
    found = _bench(asked) if answer is None else None
    with echoes:
        _show_echoes(asked, found)
    return found.t2star_ms if found else None


def _show_echoes(asked: Task, found: BenchReading | None) -> None:
    curves: list[Curve] = []
    if found is not None and found.curve:
        curves = [(say(f"by_{found.method.replace('-', '_')}"), found.curve)]
    log = st.toggle(say("log_axis"), key="practice-log")
    left_out = found.left_out if found else ()
    chart = echoes_chart(asked.data.te_ms, asked.data.signal, left_out, curves, log=log)
    st.vega_lite_chart(chart, width="stretch", key="practice-chart", alt=say("picture_alt"))
    with st.expander(say("data")):
        cells = {f"{te:g}": [f"{s:g}"] for te, s in zip(asked.data.te_ms, asked.data.signal, strict=True)}
        st.table(cells, hide_index=True, alt=say("data"))


def _canvas_of(asked: Task) -> str:
    return f"practice-{asked.kind.id}-{asked.seed}"


def _region_of(asked: Task) -> Region | None:
    """The region that was drawn for a task of images."""
    return region_on(scene_of(asked.images), _canvas_of(asked)) if asked.images else None


def _read_region(asked: Task, region: Region) -> float | None:
    """The T2* [ms] of a region by the plain mean, shown with the class it would have; nothing of the truth."""
    assert asked.images is not None  # noqa: S101 - _show_task() asked
    t2star_ms = region_truth(scene_of(asked.images), region, state.knowledge()).plain.t2star_ms
    show_reading_of(BenchReading("least-squares", (), t2star_ms, refusal=say("no_number")), asked.kind.organ, "1.5")
    return t2star_ms


def _bench(asked: Task) -> BenchReading:
    method: Method = st.selectbox(
        say("method"), BENCH_METHODS[:3], format_func=lambda m: say(f"by_{m.replace('-', '_')}"),
        key="practice-bench-method", index=1,
    )  # fmt: skip
    left_out = st.pills(
        say("leave_out"), list(range(1, len(asked.data.te_ms) + 1)), selection_mode="multi",
        format_func=lambda i: say("echo_label", number=i, te=f"{asked.data.te_ms[i - 1]:g}"),
        key="practice-bench-out", wrap=True,
    )  # fmt: skip
    found = read_at_bench(asked.data, method, tuple(sorted(left_out)), asked.kind.organ)
    show_reading_of(found, asked.kind.organ, asked.data.field)
    return found


def _show_form(asked: Task, t2star_ms: float | None) -> None:
    with st.container(border=True, key="practice-form"):
        st.caption(plain(say("practice_intro"), 300))
        said = st.radio(
            say("practice_class"), choices_of(asked.kind.organ, state.knowledge()), index=None,
            format_func=lambda one: plain(said_words(one)), key="practice-said",
        )  # fmt: skip
        sure = st.slider(say("practice_sure"), 50, 99, 75, key="practice-sure")

        def commit() -> None:
            answer = marked(asked, str(said), sure / 100.0, t2star_ms, _region_of(asked))
            st.session_state[ANSWER] = answer
            st.session_state[HELD] = with_answer(progress(), answer, datetime.now(UTC))

        disabled = said is None or (asked.images is not None and t2star_ms is None)
        st.button(say("practice_commit"), type="primary", on_click=commit, disabled=disabled, key="practice-commit")


def _show_truth(asked: Task, answer: Answered) -> None:
    if answer.right:
        st.success(say("practice_right"), icon=":material/check:")
    else:
        st.warning(say("practice_wrong"), icon=":material/undo:")
    t2star, sure = f"{asked.t2star_ms:.3g}", round(100 * answer.confidence)
    lines = [
        say("practice_truth_none", t2star=t2star)
        if asked.truth == NOT_ESTIMABLE
        else say("practice_truth", t2star=t2star, **{"class": asked.truth})
    ]
    said = said_words(answer.said)
    if answer.t2star_ms is None:
        lines.append(say("practice_said_none", said=said, confidence=sure))
    else:
        error = f"{100 * (answer.t2star_ms / asked.t2star_ms - 1):+.0f}"
        read = f"{answer.t2star_ms:.3g}"
        lines.append(say("practice_said", said=said, confidence=sure, t2star=read, error=error))
    if asked.images is None:
        lines.append(say("practice_program", answer=program_says(asked, state.knowledge()).answer))
    lines.append(say("practice_rule", name=asked.kind.name, rule=asked.kind.rule))
    st.markdown("\n".join(f"- {plain(line, 600)}" for line in lines))
    if asked.images is None:
        parts.show_cautions(program_says(asked, state.knowledge()).cautions)
        return
    region = _region_of(asked)
    if region is not None:
        show_truth(scene_of(asked.images), region_truth(scene_of(asked.images), region, state.knowledge()))


# --------------------------------------------------------------------------------------- the file


def _show_score() -> None:
    held = progress()
    found = score(held.answers)
    if found.brier is None:
        st.caption(say("practice_score_none"))
        return
    words = say("practice_score", right=found.n_right, n=found.n, brier=f"{found.brier:.2f}")
    waiting = due(held, tuple(kind.id for kind in kinds()), datetime.now(UTC))
    more = f" {say('practice_due', n=len(waiting))}" if waiting else ""
    st.caption(plain(f"{words}{more}", 300))


def _show_file() -> None:
    with st.expander(say("practice_file")):
        left, right = st.columns(2, gap="large")
        with left:
            name = st.text_input(say("practice_name"), progress().name, max_chars=40, key="practice-name") or ""
            if name != progress().name:
                st.session_state[HELD] = progress().model_copy(update={"name": name})
            language = here().code
            with st.container(horizontal=True):
                st.download_button(
                    say("practice_save"), data=lambda: save(progress()), file_name="ironreport_practice.json",
                    mime="application/json", on_click="ignore", key="practice-save",
                )  # fmt: skip
                st.download_button(
                    say("practice_pdf"), data=lambda: _summary(language),
                    file_name="ironreport_practice.pdf", mime="application/pdf", on_click="ignore", key="practice-pdf",
                )  # fmt: skip
                st.button(say("practice_clear"), on_click=_clear, key="practice-clear")
        with right:
            file = st.file_uploader(
                say("practice_open"), type=["json"], key="practice-file", max_upload_size=LARGEST_BYTES // 2**20
            )
            if file is not None and st.session_state.get(OPENED) != file.file_id:
                st.session_state[OPENED] = file.file_id
                _open(file.getvalue())


def _open(content: bytes) -> None:
    """A pack is recognised by itself; else the file must be a progress."""
    try:
        pack = open_pack(content)
    except IronReportError:
        pack = None
    try:
        held = open_progress(content) if pack is None else progress().model_copy(update={"pack": pack})
    except IronReportError as error:
        parts.show_refusal(error)
        return
    _go_on()
    st.session_state[HELD] = held
    st.rerun()


def _summary(language: str) -> bytes:
    return write_sheet(summary_sheet(progress(), "IronReport"), language=language)


def _clear() -> None:
    _go_on()
    st.session_state[HELD] = Progress()
