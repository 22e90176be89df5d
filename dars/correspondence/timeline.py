"""The words for events of correspondence on a timeline. Those about internal comments are for colleagues alone."""

from collections.abc import Callable
from typing import Any

from dars.applications.public import called


def _about(words: str) -> Callable[[dict[str, Any]], str]:
    """Names the question, which the event holds by its keys."""
    return lambda payload: f"{words}: {called(payload['section'], payload['question'])}"


FOR_ALL = {
    "change.requested": _about("A change was asked for"),
    "change.answered": _about("The applicant said what was changed"),
    "comment.added": "A comment was written",
    "comment.replied": "A comment was replied to",
    "comment.resolved": "A comment was resolved",
    "comment.reopened": "A comment was opened again",
    "comment.redacted": "A comment was redacted",
}
FOR_COLLEAGUES = {
    "internal_comment.added": "An internal comment was written",
    "internal_comment.replied": "An internal comment was replied to",
    "internal_comment.resolved": "An internal comment was resolved",
    "internal_comment.reopened": "An internal comment was opened again",
    "internal_comment.redacted": "An internal comment was redacted",
}
