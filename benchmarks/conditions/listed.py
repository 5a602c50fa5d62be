"""The conditions in which a fit is known to go wrong, each with its tissue, protocol, noise and target.

SNR is S0 by the SD of one pixel in one channel, with several coils of one coil. Targets are in per cent. A protocol is
written as echoes × first TE + spacing [ms].
"""

from __future__ import annotations

from dataclasses import replace

from benchmarks.conditions.doors import Condition, Target
from benchmarks.conditions.images import Filter, Mixed, Noise, Scan, Tissue, train

KEPT_SEEDS = (9001, 9002)
"""Only the report uses them: ``--report``. Whoever works on the fit takes others."""

# ------------------------------------------------------------------------------------------------- protocols

LIVER = Scan("liver 1.5 T 12 × 0.95 + 0.7", "liver", 1.5, train(0.95, 0.7, 12))
LATER = Scan("liver 1.5 T 12 × 1.3 + 1.05", "liver", 1.5, train(1.3, 1.05, 12))
LIVER_3T = Scan("liver 3 T 8 × 1.2 + 1.5", "liver", 3.0, train(1.2, 1.5, 8))
DIXON = Scan("liver 1.5 T 6 × 1.2 + 1.1", "liver", 1.5, train(1.2, 1.1, 6))
DIXON_3T = Scan("liver 3 T 6 × 1.2 + 1.1", "liver", 3.0, train(1.2, 1.1, 6))
LATE = Scan("liver 1.5 T 12 × 4.6 + 4.6", "liver", 1.5, train(4.6, 4.6, 12))
HEART = Scan("heart 1.5 T 8 × 2 + 2.29", "heart", 1.5, train(2.0, 16.0 / 7.0, 8))
SPIN_ECHO = Scan("spin echo 1.5 T 8 × 10 + 10", "pituitary", 1.5, train(10.0, 10.0, 8), "T2")
SPIN_ECHO_SHORT = Scan("spin echo 3 T 12 × 6 + 6", "pituitary", 3.0, train(6.0, 6.0, 12), "T2")

# ----------------------------------------------------------------------------------------------- the conditions

GOOD = Target(bias=2.0, coverage=92.0, falsely_low=0.0, gross=0.0, wrong=1.0, milder=1.0, withheld=10.0)
"""What an even region with a bound below 10 % must reach whatever the scanner did to it."""

CLEAN = tuple(
    Condition(fault="kept: even regions, one coil", scan=scan, tissue=Tissue(t), noise=Noise(snr), n_pixels=n,
              target=replace(GOOD, bias=1.2, error=1.5))
    for scan, t, snr, n in ((LIVER, 1.2, 50, 60), (LIVER, 5.0, 20, 60), (LIVER, 25.0, 30, 200), (LIVER_3T, 3.0, 50, 60),
                            (HEART, 8.0, 30, 60), (HEART, 30.0, 50, 30))
)  # fmt: skip
UNEVEN = tuple(
    Condition(fault="kept: uneven regions, one coil", scan=scan, tissue=tissue, noise=Noise(40),
              mixed=mixed, n_pixels=100, target=replace(GOOD, bias=2.5, coverage=90.0))
    for scan, tissue, mixed in (
        (LIVER, Tissue(3.0, rate_spread=0.15, s0_spread=0.15), None),
        (LIVER, Tissue(3.0, rate_spread=0.15, s0_spread=0.15), Mixed(Tissue(80.0, 1.2), 0.10, "islands")),
        (HEART, Tissue(10.5), Mixed(Tissue(150.0, 1.3), 0.10, "scattered")),
        (LIVER, Tissue(6.0), Mixed(Tissue(30.0), 0.10, "edge")),
    )
)  # fmt: skip
PIXELS = tuple(
    Condition(fault="kept: single pixels of a map", scan=scan, tissue=Tissue(t), noise=Noise(snr, coils), door="pixel",
              target=Target(error=1.1, coverage=93.0), weight=5.0)
    for scan, t, snr, coils in ((LIVER, 2.0, 50, 1), (LIVER, 20.0, 50, 1), (LIVER, 2.0, 50, 4), (HEART, 10.0, 30, 1))
)  # fmt: skip

