"""The Report page: what is missing is said, what is typed is the reader's, and only two patients block it."""

from __future__ import annotations

import base64
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image
from streamlit.testing.v1 import AppTest

from ironreport.errors import ReportError
from ironreport.exam import open_exam, save_exam
from ironreport.intake import read_series, region_signal
from ironreport.library.region_pictures import pictures_of
from ironreport.records import DecaySignal, Exam, Measurement, ReportDetails
from ironreport.report.pdf import write_pdf
from ironreport.report.pdf.page_pictures import n_pages, page_address
from ironreport.synthetic.phantom import REGIONS
from ironreport.synthetic.samples import sample_exam, sample_images
from ironreport.ui import state
from ironreport.ui.export_buttons import EXPORTS, Printed
from ironreport.ui.newest import Newest
from ironreport.ui.report_page import is_of_two_exams


def opened(repo_root: Path, exam: Exam) -> AppTest:
    app = AppTest.from_file(str(repo_root / "app.py"), default_timeout=30)
    app.session_state["exam"] = exam
    page = app.run().switch_page("pages/5_Report.py").run()
    assert not page.exception
    return page


def words(page: AppTest) -> str:
    parts = [page.markdown, page.caption, page.error, page.warning, page.info]
    texts = [str(element.value) for kind in parts for element in kind] + [e.label for e in page.expander]
    return " ".join(texts).replace("\\", "")


def area(page: AppTest, name: str) -> object:
    return next(w for w in page.text_area if (w.key or "").startswith(f"detail-{name}-"))


def measured(exam_key: str = "") -> Exam:
    """The liver of the sample images, as the workbench puts it in an exam."""
    series = read_series([sample_images()]).series[0]
    signal = region_signal(series, REGIONS["liver"], "liver", "right lobe")
    return Exam("Exam 4F2A", measurements=(Measurement(replace(signal, exam_key=exam_key or signal.exam_key)),))


def test_what_is_missing_is_listed_and_nothing_is_blocked(repo_root: Path) -> None:
    page = opened(repo_root, sample_exam())
    shown = words(page)
    assert "items of a full report are missing; nothing is blocked" in shown
    assert "hospital" in shown and "place and size of the region: heart, liver" in shown
    buttons = page.get("download_button")
    assert next(b.proto.label for b in buttons) == "Download PDF"
    assert not any(b.proto.disabled for b in buttons)


def test_a_critical_result_is_said_on_the_page_too(repo_root: Path) -> None:
    assert "Critical result." in words(opened(repo_root, sample_exam()))


GENERATED = "In the heart T2* is 8.1 ms"


def with_impression(repo_root: Path, typed: str) -> AppTest:
    page = opened(repo_root, sample_exam())
    area(page, "impression").set_value(typed)  # type: ignore[attr-defined]
    return page.run()


def with_longer_heart(page: AppTest) -> AppTest:
    """The same page after a number of the exam changed elsewhere."""
    exam: Exam = page.session_state["exam"]
    first, *others = exam.measurements
    assert isinstance(first.signal, DecaySignal)
    longer = replace(first.signal, te_ms=tuple(1.1 * te for te in first.signal.te_ms))
    page.session_state["exam"] = replace(exam, measurements=(replace(first, signal=longer), *others))
    return page.run()


def pressed(page: AppTest, label: str) -> AppTest:
    next(b for b in page.button if b.label == label).click()
    return page.run()


def labels(page: AppTest) -> list[str]:
    return [button.label for button in page.button]


def details(page: AppTest) -> ReportDetails:
    found: ReportDetails = page.session_state["exam"].details
    return found


def test_the_impression_on_screen_is_the_one_that_is_printed_and_follows_the_findings(repo_root: Path) -> None:
    page = opened(repo_root, sample_exam())
    shown = str(area(page, "impression").value)  # type: ignore[attr-defined]
    assert shown.startswith(GENERATED) and shown in words(page)
    assert details(page).impression == "" and "follows them" in words(page)
    page = with_longer_heart(page)
    followed = str(area(page, "impression").value)  # type: ignore[attr-defined]
    assert followed != shown and followed.startswith("In the heart T2* is 8.9 ms") and followed in words(page)


def test_an_impression_typed_is_printed_as_the_readers_and_can_be_reset_and_taken_back(repo_root: Path) -> None:
    page = with_impression(repo_root, "Severe cardiac iron.")
    assert details(page).impression == "Severe cardiac iron."
    assert "Severe cardiac iron." in words(page) and "Written by you" in words(page)
    page = pressed(page, "Reset to the findings")
    assert str(area(page, "impression").value).startswith(GENERATED) and details(page) == ReportDetails()  # type: ignore[attr-defined]
    page = pressed(page, "Take my words back")
    assert area(page, "impression").value == "Severe cardiac iron." == details(page).impression  # type: ignore[attr-defined]
    assert "Take my words back" not in labels(page)


@pytest.mark.parametrize("typed", ["", "  "])
def test_an_impression_emptied_is_the_generated_one_again(repo_root: Path, typed: str) -> None:
    page = with_impression(repo_root, typed)
    assert str(area(page, "impression").value).startswith(GENERATED)  # type: ignore[attr-defined]
    assert details(page) == ReportDetails()


