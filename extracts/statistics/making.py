"""Makes editions of the monthly publication, and publishes those whose time has come: the work that nobody asks for.

At most one worker makes an edition (a lease); made any number of times it is one draft. A person approves it
(`services_publication`).
"""

import logging

from django.conf import settings
from django.db import DatabaseError, IntegrityError, transaction
from django.urls import reverse

from dars.accounts.public import User
from dars.audit.public import record
from dars.core import clock, leases, times
from dars.core.errors import WrongState
from dars.core.leases import Lease, LeaseLost
from dars.core.tasks import Retry
from dars.notices.public import notify
from dars.oversight.public import first_time, waiting_reminder
from extracts.collection.public import (
    bindings,
    current_data_version,
    opt_outs_changed_since,
    opted_out,
    reading,
)
from extracts.production.public import Proposing, is_stale, release_tables
from extracts.statistics import selectors
from extracts.statistics.counting import CountFailed
from extracts.statistics.models import Edition, EditionFile, Publication
from extracts.statistics.publication import comparing, counting, files, months, spreadsheets
from extracts.statistics.publication.building import Asked, Built, build
from extracts.statistics.rules import MAX_ATTEMPTS, REMIND_AFTER_DAYS, RENEWED, TRANSITIONS, UNCHANGED, WAITING

log = logging.getLogger(__name__)

JOB = "statistics.make_edition"
PUBLISHER = "Data Access Request Service: Diagnostic Imaging Dataset"


def move(edition: Edition, state: str) -> None:
    """To a state that the table allows from where the edition is; otherwise WrongState. The caller saves it."""
    if (edition.state, str(state)) not in TRANSITIONS:
        raise WrongState(f"This edition is “{edition.get_state_display()}”: that cannot be done now.")
    edition.state = state


def note(edition: Edition, kind: str, by: User | None = None, **payload: object) -> None:
    """The event of a change."""
    record(kind, by=by, subject=edition, month=edition.publication.month, number=edition.number, **payload)


def title(month: str) -> str:
    """What the publication of a month is called."""
    return f"Diagnostic Imaging Dataset statistics, {times.month(month)}"


def sweep() -> None:
    """All that is due now. Called any number of times."""
    open_due()
    with transaction.atomic():
        for edition in leases.due(Edition.objects.select_for_update(of=("self",)).filter(state=Edition.State.MAKING)):
            leases.wake(edition, JOB)
            edition.save()
    for edition_id in Edition.objects.filter(state__in=("draft", "approved")).values_list("pk", flat=True):
        _keep_up(edition_id)
    for edition_id in Edition.objects.filter(state__in=WAITING).values_list("pk", flat=True):
        _chase(edition_id)


def open_due() -> Edition | None:
    """Begins the publication of the newest month that is due, once: None if there is none or it was begun."""
    try:
        version = current_data_version()
    except WrongState:
        return None
    month = months.due(counting.months_held(bindings(version.id)), clock.today())
    if not month or Publication.objects.filter(month=month).exists():
        return None
    try:
        with transaction.atomic():
            publication = Publication.objects.create(month=month, created_at=clock.now())
            return begin_edition(publication, number=1)
    except IntegrityError:  # somebody else did
        return None


def begin_edition(publication: Publication, *, number: int, reason: str = "", by: User | None = None) -> Edition:
    """A new edition, to be made by a job. In the caller's transaction."""
    edition = Edition.objects.create(
        publication=publication, number=number, reason=reason, asked_by=by, asked_at=clock.now()
    )
    leases.wake(edition, JOB)
    edition.save()
    note(edition, "edition.asked", by)
    return edition


def make(edition_id: int) -> None:
    """Makes the draft, if nobody else does and it is not made yet."""
    lease = _begin(edition_id)
    if lease is None:
        return
    try:
        with lease.kept():
            _make(Edition.objects.select_related("publication").get(pk=edition_id), lease)
    except LeaseLost:
        log.info("edition %s is in other hands", edition_id)
    except DatabaseError:
        raise Retry(settings.JOB_LEASE_SECONDS + 1) from None
    except Exception as error:  # whatever it is: the edition fails closed, and its row says what kind
        log.exception("edition %s could not be made", edition_id)
        _failed(lease, str(error) if isinstance(error, CountFailed) else type(error).__name__)


