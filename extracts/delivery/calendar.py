"""The calendar of agreements that deliver again and again: what came, is under way, is to come. Reads only."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from dars.accounts.public import User
from dars.agreements.public import Agreement, State, visible_to
from dars.core import clock, times
from extracts.delivery.models import Package
from extracts.production.public import Delivery, deliveries, first_day, period_in_words, period_of, periods_in

CAME, COMING = 12, 6  # how many are shown: a year of monthly deliveries back, half a year ahead
AGREEMENTS_SHOWN = 20  # of one recipient, on one page
_LIVE = (State.IN_FORCE, State.SUSPENDED)


@dataclass(frozen=True)
class Entry:
    """One delivery: its period and what there is to say of it, with the colour of its tag."""

    period: str
    state: str
    colour: str
    words: str


@dataclass(frozen=True)
class Calendar:
    """The deliveries of one agreement in order; `earlier` and `later` count those that are left out."""

    agreement: Agreement
    entries: list[Entry]
    earlier: int
    later: int


def entries(
    *,
    frequency: str,
    starts_on: dt.date,
    ends_on: dt.date,
    stopped: bool,
    today: dt.date,
    runs: Iterable[Delivery],
    until: dict[int, str],
) -> list[tuple[dt.date, Entry]]:
    """What there is to say of each period of the term, and of each that was delivered before it, with its first day.

    `until`: by run, in words, what has become of its files. Pure.
    """
    best: dict[str, Delivery] = {}
    for run in runs:  # of a period that two versions of the agreement had a run for, the one that was released counts
        if run.period not in best or run.released or (best[run.period].over and not run.over):
            best[run.period] = run
    of_term = periods_in(frequency, starts_on, ends_on)
    delivered = [period for period, run in best.items() if run.released]
    periods = sorted({*of_term, *delivered, *(p for p in best if not best[p].over)}, key=first_day)
    current = period_of(frequency, today)
    found = []
    for period in periods:
        begins = first_day(period)
        entry = _entry(period, best.get(period), current, max(begins, starts_on), stopped, until)
        found.append((begins, entry))
    return found


def _entry(
    period: str, run: Delivery | None, current: str, begins: dt.date, stopped: bool, until: dict[int, str]
) -> Entry:
    name = period_in_words(period)
    if run is not None and run.released:
        return Entry(name, "Released", "green", f"On {times.day(run.released)}. {until.get(run.run_id, '')}".strip())
    if run is not None and not run.over:
        return Entry(name, "Being prepared", "blue", "It is released once every check has passed.")
    if first_day(period) < first_day(current):
        return Entry(name, "Not delivered", "grey", "No data could flow then. It is not made up for.")
    if period == current and not stopped:
        return Entry(name, "Due", "blue", "It is prepared as soon as data may flow.")
    words = f"From {times.day(begins)}{', if the suspension is lifted by then' if stopped else ''}."
    return Entry(name, "To come", "white", words)


def of_agreements(agreements: Iterable[Agreement]) -> list[Calendar]:
    """The calendars of those that deliver again and again and are not over. Two queries, however many there are."""
    rows = [row for row in agreements if row.state in _LIVE and _recurs(row)]
    by_lineage: dict[int, list[Delivery]] = defaultdict(list)
    for run in deliveries([row.lineage_id for row in rows]) if rows else []:
        by_lineage[run.lineage].append(run)
    until = _until([run.run_id for runs in by_lineage.values() for run in runs if run.released])
    return [_calendar(row, by_lineage[row.lineage_id], until) for row in rows]


def of_recipient(user: User) -> list[Calendar]:
    """Those of the agreements that name the person to receive their data, while they belong to a party."""
    named = visible_to(user).filter(recipients__user=user, state__in=_LIVE).exclude(spec_json__frequency="once")
    return of_agreements(named.distinct()[:AGREEMENTS_SHOWN])


def agreement_panels(user: User, agreement: Agreement) -> list[dict[str, Any]]:
    """For the page of the agreement, to everybody who reads it."""
    template = "delivery/_calendar.html"
    return [{"template": template, "context": {"calendar": each}} for each in of_agreements([agreement])]


def _calendar(row: Agreement, runs: list[Delivery], until: dict[int, str]) -> Calendar:
    today = clock.today()
    found = entries(
        frequency=row.spec_json["frequency"],
        starts_on=row.starts_on,
        ends_on=row.ends_on,
        stopped=row.state == State.SUSPENDED,
        today=today,
        runs=runs,
        until=until,
    )
    past = [entry for day, entry in found if day <= today]
    coming = [entry for day, entry in found if day > today]
    shown = [*past[-CAME:], *coming[:COMING]]
    return Calendar(row, shown, max(len(past) - CAME, 0), max(len(coming) - COMING, 0))


def _recurs(row: Agreement) -> bool:
    return bool(periods_in(row.spec_json.get("frequency", ""), row.starts_on, row.ends_on))


def _until(run_ids: list[int]) -> dict[int, str]:
    if not run_ids:
        return {}
    found = Package.objects.filter(run__in=run_ids).values_list("run", "state", "expires_at")
    return {run: _files(state, expires_at) for run, state, expires_at in found}


def _files(state: str, expires_at: dt.datetime | None) -> str:
    if state == Package.State.RELEASED and expires_at is not None and expires_at > clock.now():
        return f"Its files can be downloaded until {times.day(clock.day_of(expires_at))}."
    return "Its files can no longer be downloaded."
