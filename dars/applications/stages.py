"""Where a case stands in words, who acts next, and by when: the one table of stages. Pure: no database, no clock."""

import datetime as dt
from dataclasses import dataclass

from dars.applications.rules import State

# No service level is published for the steps of a case, so every one below is an assumption of this service.
SOURCE = "unverified"
SATURDAY = 5

APPLICANT = "The applicant"


@dataclass(frozen=True)
class Stage:
    """One state: the step it belongs to, who acts next, what happens then, and in how many working days.

    told: said to the applicant. staff: said to everybody else. days: None where nobody is bound to a day.
    """

    step: str
    who: str
    told: str
    staff: str
    days: int | None = None


# The way of a case, as shown at the top of its page.
STEPS = ("Application", "Review", "Panel", "Decision", "Agreement", "Data")
APPLICATION, REVIEW, PANEL, DECISION, AGREEMENT, DATA = STEPS

STAGES: dict[State, Stage] = {
    State.DRAFT: Stage(
        APPLICATION,
        APPLICANT,
        "Answer every question, check your answers and submit the application.",
        "The applicant is still answering the questions.",
    ),
    State.IN_REVIEW: Stage(
        REVIEW,
        "Information governance and data production",
        "Reviewers read the application. They send it on, or return it to you with the questions to change.",
        "Review the application: send it on, or return it with the questions to change.",
        10,
    ),
    State.RETURNED: Stage(
        APPLICATION,
        APPLICANT,
        "Change the answers that are named, say what you changed, and submit the application again.",
        "The applicant changes the answers that were named and submits again.",
        20,
    ),
    State.WITH_PANEL: Stage(
        PANEL,
        "The panel",
        "The panel reads the application and advises whoever decides.",
        "The panel meets, votes and advises.",
        20,
    ),
    State.SHORT_ROUTE: Stage(
        DECISION,
        "An approver",
        "The application meets a written precedent of the panel, so an approver decides without a meeting, unless the "
        "panel pulls it back.",
        "An approver decides under the precedent, unless the panel pulls the case back to a meeting.",
        5,
    ),
    State.ADVISED: Stage(
        DECISION,
        "An approver",
        "An approver, who is not on the panel, decides.",
        "An approver, who is not on the panel, decides.",
        5,
    ),
    State.APPROVED: Stage(
        AGREEMENT,
        "Everyone who signs",
        "The agreement is drawn up. Everyone named signs it, and the extract is then written and released.",
        "The agreement is drawn up. Everyone named signs it, and the extract is then written and released.",
    ),
    State.REFUSED: Stage(
        DECISION,
        "",
        "The application is closed. If you may still appeal, this page says until when. You may start another one.",
        "The application is closed.",
    ),
    State.APPEALED: Stage(
        DECISION,
        "An approver who did not refuse it",
        "An approver who has not refused the application decides on your appeal.",
        "An approver who has not refused the application decides on the appeal.",
        20,
    ),
    State.WITHDRAWN: Stage(
        APPLICATION,
        "",
        "The application is closed. You may start another one.",
        "The applicant has withdrawn the application.",
    ),
}


@dataclass(frozen=True)
class After:
    """Where an approved case stands now. `step`: AGREEMENT or DATA. `who`: who acts next, "" where nobody has to.

    due: the day by which, with `note` saying whose day that is; None where there is none. binding: whether it can be
    missed. word: beside the step, where "In progress" would be wrong.
    """

    step: str
    who: str
    told: str
    staff: str
    due: dt.date | None = None
    note: str = ""
    binding: bool = False
    word: str = ""


DONE, NOW, LATER, SKIPPED = "Completed", "In progress", "Not started", "Not needed"
# The word beside the step at which a case ended, where "In progress" would be wrong.
_ENDS = {State.REFUSED: "Refused", State.WITHDRAWN: "Withdrawn"}


@dataclass(frozen=True)
class Step:
    """One step of the way, with a word for how far it is."""

    name: str
    status: str
    current: bool = False


@dataclass(frozen=True)
class Progress:
    """What the top of the page says. `due` None: nobody is bound to a day. `days`: the service level; `note`: what else
    the day comes from."""

    steps: list[Step]
    who: str
    text: str
    due: dt.date | None
    overdue: bool
    days: int | None
    note: str = ""


def progress(
    state: State,
    *,
    since: dt.date,
    today: dt.date,
    team: bool,
    before: State | None = None,
    short: bool = False,
    after: After | None = None,
) -> Progress:
    """since: the day of the latest change of state. before: the state then left. short: the panel was not asked.

    after: what an approval has led to; it then says all.
    """
    stage = STAGES[state]
    if after is not None and state is State.APPROVED:
        return Progress(
            steps=_steps(state, before, short, after),
            who="You" if team and after.who == APPLICANT else after.who,
            text=after.told if team else after.staff,
            due=after.due,
            overdue=after.binding and after.due is not None and today > after.due,
            days=None,
            note=after.note,
        )
    due = working_day(since, stage.days) if stage.days is not None else None
    who = "You" if team and stage.who == APPLICANT else stage.who
    return Progress(
        steps=_steps(state, before, short or state is State.SHORT_ROUTE),
        who=who,
        text=stage.told if team else stage.staff,
        due=due,
        overdue=due is not None and today > due,
        days=stage.days,
    )


def _steps(state: State, before: State | None, short: bool, after: After | None = None) -> list[Step]:
    step = after.step if after else STAGES[state].step
    if state is State.WITHDRAWN and before is not None:
        step = STAGES[before].step
    here = STEPS.index(step)
    screened_out = state is State.REFUSED and before in (State.DRAFT, State.RETURNED)
    found = []
    for place, name in enumerate(STEPS):
        if place == here:
            found.append(Step(name, (after.word if after else "") or _ENDS.get(state, NOW), current=True))
        elif place > here:
            found.append(Step(name, SKIPPED if state in _ENDS else LATER))
        else:
            passed = (screened_out and name != APPLICATION) or (short and name == PANEL)
            found.append(Step(name, SKIPPED if passed else DONE))
    return found


def working_day(start: dt.date, days: int) -> dt.date:
    """The day this many working days after `start`: Monday to Friday. Bank holidays in England still count as days."""
    day = start
    while days > 0:
        day += dt.timedelta(days=1)
        days -= day.weekday() < SATURDAY
    return day
