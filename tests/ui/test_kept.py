"""What was computed for one person is computed once, is dropped with its inputs, and is met by nobody else."""

from __future__ import annotations

import ast
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import fields, replace
from pathlib import Path
from types import SimpleNamespace
from urllib.parse import urlsplit

import pytest
from streamlit.testing.v1 import AppTest

from ironreport import relaxometry
from ironreport.hospital import defaults
from ironreport.records import ReportDetails
from ironreport.report.pdf import page_pictures
from ironreport.synthetic.samples import sample_exam
from ironreport.ui import explain, export_buttons, kept, nav, report_page, state, turns
from ironreport.ui.sample_visit import sample

Counted = dict[str, int]


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> Counted:
    """How often each of the costly things is done."""
    counts: Counted = {}

    def count(place: object, name: str) -> None:
        real: Callable[..., object] = getattr(place, name)

        def counting(*args: object, **options: object) -> object:
            counts[name] = counts.get(name, 0) + 1
            return real(*args, **options)

        monkeypatch.setattr(place, name, counting)

    count(relaxometry, "fit_decay")
    count(defaults, "describe")
    count(report_page, "describe")
    count(export_buttons, "write_pdf")
    count(report_page, "page_address")
    count(explain, "explained")
    return counts


def visit(repo_root: Path) -> AppTest:
    """A new session with the sample exam of two organs."""
    app = AppTest.from_file(str(repo_root / "app.py"), default_timeout=120)
    app.session_state["exam"] = sample_exam()
    return app.run()


@pytest.mark.parametrize("page", ["4_Findings", "5_Report", "2_Signals"])
def test_a_page_drawn_again_computes_nothing(repo_root: Path, counted: Counted, page: str) -> None:
    app = visit(repo_root).switch_page(f"pages/{page}.py").run()
    assert counted["fit_decay"] == 2
    counted.clear()
    assert not app.run().run().exception
    assert counted == {}


def test_a_name_typed_is_printed_and_fits_nothing_again(repo_root: Path, counted: Counted) -> None:
    app = visit(repo_root).switch_page("pages/5_Report.py").run()
    counted.clear()
    app.session_state["exam"] = replace(app.session_state["exam"], pseudonym="Anna 7")
    assert not app.run().exception
    assert "fit_decay" not in counted
    assert counted["write_pdf"] == counted["page_address"] >= 1
    assert app.session_state[f"{report_page.PREVIEW}-content"][1].pseudonym == "Anna 7"


def test_what_is_found_rests_on_no_name_and_on_nothing_that_the_reader_adds(repo_root: Path) -> None:
    """So the assessment of an exam whose name was typed is taken over, and carries the new name."""
    first = sample().exam
    details = ReportDetails(**{one.name: f"other {one.name}" for one in fields(ReportDetails)})
    for changed in (replace(first, pseudonym="Anna 7"), replace(first, details=details)):
        taken_over = state._assessed_anew(changed, (first, sample().assessed), {})
        assert taken_over == state.assess_exam(changed) and taken_over.exam == changed
        assert taken_over.guidance is sample().assessed.guidance
    dated = replace(first, exam_date="2031-01-01", pseudonym="Anna 7")
    assert state._assessed_anew(dated, (first, sample().assessed), {}) == state.assess_exam(dated)
    for path in (
        *(repo_root / "ironreport/assess").rglob("*.py"),
        *(repo_root / "ironreport/relaxometry").rglob("*.py"),
    ):
        read = {n.attr for n in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if isinstance(n, ast.Attribute)}
        assert not read & {"pseudonym", "details"}, path.name


def test_an_echo_left_out_fits_its_organ_and_no_other(repo_root: Path, counted: Counted) -> None:
    app = visit(repo_root).switch_page("pages/4_Findings.py").run()
    before = {f.organ: f.fit for f in app.session_state["assessed"][1].findings}
    counted.clear()
    exam = app.session_state["exam"]
    first, *others = exam.measurements
    changed = replace(first, choices=replace(first.choices, left_out=(1,)))
    app.session_state["exam"] = replace(exam, measurements=(changed, *others))
    for widget in app.multiselect:
        if (widget.key or "").startswith(f"left-out-{first.organ}"):
            widget.set_value([1])
    assert not app.run().exception
    after = {f.organ: f.fit for f in app.session_state["assessed"][1].findings}
    assert counted["fit_decay"] == 1
    assert after[first.organ] != before[first.organ]
    assert after[others[0].organ] == before[others[0].organ]


def test_another_session_with_the_same_exam_computes_its_own(repo_root: Path, counted: Counted) -> None:
    visit(repo_root).switch_page("pages/5_Report.py").run()
    first = dict(counted)
    counted.clear()
    visit(repo_root).switch_page("pages/5_Report.py").run()
    assert counted == first


def test_the_sample_exam_comes_with_what_is_found_of_it_and_each_visitor_changes_only_a_copy(
    repo_root: Path, counted: Counted
) -> None:
    held = sample()
    assert held.assessed == state.assess_exam(held.exam)
    before = dict(held.found)
    app = AppTest.from_file(str(repo_root / "app.py"), default_timeout=120).run()
    counted.clear()
    next(button for button in app.button if button.label == "Load a sample exam").click().run()
    app = app.switch_page("pages/4_Findings.py").run()
    assert app.session_state["assessed"][1] is held.assessed and "fit_decay" not in counted
    first, *others = held.exam.measurements
    changed = replace(first, choices=replace(first.choices, left_out=(1,)))
    app.session_state["exam"] = replace(held.exam, measurements=(changed, *others))
    assert not app.run().exception
    assert counted["fit_decay"] == 1
    assert app.session_state["assessed-found"] != before == held.found


