"""Where the pages of correspondence are, for notices. Nothing else."""

from typing import TYPE_CHECKING

from django.urls import reverse

if TYPE_CHECKING:
    from dars.applications.public import Application
    from dars.correspondence.models import Comment


def changes_page(application: "Application") -> str:
    return reverse("correspondence:changes", args=[application.reference])


def comment_page(comment: "Comment") -> str:
    """The page of the thread."""
    return reverse("correspondence:comment", args=[comment.application.reference, comment.parent_id or comment.pk])
