"""Writes at a draft that several people edit: answers saved and merged, texts chosen, who is in which section."""

import datetime as dt
import re
from dataclasses import dataclass
from typing import Any

from django.db import transaction

from dars.accounts.public import User
from dars.applications import amendments, moves
from dars.applications.drafting_models import Presence, Rival
from dars.applications.merging import chosen, merge
from dars.applications.merging import same as same
from dars.applications.models import Application
from dars.applications.questions import Section, merged, own
from dars.applications.rules import EDITABLE, State
from dars.applications.sections import SECTIONS
from dars.audit.public import record
from dars.core import clock
from dars.core.errors import Invalid, NotFound, WrongState
from dars.core.permissions import P

# Saves by themselves are one event for each person, section and while: the trail tells who worked on what, not keys.
AUTOSAVE_EVENT_EVERY = dt.timedelta(minutes=10)
PAGE_TOKEN = re.compile(r"[A-Za-z0-9_-]{16,43}")
PRESENT_FOR = dt.timedelta(seconds=45)  # three missed signs of life, see form.js


@dataclass(frozen=True)
class Page:
    """One page that a person has open: a token it was drawn with, and the number of this saving, counted by form.js.

    A page does not contradict itself: what it saved before gives way to what it saves now. Without a token nothing is
    known of a page.
    """

    token: str = ""
    turn: int = 0

    @classmethod
    def of(cls, token: str, turn: str) -> "Page":
        """From what a form carries, which may be anything."""
        known = PAGE_TOKEN.fullmatch(token) is not None
        return cls(token if known else "", int(turn) if known and turn.isdecimal() and len(turn) < 7 else 0)


NO_PAGE = Page()


@transaction.atomic
def save_section(
    *,
    application: Application,
    section: str,
    answers: dict[str, Any],
    version: int,
    by: User,
    base: dict[str, Any] | None = None,
    page: Page = NO_PAGE,
    by_itself: bool = False,
) -> Application:
    """Stores the answers of one section as they were given, complete or not, and returns the application.

    `base`: the answers that the page showed; without them `version`, the application's version when the page was made,
    tells which answers somebody else has saved since. What somebody else has changed meanwhile is merged; where both
    changed one text, theirs stays the answer, and this one is kept as its rival (`open_rivals`).
    by_itself: saved without being asked, so that it is an event only now and then; one that a later saving of the same
    page has overtaken on its way changes nothing.
    """
    one = _section(section)
    row = _editable(application, section, by)
    if by_itself and _overtaken(row, section, page, by):
        return row
    saved = own(row.answers, one)
    shown = _base(row, one, saved, version) if base is None else base
    outcome = merge(one, shown | _written_by(row, section, page, by, saved), answers, saved)
    changed = [key for key, value in outcome.answers.items() if not same(value, saved.get(key))]
    _keep_rivals(row, section, outcome.rivals, [key for key in answers if key not in outcome.rivals], by)
    if changed or not by_itself:
        _store(row, one, outcome.answers, changed, by, page, by_itself=by_itself)
    return row


def _overtaken(row: Application, section: str, page: Page, by: User) -> bool:
    token, turn = row.saved.get(section, {}).get("turns", {}).get(str(by.pk), ("", 0))
    return bool(page.token) and page.token == token and page.turn <= turn


def _written_by(row: Application, section: str, page: Page, by: User, saved: dict[str, Any]) -> dict[str, Any]:
    """The saved answers that this very page wrote last."""
    pages = row.saved.get(section, {}).get("pages", {}) if page.token else {}
    return {key: saved.get(key) for key, writer in pages.items() if writer == [by.pk, page.token]}


def _base(row: Application, section: Section, saved: dict[str, Any], version: int) -> dict[str, Any]:
    """What a page of that version showed, as far as it is still known: the answers that nobody has changed since."""
    changed_in = row.saved.get(section.key, {}).get("questions", {})
    return {key: value for key, value in saved.items() if changed_in.get(key, 0) <= version}


