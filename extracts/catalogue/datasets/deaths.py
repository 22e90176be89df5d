"""Registrations of deaths: what arrives and what a linked extract may hold. The layout's names are unverified."""

from extracts.catalogue.codes import care, people
from extracts.catalogue.datasets import parts
from extracts.catalogue.datasets.parts import kept_item as _item
from extracts.catalogue.forms import Recode
from extracts.catalogue.items import Code, Day, EndDay, Key, Shape
from extracts.catalogue.model import Dataset, Field, Form, Need, Sensitivity, SourceItem

OTHER_CAUSES = tuple(f"cause_{place:02}" for place in range(1, 5))

DEATHS = Dataset(
    name="deaths",
    label="Civil registrations of deaths",
    description="Deaths registered in England, with their causes.",
    period="month of death",
    kept_years=parts.KEPT_YEARS,
    items=(
        SourceItem("death_id", "DEATHID", Need.MANDATORY, "Death record identifier", must=Key()),
        *parts.identity(
            "DEC_CONF_NHS_NUMBER",
            "DEC_DATE_OF_BIRTH",
            "DEC_SEX",
            "DEC_POSTCODE",
            postcode="Postcode of usual residence",
            sex_kept=True,
        ),
        _item("death_date", "REG_DATE_OF_DEATH", Need.MANDATORY, "Date of death", Day(of_month=True)),
        _item(
            "registration_date",
            "REG_DATE",
            Need.REQUIRED,
            "Date of registration",
            EndDay("death_date", "The registration is before the death."),
        ),
        _item("underlying_cause", "S_UNDERLYING_COD_ICD10", Need.REQUIRED, "Underlying cause", Shape.ICD_10),
        *(
            _item(name, f"S_COD_CODE_{name[-1]}", Need.OPTIONAL, f"Other cause {name[-1]}", Shape.ICD_10)
            for name in OTHER_CAUSES
        ),
        _item("place", "POD_KIND", Need.REQUIRED, "Kind of place of death", Code("place_of_death")),
    ),
    columns=(
        ("record_key", "int64"),
        ("tuple_id", "int64"),
        ("death_date", "date"),
        ("registration_date", "date"),
        ("underlying_cause", "str"),
        *((name, "str") for name in OTHER_CAUSES),
        ("place", "str"),
        ("sex", "str"),
    ),
    sorted_by=("death_date",),
    fields=(
        Field(
            "death_date",
            "Date of death",
            "Date of death as registered.",
            Sensitivity.SENSITIVE,
            ("death_date",),
            parts.DATE_FORMS,
        ),
        Field(
            "registration_date",
            "Date of registration",
            "Day on which the death was registered.",
            Sensitivity.OPERATIONAL,
            ("registration_date",),
            parts.DATE_FORMS,
        ),
        Field(
            "underlying_cause",
            "Underlying cause of death",
            "Underlying cause of death (ICD-10).",
            Sensitivity.SENSITIVE,
            ("underlying_cause",),
            parts.ICD10_FORMS,
        ),
        *(
            Field(
                name,
                f"Other cause of death {name[-1]}",
                "Another cause named on the certificate (ICD-10).",
                Sensitivity.SENSITIVE,
                (name,),
                parts.ICD10_FORMS,
            )
            for name in OTHER_CAUSES
        ),
        Field(
            "place_of_death",
            "Place of death",
            "The kind of place where the person died.",
            Sensitivity.SENSITIVE,
            ("place",),
            (
                Form("group", "In hospital or elsewhere", Recode(care.PLACE_OF_DEATH_GROUPS)),
                Form("code", "Kind of place"),
            ),
            codes=care.PLACE_OF_DEATH,
        ),
        Field(
            "sex",
            "Sex",
            "Sex as registered.",
            Sensitivity.DEMOGRAPHIC,
            ("sex",),
            codes=people.GENDER,
            demography=True,
        ),
    ),
    groups=(("cause", ("underlying_cause", *OTHER_CAUSES)),),
)
