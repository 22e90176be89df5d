"""The words of an agreement, made once when it is issued and hashed; what is signed is exactly this."""

import datetime as dt

from dars.accounts.public import User
from dars.applications.public import Particulars, Revision, sections_of
from dars.organisations.public import Organisation

Document = list[list]  # [[heading, [[label, text], …]], …] as JSON keeps it

# The body that disseminates the data and is a party to every agreement.
DISSEMINATOR = "NHS England"

# What every recipient undertakes, each with the DARS standard that asks for it.
STANDARD_CONDITIONS = (
    ("Use", "The data are used for the purpose above and for nothing else (standard 5a)."),
    ("No re-identification", "Nobody tries to find out who a record is about (standard 5b)."),
    ("People", "Only substantive employees who are trained in data protection handle the data (standard 5b)."),
    ("Publication", "Small numbers are suppressed in everything that is published (standard 5c)."),
    ("Commercial use", "The data are not used for marketing, market research, advertising or insurance (standard 5e)."),
    ("Sharing", "The data are passed to nobody who is not a party here (standard 10)."),
    ("Place", "The data are stored and processed within the territory above only (standard 11)."),
    ("End", "The data are destroyed when the agreement ends, and a certificate of that is given."),
)
# The sections of the application that the agreement repeats word for word.
REPEATED = ("purpose", "processing", "outputs", "benefits", "commercial", "territory")


def compose(*, revision: Revision, particulars: Particulars, starts_on: dt.date, conditions: list[str]) -> Document:
    """Parties, term, purpose, data, territory and conditions; nothing that the case does not hold.

    The data are told from the specification itself, field by field with its form (`catalogue.describe`).
    """
    told = sections_of(revision)
    repeated = [text for key in REPEATED for text in told if text.key == key]
    data = [text for text in told if not text.key]
    sections: list[tuple[str, list[tuple[str, str]]]] = [
        ("Parties", _parties(particulars)),
        ("Term", _term(particulars, starts_on)),
        *((text.heading, [(row.label, "\n".join(row.values)) for row in text.rows]) for text in (*repeated, *data)),
        ("Conditions", list(STANDARD_CONDITIONS)),
    ]
    if conditions:
        special = [(f"Special condition {number}", words) for number, words in enumerate(conditions, 1)]
        sections.append(("Special conditions", special))
    return [[heading, [list(row) for row in rows]] for heading, rows in sections]


def _parties(particulars: Particulars) -> list[tuple[str, str]]:
    joint = "Joint controllers" if len(particulars.controllers) > 1 else "Controller"
    return [
        (joint, _organisations(particulars.controllers)),
        ("Processors", _organisations(particulars.processors) or "None"),
        ("Data provided by", DISSEMINATOR),
        ("Recipients of the files", _people(particulars.recipients)),
        ("Signed by", f"{_people(particulars.signatories)}, and an approver for {DISSEMINATOR}"),
    ]


def _term(particulars: Particulars, starts_on: dt.date) -> list[tuple[str, str]]:
    return [
        ("First day", _day(starts_on)),
        ("Last day", f"{_day(particulars.ends_on)}, to midnight in London"),
    ]


def _organisations(organisations: list[Organisation]) -> str:
    return "; ".join(f"{each.name} ({each.code})" for each in organisations)


def _people(people: list[User]) -> str:
    return ", ".join(person.name for person in people)


def _day(date: dt.date) -> str:
    return f"{date.day} {date:%B %Y}"
