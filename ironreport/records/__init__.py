"""What flows along the arrow: frozen records from the signal to the assessment.

Every record is immutable and knows nothing of screens, files or clocks. Doubts raised by a stage
travel as ``cautions`` and reach the printed page word for word. Units stand in the names.
"""

from ironreport.records.findings import (
    Assessment,
    CalibratedIron,
    Choices,
    Context,
    Exam,
    Finding,
    Grading,
    Guidance,
    GuidanceLine,
    IronEstimate,
    Measurement,
    PreviousResult,
    ReportDetails,
)
from ironreport.records.fits import DecayFit, ModelReading, PixelFits, RegionFit
from ironreport.records.signals import (
    Bound,
    Caution,
    Contrast,
    DecaySignal,
    EchoSeries,
    Estimate,
    FloatArray,
    LeftOut,
    PixelSummary,
    PrintedResult,
    Region,
    Technique,
)

__all__ = [
    "Assessment",
    "Bound",
    "CalibratedIron",
    "Caution",
    "Choices",
    "Context",
    "Contrast",
    "DecayFit",
    "DecaySignal",
    "EchoSeries",
    "Estimate",
    "Exam",
    "Finding",
    "FloatArray",
    "Grading",
    "Guidance",
    "GuidanceLine",
    "IronEstimate",
    "LeftOut",
    "Measurement",
    "ModelReading",
    "PixelFits",
    "PixelSummary",
    "PreviousResult",
    "PrintedResult",
    "Region",
    "RegionFit",
    "ReportDetails",
    "Technique",
]
