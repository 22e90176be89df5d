"""The Caldicott Guardian's opinion on a disclosure in the public interest: once for a revision, before its decision."""

from django.db import transaction

from dars.accounts.public import User
from dars.applications.public import Application
from dars.audit.public import record
from dars.core import clock
from dars.core.errors import Invalid, NotAllowed, WrongState
from dars.panels import selectors, telling
from dars.panels.models import Opinion
from dars.panels.rules import GUARDIANS, OPINION_SOURCE, Part
from dars.panels.taking import taking


@transaction.atomic
def give_opinion(*, application: Application, revision: int, supports: bool, words: str, by: User) -> Opinion:
    """What the Caldicott Guardian or a delegate says of the revision. It cannot be changed.

    Possible for every case before the panel or with its advice; an approval needs it where the request relies on
    disclosure in the public interest (`require_opinion`). Whoever gives it does not decide the case.
    """
    row, seen = taking(Part.OPINE, application, revision, by)
    require_guardian(by)
    if selectors.opinion_on(row, revision) is not None:
        raise WrongState("The Caldicott Guardian’s opinion on this revision is on record already.")
    if not words.strip():
        raise Invalid("Give the reasons for your opinion.", field="words", rule="required")
    opinion = Opinion.objects.create(
        application=row,
        revision=seen.number,
        guardian=by,
        office=selectors.office_of(by),
        supports=supports,
        words=words.strip(),
        given_at=clock.now(),
    )
    record("opinion.given", by=by, subject=row, case=row.reference, revision=revision, supports=supports)
    telling.opinion_given(row, opinion)
    return opinion


def require_guardian(user: User) -> None:
    """Raises NotAllowed for whoever does not decide in the Caldicott Guardian's name."""
    if selectors.office_of(user) not in GUARDIANS:
        raise NotAllowed("Only the Caldicott Guardian or a delegate gives this opinion.")


def may_give(user: User, application: Application, revision: int) -> bool:
    """Whether the person may give the opinion now: by office, by their ties to the case, and while there is none."""
    if application.state not in selectors.STATES_FOR[Part.OPINE] or selectors.office_of(user) not in GUARDIANS:
        return False
    return selectors.opinion_on(application, revision) is None and not selectors.why_not(Part.OPINE, user, application)


def missing_opinion(application: Application, revision: int) -> str:
    """Why the case may not be approved yet, as far as the Caldicott Guardian is concerned; empty if it may."""
    if not selectors.relies_on_public_interest(application, revision):
        return ""
    opinion = selectors.opinion_on(application, revision)
    first = (
        "The request relies on disclosure in the public interest, which goes to the Caldicott Guardian first "
        f"({OPINION_SOURCE})."
    )
    if opinion is None:
        return f"{first} The opinion is not on record yet."
    if not opinion.supports:
        return f"{first} The opinion is that it may not be disclosed."
    return ""


def require_opinion(application: Application, revision: int) -> None:
    """Raises WrongState, with the reason, where an approval has to wait for the opinion or goes against it."""
    missing = missing_opinion(application, revision)
    if missing:
        raise WrongState(missing, rule="opinion")
