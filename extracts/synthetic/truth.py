"""Ground truth: who is who and what was made dirty, as Parquet apart from the submissions; nothing collects it."""

import numpy as np
import pyarrow as pa

from extracts.synthetic import codes, dirt
from extracts.synthetic.attendances import Attendances
from extracts.synthetic.calendar import Month
from extracts.synthetic.lookups import Lookups
from extracts.synthetic.lung_cancer import GROUPS, LungCancers
from extracts.synthetic.opt_outs import OptOuts
from extracts.synthetic.organisations import Organisations
from extracts.synthetic.people import CONDITIONS, People
from extracts.synthetic.places import Places, code
from extracts.synthetic.submissions import Sent
from extracts.synthetic.writing import days, labels, take, whole


def people_table(
    people: People, places: Places, organisations: Organisations, lookups: Lookups, opt_outs: OptOuts, lung: LungCancers
) -> pa.Table:
    """One row a person. `conditions` lists ICD-10 codes by ';'. `moved_*` are blank for people with one address."""
    icb = places.lsoa_icb[people.lsoa]
    stayed = people.moved_to == people.postcode
    group = np.full(len(people), len(GROUPS))
    group[lung.person] = lung.group
    direct = np.zeros(len(people), dtype=bool)
    direct[opt_outs.direct] = True
    sets = [
        ";".join(c for bit, (c, _) in enumerate(CONDITIONS) if value >> bit & 1)
        for value in range(1 << len(CONDITIONS))
    ]
    return pa.table(
        {
            "person_id": whole(np.arange(len(people), dtype=np.int32)),
            "nhs_number": whole(people.nhs).cast(pa.string()),
            "birth_date": days(people.birth),
            "sex": take(lookups.gender, people.sex),
            "ethnic_category": take(lookups.ethnicity, people.ethnicity),
            "postcode": take(lookups.spaced_postcode, people.postcode),
            "moved_to": take(lookups.spaced_postcode, np.where(stayed, -1, people.moved_to)),
            "moved_on": days(people.moved_on, stayed),
            "lsoa": labels([code("E0199", i) for i in range(places.lsoas)], people.lsoa),
            "icb": labels([code("E5499", i) for i in range(42)], icb),
            "region": labels([code("E1299", i) for i in range(9)], places.icb_region[icb]),
            "practice": take(lookups.practice, people.practice),
            "trust": labels(organisations.provider, people.provider),
            "conditions": labels(sets, people.conditions),
            "in_institution": whole(people.in_institution),
            "national_opt_out": whole(opt_outs.national),
            "did_opt_out": whole(direct),
            "lung_group": labels((*GROUPS, ""), group),
        }
    )


def events_table(
    month: Month, seen: Attendances, sent: Sent, organisations: Organisations, lookups: Lookups
) -> pa.Table:
    """One row an examination, with its true dates and codes; `expected` says whether collection should keep its record.

    A record sent twice is one row here (record_dirt 'accession_duplicate'): its first copy is good, the second is not.
    """
    kinds = list(dirt.RECORD_DIRT)
    rejected = np.isin(sent.record_dirt, [i for i, kind in enumerate(kinds) if kind in dirt.REJECTED])
    return pa.table(
        {
            "person_id": whole(seen.person),
            "period": labels([month.period], np.zeros(len(seen), dtype=np.int32)),
            "provider": labels(organisations.provider, seen.provider),
            "accession": sent.accession,
            "site": take(lookups.site, seen.site),
            "modality": labels(codes.MODALITIES, seen.modality),
            "exam": labels([exam.name for exam in codes.EXAMS], seen.exam),
            "nicip": take(lookups.nicip, seen.exam),
            "snomed": take(lookups.snomed, seen.exam),
            "patient_source": labels(codes.SOURCES, seen.source),
            "referrer_type": labels(codes.REFERRERS, seen.referrer),
            "requested": days(seen.requested),
            "received": days(seen.received),
            "tested": days(seen.tested),
            "reported": days(seen.reported),
            "lung_pathway": whole(seen.planned),
            "identity_dirt": labels(dirt.IDENTITY_DIRT, sent.identity_dirt),
            "record_dirt": labels(kinds, sent.record_dirt),
            "expected": labels(("kept", "rejected"), rejected.astype(np.int32)),
        }
    )
