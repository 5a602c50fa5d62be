"""Site settings: where they are found, what they refuse, what they change, and that every change is printed."""

from __future__ import annotations

import io
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import platformdirs
import pytest
from PIL import Image
from streamlit.testing.v1 import AppTest

from ironreport.commands.exam_commands import finding_lines
from ironreport.errors import IronReportError
from ironreport.exam import save_exam
from ironreport.hospital.defaults import (
    assess_at_hospital,
    default_calibration,
    default_ladder,
    describe_at_hospital,
    local_additions,
    with_hospital_defaults,
)
from ironreport.hospital.logo import LOGO_EDGE_PX, MOST_LOGO_BYTES
from ironreport.hospital.settings import VARIABLE, HospitalSettings, hospital_settings, load_settings, settings_path
from ironreport.knowledge import Knowledge, published_knowledge
from ironreport.records import Choices, Context, Exam, Measurement, PrintedResult
from ironreport.report import describe
from ironreport.report.content import ReportContent
from ironreport.report.pdf import write_pdf
from ironreport.synthetic.samples import sample_exam, sample_signal, samples_folder
from ironreport.ui import state

CALIBRATION = '[[default_calibration]]\norgan = "liver"\nfield = "1.5"\nid = "garbowski-2014"\n'
LADDER = '[[default_ladder]]\norgan = "liver"\nfield = "1.5"\nid = "emam-2-7-15"\n'
T1_LIMIT = (
    '[[local_limit]]\norgan = "heart"\nquantity = "t1_ms"\nfield = "1.5"\nsequence = "MOLLI"\nbelow = 930.0\n'
    'source = "Hospital X, 40 volunteers, 2026"\n'
)
LVEF_LIMIT = '[[default_fact]]\nid = "lvef_limit_percent"\nanswer = "55"\n'
OWN_LIC = '[[site_limit]]\nid = "lic_without_iron_mg_per_g"\nvalue = 2.2\nsource = "liver board, 2026"\n'
OWN_SEVERE = '[[site_limit]]\nid = "severe_heart_probability"\nvalue = 0.05\nsource = "heart board, 2026"\n'
HOSPITAL = 'hospital = "Hospital X"\n'
SITE_LINE = (
    "Site default: liver at 1.5 T is calibrated with garbowski-2014 instead of the published default hernando-2023 "
    "(settings of Hospital X)."
)
Write = Callable[..., Path]
Command = Callable[..., subprocess.CompletedProcess[str]]
Poppler = Callable[..., str]


@pytest.fixture
def written(tmp_path: Path) -> Write:
    def write(*parts: str, name: str = "settings.toml") -> Path:
        path = tmp_path / name
        path.write_text("".join(parts), encoding="utf-8")
        return path

    return write


@pytest.fixture
def knowledge() -> Knowledge:
    return published_knowledge()


def reported(exam: Exam, settings: HospitalSettings, knowledge: Knowledge) -> ReportContent:
    return describe_at_hospital(assess_at_hospital(exam, settings, knowledge), settings, knowledge)


def card_text(content: ReportContent, organ: str) -> str:
    card = next(c for c in content.cards if c.organ == organ)
    return f"{card.headline} | {card.class_word} | {card.calibration} | {card.ladder}"


def picture(kind: str = "PNG", size: tuple[int, int] = (300, 100), mode: str = "RGBA") -> bytes:
    out = io.BytesIO()
    Image.new(mode, size, (15, 92, 92, 128)[: len(mode)]).save(out, kind)
    return out.getvalue()


@pytest.fixture
def pdf_text(poppler: Poppler) -> Callable[[ReportContent], str]:
    return lambda content: " ".join(poppler("pdftotext", write_pdf(content), "-layout").split())


# ------------------------------------------------------------------------------------ which file