def test_new_exam_drops_all_that_was_kept(repo_root: Path) -> None:
    app = visit(repo_root)
    kept_before = {"assessed", "assessed-found", "exam-file-name", report_page.PREVIEW}
    app.session_state[report_page.PREVIEW] = ((), b"an old report")
    assert all(key in app.session_state for key in kept_before)
    next(button for button in app.button if button.label == "New exam").click()
    assert not app.run().exception
    assert not kept_before & set(app.session_state)


def test_no_page_of_a_report_stays_in_a_cache_of_the_process(repo_root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    drawn: list[str] = []
    real = page_pictures.page_address

    def drawing(pdf: bytes, index: int) -> str:
        drawn.append(real(pdf, index))
        return drawn[-1]

    monkeypatch.setattr(report_page, "page_address", drawing)
    visit(repo_root).switch_page("pages/5_Report.py").run()
    hits = urlsplit.cache_info().hits  # type: ignore[attr-defined]
    urlsplit(drawn[0])
    assert urlsplit.cache_info().hits == hits  # type: ignore[attr-defined]


def test_a_thing_made_of_another_object_is_made_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    session: dict[str, object] = {}
    monkeypatch.setattr(kept, "st", SimpleNamespace(session_state=session))
    made: list[object] = []

    def make() -> int:
        made.append(object())
        return len(made)

    one, equal = (1.0, 2.0), (float("1"), float("2"))
    assert [kept.kept("a", (one, "x", 1), make) for _ in range(3)] == [1, 1, 1]
    assert kept.kept("a", (equal, "x", 1), make) == 2, "equal is not the same: records may hold what == does not see"
    assert kept.kept("a", (equal, "y", 1), make) == 3
    assert kept.kept("a", (equal, "y", True), make) == 4
    assert kept.kept("a", (equal, "y"), make) == 5
    assert kept.kept("b", (equal, "y"), make) == 6


# --------------------------------------------------------------------------- turns


def test_no_more_pages_run_than_have_a_place() -> None:
    with ExitStack() as taken:
        for _ in range(turns.AT_A_TIME):
            taken.enter_context(turns.turn())
        entered = threading.Event()

        def wait() -> None:
            with turns.turn():
                entered.set()

        late = threading.Thread(target=wait)
        late.start()
        assert not entered.wait(0.05)
    assert entered.wait(10)
    late.join()


def test_who_came_first_is_served_first() -> None:
    places, served, waiting = turns.Places(1), list[int](), list[threading.Thread]()

    def visit(number: int) -> None:
        with places:
            served.append(number)

    with places:
        for number in range(5):
            waiting.append(threading.Thread(target=visit, args=(number,)))
            waiting[-1].start()
            while len(places._waiting) <= number:
                time.sleep(0.001)
        assert not places.take(wait=False)
    for one in waiting:
        one.join()
    assert served == [0, 1, 2, 3, 4]


def test_what_takes_long_gives_its_place_away_and_takes_it_back() -> None:
    def free() -> int:
        taken = 0
        while turns._PAGES.take(wait=False):
            taken += 1
        for _ in range(taken):
            turns._PAGES.give_back()
        return taken

    with turns.turn():
        assert free() == turns.AT_A_TIME - 1
        with turns.aside():
            assert free() == turns.AT_A_TIME
        assert free() == turns.AT_A_TIME - 1
        with pytest.raises(ZeroDivisionError), turns.aside():
            raise ZeroDivisionError
        assert free() == turns.AT_A_TIME - 1
    assert free() == turns.AT_A_TIME


LONG = {"add_images", "iron_map", "read_upload", "run_selfcheck"}


def test_every_page_that_does_something_long_gives_its_place_away_meanwhile(repo_root: Path) -> None:
    """Two such pages would hold both places: nobody else would see a page for ten seconds, or for minutes."""
    found = set()
    for path in (repo_root / "ironreport/ui").rglob("*.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        given_away = {
            id(inner)
            for block in ast.walk(tree)
            if isinstance(block, ast.With) and any("turns." in ast.unparse(item) for item in block.items)
            for inner in ast.walk(block)
        }
        for call in ast.walk(tree):
            if isinstance(call, ast.Call) and ast.unparse(call.func) in LONG:
                found.add(ast.unparse(call.func))
                assert id(call) in given_away, f"{path.name}:{call.lineno}"
    assert found == LONG


def test_a_fragment_without_a_place_gives_none_away() -> None:
    with turns.aside(), turns.beside():
        pass
    with ExitStack() as taken:
        for _ in range(turns.AT_A_TIME):
            taken.enter_context(turns.turn())
        assert not turns._PAGES.take(wait=False)


def test_a_run_that_waits_for_an_earlier_one_of_its_tab_holds_no_place(
    repo_root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else two tabs could hold both places and wait for runs that need one."""
    taken: list[str] = []

    @contextmanager
    def noted(name: str) -> Iterator[None]:
        taken.append(name)
        yield

    monkeypatch.setattr(nav.turns, "turn", lambda: noted("place"))
    app = AppTest.from_file(str(repo_root / "app.py"), default_timeout=120)
    app.session_state["newest-exam"] = SimpleNamespace(under_way=noted("tab"), held=None)
    assert not app.run().exception
    assert taken[:2] == ["tab", "place"]
