"""The papers of a meeting: asked for, made by a job for each set of cases that somebody may not read, downloaded."""

import hashlib
import io

from django.db import transaction
from django.db.models import Max, QuerySet
from pypdf import PdfReader

from dars.accounts.public import User
from dars.applications.public import Application
from dars.audit.public import record
from dars.core import clock, tasks
from dars.core.errors import NotFound, Unavailable, WrongState
from dars.core.permissions import P, require
from dars.panels import meeting_selectors, papers, telling, ties
from dars.panels.models import AgendaItem, Meeting, Pack, PackFile
from dars.panels.rules import MeetingState

MAKE = "panels.make_pack"  # the job's name


@transaction.atomic
def ask(*, meeting: Meeting, by: User) -> Pack:
    """A new version of the papers, made by a job."""
    require(by, P.PANEL_MANAGE)
    row = Meeting.objects.select_for_update().get(pk=meeting.pk)
    if row.state not in {MeetingState.PLANNED, MeetingState.IN_SESSION}:
        raise WrongState(f"The meeting is “{MeetingState(row.state).label}”, so it needs no papers.")
    cases = [[item.pk, item.revision] for item in row.items.filter(removed_at=None)]
    if not cases:
        raise WrongState("Put a case on the agenda first.")
    version = (row.packs.aggregate(last=Max("version"))["last"] or 0) + 1
    pack = Pack.objects.create(meeting=row, version=version, requested_by=by, requested_at=clock.now(), cases=cases)
    record("papers.asked_for", by=by, subject=row, version=version)
    tasks.queue(MAKE, pack.pk)
    return pack


def make(pack_id: int) -> None:
    """Makes what is missing of a pack; repeated, it makes nothing twice. Raises Retry while documents can't be had."""
    pack = Pack.objects.select_related("meeting").filter(pk=pack_id).first()
    if pack is None:
        return
    removed = papers.removed_from(pack)
    people = [sitting.person for sitting in pack.meeting.sittings.select_related("person")]
    people += ties.holders_of(*meeting_selectors.READERS)
    wanted = {(), *(tuple(meeting_selectors.left_out_of(person, pack)) for person in people)}
    wanted -= {tuple(file) for file in pack.files.values_list("left_out", flat=True)}
    try:
        made = papers.typeset_pack(pack, wanted)
    except Unavailable:
        raise tasks.Retry(delay=60) from None
    with transaction.atomic():
        row = Pack.objects.select_for_update().get(pk=pack.pk)
        if papers.removed_from(row) != removed:  # what was just typeset may show it; the removal queued this job anew
            return
        for left_out, content in made.items():
            if not row.files.filter(left_out=list(left_out)).exists():
                _keep(row, left_out, content)
        if row.made_at is None:
            row.made_at = clock.now()
            row.save(update_fields=["made_at"])
            record("papers.made", by=None, subject=pack.meeting, version=row.version, files=len(made))
            telling.papers_ready(pack)


def _keep(row: Pack, left_out: tuple[str, ...], content: bytes) -> None:
    PackFile.objects.create(
        pack=row,
        left_out=list(left_out),
        content=content,
        sha256=hashlib.sha256(content).hexdigest(),
        pages=len(PdfReader(io.BytesIO(content)).pages),
    )


@transaction.atomic
def download(*, meeting: Meeting, version: int, by: User) -> bytes:
    """The papers without the cases with which the person has a conflict now. Each download is an event.

    Raises WrongState while that file is being made: it is queued if an interest was declared after the others.
    """
    pack = meeting.packs.filter(version=version).first()
    if pack is None:
        raise NotFound("There are no such papers.")
    left_out = meeting_selectors.left_out_of(by, pack)
    file = pack.files.filter(left_out=left_out).first()
    if file is None:
        raise WrongState("These papers are still being made. Open them again in a minute.", rule="papers")
    record("papers.downloaded", by=by, subject=meeting, version=version, left_out=len(left_out), sha256=file.sha256)
    return bytes(file.content)


def make_again(application: Application) -> None:
    """Queues every pack that holds the case anew, in the caller's transaction: somebody may read less of it now."""
    for pack in _holding(application):
        tasks.queue(MAKE, pack.pk)


def take_back(application: Application) -> None:
    """Something of the case was removed for good: papers that show it go with it, and are made anew without it.

    Those of an amendment show what it changes of the case that it started from.
    """
    cases = [application, *Application.objects.filter(amendment__base__application=application)]
    references = {case.reference for case in cases}
    for pack in _holding(*cases).select_for_update(of=("self",)):
        held = references & {item.application.reference for item, _ in meeting_selectors.cases_of_pack(pack)}
        shown = [file for file in pack.files.all() if held - set(file.left_out)]
        pack.files.filter(pk__in=[file.pk for file in shown]).delete()
        if shown:
            record("papers.taken_back", by=None, subject=pack.meeting, version=pack.version, files=len(shown))
        tasks.queue(MAKE, pack.pk)


def _holding(*applications: Application) -> QuerySet[Pack]:
    items = AgendaItem.objects.filter(application__in=applications)
    return Pack.objects.select_related("meeting").filter(meeting__in=items.values("meeting")).order_by("pk")
