"""The Diagnostic Imaging Dataset as it is collected: what follows from a record's items. Declares no rule."""

from collections.abc import Mapping

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from extracts.catalogue.public import DATASETS
from extracts.collection.intake import digits, imaging
from extracts.collection.intake.batch import Batch
from extracts.collection.intake.collection import Collection, constant
from extracts.collection.intake.did_rules import DID_RULES
from extracts.collection.intake.rule import Setting, whole_years

# Shape of a referrer's code -> who it stands for, first match first (ISB 1577); blank and X9999998 are not known.
REFERRER_TYPES = (
    ("unknown", "X9999998"),
    ("gp", "G[0-9]+"),
    ("consultant", "C[0-9]+"),
    ("physiotherapist", "PH[0-9]+"),
    ("nurse", "[0-9]{2}.*"),
    ("other", ".*"),
)
NOT_KNOWN_GENDER = "0"
NOT_KNOWN_ETHNIC_CATEGORY = "99"


def _derived(batch: Batch, setting: Setting) -> Mapping[str, pa.Array]:
    examined, place = imaging.codes(batch)
    return {
        "provider": constant(setting.provider, batch),
        "gender": batch["gender"].text(default=NOT_KNOWN_GENDER),
        "ethnic_category": batch["ethnic_category"].text(default=NOT_KNOWN_ETHNIC_CATEGORY, change=national_code),
        "age_years": pa.array(
            whole_years(batch["birth_date"].dates(), batch["test_date"].dates()), from_pandas=True
        ).cast(pa.int16()),
        "referrer_type": batch["referrer_code"].text(default="unknown", change=_referrer_type),
        **{
            name: _each([getattr(one, name) or None for one in examined], place)
            for name in ("modality", "sub_modality", "body_region", "system")
        },
    }


def _each(texts: list[str | None], place: np.ndarray) -> pa.DictionaryArray:
    """The text at each place."""
    coded = pa.array(texts, pa.string()).dictionary_encode()
    return pa.DictionaryArray.from_arrays(coded.indices.take(pa.array(place)), coded.dictionary)


def national_code(values: pa.StringArray) -> pa.Array:
    """The ethnic category without its local second character."""
    return pc.if_else(pc.equal(values, NOT_KNOWN_ETHNIC_CATEGORY), values, pc.utf8_slice_codeunits(values, 0, 1))


def _referrer_type(values: pa.StringArray) -> pa.Array:
    shapes = [digits.matches(values, shape) for _, shape in REFERRER_TYPES]
    return pa.array(np.select(shapes, [name for name, _ in REFERRER_TYPES], default="other"), pa.string())


DID = Collection(
    dataset=DATASETS["did"],
    rules=DID_RULES,
    unique="accession_number",
    derived=_derived,
    across_months=True,
)
