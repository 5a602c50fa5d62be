"""The cases that ship and those of one's own folder; a broken one is left out with file and cure, the rest stay."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from ironreport.errors import IronReportError, KnowledgeError, Refusal
from ironreport.knowledge import Knowledge, published_knowledge
from ironreport.knowledge.loading import validated
from ironreport.teaching.case_file import Case
from ironreport.teaching.case_numbers import contradictions
from ironreport.teaching.scenes import SCENES

FOLDER = Path(__file__).parent / "cases"
MOST_FILES = 500
LARGEST_BYTES = 2**18
"""A case is a few kilobytes; the folder is read at each run of the page."""


@dataclass(frozen=True, slots=True)
class CasesFound:
    """Cases in the order of their numbers, and the files that were refused with their reasons."""

    cases: tuple[Case, ...]
    refused: tuple[Refusal, ...] = ()

    def case(self, case_id: str) -> Case | None:
        """The case with an id."""
        return next((case for case in self.cases if case.id == case_id), None)


def load_case(path: Path, knowledge: Knowledge) -> Case:
    """One case, its numbers recomputed.

    Raises
    ------
    KnowledgeError
        Naming file, place and cure of the first mistake.
    """
    if path.is_file() and path.stat().st_size > LARGEST_BYTES:
        raise _wrong(path, "size: more than 256 kB.", "Keep one case, as text, in each file.")
    case = validated(Case, path)
    if case.organ not in knowledge.organs:
        raise _wrong(path, f"organ: there is no organ '{case.organ}'.", f"Organs: {', '.join(knowledge.organs)}.")
    if case.images is not None and case.images.scene not in SCENES:
        raise _wrong(path, f"images.scene: there is no scene '{case.images.scene}'.", f"Scenes: {', '.join(SCENES)}.")
    for source in case.sources:
        if source not in knowledge.sources:
            raise _wrong(path, f"sources: '{source}' is not listed.", "Name a source of knowledge/sources.toml.")
    wrong = next(contradictions(case, knowledge), None)
    if wrong is not None:
        raise _wrong(path, f"{wrong}.", "Correct the number; each is recomputed when the file is read.")
    return case


def _wrong(path: Path, what: str, cure: str) -> KnowledgeError:
    return KnowledgeError("WRONG_CASE", f"{path.name}, {what}", cure)


@cache
def shipped_cases() -> tuple[Case, ...]:
    """The cases that ship with the package, read once per process."""
    knowledge = published_knowledge()
    return tuple(sorted((load_case(path, knowledge) for path in FOLDER.glob("*.toml")), key=lambda c: c.number))


def all_cases(knowledge: Knowledge, extra: Path | None = None) -> CasesFound:
    """Shipped cases and those of a folder, which is read anew at each call: a file dropped into it is there at once."""
    shipped = shipped_cases()
    if extra is None:
        return CasesFound(shipped)
    try:
        paths = sorted(extra.glob("*.toml"))[:MOST_FILES] if extra.is_dir() else None
    except OSError:
        paths = None
    if paths is None:
        missing = Refusal(
            "NO_CASE_FOLDER", f"The folder of cases {extra} cannot be read.", "Check the path in the settings."
        )
        return CasesFound(shipped, (missing,))
    return _with_own(shipped, paths, knowledge)


def _with_own(shipped: tuple[Case, ...], paths: Iterable[Path], knowledge: Knowledge) -> CasesFound:
    cases, refused = list(shipped), []
    for path in paths:
        try:
            if not path.is_file():  # a pipe would never end
                raise OSError
            case = load_case(path, knowledge)
        except IronReportError as error:
            refused.append(error.refusal)
        except OSError:
            refused.append(Refusal("NO_CASE", f"{path.name} cannot be read.", "Put a file there that may be read."))
        else:
            if any(held.id == case.id for held in cases):
                twice = f"{path.name}, id: there is a case '{case.id}' already."
                refused.append(Refusal("WRONG_CASE", twice, "Give it another id."))
                continue
            cases.append(case)
    return CasesFound(tuple(sorted(cases, key=lambda c: c.number)), tuple(refused))
