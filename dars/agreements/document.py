"""The words of an agreement, composed once when it is issued; the PDF of exactly these words is what is signed."""

import datetime as dt

from dars.accounts.public import User
from dars.agreements.charges import Computed
from dars.applications.public import Particulars, Revision, sections_of
from dars.core import times
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
# The sections of the application that the agreement does not repeat: it tells them in its own words.
TOLD_OTHERWISE = frozenset({"controllers", "processors", "people", "term", "data"})


def compose(
    *,
    revision: Revision,
    particulars: Particulars,
    starts_on: dt.date,
    conditions: list[str],
    version: str = "v1.0",
    before: str = "",
    same_pseudonyms: bool = False,
    charge: Computed | None = None,
) -> Document:
    """Parties, term, purpose, legal bases, data, territory, conditions, charge; nothing that the case does not hold.

    The data are told from the specification itself, field by field with its form (`catalogue.describe`). `before`: the
    reference of the version that this one supersedes; `same_pseudonyms`: whether its files can be joined with these.
    """
    told = sections_of(revision)
    repeated = [text for text in told if text.key and text.key not in TOLD_OTHERWISE]
    data = [text for text in told if not text.key]
    sections: list[tuple[str, list[tuple[str, str]]]] = [
        ("Parties", _parties(particulars)),
        ("Term", _term(particulars, starts_on)),
        *([("Version", _version(version, before, same_pseudonyms))] if before else []),
        *((text.heading, [(row.label, "\n".join(row.values)) for row in text.rows]) for text in (*repeated, *data)),
        ("Conditions", list(STANDARD_CONDITIONS)),
    ]
    special = [*conditions, *conditions_of_the_case(revision.answers)]
    if special:
        numbered = [(f"Special condition {number}", words) for number, words in enumerate(special, 1)]
        sections.append(("Special conditions", numbered))
    if charge:
        sections.append(("Charge", _charge(charge)))
    return [[heading, [list(row) for row in rows]] for heading, rows in sections]


# What the answers of a case bring with them, beside the panel's conditions (DARS standard 6). Each is audited.
CASE_CONDITIONS: tuple[tuple[str, str, frozenset[str], str], ...] = (
    (
        "commercial",
        "involved",
        frozenset({"yes"}),
        "Whoever gains commercially uses the data for the purpose above only; no fee is taken for the data themselves "
        "(standard 5e).",
    ),
    (
        "data",
        "identifiability",
        frozenset({"identifiable"}),
        "Identifiers are kept apart from the other data, and only those who need them for the purpose above see them "
        "(standard 3).",
    ),
    (
        "processors",
        "used",
        frozenset({"yes"}),
        "Each processor acts on written instructions under a contract in force (UK GDPR Article 28; standard 1c).",
    ),
    (
        "territory",
        "where",
        frozenset({"eea", "worldwide"}),
        "Outside the United Kingdom the data are held under the safeguards named above and no others (UK GDPR Chapter "
        "V; standard 11).",
    ),
)


def conditions_of_the_case(answers: dict) -> list[str]:
    """The special conditions that the answers bring with them."""
    return [
        words
        for section, question, values, words in CASE_CONDITIONS
        if (answers.get(section) or {}).get(question) in values
    ]


def _version(version: str, before: str, same_pseudonyms: bool) -> list[tuple[str, str]]:
    joined = "The same as before, so that the files can be joined with earlier ones" if same_pseudonyms else "New ones"
    return [
        ("Version", version),
        ("Supersedes", f"{before}, whose terms stay in force until this version does"),
        ("Pseudonyms", joined),
    ]


def _charge(charge: Computed) -> list[tuple[str, str]]:
    lines = [(words, f"£{pounds:,}") for words, pounds in charge.lines]
    return [*lines, ("In all, without VAT", f"£{charge.total:,}"), ("Source", charge.source)]


def _parties(particulars: Particulars) -> list[tuple[str, str]]:
    joint = "Joint controllers" if len(particulars.controllers) > 1 else "Controller"
    return [
        (joint, _organisations(particulars.controllers)),
        ("Processors", _organisations(particulars.processors) or "None"),
        ("Data provided by", DISSEMINATOR),
        ("Recipients of the files", _people(particulars.recipients)),
        ("Signed by", f"A signatory of each party named on the last page, and an approver for {DISSEMINATOR}"),
    ]


def _term(particulars: Particulars, starts_on: dt.date) -> list[tuple[str, str]]:
    return [
        ("First day", times.day(starts_on)),
        ("Last day", f"{times.day(particulars.ends_on)}, to midnight in London"),
    ]


def _organisations(organisations: list[Organisation]) -> str:
    return "; ".join(f"{each.name} ({each.code})" for each in organisations)


def _people(people: list[User]) -> str:
    return ", ".join(person.name for person in people)
