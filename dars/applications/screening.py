"""Screening on submission: a table of rules, each with its source and a verdict explained in plain words. Pure.

A rule passes, makes a finding that the panel must deal with, or refuses. Any refusal ends the application.
"""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from dars.applications.law import (
    COMMERCIAL_BENEFIT_VALUES,
    COMMERCIAL_PURPOSE_VALUES,
    COMMERCIAL_PURPOSES,
    CONNECTED_PURPOSE_VALUES,
    HOME_TERRITORIES,
    SCHEDULE_1_OF_ARTICLE_9,
)
from dars.applications.questions import Answers, answer
from extracts.catalogue.public import AGGREGATED, DATASETS, SpecError, opt_out_policy

START_WITHIN_DAYS = 366  # DARS standard 1: within 12 months
# A term longer than this is a finding (unverified: the standard says "bounded by the purpose" and gives no number).
LONG_TERM_DAYS = 5 * 366


class Outcome(StrEnum):
    """What a rule says."""

    PASS = "pass"  # noqa: S105 — a verdict
    FINDING = "finding"
    REFUSE = "refuse"


@dataclass(frozen=True)
class Surroundings:
    """What screening needs to know beside the answers. `lapsed`: plain sentences; `without_contract`: names."""

    today: dt.date
    lapsed: tuple[str, ...] = ()
    without_contract: tuple[str, ...] = ()
    amends: bool = False  # an amendment keeps the day on which the agreement began


@dataclass(frozen=True)
class Verdict:
    """What one rule says of one revision."""

    rule: str
    title: str
    source: str
    verdict: Outcome
    explanation: str

    def to_json(self) -> dict[str, str]:
        return {
            "rule": self.rule,
            "title": self.title,
            "source": self.source,
            "verdict": self.verdict.value,
            "explanation": self.explanation,
        }


Said = tuple[Outcome, str]


@dataclass(frozen=True)
class Rule:
    """A rule: what it is called, where it comes from, and how it judges."""

    id: str
    title: str
    source: str
    judge: Callable[[Answers, Surroundings], Said]


def screen(answers: Answers, surroundings: Surroundings) -> list[Verdict]:
    """The verdict of every rule, in the order of the table."""
    return [Verdict(rule.id, rule.title, rule.source, *rule.judge(answers, surroundings)) for rule in RULES]


def _passes(explanation: str) -> Said:
    return Outcome.PASS, explanation


def _finds(explanation: str) -> Said:
    return Outcome.FINDING, explanation


def _refuses(explanation: str) -> Said:
    return Outcome.REFUSE, explanation


def _connected_purpose(answers: Answers, _: Surroundings) -> Said:
    if set(answer(answers, "purpose", "purposes") or []) & CONNECTED_PURPOSE_VALUES:
        return _passes("A purpose is connected with health care, adult social care or the promotion of health.")
    return _refuses(
        "No purpose is connected with the provision of health care or adult social care or with the promotion of "
        "health. The law does not allow a release for any other purpose."
    )


def _not_solely_commercial(answers: Answers, _: Surroundings) -> Said:
    purposes = set(answer(answers, "purpose", "purposes") or [])
    benefits = set(answer(answers, "benefits", "kinds") or [])
    commercial = purposes & COMMERCIAL_PURPOSE_VALUES
    if purposes and purposes <= COMMERCIAL_PURPOSE_VALUES:
        return _refuses(f"Every purpose is commercial: {_names(commercial)}. Data are never released for that alone.")
    if benefits and benefits <= COMMERCIAL_BENEFIT_VALUES:
        return _refuses("Every benefit expected is commercial. Data are never released for commercial benefit alone.")
    if commercial:
        return _finds(
            f"Some purposes are commercial: {_names(commercial)}. The panel must weigh them against the public benefit."
        )
    if benefits & COMMERCIAL_BENEFIT_VALUES or answer(answers, "commercial", "involved") == "yes":
        return _finds("Someone pays or gains commercially. The panel must weigh that against the public benefit.")
    return _passes("No purpose and no benefit is commercial.")


def _names(values: set[str]) -> str:
    return ", ".join(option.label.split(":")[0].lower() for option in COMMERCIAL_PURPOSES if option.value in values)


