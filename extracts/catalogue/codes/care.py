"""Codes of hospital episodes and cancer registrations with short meanings (NHS Data Dictionary, NCRAS); no imaging."""

ADMISSION_METHOD = (
    ("11", "Elective: waiting list"),
    ("12", "Elective: booked"),
    ("13", "Elective: planned"),
    ("21", "Emergency: accident and emergency department"),
    ("22", "Emergency: general practitioner"),
    ("23", "Emergency: bed bureau"),
    ("24", "Emergency: consultant clinic"),
    ("25", "Emergency: mental health crisis team"),
    ("28", "Emergency: other means"),
    ("2A", "Emergency: department of another provider"),
    ("2B", "Emergency: transfer from another provider"),
    ("2C", "Emergency: baby born at home as intended"),
    ("2D", "Emergency: other emergency"),
    ("31", "Maternity: before delivery"),
    ("32", "Maternity: after delivery"),
    ("81", "Other: transfer, not emergency"),
    ("82", "Other: birth in this provider"),
    ("83", "Other: birth outside this provider"),
    ("84", "Other: admission by a high security provider"),
    ("89", "Other: from a referring provider's waiting list"),
    ("98", "Not applicable"),
    ("99", "Not known"),
)
_METHOD_GROUPS = {"1": "Elective", "2": "Emergency", "3": "Maternity", "8": "Other", "9": "Not known"}
ADMISSION_GROUPS = tuple((code, _METHOD_GROUPS[code[0]]) for code, _ in ADMISSION_METHOD)

CANCER_STAGE = (("1", "Stage 1"), ("2", "Stage 2"), ("3", "Stage 3"), ("4", "Stage 4"))
STAGE_GROUPS = (("1", "Early"), ("2", "Early"), ("3", "Late"), ("4", "Late"))

CANCER_ROUTE = (
    ("two_week_wait", "Urgent suspected cancer referral (two week wait)"),
    ("gp_referral", "GP referral"),
    ("emergency", "Emergency presentation"),
    ("other", "Other"),
    ("screening", "Screening"),
)

BASIS_OF_DIAGNOSIS = (
    ("0", "Death certificate only"),
    ("1", "Clinical"),
    ("2", "Clinical investigation"),
    ("4", "Specific tumour markers"),
    ("5", "Cytology"),
    ("6", "Histology of a metastasis"),
    ("7", "Histology of a primary tumour"),
    ("8", "Post-mortem"),
    ("9", "Not known"),
)

# Kinds of place as national statistics of deaths tell them apart; the codes are this service's, unverified.
PLACE_OF_DEATH = (
    ("home", "Home"),
    ("care_home", "Care home"),
    ("hospital", "Hospital"),
    ("hospice", "Hospice"),
    ("other", "Elsewhere"),
)
PLACE_OF_DEATH_GROUPS = tuple((code, "Hospital" if code == "hospital" else "Elsewhere") for code, _ in PLACE_OF_DEATH)
