"""Every move between states, allowed and denied, for every kind of person."""

import itertools
from copy import deepcopy

import pytest

from dars.applications.models import Application
from dars.applications.public import move
from dars.applications.rules import EDITABLE, TRANSITIONS, State
from dars.audit.public import trail
from dars.core.errors import DomainError, Invalid, NotAllowed, WrongState
from tests.integration.applications.cases import Side, fill, hand_in, join, start

# Who carries out each move that other apps ask for (submission has tests of its own).
MOVERS = {
    ("in_review", "returned"): {"ig_reviewer", "production_reviewer"},
    ("in_review", "with_panel"): {"ig_reviewer", "production_reviewer"},
    ("in_review", "short_route"): {"ig_reviewer", "production_reviewer"},
    ("short_route", "with_panel"): {"panel_member", "panel_chair"},
    **{("short_route", after): {"approver"} for after in ("approved", "refused", "returned")},
    ("short_route", "withdrawn"): {"applicant"},
    ("with_panel", "advised"): {"panel_chair"},
    ("with_panel", "returned"): {"panel_chair"},
    ("advised", "approved"): {"approver"},
    ("advised", "refused"): {"approver"},
    ("advised", "returned"): {"approver"},
    **{(state, "withdrawn"): {"applicant"} for state in ("draft", "returned", "in_review", "with_panel", "advised")},
    ("refused", "appealed"): {"applicant"},
    ("appealed", "withdrawn"): {"applicant"},
    # Whoever refused the case decides no appeal; the other ways on are tested with the appeals.
}


@pytest.fixture(scope="module")
def built_whole(built_north: Side) -> Application:
    return fill(start(built_north), built_north)


@pytest.fixture(scope="module")
def built_submitted(built_north: Side) -> Application:
    return hand_in(built_north)


@pytest.fixture
def whole(north: Side, built_whole: Application) -> Application:
    return deepcopy(built_whole)


@pytest.fixture
def submitted(north: Side, built_submitted: Application) -> Application:
    return deepcopy(built_submitted)


def put(application: Application, state: State) -> Application:
    """The application in any state, whatever its history."""
    Application.objects.filter(pk=application.pk).update(state=state)
    application.refresh_from_db()
    return application


def attempt(application: Application, to: State, user: object) -> str:
    try:
        return move(application=application, to=to, by=user, reason="A reason.").state
    except DomainError as error:
        return error.code


def test_each_move_is_open_to_its_movers_and_to_nobody_else(
    submitted: Application, north: Side, south: Side, staff: dict
) -> None:
    everyone = {**staff, "applicant": north.applicant, "rival": south.applicant, "signatory": north.people["signatory"]}
    for (before, after), (name, user) in itertools.product(TRANSITIONS, everyone.items()):
        movers = MOVERS.get((before.value, after.value), set())
        outcome = attempt(put(submitted, before), after, user)
        assert (outcome == after) is (name in movers), (before, after, name, outcome)
        if name not in movers:
            submitted.refresh_from_db()
            assert submitted.state == before


def test_every_move_that_is_not_in_the_table_is_refused(submitted: Application, north: Side, staff: dict) -> None:
    for before, after in itertools.product(State, State):
        if (before, after) not in TRANSITIONS:
            user = north.applicant if after == State.WITHDRAWN else staff["approver"]
            assert attempt(put(submitted, before), after, user) == "wrong_state", (before, after)


@pytest.mark.parametrize("state", sorted(EDITABLE))
def test_review_cannot_be_entered_without_a_submission(whole: Application, north: Side, state: State) -> None:
    for after in (State.IN_REVIEW, State.REFUSED):
        with pytest.raises(WrongState):
            move(application=put(whole, state), to=after, by=north.applicant)


@pytest.mark.parametrize(
    ("role", "before", "after"),
    [
        ("ig_reviewer", State.IN_REVIEW, State.WITH_PANEL),
        ("panel_chair", State.WITH_PANEL, State.ADVISED),
        ("approver", State.ADVISED, State.APPROVED),
    ],
)
def test_someone_of_the_applicants_team_decides_nothing_whatever_their_role(
    submitted: Application, north: Side, staff: dict, role: str, before: State, after: State
) -> None:
    join(staff[role], north.organisation, "signatory")
    with pytest.raises(NotAllowed, match="team"):
        move(application=put(submitted, before), to=after, by=staff[role], reason="A reason.")


@pytest.mark.parametrize(
    "pair", [pair for pair, one in TRANSITIONS.items() if one.reason and pair in MOVERS], ids="-".join
)
def test_a_reason_is_asked_for_where_the_applicant_reads_one(
    submitted: Application, north: Side, staff: dict, pair: tuple[State, State]
) -> None:
    mover = next(iter(MOVERS[pair[0].value, pair[1].value]))
    with pytest.raises(Invalid):
        move(
            application=put(submitted, pair[0]),
            to=pair[1],
            by={**staff, "applicant": north.applicant}[mover],
            reason=" ",
        )


def test_a_move_is_kept_with_its_reason_and_the_trail_holds_no_free_text(submitted: Application, staff: dict) -> None:
    move(application=submitted, to=State.RETURNED, by=staff["ig_reviewer"], reason="Say more about harm.")
    last = submitted.moves.last()
    assert (last.from_state, last.to_state, last.reason) == ("in_review", "returned", "Say more about harm.")
    assert last.revision.number == 1
    entry = trail(case=submitted.reference)[-1]
    assert (entry.kind, entry.payload) == ("application.returned", {"revision": 1})
