"""Submissions in words for the pages: what the state means, what failed and how often."""

from typing import Any

from extracts.collection.intake.did import DID
from extracts.collection.intake.failures import MOST_LISTED
from extracts.collection.intake.refused import REFUSALS
from extracts.collection.intake.rule import Severity
from extracts.collection.intake.run import all_rules
from extracts.collection.models import Submission

COLOURS = {
    Submission.State.QUEUED: "grey",
    Submission.State.RUNNING: "blue",
    Submission.State.ACCEPTED: "green",
    Submission.State.REPLACED: "grey",
    Submission.State.REFUSED: "red",
    Submission.State.FAILED: "red",
    Submission.State.EXPIRED: "grey",
}
EFFECTS = {Severity.REJECT: "Record rejected", Severity.WARNING: "Warning"}
_RULES = {rule.id: rule for rule in all_rules(DID)}


def page(submission: Submission) -> dict[str, Any]:
    """What the page of one submission shows."""
    return {
        "submission": submission,
        "colour": COLOURS[submission.state],
        "moving": submission.state in (Submission.State.QUEUED, Submission.State.RUNNING),
        "refusal_heading": REFUSALS.get(submission.refusal_rule, ""),
        "failures": failures(submission),
        "most_listed": MOST_LISTED,
    }


def failures(submission: Submission) -> list[dict[str, Any]]:
    """The rules that failed, those that rejected records first, then by how often."""
    rows = [
        {
            "rule": name,
            "count": number,
            "effect": EFFECTS[_RULES[name].severity],
            "rejects": _RULES[name].severity is Severity.REJECT,
            "fields": [DID.layout.field_names("csv")[field] for field in _RULES[name].fields],
            "message": _RULES[name].message,
            "source": _RULES[name].source,
        }
        for name, number in submission.failures.items()
    ]
    return sorted(rows, key=lambda row: (not row["rejects"], -row["count"]))
