"""Loads files of opt-outs: national into the vault, direct into PostgreSQL; errors name lines, never values."""

import csv
import datetime as dt
import io
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
from django.db import transaction

from dars.accounts.public import User
from dars.audit import public as audit
from dars.core import clock
from dars.core.errors import Invalid
from extracts.collection import opt_out_seal, opt_outs, vault
from extracts.collection.opt_out_models import DirectOptOut, NationalOptOutList

DIRECT_HEADER = ["NHS_NUMBER", "RECEIVED_ON", "CHANNEL"]

# A list with more wrong lines than this share is damaged or another file: to use it would release people who opted out.
MOST_WRONG = 0.01


@dataclass(frozen=True)
class Loaded:
    """How many opt-outs a file brought, how many were there before, and the numbers of the lines that were wrong."""

    accepted: int
    already_there: int
    rejected_lines: list[int]


def load_national(file: Path, *, as_of: dt.date, by: User | None = None) -> Loaded:
    """Make a file with one NHS number a line the national list as of a day; Invalid when it can't be that.

    `by` None is the operator at the console. The list with the latest day counts.
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
    with transaction.atomic():
        listed = NationalOptOutList.objects.create(
            as_of=as_of, people=len(accepted), file=name, loaded_at=clock.now(), loaded_by=by
        )
        audit.record(
            "opt_outs.national_loaded",
            by=by,
            subject=listed,
            as_of=as_of.isoformat(),
            accepted=len(accepted),
            rejected=len(wrong),
        )
    return Loaded(len(accepted), 0, wrong)


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
