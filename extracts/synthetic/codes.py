"""Code lists and published shares that the made data are calibrated to; holds numbers and their sources, draws nothing.

Imaging codes: an illustrative table (the full NICIP-SNOMED map is licensed), a part of the catalogue's. Pairs with both
codes are published ones; where no short code could be verified a record carries the SNOMED CT concept alone, and the
short codes without a concept are illustrative (unverified).
"""

from typing import NamedTuple

# Shares of tests by modality, NHS England DID annual releases; photography's share is unverified.
MODALITY_SHARES = {
    "X": 0.47,
    "U": 0.23,
    "C": 0.165,
    "M": 0.095,
    "F": 0.02,
    "N": 0.01,
    "P": 0.006,
    "S": 0.002,
    "H": 0.00015,
}
MODALITIES = tuple(MODALITY_SHARES)

# Patient source setting, in code order 01..07.
SOURCES = ("01", "02", "03", "04", "05", "06", "07")
INPATIENT, DAY_CASE, OUTPATIENT, GP, EMERGENCY, OTHER_PROVIDER, OTHER = range(7)

# Per modality, percent by source. Chosen so that all tests together give the published marginals: outpatient 35, GP 22,
# A&E 20, inpatient 17, other 4, day case 2 (unverified).
SOURCE_SHARES = {
    "X": (14, 1, 30, 23, 30, 1, 1),
    "U": (10, 2, 35, 41, 4, 4, 4),
    "C": (36, 2, 28, 3, 27, 3, 1),
    "M": (11, 1, 68, 13, 2, 4, 1),
    "F": (36, 25, 30, 3, 1, 4, 1),
    "N": (12, 2, 80, 2, 0, 3, 1),
    "P": (5, 0, 88, 0, 0, 6, 1),
    "S": (8, 2, 85, 0, 0, 4, 1),
    "H": (10, 2, 80, 2, 2, 2, 2),
}

# Median days from request to test, DID 2017; fluoroscopy and photography: chosen.
MEDIAN_WAIT = {"X": 0, "U": 14, "C": 0, "M": 20, "F": 0, "N": 17, "P": 7, "S": 17, "H": 1}
# Median days from test to report for tests that are not urgent: chosen.
MEDIAN_REPORT = {"X": 2, "U": 0.4, "C": 3, "M": 4, "F": 1, "N": 3, "P": 4, "S": 3, "H": 0.4}

# January..December: tests a weekday; peak October, trough December (DID releases), heights chosen.
SEASON = (1.01, 0.98, 1.03, 0.97, 1.00, 1.01, 1.01, 0.97, 1.01, 1.09, 1.03, 0.84)


class Exam(NamedTuple):
    """One examination: its codes ('' where none is known), its modality, its share within it (percent), who has it."""

    nicip: str
    snomed: str
    name: str
    modality: str
    share: float
    group: str


def _sides(stem: str, snomed: str, name: str, modality: str, share: float) -> tuple[Exam, Exam]:
    """Left and right of one examination; both share a concept."""
    group = "any" if modality == "X" else "middle"
    return tuple(
        Exam(stem + side[0], snomed, f"{name} {side}", modality, share / 2, group) for side in ("Left", "Right")
    )


