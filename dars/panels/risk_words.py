"""What a request would reveal about people, in plain sentences and tables: alike on the page and in the papers."""

from collections.abc import Iterable
from dataclasses import dataclass

from dars.core import clock, times
from extracts.catalogue.public import Assessed, EventsTold


@dataclass(frozen=True)
class RiskTable:
    """A table: its caption, the names of its columns, and rows of texts; the first column names the row."""

    caption: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class RiskWords:
    """What reviewers, panel and approver read. Never shown to applicants: they could subtract exact counts."""

    sentences: tuple[str, ...]
    tables: tuple[RiskTable, ...] = ()


_COUNTS = (
    "No record leaves: a table of counts. Counts for England are exact; below England 1 to 7 are not shown, and others "
    "are rounded to the nearest 5. More is hidden, or the table is refused, unless somebody who can calculate and has "
    "everything that was published is left with at least three values for every small number."
)


def in_words(risk: Assessed | None, *, aggregated: bool = False) -> RiskWords:
    """The whole of it; a sentence that says why there is no figure where there is none.

    aggregated: a table of counts is asked for, of which nothing is measured.
    """
    if aggregated:
        return RiskWords((_COUNTS,))
    if risk is None:
        return RiskWords(("What this revision would reveal has not been measured.",))
    if risk.waiting:
        return RiskWords(
            ("What this revision would reveal is being measured on the data. Look again in some minutes.",)
        )
    if risk.failure:
        return RiskWords((f"What this revision would reveal could not be measured: {risk.failure}",))
    return RiskWords(tuple(_sentences(risk)), tuple(_tables(risk)))


def _sentences(risk: Assessed) -> Iterable[str]:
    yield (
        f"Measured on {times.day(clock.day_of(risk.at))} on version {risk.data} of the data, with the opt-outs of that "
        "day left out. The counts are exact: they are for those who judge the request, and not for the applicant."
    )
    if risk.identified:
        yield f"{_listed(risk.identified)} identify everybody outright; the counts below are without them."
    if not risk.fields:
        yield "The request holds nothing of who people are (age, gender, ethnicity, place), so nobody stands out by it."
        return
    yield (
        f"Of {_people(risk.people)}, {_people(risk.alone)} ({_share(risk.alone, risk.people)}) would be like nobody "
        f"else, and {_people(risk.below)} ({_share(risk.below, risk.people)}) would be in groups of fewer than "
        f"{risk.k}. People are compared by {_listed(risk.fields)} over all of their records. The smallest group has "
        f"{_people(risk.smallest)}."
    )
    if any(one.given_away for one in risk.given):
        most = max(risk.given, key=lambda one: one.given_away)
        yield (
            f"Whoever knows these things of a person would learn more: for {_people(most.given_away)}, everybody in "
            f"their group has one and the same value of {most.field} (the field that gives away most)."
        )
    for one in risk.events:
        if one.fields:
            yield _matchable(one)


def _matchable(one: EventsTold) -> str:
    rows, people = _share(one.matchable_rows, one.rows), _share(one.matchable_people, one.people)
    return (
        f"{one.dataset}: {one.matchable_rows:,} of {one.rows:,} records ({rows}) are like no other in "
        f"{_listed(one.fields)}. Pseudonyms differ between agreements, but a file of another agreement, or of a "
        "hospital, that holds these fields could be matched with them. That would reach "
        f"{_people(one.matchable_people)} ({people}), with all their other records."
    )


def _tables(risk: Assessed) -> Iterable[RiskTable]:
    who = (f"In groups of fewer than {risk.k}", "Like nobody else")
    if risk.changes:
        rows = [("As asked for", "", f"{risk.below:,}", f"{risk.alone:,}")]
        rows += [(one.field, one.change, f"{one.below:,}", f"{one.alone:,}") for one in risk.changes]
        caption = "People, if one field were coarser"
        yield RiskTable(caption, ("Field", "Instead", *who), tuple(rows))
    if risk.together:
        rows = [(" and ".join(one.fields), f"{one.below:,}", f"{one.alone:,}") for one in risk.together]
        yield RiskTable("People, by some of the fields alone", ("Fields", *who), tuple(rows))
    if risk.given:
        rows = [(one.field, str(one.least), f"{one.given_away:,}") for one in risk.given]
        head = ("Sensitive field", "Fewest values in a group (l)", "People whose group has one value in common")
        yield RiskTable("What a group gives away", head, tuple(rows))
    if risk.events:
        rows = [
            (one.dataset, f"{one.rows:,}", *(_count(part, one.rows) for part in (one.unique_rows, one.matchable_rows)))
            for one in risk.events
        ]
        head = ("Records of", "Records", "Like no other in all fields", "Like no other in dates, sites and codes")
        yield RiskTable("Records that are like no other", head, tuple(rows))


def _count(part: int, whole: int) -> str:
    return f"{part:,} ({_share(part, whole)})"


def _people(number: int) -> str:
    return f"{number:,} {'person' if number == 1 else 'people'}"


def _share(part: int, whole: int) -> str:
    return f"{100 * part / whole:.1f}%" if whole else "none"


def _listed(names: Iterable[str]) -> str:
    *others, last = names
    return f"{', '.join(others)} and {last}" if others else last
