"""What publication officers do with editions: approve, take back, set aside, withdraw, ask for one. Counts nothing."""

import datetime as dt

from django.db import transaction
from django.utils import timezone

from dars.accounts.public import User
from dars.core import clock, leases
from dars.core.errors import Invalid, NotAllowed, NotFound, WrongState
from dars.core.permissions import P, require
from extracts.collection.public import opt_outs_changed_since
from extracts.production.public import is_stale
from extracts.statistics import making
from extracts.statistics.making import begin_edition, move, note, publish
from extracts.statistics.models import Edition, Publication
from extracts.statistics.rules import OPEN, PUBLISHED_AT


@transaction.atomic
def approve(*, edition_id: int, sha256: str, publish_on: dt.date | None = None, by: User) -> Edition:
    """Lets the edition come out as the person has seen it (`sha256` of its tables): at once, or at 9:30am of a day.

    Raises NotAllowed for who asked for it; WrongState if it was made again since, or opt-outs have changed; Invalid
    for a day that is past.
    """
    edition = _locked(edition_id, by)
    if edition.asked_by_id == by.pk:
        raise NotAllowed("Who asks for an edition does not approve it. A colleague does.", rule="not_independent")
    if edition.state != Edition.State.DRAFT:
        raise WrongState(f"This edition is “{edition.get_state_display()}”: there is nothing to approve now.")
    if edition.sha256 != sha256:
        raise WrongState("The edition was made again since you opened the page. Look at it as it is now.", rule="stale")
    if opt_outs_changed_since(edition.opt_outs_at):
        raise WrongState(
            "Opt-outs have changed since this edition was made. The service makes it again in a moment.",
            rule="opt_outs_changed",
        )
    if is_stale(edition.proposal):
        raise WrongState(
            "Other tables of counts came out since this edition was made, so that it has to be protected beside them. "
            "The service makes it again in a moment.",
            rule="tables_released",
        )
    if publish_on is not None and publish_on < clock.today():
        raise Invalid("The day of publication must be today or later", field="publish_on", rule="not in the past")
    now = clock.now()
    move(edition, Edition.State.APPROVED)
    edition.approved_by, edition.approved_at = by, now
    at = timezone.make_aware(dt.datetime.combine(publish_on, PUBLISHED_AT)) if publish_on else now
    edition.publish_at = max(at, now)
    edition.save()
    note(edition, "edition.approved", by, sha256=edition.sha256, at_once=edition.publish_at == now)
    if edition.publish_at == now:
        publish(edition)
    return edition


@transaction.atomic
def take_back(*, edition_id: int, by: User) -> Edition:
    """Ends an approval before the edition is out. Raises WrongState afterwards."""
    edition = _locked(edition_id, by)
    if edition.state != Edition.State.APPROVED:
        raise WrongState(f"This edition is “{edition.get_state_display()}”: there is no approval to take back.")
    move(edition, Edition.State.DRAFT)
    edition.approved_by = edition.approved_at = edition.publish_at = None
    edition.save()
    note(edition, "edition.taken_back", by)
    return edition


@transaction.atomic
def again(*, edition_id: int, by: User) -> Edition:
    """Makes a draft anew from the newest data, or one that failed. Raises WrongState for others."""
    edition = _locked(edition_id, by)
    if edition.state == Edition.State.DRAFT:
        making.remake(edition, "newest_data", by)
        return edition
    if edition.state != Edition.State.FAILED:
        raise WrongState(f"This edition is “{edition.get_state_display()}”: it cannot be made again.")
    move(edition, Edition.State.MAKING)
    edition.attempts = 0
    leases.wake(edition, making.JOB)
    edition.save()
    note(edition, "edition.retried", by)
    return edition


@transaction.atomic
def stop(*, edition_id: int, because: str, by: User) -> Edition:
    """Sets a draft aside, or withdraws what is published: nothing of it can be had any more. Raises Invalid without
    a reason, WrongState for an edition that is neither."""
    edition = _locked(edition_id, by)
    if not because.strip():
        raise Invalid("Say why", field="because", rule="required")
    if edition.state == Edition.State.MAKING:
        raise WrongState("This edition is being made. Wait until it is there, then set it aside.")
    public = edition.state in (Edition.State.PUBLISHED, Edition.State.SUPERSEDED)
    move(edition, Edition.State.WITHDRAWN if public else Edition.State.SET_ASIDE)
    edition.stopped_by, edition.stopped_at, edition.stopped_because = by, clock.now(), because.strip()
    edition.tables, edition.changed, edition.proposal = [], [], {}
    edition.save()
    edition.files.all().delete()
    note(edition, "edition.withdrawn" if public else "edition.set_aside", by)
    return edition


@transaction.atomic
def ask(*, month: str, reason: str, by: User) -> Edition:
    """Has a new edition of a month's publication made; a colleague will have to approve it.

    `reason`: what changed and why, for everybody to read. Raises Invalid without one, WrongState while one is open.
    """
    require(by, P.STATISTICS_PUBLISH)
    publication = Publication.objects.select_for_update().filter(month=month).first()
    if publication is None:
        raise NotFound("There is no publication of this month.")
    if not reason.strip():
        raise Invalid("Say why the figures are revised", field="reason", rule="required")
    if publication.editions.filter(state__in=OPEN).exists():
        raise WrongState("Another edition of this month is being worked on. Publish it or set it aside first.")
    number = 1 + max(publication.editions.values_list("number", flat=True), default=0)
    return begin_edition(publication, number=number, reason=reason.strip(), by=by)


def _locked(edition_id: int, by: User) -> Edition:
    require(by, P.STATISTICS_PUBLISH)
    edition = Edition.objects.select_for_update(of=("self",)).filter(pk=edition_id).first()
    if edition is None:
        raise NotFound("There is no such edition.")
    return edition