def test_the_path_given_wins_over_the_variable_and_the_variable_over_the_config_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(platformdirs, "user_config_dir", lambda *_, **__: str(tmp_path / "config"))
    assert settings_path(None, {}) is None
    (tmp_path / "config").mkdir()
    (tmp_path / "config/settings.toml").write_text("", encoding="utf-8")
    assert settings_path(None, {}) == tmp_path / "config/settings.toml"
    assert settings_path(None, {VARIABLE: " "}) == tmp_path / "config/settings.toml"
    assert settings_path(None, {VARIABLE: "by-variable.toml"}) == Path("by-variable.toml")
    assert settings_path(Path("given.toml"), {VARIABLE: "by-variable.toml"}) == Path("given.toml")


@pytest.mark.parametrize("named", ["given", "variable"])
def test_a_file_that_was_named_and_is_not_there_is_refused(named: str, tmp_path: Path, knowledge: Knowledge) -> None:
    missing = tmp_path / "nowhere.toml"
    config, environment = (missing, {}) if named == "given" else (None, {VARIABLE: str(missing)})
    with pytest.raises(IronReportError) as refused:
        hospital_settings(knowledge, config, environment)
    assert "nowhere.toml cannot be read" in refused.value.refusal.what
    assert "--config" in refused.value.refusal.cure and VARIABLE in refused.value.refusal.cure


def test_an_empty_file_holds_the_published_defaults(written: Write, knowledge: Knowledge) -> None:
    assert load_settings(written(""), knowledge).file == HospitalSettings().file


# --------------------------------------------------------------------------------- what is refused

MISTAKES = {
    "misspelt key": ('hopsital = "X"', "hopsital", "hospital, logo, paper"),
    "misspelt key of an entry": (CALIBRATION.replace("field", "feild"), "default_calibration[1].feild", "organ, field"),
    "missing key": (CALIBRATION.replace('field = "1.5"\n', ""), "default_calibration[1].field", "organ, field"),
    "field without quotes": (CALIBRATION.replace('"1.5"', "1.5"), "default_calibration[1].field", "quotes"),
    "limit in quotes": (T1_LIMIT.replace("930.0", '"930"'), "local_limit[1].below", "without quotes"),
    "decimal comma": (T1_LIMIT.replace("930.0", "930,0"), "line 6", "decimal comma"),
    "no table of its own": ('default_ladder = "emam-2-7-15"', "default_ladder", "[[default_ladder]]"),
    "unknown paper": ('paper = "A5"', "paper", "words listed"),
    "unknown organ": (CALIBRATION.replace("liver", "lever"), "default_calibration[1].organ", "heart, "),
    "unknown field": (LADDER.replace("1.5", "7"), "default_ladder[1].field", "1.5, 2.89, 3.0"),
    "unknown calibration": (
        CALIBRATION.replace("garbowski-2014", "nobody-2014"), "default_calibration[1].id: 'nobody-2014'",
        "hernando-2023, ",
    ),
    "calibration of another field": (
        CALIBRATION.replace('"1.5"', '"2.89"'), "default_calibration[1].id: 'garbowski-2014'", "hernando-2023",
    ),
    "calibration that is not confirmed": (
        CALIBRATION.replace("garbowski-2014", "garbowski-2014-linear"), "'garbowski-2014-linear'", "garbowski-2014",
    ),
    "calibration that needs a declared acquisition": (
        CALIBRATION.replace("garbowski-2014", "stpierre-2005-r2"), "'stpierre-2005-r2'", "hernando-2023",
    ),
    "unknown ladder": (LADDER.replace("emam-2-7-15", "emam"), "default_ladder[1].id: 'emam'", "esgar-sar-2023, "),
    "organ without ladder": (
        LADDER.replace("liver", "spleen"), "default_ladder[1].id", "none is published",
    ),
    "two defaults": (CALIBRATION + CALIBRATION, "default_calibration: 2 defaults for the liver", "Leave one"),
    "limit on both sides": (T1_LIMIT + "above = 1200.0\n", "local_limit[1]", "Correct"),
    "limit on no side": (T1_LIMIT.replace("below = 930.0\n", ""), "local_limit[1]", "Correct"),
    "limit below zero": (T1_LIMIT.replace("930.0", "-930.0"), "local_limit[1].below", "Correct"),
    "limit without a source": (T1_LIMIT.replace("Hospital X, 40 volunteers, 2026", ""), "local_limit[1].source", ""),
    "T1 without its sequence": (T1_LIMIT.replace('sequence = "MOLLI"\n', ""), "local_limit[1]", "Correct"),
    "unknown quantity": (T1_LIMIT.replace("t1_ms", "t1"), "local_limit[1].quantity", "words listed"),
    "answer for a patient": (
        LVEF_LIMIT.replace("lvef_limit_percent", "adherence"), "default_fact[1].id", "lvef_limit_percent, mri_scarce",
    ),
    "answer that is no number": (LVEF_LIMIT.replace("55", "fifty"), "default_fact[1].answer", "decimal point"),
    "answer nobody offers": (
        LVEF_LIMIT.replace("lvef_limit_percent", "mri_scarce"), "default_fact[1].answer", "yes, no"
    ),
    "limit that is not the site's": (
        OWN_LIC.replace("lic_without_iron_mg_per_g", "lic"), "site_limit[1].id: a site cannot set 'lic'",
        "severe_heart_probability",
    ),
    "probability in per cent": (OWN_SEVERE.replace("0.05", "20.0"), "site_limit[1].value", "from 0.05 to 0.5"),
    "liver limit that is too high": (OWN_LIC.replace("2.2", "7.0"), "site_limit[1].value", "from 1.8 to 3.2"),
    "liver limits that cross": (
        OWN_LIC.replace("lic_without_iron_mg_per_g", "lic_without_iron_high_mg_per_g"), "would lie above", "both",
    ),
    "site limit without its reason": (OWN_LIC.replace("liver board, 2026", ""), "site_limit[1].source", ""),
    "site limit in quotes": (OWN_LIC.replace("2.2", '"2.2"'), "site_limit[1].value", "without quotes"),
    "site limit twice": (OWN_LIC + OWN_LIC, "is set twice", "Leave one"),
    "logo of the net": ('logo = "https://example.org/logo.png"', "logo", "beside the settings file"),
    "logo of a share": (r"logo = '\\server\logo.png'", "logo", "beside the settings file"),
    "logo that is not there": ('logo = "nowhere.png"', "logo", "path"),
    "logo that is a folder": ('logo = "."', "logo", "path"),
}  # fmt: skip


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_is_refused_with_file_key_and_cure(name: str, written: Write, knowledge: Knowledge) -> None:
    text, key, cure = MISTAKES[name]
    with pytest.raises(IronReportError) as refused:
        load_settings(written(text), knowledge)
    what = refused.value.refusal.what
    assert "settings.toml" in what and key in what, what
    assert refused.value.refusal.cure and cure in refused.value.refusal.cure, refused.value.refusal.cure


