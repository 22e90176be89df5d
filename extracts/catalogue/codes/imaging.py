"""Imaging codes and what follows from them (modality, region, system); illustrative, not the licensed NICIP map.

Pairs of NICIP and SNOMED CT codes come from public material. Rows without a NICIP code have none that could be
verified; rows without a SNOMED CT code, the R/L short codes, the retired codes and all derivations
are illustrative (unverified).
"""

from dataclasses import dataclass

MODALITY = (
    ("X", "Plain X-ray"),
    ("U", "Ultrasound"),
    ("C", "Computerised tomography (CT)"),
    ("M", "Magnetic resonance imaging (MRI)"),
    ("F", "Fluoroscopy"),
    ("N", "Nuclear medicine"),
    ("P", "PET-CT"),
    ("S", "SPECT"),
    ("H", "Medical photography"),
)
SUB_MODALITY = (
    ("plain", "Plain"),
    ("contrast", "With contrast"),
    ("angiography", "Angiography"),
    ("colonography", "Colonography"),
    ("mammography", "Mammography"),
    ("densitometry", "Bone densitometry"),
    ("cholangiography", "Cholangiopancreatography"),
    ("obstetric", "Obstetric"),
    ("whole_body", "Whole body"),
    ("unknown", "Not known"),
)
BODY_REGION = tuple(
    (name, name.capitalize()) for name in ("abdomen", "head", "limb", "neck", "none", "pelvis", "thorax", "unknown")
)
SYSTEM = tuple(
    (name, name.capitalize())
    for name in (
        "breast",
        "cardiovascular",
        "digestive",
        "endocrine",
        "multiple",
        "musculoskeletal",
        "nervous",
        "reproductive",
        "respiratory",
        "skin",
        "unknown",
        "urinary",
    )
)
# The publication's groups of tests that may find cancer early (membership unverified).
EARLY_CANCER = (
    ("brain_mri", "Brain MRI"),
    ("chest_xray", "Chest X-ray"),
    ("chest_abdomen_ct", "Chest and/or abdomen CT"),
    ("abdomen_pelvis_us", "Abdomen and/or pelvis ultrasound"),
    ("kidney_bladder_us", "Kidney or bladder ultrasound"),
)


@dataclass(frozen=True)
class ImagingCode:
    """One examination; nicip or snomed is "" where no code is known; early_cancer is "" outside the groups."""

    nicip: str
    snomed: str
    label: str
    modality: str
    sub_modality: str
    body_region: str
    system: str
    early_cancer: str = ""
    retired: bool = False


@dataclass(frozen=True)
class Derived:
    """What follows from a record's codes. `known` is False when neither code is in the list."""

    modality: str
    sub_modality: str
    body_region: str
    system: str
    early_cancer: str
    known: bool
    retired: bool


def _by_side(nicip: str, snomed: str, label: str, modality: str, region: str) -> tuple[ImagingCode, ...]:
    return tuple(
        ImagingCode(nicip + side, snomed, f"{label}, {word}", modality, "plain", region, "musculoskeletal")
        for side, word in (("R", "right"), ("L", "left"))
    )