COIL_TARGET = Target(
    bias=2.0, coverage=90.0, falsely_low=1.0, gross=1.0, wrong=1.0, milder=1.0, withheld=10.0, shown=10.0
)
COIL_BEYOND = Target(coverage=90.0, falsely_low=1.0, milder=0.5, shown=1.0)
"""Near the limit of the echoes a limit or a wide interval is right, a number without a class is not."""
COILS = tuple(
    Condition(
        fault="F1 coils, root sum of squares",
        scan=scan,
        tissue=Tissue(t),
        noise=Noise(30, coils),
        weight=0.15,
        target=target,
    )
    for coils in (2, 4, 8, 16, 32)
    for scan, t, target in (
        *((LIVER, t, COIL_BEYOND) for t in (0.35, 0.5)),
        *((LIVER, t, COIL_TARGET) for t in (0.8, 1.2, 3.0, 6.0, 12.0, 20.0)),
        (HEART, 10.5, COIL_TARGET),
    )
)

COIL_MASKED = Target(coverage=90.0, falsely_low=1.0, gross=1.0, shown=10.0)
"""Without air nothing tells of coils whose floor no echo comes near: the interval holds every number of them."""
COILS_MASKED = tuple(
    Condition(fault="F1 coils, no air in the images", scan=scan, tissue=Tissue(t),
              noise=Noise(30, coils, masked=True), weight=0.15, target=target)
    for scan, t, coils, target in (
        (LIVER, 0.5, 8, COIL_BEYOND), (LIVER, 1.2, 8, COIL_TARGET), (LIVER, 6.0, 4, COIL_MASKED),
        (LIVER, 12.0, 8, COIL_MASKED), (LIVER, 20.0, 32, COIL_MASKED), (HEART, 10.5, 8, COIL_MASKED),
        (HEART, 10.5, 16, COIL_MASKED), (DIXON, 4.0, 16, COIL_MASKED),
        (DIXON, 2.0, 8, COIL_MASKED), (DIXON, 4.0, 8, COIL_MASKED), (LIVER_3T, 4.0, 8, COIL_MASKED),
    )
)  # fmt: skip

FAT_TARGET = Target(bias=2.0, coverage=90.0, wrong=1.0, milder=1.0, withheld=10.0)
FAT_BEYOND = Target(coverage=90.0, wrong=1.0, milder=0.0, falsely_low=0.0)
"""Fewer than six echoes above the noise: a number or a refusal that names fat, never a false class."""
FAT = tuple(
    Condition(fault="F2 fat with iron", scan=scan, tissue=Tissue(t, fat=fat), noise=Noise(40), weight=0.15,
              names=("FAT", "fat"), target=target)
    for scan, t, fats, target in (
        (LIVER, 4.0, (0.1, 0.3, 0.35, 0.4), FAT_TARGET),
        (LIVER, 8.0, (0.3, 0.35, 0.4), FAT_TARGET),
        (LIVER, 20.0, (0.3, 0.4), FAT_TARGET),
        (LIVER, 2.0, (0.2, 0.4), FAT_TARGET),
        (LIVER, 1.0, (0.2, 0.4), FAT_BEYOND),
        (DIXON, 8.0, (0.2, 0.3, 0.35, 0.4), FAT_TARGET),
        (DIXON, 25.0, (0.3, 0.4), FAT_TARGET),
        (DIXON_3T, 8.0, (0.1, 0.2, 0.3, 0.4), FAT_TARGET),
        (DIXON_3T, 15.0, (0.1, 0.2), FAT_TARGET),
        (DIXON_3T, 25.0, (0.1, 0.2), FAT_TARGET),
        (DIXON_3T, 4.0, (0.2,), FAT_TARGET),
        (LIVER_3T, 4.0, (0.2, 0.3, 0.35, 0.4), FAT_TARGET),
        (LIVER_3T, 8.0, (0.1, 0.2), FAT_TARGET),
        (LIVER_3T, 15.0, (0.1, 0.2, 0.4), FAT_TARGET),
        (LIVER_3T, 2.0, (0.1, 0.2), FAT_BEYOND),
    )
    for fat in fats
)  # fmt: skip
PASTED_FAT = tuple(
    Condition(fault="F2 fat, pasted means", scan=scan, tissue=Tissue(t, fat=fat), noise=Noise(40), door="pasted",
              names=("FAT", "fat", "NOT_EXPONENTIAL", "ODD_ECHO"), target=Target(milder=1.0, silent=1.0))
    for scan, t, fat in ((LIVER_3T, 4.0, 0.1), (LIVER_3T, 8.0, 0.2), (DIXON_3T, 4.0, 0.1),
                         (LIVER, 8.0, 0.2), (LIVER, 4.0, 0.3))
)  # fmt: skip

