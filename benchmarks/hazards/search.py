"""One drawn scan with one fault, through the program: what class is given, if any."""

from __future__ import annotations

from dataclasses import dataclass
from zlib import crc32

import numpy as np

from benchmarks.hazards.faults import FAULTS, drawn
from ironreport.assess.assessment import find
from ironreport.knowledge import published_knowledge
from ironreport.records import Measurement


@dataclass(frozen=True, slots=True)
class Outcome:
    """``kind`` is refused, no class, other class, limit or normal; ``words`` say what was read."""

    kind: str
    words: str


def seeds(n: int, seed: int, only: str = "") -> dict[str, list[int]]:
    """Seeds of ``n`` examples of every fault whose name holds ``only``."""
    return {
        fault: [crc32(f"{seed}/{fault}/{k}".encode()) for k in range(n)]
        for fault in ([only] if only in FAULTS else FAULTS)
        if only in fault
    }


def outcome(fault: str, seed: int) -> Outcome:
    """What the program makes of the example of this seed."""
    knowledge = published_knowledge()
    scan = drawn(np.random.default_rng(seed))
    signal = FAULTS[fault](scan)
    if signal is None:
        return Outcome("refused", "")
    finding = find(Measurement(signal), knowledge)
    read = finding.fit.time if finding.fit else None
    codes = " ".join(caution.code for caution in finding.cautions)
    words = (
        f"{scan.organ} T2* {scan.t2star_ms:.2f} ms, {len(scan.te_ms)} echoes from {scan.te_ms[0]:g} by "
        f"{scan.te_ms[1] - scan.te_ms[0]:.2f}: read {read.value if read else float('nan'):.2f} ms; {codes}"
    )
    if finding.grading is None:
        return Outcome("no class", words)
    ladder = next(x for x in knowledge.ladders(scan.organ, "1.5") if x.id == finding.grading.ladder)
    mildest = ladder.grade(finding.grading.grade).severity
    return Outcome("normal" if mildest == "normal" else "limit" if finding.grading.bound else "other class", words)
