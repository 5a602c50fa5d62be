"""A folder that is looked at again and again: what has come to rest in it goes into the clinic, the rest waits."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from pathlib import Path

from ironreport.clinic import Clinic, add_images
from ironreport.clinic.image_arrivals import NOT_READ
from ironreport.errors import IronReportError, ReceiveError
from ironreport.library.file_refs import FileRef, files_below, loaders
from ironreport.receiving.spool import arrival_lines

Marks = frozenset[tuple[str, tuple[int, int]]]
LOOSE = ""
"""Name of the group of files that lie in the folder itself."""
SOURCE = "watched folder"


class WatchedFolder:
    """What was seen of a folder, look by look. Its files stay where they are.

    Each folder or file of the first level is one group, and files of the first level that are no zip are one together.
    A group is taken when two looks found the same in it, and again when it has changed and rests again.

    Raises
    ------
    ReceiveError
        ``OWN_FOLDER``.
    """

    def __init__(self, clinic: Clinic, folder: Path, said: Callable[[str], None]) -> None:
        own, watched = clinic.folder.root, folder.resolve()
        if own.is_relative_to(watched) or watched.is_relative_to(own):
            raise ReceiveError("OWN_FOLDER", "The clinic would take in its own files.", "Watch another folder.")
        self._clinic, self._folder, self._said = clinic, watched, said
        self._seen: dict[str, Marks] = {}
        self._taken: dict[str, Marks] = {}
        self._last = ""

    def look(self) -> None:
        """Look once, and put into the clinic what rests; what goes wrong is said and tried again at the next look."""
        try:
            groups = self._groups()
        except IronReportError as error:
            self._say_once(f"Nothing can be looked at: {error.refusal}")
            return
        marks = {name: frozenset((ref.name, ref.stamp) for ref in refs) for name, refs in groups.items()}
        waiting = [name for name in groups if marks[name] != self._taken.get(name)]
        resting = [name for name in waiting if marks[name] == self._seen.get(name)]
        self._seen = marks
        n_growing = sum(len(groups[name]) for name in waiting if name not in resting)
        self._say_once(f"{n_growing} files are still coming in, and are taken when they rest." if n_growing else "")
        for name in resting:
            self._take(name, groups[name], marks[name])

    def _groups(self) -> dict[str, list[FileRef]]:
        found: dict[str, list[FileRef]] = defaultdict(list)
        for ref in files_below(self._folder):
            first, _, below = ref.name.partition("/")
            found[first if below else LOOSE].append(ref)
        return found

    def _take(self, name: str, refs: list[FileRef], marks: Marks) -> None:
        try:
            arrived = add_images(self._clinic, loaders(refs), source=SOURCE)
        except IronReportError as error:
            self._say_once(f"{len(refs)} files wait: {error.refusal}")
            return
        for line in arrival_lines(arrived):
            self._said(line)
        if NOT_READ.code not in {left.code for left in arrived.left_out}:
            self._taken[name] = marks

    def _say_once(self, line: str) -> None:
        """Say what holds for many looks once."""
        if line and line != self._last:
            self._said(line)
        self._last = line
