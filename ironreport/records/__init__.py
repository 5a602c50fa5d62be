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
from ironreport.records.fits import DecayFit, ModelReading
from ironreport.records.signals import (
    Caution,
    Contrast,
    DecaySignal,
    EchoSeries,
    Estimate,
    FloatArray,
    LeftOut,
    PrintedResult,
    Region,
    Technique,
)

__all__ = [
    "Assessment",
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
    "PreviousResult",
    "PrintedResult",
    "Region",
    "ReportDetails",
    "Technique",
]
