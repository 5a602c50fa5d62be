"""Codes of other systems for what a report says: DICOM, SNOMED CT, LOINC, UCUM, and one openly local scheme.

Those of an organ stand in its knowledge file.
"""

from __future__ import annotations

from uuid import NAMESPACE_OID, uuid5

DCM = "http://dicom.nema.org/resources/ontology/DCM"
SCT = "http://snomed.info/sct"
LOINC = "http://loinc.org"
UCUM = "http://unitsofmeasure.org"
LOCAL_NAME = "99IRONREPORT"
LOCAL = f"urn:oid:2.25.{uuid5(NAMESPACE_OID, LOCAL_NAME).int}"
"""Our own scheme, where none of the others has a code. A number nobody had to register, and no web address."""

MRI_REPORT = "25056-3"
"""LOINC."""

QUANTITY_CODE = {
    "t2star_ms": (DCM, "113064", "T2*"),
    "r2star_per_s": (DCM, "126395", "R2*"),
    "t2_ms": (DCM, "113065", "T2"),
    "r2_per_s": (DCM, "126394", "R2"),
    "t1_ms": (DCM, "113063", "T1"),
    "r1_per_s": (DCM, "126393", "R1"),
    "lic_mg_per_g": (LOCAL, "LIC", "Liver iron concentration, dry weight (local code)"),
    "mic_mg_per_g": (LOCAL, "MIC", "Myocardial iron concentration, dry weight (local code)"),
}
"""Scheme, code and meaning of every quantity. No public code for iron by MRI was found."""

UCUM_UNIT = {
    "t2star_ms": "ms",
    "r2star_per_s": "/s",
    "t2_ms": "ms",
    "r2_per_s": "/s",
    "t1_ms": "ms",
    "r1_per_s": "/s",
    "lic_mg_per_g": "mg/g",
    "mic_mg_per_g": "mg/g",
}

BALANCE_CODE = {
    "body": ("BODY-IRON", "Body iron by body weight (local code)"),
    "change": ("BODY-IRON-CHANGE", "Change of body iron by body weight (local code)"),
    "in": ("IRON-IN", "Iron in by transfusion, by body weight (local code)"),
    "out": ("IRON-OUT", "Iron out by chelation and other losses, by body weight (local code)"),
}
"""Local code and meaning of each part of an iron balance; what is counted each day differs by its unit."""

BALANCE_UNIT = {
    "body_iron_mg_per_kg": "mg/kg",
    "iron_mg_per_kg": "mg/kg",
    "iron_mg_per_kg_per_day": "mg/kg/d",
}
"""UCUM units of an iron balance."""

SEVERITY_SCT = {
    "normal": ("17621005", "Normal"),
    "mild": ("255604002", "Mild"),
    "mild-moderate": ("371923003", "Mild-moderate"),
    "moderate": ("6736007", "Moderate"),
    "moderate-severe": ("371924009", "Moderate-severe"),
    "severe": ("24484000", "Severe"),
}
"""Classes that have a code; the others travel as text."""
