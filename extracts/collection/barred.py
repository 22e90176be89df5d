"""Whose records are not taken in: those of people with a direct opt-out. Tells nobody whose they were.

The number says it; for a record without one, the birth date, sex and postcode that were known of somebody who was
erased, of which a keyed hash has been kept (docs/adr/0025).
"""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from extracts.collection import opt_out_seal
from extracts.collection.erasure_models import ErasedHome
from extracts.collection.opt_out_models import DirectOptOut


def numbers() -> list[tuple[int, str]]:
    """The key and NHS number of each direct opt-out in force."""
    direct = DirectOptOut.objects.filter(withdrawn_at=None).values_list("pk", "sealed", "case_number")
    return [(key, opt_out_seal.unseal(sealed, case_number)) for key, sealed, case_number in direct]


def may_come_in(identifiers: pa.Table) -> pa.Array:
    """For each row of (nhs_number, birth_date, sex, postcode) whether it is of nobody who opted out."""
    objects = pa.array([number for _, number in numbers()], pa.string())
    may = np.array(pc.invert(pc.is_in(identifiers["nhs_number"], objects)))
    homes = {bytes(digest) for digest in ErasedHome.objects.values_list("digest", flat=True)}
    if homes:
        unnumbered = pc.and_(pc.is_null(identifiers["nhs_number"]), pc.is_valid(identifiers["postcode"]))
        unnumbered = pc.and_(unnumbered, pc.is_valid(identifiers["birth_date"]))
        unnumbered = pc.and_(unnumbered, pc.is_valid(identifiers["sex"]))
        rows = identifiers.filter(unnumbered).select(["birth_date", "sex", "postcode"])
        known = zip(*(column.to_pylist() for column in rows.columns), strict=True)
        may[np.flatnonzero(np.asarray(unnumbered))] = [
            digest not in homes for digest in opt_out_seal.homes(list(known))
        ]
    return pa.array(may)
