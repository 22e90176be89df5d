"""Codes about people and referral as the standard gives them (ISB 1577, NHS Data Dictionary); no imaging codes."""

GENDER = (("0", "Not known"), ("1", "Male"), ("2", "Female"), ("9", "Not specified"))

ETHNIC_CATEGORY = (
    ("A", "White: British"),
    ("B", "White: Irish"),
    ("C", "White: any other background"),
    ("D", "Mixed: White and Black Caribbean"),
    ("E", "Mixed: White and Black African"),
    ("F", "Mixed: White and Asian"),
    ("G", "Mixed: any other background"),
    ("H", "Asian: Indian"),
    ("J", "Asian: Pakistani"),
    ("K", "Asian: Bangladeshi"),
    ("L", "Asian: any other background"),
    ("M", "Black: Caribbean"),
    ("N", "Black: African"),
    ("P", "Black: any other background"),
    ("R", "Other: Chinese"),
    ("S", "Other: any other group"),
    ("Z", "Not stated"),
    ("99", "Not known"),
)

_GROUPS = {
    "White": "ABC",
    "Mixed": "DEFG",
    "Asian": "HJKL",
    "Black": "MNP",
    "Other": "RS",
    "Not stated": "Z",
}
ETHNIC_GROUPS = (
    *((code, group) for group, codes in _GROUPS.items() for code in codes),
    ("99", "Not known"),
)

PATIENT_SOURCE = (
    ("01", "Inpatient (this provider)"),
    ("02", "Day case (this provider)"),
    ("03", "Outpatient (this provider)"),
    ("04", "GP direct access"),
    ("05", "Accident and emergency (this provider)"),
    ("06", "Other provider"),
    ("07", "Other"),
)

NHS_NUMBER_STATUS = (
    ("01", "Number present and verified"),
    ("02", "Number present but not traced"),
    ("03", "Trace required"),
    ("04", "Trace attempted: no match or multiple match"),
    ("05", "Trace needs to be resolved"),
    ("06", "Trace in progress"),
    ("07", "Number not present and trace not required"),
    ("08", "Trace postponed (baby under six weeks)"),
)

REFERRER_TYPE = (
    ("gp", "General practitioner"),
    ("consultant", "Consultant"),
    ("nurse", "Nurse"),
    ("physiotherapist", "Physiotherapist"),
    ("other", "Other health professional"),
    ("unknown", "Not known"),
)

IMD_QUINTILES = tuple((str(decile), str((decile + 1) // 2)) for decile in range(1, 11))
IMD_DECILES = tuple((str(decile), f"Decile {decile} of deprivation (1 = most deprived)") for decile in range(1, 11))
