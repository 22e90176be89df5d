"""What reviewers, panel members and approvers write into the audit trail. The words they give stay in the case."""

EVENTS: dict[str, tuple[str, ...]] = {
    "review.recorded": ("revision", "outcome"),
    "interest.declared": (),
    "vote.cast": ("revision", "choice"),
    "advice.recorded": ("revision", "outcome", "votes"),
    "decision.made": ("revision", "outcome", "spec_sha256"),
}
