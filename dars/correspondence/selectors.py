"""Reads of correspondence. `comments_of` is the only way to comments: it alone knows who may see internal ones."""

from django.core.paginator import Page, Paginator
from django.db.models import Prefetch, Q, QuerySet

from dars.accounts.public import User
from dars.applications.public import (
    GIVEN_BY_APPLICANTS,
    Application,
    Attachment,
    Move,
    Nameable,
    Redaction,
    Revision,
    State,
    changeable,
    latest_revision,
    may_edit,
    moves,
    nameable,
    sees_internal,
    team,
)
from dars.core.errors import NotFound
from dars.core.permissions import role_rights
from dars.core.roles import LABELS, ROLES, Role
from dars.correspondence.models import ChangeRequest, Comment
from dars.correspondence.rules import THREADS_A_PAGE, Writer

OPEN, RESOLVED, ALL = "open", "resolved", "all"


def writer(user: User, application: Application) -> Writer:
    """What the person is before the case."""
    ours = may_edit(user, application)
    return Writer(team=ours, colleague=not ours and sees_internal(user, application), rights=role_rights(user))


def comments_of(user: User, application: Application) -> QuerySet[Comment]:
    """The comments that the person may read, who may read the application: internal ones without a conflict only."""
    return _comments(application, internal=sees_internal(user, application))


def _comments(application: Application, *, internal: bool) -> QuerySet[Comment]:
    comments = Comment.objects.filter(application=application).select_related("by", "redacted_by", "resolved_by")
    return comments if internal else comments.filter(internal=False)


def threads(user: User, application: Application, which: str = OPEN) -> QuerySet[Comment]:
    """What begins a thread, newest first, with its replies."""
    internal = sees_internal(user, application)
    replies = Prefetch("replies", _comments(application, internal=internal).order_by("pk"))
    found = _comments(application, internal=internal).filter(parent=None).order_by("-pk").prefetch_related(replies)
    return found if which == ALL else found.filter(resolved_at__isnull=which == OPEN)


def page_of_threads(user: User, application: Application, which: str, number: str) -> Page:
    """One page of threads, in a fixed number of queries."""
    return Paginator(threads(user, application, which), THREADS_A_PAGE).get_page(number)


def comment(pk: int, *, user: User, application: Application) -> Comment:
    """The comment if the person may read it; otherwise NotFound, as if there were none."""
    found = comments_of(user, application).select_related("parent").filter(pk=pk).first()
    if found is None:
        raise NotFound("There is no such comment, or you may not see it.")
    return found


def requests_of(application: Application, revision: int | None = None) -> QuerySet[ChangeRequest]:
    """What was asked when the application was returned, of one revision or of all."""
    found = ChangeRequest.objects.filter(application=application).select_related("asked_by", "answered_by")
    return found if revision is None else found.filter(revision=revision)


def current_requests(application: Application) -> list[ChangeRequest]:
    """What the applicant has been asked to change now; empty unless the application is returned."""
    if application.state != State.RETURNED:
        return []
    last = latest_revision(application)
    return list(requests_of(application, last.number)) if last else []


def of_revision(revision: Revision | None) -> list[Nameable]:
    """The questions that may be named about what was submitted."""
    return nameable(revision.answers) if revision else []


def to_return(revision: Revision | None) -> list[Nameable]:
    """Those among them that may be named when the case is returned: an amendment has sections that stay as approved."""
    return changeable(revision) if revision else []


def revision_rows(application: Application) -> list[Revision]:
    """All revisions without what they hold, newest first."""
    kept = ("application", "number", "sha256", "spec_sha256", "submitted_at", "submitted_by__name")
    return list(application.revisions.select_related("submitted_by").only(*kept).order_by("-number"))


def revisions(application: Application, *numbers: int) -> dict[int, Revision]:
    """Whole revisions by number."""
    return {revision.number: revision for revision in application.revisions.filter(number__in=numbers)}


def colleagues_with(right: object, application: Application) -> list[User]:
    """The people whose role gives the right and who have no conflict with the case, for notices."""
    roles = [role.value for role in Role if right in ROLES[role]]
    people = User.objects.filter(groups__name__in=roles, is_active=True).distinct()
    return [person for person in people if sees_internal(person, application)]


def participants(thread: Comment, *, internal: bool) -> list[User]:
    """Whoever has written in the thread and may read it today."""
    ids = Comment.objects.filter(pk=thread.pk).values_list("by", flat=True)
    replied = Comment.objects.filter(parent=thread).values_list("by", flat=True)
    people = User.objects.filter(pk__in={*ids, *replied}, is_active=True)
    members = {person.pk for person in team(thread.application)}
    return [
        person
        for person in people
        if sees_internal(person, thread.application) or (not internal and person.pk in members)
    ]


def documents(application: Application) -> QuerySet[Attachment]:
    """The documents whose content is still there."""
    return application.attachments.exclude(stored="").order_by("pk")


def redactions(application: Application) -> list[Redaction]:
    """What was taken out of the application's revisions and documents."""
    of_it = Q(revision__application=application) | Q(attachment__application=application)
    of_it |= Q(move__application=application)
    found = Redaction.objects.filter(of_it).select_related("revision", "move", "by").prefetch_related("by__groups")
    return list(found.order_by("pk"))


def reasons_given(application: Application) -> list[Move]:
    """What the applicant gave as grounds of an appeal or as the reason of a withdrawal, and is still there."""
    given = moves(application).filter(to_state__in=GIVEN_BY_APPLICANTS, redaction=None)
    return [move for move in given if move.reason]


def role_in_words(user: User) -> str:
    """The role in which a colleague reviews, with its article, for what stands in the place of something redacted."""
    held = {group.name for group in user.groups.all()}
    reviewing = (Role.IG_REVIEWER, Role.PRODUCTION_REVIEWER)
    name = next((LABELS[role] for role in reviewing if role.value in held), "Reviewer")
    return f"{'an' if name[0] in 'AEIOU' else 'a'} {name[0].lower()}{name[1:]}"