def _commercial_answers_agree(answers: Answers, _: Surroundings) -> Said:
    purposes = set(answer(answers, "purpose", "purposes") or [])
    benefits = set(answer(answers, "benefits", "kinds") or [])
    says_none = answer(answers, "commercial", "involved") == "no"
    if says_none and (purposes & COMMERCIAL_PURPOSE_VALUES or benefits & COMMERCIAL_BENEFIT_VALUES):
        return _finds("The application says that nobody gains commercially, but names a commercial purpose or benefit.")
    return _passes("What is said about commercial aspects agrees with the purposes and benefits.")


def _framework_contract(answers: Answers, surroundings: Surroundings) -> Said:
    if answer(answers, "data", "identifiability") == AGGREGATED:
        return _passes("A table of counts with small numbers suppressed needs no framework contract.")
    if surroundings.without_contract:
        names = ", ".join(surroundings.without_contract)
        return _finds(f"Record-level data need a framework contract in force for each controller. Missing: {names}.")
    return _passes("Each controller has a framework contract in force, as record-level data need.")


def _assurances(_: Answers, surroundings: Surroundings) -> Said:
    if surroundings.lapsed:
        return _finds(" ".join(surroundings.lapsed))
    return _passes("Security assurance, ICO registration and contract of every party are in date.")


def _legal_bases(answers: Answers, _: Surroundings) -> Said:
    unmet = [
        f"Article 9(2)({letter}){whose} has no matching condition of Schedule 1"
        for whose, bases in _bases(answers).items()
        for letter in bases.get("article_9") or []
        if letter in SCHEDULE_1_OF_ARTICLE_9 and SCHEDULE_1_OF_ARTICLE_9[letter] not in (bases.get("schedule_1") or [])
    ]
    if unmet:
        return _finds(f"{'; '.join(unmet)}.")
    return _passes("Each condition of Article 9 that needs a condition of Schedule 1 has the matching one.")


def _bases(answers: Answers) -> dict[str, dict]:
    """The legal bases of the only controller under "", or of each under its name in words."""
    each = answer(answers, "legal", "bases") or {}
    if len(answer(answers, "controllers", "organisations") or []) > 1:
        return {f" of {code}": bases for code, bases in each.items()}
    return {"": answers.get("legal") or {}}


def expected_conditions(answers: Answers) -> list[str]:
    """The special conditions that the answers lead one to expect (DARS standard 6), as shown to the applicant."""
    assurances = (answer(answers, "security", "assurances") or {}).items()
    plans = [code for code, mine in assurances if mine.get("security") == "dspt" and mine.get("plan")]
    expected = [f"{code} completes its DSPT improvement plan by the dates in it." for code in plans]
    if answer(answers, "territory", "where") not in (*HOME_TERRITORIES, None):
        expected.append("The data leave the United Kingdom only for the places named, under the safeguards named.")
    if answer(answers, "processing", "staff") == "no":
        expected.append("Those who are not employees sign an undertaking before they see the data.")
    if answer(answers, "commercial", "involved") == "yes":
        expected.append("No use for marketing, market research, advertising or insurance, whoever pays.")
    if answer(answers, "sublicensing", "wanted") == "yes":
        expected.append("Sub-licences follow the template, and a list of them is published.")
    if answer(answers, "data", "identifiability") == "identifiable":
        expected.append("Identifiers are kept apart from the other data and destroyed once they are not needed.")
    return expected


def _section_251(answers: Answers, _: Surroundings) -> Said:
    basis = answer(answers, "confidentiality", "basis")
    power = answer(answers, "legal", "dissemination")
    reference = answer(answers, "confidentiality", "cag_reference")
    if (basis == "s251") != (power == "s261_7"):
        return _finds("Section 251 support and release under section 261(7) go together; only one of them is chosen.")
    if basis == "s251" and not reference:
        return _finds("Section 251 support needs a reference of the Confidentiality Advisory Group.")
    if (basis == "consent") != (power == "s261_2_c"):
        return _finds("Consent and release under section 261(2)(c) go together; only one of them is chosen.")
    return _passes("The confidentiality basis and the power to release agree.")


