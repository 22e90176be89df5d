"""The template environment: NHS design system macros, and the few functions and filters that pages need."""

import datetime as dt
from typing import Any

from django.templatetags.static import static
from django.urls import reverse
from django.utils.timezone import localtime
from jinja2 import ChainableUndefined, ChoiceLoader, Environment, PackageLoader

from dars.core import times
from dars.core.permissions import P, allowed


def environment(**options: Any) -> Environment:
    """Made once by Django's Jinja2 backend; autoescaping is on there."""
    options["loader"] = ChoiceLoader([options["loader"], PackageLoader("nhsuk_frontend_jinja")])
    # The design system's macros chain through parameters that may be missing.
    env = Environment(**{**options, "undefined": ChainableUndefined})  # noqa: S701 — autoescape comes in options
    env.globals.update(static=static, url=url, can=can, P=P)
    env.filters.update(london=london, second=second, day=day, plural=plural, time_of_day=times.of_day)
    return env


def url(name: str, *args: Any, **kwargs: Any) -> str:
    """The address of a named page."""
    return reverse(name, args=args, kwargs=kwargs)


def can(user: Any, permission: str, obj: Any = None) -> bool:
    """True if the person has the permission, on `obj` if one is given."""
    return allowed(user, P(permission), obj)


def london(instant: dt.datetime | None) -> str:
    """22 November 2026 at 9:05am, as the NHS content style guide writes it."""
    if instant is None:
        return ""
    local = localtime(instant)
    return f"{day(local.date())} at {times.of_day(local)}"


def second(instant: dt.datetime) -> str:
    """22 Nov 2026, 09:05:07: to the second and narrow, for columns of events."""
    local = localtime(instant)
    return f"{local.day} {local:%b %Y, %H:%M:%S}"


def day(date: dt.date | None) -> str:
    """22 November 2026; of an instant, the day in London."""
    if isinstance(date, dt.datetime):
        date = localtime(date).date()
    return "" if date is None else times.day(date)


def plural(number: int, one: str, many: str | None = None) -> str:
    """`1 file`, `1,200 files`."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"
