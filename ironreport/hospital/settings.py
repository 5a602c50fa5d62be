"""The settings of one hospital: default choices, local limits, hospital name and logo, read from one TOML file.

The file is named by ``--config``, else by the environment variable ``IRONREPORT_CONFIG``, else it stands in
the platform's config folder. Without one the published defaults hold. What it says is applied in ``defaults``.
"""

from __future__ import annotations

import os
import tomllib
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal, Self

import platformdirs
from pydantic import BaseModel, Field, ValidationError, model_validator

from ironreport.assess.conditions import stated_number
from ironreport.errors import SettingsError
from ironreport.hospital.logo import read_logo
from ironreport.hospital.own_precision import OwnPrecisionSetting, check_own_precision
from ironreport.knowledge import Knowledge
from ironreport.knowledge.schema import Calibration, Entry, Name, Number, Quantity
from ironreport.report.content import Logo

VARIABLE = "IRONREPORT_CONFIG"
FILE_NAME = "settings.toml"

Words = Annotated[str, Field(min_length=1, max_length=200)]


class HospitalDefault(Entry):
    """The calibration or ladder a hospital uses for one organ and class of field where the reader chose none."""

    organ: Name
    field: str
    id: Name


class LocalLimit(Entry):
    """A limit of the hospital's own, shown beside a result and never graded with.

    Values ``below`` or ``above`` it are what the hospital calls abnormal; one of the two is given.
    """

    organ: Name
    quantity: Quantity | Literal["t1_ms"]
    field: str
    sequence: str = Field("", max_length=80)
    below: Annotated[Number, Field(gt=0)] | None = None
    above: Annotated[Number, Field(gt=0)] | None = None
    source: Words

    @model_validator(mode="after")
    def _one_limit_of_one_sequence(self) -> Self:
        if (self.below is None) == (self.above is None):
            raise ValueError("a local limit has either 'below' or 'above'")
        if self.quantity == "t1_ms" and not self.sequence:
            raise ValueError("a limit of T1 holds for one sequence only, so it needs 'sequence'")
        return self

    @property
    def limit(self) -> float:
        """The limit in the unit of the quantity."""
        return next(x for x in (self.below, self.above) if x is not None)


class FactDefault(Entry):
    """What a hospital answers to a question of the context form where the reader left it open: a limit, scarce MRI."""

    id: Name
    answer: Words


class OwnLimit(Entry):
    """A limit of ``shared.toml`` that a site sets for itself, with the reason for it; a part of 1 for a probability."""

    id: Name
    value: Number
    source: Words


class SettingsFile(Entry):
    """The keys of the settings file; all of them may be left out."""

    hospital: str = Field("", max_length=120)
    logo: str = Field("", max_length=1000)
    paper: Literal["A4", "Letter"] = "A4"
    language: str = Field("en", pattern="^[a-z]{2,3}$")
    default_calibration: tuple[HospitalDefault, ...] = ()
    default_ladder: tuple[HospitalDefault, ...] = ()
    local_limit: tuple[LocalLimit, ...] = ()
    default_fact: tuple[FactDefault, ...] = ()
    site_limit: tuple[OwnLimit, ...] = ()
    own_precision: tuple[OwnPrecisionSetting, ...] = ()
    teaching_cases: str = Field("", max_length=1000)


PUBLISHED = SettingsFile()
"""No settings: the published defaults hold."""


@dataclass(frozen=True, slots=True)
class HospitalSettings:
    """Settings that were read and checked; as built without arguments they change nothing."""

    file: SettingsFile = PUBLISHED
    path: Path | None = None
    logo: Logo | None = None

    @property
    def teaching_folder(self) -> Path | None:
        """Folder of the site's own teaching cases; beside the settings file where its path is a relative one."""
        if not self.file.teaching_cases:
            return None
        return (self.path.parent if self.path else Path()) / self.file.teaching_cases


# ------------------------------------------------------------------------------------ which file


def settings_path(config: Path | None = None, environment: Mapping[str, str] = os.environ) -> Path | None:
    """The settings file in force: the one given, else the variable's, else the platform's; None without any."""
    if config is not None:
        return config
    named = environment.get(VARIABLE, "").strip()
    if named:
        return Path(named)
    usual = Path(platformdirs.user_config_dir("ironreport", appauthor=False)) / FILE_NAME
    try:
        return usual if usual.is_file() else None
    except OSError:
        return usual  # it may be there and may not be looked at: reading it says so


