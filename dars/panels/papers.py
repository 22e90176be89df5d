"""What the papers of a meeting hold, and their typesetting: agenda, then each case with its documents. Reads only."""

from collections.abc import Iterable
from dataclasses import asdict

from django.db.models import Q
from django.utils.timezone import localtime

from dars.applications.public import (
    Amendment,
    Application,
    Attachment,
    Redaction,
    Revision,
    attached,
    documents,
    draft_sections,
    findings,
    readable,
    sections_of,
)
from dars.core import clock, times
from dars.core.errors import Invalid
from dars.core.pdf import bind, typeset
from dars.panels import meeting_selectors, risk_words, selectors
from dars.panels.amended import Amended, amended
from dars.panels.models import AgendaItem, Interest, Pack
from extracts.catalogue.public import assessed

Cases = list[tuple[AgendaItem, int]]


def typeset_pack(pack: Pack, wanted: Iterable[tuple[str, ...]]) -> dict[tuple[str, ...], bytes]:
    """Accessible PDFs with bookmarks, one for each set of cases (references) that are left out of it.

    Each case is typeset once, with its documents behind it; a file that leaves it out says so in its place.
    """
    cases, sets = meeting_selectors.cases_of_pack(pack), sorted(wanted)
    shown = {item.pk: case_papers(item, revision) for item, revision in cases if sets}
    hidden = {item.pk: _hidden(item) for item, _ in cases if any(item.application.reference in one for one in sets)}
    title = f"Papers for the panel meeting on {times.day(pack.meeting.held_on)}"
    front = (title, typeset("panels/pack.typ", _front(pack, cases, title), standard="ua-1"))
    return {
        left_out: bind(
            [
                front,
                *(
                    (heading(item), (hidden if item.application.reference in left_out else shown)[item.pk])
                    for item, _ in cases
                ),
            ],
            title=title,
        )
        for left_out in sets
    }


def removed_from(pack: Pack) -> int:
    """How many answers and documents have been removed for good from the cases of a pack, and from those that its
    amendments started from."""
    cases = [item.application_id for item, _ in meeting_selectors.cases_of_pack(pack)]
    cases += Amendment.objects.filter(application__in=cases).values_list("base__application", flat=True)
    of = Q(revision__application__in=cases) | Q(attachment__application__in=cases)
    return Redaction.objects.filter(of).count()


def case_papers(item: AgendaItem, revision: int) -> bytes:
    """One case: its papers, then each document that was submitted with the revision and still is there."""
    rows = Revision.objects.select_related("application__organisation")
    row = rows.get(application=item.application, number=revision)
    words = ("Papers", typeset("panels/pack_case.typ", case_words(item, row), standard="ua-1"))
    annexes = [(f"Document: {title}", content) for title, content in documents(row)]
    if not annexes:
        return words[1]
    try:
        return bind([words, *annexes], title=heading(item))
    except Invalid:  # one document that no reader opens does not keep the panel from all others
        return bind([words, *(_legible(*each) for each in annexes)], title=heading(item))


def heading(item: AgendaItem) -> str:
    return f"{item.application.reference}: {item.application.title}"


def case_words(item: AgendaItem, revision: Revision) -> dict:
    """What is said of a case: summary, comparisons, application; of an amendment, what stays as approved comes last."""
    case, told, change = item.application, sections_of(revision), amended(revision)
    answers = [text for text in told if text.key]
    changed = {each.key for each in change.changed} if change else set()
    review = selectors.review_of(case, revision.number)
    summary = [
        ["Applicant", [case.organisation.name]],
        ["Revision", [str(revision.number)]],
        ["Documents", [_standing(row) for row in attached(revision)] or ["None"]],
    ]
    if review:
        summary.append(["Reviewed by", [review.reviewer.name]])
        for label, words in (("Note for the panel", review.note), ("Commercial purposes", review.commercial_finding)):
            if words:
                summary.append([label, words.splitlines()])
    return {
        "title": heading(item),
        "summary": summary,
        "findings": [[each.title, [each.explanation]] for each in findings(revision) if each.verdict != "pass"],
        "reveals": _sections([text for text in told if not text.key]),
        "risk": asdict(_risk(case, revision)),
        "amended": _amended(change) if change else None,
        "comparisons": _comparisons(revision, change),
        "application": _sections([text for text in answers if not change or text.key in changed]),
        "stays": _sections([text for text in answers if change and text.key not in changed]),
    }