# ----------------------------------------------------------------------------------- what it changes


def test_without_settings_the_published_defaults_hold_and_no_site_is_named(knowledge: Knowledge) -> None:
    exam = sample_exam()
    assert with_hospital_defaults(exam, HospitalSettings(), knowledge) == exam
    content = reported(exam, HospitalSettings(), knowledge)
    assert content == describe(assess_at_hospital(exam, HospitalSettings(), knowledge), knowledge)
    assert content.local.lines == () and content.local.logo is None
    assert "hernando-2023" in card_text(content, "liver")
    assert not [line for line in (*finding_lines(content), *content.limitations) if "Site default" in line]


def test_the_sites_calibration_changes_the_iron_and_is_printed_everywhere(
    written: Write, knowledge: Knowledge, pdf_text: Callable[[ReportContent], str]
) -> None:
    settings = load_settings(written(HOSPITAL, CALIBRATION), knowledge)
    content = reported(sample_exam(), settings, knowledge)
    before = reported(sample_exam(), HospitalSettings(), knowledge)
    assert "LIC 8.5" in card_text(before, "liver")
    assert "LIC 10.4" in card_text(content, "liver")
    assert "garbowski-2014) · not the published default" in card_text(content, "liver")
    assert content.local.lines == (SITE_LINE,)
    assert SITE_LINE in content.limitations and SITE_LINE in finding_lines(content)
    assert SITE_LINE in pdf_text(content)
    assert content.report_id != before.report_id


