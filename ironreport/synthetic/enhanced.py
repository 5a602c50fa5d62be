"""Enhanced multi-frame exams: one file for each echo as Siemens writes them, all in one as Philips does."""

from __future__ import annotations

import numpy as np
from pydicom.datadict import tag_for_keyword
from pydicom.dataset import Dataset
from pydicom.uid import EnhancedMRImageStorage

from ironreport.synthetic.acquisition import Acquired
from ironreport.synthetic.instances import add_pixels, of, written
from ironreport.synthetic.vendors import (
    COMPONENTS,
    EXAM_DATE,
    Plan,
    StoredImage,
    add_philips_scale,
    exam_header,
    stored_images,
)


def enhanced_files(plan: Plan, acquired: Acquired) -> dict[str, bytes]:
    """Multi-frame files, by name."""
    groups: dict[tuple[int, int], list[StoredImage]] = {}
    for image in stored_images(plan, acquired):
        instance = 1 if plan.dialect.mixed else image.number + 1
        groups.setdefault((plan.series_number(image), instance), []).append(image)
    return {
        f"series{series:03d}/IM{instance:04d}.dcm": _file(plan, images, series, instance)
        for (series, instance), images in groups.items()
    }


def _file(plan: Plan, images: list[StoredImage], series: int, instance: int) -> bytes:
    dataset = exam_header(plan, EnhancedMRImageStorage, series, instance)
    dataset.update(_file_elements(plan, images))
    dataset.SharedFunctionalGroupsSequence = [_shared_groups(plan)]
    dataset.PerFrameFunctionalGroupsSequence = [_frame_groups(plan, image) for image in images]
    dataset.NumberOfFrames = len(images)
    add_pixels(dataset, np.stack([image.stored for image in images]), plan.dialect.n_bits)
    return written(dataset)


def _kind_elements(plan: Plan, component: str) -> Dataset:
    return of(
        PixelPresentation="MONOCHROME",
        VolumetricProperties="VOLUME",
        VolumeBasedCalculationTechnique="NONE",
        ComplexImageComponent=component,
        AcquisitionContrast="T2" if plan.anatomy.spin_echo else "T2_STAR",
    )


def _file_elements(plan: Plan, images: list[StoredImage]) -> Dataset:
    """What a file says once for all its frames."""
    kinds = {image.kind for image in images}
    kind = kinds.pop() if len(kinds) == 1 else None
    scanning, name = plan.dialect.sequence(plan.anatomy, plan.recipe)
    organization = plan.uid("dimensions")
    pointers = (("InStackPositionNumber", "FrameContentSequence"), ("EffectiveEchoTime", "MREchoSequence"))
    found = of(
        ImageType=["ORIGINAL", "PRIMARY", kind or "MIXED", "NONE"],
        AcquisitionDateTime=f"{EXAM_DATE}120000", AcquisitionDuration=15.0,
        PulseSequenceName=name, EchoPulseSequence="SPIN" if "SE" in scanning else "GRADIENT",
        MRAcquisitionType="2D", MultipleSpinEcho="YES" if plan.anatomy.spin_echo else "NO",
        MultiPlanarExcitation="NO", ResonantNucleus="1H", ContentQualification="RESEARCH",
        BurnedInAnnotation="NO", LossyImageCompression="00", PresentationLUTShape="IDENTITY",
        DimensionOrganizationSequence=[of(DimensionOrganizationUID=organization)],
        DimensionIndexSequence=[
            of(
                DimensionOrganizationUID=organization,
                DimensionIndexPointer=tag_for_keyword(pointer),
                FunctionalGroupPointer=tag_for_keyword(group),
            )
            for pointer, group in pointers
        ],
    )  # fmt: skip
    found.update(_kind_elements(plan, COMPONENTS[kind] if kind else "MIXED"))
    return found


def _shared_groups(plan: Plan) -> Dataset:
    """Functional groups that are the same for all frames."""
    anatomy = plan.anatomy
    timing = of(
        RepetitionTime=2000.0 if anatomy.spin_echo else 200.0,
        FlipAngle=90.0 if anatomy.spin_echo else 20.0,
        EchoTrainLength=0,
        RFEchoTrainLength=0,
    )
    measures = of(PixelSpacing=[anatomy.pixel_mm, anatomy.pixel_mm], SliceThickness=anatomy.slice_gap_mm)
    return of(
        PixelMeasuresSequence=[measures],
        PlaneOrientationSequence=[of(ImageOrientationPatient=list(anatomy.cosines))],
        MRTimingAndRelatedParametersSequence=[timing],
    )


def _frame_groups(plan: Plan, image: StoredImage) -> Dataset:
    """Functional groups of one frame: where it lies, its echo time, its kind and its scale."""
    content = of(
        FrameAcquisitionNumber=1,
        FrameReferenceDateTime=f"{EXAM_DATE}120000",
        FrameAcquisitionDateTime=f"{EXAM_DATE}120000",
        FrameAcquisitionDuration=15000.0,
        StackID="1",
        InStackPositionNumber=image.slice_index + 1,
        DimensionIndexValues=[image.slice_index + 1, image.number + 1],
    )
    kind = of(FrameType=["ORIGINAL", "PRIMARY", image.kind, "NONE"])
    kind.update(_kind_elements(plan, COMPONENTS[image.kind]))
    scale = of(RescaleSlope=image.slope, RescaleIntercept=image.intercept, RescaleType="US")
    found = of(
        FrameContentSequence=[content],
        PlanePositionSequence=[of(ImagePositionPatient=plan.position_mm(image))],
        MREchoSequence=[of(EffectiveEchoTime=image.te_ms)],
        MRImageFrameTypeSequence=[kind],
        PixelValueTransformationSequence=[scale],
    )
    if image.ti_ms is not None:
        found.MRModifierSequence = [of(InversionRecovery="YES", InversionTimes=[image.ti_ms])]
    if plan.vendor == "philips-enhanced":
        own = Dataset()
        add_philips_scale(own, image)
        # the scanner writes this item at 140F, in the block of the fifth creator
        found.add_new(0x20050014, "LO", "Philips MR Imaging DD 005")
        found.add_new(0x2005140F, "SQ", [own])
    return found
