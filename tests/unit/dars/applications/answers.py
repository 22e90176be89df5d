"""The two example applications as answers, without a database."""

import datetime as dt
from typing import Any

from django.http import QueryDict

from dars.applications import posted
from dars.applications.gaps import Known
from dars.applications.questions import merged
from dars.applications.sections import SECTIONS
from deploy.local import examples

TODAY = dt.date(2026, 11, 1)
PEOPLE = {"recipient@example.org": 1, "signatory@example.org": 2}
KNOWN = Known(
    frozenset({"XNU"}),
    frozenset({1}),
    frozenset({2}),
    {"XNU": frozenset({2})},
    documents=frozenset(examples.EVIDENCE),
)


def query(pairs: list[tuple[str, str]]) -> QueryDict:
    data = QueryDict(mutable=True)
    for name, value in pairs:
        data.appendlist(name, value)
    return data


def answers(kind: str = "lung_cancer_study") -> dict[str, Any]:
    """Every section of an example as the service would keep it."""
    example = getattr(examples, kind)(
        organisation="XNU",
        recipients=["recipient@example.org"],
        signatories=["signatory@example.org"],
        starts=TODAY + dt.timedelta(days=14),
    )
    kept: dict[str, Any] = {}
    for key in example:
        given = posted.read(SECTIONS[key], query(examples.form_data(key, example)), PEOPLE)
        kept = merged(kept, SECTIONS[key], given)
    return kept
