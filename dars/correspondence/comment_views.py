"""Pages of comments: the list, a thread with its reply, a new one, resolving, redacting. And the list as JSON."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from dars.applications.public import Application, get, latest_revision, record_view
from dars.core.errors import Invalid, NotAllowed
from dars.correspondence import presenters, rules, selectors, services
from dars.correspondence.forms import CommentForm, RedactCommentForm, RedactForm, ReplyForm
from dars.correspondence.models import Comment
from dars.correspondence.views import form_page, sent, status_of

PUBLIC, INTERNAL = "public", "internal"
_WHICH = {selectors.OPEN: "Open", selectors.RESOLVED: "Resolved", selectors.ALL: "All"}


@require_safe
def comments(request: HttpRequest, reference: str) -> HttpResponse:
    """The threads of a case, a page at a time."""
    application = get(reference, user=request.user)
    record_view(application=application, by=request.user)
    which = request.GET.get("which", selectors.OPEN)
    which = which if which in _WHICH else selectors.OPEN
    writer = selectors.writer(request.user, application)
    context = {
        "application": application,
        "page": selectors.page_of_threads(request.user, application, which, request.GET.get("page", "1")),
        "which": which,
        "kinds": _WHICH,
        "writer": writer,
        "may_comment": writer.writes_public or writer.writes_internal,
    }
    return render(request, "correspondence/comments.html", context)


@form_page
def new(request: HttpRequest, reference: str) -> HttpResponse:
    """Begins a thread about a question, a section or the whole application."""
    application = get(reference, user=request.user)
    writer = selectors.writer(request.user, application)
    if not (writer.writes_public or writer.writes_internal):
        raise NotAllowed("You may not comment on this case.")
    about = _about(application)
    audiences = _audiences(writer)
    first = f"{request.GET.get('section', '')}/{request.GET.get('question', '')}"
    initial = {"about": first, "audience": audiences[0][0] if len(audiences) == 1 else None}
    form = CommentForm(sent(request), about=about, audiences=audiences, initial=initial)
    if request.method == "POST" and form.is_valid():
        section, _, question = form.cleaned_data["about"].partition("/")
        try:
            made = services.add_comment(
                application=application,
                section=section,
                question=question,
                text=form.cleaned_data["text"],
                internal=form.cleaned_data["audience"] == INTERNAL,
                by=request.user,
            )
        except Invalid as refused:
            form.add_error(refused.field if refused.field in form.fields else None, refused.message)
        else:
            messages.success(request, "Your comment is added.")
            return redirect("correspondence:comment", reference, made.pk)
    context = {"application": application, "form": form, "writer": writer}
    return render(request, "correspondence/new_comment.html", context, status=status_of(form))


def _about(application: Application) -> list[tuple[str, str]]:
    choices = [("/", "The whole application")]
    headings: dict[str, str] = {}
    for each in selectors.of_revision(latest_revision(application)):
        if each.section not in headings:
            headings[each.section] = each.heading
            choices.append((f"{each.section}/", f"{each.heading} (the whole section)"))
        choices.append((f"{each.section}/{each.question}", each.words))
    return choices


def _audiences(writer: rules.Writer) -> list[tuple[str, str]]:
    public = [(PUBLIC, "The applicant, and colleagues on the case")] if writer.writes_public else []
    return public + ([(INTERNAL, "Colleagues on the case only")] if writer.writes_internal else [])


@form_page
def comment(request: HttpRequest, reference: str, comment_id: int) -> HttpResponse:
    """One thread, and the reply."""
    application = get(reference, user=request.user)
    found = selectors.comment(comment_id, user=request.user, application=application)
    if found.parent_id:
        return redirect("correspondence:comment", reference, found.parent_id)
    writer = selectors.writer(request.user, application)
    may_write = writer.writes_internal if found.internal else writer.writes_public
    form = ReplyForm(sent(request))
    if request.method == "POST" and form.is_valid():
        services.reply(comment=found, text=form.cleaned_data["text"], by=request.user)
        messages.success(request, "Your reply is added.")
        return redirect("correspondence:comment", reference, found.pk)
    if request.method == "POST" and not may_write:
        raise NotAllowed("You may not comment on this case.")
    if request.method != "POST":
        record_view(application=application, by=request.user)
    context = {
        "application": application,
        "thread": found,
        "replies": list(selectors.comments_of(request.user, application).filter(parent=found).order_by("pk")),
        "form": form if may_write else None,
        "writer": writer,
        "may_resolve": may_write and (not writer.team or found.from_applicant),
    }
    return render(request, "correspondence/comment.html", context, status=status_of(form))


@require_POST
def resolve(request: HttpRequest, reference: str, comment_id: int) -> HttpResponse:
    """Closes a thread, or opens it again."""
    application = get(reference, user=request.user)
    found = selectors.comment(comment_id, user=request.user, application=application)
    resolved = request.POST.get("resolved") != "no"
    services.resolve(comment=found, resolved=resolved, by=request.user)
    messages.success(request, "The comment is resolved." if resolved else "The comment is open again.")
    return redirect("correspondence:comment", reference, found.parent_id or found.pk)


@form_page
def redact(request: HttpRequest, reference: str, comment_id: int) -> HttpResponse:
    """Takes the words of a comment away, with a reason."""
    application = get(reference, user=request.user)
    found = selectors.comment(comment_id, user=request.user, application=application)
    rules.check_may_redact(selectors.writer(request.user, application))
    form = RedactCommentForm(sent(request))
    if request.method == "POST" and form.is_valid():
        services.redact_comment(comment=found, reason=form.cleaned_data["reason"], by=request.user)
        messages.success(request, "The words of the comment are gone for good.")
        return redirect("correspondence:comment", reference, found.parent_id or found.pk)
    context = {"application": application, "comment": found, "form": form}
    return render(request, "correspondence/redact_comment.html", context, status=status_of(form))


@form_page
def redact_case(request: HttpRequest, reference: str) -> HttpResponse:
    """Takes an answer of a revision, or a document, away for good."""
    application = get(reference, user=request.user)
    rules.check_may_redact(selectors.writer(request.user, application))
    rows = selectors.revision_rows(application)
    wanted = (request.POST if request.method == "POST" else request.GET).get("revision", "")
    number = int(wanted) if wanted.isdecimal() and int(wanted) in {row.number for row in rows} else 0
    number = number or (rows[0].number if rows else 0)
    form = RedactForm(sent(request), things=presenters.redactable(application, number), initial={"revision": number})
    if request.method == "POST" and form.is_valid():
        try:
            services.redact_in_case(application=application, by=request.user, **form.cleaned_data)
        except Invalid as refused:
            form.add_error(None, refused.message)
        else:
            messages.success(request, "It is gone for good. The place says that it was redacted.")
            return redirect("applications:case", reference)
    if request.method != "POST":
        record_view(application=application, by=request.user)
    context = {"application": application, "form": form, "revisions": rows, "number": number}
    return render(request, "correspondence/redact.html", context, status=status_of(form))


class CommentList(APIView):
    """The threads of a case as the person may read them, a page at a time (`page`, `which`)."""

    def get(self, request: Request, reference: str) -> Response:
        application = get(reference, user=request.user)
        record_view(application=application, by=request.user)
        which = request.query_params.get("which", selectors.ALL)
        which = which if which in _WHICH else selectors.ALL
        page = selectors.page_of_threads(request.user, application, which, request.query_params.get("page", "1"))
        threads = [{**_told(row), "replies": [_told(reply) for reply in row.replies.all()]} for row in page]
        return Response({"page": page.number, "pages": page.paginator.num_pages, "comments": threads})


def _told(comment: Comment) -> dict[str, Any]:
    return {
        "id": comment.pk,
        "section": comment.section,
        "question": comment.question,
        "about": comment.label,
        "internal": comment.internal,
        "by": comment.by.name,
        "at": comment.at,
        "text": comment.text,
        "resolved": comment.resolved_at is not None,
        "redacted_at": comment.redacted_at,
    }
