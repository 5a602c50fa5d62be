"""The version of an exam file, and one step from each older version to the next, so that a file always opens."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ironreport.errors import IntakeError
from ironreport.exam.refusals import not_an_exam

FORMAT = "ironreport-exam"
VERSION = 5
Body = dict[str, Any]


def _from_version_1(body: Body) -> Body:
    """Version 2 says which software wrote the file; what version 1 did not hold has its default."""
    return {**body, "version": 2, "software": "not stated"}


def _from_version_2(body: Body) -> Body:
    """Version 3 calls the place in the organ by its own word; version 2 called it ``site``, as a hospital is."""
    exam = body.get("exam")
    if not isinstance(exam, dict) or not isinstance(measurements := exam.get("measurements"), list):
        return {**body, "version": 3}
    renamed = [{**m, "signal": _located(m.get("signal"))} if isinstance(m, dict) else m for m in measurements]
    return {**body, "version": 3, "exam": {**exam, "measurements": renamed}}


def _located(signal: Any) -> Any:
    """A signal of version 2, and its parts, with ``location`` for ``site``; what is no signal is left to the check."""
    if not isinstance(signal, dict):
        return signal
    renamed = {"location" if name == "site" else name: value for name, value in signal.items()}
    if isinstance(renamed.get("parts"), list):
        renamed["parts"] = [_located(part) for part in renamed["parts"]]
    return renamed


def _from_version_3(body: Body) -> Body:
    """Version 4 holds what was transfused and the limits of earlier results; of version 3 neither is known."""
    return {**body, "version": 4}


def _from_version_4(body: Body) -> Body:
    """Version 5 holds what was found when it was saved, and the fingerprint of its content; version 4 has neither."""
    return {**body, "version": 5}


MIGRATIONS: dict[int, Callable[[Body], Body]] = {
    1: _from_version_1,
    2: _from_version_2,
    3: _from_version_3,
    4: _from_version_4,
}
"""From each older version to the next one."""


def version_of(body: Body) -> int:
    """The version of a file, one that can be read here.

    Raises
    ------
    IntakeError
        ``NOT_AN_EXAM`` where it is no whole number from 1, ``EXAM_VERSION`` where it is a later one.
    """
    version = body.get("version")
    if type(version) is not int or version < 1:  # True and 2.0 are no versions either
        raise not_an_exam("its version is not a whole number from 1")
    if version > VERSION:
        raise IntakeError(
            "EXAM_VERSION", "The exam file was written by a newer version of IronReport.",
            f"Open it with that version; this one reads versions 1 to {VERSION}.",
        )  # fmt: skip
    return version


def migrated(body: Body) -> Body:
    """The same file as this version writes it."""
    for version in range(version_of(body), VERSION):
        body = MIGRATIONS[version](body)
    return body
