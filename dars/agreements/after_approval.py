"""The stage of an approved case, told from its agreement: signatures, in force, data, released, over. Reads."""

from dars.agreements.flow import Flow, Step, flow_of
from dars.agreements.models import Agreement
from dars.agreements.papers import party_name
from dars.agreements.presenters import state_words
from dars.agreements.rules import State
from dars.applications.public import AGREEMENT_STEP, DATA_STEP, After, Application
from dars.core import clock, times

MOST_NAMED = 3
SERVICE = "The data production team"


def after_approval(application: Application) -> After | None:
    """Where the case stands by its latest agreement; None while there is none."""
    agreement = Agreement.objects.filter(application=application).order_by("-pk").first()
    if agreement is None:
        return None
    match State(agreement.state):
        case State.ISSUED:
            return _issued(agreement)
        case State.IN_FORCE:
            return _in_force(agreement, flow_of(agreement))
        case State.SUSPENDED:
            return _suspended(agreement)
    return _over(agreement)


def _both(step: str, who: str, words: str, **more: object) -> After:
    return After(step, who, words, words, **more)


def _issued(agreement: Agreement) -> After:
    waiting = list(agreement.signatures.filter(signed_at=None).select_related("organisation").order_by("pk"))
    first = {"due": agreement.starts_on, "note": "the first day of the agreement; no data flow before all have signed"}
    if not waiting:
        words = f"Everyone has signed {agreement.reference}. It comes into force on its first day."
        return _both(AGREEMENT_STEP, "", words, **first)
    parties = list(dict.fromkeys(party_name(place) for place in waiting))
    named, more = parties[:MOST_NAMED], len(parties) - MOST_NAMED
    who = " and ".join(filter(None, [", ".join(named[:-1]), named[-1]])) if more <= 0 else ", ".join(named)
    who += f" and {more} more" if more > 0 else ""
    words = (
        f"{agreement.reference} is to be signed. It comes into force when everyone named has signed, and the data are "
        "then written and released."
    )
    late = clock.today() > agreement.starts_on
    return _both(AGREEMENT_STEP, f"Signatories of {who}", words, **({} if late else first))


def _in_force(agreement: Agreement, flow: Flow | None) -> After:
    of = f" for {flow.period}" if flow and flow.period else ""
    step = flow.step if flow else Step.PREPARING
    until = {"due": agreement.ends_on, "note": "the last day of the agreement"}
    if step is Step.RELEASED:
        words = (
            f"The data{of} were released on {times.day(flow.released_on)}."
            if flow.released_on
            else "They are released."
        )
        words += " Recipients download them for as long as the agreement is in force."
        words += " The next delivery follows by itself." if flow.again else ""
        return _both(DATA_STEP, "Recipients, and whoever writes about the results", words, word="Released", **until)
    told = {
        Step.PREPARING: f"The agreement is in force. The data{of} are being prepared.",
        Step.CHECKING: f"The data{of} are written. A colleague who did not write them checks them before release.",
        Step.DELAYED: f"The data{of} are delayed: staff of the service see to it. You need do nothing.",
    }[step]
    return _both(DATA_STEP, SERVICE, told)


def _suspended(agreement: Agreement) -> After:
    words = f"{agreement.reference} is suspended, so no data flow. The page of the agreement says why."
    step = DATA_STEP if agreement.in_force_at else AGREEMENT_STEP
    return _both(step, "Whoever the page of the agreement names", words, word="Suspended")


def _over(agreement: Agreement) -> After:
    words = {
        State.SUPERSEDED: f"A new version has taken the place of {agreement.reference}.",
        State.EXPIRED: f"{agreement.reference} expired on {times.day(agreement.ends_on)}. The data must be destroyed.",
        State.ENDED: f"{agreement.reference}: {state_words(agreement).lower()}. The data must be destroyed.",
    }[State(agreement.state)]
    return _both(DATA_STEP if agreement.in_force_at else AGREEMENT_STEP, "", words, word="Ended")