def _opt_outs(answers: Answers, _: Surroundings) -> Said:
    try:
        policy = opt_out_policy(
            answer(answers, "confidentiality", "basis") or "",
            answer(answers, "legal", "dissemination") or "",
            answer(answers, "data", "identifiability") or "",
        )
    except SpecError as error:
        return _finds(" ".join(f"{message}." for _, message in error.problems))
    national = "will be applied" if policy.national else "does not apply"
    return _passes(
        f"Objections to the Diagnostic Imaging Dataset itself are always applied. The national data opt-out {national} "
        f"({policy.reason})."
    )


def _identifiable(answers: Answers, _: Surroundings) -> Said:
    if answer(answers, "data", "identifiability") == "identifiable":
        return _finds("Identifiable data are asked for: the panel must see why pseudonymised data would not do.")
    if answer(answers, "data", "identifiability") == AGGREGATED:
        return _passes("A table of counts is asked for, with small numbers suppressed, and no record.")
    return _passes("The data asked for are pseudonymised.")


def _minimised(answers: Answers, _: Surroundings) -> Said:
    beyond = []
    for dataset in answer(answers, "data", "datasets") or []:
        chosen = (answer(answers, "data", "fields") or {}).get(dataset) or {}
        for field in DATASETS[dataset].fields:
            if field.name in chosen and field.form(chosen[field.name]).rank > 0:
                beyond.append(field.label)
    if beyond:
        return _finds(f"Asked for in more than the least revealing form: {', '.join(beyond)}. Each reason is given.")
    return _passes("Every field is asked for in its least revealing form.")


def _handling(answers: Answers, _: Surroundings) -> Said:
    wrong = []
    if answer(answers, "processing", "reidentification") == "yes":
        wrong.append("someone will try to re-identify people")
    if answer(answers, "processing", "staff") == "no":
        wrong.append("others than trained employees will use the data")
    if answer(answers, "outputs", "small_numbers") == "no":
        wrong.append("small numbers will not be suppressed")
    if wrong:
        return _finds(f"The application says that {'; '.join(wrong)}.")
    return _passes("No re-identification, trained employees only, small numbers suppressed.")


def _territory(answers: Answers, _: Surroundings) -> Said:
    if answer(answers, "territory", "where") in HOME_TERRITORIES:
        return _passes("The data stay in the United Kingdom.")
    return _finds("The data leave the United Kingdom: the panel must see the places and the safeguards.")


def _term(answers: Answers, surroundings: Surroundings) -> Said:
    start, end = (dt.date.fromisoformat(answer(answers, "term", key)) for key in ("starts_on", "ends_on"))
    if start < surroundings.today and not surroundings.amends:
        return _finds("The start lies in the past: the agreement can start on the day it is issued at the earliest.")
    if (start - surroundings.today).days > START_WITHIN_DAYS:
        return _finds("The start is more than 12 months away.")
    if (end - start).days > LONG_TERM_DAYS:
        return _finds("The term is longer than five years: the panel must see why the purpose needs it.")
    return _passes("The agreement starts within 12 months, and its end is bounded.")


RULES: tuple[Rule, ...] = (
    Rule("purpose", "Connected purpose", "Health and Social Care Act 2012 s261(1A)", _connected_purpose),
    Rule("commercial", "Not solely commercial", "DARS standard 5e", _not_solely_commercial),
    Rule("commercial_answers", "Commercial answers agree", "DARS standard 5e", _commercial_answers_agree),
    Rule("framework_contract", "Framework contract", "DARS standard 1b", _framework_contract),
    Rule("assurances", "Assurances in date", "DARS standards 1b, 1c, 2a and 2b", _assurances),
    Rule("legal_bases", "Legal bases agree", "UK GDPR Article 9; Data Protection Act 2018, Schedule 1", _legal_bases),
    Rule(
        "section_251",
        "Confidentiality and power to release agree",
        "Health and Social Care Act 2012 s261; NHS Act 2006 s251",
        _section_251,
    ),
    Rule("opt_outs", "Opt-outs", "DARS standard 3c; National data opt-out operational policy", _opt_outs),
    Rule("identifiability", "Kind of data", "DARS standard 3", _identifiable),
    Rule("minimisation", "Data minimisation", "DARS standard 3", _minimised),
    Rule("handling", "Handling of the data", "DARS standards 5b and 5c", _handling),
    Rule("territory", "Territory", "DARS standard 11", _territory),
    Rule("term", "Term", "DARS standard 1", _term),
)