FIRST_ECHO = tuple(
    Condition(fault="F3 low first spin echo", scan=scan, tissue=Tissue(t, first_echo=factor), noise=Noise(snr),
              n_pixels=100, names=("LOW_FIRST_ECHO", "first echo"), target=Target(bias=3.0, coverage=90.0, named=95.0))
    for scan, t, factor, snr in (
        (SPIN_ECHO, 10.0, 0.75, 200), (SPIN_ECHO, 16.0, 0.75, 100), (SPIN_ECHO, 16.0, 0.9, 100),
        (SPIN_ECHO, 30.0, 0.85, 60), (SPIN_ECHO, 80.0, 0.85, 60),
        (SPIN_ECHO_SHORT, 7.0, 0.7, 150), (SPIN_ECHO_SHORT, 12.0, 0.75, 100),
        (SPIN_ECHO_SHORT, 40.0, 0.9, 60),
    )
)  # fmt: skip
FIRST_ECHO_PASTED = tuple(
    replace(c, fault="F3 low first spin echo, pasted", door="pasted", target=Target(bias=5.0, named=90.0))
    for c in FIRST_ECHO
)

BEYOND = tuple(
    Condition(fault="F4 beyond the acquisition", scan=scan, tissue=Tissue(t), noise=Noise(snr), weight=0.5,
              names=("BEYOND_ACQUISITION",), target=Target(coverage=92.0, falsely_low=0.0, milder=0.0))
    for scan, t, snr in ((LIVER_3T, 0.45, 30), (LIVER_3T, 0.6, 30), (DIXON_3T, 0.6, 30), (LATE, 1.5, 30),
                         (LIVER, 0.25, 50), (HEART, 0.8, 30), (LATER, 0.4, 50))
)  # fmt: skip

ZERO_FILLED: Filter = "zero-filled"
HAMMING: Filter = "Hamming"
ELLIPTICAL: Filter = "elliptical"
FILTERED = tuple(
    Condition(fault="F5 filtered and interpolated pixels", scan=scan, tissue=tissue,
              noise=Noise(snr, filtered=filtered), n_pixels=n, weight=0.4, target=replace(GOOD, bias=2.5))
    for scan, tissue, snr, n, filtered in (
        (LIVER, Tissue(3.0), 30, 64, ZERO_FILLED), (LIVER, Tissue(1.2), 40, 64, ZERO_FILLED),
        (HEART, Tissue(12.0), 20, 60, ZERO_FILLED),
        (LIVER, Tissue(3.0, rate_spread=0.15, s0_spread=0.1), 40, 100, ZERO_FILLED),
        (LIVER, Tissue(3.0), 30, 64, HAMMING), (LIVER, Tissue(8.0), 30, 100, HAMMING),
        (HEART, Tissue(14.0), 30, 60, HAMMING), (LIVER, Tissue(3.0), 30, 64, ELLIPTICAL),
        (HEART, Tissue(12.0), 20, 60, ELLIPTICAL),
    )
)  # fmt: skip

