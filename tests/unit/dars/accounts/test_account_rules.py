"""What a proposal may carry, and that actions are registered once."""

import pytest

from dars.accounts import rules, two_people
from dars.core.rights import P


def test_a_proposal_carries_text_and_whole_numbers() -> None:
    rules.check_payload({"user": 5, "role": "auditor"})
    for wrong in ({"user": None}, {"roles": ["auditor"]}, {"yes": True}, {5: "x"}, {"share": 0.5}):
        with pytest.raises(ValueError):
            rules.check_payload(wrong)


def test_only_an_open_proposal_moves() -> None:
    assert {before for before, _ in rules.TRANSITIONS} == {rules.State.OPEN}


def test_a_name_is_registered_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(two_people, "_actions", {})

    def perform(payload: object, by1: object, by2: object) -> None: ...

    two_people.action("key.retire", "Retire the key", right=P.AUDIT_VIEW, perform=perform)
    two_people.action("key.retire", "Retire the key", right=P.AUDIT_VIEW, perform=perform)
    assert two_people.rights() == {P.AUDIT_VIEW}
    with pytest.raises(ValueError, match="twice"):
        two_people.action("key.retire", "Another", right=P.AUDIT_VIEW, perform=lambda payload, by1, by2: None)
    with pytest.raises(ValueError, match="no such action"):
        two_people.right_of("key.lend")