def hospital_settings(
    knowledge: Knowledge, config: Path | None = None, environment: Mapping[str, str] = os.environ
) -> HospitalSettings:
    """The settings in force for this computer; those that change nothing where there is no file.

    Raises
    ------
    SettingsError, LogoError
        Naming file, key and cure of the first mistake.
    """
    path = settings_path(config, environment)
    return HospitalSettings() if path is None else load_settings(path, knowledge)


def load_settings(path: Path, knowledge: Knowledge) -> HospitalSettings:
    """One settings file, checked against the knowledge, its logo read.

    Raises
    ------
    SettingsError, LogoError
        Naming file, key and cure of the first mistake.
    """
    file = _validated(_toml(path), path.name)
    for i, default in enumerate(file.default_calibration, start=1):
        _check_calibration(f"{path.name}, default_calibration[{i}]", default, knowledge)
    for i, default in enumerate(file.default_ladder, start=1):
        _check_ladder(f"{path.name}, default_ladder[{i}]", default, knowledge)
    for i, limit in enumerate(file.local_limit, start=1):
        _check_where(f"{path.name}, local_limit[{i}]", limit.organ, limit.field, knowledge)
    for i, fact in enumerate(file.default_fact, start=1):
        _check_fact(f"{path.name}, default_fact[{i}]", fact, knowledge)
    for i, own in enumerate(file.site_limit, start=1):
        _check_own_limit(f"{path.name}, site_limit[{i}]", own, file, knowledge)
    check_own_precision(path.name, file.own_precision, knowledge)
    _check_once(f"{path.name}, default_calibration", file.default_calibration)
    _check_once(f"{path.name}, default_ladder", file.default_ladder)
    return HospitalSettings(file, path, read_logo(path.parent, file.logo, f"{path.name}, logo") if file.logo else None)


def _toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except OSError:
        raise SettingsError(
            "NO_SETTINGS", f"The settings file {path} cannot be read.",
            f"Check the path given with --config or in {VARIABLE}, and that the file may be read.",
        ) from None  # fmt: skip
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(
            "SETTINGS_NOT_TOML", f"{path.name} is not readable TOML: {error}.",
            "Mend the line named: a missing quote, a key twice, or a decimal comma (write 1.2).",
        ) from None  # fmt: skip


# ------------------------------------------------------------------------------- shape of the file


def _validated(content: dict[str, Any], name: str) -> SettingsFile:
    try:
        return SettingsFile.model_validate(content)
    except ValidationError as error:
        # a misspelt key shows as one missing and one unknown: the unknown one is what was typed
        first = min(error.errors(include_url=False), key=lambda e: e["type"] != "extra_forbidden")
        place = "".join(f"[{p + 1}]" if isinstance(p, int) else f".{p}" for p in first["loc"]).removeprefix(".")
        given = f" (found {first['input']!r})" if isinstance(first["input"], str | int | float) else ""
        message = str(first["msg"]).removeprefix("Value error").removeprefix(", ")
        raise SettingsError(
            "WRONG_SETTING", f"{name}, {place}: {message}{given}.", _cure(str(first["type"]), first["loc"])
        ) from None


ENTRIES: dict[str, type[BaseModel]] = {
    "default_calibration": HospitalDefault,
    "default_ladder": HospitalDefault,
    "local_limit": LocalLimit,
    "default_fact": FactDefault,
    "site_limit": OwnLimit,
    "own_precision": OwnPrecisionSetting,
}


def _cure(kind: str, location: tuple[int | str, ...]) -> str:
    if kind in ("extra_forbidden", "missing"):
        model = ENTRIES.get(str(location[0]), SettingsFile) if len(location) > 1 else SettingsFile
        return f"The keys here are: {', '.join(model.model_fields)}."
    cures = {
        "float_type": "Write the number without quotes and with a decimal point.",
        "string_type": 'Write the text between quotes; a field strength too: "1.5".',
        "literal_error": "Use one of the words listed.",
        "tuple_type": f"Write it as a table of its own: [[{location[0]}]].",
    }
    return cures.get(kind, "Correct the key named.")


# ------------------------------------------------------------------------- against the knowledge


def _check_where(place: str, organ: str, field: str, knowledge: Knowledge) -> None:
    if organ not in knowledge.organs:
        raise SettingsError(
            "UNKNOWN_ORGAN", f"{place}.organ: there is no organ '{organ}'.", f"Organs: {', '.join(knowledge.organs)}."
        )
    fields = [f.id for f in knowledge.shared.field]
    if field not in fields:
        raise SettingsError(
            "UNKNOWN_FIELD", f"{place}.field: there is no class of field '{field}'.", f"Fields: {', '.join(fields)}."
        )