def test_the_sites_ladder_grades_and_is_named(written: Write, knowledge: Knowledge) -> None:
    content = reported(sample_exam(), load_settings(written(LADDER), knowledge), knowledge)
    published = reported(sample_exam(), HospitalSettings(), knowledge)
    ladder = next(x for x in knowledge.ladders("liver", "1.5") if x.id == "emam-2-7-15")
    assert card_text(content, "liver").endswith(ladder.label)
    assert not card_text(published, "liver").endswith(ladder.label)
    assert content.local.lines == (
        "Site default: liver at 1.5 T is graded on the ladder emam-2-7-15 instead of the published default "
        "esgar-sar-2023 (settings of this site).",
    )


def test_the_sites_limit_of_lvef_holds_where_the_reader_states_none_and_is_named(
    written: Write, knowledge: Knowledge
) -> None:
    settings = load_settings(written(LVEF_LIMIT), knowledge)
    heart = Measurement(PrintedResult("heart", 1.5, t2star_ms=32.0))

    def report(**facts: str) -> ReportContent:
        exam = Exam("x", measurements=(heart,), context=Context("tdt", tuple(facts.items())))
        return reported(exam, settings, knowledge)

    below, above, own = report(lvef_percent="53"), report(lvef_percent="60"), report(lvef_limit_percent="50")
    assert below.next_scan[0].text.startswith("No interval is suggested.")
    assert above.next_scan[0].text.startswith("About 12 months.")
    named = "Site default: Lower limit of LVEF by the method used [%]: 55 (settings of this site)."
    assert below.local.lines == (named,) and own.local.lines == ()


LONGER = {
    "regular_transfusion": "yes", "on_chelation": "yes", "chelation_stable": "yes", "adherence": "good",
    "interrupted": "no", "cardiac_symptoms": "no", "lvef_reduced": "no", "age_years": "28",
}  # fmt: skip
OWN_LIC_LINE = (
    "Site limit: LIC up to which a liver counts as without iron: 2.2 mg/g instead of 3 mg/g, by liver board, 2026 "
    "(settings of Hospital X)."
)


def test_the_sites_limit_of_a_liver_without_iron_decides_and_is_said(
    written: Write, knowledge: Knowledge, pdf_text: Callable[[ReportContent], str]
) -> None:
    settings = load_settings(written(HOSPITAL, OWN_LIC), knowledge)
    measured = (
        Measurement(PrintedResult("heart", 1.5, t2star_ms=32.0)),
        Measurement(PrintedResult("liver", 1.5, lic_mg_per_g=2.4, calibration="hernando-2023")),
    )
    exam = Exam("x", measurements=measured, context=Context("tdt", tuple(LONGER.items())))
    ours, theirs = reported(exam, HospitalSettings(), knowledge), reported(exam, settings, knowledge)
    assert ours.next_scan[0].text.startswith("About 24 months.") and "3 mg/g (our choice)" in ours.next_scan[0].text
    assert theirs.next_scan[0].text.startswith("About 12 months.")
    assert theirs.local.lines == (OWN_LIC_LINE,) and OWN_LIC_LINE in theirs.limitations
    assert OWN_LIC_LINE in pdf_text(theirs) and OWN_LIC_LINE in finding_lines(theirs)
    less = Measurement(PrintedResult("liver", 1.5, lic_mg_per_g=2.0, calibration="hernando-2023"))
    still = reported(replace(exam, measurements=(measured[0], less)), settings, knowledge)
    assert "LIC up to 2.2 mg/g (set by this site)" in still.next_scan[0].text
    assert "below 3.2 mg/g (our choice)" in still.next_scan[0].text


