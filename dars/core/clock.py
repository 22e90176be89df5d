"""The only source of the current time, so that tests can set it. Instants are UTC; days are London's."""

import datetime as dt
from zoneinfo import ZoneInfo

LONDON = ZoneInfo("Europe/London")


def now() -> dt.datetime:
    """The current instant, aware, in UTC."""
    return dt.datetime.now(dt.UTC)


def today() -> dt.date:
    """Today's date in London, where the service's terms and deadlines are kept."""
    return day_of(now())


def day_of(instant: dt.datetime) -> dt.date:
    """The day in London on which the instant lies."""
    return instant.astimezone(LONDON).date()


def end_of(day: dt.date) -> dt.datetime:
    """The instant at which `day` is over in London: an end date is inclusive to midnight."""
    following = dt.datetime.combine(day + dt.timedelta(days=1), dt.time.min, tzinfo=LONDON)
    return following.astimezone(dt.UTC)
