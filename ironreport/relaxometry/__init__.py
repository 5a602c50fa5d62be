"""From a decaying signal to a relaxation time with its doubt.

``fit_decay`` reads one signal for the app; ``fit_pixels`` and ``fit_region`` read arrays. All three are one code base.
"""

from ironreport.relaxometry.curve_reading import METHODS
from ironreport.relaxometry.fitting import fit_decay
from ironreport.relaxometry.mapping import fit_map
from ironreport.relaxometry.pixel_fits import fit_pixels
from ironreport.relaxometry.recovery import fit_recovery, fit_recovery_map
from ironreport.relaxometry.region import fit_region, fit_summary, summarise_pixels

__all__ = [
    "METHODS",
    "fit_decay",
    "fit_map",
    "fit_pixels",
    "fit_recovery",
    "fit_recovery_map",
    "fit_region",
    "fit_summary",
    "summarise_pixels",
]