def test_the_sites_probability_makes_a_heart_critical_and_is_said_even_where_no_heart_was_measured(
    written: Write, knowledge: Knowledge
) -> None:
    settings = load_settings(written(OWN_SEVERE), knowledge)
    heart = Exam("x", measurements=(Measurement(PrintedResult("heart", 1.5, t2star_ms=11.0)),), context=Context("tdt"))
    ours, theirs = reported(heart, HospitalSettings(), knowledge), reported(heart, settings, knowledge)
    assert ours.critical == () and not ours.cards[0].critical
    assert [line.rule for line in theirs.critical] == ["safe-1-probable"] and theirs.cards[0].critical
    assert "(P = 10 %), which counts as critical from 5 % (set by this site) on" in theirs.critical[0].text
    liver = Exam("x", measurements=(Measurement(PrintedResult("liver", 1.5, r2star_per_s=100.0)),))
    line = "Site limit: Probability of a severe heart from which it counts as critical: 5 % instead of 50 %"
    assert reported(liver, settings, knowledge).local.lines[0].startswith(line)


def test_a_site_limit_that_is_ours_needs_no_line(written: Write, knowledge: Knowledge) -> None:
    settings = load_settings(written(OWN_LIC.replace("2.2", "3.0")), knowledge)
    assert reported(sample_exam(), settings, knowledge).local.lines == ()


def test_a_site_default_that_is_the_published_one_needs_no_line(written: Write, knowledge: Knowledge) -> None:
    settings = load_settings(written(CALIBRATION.replace("garbowski-2014", "hernando-2023")), knowledge)
    assert reported(sample_exam(), settings, knowledge).local.lines == ()


def test_the_readers_choice_wins_over_the_site_and_the_line_says_so(written: Write, knowledge: Knowledge) -> None:
    settings = load_settings(written(CALIBRATION), knowledge)
    chosen = Measurement(sample_signal("liver_1t5_heavy"), Choices(calibration="hernando-2023"))
    content = reported(Exam("P", measurements=(chosen,)), settings, knowledge)
    assert "hernando-2023" in card_text(content, "liver")
    assert content.local.lines == (
        "Site default: liver at 1.5 T is calibrated with garbowski-2014, but the reader chose hernando-2023, "
        "the published default (settings of this site).",
    )


@pytest.mark.parametrize(
    "signal",
    [
        replace(sample_signal("liver_1t5_heavy"), field_tesla=3.0),
        replace(sample_signal("liver_1t5_heavy"), field_tesla=None),
        replace(sample_signal("liver_1t5_heavy"), contrast="T2"),
        sample_signal("heart_1t5_severe"),
        PrintedResult("liver", 1.5, r2_per_s=102.1),
    ],
    ids=["another field", "no field", "spin echo", "another organ", "FerriScan"],
)
def test_a_default_reaches_only_the_signals_it_is_for(signal: object, written: Write, knowledge: Knowledge) -> None:
    settings = load_settings(written(CALIBRATION), knowledge)
    exam = Exam("P", measurements=(Measurement(signal),))  # type: ignore[arg-type]
    assert with_hospital_defaults(exam, settings, knowledge) == exam
    assert reported(exam, settings, knowledge).local.lines == ()


def test_the_hospital_is_filled_only_where_the_reader_left_it_empty(written: Write, knowledge: Knowledge) -> None:
    settings = load_settings(written(HOSPITAL), knowledge)
    exam = sample_exam()
    assert reported(exam, settings, knowledge).hospital == "Hospital X"
    assert "hospital" not in reported(exam, settings, knowledge).missing
    own = replace(exam, details=replace(exam.details, hospital="Clinic Y"))
    assert reported(own, settings, knowledge).hospital == "Clinic Y"


def test_defaults_filled_twice_are_those_filled_once(written: Write, knowledge: Knowledge) -> None:
    settings = load_settings(written(HOSPITAL, CALIBRATION, LADDER), knowledge)
    once = with_hospital_defaults(sample_exam(), settings, knowledge)
    assert once != sample_exam() and with_hospital_defaults(once, settings, knowledge) == once


