"""Opt-outs: records them, loads lists of them, and says whom a data version must leave out; shows nobody's NHS number.

A patient's direct opt-out from the DID applies to every output. The national data opt-out applies where the extract's
policy says so, from a list no older than `NATIONAL_LIST_DAYS`. Both drop a person's whole record: everybody any of
whose identifier tuples, in any dataset, holds the number. They are looked up at each output, so an opt-out of somebody
not seen yet takes effect when their records arrive. Who is found later to be the same as somebody who opted out is left
out from then on, of versions of the data from before too. Who is known by no NHS number at all can't be found by one.
"""

# ruff: noqa: S608 - queries are made of declared names, numbers and quoted literals, never of what people type

import datetime as dt
import hashlib
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pyarrow as pa
from django.db import IntegrityError, transaction
from django.db.models import Q

from dars.accounts.public import Proposal, User, two_people
from dars.audit import public as audit
from dars.core import clock, times
from dars.core.canonical import canonical_json
from dars.core.errors import Invalid, NotFound, WrongState
from dars.core.permissions import P, require
from extracts.collection import barred, opt_out_seal, vault, versions
from extracts.collection.intake.digits import nhs_number_checked, nhs_number_varied
from extracts.collection.models import DataVersion, ErasedHome
from extracts.collection.opt_out_models import DirectOptOut, NationalOptOutList, OptOutSnapshot
from extracts.collection.people import PAST

NATIONAL_LIST_DAYS = 21  # National data opt-out operational policy guidance; unverified

_CASE_ALPHABET = "23456789BCDFGHJKMNPQRSTVWXYZ"  # no vowels, nothing that looks like something else


@dataclass(frozen=True)
class OptOutRef:
    """Whom to leave out: `path` is Parquet with the column person_id; one `version` always means the same people."""

    version: str
    path: Path
    people: int
    national_list_date: dt.date | None


def changed_since(instant: dt.datetime) -> bool:
    """True if a direct opt-out was recorded or withdrawn, or a national list loaded, at that instant or later."""
    direct = DirectOptOut.objects.filter(Q(recorded_at__gte=instant) | Q(withdrawn_at__gte=instant))
    lists = NationalOptOutList.objects.filter(Q(loaded_at__gte=instant) | Q(accepted_at__gte=instant), held=False)
    return direct.exists() or lists.exists()


def valid(numbers: list[str]) -> list[bool]:
    """Which of the texts are NHS numbers (ten digits, Modulus 11, not one digit ten times)."""
    values = pa.array(numbers, pa.string())
    return list(nhs_number_checked(values) & nhs_number_varied(values))


def new_case_number() -> str:
    """'OPT-7K3M-QX2P': random, so that it says nothing about the patient or the day."""
    letters = "".join(secrets.choice(_CASE_ALPHABET) for _ in range(8))
    return f"OPT-{letters[:4]}-{letters[4:]}"


def unsaved(number: str, received_on: dt.date, channel: str, by: User | None) -> DirectOptOut:
    """A direct opt-out with its number sealed, for a caller that has checked the parts; not in the database yet."""
    case_number = new_case_number()
    return DirectOptOut(
        case_number=case_number,
        sealed=opt_out_seal.seal(number, case_number),
        digest=opt_out_seal.digest(number),
        received_on=received_on,
        channel=channel,
        recorded_at=clock.now(),
        recorded_by=by,
    )


@transaction.atomic
def record(*, nhs_number: str, received_on: dt.date, channel: str, by: User) -> DirectOptOut:
    """Record a direct opt-out; it takes effect in every later output. Invalid when it is wrong or already recorded."""
    require(by, P.OPT_OUT_RECORD)
    number = "".join(nhs_number.split())
    if not valid([number])[0]:
        raise Invalid("Enter a valid NHS number: the check digit does not fit", field="nhs_number", rule="modulus 11")
    if received_on > clock.today():
        raise Invalid("The date received must be today or in the past", field="received_on", rule="not in the future")
    if channel not in DirectOptOut.Channel.values:
        raise Invalid("Select how the opt-out was received", field="channel", rule="channel")
    opt_out = unsaved(number, received_on, channel, by)
    try:
        with transaction.atomic():
            opt_out.save()
    except IntegrityError:
        raise Invalid(
            "An opt-out for this NHS number is already recorded", field="nhs_number", rule="recorded once"
        ) from None
    audit.record("opt_out.recorded", by=by, subject=opt_out)
    return opt_out


