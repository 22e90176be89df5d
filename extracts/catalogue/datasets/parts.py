"""Forms and items that several datasets share, so that a date is coarsened alike everywhere; declares no dataset."""

from extracts.catalogue.codes import people
from extracts.catalogue.forms import AsNumber, Band, DatePart, Prefix, Recode
from extracts.catalogue.items import Check
from extracts.catalogue.model import Form, Need, SourceItem

# Records of public bodies are kept for 20 years at most without leave to keep them longer (Public Records Act 1958,
# section 3(4), as the Records Management Code of Practice reads it); unverified for these datasets. The leaflet says
# no more than "in line with Department of Health guidance".
KEPT_YEARS = 20

BAND_10 = Form("band_10", "10-year age band", Band(10))
BAND_5 = Form("band_5", "5-year age band", Band(5))
AGE_FORMS = (BAND_10, BAND_5, Form("years", "Age in years", AsNumber(0, 150)))

DATE_FORMS = (
    Form("year", "Year", DatePart("year")),
    Form("month", "Year and month", DatePart("month")),
    Form("day", "Full date", DatePart("day")),
)

ETHNICITY_FORMS = (
    Form("group", "Ethnic group", Recode(people.ETHNIC_GROUPS)),
    Form("code", "Ethnic category code"),
)

ICD10_FORMS = (
    Form("char3", "ICD-10, 3 characters", Prefix(3, r"[A-Z][0-9]{2}", "C34.1")),
    Form("char4", "ICD-10, 4 characters", Prefix(4, r"[A-Z][0-9]{2}[0-9X]?", "C34.1")),
)
OPCS4_FORMS = (
    Form("char3", "OPCS-4, 3 characters", Prefix(3, r"[A-Z][0-9]{2}", "E55.1")),
    Form("char4", "OPCS-4, 4 characters", Prefix(4, r"[A-Z][0-9]{2}[0-9]?", "E55.1")),
)

# Shapes of codes from ODS and ONS: letters and digits only, so that no spreadsheet takes one for a formula.
ODS_CODE = r"[A-Z0-9]{3,12}"
ONS_CODE = r"[A-Z][0-9]{8}"


def kept_item(name: str, csv: str, need: Need, label: str, must: Check) -> SourceItem:
    """An item that the table keeps in a column of its name."""
    return SourceItem(name, csv, need, label, column=name, must=must)


def identity(
    nhs_number: str, birth_date: str, sex: str, postcode_column: str, *, postcode: str, sex_kept: bool = False
) -> tuple[SourceItem, ...]:
    """The four identifiers under the columns they arrive in, for the vault. sex_kept: the table has it too."""
    return (
        SourceItem("nhs_number", nhs_number, Need.REQUIRED, "NHS number", vault="nhs_number"),
        SourceItem("birth_date", birth_date, Need.REQUIRED, "Birth date", vault="birth_date"),
        SourceItem("sex", sex, Need.REQUIRED, "Sex", column="sex" if sex_kept else "", vault="sex"),
        SourceItem("postcode", postcode_column, Need.REQUIRED, postcode, vault="postcode"),
    )
