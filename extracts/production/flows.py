"""How far the data of an agreement are, for the page of its case. Reads only; loads no libraries for data."""

from dars.agreements.public import Agreement, Flow, FlowStep
from dars.core import clock
from extracts.production.models import Run
from extracts.production.rules import ONCE, period_in_words

_STEPS = {
    Run.State.WRITTEN: FlowStep.CHECKING,
    Run.State.CLEARED: FlowStep.CHECKING,
    Run.State.SHELVED: FlowStep.CHECKING,
    Run.State.HELD: FlowStep.DELAYED,
    Run.State.FAILED: FlowStep.DELAYED,
    Run.State.RELEASED: FlowStep.RELEASED,
}


def flow(agreement: Agreement) -> Flow | None:
    """The latest delivery under the agreement that was not purged; None while there is none."""
    run = Run.objects.filter(agreement=agreement).exclude(state=Run.State.PURGED).order_by("-pk").first()
    if run is None:
        return None
    return Flow(
        step=_STEPS.get(Run.State(run.state), FlowStep.PREPARING),
        period=period_in_words(run.period),
        again=run.period != ONCE,
        released_on=clock.day_of(run.released_at) if run.released_at else None,
    )