def test_findings_that_change_under_the_readers_words_are_said_and_nothing_is_lost(repo_root: Path) -> None:
    page = with_longer_heart(with_impression(repo_root, "Severe cardiac iron."))
    assert area(page, "impression").value == "Severe cardiac iron."  # type: ignore[attr-defined]
    assert "The findings changed since you wrote this." in words(page) and "8.9 ms" in words(page)
    page = pressed(page, "My words fit the findings")
    assert details(page).impression == "Severe cardiac iron." and "8.9 ms" in details(page).impression_of
    assert "The findings changed" not in words(page) and "My words fit the findings" not in labels(page)


def test_typing_on_does_not_silence_the_word_that_the_findings_changed(repo_root: Path) -> None:
    page = with_longer_heart(with_impression(repo_root, "Severe cardiac iron."))
    area(page, "impression").set_value("Severe cardiac iron, as before.")  # type: ignore[attr-defined]
    assert "The findings changed since you wrote this." in words(page.run())


def test_the_readers_words_and_what_they_were_written_from_are_kept_in_the_exam_file(repo_root: Path) -> None:
    exam: Exam = with_impression(repo_root, "Severe cardiac iron.").session_state["exam"]
    assert open_exam(save_exam(exam)) == exam and exam.details.impression_of.startswith(GENERATED)


def preview(page: AppTest) -> bytes:
    pdf: bytes = page.session_state["report-preview"][1]
    return pdf


def ticked(page: AppTest, label: str) -> AppTest:
    next(c for c in page.checkbox if c.label == label).check()
    return page.run()


def test_what_is_ticked_is_printed_and_stays_ticked_after_another_page(
    repo_root: Path, poppler: Callable[..., str]
) -> None:
    page = opened(repo_root, sample_exam())
    plain = poppler("pdftotext", preview(page))
    assert "APPENDIX" not in plain and "IN PLAIN WORDS" not in plain
    page = ticked(ticked(page, "Appendix"), "In plain words")
    page = page.switch_page("pages/4_Findings.py").run().switch_page("pages/5_Report.py").run()
    asked = poppler("pdftotext", preview(page))
    assert "APPENDIX" in asked and "IN PLAIN WORDS" in asked


def test_the_critical_line_of_the_page_has_the_number(repo_root: Path) -> None:
    page = opened(repo_root, sample_exam())
    (line,) = [str(element.value).replace("\\", "") for element in page.error]
    assert "T2* 8.1 ms (95 % 7.0 to 9.3), severe" in line


def test_details_typed_are_there_after_another_page(repo_root: Path) -> None:
    page = opened(repo_root, sample_exam())
    area(page, "notes").set_value("Breathing artefacts.")  # type: ignore[attr-defined]
    page = page.run().switch_page("pages/4_Findings.py").run().switch_page("pages/5_Report.py").run()
    assert area(page, "notes").value == "Breathing artefacts."  # type: ignore[attr-defined]


def test_images_of_two_patients_are_not_reported(repo_root: Path) -> None:
    one = measured()
    heart = replace(one.measurements[0].signal, organ="heart", exam_key="another/exam")
    mixed = replace(one, measurements=(*one.measurements, Measurement(heart)))
    assert is_of_two_exams(mixed) and not is_of_two_exams(one) and not is_of_two_exams(sample_exam())
    page = opened(repo_root, mixed)
    assert "two patients" in words(page)
    assert not page.get("download_button")


def test_the_region_is_pictured_only_while_its_images_are_open() -> None:
    images = read_series([sample_images()])
    (picture,) = pictures_of(measured(), images.series)
    assert picture.organ == "liver" and picture.caption.startswith("Region on slice ")
    assert pictures_of(measured(), ()) == ()
    assert pictures_of(measured("another/exam"), images.series) == ()
    assert pictures_of(sample_exam(), images.series) == ()


def test_each_export_makes_its_bytes() -> None:
    exam = sample_exam()
    printed = printed_of(exam)
    made = {export.ending: export.make(printed) for export in EXPORTS}
    assert len(made) == len(EXPORTS)  # no file would take the place of another
    assert n_pages(made["_short.pdf"]) == 1 < n_pages(made[".pdf"])
    reopened = open_exam(made[".ironreport.json"].decode())  # which also holds what was found when it was saved
    bare = tuple(replace(measurement, stored=None) for measurement in reopened.measurements)
    assert replace(reopened, measurements=bare) == exam


def printed_of(exam: Exam) -> Printed:
    assessment = state.assess_exam(exam)
    return Printed(exam, assessment, state.described(assessment), state.knowledge(), "A4")


def test_a_download_waits_for_the_description_under_way(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Newest, "GRACE_S", 0.0)
    newest, before, after = Newest[Printed](), printed_of(sample_exam()), printed_of(Exam("another"))
    newest.held = before
    with ThreadPoolExecutor(1) as pool, newest.under_way:
        asked = pool.submit(newest.make, lambda printed: printed.exam.pseudonym.encode())
        assert not asked.done()
        newest.held = after
    assert asked.result(5.0) == b"another"


def test_a_download_of_nothing_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Newest, "GRACE_S", 0.0)
    with pytest.raises(ReportError):
        Newest[Printed]().make(Printed.pdf)


@pytest.mark.parametrize("index", [0, 1])
def test_a_page_is_shown_in_its_own_colours(index: int) -> None:
    pdf = write_pdf(state.described(state.assess_exam(sample_exam())))
    address = page_address(pdf, index)
    assert address.startswith("data:image/jpeg;base64,")
    page = Image.open(BytesIO(base64.b64decode(address.partition(",")[2]))).convert("RGB")
    assert page.getpixel((3, 3)) == (255, 255, 255)
    assert page.height / page.width == pytest.approx(297 / 210, rel=0.01)
    assert page.convert("L").getextrema()[0] < 60
