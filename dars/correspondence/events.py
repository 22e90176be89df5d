"""What correspondence writes into the audit trail: which question, never what was said about it.

Events about internal comments are kinds of their own, so that no timeline of the applicant's shows that there are any.
"""

_ABOUT = ("comment", "section", "question")
_COMMENT = {
    "added": _ABOUT,
    "replied": _ABOUT,
    "resolved": _ABOUT,
    "reopened": _ABOUT,
    "redacted": (*_ABOUT, "reason"),
}
EVENTS: dict[str, tuple[str, ...]] = {
    "change.requested": ("revision", "section", "question"),
    "change.answered": ("revision", "section", "question"),
    **{f"comment.{verb}": keys for verb, keys in _COMMENT.items()},
    **{f"internal_comment.{verb}": keys for verb, keys in _COMMENT.items()},
}
