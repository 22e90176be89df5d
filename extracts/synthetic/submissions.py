"""Providers' monthly submissions: true attendances become records, with blanks and dirt, in the standard's layouts."""

from concurrent.futures import Executor, Future
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from extracts.synthetic import codes, dirt
from extracts.synthetic.attendances import Attendances
from extracts.synthetic.calendar import Month
from extracts.synthetic.lookups import Lookups
from extracts.synthetic.organisations import Organisations
from extracts.synthetic.people import People
from extracts.synthetic.places import Places
from extracts.synthetic.streams import choose
from extracts.synthetic.writing import csv_bytes, days, padded, save, take, whole
from extracts.synthetic.xml import xml_bytes

HEADER = [
    "NHS_NUMBER",
    "NHS_NUMBER_STATUS",
    "BIRTH_DATE",
    "ETHNIC_CATEGORY",
    "GENDER",
    "POSTCODE",
    "GP_PRACTICE",
    "PATIENT_SOURCE",
    "REFERRER_CODE",
    "REFERRING_ORGANISATION",
    "REQUEST_DATE",
    "REQUEST_RECEIVED_DATE",
    "IMAGING_CODE_NICIP",
    "IMAGING_CODE_SNOMED",
    "TEST_DATE",
    "REPORT_ISSUE_DATE",
    "IMAGING_SITE",
    "ACCESSION_NUMBER",
]

# Shares of records with a blank or an unknown: chosen.
NO_REPORT_XRAY = 0.10  # plain X-rays read by the clinician who asked, never reported
NO_REPORT = 0.02  # other tests
NOT_YET_REPORTED = 21  # days after the month when the submission is made: later reports are missing from it
NO_REQUEST_DATE = 0.03
NO_RECEIVED_DATE = 0.05
NO_REFERRING_ORGANISATION = 0.04
ETHNICITY_NOT_STATED, ETHNICITY_NOT_KNOWN, ETHNICITY_BLANK = 0.07, 0.05, 0.004
PRACTICE_UNKNOWN = (0.005, 0.003, 0.001)  # V81999, V81998, V81997
NUMBER_NOT_TRACED, TRACE_REQUIRED = 0.025, 0.015  # status 02, 03 of records that carry a number


@dataclass
class Sent:
    """One month as sent: the table in the standard's columns, sorted by provider, and what is true of each row."""

    table: pa.Table
    provider: np.ndarray
    row: np.ndarray  # position in the attendances; a row sent twice occurs twice
    new_record: np.ndarray  # begins a DIDSRecord; the other rows are further activities of the one before
    identity_dirt: np.ndarray  # of each attendance row, position in dirt.IDENTITY_DIRT
    record_dirt: np.ndarray  # likewise, position in dirt.RECORD_DIRT
    accession: pa.Array  # of each attendance row


