"""How long a dataset's months are kept. Pure: no database, no clock."""

import datetime as dt

# What is past its period is announced this long before it goes: time for an inquiry, a mistyped setting, or a provider
# whose month was emptied by mistake. Chosen.
NOTICE = dt.timedelta(days=28)


def first_kept(years: int, today: dt.date) -> str:
    """The earliest month ('YYYY-MM') whose period is not over: a month is kept for so many years after its end."""
    return f"{today.year - years:04}-{today.month:02}"