def _risk(case: Application, revision: Revision) -> risk_words.RiskWords:
    return risk_words.in_words(assessed(case.reference, revision.number), aggregated=selectors.aggregated(revision))


def _amended(change: Amended) -> dict:
    return {
        "kind": change.kind,
        "base": f"{change.base.application.reference}, revision {change.base.number}",
        "reason": change.amendment.reason,
        "same_data": change.same_data,
    }


def _comparisons(revision: Revision, change: Amended | None) -> list[dict]:
    """[{"heading", "rows"}]: what an amendment changes of what was approved, then what this revision changes."""
    found = []
    if change:
        found.append({"heading": f"What this {change.kind} changes", "rows": compare(change.base, revision)})
    rows = Revision.objects.select_related("application__organisation")
    for before in rows.filter(application=revision.application, number=revision.number - 1):
        heading = f"What has changed since revision {before.number}"
        found.append({"heading": heading, "rows": compare(before, revision)})
    return found


def compare(before: Revision, after: Revision) -> list[list[str]]:
    """[question, as it was, as it is] wherever two revisions differ, in the order of the application."""
    old, new = _answers(before), _answers(after)
    return [
        [label, old.get((section, label), "Not there"), new.get((section, label), "Not there")]
        for section, label in dict.fromkeys([*new, *old])
        if old.get((section, label)) != new.get((section, label))
    ]


def _front(pack: Pack, cases: Cases, title: str) -> dict:
    meeting, now = pack.meeting, localtime(clock.now())
    return {
        "date": meeting.held_on.isoformat(),
        "title": title,
        "version": pack.version,
        "starts_at": times.of_day(meeting.starts_at),
        "place": meeting.place or meeting.link,
        "members": [
            [each.person.name, each.get_seat_display(), each.get_kind_display(), "Yes" if each.independent else "No"]
            for each in meeting.sittings.select_related("person").order_by("person")
        ],
        "interests": _interests(pack, cases),
        "interests_at": f"{times.day(now)} at {times.of_day(now)}",
        "agenda": [
            [
                str(number),
                item.application.reference,
                f"{item.application.title} ({item.application.organisation.name})",
                f"{item.minutes} minutes",
            ]
            for number, (item, _) in enumerate(cases, 1)
        ],
    }


def _interests(pack: Pack, cases: Cases) -> list[list[str]]:
    """[name, case, what is known] of everybody at the meeting who does not take part in a case of it."""
    found = []
    applications = [item.application for item, _ in cases]
    references = {each.pk: each.reference for each in applications}
    for sitting in pack.meeting.sittings.select_related("person").order_by("person__name", "pk"):
        declared = {
            row.application_id: f"Declared on {times.day(clock.day_of(row.declared_at))}"
            for row in Interest.objects.filter(person=sitting.person, application__in=references)
        }
        conflicted = selectors.conflicted_cases(sitting.person, applications)
        found += [
            [sitting.person.name, reference, declared.get(key, "Belongs to the applicant’s side")]
            for key, reference in references.items()
            if key in conflicted or key in declared
        ]
    return found


def _hidden(item: AgendaItem) -> bytes:
    return _notice(heading(item), "You have a conflict with this case, so its papers are left out.")


def _legible(title: str, content: bytes) -> tuple[str, bytes]:
    try:
        bind([(title, content)])
    except Invalid:
        return title, _notice(title, "This document cannot be read. Ask the secretariat for it.")
    return title, content


def _notice(title: str, words: str) -> bytes:
    return typeset("pdf/notice.typ", {"title": title, "words": words}, standard="ua-1")


def _standing(row: Attachment) -> str:
    if not readable(row):
        return f"{row.title} (removed, so it is not in these papers)"
    return f"{row.title} (not tagged: a screen reader cannot read it)" if row.tagged is False else row.title


def _answers(revision: Revision) -> dict[tuple[str, str], str]:
    told = draft_sections(revision.answers)  # the fields by themselves, each with its reason
    return {(text.heading, row.label): "\n".join(row.values) for text in told for row in text.rows}


def _sections(texts: list) -> list[dict]:
    return [{"heading": text.heading, "rows": [[row.label, list(row.values)] for row in text.rows]} for text in texts]
