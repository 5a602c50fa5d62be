"""Regions on images of known truth, drawn with the canvas of the workbench; nothing of it enters the exam."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import streamlit as st

from ironreport.canvas import Board, Marks, board_from_browser, canvas_data, empty_board
from ironreport.intake import display_window
from ironreport.records import Region
from ironreport.teaching.case_file import Case, CaseImages, CaseQuestion
from ironreport.teaching.marking import AnswerMark
from ironreport.teaching.region_truth import InNumbers, RegionTruth, region_truth
from ironreport.teaching.scenes import FEWEST_PIXELS, Scene, UnderRegion, scene_of
from ironreport.teaching.words import say, tissue_words
from ironreport.ui import canvas, parts, state
from ironreport.ui.learn.case_state import CaseState
from ironreport.ui.shown import plain
from ironreport.ui.spoken_canvas import spoken

LESSONS = {
    "lesson_liver": CaseImages(scene="liver", t2star_ms=3.0),
    "lesson_septum": CaseImages(scene="septum", t2star_ms=28.0),
}
MOST_TISSUES = 4


def show_lessons() -> None:
    """Draw the section: one lesson, its task, the canvas, and what the region does."""
    chosen = st.segmented_control(
        say("region_lesson"), list(LESSONS), format_func=say, key="learn-lesson", default="lesson_liver", required=True,
        label_visibility="collapsed", wrap=True,
    ) or "lesson_liver"  # fmt: skip
    scene = scene_of(LESSONS[chosen])
    st.markdown(plain(say(f"{chosen}_task", t2star=f"{scene.t2star_ms:g}"), 400))
    _show_lesson(scene, chosen)
    canvas.send_pixels(scene.series)


@st.fragment
def _show_lesson(scene: Scene, name: str) -> None:
    left, right = st.columns([7, 5], gap="medium")
    with left:
        show_canvas(scene, name)
        region = region_on(scene, name)
    with right:
        if region is None:
            st.info(plain(say("not_drawn"), 300), icon=":material/draw:")
        else:
            show_truth(scene, region_truth(scene, region, state.knowledge()))


def show_region_question(case: Case, question: CaseQuestion, held: CaseState) -> None:
    """A question that is answered by a region."""
    if case.images is None or held.is_solved(question):
        return
    scene = scene_of(case.images)
    region = region_on(scene, f"{case.id}-{question.id}")
    if region is None:
        st.info(plain(say("not_drawn"), 300), icon=":material/draw:")
        return
    found = region_truth(scene, region, state.knowledge())
    show_truth(scene, found)
    st.button(
        say("check"), key=f"check-{case.id}-{question.id}", type="primary",
        on_click=lambda: held.keep(question, mark_of(scene, found.under)),
    )  # fmt: skip


def show_region_canvas(images: CaseImages, name: str) -> None:
    """The canvas of a question, for its widest place on the page."""
    scene = scene_of(images)
    show_canvas(scene, name)
    canvas.send_pixels(scene.series)


def mark_of(scene: Scene, under: UnderRegion) -> AnswerMark:
    """The mark of a region, with what lies under it in words."""
    return AnswerMark(under.right, " ".join(words_of(scene, under)))


# ------------------------------------------------------------------------------------ the canvas


def show_canvas(scene: Scene, name: str) -> None:
    """The canvas of the workbench with the images of a scene."""
    key, board, knowledge = _key(scene, name), _board(scene, name), state.knowledge()

    def receive() -> None:
        sent = st.session_state[key].get("drawn")
        st.session_state[f"{key}-board"] = board_from_browser(sent, _board(scene, name), knowledge.organs)

    window = display_window(scene.series.images)
    data = canvas_data(scene.series, board, knowledge, window, {}, None, Marks(), organ=scene.organ)
    canvas.show(key, spoken(data), receive)


def region_on(scene: Scene, name: str) -> Region | None:
    """The region that is selected on the canvas of a scene."""
    current = _board(scene, name).current
    return current.region if current else None


def _board(scene: Scene, name: str) -> Board:
    held: Board | None = st.session_state.get(f"{_key(scene, name)}-board")
    return held or empty_board(scene.series)


def _key(scene: Scene, name: str) -> str:
    return f"lesson-{name}-{scene.series.key}"


def scene_picture(scene: Scene) -> npt.NDArray[np.uint8]:
    """The first echo as a grey picture, shape (n_rows, n_columns)."""
    image = scene.series.images[0, 0]
    low, high = display_window(scene.series.images)
    return np.asarray(np.clip((image - low) / (high - low) * 255.0, 0.0, 255.0), dtype=np.uint8)


# --------------------------------------------------------------------------------- what it reads


def show_truth(scene: Scene, found: RegionTruth) -> None:
    """Truth, plain mean and program side by side, then what lies under the region."""
    name = state.knowledge().organ(scene.organ).name
    program = (found.card.headline, found.card.class_word) if found.card else (say("no_number"), "")
    columns = st.columns(3, gap="small")
    for column, title, (number, grade) in zip(
        columns,
        ("region_truth", "region_plain", "region_program"),
        (_in_words(found.truth), _in_words(found.plain), program),
        strict=True,
    ):
        column.caption(plain(say(title)))
        column.markdown(f"**{plain(number)}**  \n{plain(grade)}")
    st.markdown("\n".join(f"- {plain(line, 300)}" for line in words_of(scene, found.under)))
    if found.card is not None and found.card.measured:
        st.caption(plain(f"{name}: {found.card.measured}", 400))
    st.markdown(f"**{say('region_program_says')}**")
    if any(found.said):
        parts.show_cautions([text for text in found.said if text])
    else:
        st.caption(say("nothing_said" if found.under.right else "nothing_said_wrong"))


def _in_words(found: InNumbers) -> tuple[str, str]:
    if found.t2star_ms is None:
        return say("no_number"), ""
    return say("region_number", t2star=f"{found.t2star_ms:.3g}"), found.grade


def words_of(scene: Scene, under: UnderRegion) -> list[str]:
    """What lies under a region, sentence by sentence."""
    name = state.knowledge().organ(scene.organ).name.lower()
    share = round(100 * dict(under.shares).get(scene.organ, 0.0))
    first = say("under_right" if under.right else "under_wrong", share=share, n=under.n_pixels, organ=name)
    small = [say("small_region", n=under.n_pixels, least=FEWEST_PIXELS)] if under.n_pixels < FEWEST_PIXELS else []
    others = [(tissue, part) for tissue, part in under.shares if tissue != scene.organ][:MOST_TISSUES]
    told = tissue_words()
    return [
        first,
        *small,
        *(
            say("under_tissue", share=max(round(100 * part), 1), tissue=tissue, because=told.get(tissue, ""))
            for tissue, part in others
        ),
    ]
