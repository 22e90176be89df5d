"""Which buttons there are, and where two people press each at the same moment: in the world of the permission matrix,
or as a deed of the walks where nobody may press it in that world as it stands."""

from tests.security.matrix import MATRIX, NOBODY, SIGNED_IN, Gets, Row

# Presses: (the row of the matrix, who presses first, who second).
Pair = tuple[Row, str, str]

# By an address: the deed of the walks that it does, from the stage at which that can be done.
LATER = {
    "applications:withdraw": "withdraw",
    "panels:cancel": "cancel_meeting",
    "panels:publish-minutes": "publish_minutes",
    "panels:confirm-precedent": "confirm_precedent",
    "agreements:lift": "lift",
    "agreements:replace": "replace_signatory",
    "agreements:pseudonyms": "propose_pseudonyms",
    "agreements:renewal": "renew_instead",
    "oversight:close-audit": "close_audit",
    "production:retry": "retry_run",
    "production:check": "clear_output",
    "production:write-again": "write_again",
    "delivery:retry": "retry_package",
}
# One's own session: whoever signs in or out twice is signed in or out.
NOT_PRESSED = {"accounts:sign-in", "accounts:sign-out"}


def may(row: Row, *answers: Gets) -> list[str]:
    """Who gets one of the answers to a post. Whoever has no account joins by a letter."""
    people = [actor for actor in SIGNED_IN if row.post.of(actor) in answers and actor != "superuser"]
    return people or ([NOBODY] if row.post.of(NOBODY) in answers else [])


def pairs() -> list[Pair]:
    """Each address that somebody may post to, with two who may; the same person twice where there is but one."""
    found = []
    for row in MATRIX:
        able = may(row, Gets.OK)
        if able and row.name not in NOT_PRESSED:
            found.append((row, able[0], able[1 % len(able)]))
    return found


def left_out() -> set[str]:
    """Addresses that somebody may post to, if not now, and that nobody presses."""
    posts = {row.name for row in MATRIX if may(row, Gets.OK, Gets.CONFLICT)}
    return posts - {row.name for row, _, _ in pairs()} - set(LATER) - NOT_PRESSED
