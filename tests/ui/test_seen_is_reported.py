"""Whatever is drawn, moved, copied, renamed, unticked and undone: the number beside the image is the one printed."""

from __future__ import annotations

import csv
import io
import json
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from streamlit.testing.v1 import AppTest

from ironreport.assess import assess
from ironreport.canvas import Board, DrawnRegion
from ironreport.exam import open_exam, save_exam
from ironreport.exports import export
from ironreport.intake import ReadResult, read_series
from ironreport.knowledge import published_knowledge
from ironreport.records import DecaySignal, Exam, Region
from ironreport.report import describe
from ironreport.report.content import Card, ReportContent
from ironreport.report.pdf import write_pdf
from ironreport.synthetic.samples import sample_exam, sample_images
from ironreport.ui import canvas

KNOWLEDGE = published_knowledge()
ORGANS = ("liver", "spleen", "pancreas", "")
PLACES = (
    Region("ellipse", 60.0, 40.0, 9.0, 9.0),
    Region("ellipse", 74.0, 44.0, 8.0, 10.0),
    Region("rectangle", 66.0, 98.0, 9.0, 7.0),
    Region("rectangle", 40.0, 42.0, 12.0, 12.0),  # over a vein
    Region("ellipse", -40.0, -40.0, 5.0, 5.0),  # beside the image
)
N_STEPS, N_EXAMPLES = 8, 8
TYPED = next(m for m in sample_exam().measurements if m.organ == "liver")
TWO_REGIONS = [("draw", "liver", 0), ("draw", "liver", 1)]


@dataclass
class Desk:
    """A reader at the workbench: the board as the browser holds it, and what came before."""

    page: AppTest
    key: str
    regions: tuple[DrawnRegion, ...] = ()
    selected: str = ""
    before: list[tuple[DrawnRegion, ...]] = field(default_factory=list)
    shown: dict[str, Any] = field(default_factory=dict)
    n_drawn: int = 0
    meddled: set[str] = field(default_factory=set)
    """Organs of the exam that were changed elsewhere than on the image."""
    typed: bool = False

    @property
    def exam(self) -> Exam:
        found: Exam = self.page.session_state["exam"]
        return found

    def put(self, regions: Sequence[DrawnRegion], selected: str = "") -> None:
        self.before.append(self.regions)
        self.regions, self.selected = tuple(regions), selected or self.selected

    def send(self) -> None:
        board = Board(self.key, (0, 0), regions=self.regions, selected=self.selected)
        self.page.session_state[f"board-{self.key}"] = board
        self.page.run()
        assert not self.page.exception

    # ------------------------------------------------------------------ what a reader does

    def draw(self, organ: str, place: int) -> None:
        self.n_drawn += 1
        drawn = DrawnRegion(f"{self.n_drawn:012x}", organ, "", PLACES[place])
        self.put((*self.regions, drawn), drawn.id)

    def change(self, which: int, **fields: Any) -> None:
        if self.regions:
            one = self.regions[which % len(self.regions)]
            self.put([replace(d, **fields) if d is one else d for d in self.regions], one.id)

    def move(self, which: int, by: int) -> None:
        if self.regions:
            region = self.regions[which % len(self.regions)].region
            self.change(which, region=replace(region, column=region.column + by))

    def copy(self, which: int) -> None:
        if self.regions:
            self.n_drawn += 1
            one = self.regions[which % len(self.regions)]
            again = replace(one, id=f"{self.n_drawn:012x}", region=replace(one.region, slice_index=1), reported=True)
            self.put((*self.regions, again), again.id)

    def delete(self, which: int) -> None:
        if self.regions:
            gone = self.regions[which % len(self.regions)]
            self.put([d for d in self.regions if d is not gone])

    def tick(self, which: int) -> None:
        if self.regions:
            self.change(which, reported=not self.regions[which % len(self.regions)].reported)

    def undo(self) -> None:
        if self.before:
            self.regions = self.before.pop()

    def take_out(self, organ: str) -> None:
        self.meddled.add(organ)
        self.typed = self.typed and organ != "liver"
        left = tuple(m for m in self.exam.measurements if m.organ != organ)
        self.page.session_state["exam"] = replace(self.exam, measurements=left)

    def type_in(self) -> None:
        self.take_out("liver")
        self.page.session_state["exam"] = replace(self.exam, measurements=(*self.exam.measurements, TYPED))
        self.typed = True

    def claim(self) -> None:
        """Press the button that lets the regions speak for their organ, where it is offered."""
        for button in self.page.button:
            if (button.key or "").startswith("region-to-exam"):
                self.typed = self.typed and "liver" not in button.label
                button.click()


def steps() -> st.SearchStrategy[list[tuple[Any, ...]]]:
    which = st.integers(0, 5)
    each = [
        st.tuples(st.just("draw"), st.sampled_from(ORGANS[:2]), st.integers(0, len(PLACES) - 1)),
        st.tuples(st.just("draw"), st.sampled_from(ORGANS), st.integers(0, len(PLACES) - 1)),
        st.tuples(st.just("move"), which, st.integers(-4, 4)),
        st.tuples(st.just("copy"), which),
        st.tuples(st.just("delete"), which),
        st.tuples(st.just("rename"), which, st.sampled_from(ORGANS)),
        st.tuples(st.just("tick"), which),
        st.tuples(st.just("undo")),
        st.sampled_from([("take_out", "liver"), ("take_out", "spleen"), ("type_in",), ("claim",)]),
    ]
    first = st.tuples(st.just("draw"), st.just("liver"), st.integers(0, 3))
    return st.tuples(first, st.lists(st.one_of(each), min_size=3, max_size=N_STEPS)).map(lambda x: [x[0], *x[1]])