def test_what_an_empty_choice_means_can_be_asked(written: Write, knowledge: Knowledge) -> None:
    settings = load_settings(written(CALIBRATION, LADDER), knowledge)
    assert default_calibration("liver", "1.5", settings, knowledge) == "garbowski-2014"
    assert default_calibration("liver", "3.0", settings, knowledge) == "hernando-2023"
    assert default_calibration("spleen", "1.5", settings, knowledge) == ""
    assert default_ladder("liver", "1.5", settings, knowledge) == "emam-2-7-15"
    assert default_ladder("liver", None, settings, knowledge) == ""


# ------------------------------------------------------------------------------------ local limits


def limit_of_liver(side: str, limit: float) -> str:
    return f'[[local_limit]]\norgan = "liver"\nquantity = "t2star_ms"\nfield = "1.5"\n{side} = {limit}\nsource = "X"\n'


@pytest.mark.parametrize(
    ("side", "limit", "said"),
    [
        ("below", 5.0, "which is below it."),
        ("below", 3.1, "which is below it, and its 95 % interval crosses it."),
        ("below", 1.0, "which is not below it."),
        ("above", 1.0, "which is above it."),
        ("above", 5.0, "which is not above it."),
    ],
)
def test_a_local_limit_is_compared_with_the_value_and_never_graded_with(
    side: str, limit: float, said: str, written: Write, knowledge: Knowledge, pdf_text: Callable[[ReportContent], str]
) -> None:
    exam = Exam("P", measurements=(Measurement(sample_signal("liver_1t5_heavy")),))
    content = reported(exam, load_settings(written(limit_of_liver(side, limit)), knowledge), knowledge)
    (line,) = content.local.local_limits
    assert line.startswith(f"Local limit, liver at 1.5 T: T2* {side} {limit:g} ms is abnormal by X. Measured: T2*")
    assert said in line and line.endswith("This is a local limit, not a published class.")
    assert line in [x.text for x in content.information] and line in pdf_text(content)
    assert content.cards == reported(exam, HospitalSettings(), knowledge).cards


def test_a_t1_limit_says_that_t1_was_not_measured(written: Write, knowledge: Knowledge) -> None:
    content = reported(sample_exam(), load_settings(written(T1_LIMIT), knowledge), knowledge)
    assert content.local.local_limits == (
        "Local limit, heart at 1.5 T: T1 (MOLLI) below 930 ms is abnormal by Hospital X, 40 volunteers, 2026. "
        "It was not measured here. This is a local limit, not a published class.",
    )


def test_a_local_limit_of_an_organ_that_was_not_measured_is_not_printed(written: Write, knowledge: Knowledge) -> None:
    exam = Exam("P", measurements=(Measurement(sample_signal("liver_1t5_heavy")),))
    assert reported(exam, load_settings(written(T1_LIMIT), knowledge), knowledge).local.local_limits == ()


# -------------------------------------------------------------------------------------------- logo


def images_of(pdf: bytes) -> list[bytes]:
    return pdf.split(b"/Subtype /Image")[1:]


@pytest.mark.parametrize(("kind", "mode"), [("PNG", "RGBA"), ("PNG", "RGB"), ("JPEG", "RGB"), ("JPEG", "CMYK")])
def test_a_logo_is_the_one_picture_of_the_report(
    kind: str, mode: str, written: Write, knowledge: Knowledge, tmp_path: Path
) -> None:
    (tmp_path / "logo").write_bytes(picture(kind, mode=mode))
    content = reported(sample_exam(), load_settings(written('logo = "logo"'), knowledge), knowledge)
    pdf = write_pdf(content)
    assert len(images_of(pdf)) == 1 and pdf == write_pdf(content)
    assert not images_of(write_pdf(reported(sample_exam(), HospitalSettings(), knowledge)))