WITHDRAW = "opt_out.withdraw"  # the action that takes two people


@transaction.atomic
def propose_withdrawal(*, case_number: str, asked_on: dt.date, channel: str, by: User) -> Proposal:
    """Asks another officer to confirm that the patient wants their opt-out ended. It stays in force until then.

    `asked_on`, `channel`: when and how they asked; no free words, in which somebody might name the patient. Raises
    NotFound, WrongState for one that was withdrawn, Invalid naming the field.
    """
    require(by, P.OPT_OUT_RECORD)
    opt_out = DirectOptOut.objects.filter(case_number=case_number).first()
    if opt_out is None:
        raise NotFound("There is no opt-out with this case number.")
    if asked_on > clock.today():
        raise Invalid("The date must be today or in the past", field="asked_on", rule="not in the future")
    if asked_on < opt_out.received_on:
        raise Invalid("The date is before the day on which the opt-out came", field="asked_on", rule="after it came")
    if channel not in DirectOptOut.Channel.values:
        raise Invalid("Select how it was asked for", field="channel", rule="channel")
    how = DirectOptOut.Channel(channel).label.lower()
    return two_people.propose(
        action=WITHDRAW,
        subject=audit.label(opt_out),
        payload={"opt_out": opt_out.pk, "case_number": case_number},
        reason=f"The patient, or somebody who may act for them, asked for it on {times.day(asked_on)}, by {how}.",
        by=by,
    )


def check_withdrawal(payload: Mapping[str, str | int]) -> None:
    """Raises WrongState for an opt-out that has been withdrawn."""
    _require_in_force(DirectOptOut.objects.get(pk=payload["opt_out"]))


@transaction.atomic
def withdraw(payload: Mapping[str, str | int], proposed_by: User, confirmed_by: User) -> None:
    """Ends a direct opt-out at the patient's wish and forgets the number; files already released stay as they were."""
    opt_out = DirectOptOut.objects.select_for_update().get(pk=payload["opt_out"])
    _require_in_force(opt_out)
    opt_out.withdrawn_at, opt_out.withdrawn_by, opt_out.confirmed_by = clock.now(), proposed_by, confirmed_by
    opt_out.sealed = opt_out.digest = None
    opt_out.save()
    ErasedHome.objects.filter(opt_out=opt_out).delete()
    audit.record("opt_out.withdrawn", by=confirmed_by, subject=opt_out, proposed_by=audit.label(proposed_by))


def withdrawal_proposed(opt_out: DirectOptOut) -> Proposal | None:
    """The proposal to withdraw it that waits for a second officer."""
    rows = Proposal.objects.filter(action=WITHDRAW, subject=audit.label(opt_out), state="open")
    return rows.select_related("proposed_by").first()


def _require_in_force(opt_out: DirectOptOut) -> None:
    if opt_out.withdrawn_at is not None:
        raise WrongState("This opt-out has already been withdrawn.")


@transaction.atomic
def find(*, nhs_number: str, by: User) -> DirectOptOut | None:
    """The direct opt-out in force for an NHS number; that somebody looked is recorded, the number isn't."""
    require(by, P.OPT_OUT_RECORD)
    found = DirectOptOut.objects.filter(digest=opt_out_seal.digest("".join(nhs_number.split()))).first()
    audit.record("opt_out.searched", by=by, subject=found or "opt_outs:direct", found=found is not None)
    return found


