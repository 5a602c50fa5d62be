"""One patient is one, in whatever form the headers write it; names whose letters are in doubt are not passed on."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from pydicom.dataelem import RawDataElement
from pydicom.dataset import Dataset
from pydicom.tag import Tag

from ironreport.intake.gate import pydicom_silenced
from ironreport.intake.series import ReadResult, read_series
from ironreport.intake.source_images import person_name

TE_MS = (1.5, 4.0, 8.0, 12.0)
WHOLE = {"PatientID": "SECRET 7", "PatientName": "Doe^Jane", "PatientBirthDate": "19700102"}
MrFile = Callable[..., bytes]


def halves(mr_file: MrFile, **changed: Any) -> ReadResult:
    """One series, its even echoes with other patient data."""
    return read_series([(str(te), mr_file(te, **(WHOLE | changed if n % 2 else WHOLE))) for n, te in enumerate(TE_MS)])


@pytest.mark.parametrize(
    "form",
    [
        {"PatientName": "Doe^Jane^^^"},
        {"PatientName": "DOE^JANE"},
        {"PatientName": " Doe^Jane "},
        {"PatientName": "Doe, Jane"},
        {"PatientName": "Jane Doe"},
        {"PatientName": "Doé^Jane", "SpecificCharacterSet": "ISO_IR 100"},
        {"PatientBirthDate": "1970.01.02"},
        {"PatientID": " SECRET 7  "},
    ],
)
def test_the_same_patient_in_another_form_is_the_same(form: dict[str, Any], mr_file: MrFile) -> None:
    with pydicom_silenced():  # it warns when such a file is made
        found = halves(mr_file, **form)
    assert (found.n_patients, found.n_studies) == (1, 1)
    assert [series.te_ms for series in found.series] == [TE_MS]
    assert found.series[0].cautions == ()


@pytest.mark.parametrize(
    "form",
    [
        {"PatientBirthDate": ""},
        {"PatientBirthDate": None},
        {"PatientName": ""},
        {"PatientID": None},
        {"PatientName": "Doe^Jane=山田^花子", "SpecificCharacterSet": "ISO_IR 192"},
        {"PatientID": "", "PatientName": "", "PatientBirthDate": ""},
    ],
)
def test_what_is_missing_makes_no_other_patient_but_is_said(form: dict[str, Any], mr_file: MrFile) -> None:
    found = halves(mr_file, **form)
    assert (found.n_patients, found.n_studies) == (1, 1)
    [series] = found.series
    assert series.te_ms == TE_MS
    assert [caution.code for caution in series.cautions] == ["PATIENT_DATA_INCOMPLETE"]
    assert "SECRET" not in repr((found, series.cautions)) and "Doe" not in repr(series.cautions)


@pytest.mark.parametrize(
    "other", [{"PatientID": "OTHER"}, {"PatientName": "Roe^Jane"}, {"PatientBirthDate": "19800102"}]
)
def test_what_differs_is_another_patient_and_the_torn_series_gets_no_class(
    other: dict[str, Any], mr_file: MrFile
) -> None:
    found = halves(mr_file, **other)
    assert found.n_patients == 2
    assert sorted(series.te_ms for series in found.series) == [TE_MS[::2], TE_MS[1::2]]
    assert all("SERIES_OF_TWO_PATIENTS" in {c.code for c in s.cautions if c.blocks_grade} for s in found.series)


def test_images_without_a_patient_between_two_patients_are_given_to_neither(mr_file: MrFile) -> None:
    files = [
        (f"{te}{who}", mr_file(te, PatientID=who, PatientName="", SeriesInstanceUID=f"1.2.{n}"))
        for n, who in enumerate(("A", "B", ""))
        for te in TE_MS
    ]
    assert read_series(files).n_patients == 3


def test_one_patient_in_two_studies_is_one_though_one_study_lacks_the_birth_date(mr_file: MrFile) -> None:
    first = [(f"a{te}", mr_file(te, **WHOLE)) for te in TE_MS]
    second = [
        (f"b{te}", mr_file(te, **WHOLE | {"PatientBirthDate": ""}, StudyInstanceUID="1.9", SeriesInstanceUID="1.9.1"))
        for te in TE_MS
    ]
    found = read_series(first + second)
    assert (found.n_patients, found.n_studies) == (1, 2)


# ------------------------------------------------------------------------------------- letters

HAN = b"Zhang^XiaoDong=\x1b$)A\xd5\xc5^\x1b$)A\xd0\xa1\xb6\xab"


@pytest.mark.parametrize(
    ("raw", "stated", "expected"),
    [
        (b"Doe^Jane", None, "Doe^Jane"),
        (b"M\xfcller^J\xf6rg", "ISO_IR 100", "Müller^Jörg"),
        (b"Buc^J\xe9r\xf4me", "ISO_IR 100", "Buc^Jérôme"),
        ("Müller".encode(), "ISO_IR 192", "Müller"),
        ("王^小东".encode("gb18030"), "GB18030", "王^小东"),
        (HAN, ["", "ISO 2022 IR 58"], "Zhang^XiaoDong=张^小东"),
        (b"Yamada^Tarou=\x1b$B;3ED\x1b(B^\x1b$BB@O:\x1b(B", ["", "ISO 2022 IR 87"], "Yamada^Tarou=山田^太郎"),
        (b"\xca\xea\xe1^\xd0\xe5\xe2\xe0", "ISO_IR 144", "Ъъс^ахтр"),
    ],
)
def test_a_name_in_its_character_set_comes_out_as_it_is(
    raw: bytes, stated: Any, expected: str, mr_image: Callable[..., Dataset]
) -> None:
    assert person_name(named(mr_image, raw, stated), "PatientName") == (expected, False)


@pytest.mark.parametrize(
    ("raw", "stated"),
    [
        ("张强^伟".encode("gbk"), "ISO_IR 100"),
        ("张强^伟".encode("gbk"), None),
        ("山田".encode("shift_jis"), "ISO_IR 100"),
        ("Müller".encode(), "ISO_IR 100"),
        ("Müller".encode(), None),
        (b"M\xfcller", None),
        (b"M\xfcller", "ISO_IR 192"),
        (b"M\x81ller", "ISO_IR 100"),
        (b"Doe\x07^Jane", "ISO_IR 100"),
        (b"\xff\xff", "GB18030"),
    ],
)
def test_a_name_that_does_not_fit_its_character_set_is_said_and_not_exported(
    raw: bytes, stated: str | None, mr_image: Callable[..., Dataset], dicom_bytes: Callable[..., bytes]
) -> None:
    with pydicom_silenced():
        assert person_name(named(mr_image, raw, stated), "PatientName") == ("", True)
    files = []
    for te in TE_MS:
        content = dicom_bytes(mr_image(te, PatientName="n" * 40, SpecificCharacterSet=stated))
        files.append((str(te), content.replace(b"n" * 40, raw.ljust(40))))
    [series] = read_series(files).series
    assert "PATIENT_NAME_DOUBTFUL" in {caution.code for caution in series.cautions}
    assert series.origin is not None
    assert (series.origin.patient_name, series.origin.patient_id) == ("", "SECRET-ID")


def named(mr_image: Callable[..., Dataset], raw: bytes, stated: Any, te_ms: float = 2.0) -> Dataset:
    """An image with the bytes of a name as they are, under a stated character set."""
    image = mr_image(te_ms, PatientName=None, SpecificCharacterSet=stated)
    padded = raw + b" " * (len(raw) % 2)
    image[0x00100010] = RawDataElement(Tag(0x00100010), "PN", len(padded), padded, 0, False, True)
    return image