_CODES = (
    ImagingCode("XCHES", "399208008", "Chest X-ray", "X", "plain", "thorax", "respiratory", "chest_xray"),
    ImagingCode("XABDO", "168702005", "Abdomen X-ray", "X", "plain", "abdomen", "digestive"),
    ImagingCode("XPELV", "713021002", "Pelvis X-ray", "X", "plain", "pelvis", "musculoskeletal"),
    ImagingCode("XLSPN", "840361000", "Lumbar spine X-ray", "X", "plain", "abdomen", "musculoskeletal"),
    ImagingCode("XCSPN", "712970008", "Cervical spine X-ray", "X", "plain", "neck", "musculoskeletal"),
    ImagingCode("XSKUL", "55965002", "Skull X-ray", "X", "plain", "head", "musculoskeletal"),
    ImagingCode("XMAMB", "71651007", "Mammography, both sides", "X", "mammography", "thorax", "breast"),
    *_by_side("XHIP", "783628002", "Hip X-ray", "X", "limb"),
    *_by_side("XKNE", "1290407002", "Knee X-ray", "X", "limb"),
    *_by_side("XFOO", "1290452004", "Foot X-ray", "X", "limb"),
    *_by_side("XSHO", "783543007", "Shoulder X-ray", "X", "limb"),
    *_by_side("XELB", "713025006", "Elbow X-ray", "X", "limb"),
    *_by_side("XWRI", "713024005", "Wrist X-ray", "X", "limb"),
    *_by_side("XHAN", "713027003", "Hand X-ray", "X", "limb"),
    ImagingCode("", "440496005", "Bone densitometry (DXA)", "X", "densitometry", "none", "musculoskeletal"),
    ImagingCode("CHEAD", "303653007", "Head CT", "C", "plain", "head", "nervous"),
    ImagingCode("CHEADC", "711232001", "Head CT with contrast", "C", "contrast", "head", "nervous"),
    ImagingCode("CCHES", "169069000", "Thorax CT", "C", "plain", "thorax", "respiratory", "chest_abdomen_ct"),
    ImagingCode("CABDO", "169070004", "Abdomen CT", "C", "plain", "abdomen", "digestive", "chest_abdomen_ct"),
    ImagingCode("CABPE", "419394006", "Abdomen and pelvis CT", "C", "plain", "abdomen", "multiple"),
    ImagingCode(
        "CCHAP",
        "418023006",
        "Chest, abdomen and pelvis CT",
        "C",
        "plain",
        "thorax",
        "multiple",
        "chest_abdomen_ct",
    ),
    ImagingCode("", "418714002", "CT colonography", "C", "colonography", "abdomen", "digestive"),
    ImagingCode("", "419545005", "CT coronary angiogram", "C", "angiography", "thorax", "cardiovascular"),
    ImagingCode("MHEAD", "241601008", "Head MRI", "M", "plain", "head", "nervous", "brain_mri"),
    ImagingCode("MMRCP", "314635004", "MRCP", "M", "cholangiography", "abdomen", "digestive"),
    *_by_side("MKNE", "241641004", "Knee MRI", "M", "limb"),
    *_by_side("MHIP", "241639000", "Hip MRI", "M", "limb"),
    *_by_side("MSHO", "241633004", "Shoulder MRI", "M", "limb"),
    ImagingCode("", "241645008", "Spine MRI", "M", "plain", "none", "musculoskeletal"),
    ImagingCode("", "241615005", "Breast MRI", "M", "plain", "thorax", "breast"),
    ImagingCode("", "75691003", "Prostate MRI", "M", "plain", "pelvis", "reproductive"),
    ImagingCode("UABDO", "45036003", "Abdomen ultrasound", "U", "plain", "abdomen", "digestive", "abdomen_pelvis_us"),
    ImagingCode(
        "UABPE",
        "418394000",
        "Abdomen and pelvis ultrasound",
        "U",
        "plain",
        "abdomen",
        "multiple",
        "abdomen_pelvis_us",
    ),
    ImagingCode("URENT", "", "Renal tract ultrasound", "U", "plain", "abdomen", "urinary", "kidney_bladder_us"),
    ImagingCode("", "47079000", "Breast ultrasound", "U", "plain", "thorax", "breast"),
    ImagingCode("", "241455000", "Thyroid ultrasound", "U", "plain", "neck", "endocrine"),
    ImagingCode("", "268445003", "Obstetric ultrasound", "U", "obstetric", "pelvis", "reproductive"),
    ImagingCode("FBASW", "", "Barium swallow", "F", "contrast", "thorax", "digestive"),
    ImagingCode("FBAEN", "", "Barium enema", "F", "contrast", "abdomen", "digestive"),
    ImagingCode("NBONE", "", "Bone scan", "N", "whole_body", "none", "musculoskeletal"),
    ImagingCode("NRENO", "", "Renogram", "N", "plain", "abdomen", "urinary"),
    ImagingCode("", "443271005", "PET-CT whole body", "P", "whole_body", "none", "multiple"),
    ImagingCode("SBRAI", "", "SPECT brain", "S", "plain", "head", "nervous"),
    ImagingCode("HCLIN", "", "Clinical photography", "H", "plain", "none", "skin"),
    ImagingCode("XCHST", "", "Chest X-ray (retired code)", "X", "plain", "thorax", "respiratory", "chest_xray", True),
    ImagingCode("CBRAI", "", "Brain CT (retired code)", "C", "plain", "head", "nervous", "", True),
)
_BY_NICIP = {code.nicip: code for code in _CODES if code.nicip}
# Right and left share one SNOMED CT concept, and nothing derived depends on the side: the first row serves.
_BY_SNOMED = {code.snomed: code for code in reversed(_CODES) if code.snomed}
_MODALITIES = {code for code, _ in MODALITY}


def imaging_codes() -> tuple[ImagingCode, ...]:
    """Every examination known, current and retired."""
    return _CODES


def derive(nicip: str | None, snomed: str | None) -> Derived:
    """Modality, region and system of a record from its codes, NICIP first.

    An unlisted NICIP code still tells its modality, which is its first letter; everything else is then unknown.
    An unlisted record without such a letter has modality "" (missing).
    """
    code = _BY_NICIP.get(nicip or "") or _BY_SNOMED.get(snomed or "")
    if code:
        return Derived(
            code.modality,
            code.sub_modality,
            code.body_region,
            code.system,
            code.early_cancer,
            True,
            code.retired,
        )
    letter = (nicip or "")[:1]
    return Derived(letter if letter in _MODALITIES else "", "unknown", "unknown", "unknown", "", False, False)