@transaction.atomic
def _begin(edition_id: int) -> Lease | None:
    edition = Edition.objects.select_for_update(of=("self",)).filter(pk=edition_id).first()
    if edition is None or edition.state != Edition.State.MAKING or not leases.is_free(edition):
        return None
    if edition.attempts >= MAX_ATTEMPTS:
        _give_up(edition, "worker_lost")
        return None
    lease = leases.take(edition)
    edition.save()
    note(edition, "edition.begun", attempt=edition.attempts)
    return lease


def _make(edition: Edition, lease: Lease) -> None:
    with reading():
        month, version, opt_outs_at = edition.publication.month, current_data_version(), clock.now()
        # Statistics identify nobody, so the national opt-out does not apply to them; the dataset's own always does.
        left_out = opted_out(version.id, national=False, purpose="publication", by=None)
        bound = bindings(version.id)
        asked = Asked(month, counting.months_held(bound)[0], counting.provider_names(bound))
        counts = counting.count(bound, str(left_out.path), asked.months)
    proposing = Proposing()
    built = build(counts, asked, proposing.protect)
    submitted = [
        {provider for of, provider, *_ in counts.activity if of == one} for one in (months.before(month, 1), month)
    ]
    cover = spreadsheets.Cover(title(month), _cover_lines(edition, asked), opt_outs_at)
    made = files.make(built.tables, cover=cover, stem=f"did-statistics-{month}", publisher=PUBLISHER)
    kept = {
        "data_version": version.id,
        "data_version_label": version.label,
        "opt_out_version": left_out.version,
        "opt_outs_at": opt_outs_at,
        "missing": sorted(submitted[0] - submitted[1]),
        "proposal": proposing.proposal(built.protected),
    }
    _finish(lease, built, made, kept)


def _cover_lines(edition: Edition, asked: Asked) -> tuple[str, ...]:
    first = f"Months: {times.months(asked.rolling[0], asked.rolling[-1])}. Edition {edition.number}."
    counted = "Counts are of imaging tests. Patients who opted out of the Diagnostic Imaging Dataset are left out."
    rounding = "Counts for England are exact; counts for providers are rounded to the nearest 5."
    return (first, counted, rounding, *([f"Why this edition: {edition.reason}"] if edition.reason else []))


@transaction.atomic
def _finish(lease: Lease, built: Built, made: list[files.Made], kept: dict[str, object]) -> None:
    edition = lease.hold()
    for name, value in kept.items():
        setattr(edition, name, value)
    if edition.reason == RENEWED and _stays_as_it_is(edition, files.digest(built.tables)):
        return
    move(edition, Edition.State.DRAFT)
    edition.tables = [table.as_json() for table in built.tables]
    edition.sha256 = files.digest(built.tables)
    edition.left_out = list(built.left_out)
    before = selectors.edition_before(edition)
    found: dict[str, int] = {}
    for change in comparing.changes(before.as_tables, built.tables) if before else ():
        found[change.table] = found.get(change.table, 0) + 1
    edition.changed = [list(pair) for pair in found.items()]
    edition.made_at, edition.failure, edition.attempts = clock.now(), "", 0
    leases.let_go(edition)
    edition.save()
    edition.files.all().delete()
    EditionFile.objects.bulk_create(
        EditionFile(
            edition=edition,
            name=file.name,
            media_type=file.media_type,
            content=file.content,
            size=len(file.content),
            sha256=file.sha256,
            words=file.words,
        )
        for file in made
    )
    note(
        edition,
        "edition.drafted",
        data_version=edition.data_version_label,
        opt_out_version=edition.opt_out_version,
        tables=len(built.tables),
        sha256=edition.sha256,
    )
    _tell(edition, "edition.draft", "waits for approval", "Look at what changed, and approve it or set it aside.")


