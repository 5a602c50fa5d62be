"""For teachers: a pack of tasks for a class, and the results of the class in one table."""

from __future__ import annotations

import streamlit as st

from ironreport.errors import IronReportError
from ironreport.teaching.classroom import Spread, answers_to, kind_name, mistakes, spreads
from ironreport.teaching.practice import LEVELS, kinds, score, task
from ironreport.teaching.practice_file import Pack, Progress, open_progress, save
from ironreport.teaching.practice_marking import tasks_of_pack
from ironreport.teaching.scenes import scene_of
from ironreport.teaching.words import say
from ironreport.ui import state
from ironreport.ui.learn.learn_charts import shares_chart
from ironreport.ui.learn.outline_picture import outline_picture
from ironreport.ui.shown import plain

MOST_PICTURES = 4


def show_teacher() -> None:
    """Draw the section."""
    st.markdown(plain(say("teacher_intro"), 300))
    left, right = st.columns([4, 7], gap="large")
    with left:
        pack = _show_pack()
    with right:
        _show_class(pack)
    st.caption(plain(say("teacher_plan"), 200))


def _show_pack() -> Pack:
    with st.container(border=True, key="teacher-pack"):
        name = st.text_input(say("teacher_pack"), "Workshop", max_chars=40, key="teacher-name") or "Workshop"
        seed = int(st.number_input(say("teacher_seed"), 0, 10**6, 1, key="teacher-seed"))
        n_tasks = int(st.number_input(say("teacher_n"), 1, 60, 12, key="teacher-n"))
        level = st.segmented_control(
            say("practice_level"), LEVELS, format_func=lambda i: say(f"level_{i}"), default=2, key="teacher-level",
            required=True,
        )  # fmt: skip
        clean = "".join(c for c in name if c.isalnum() or c in " -_.").strip() or "Workshop"
        pack = Pack(pack=clean, seed=seed, n_tasks=n_tasks, level=int(level or 2))
        inside = dict.fromkeys(kind.name for kind, _ in tasks_of_pack(pack))
        st.caption(plain(say("teacher_contents", kinds=", ".join(inside)), 500))
        st.download_button(
            say("teacher_save"), data=lambda: save(pack), file_name="ironreport_pack.json", mime="application/json",
            on_click="ignore", key="teacher-save", type="primary",
        )  # fmt: skip
    return pack


def _show_class(pack: Pack) -> None:
    files = st.file_uploader(say("teacher_collect"), type=["json"], accept_multiple_files=True, key="teacher-files")
    only = st.toggle(say("teacher_only_pack"), key="teacher-only")
    classroom: list[Progress] = []
    for file in files or []:
        try:
            classroom.append(open_progress(file.getvalue()))
        except IronReportError as error:
            words = say("teacher_bad_file", name=file.name, what=error.refusal.what, cure=error.refusal.cure)
            st.error(plain(words, 500), icon=":material/block:")
    if not classroom:
        st.info(plain(say("teacher_nothing"), 200), icon=":material/info:")
        return
    _show_results(classroom, pack if only else None)


def _show_outlines(found: list[Spread]) -> None:
    """What readers drew on the same image, the least alike first."""
    drawn = [(one, alike) for one in found if (alike := one.of_outlines) is not None]
    if not drawn:
        return
    st.markdown(f"**{say('teacher_outlines')}**")
    st.caption(plain(say("outlines_mean"), 300))
    columns = st.columns(2)
    for i, (one, alike) in enumerate(sorted(drawn, key=lambda pair: pair[1].dice)[:MOST_PICTURES]):
        images = task(next(k for k in kinds() if k.id == one.kind), one.seed, state.knowledge()).images
        if images is None:
            continue
        words = say(
            "outlines_of", kind=kind_name(one.kind), n=alike.n_readers, dice=f"{alike.dice:.2f}",
            least=f"{alike.least_dice:.2f}", few=alike.fewest_pixels, many=alike.most_pixels,
        )  # fmt: skip
        picture = outline_picture(scene_of(images), one.outlines)
        columns[i % 2].image(picture, caption=plain(words, 300), alt=words, width="stretch")


def _show_results(classroom: list[Progress], pack: Pack | None) -> None:
    st.markdown(f"**{say('teacher_readers')}**")
    scores = [score(answers_to(one, pack)) for one in classroom]
    st.table(
        {
            say("column_reader"): [plain(one.name or say("summary_nobody")) for one in classroom],
            say("column_answers"): [plain(s.n) for s in scores],
            say("column_right"): [plain(f"{100 * s.n_right / s.n:.0f} %" if s.n else "–") for s in scores],
            say("column_brier"): [plain(f"{s.brier:.2f}" if s.brier is not None else "–") for s in scores],
        },
        hide_index=True,
        alt=say("teacher_readers"),
    )
    rows = [(kind_name(kind), n_wrong / n, n) for kind, n, n_wrong in mistakes(classroom, pack)]
    st.markdown(f"**{say('teacher_mistakes')}**")
    st.vega_lite_chart(shares_chart(rows), width="stretch", key="teacher-chart", alt=say("teacher_chart"))
    st.markdown(f"**{say('teacher_spread')}**")
    found = spreads(classroom, pack)
    if not found:
        st.caption(say("teacher_no_spread"))
        return
    st.table(
        {
            say("column_kind"): [plain(kind_name(s.kind)) for s in found],
            say("column_readers"): [str(s.n_readers) for s in found],
            say("column_right"): [str(s.n_right) for s in found],
            say("column_spread"): [f"{s.cov_percent:.1f} %" if s.cov_percent is not None else "–" for s in found],
        },
        hide_index=True,
        alt=say("teacher_spread"),
    )
    _show_outlines(found)
