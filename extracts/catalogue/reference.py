"""The reference tables that look-ups may join, with their columns and types; no patient data."""

REFERENCE_TABLES = {
    "geography": (
        ("lsoa", "str"),
        ("msoa", "str"),
        ("district", "str"),
        ("icb", "str"),
        ("region", "str"),
        ("imd_decile", "int16"),
    ),
    "practices": (("code", "str"), ("name", "str"), ("commissioner", "str")),
    "organisations": (("code", "str"), ("name", "str"), ("kind", "str"), ("parent", "str")),
    "tuples": (
        ("tuple_id", "int64"),
        ("nhs_number", "str"),
        ("birth_date", "date"),
        ("sex", "str"),
        ("postcode", "str"),
    ),
}
