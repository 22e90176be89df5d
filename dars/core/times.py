"""How days, months and times of the day are written, one way everywhere. No clock: what is given is local."""

import datetime as dt


def day(date: dt.date) -> str:
    """22 November 2026."""
    return f"{date.day} {date:%B %Y}"


def month(period: str) -> str:
    """April 2026, of "2026-04"."""
    return f"{dt.date.fromisoformat(period + '-01'):%B %Y}"


def months(first: str, last: str) -> str:
    """April 2026 to June 2026; April 2026 alone where that is all."""
    return month(first) if first == last else f"{month(first)} to {month(last)}"


def of_day(time: dt.time | dt.datetime) -> str:
    """10am, 9:05am, midday, as the NHS content style guide writes it."""
    if (time.hour, time.minute) == (12, 0):
        return "midday"
    minutes = f":{time.minute:02d}" if time.minute else ""
    return f"{time.hour % 12 or 12}{minutes}{'am' if time.hour < 12 else 'pm'}"
