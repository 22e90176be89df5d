"""Who may write to whom, for every kind of person."""

import itertools

import pytest

from dars.core.errors import NotAllowed
from dars.core.rights import P
from dars.core.roles import ROLES, Role
from dars.correspondence.events import EVENTS
from dars.correspondence.rules import Writer, check_may_redact, check_may_write
from dars.correspondence.timeline import FOR_ALL, FOR_COLLEAGUES

PUBLIC = {Role.IG_REVIEWER, Role.PRODUCTION_REVIEWER, Role.PANEL_CHAIR, Role.APPROVER}


def may(check: object, *args: object, **named: object) -> bool:
    try:
        check(*args, **named)
    except NotAllowed:
        return False
    return True


@pytest.mark.parametrize("role", list(Role))
def test_colleagues_write_by_their_role_and_nobody_in_a_conflict_writes(role: Role) -> None:
    colleague = Writer(colleague=True, rights=ROLES[role])
    conflicted = Writer(rights=ROLES[role])
    assert may(check_may_write, colleague, internal=False) is (role in PUBLIC)
    assert may(check_may_write, colleague, internal=True) is (role in PUBLIC | {Role.PANEL_MEMBER})
    assert may(check_may_redact, colleague) is (role in {Role.IG_REVIEWER, Role.PRODUCTION_REVIEWER})
    assert not any(may(check_may_write, conflicted, internal=internal) for internal in (True, False))
    assert not may(check_may_redact, conflicted)


def test_the_applicant_s_team_writes_in_public_alone_whatever_its_roles() -> None:
    for rights in (frozenset(), frozenset(P)):
        team = Writer(team=True, rights=rights)
        assert may(check_may_write, team, internal=False)
        assert not may(check_may_write, team, internal=True)
        assert not may(check_may_redact, team)


def test_events_name_questions_and_hold_no_words() -> None:
    allowed = {"revision", "comment", "section", "question", "reason"}
    assert set(itertools.chain.from_iterable(EVENTS.values())) <= allowed


def test_what_is_internal_is_on_no_timeline_of_the_applicant() -> None:
    assert not any(kind.startswith("internal") for kind in FOR_ALL)
    assert set(EVENTS) == set(FOR_ALL) | set(FOR_COLLEAGUES)