# Shares within a modality: chosen.
EXAMS: tuple[Exam, ...] = (
    Exam("XCHES", "399208008", "XR Chest", "X", 34, "any"),
    Exam("XABDO", "168702005", "XR Abdomen", "X", 6, "any"),
    Exam("XPELV", "713021002", "XR Pelvis", "X", 6, "older"),
    Exam("XLSPN", "840361000", "XR Lumbar spine", "X", 4, "any"),
    Exam("XCSPN", "712970008", "XR Cervical spine", "X", 2, "any"),
    Exam("XSKUL", "55965002", "XR Skull", "X", 0.5, "any"),
    Exam("XMAMB", "71651007", "Mammography", "X", 3, "breast"),
    *_sides("XHIP", "783628002", "XR Hip", "X", 6),
    *_sides("XKNE", "1290407002", "XR Knee", "X", 10),
    *_sides("XFOO", "1290452004", "XR Foot", "X", 7),
    *_sides("XSHO", "783543007", "XR Shoulder", "X", 5),
    *_sides("XELB", "713025006", "XR Elbow", "X", 2.5),
    *_sides("XWRI", "713024005", "XR Wrist", "X", 6),
    *_sides("XHAN", "713027003", "XR Hand", "X", 6),
    Exam("", "440496005", "DXA", "X", 2, "bone"),
    Exam("UABDO", "45036003", "US Abdomen", "U", 28, "middle"),
    Exam("UABPE", "418394000", "US Abdomen and pelvis", "U", 16, "middle"),
    Exam("URENT", "", "US Renal tract", "U", 6, "middle"),
    Exam("", "47079000", "US Breast", "U", 10, "breast"),
    Exam("", "241455000", "US Thyroid", "U", 6, "middle"),
    Exam("", "268445003", "US Obstetric", "U", 34, "pregnancy"),
    Exam("CHEAD", "303653007", "CT Head", "C", 34, "older"),
    Exam("CHEADC", "711232001", "CT Head with contrast", "C", 3, "older"),
    Exam("CCHES", "169069000", "CT Thorax", "C", 14, "older"),
    Exam("CABDO", "169070004", "CT Abdomen", "C", 8, "older"),
    Exam("CABPE", "419394006", "CT Abdomen and pelvis", "C", 20, "older"),
    Exam("CCHAP", "418023006", "CT Chest abdomen and pelvis", "C", 15, "older"),
    Exam("", "418714002", "CT Colonography", "C", 3, "older"),
    Exam("", "419545005", "CT Coronary angiogram", "C", 3, "older"),
    Exam("MHEAD", "241601008", "MRI Head", "M", 27, "middle"),
    Exam("MMRCP", "314635004", "MRCP", "M", 5, "older"),
    Exam("", "241645008", "MRI Spine", "M", 30, "middle"),
    Exam("", "241615005", "MRI Breast", "M", 3, "breast"),
    Exam("", "75691003", "MRI Prostate", "M", 5, "prostate"),
    *_sides("MKNE", "241641004", "MRI Knee", "M", 17),
    *_sides("MHIP", "241639000", "MRI Hip", "M", 5),
    *_sides("MSHO", "241633004", "MRI Shoulder", "M", 8),
    Exam("FBASW", "", "Barium swallow", "F", 70, "older"),
    Exam("FBAEN", "", "Barium enema", "F", 30, "older"),
    Exam("NBONE", "", "Bone scan", "N", 65, "older"),
    Exam("NRENO", "", "Renogram", "N", 35, "middle"),
    Exam("", "443271005", "PET-CT Whole body", "P", 100, "older"),
    Exam("SBRAI", "", "SPECT Brain", "S", 100, "older"),
    Exam("HCLIN", "", "Clinical photography", "H", 100, "any"),
)
CHEST_XRAY = next(i for i, exam in enumerate(EXAMS) if exam.nicip == "XCHES")
CHEST_CT = next(i for i, exam in enumerate(EXAMS) if exam.nicip == "CCHES")
# Codes no longer in use, by the code that took their place (illustrative).
RETIRED_NICIP = {"XCHES": "XCHST", "CHEAD": "CBRAI"}

# Weight of a person in each group of examinations at ages 0-14, 15-39, 40-59, 60-74, 75-84, 85+, women then men: chosen
# after the age and sex tables of the DID's annual releases.
GROUP_AGES = (15, 40, 60, 75, 85)
GROUP_WEIGHTS = {
    "any": ((0.45, 0.5, 0.9, 1.5, 2.2, 2.5), (0.5, 0.55, 0.85, 1.4, 2.1, 2.3)),
    "middle": ((0.2, 0.9, 1.4, 1.4, 1.1, 0.6), (0.2, 0.6, 1.1, 1.3, 1.0, 0.6)),
    "older": ((0.05, 0.35, 1.0, 2.0, 2.8, 2.8), (0.06, 0.35, 1.0, 2.1, 3.0, 3.0)),
    "breast": ((0, 0.5, 1.6, 1.5, 0.9, 0.5), (0, 0.01, 0.02, 0.03, 0.03, 0.03)),
    "bone": ((0, 0.05, 0.6, 1.6, 1.4, 0.8), (0, 0.02, 0.15, 0.4, 0.4, 0.3)),
    "prostate": ((0, 0, 0, 0, 0, 0), (0, 0, 0.8, 2.0, 1.0, 0.3)),
    "pregnancy": ((0, 1, 0.05, 0, 0, 0), (0, 0, 0, 0, 0, 0)),
}

# Ethnic group, percent of England (Census 2021, rounded). Not stated and not known are added per record.
ETHNICITY = {
    "A": 73.5,
    "B": 0.9,
    "C": 6.4,
    "D": 0.9,
    "E": 0.4,
    "F": 0.8,
    "G": 0.8,
    "H": 3.3,
    "J": 2.8,
    "K": 1.1,
    "L": 1.7,
    "M": 1.1,
    "N": 2.6,
    "P": 0.5,
    "R": 0.8,
    "S": 2.4,
}

# Referrer types and their shares by source 01..07: chosen.
REFERRERS = ("gp", "consultant", "nurse", "physiotherapist", "other", "unknown")
REFERRER_SHARES = (
    (0, 90, 3, 0, 2, 5),
    (0, 90, 3, 0, 2, 5),
    (0, 80, 7, 6, 3, 4),
    (93, 0, 4, 1, 0.5, 1.5),
    (0, 55, 28, 0, 7, 10),
    (10, 55, 5, 3, 12, 15),
    (20, 40, 5, 5, 12, 18),
)