class Registry:
    """Writes attendances down as records; counts accession numbers on from month to month."""

    def __init__(self, people: People, places: Places, organisations: Organisations, lookups: Lookups):
        self.people, self.places, self.organisations, self.lookups = people, places, organisations, lookups
        self.counters = np.ones(len(organisations.provider), dtype=np.int64)
        stems = [f"RIS {code} " if i % 4 == 1 else f"{code}-" for i, code in enumerate(organisations.provider)]
        self.accession_stems = pa.array(stems)
        self.has_nicip, self.has_snomed, self.has_retired = (
            known.is_valid().to_numpy(zero_copy_only=False)
            for known in (lookups.nicip, lookups.snomed, lookups.retired_nicip)
        )
        self.closed_site = np.full(len(organisations.provider), -1, dtype=np.int32)
        closed = np.flatnonzero(organisations.site_closed)
        self.closed_site[organisations.site_provider[closed]] = closed

    def write_down(self, rng: np.random.Generator, month: Month, seen: Attendances) -> Sent:
        size, provider, names = len(seen), seen.provider, list(dirt.RECORD_DIRT)
        first = np.ones(size, dtype=bool)
        first[1:] = seen.attendance[1:] != seen.attendance[:-1]
        lead = np.maximum.accumulate(np.where(first, np.arange(size), 0))
        wrong = choose(rng, dirt.cut(dirt.RECORD_DIRT, tuple(names)), size).astype(np.int8)
        no_report = self._not_reported(rng, month, seen)
        wrong[(wrong == names.index("test_after_report")) & no_report] = 0
        wrong[(wrong == names.index("site_retired")) & (self.closed_site[provider] < 0)] = 0
        wrong[(wrong == names.index("snomed_check_digit")) & ~self.has_snomed[seen.exam]] = 0
        wrong[(wrong == names.index("code_retired")) & ~self.has_retired[seen.exam]] = 0
        bad = {name: wrong == i for i, name in enumerate(names)}

        who = dirt.record(rng, self.people, self.places, seen.person, seen.tested, dirt.DID_RATES)
        nhs, birth, sex, postcode = who.nhs[lead], who.birth[lead], who.sex[lead], who.postcode[lead]
        birth[bad["birth_after_test"]] = seen.tested[bad["birth_after_test"]] + 30
        requested = np.where(bad["test_before_request"], seen.tested + 2, seen.requested)
        received = np.maximum(requested, seen.received)
        reported = np.where(bad["test_after_report"], seen.tested - 2, seen.reported)
        practice = self._practices(rng, seen.person)[lead]
        practice = np.where(bad["practice_retired"], self._closed_practices(rng, size), practice)
        nicip, snomed = self._imaging_codes(seen.exam, provider, bad)
        table = pa.table(
            [
                whole(nhs, nhs == dirt.NO_NUMBER),
                take(pa.array([f"{i:02d}" for i in range(9)]), self._number_status(rng, nhs, birth, seen.tested)[lead]),
                days(birth, birth == dirt.NO_DATE),
                take(self.lookups.ethnicity, self._ethnicities(rng, seen)[lead]),
                take(self.lookups.gender, sex),
                self.lookups.postcodes(postcode, provider % 3 != 0),
                take(self.lookups.practice, practice),
                take(self.lookups.source, np.where(bad["source_invalid"], 7, seen.source)),
                self.lookups.referrers(rng, seen.referrer, self.people.practice[seen.person], provider).take(
                    pa.array(lead)
                ),
                self._referring_organisations(rng, seen).take(pa.array(lead)),
                days(requested, (rng.random(size) < NO_REQUEST_DATE)[lead] & ~bad["test_before_request"]),
                days(received, (rng.random(size) < NO_RECEIVED_DATE)[lead]),
                nicip,
                snomed,
                days(seen.tested),
                days(reported, no_report),
                take(self.lookups.site, np.where(bad["site_retired"], self.closed_site[provider], seen.site)),
                self._accessions(provider),
            ],
            names=HEADER,
        )
        row = np.sort(np.concatenate([np.arange(size), np.flatnonzero(bad["accession_duplicate"])]))
        copy = np.zeros(len(row), dtype=bool)
        copy[1:] = row[1:] == row[:-1]
        apart = first[row] | copy | (wrong[row] > 0)
        apart[1:] |= copy[:-1] | (wrong[row[:-1]] > 0)
        sent = table.take(pa.array(row)) if copy.any() else table
        return Sent(sent, provider[row], row, apart, who.dirt[lead], wrong, table["ACCESSION_NUMBER"].combine_chunks())

    def _not_reported(self, rng: np.random.Generator, month: Month, seen: Attendances) -> np.ndarray:
        never = rng.random(len(seen)) < np.where(seen.modality == 0, NO_REPORT_XRAY, NO_REPORT)
        return never | (seen.reported > month.last + NOT_YET_REPORTED)

    def _practices(self, rng: np.random.Generator, person: np.ndarray) -> np.ndarray:
        draw, edges = rng.random(len(person)), np.cumsum(PRACTICE_UNKNOWN)
        unknown = len(self.organisations.practice) + np.searchsorted(edges, draw, side="right")
        return np.where(draw < edges[-1], unknown, self.people.practice[person])

    def _closed_practices(self, rng: np.random.Generator, size: int) -> np.ndarray:
        return rng.integers(self.organisations.open_practices, len(self.organisations.practice), size)

    @staticmethod
    def _number_status(rng: np.random.Generator, nhs: np.ndarray, birth: np.ndarray, tested: np.ndarray) -> np.ndarray:
        draw = rng.random(len(nhs))
        present = np.where(draw < NUMBER_NOT_TRACED, 2, np.where(draw < NUMBER_NOT_TRACED + TRACE_REQUIRED, 3, 1))
        absent = np.where(tested.astype(np.int64) - birth < 42, 8, np.where(draw < 0.6, 7, 4))
        return np.where(nhs == dirt.NO_NUMBER, absent, present)

    def _ethnicities(self, rng: np.random.Generator, seen: Attendances) -> np.ndarray:
        known, draw = len(codes.ETHNICITY), rng.random(len(seen))
        group = self.people.ethnicity[seen.person]
        group = np.where(
            draw < ETHNICITY_NOT_STATED + ETHNICITY_NOT_KNOWN, known + (draw >= ETHNICITY_NOT_STATED), group
        )
        group = np.where(
            seen.provider % 7 == 3, group + known + 2, group
        )  # providers that add a local second character
        return np.where(draw > 1 - ETHNICITY_BLANK, -1, group)

    def _imaging_codes(
        self, exam: np.ndarray, provider: np.ndarray, bad: dict[str, np.ndarray]
    ) -> tuple[pa.Array, pa.Array]:
        """Two providers in five send short codes, two both kinds, one SNOMED CT, as far as an examination has them."""
        nicip, snomed = take(self.lookups.nicip, exam), take(self.lookups.snomed, exam)
        broken, retired, blank = bad["snomed_check_digit"], bad["code_retired"], bad["no_imaging_code"]
        none = pa.scalar(None, pa.string())
        has_nicip, has_snomed = self.has_nicip[exam], self.has_snomed[exam]
        no_snomed = ((provider % 5 < 2) & has_nicip) | blank | retired
        no_nicip = ((provider % 5 == 4) & has_snomed) | blank | broken
        snomed = pc.if_else(
            pa.array(broken), take(self.lookups.broken_snomed, exam), pc.if_else(pa.array(no_snomed), none, snomed)
        )
        nicip = pc.if_else(pa.array(no_nicip), none, nicip)
        return pc.if_else(pa.array(retired), take(self.lookups.retired_nicip, exam), nicip), snomed

    def _referring_organisations(self, rng: np.random.Generator, seen: Attendances) -> pa.Array:
        """A GP's practice; the provider itself; for patients of other providers one of those."""
        count, size = len(self.organisations.provider), len(seen)
        other = (seen.provider + 1 + (rng.random(size) * (count - 1)).astype(np.int32)) % count
        position = np.where(seen.source == codes.OTHER_PROVIDER, other, seen.provider)
        position = np.where(
            seen.referrer == codes.REFERRERS.index("gp"), count + self.people.practice[seen.person], position
        )
        position[rng.random(size) < NO_REFERRING_ORGANISATION] = -1
        return take(pa.concat_arrays([self.lookups.provider, self.lookups.practice]), position)

    def _accessions(self, provider: np.ndarray) -> pa.Array:
        count = np.bincount(provider, minlength=len(self.counters))
        number = self.counters[provider] + np.arange(len(provider)) - (np.cumsum(count) - count)[provider]
        self.counters += count
        return pc.binary_join_element_wise(take(self.accession_stems, provider), padded(number, 8), "")


def deliver(pool: Executor, out: Path, month: Month, sent: Sent, organisations: Organisations) -> list[Future]:
    """Write one file a provider that has records this month; each future gives (path under out, rows)."""
    edges = np.searchsorted(sent.provider, np.arange(len(organisations.provider) + 1))
    return [
        pool.submit(
            _write,
            out,
            f"submissions/{month.period}/{organisations.provider[i]}.{organisations.format_of(i)}",
            sent,
            start,
            end,
        )
        for i, (start, end) in enumerate(pairwise(edges))
        if end > start
    ]


def _write(out: Path, name: str, sent: Sent, start: int, end: int) -> tuple[str, int]:
    rows = sent.table.slice(start, end - start)
    save(out / name, xml_bytes(rows, sent.new_record[start:end]) if ".xml" in name else csv_bytes(rows))
    return name, int(end - start)