SILENT = tuple(
    Condition(fault="F6 held for no reason", scan=LIVER, tissue=Tissue(t), noise=noise,
              target=replace(GOOD, coverage=90.0))
    for t, noise in (
        (1.2, Noise(30, worst_gain=2.2)), (3.0, Noise(30, worst_gain=2.2)), (1.2, Noise(40, largest_number=20)),
        (4.0, Noise(40, largest_number=20)), (3.0, Noise(30, 8)), (3.0, Noise(30, 16)),
    )
)  # fmt: skip
SILENT_PASTED = tuple(
    Condition(fault="F6 pasted means refused", scan=scan, tissue=Tissue(t), noise=Noise(30), door="pasted",
              target=Target(bias=5.0, coverage=90.0, milder=1.0, withheld=10.0))
    for scan, t in ((LATER, 0.8), (LIVER_3T, 0.8), (LIVER_3T, 1.0), (LATE, 3.0), (DIXON, 1.0))
)  # fmt: skip

PASTED = (
    Condition(fault="F7 pasted means", scan=LATER, tissue=Tissue(3.0), noise=Noise(25), door="pasted",
              target=Target(bias=1.5, coverage=90.0, wrong=1.0, withheld=10.0)),
    *(
        Condition(fault="F7 blood in a pasted septum", scan=HEART, tissue=Tissue(t), noise=Noise(60), door="pasted",
                  mixed=Mixed(Tissue(80.0), 0.10, "scattered"),
                  names=("MODEL_DEPENDENT", "VESSEL", "vessel", "blood"), target=Target(named=80.0, silent=1.0))
        for t in (8.0, 12.0, 18.0, 22.0)
    ),
    *(
        Condition(fault="F7 blood that passes for a floor, pasted", scan=scan, tissue=Tissue(t), noise=Noise(60),
                  door="pasted", n_pixels=100, mixed=Mixed(Tissue(80.0), 0.05, "scattered"),
                  target=Target(coverage=90.0, milder=1.0))
        for scan, t in ((HEART, 2.0), (HEART, 4.0), (LIVER, 1.2), (LIVER, 2.0), (LIVER_3T, 2.0), (DIXON, 2.0))
    ),
)  # fmt: skip

SMALL = tuple(
    Condition(fault="F8 clean small regions", scan=scan, tissue=Tissue(t), noise=Noise(snr), n_pixels=n, weight=0.5,
              target=Target(bias=2.0, coverage=90.0, gross=0.0, milder=0.5, withheld=10.0))
    for scan, t, snr, n in ((LIVER, 2.0, 50, 9), (LIVER, 6.0, 50, 16), (LIVER, 12.0, 50, 9), (LIVER_3T, 3.0, 50, 25),
                            (HEART, 12.0, 50, 12), (HEART, 25.0, 50, 20))
)  # fmt: skip

GRADIENT = tuple(
    Condition(fault="F9 gradient through the slice", scan=HEART, tissue=Tissue(t, gradient_ms=zero_ms),
              noise=Noise(snr), n_pixels=80, names=("CURVATURE", "bends", "gradient"),
              target=Target(coverage=90.0, silent=1.0, named=90.0))
    for t, zero_ms, snr in ((22.0, 60.0, 50), (22.0, 40.0, 50), (32.0, 60.0, 50), (14.0, 40.0, 50))
)  # fmt: skip

EDGES = tuple(
    Condition(fault="F10 region over an edge", scan=scan, tissue=Tissue(t, s0_spread=0.04), n_pixels=93,
              noise=Noise(60), mixed=Mixed(other, share, "edge"), names=("EDGE", "MIXED", "TISSUES"),
              target=Target(milder=0.0, named=95.0) if share >= 0.2 else replace(GOOD, bias=3.0, wrong=2.0))
    for scan, t, other in ((LIVER, 3.0, Tissue(18.0, 0.65)), (LIVER, 1.5, Tissue(30.0, 1.1)),
                           (LIVER, 4.5, Tissue(22.0, 1.1)), (HEART, 8.0, Tissue(120.0, 1.4)))
    for share in (0.04, 0.2, 0.35, 0.5, 0.65)
)  # fmt: skip

CONDITIONS: tuple[Condition, ...] = (
    *CLEAN, *UNEVEN, *PIXELS, *COILS, *COILS_MASKED, *FAT, *PASTED_FAT, *FIRST_ECHO, *FIRST_ECHO_PASTED, *BEYOND,
    *FILTERED, *SILENT, *SILENT_PASTED, *PASTED, *SMALL, *GRADIENT, *EDGES,
)  # fmt: skip