def _stays_as_it_is(edition: Edition, sha256: str) -> bool:
    """Sets a renewal aside that shows what is in force already, which is then known to count nobody erased."""
    same = edition.publication.editions.filter(state=Edition.State.PUBLISHED, sha256=sha256)
    if not same.update(opt_outs_at=edition.opt_outs_at):
        return False
    move(edition, Edition.State.SET_ASIDE)
    edition.stopped_at, edition.stopped_because, edition.proposal = clock.now(), UNCHANGED, {}
    leases.let_go(edition)
    edition.save()
    note(edition, "edition.set_aside")
    return True


@transaction.atomic
def _failed(lease: Lease, reason: str) -> None:
    try:
        edition = lease.hold()
    except LeaseLost:
        return
    _give_up(edition, reason[:60])


def _give_up(edition: Edition, reason: str) -> None:
    move(edition, Edition.State.FAILED)
    edition.failure = reason
    edition.tables, edition.proposal = [], {}  # of an earlier making: they may count people erased since
    edition.files.all().delete()
    leases.let_go(edition)
    edition.save()
    note(edition, "edition.failed", reason=reason)
    _tell(
        edition, "edition.failed", "could not be made", "Nothing was published. Try again, or tell who runs the jobs."
    )


def _tell(edition: Edition, kind: str, what: str, text: str) -> None:
    subject = f"{title(edition.publication.month)}: edition {edition.number} {what}"
    link = reverse("publications:edition", args=[edition.pk])
    notify(people=selectors.officers(), kind=kind, subject=subject, text=text, link=link)


def remake(edition: Edition, reason: str, by: User | None = None) -> None:
    """A locked draft or approved edition is made from the newest data and opt-outs; an approval of it is void."""
    move(edition, Edition.State.MAKING)
    edition.approved_by = edition.approved_at = edition.publish_at = None
    edition.attempts = 0
    leases.wake(edition, JOB)
    edition.save()
    note(edition, "edition.remade", by, reason=reason)


@transaction.atomic
def _keep_up(edition_id: int) -> None:
    """Makes one anew whose opt-outs are out of date, or beside which something came out; publishes what is due."""
    edition = Edition.objects.select_for_update(of=("self",)).get(pk=edition_id)
    if edition.state not in (Edition.State.DRAFT, Edition.State.APPROVED):
        return
    if opt_outs_changed_since(edition.opt_outs_at):
        remake(edition, "opt_outs")
    elif is_stale(edition.proposal):
        remake(edition, "tables_released")
    elif edition.state == Edition.State.APPROVED and edition.publish_at <= clock.now():
        publish(edition)


@transaction.atomic
def _chase(edition_id: int) -> None:
    """Reminds officers of one that still waits for them, once at each mark: what it would replace stays in force."""
    edition = Edition.objects.select_for_update(of=("self",)).get(pk=edition_id)
    days = waiting_reminder(clock.day_of(edition.asked_at), clock.today(), REMIND_AFTER_DAYS)
    if edition.state not in WAITING or not days or not first_time(f"edition:{edition.pk}", str(days)):
        return
    note(edition, "edition.chased", days=days)
    before = edition.publication.editions.filter(state=Edition.State.PUBLISHED).first()
    stays = f"Until then edition {before.number} stays in force. " if before else "Until then nothing is published. "
    what = "has waited for approval" if edition.state == Edition.State.DRAFT else "could not be made, and has waited"
    renewed = "It counts patients who have opted out since. " if before and edition.reason == RENEWED else ""
    _tell(edition, "edition.reminder", f"{what} for {days} days", f"{stays}{renewed}Decide on it, or set it aside.")


def publish(edition: Edition) -> None:
    """A locked, approved edition comes out, in the place of the one before it, and its cells go into the ledger.

    Raises WrongState if other tables came out that it was not protected beside.
    """
    reference = f"statistics of {edition.publication.month}, edition {edition.number}"
    release_tables(edition.proposal, reference=reference, data_version=edition.data_version_label)
    before = edition.publication.editions.select_for_update().filter(state=Edition.State.PUBLISHED).first()
    if before is not None:
        move(before, Edition.State.SUPERSEDED)
        before.save()
        note(before, "edition.superseded")
    move(edition, Edition.State.PUBLISHED)
    edition.published_at, edition.proposal = clock.now(), {}
    edition.save()
    note(edition, "edition.published", sha256=edition.sha256)