def _check_fact(place: str, default: FactDefault, knowledge: Knowledge) -> None:
    """A site answers for itself and never for a patient."""
    of_site = {fact.id: fact for fact in knowledge.shared.fact if fact.of_site}
    fact = of_site.get(default.id)
    if fact is None:
        raise SettingsError(
            "NOT_A_FACT_OF_THE_SITE", f"{place}.id: a site has no answer to '{default.id}'.",
            f"Questions a site may answer: {', '.join(of_site)}.",
        )  # fmt: skip
    if fact.answers and default.answer not in fact.answers:
        raise SettingsError(
            "UNKNOWN_ANSWER", f"{place}.answer: '{default.answer}' is no answer to {fact.label}.",
            f"Answers: {', '.join(fact.answers)}.",
        )  # fmt: skip
    if fact.kind == "number" and stated_number(default.answer) is None:
        raise SettingsError(
            "NOT_A_NUMBER", f"{place}.answer: '{default.answer}' is no number above zero.",
            'Write it between quotes with a decimal point: "55".',
        )  # fmt: skip


def _check_own_limit(place: str, own: OwnLimit, file: SettingsFile, knowledge: Knowledge) -> None:
    """A site moves only the limits that are ours to choose, once, within what the knowledge allows."""
    limits = {limit.id: limit for limit in knowledge.shared.site_limit}
    limit = limits.get(own.id)
    if limit is None:
        raise SettingsError(
            "NOT_A_LIMIT_OF_THE_SITE", f"{place}.id: a site cannot set '{own.id}'.",
            f"Limits a site may set: {', '.join(limits)}.",
        )  # fmt: skip
    if not limit.lowest <= own.value <= limit.highest:
        raise SettingsError(
            "LIMIT_OUT_OF_RANGE", f"{place}.value: {own.value:g} is not allowed for '{own.id}'.",
            f"Write a number from {limit.lowest:g} to {limit.highest:g}.",
        )  # fmt: skip
    values = {**{x.id: x.value for x in limits.values()}, **{x.id: x.value for x in file.site_limit}}
    wrong = [x for x in limits.values() if x.not_above is not None and values[x.id] > values[x.not_above]]
    if wrong:
        raise SettingsError(
            "LIMITS_CROSS", f"{place}: '{wrong[0].id}' would lie above '{wrong[0].not_above}'.", "Set both of them."
        )
    if sum(x.id == own.id for x in file.site_limit) > 1:
        raise SettingsError("TWO_LIMITS", f"{place}.id: '{own.id}' is set twice.", "Leave one of them.")


def _check_calibration(place: str, default: HospitalDefault, knowledge: Knowledge) -> None:
    _check_where(place, default.organ, default.field, knowledge)
    usable = [c.id for c in open_calibrations(default.organ, default.field, knowledge)]
    _check_usable(place, "calibration", default, usable)


def _check_ladder(place: str, default: HospitalDefault, knowledge: Knowledge) -> None:
    _check_where(place, default.organ, default.field, knowledge)
    _check_usable(place, "ladder", default, [x.id for x in knowledge.ladders(default.organ, default.field)])


def _check_usable(place: str, kind: str, default: HospitalDefault, usable: list[str]) -> None:
    if default.id not in usable:
        offered = ", ".join(usable) or f"none is published; remove this [[default_{kind}]]"
        raise SettingsError(
            f"UNUSABLE_{kind.upper()}",
            f"{place}.id: '{default.id}' is not a usable {kind} of the {default.organ} at {default.field} T.",
            f"Usable: {offered}.",
        )


def _check_once(place: str, defaults: Iterable[HospitalDefault]) -> None:
    for (organ, field), count in Counter((d.organ, d.field) for d in defaults).items():
        if count > 1:
            raise SettingsError(
                "TWO_DEFAULTS", f"{place}: {count} defaults for the {organ} at {field} T.", "Leave one of them."
            )


def open_calibrations(organ: str, field: str | None, knowledge: Knowledge) -> tuple[Calibration, ...]:
    """Calibrations that need no declaration of the acquisition (such as FerriScan), published default first."""
    return tuple(c for c in knowledge.calibrations(organ, field) if not c.requires)