def opted_out(data_version_id: int, *, national: bool, purpose: str, by: User | None, case: str = "") -> OptOutRef:
    """The people a data version's outputs must leave out now: direct opt-outs, and with `national` the national list.

    Opens the vault, so it is audited with its `purpose` (see `vault.PURPOSES`), actor and case. WrongState when the
    national list is needed and missing or too old: an output without it must not be made.
    """
    version = DataVersion.objects.get(pk=data_version_id)
    listed = _current_national_list() if national else None
    vault.opened(what="opt_outs", purpose=purpose, by=by, subject=version, case=case)
    with vault.connection() as con:
        _gather_people(con, version, listed)
        people = con.execute("SELECT person_id FROM people ORDER BY person_id").fetchnumpy()["person_id"]
        about = {"data_version": version.label, "national": listed.as_of.isoformat() if listed else None}
        content = hashlib.sha256(canonical_json(about) + people.astype("<i8").tobytes()).hexdigest()[:32]
        name = f"opted_out/{content}.parquet"
        if not vault.path(name).exists():
            vault.write(con, "SELECT person_id FROM people ORDER BY person_id", name)
    snapshot, _ = OptOutSnapshot.objects.get_or_create(
        version=content,
        defaults={
            "data_version": version,
            "national_list": listed,
            "people": len(people),
            "file": name,
            "created_at": clock.now(),
        },
    )
    return OptOutRef(snapshot.version, vault.path(name), len(people), listed.as_of if listed else None)


def opted_out_as(version: str, *, purpose: str, by: User | None, case: str = "") -> OptOutRef:
    """The people that an earlier `opted_out` named, as they were then. Audited; NotFound if they are kept no more.

    Only for making again what was released: who opted out since then is not among them.
    """
    snapshot = OptOutSnapshot.objects.select_related("data_version", "national_list").filter(version=version).first()
    if snapshot is None or not vault.path(snapshot.file).exists():
        raise NotFound("The opt-outs of that moment are not kept any more.")
    vault.opened(what="opt_outs", purpose=purpose, by=by, subject=snapshot.data_version, case=case)
    listed = snapshot.national_list
    return OptOutRef(version, vault.path(snapshot.file), snapshot.people, listed.as_of if listed else None)


def vault_files() -> set[str]:
    """The vault files that opt-outs refer to, for `vault.sweep` to spare."""
    lists = NationalOptOutList.objects.exclude(file="").values_list("file", flat=True)
    return set(lists) | set(OptOutSnapshot.objects.values_list("file", flat=True))


def national_list_in_force() -> NationalOptOutList | None:
    """The list with the latest day that is not held."""
    return NationalOptOutList.objects.filter(held=False).last()


def _current_national_list() -> NationalOptOutList:
    listed = national_list_in_force()
    if listed is None:
        raise WrongState("No national opt-out list has been loaded. Load one with load_opt_outs --kind national.")
    age = (clock.today() - listed.as_of).days
    if age > NATIONAL_LIST_DAYS:
        raise WrongState(
            f"The national opt-out list is {age} days old and may be at most {NATIONAL_LIST_DAYS}. Load a newer one."
        )
    return listed


def _gather_people(con: duckdb.DuckDBPyConnection, version: DataVersion, listed: NationalOptOutList | None) -> None:
    """The temporary table `people` (person_id): everybody with an opted-out number on any of their tuples."""
    con.execute("CREATE TEMP TABLE people (person_id BIGINT)")
    tuple_files, person_map = versions.vault_names(version)
    if not person_map:
        return
    con.register("direct", pa.table({"nhs_number": pa.array([number for _, number in barred.numbers()], pa.string())}))
    con.execute("CREATE TEMP TABLE numbers AS SELECT nhs_number FROM direct")
    if listed is not None:
        con.execute("INSERT INTO numbers SELECT nhs_number FROM read_parquet(?)", [str(vault.path(listed.file))])
    latest = DataVersion.objects.exclude(person_map="").latest()
    con.execute(
        """CREATE TEMP TABLE found AS SELECT DISTINCT tuple_id FROM read_parquet(?)
        WHERE nhs_number IN (SELECT nhs_number FROM numbers)""",
        [vault.paths(sorted({*tuple_files, *latest.tuple_files}))],
    )
    # By what is known now, and by what was known then: either is enough to leave somebody out.
    for name in dict.fromkeys((latest.person_map, person_map)):
        con.execute(
            f"""INSERT INTO found SELECT tuple_id FROM read_parquet($map) WHERE dataset <> '{PAST}' AND person_id IN (
                SELECT person_id FROM read_parquet($map) SEMI JOIN found USING (tuple_id) WHERE dataset <> '{PAST}')""",
            {"map": str(vault.path(name))},
        )
    con.execute(
        f"""INSERT INTO people SELECT DISTINCT person_id FROM read_parquet(?) SEMI JOIN found USING (tuple_id)
        WHERE dataset <> '{PAST}'""",
        [str(vault.path(person_map))],
    )
