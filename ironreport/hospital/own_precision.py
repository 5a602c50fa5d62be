"""The repeatability that a hospital measured itself, as it stands in its settings."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from pydantic import Field, StrictBool, StrictInt

from ironreport.errors import SettingsError
from ironreport.knowledge import Knowledge
from ironreport.knowledge.schema import Entry, Name, Number
from ironreport.records import OwnPrecision

MOST_COV_PERCENT = 30.0
"""Repeats that scatter by more are no measurement: the widest published coefficient, of the heart, is 19.8 %."""
FEWEST_PAIRS = 12
"""With fewer the true coefficient may be 1.7 times the one found."""


class OwnPrecisionSetting(Entry):
    """Repeatability of R2* that a site measured itself; intervals and changes then rest on it."""

    organ: Name
    cov_percent: Annotated[Number, Field(gt=0, le=MOST_COV_PERCENT)]
    n_pairs: Annotated[StrictInt, Field(ge=FEWEST_PAIRS)]
    other_scanner: StrictBool = False
    source: Annotated[str, Field(min_length=1, max_length=200)]

    @property
    def record(self) -> OwnPrecision:
        """As the stages take it."""
        return OwnPrecision(self.organ, self.cov_percent, self.n_pairs, self.source, self.other_scanner)


def check_own_precision(file: str, given: Sequence[OwnPrecisionSetting], knowledge: Knowledge) -> None:
    """Organs that are known, each once for repeats and once for scanners."""
    for i, one in enumerate(given, start=1):
        place = f"{file}, own_precision[{i}]"
        if one.organ not in knowledge.organs:
            raise SettingsError(
                "UNKNOWN_ORGAN", f"{place}.organ: there is no organ '{one.organ}'.",
                f"Organs: {', '.join(knowledge.organs)}.",
            )  # fmt: skip
        if sum((x.organ, x.other_scanner) == (one.organ, one.other_scanner) for x in given) > 1:
            raise SettingsError("TWO_PRECISIONS", f"{place}: set twice for {one.organ}.", "Leave the newer one.")
