"""Loads files of opt-outs: national into the vault, direct into PostgreSQL; errors name lines, never values."""

import csv
import datetime as dt
import io
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pyarrow as pa
from django.db import transaction
from django.urls import reverse

from dars.accounts.public import Proposal, User, people_with, two_people
from dars.audit import public as audit
from dars.core import clock, times
from dars.core.errors import Invalid, NotFound, WrongState
from dars.core.permissions import P, require
from dars.notices.public import notify
from extracts.collection import opt_out_seal, opt_outs, vault
from extracts.collection.opt_out_models import DirectOptOut, NationalOptOutList

DIRECT_HEADER = ["NHS_NUMBER", "RECEIVED_ON", "CHANNEL"]

# A list with more wrong lines than this share is damaged or another file: to use it would release people who opted out.
MOST_WRONG = 0.01
# A list that leaves out more than this share of those on the list in force may be cut off: it waits for two officers.
# People end a national opt-out rarely; the figure is this service's own (unverified).
MOST_RETURNING = 0.01

# So long an output may still be reading the list that was in force when it began. Chosen.
OVERTAKEN_KEPT = dt.timedelta(hours=6)

_TEN_DIGITS = re.compile(r"(?:\d[\s.\u00a0-]?){9}\d")
ACCEPT = "opt_outs.accept_list"  # the action that takes two people


@dataclass(frozen=True)
class Loaded:
    """How many opt-outs a file brought, how many were there before, and the numbers of the lines that were wrong."""

    accepted: int
    already_there: int
    rejected_lines: list[int]
    returning: int = 0  # who are on the national list in force and not on this one
    held: bool = False  # it is not in force until two officers accept it


def load_national(file: Path, *, as_of: dt.date, by: User | None = None) -> Loaded:
    """Make a file with one NHS number a line the national list as of a day; Invalid when it can't be that.

    `by` None is the operator at the console. The list with the latest day counts; one that would bring more than a few
    people back into extracts (`MOST_RETURNING`) is held until two officers have accepted it, and they are told.
    """
    if as_of > clock.today():
        raise Invalid("The date of the list must be today or in the past", field="as_of", rule="not in the future")
    numbers = [line.strip() for line in _text(file).splitlines()]
    right = opt_outs.valid(numbers)
    wrong = [at for at, (number, fine) in enumerate(zip(numbers, right, strict=True), 1) if number and not fine]
    accepted = sorted({number for number, fine in zip(numbers, right, strict=True) if fine})
    _refuse_damaged(len(wrong), len(accepted))
    name = f"opt_outs/national-{as_of:%Y%m%d}-{opt_out_seal.digest(','.join(accepted)).hex()[:16]}.parquet"
    with vault.connection() as con:
        con.register("accepted", pa.table({"nhs_number": pa.array(accepted, pa.string())}))
        vault.write(con, "SELECT nhs_number FROM accepted ORDER BY nhs_number", name)
        before = opt_outs.national_list_in_force()
        newer = before is not None and as_of >= before.as_of  # an older one is not in force, whoever is on it
        returning = _returning(con, before) if newer else 0
    held = newer and returning > MOST_RETURNING * before.people
    with transaction.atomic():
        listed = NationalOptOutList.objects.create(
            as_of=as_of,
            people=len(accepted),
            file=name,
            loaded_at=clock.now(),
            loaded_by=by,
            returning=returning,
            held=held,
        )
        audit.record(
            "opt_outs.national_loaded",
            by=by,
            subject=listed,
            as_of=as_of.isoformat(),
            accepted=len(accepted),
            rejected=len(wrong),
        )
        if held:
            _hold(listed)
    return Loaded(len(accepted), 0, wrong, returning, held)


def _returning(con: duckdb.DuckDBPyConnection, before: NationalOptOutList) -> int:
    """How many on the list in force are not on the one being loaded (`accepted`)."""
    query = "SELECT count(*) FROM read_parquet(?) ANTI JOIN accepted USING (nhs_number)"
    return con.execute(query, [str(vault.path(before.file))]).fetchall()[0][0]


def _hold(listed: NationalOptOutList) -> None:
    day = listed.as_of.isoformat()
    audit.record("opt_outs.national_held", by=None, subject=listed, as_of=day, returning=listed.returning)
    notify(
        people=list(people_with(P.OPT_OUT_RECORD)),
        kind="opt_outs.list_held",
        subject=f"A list of national opt-outs is held: {listed.returning:,} people would be in extracts again",
        text=f"The list of {times.day(listed.as_of)} leaves out {listed.returning:,} people who are on the list in "
        "force. It may be incomplete, so it is not used until two of you have accepted it.\n\nFind out where it came "
        "from. If it is not whole, have a whole one loaded instead.",
        link=reverse("opt_outs:list"),
    )


@transaction.atomic
def forget_overtaken() -> int:
    """Lets go of the numbers of lists that a list in force has overtaken; their files go with the vault's next sweep.

    Nobody looks into them again: runs keep whom they left out, by number of person. Returns how many lists.
    """
    in_force = opt_outs.national_list_in_force()
    if in_force is None or clock.now() - (in_force.accepted_at or in_force.loaded_at) < OVERTAKEN_KEPT:
        return 0
    others = NationalOptOutList.objects.select_for_update().exclude(pk=in_force.pk).exclude(file="")
    overtaken = [row for row in others if (row.as_of, row.pk) < (in_force.as_of, in_force.pk)]
    for listed in overtaken:
        listed.file = ""
        listed.save()
        audit.record("opt_outs.national_forgotten", by=None, subject=listed, as_of=listed.as_of.isoformat())
    return len(overtaken)