@pytest.mark.parametrize("size", [(3000, 100), (100, 3000), (400, 400)])
def test_a_logo_is_at_most_18_mm_high_and_stays_left_of_the_title(
    size: tuple[int, int], written: Write, knowledge: Knowledge, tmp_path: Path, poppler: Poppler
) -> None:
    (tmp_path / "logo.png").write_bytes(picture(size=size))
    settings = load_settings(written(HOSPITAL, 'logo = "logo.png"'), knowledge)
    assert settings.logo is not None and max(settings.logo.width_px, settings.logo.height_px) <= LOGO_EDGE_PX
    pdf = write_pdf(reported(sample_exam(), settings, knowledge))
    listed = poppler("pdfimages", pdf)
    (row,) = listed.splitlines()[2:]
    page, width_px, height_px, dpi = (int(row.split()[i]) for i in (0, 3, 4, 13))
    assert page == 1
    assert height_px / dpi * 25.4 <= 18.5 and width_px / dpi * 25.4 <= 45.5
    assert "Hospital X" in poppler("pdftotext", pdf)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "not a whole PNG or JPEG"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "not a whole PNG or JPEG"),
        (picture()[:60], "not a whole PNG or JPEG"),
        (picture("GIF", mode="L"), "not a whole PNG or JPEG"),
        (picture(size=(5000, 5000), mode="L"), "not a whole PNG or JPEG"),
        (b"\x89PNG\r\n\x1a\n" + bytes(MOST_LOGO_BYTES), "larger than 2 MB"),
    ],
    ids=["empty", "vector", "cut", "GIF", "too many pixels", "too large"],
)
def test_a_broken_logo_is_refused_with_a_sentence(
    content: bytes, said: str, written: Write, knowledge: Knowledge, tmp_path: Path
) -> None:
    (tmp_path / "logo.png").write_bytes(content)
    with pytest.raises(IronReportError) as refused:
        load_settings(written('logo = "logo.png"'), knowledge)
    assert "settings.toml, logo" in refused.value.refusal.what and said in refused.value.refusal.what
    assert refused.value.refusal.cure


def test_what_a_photo_knows_of_its_place_does_not_reach_the_report(
    written: Write, knowledge: Knowledge, tmp_path: Path
) -> None:
    exif = Image.Exif()
    exif[0x010E] = "Ward 7"
    Image.new("RGB", (60, 40), "teal").save(tmp_path / "logo.jpg", exif=exif)
    assert b"Ward 7" in (tmp_path / "logo.jpg").read_bytes()
    logo = load_settings(written('logo = "logo.jpg"'), knowledge).logo
    assert logo is not None and b"Ward 7" not in logo.png


# ------------------------------------------------------------------------------ command line, pages


@pytest.mark.parametrize("before", [True, False])
def test_fit_takes_the_settings_before_and_after_the_command(before: bool, written: Write, ironreport: Command) -> None:
    config = ["--config", str(written(HOSPITAL, CALIBRATION))]
    fit = ["fit", str(samples_folder() / "liver_1t5_heavy/signal.csv"), "--organ", "liver", "--field", "1.5"]
    done = ironreport(*config, *fit) if before else ironreport(*fit, *config)
    assert done.returncode == 0, done.stderr
    assert "LIC 10.4" in done.stdout and SITE_LINE in done.stdout


def test_report_prints_hospital_site_default_and_paper(
    written: Write, tmp_path: Path, ironreport: Command, poppler: Poppler
) -> None:
    config = written(HOSPITAL, 'paper = "Letter"\n', CALIBRATION)
    exam, pdf = tmp_path / "exam.ironreport.json", tmp_path / "report.pdf"
    exam.write_text(save_exam(sample_exam()), encoding="utf-8")
    done = ironreport("report", exam, "--pdf", pdf, "--config", config)
    assert done.returncode == 0 and SITE_LINE in done.stdout, done.stderr
    text = poppler("pdftotext", pdf)
    assert "Hospital X" in text and "garbowski-2014" in text
    assert "612 x 792" in poppler("pdfinfo", pdf)


@pytest.mark.parametrize("command", [[], ["check"]], ids=["start", "check"])
def test_a_mistake_in_the_settings_ends_the_command_with_a_sentence(
    command: list[str], written: Write, ironreport: Command
) -> None:
    done = ironreport("--config", written('hopsital = "X"'), *command)
    assert done.returncode == 1
    assert "settings.toml, hopsital" in done.stderr and "Traceback" not in done.stderr