@pytest.fixture(scope="module")
def images() -> ReadResult:
    return read_series([sample_images()])


@pytest.fixture
def desks(repo_root: Path, images: ReadResult, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Desk]]:
    """Where each example puts its desk, so that what the canvas is given reaches it."""
    held: list[Desk] = []
    monkeypatch.setattr(canvas, "show", lambda _key, data, _on_drawn: held[-1].shown.update(data))
    yield held


def new_desk(desks: list[Desk], repo_root: Path, images: ReadResult) -> Desk:
    page = AppTest.from_file(str(repo_root / "app.py"), default_timeout=60)
    page.session_state["images"] = images
    desks.append(Desk(page, images.series[0].key))
    page.run().switch_page("pages/3_Images.py").run()
    return desks[-1]


# ----------------------------------------------------------------------------------- what is promised


def printed(exam: Exam) -> tuple[ReportContent, dict[str, Card]]:
    """The report of the exam file, as another computer would print it."""
    content = describe(assess(open_exam(save_exam(exam)), KNOWLEDGE), KNOWLEDGE)
    return content, {card.organ: card for card in content.cards}


def regions_of(exam: Exam, key: str) -> dict[str, list[Region]]:
    """By organ the regions of this series that the exam rests on."""
    signals = [m.signal for m in exam.measurements if isinstance(m.signal, DecaySignal)]
    return {s.organ: list(s.drawn) for s in signals if s.series_key == key}


def check_screen(desk: Desk) -> None:
    """Beside the image stands the number of the report; a region that is not in it says so on its label."""
    _, cards = printed(desk.exam)
    current = next((d for d in desk.regions if d.id == desk.selected), None)
    heads = [m.value.removeprefix("### ").replace("\\", "") for m in desk.page.markdown if m.value.startswith("### ")]
    card = cards.get(current.organ) if current else None
    assert heads == ([card.headline] if card else [])

    outside, inside = desk.shown["outside"], regions_of(desk.exam, desk.key)
    for organ in {d.organ for d in desk.regions}:
        unmarked = [d.region for d in desk.regions if d.organ == organ and d.id not in outside]
        assert unmarked == (inside.get(organ, []) if organ else [])
    for drawn in desk.regions:
        check_label(desk, drawn)
    if desk.typed:
        assert TYPED in desk.exam.measurements


def check_label(desk: Desk, drawn: DrawnRegion) -> None:
    label, is_outside = desk.shown["labels"].get(drawn.id, ""), drawn.id in desk.shown["outside"]
    can_be_measured = drawn.organ and drawn.region.row > 0
    if drawn.organ not in desk.meddled:
        assert is_outside == (not (drawn.reported and can_be_measured))
    if is_outside or not can_be_measured:
        assert not label or label.endswith(" alone") or label == "no number"
        return
    finding = assess(desk.exam, KNOWLEDGE).finding(drawn.organ)
    signal = finding.measurement.signal if finding else None
    if isinstance(signal, DecaySignal) and len(signal.drawn) > 1:
        assert label.endswith(" alone") or label == "no number"
    else:
        [card] = [card for card in printed(desk.exam)[1].values() if card.organ == drawn.organ]
        assert label == "no number" or label in f"{card.headline} {card.measured}"


def check_ways_out(exam: Exam) -> None:
    """PDF, CSV and FHIR hold the numbers of the cards, digit for digit."""
    assessment = assess(exam, KNOWLEDGE)
    content, cards = printed(exam)
    text = " ".join(text_of(write_pdf(content)).split())
    table = list(csv.DictReader(io.StringIO(export("csv", assessment, content, KNOWLEDGE).decode("utf-8-sig"))))
    bundle = json.loads(export("fhir", assessment, content, KNOWLEDGE))
    resources = [entry["resource"] for entry in bundle["entry"]]
    numbers = {float(r["valueQuantity"]["value"]) for r in resources if "valueQuantity" in r}
    assert [row["organ"] for row in table] == list(cards)
    for row, card in zip(table, cards.values(), strict=True):
        assert row["printed"] == f"{card.headline} {card.interval}".strip()
        assert card.headline in text and card.interval.removeprefix("95 % ") in text
        if row["value"]:
            assert float(next(word for word in card.headline.split() if word[0].isdigit())) in numbers


def text_of(pdf: bytes) -> str:
    return subprocess.run(["pdftotext", "-", "-"], input=pdf, capture_output=True, check=True).stdout.decode()


@pytest.mark.slow
@pytest.mark.usefixtures("poppler")
@given(told=steps())
@example(told=[*TWO_REGIONS, ("tick", 0), ("tick", 1), ("undo",), ("move", 1, 3), ("undo",), ("undo",)])
@example(told=[*TWO_REGIONS, ("type_in",), ("move", 0, 2), ("claim",), ("delete", 0), ("undo",)])
@example(told=[*TWO_REGIONS, ("take_out", "liver"), ("move", 0, 2), ("claim",), ("rename", 1, "spleen"), ("copy", 0)])
@settings(max_examples=N_EXAMPLES, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
def test_the_number_beside_the_image_is_the_number_of_every_way_out(
    told: list[tuple[Any, ...]], desks: list[Desk], repo_root: Path, images: ReadResult
) -> None:
    desk = new_desk(desks, repo_root, images)
    for name, *given_ in told:
        if name == "rename":
            desk.change(given_[0], organ=given_[1])
        else:
            getattr(desk, name)(*given_)
        desk.send()
        check_screen(desk)
    if desk.exam.measurements:
        check_ways_out(desk.exam)