def held_lists() -> list[NationalOptOutList]:
    """Those that could still come into force: newer than the one in force; newest first."""
    in_force = opt_outs.national_list_in_force()
    rows = NationalOptOutList.objects.filter(held=True).order_by("-as_of", "-id")
    return [row for row in rows if in_force is None or (row.as_of, row.pk) > (in_force.as_of, in_force.pk)]


def acceptance_proposed(listed: NationalOptOutList) -> Proposal | None:
    """The proposal to accept it that waits for a second officer."""
    rows = Proposal.objects.filter(action=ACCEPT, subject=audit.label(listed), state="open")
    return rows.select_related("proposed_by").first()


@transaction.atomic
def propose_acceptance(*, number: int, reason: str, by: User) -> Proposal:
    """Asks another officer to confirm that a held list is whole. It is not in force until then.

    Raises NotFound, WrongState for a list that is not held or has been overtaken, Invalid (field `reason`).
    """
    require(by, P.OPT_OUT_RECORD)
    listed = NationalOptOutList.objects.filter(pk=number).first()
    if listed is None:
        raise NotFound("There is no such list.")
    if _TEN_DIGITS.search(reason):
        raise Invalid("Leave NHS numbers out of the reason", field="reason", rule="no numbers")
    payload = {"list": listed.pk, "as_of": listed.as_of.isoformat(), "returning": listed.returning}
    return two_people.propose(action=ACCEPT, subject=audit.label(listed), payload=payload, reason=reason, by=by)


def words_of_acceptance(payload: Mapping[str, str | int]) -> str:
    """What the second officer is asked, as one sentence without a full stop."""
    as_of = times.day(dt.date.fromisoformat(payload["as_of"]))
    return (
        f"Accept the list of national opt-outs of {as_of} although people are missing from it: {payload['returning']:,}"
    )


def check_acceptance(payload: Mapping[str, str | int]) -> None:
    """Raises WrongState for a list that is not held, or that a newer one has overtaken."""
    if payload["list"] not in {row.pk for row in held_lists()}:
        raise WrongState("This list is not held any more, or a newer one is in force.")


@transaction.atomic
def accept(payload: Mapping[str, str | int], proposed_by: User, confirmed_by: User) -> None:
    """Puts a held list in force."""
    listed = NationalOptOutList.objects.select_for_update().get(pk=payload["list"])
    check_acceptance(payload)
    listed.held, listed.accepted_at = False, clock.now()
    listed.proposed_by, listed.confirmed_by = proposed_by, confirmed_by
    listed.save()
    audit.record(
        "opt_outs.national_accepted",
        by=confirmed_by,
        subject=listed,
        as_of=listed.as_of.isoformat(),
        returning=listed.returning,
        proposed_by=audit.label(proposed_by),
    )


@transaction.atomic
def load_direct(file: Path, *, by: User | None = None) -> Loaded:
    """Record the direct opt-outs of a CSV file (`DIRECT_HEADER`); a number that has one in force is left as it is."""
    reader = csv.reader(io.StringIO(_text(file), newline=""))
    if next(reader, None) != DIRECT_HEADER:
        raise Invalid(f"The file's first line must be {','.join(DIRECT_HEADER)}", rule="header")
    wrong, rows = [], {}
    for row in reader:
        parsed = _direct_row(row)
        if parsed is None:
            wrong.append(reader.line_num)
        else:
            rows.setdefault(opt_out_seal.digest(parsed[0]), parsed)
    _refuse_damaged(len(wrong), len(rows))
    there = {bytes(d) for d in DirectOptOut.objects.filter(digest__in=rows).values_list("digest", flat=True)}
    new = [opt_outs.unsaved(*row, by) for digest, row in rows.items() if digest not in there]
    DirectOptOut.objects.bulk_create(new)
    audit.record(
        "opt_outs.direct_loaded",
        by=by,
        subject="opt_outs:direct",
        recorded=len(new),
        already_there=len(there),
        rejected=len(wrong),
    )
    return Loaded(len(new), len(there), wrong)


def _direct_row(row: list[str]) -> tuple[str, dt.date, str] | None:
    try:
        number, received_on, channel = (value.strip() for value in row)
        received = dt.date.fromisoformat(received_on)
    except ValueError:
        return None
    if received > clock.today() or channel not in DirectOptOut.Channel.values or not opt_outs.valid([number])[0]:
        return None
    return number, received, channel


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise Invalid("The file is not UTF-8 text", rule="encoding") from None


def _refuse_damaged(wrong: int, right: int) -> None:
    if not right:
        raise Invalid("The file holds no valid NHS number", rule="no rows")
    if wrong > MOST_WRONG * (wrong + right):
        raise Invalid(
            f"{wrong:,} of {wrong + right:,} lines are not valid: the file looks damaged and was not used",
            rule="damaged",
        )