def _store(
    row: Application,
    section: Section,
    answers: dict[str, Any],
    changed: list[str],
    by: User,
    page: Page = NO_PAGE,
    *,
    by_itself: bool = False,
) -> None:
    before = row.saved.get(section.key, {})
    row.answers = merged(row.answers, section, answers | _whole(section, row, answers))
    row.version += 1
    row.updated_at = clock.now()
    noted = before.get("noted", "")
    told = not by_itself or before.get("by") != by.pk or _long_ago(noted)
    row.saved = {
        **row.saved,
        section.key: {
            "version": row.version,
            "by": by.pk,
            "at": row.updated_at.isoformat(),
            "noted": row.updated_at.isoformat() if told else noted,
            "questions": {**before.get("questions", {}), **dict.fromkeys(changed, row.version)},
            "pages": {**before.get("pages", {}), **{key: [by.pk, page.token] for key in changed}},
            "turns": {**before.get("turns", {}), str(by.pk): [page.token, page.turn]},
        },
    }
    row.save(update_fields=["answers", "version", "saved", "updated_at"])
    if told:
        record(
            "application.section_saved",
            by=by,
            subject=row,
            case=row.reference,
            section=section.key,
            version=row.version,
        )


def _whole(section: Section, row: Application, answers: dict[str, Any]) -> dict[str, Any]:
    """Fields and reasons are written together: what of them was not given stays."""
    return (
        {key: value for key, value in own(row.answers, section).items() if key not in answers}
        if section.dataset
        else {}
    )


def _long_ago(noted: str) -> bool:
    return not noted or clock.now() - dt.datetime.fromisoformat(noted) > AUTOSAVE_EVENT_EVERY


def _keep_rivals(row: Application, section: str, rivals: dict[str, Any], agreed: list[str], by: User) -> None:
    """One open rival of a person for a question: what they write on replaces it, their agreement settles it."""
    mine = Rival.objects.filter(application=row, section=section, by=by, settled_at=None)
    now = clock.now()
    if agreed:
        mine.filter(question__in=agreed).update(settled_at=now, settled_by=by)
    known = {rival.question: rival for rival in mine.filter(question__in=rivals)}
    for question, value in rivals.items():
        rival = known.get(question)
        if rival is None:
            Rival.objects.create(application=row, section=section, question=question, value=value, by=by, at=now)
            record(
                "application.texts_collided", by=by, subject=row, case=row.reference, section=section, question=question
            )
        elif rival.value != value:
            rival.value, rival.at = value, now
            rival.save(update_fields=["value", "at"])


@transaction.atomic
def choose_text(*, application: Application, rival_id: int, take: bool, by: User) -> Application:
    """Settles which of two texts stands: the rival (`take`) or what is saved. The other is kept, and shown no more."""
    rival = Rival.objects.filter(pk=rival_id, application=application, settled_at=None).first()
    if rival is None:
        raise NotFound("Somebody has chosen already.")
    row = _editable(application, rival.section, by)
    rival = Rival.objects.select_for_update().get(pk=rival.pk)
    if rival.settled_at is not None:
        raise WrongState("Somebody has chosen already.")
    one, now = _section(rival.section), clock.now()
    if take:
        before = own(row.answers, one).get(rival.question)
        value = chosen(one.question(rival.question).kind, before, rival.value)
        _store(row, one, {rival.question: value}, [rival.question], by)
        rival.value = before  # the text that gave way is the one that is kept
    rival.settled_at, rival.settled_by = now, by
    rival.save(update_fields=["value", "settled_at", "settled_by"])
    record(
        "application.text_chosen",
        by=by,
        subject=row,
        case=row.reference,
        section=rival.section,
        question=rival.question,
        taken="rival" if take else "saved",
    )
    return row


@transaction.atomic
def be_present(*, application: Application, section: str, by: User) -> None:
    """Tells the others that this person has the section open now. Not an event: it says nothing of the case."""
    _section(section)
    moves.require_on(by, P.APPLICATION_EDIT, application)
    now = clock.now()
    Presence.objects.update_or_create(application=application, user=by, defaults={"section": section, "seen_at": now})


def _section(key: str) -> Section:
    if key not in SECTIONS:
        raise Invalid("There is no such section.", field="section", rule="known")
    return SECTIONS[key]


def _editable(application: Application, section: str, by: User) -> Application:
    row = moves.locked(application.pk)
    moves.require_on(by, P.APPLICATION_EDIT, row)
    if State(row.state) not in EDITABLE:
        raise WrongState(f"The application is “{State(row.state).label}”, so its answers cannot be changed.")
    amendments.check_may_answer(row, section)
    return row