def test_check_names_the_settings_in_force(written: Write, ironreport: Command) -> None:
    path = written(CALIBRATION, T1_LIMIT)
    done = ironreport("check", "--config", path)
    assert f"{path} is valid; default calibrations 1, default ladders 0, local limits 1" in done.stdout, done.stderr


def test_the_app_is_started_with_the_settings_that_were_named(
    written: Write, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    from typer.testing import CliRunner

    from ironreport import cli

    seen: dict[str, str] = {}
    written("", name="mine.toml")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv(VARIABLE, "other.toml")
    monkeypatch.setattr(cli.os, "chdir", lambda _: None)
    monkeypatch.setattr(cli.os, "execve", lambda *a: seen.update(a[2]))
    monkeypatch.setattr(cli, "check_when_new", lambda: "")
    monkeypatch.setattr(cli, "check_port", lambda *_: None)  # the usual one may be taken by the app that runs here
    done = CliRunner().invoke(cli.app, ["--config", "mine.toml"])
    assert done.exit_code == 0, done.output
    assert seen[VARIABLE] == str((tmp_path / "mine.toml").resolve())


@pytest.fixture
def app_of_the_hospital(
    written: Write, monkeypatch: pytest.MonkeyPatch, repo_root: Path, installed_packages_are_searched_once: None
) -> Iterator[AppTest]:
    monkeypatch.setenv(VARIABLE, str(written(HOSPITAL, CALIBRATION)))
    state.settings.cache_clear()
    yield AppTest.from_file(str(repo_root / "app.py"), default_timeout=30)
    state.settings.cache_clear()


def words(page: AppTest) -> str:
    assert not page.exception
    return " ".join(str(x.value) for kind in (page.markdown, page.caption) for x in kind).replace("\\", "")


def test_the_report_page_uses_the_sites_default_and_leaves_the_exam_as_it_is(app_of_the_hospital: AppTest) -> None:
    app_of_the_hospital.session_state["exam"] = sample_exam()
    page = app_of_the_hospital.run().switch_page("pages/5_Report.py").run()
    assert "LIC 10.4" in words(page) and "garbowski-2014" in words(page)
    assert page.session_state["exam"].measurements == sample_exam().measurements


def test_quick_check_answers_with_the_sites_default_and_says_so(app_of_the_hospital: AppTest) -> None:
    page = app_of_the_hospital.run().switch_page("pages/1_Quick_check.py").run()
    for kind, key, value in (
        ("text_input", "quick-r2star-", "67.73"),
        ("button_group", "quick-organ-", "liver"),
        ("button_group", "quick-field-", "1.5 T"),
    ):
        next(w for w in getattr(page, kind) if (w.key or "").startswith(key)).set_value(value)
        page = page.run()
    assert "The default of this site" in words(page) and SITE_LINE in words(page)
    assert "LIC 2.08" in words(page)  # the worked example of garbowski-2014


def heart_with_t1(t1_ms: str) -> Exam:
    printed = PrintedResult("heart", 1.5, t2star_ms=25.0)
    return Exam("x", measurements=(Measurement(printed),), context=Context("tdt", (("heart_t1_ms", t1_ms),)))


def local_lines(exam: Exam, settings: HospitalSettings) -> tuple[str, ...]:
    knowledge = published_knowledge()
    return local_additions(assess_at_hospital(exam, settings, knowledge), settings, knowledge).local_limits


@pytest.mark.parametrize(("t1_ms", "said"), [("880", "which is below it"), ("980", "which is not below it")])
def test_a_native_t1_is_judged_by_the_local_limit_only(tmp_path: Path, t1_ms: str, said: str) -> None:
    path = tmp_path / "settings.toml"
    path.write_text(T1_LIMIT, encoding="utf-8")
    lines = local_lines(heart_with_t1(t1_ms), load_settings(path, published_knowledge()))
    assert len(lines) == 1 and said in lines[0] and "not a published class" in lines[0]


def test_a_native_t1_without_a_local_limit_is_a_value_only() -> None:
    assert local_lines(heart_with_t1("880"), HospitalSettings()) == (
        "Native septal T1 880 ms: value only, no local limit of this field is entered in the site settings.",
    )
