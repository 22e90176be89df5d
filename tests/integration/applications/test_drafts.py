"""Starting an application and saving its sections: who may, what is kept, and two people at once."""

import datetime as dt
import re
import secrets

import pytest
from django.db import IntegrityError, transaction

from dars.accounts.models import User
from dars.applications import facts, selectors, services, services_drafts
from dars.applications.models import Application
from dars.applications.services_drafts import Page
from dars.audit.public import trail
from dars.core import clock
from dars.core.errors import Invalid, NotAllowed, NotFound, WrongState
from dars.core.permissions import P, allowed
from dars.organisations.public import Membership
from tests.integration.applications.cases import Side, join, person, start


def save(application: Application, side: Side, aim: str, version: int) -> Application:
    return services.save_section(
        application=application, section="purpose", answers={"aim": aim}, version=version, by=side.applicant
    )


def test_a_new_application_is_a_draft_with_a_reference_that_can_be_told_from_real_ones(north: Side) -> None:
    application = start(north)
    assert application.state == "draft"
    assert application.reference.startswith("DARS-NIC-0")
    assert [entry.kind for entry in trail(case=application.reference)] == ["application.created"]
    for right in (P.APPLICATION_VIEW, P.APPLICATION_EDIT, P.APPLICATION_SUBMIT):
        assert allowed(north.applicant, right, application)


def test_no_reference_reads_as_an_nhs_number(north: Side, monkeypatch: pytest.MonkeyPatch) -> None:
    """Six digits and four more would: an event that names such a case could not be recorded, ever."""
    monkeypatch.setattr(secrets, "choice", lambda of: max(of, key=lambda sign: (sign.isdigit(), sign)))
    reference = start(north).reference
    assert re.fullmatch(r"DARS-NIC-[0-9]{6}-[A-Z][0-9]{4}", reference)


@pytest.mark.parametrize("role", ["signatory", "recipient"])
def test_only_an_applicant_starts_one(north: Side, role: str) -> None:
    with pytest.raises(NotAllowed):
        services.create_application(organisation=north.organisation, title="A study", by=north.people[role])


def test_nobody_starts_one_for_a_rival(north: Side, south: Side) -> None:
    with pytest.raises(NotAllowed):
        services.create_application(organisation=north.organisation, title="A study", by=south.applicant)


@pytest.mark.parametrize("title", ["", "   ", "x" * 201])
def test_a_title_is_needed(north: Side, title: str) -> None:
    with pytest.raises(Invalid):
        services.create_application(organisation=north.organisation, title=title, by=north.applicant)


def test_whatever_is_typed_is_kept_and_each_save_counts(draft: Application, north: Side) -> None:
    application = save(draft, north, "Half a sen", draft.version)
    assert application.answers["purpose"] == {"aim": "Half a sen"}
    assert application.version == 1
    assert application.saved["purpose"]["by"] == north.applicant.pk


def test_of_two_people_who_change_one_text_both_texts_are_kept_until_one_is_chosen(
    draft: Application, north: Side
) -> None:
    colleague = join(person("colleague"), north.organisation, "applicant")
    services.add_collaborator(application=draft, user=colleague, by=north.applicant)
    opened = draft.version
    save(draft, north, "First", opened)
    mine = {"aim": "Second", "funding": "A charity"}
    services.save_section(application=draft, section="purpose", answers=mine, version=opened, base={}, by=colleague)
    draft.refresh_from_db()
    assert draft.answers["purpose"] == {"aim": "First", "funding": "A charity"}
    (rival,) = facts.open_rivals(draft)
    assert (rival.question, rival.value, rival.by) == ("aim", "Second", colleague)
    assert ("purpose", "aim") in {(gap.section, gap.question) for gap in facts.gaps(draft)}
    after = services_drafts.choose_text(application=draft, rival_id=rival.pk, take=True, by=north.applicant)
    assert after.answers["purpose"]["aim"] == "Second"
    rival.refresh_from_db()
    assert rival.value == "First"  # the text that gave way is kept
    with pytest.raises(NotFound):
        services_drafts.choose_text(application=draft, rival_id=rival.pk, take=False, by=colleague)


def test_saving_by_itself_is_an_event_now_and_then_and_nothing_when_nothing_changed(
    draft: Application, north: Side
) -> None:
    for aim in ("One", "One two", "One two", "One two three"):
        answers = {"aim": aim}
        draft = services.save_section(
            application=draft,
            section="purpose",
            answers=answers,
            version=draft.version,
            by=north.applicant,
            by_itself=True,
        )
    assert (draft.answers["purpose"]["aim"], draft.version) == ("One two three", 3)
    assert [entry.kind for entry in trail(case=draft.reference)].count("application.section_saved") == 1


def write(draft: Application, by: User, aim: str, page: Page, *, by_itself: bool = False) -> str:
    """Saves the aim from a page that was drawn when nothing was answered yet; returns what is saved afterwards."""
    given = {"answers": {"aim": aim}, "version": draft.version, "base": {"aim": ""}, "page": page}
    after = services.save_section(application=draft, section="purpose", by=by, by_itself=by_itself, **given)
    return after.answers["purpose"]["aim"]


def test_a_page_does_not_contradict_itself(draft: Application, north: Side) -> None:
    """What it saved by itself on its way somewhere else is not known to the page when its form is sent."""
    asha, token = north.applicant, "a" * 43
    assert write(draft, asha, "We ask", Page(token, 1), by_itself=True) == "We ask"
    assert write(draft, asha, "We ask whether", Page(token, 2)) == "We ask whether"
    assert write(draft, asha, "We ask", Page(token, 1), by_itself=True) == "We ask whether", "it came too late"
    assert list(facts.open_rivals(draft)) == []
    assert write(draft, asha, "Whether", Page("b" * 43, 1)) == "We ask whether", "another page of the same person"
    assert [rival.value for rival in facts.open_rivals(draft)] == ["Whether"]


def test_a_colleague_who_wrote_meanwhile_is_contradicted_all_the_same(draft: Application, north: Side) -> None:
    colleague = join(person("colleague"), north.organisation, "applicant")
    services.add_collaborator(application=draft, user=colleague, by=north.applicant)
    token = "a" * 43  # the same token: a page is a person's
    write(draft, north.applicant, "First", Page(token, 1), by_itself=True)
    assert write(draft, colleague, "Second", Page(token, 1)) == "First"
    assert [rival.by for rival in facts.open_rivals(draft)] == [colleague]


@pytest.mark.parametrize(
    ("token", "turn"), [("", "3"), ("x" * 99, "3"), ("a b", "3"), ("a" * 43, "-1"), ("a" * 43, "9" * 9)]
)
def test_what_no_page_carries_is_no_page(token: str, turn: str) -> None:
    assert Page.of(token, turn).turn == 0
    assert Page.of(token, turn).token in {"", "a" * 43}


def test_who_is_in_a_section_is_seen_for_a_while(
    draft: Application, north: Side, monkeypatch: pytest.MonkeyPatch
) -> None:
    services_drafts.be_present(application=draft, section="purpose", by=north.applicant)
    other = person("other")
    assert facts.present(draft, "purpose", but=other) == [north.applicant]
    assert facts.present(draft, "purpose", but=north.applicant) == facts.present(draft, "term", but=other) == []
    later = clock.now() + dt.timedelta(seconds=46)
    monkeypatch.setattr(clock, "now", lambda: later)
    assert facts.present(draft, "purpose", but=other) == []


def test_two_people_in_two_sections_do_not_disturb_each_other(draft: Application, north: Side) -> None:
    opened = draft.version
    save(draft, north, "First", opened)
    after = services.save_section(
        application=draft, section="commercial", answers={"involved": "no"}, version=opened, by=north.applicant
    )
    assert after.answers["purpose"]["aim"] == "First"
    assert after.answers["commercial"] == {"involved": "no"}


def test_an_unknown_section_or_question_is_not_kept(draft: Application, north: Side) -> None:
    with pytest.raises(Invalid):
        services.save_section(application=draft, section="x", answers={}, version=0, by=north.applicant)
    after = services.save_section(
        application=draft, section="purpose", answers={"aim": "A", "spec": "B"}, version=0, by=north.applicant
    )
    assert after.answers["purpose"] == {"aim": "A"}


def test_a_submitted_application_cannot_be_edited(submitted: Application, north: Side) -> None:
    with pytest.raises(WrongState):
        save(submitted, north, "Later", submitted.version)


def test_rights_on_an_application_end_with_the_membership(draft: Application, north: Side) -> None:
    Membership.objects.filter(user=north.applicant).update(ends_on=clock.today() - dt.timedelta(days=1))
    with pytest.raises(NotAllowed):
        save(draft, north, "From outside", 0)
    with pytest.raises(NotFound):
        selectors.get(draft.reference, user=north.applicant)


def test_a_colleague_is_added_by_the_team_and_only_from_the_organisation(
    draft: Application, north: Side, south: Side
) -> None:
    colleague = join(person("colleague"), north.organisation, "applicant")
    with pytest.raises(NotAllowed):
        services.add_collaborator(application=draft, user=colleague, by=colleague)
    with pytest.raises(Invalid):
        services.add_collaborator(application=draft, user=south.applicant, by=north.applicant)
    services.add_collaborator(application=draft, user=colleague, by=north.applicant)
    assert selectors.get(draft.reference, user=colleague) == draft
    assert selectors.may_edit(colleague, draft)


def test_the_team_is_everyone_who_gains_by_the_case(whole: Application, north: Side, south: Side, staff: dict) -> None:
    for user in north.people.values():
        assert selectors.is_of_applicants_team(user, whole)
    assert not selectors.is_of_applicants_team(south.applicant, whole)
    assert not selectors.is_of_applicants_team(staff["approver"], whole)
    joint = {**whole.answers, "controllers": {"organisations": ["XNU", "XSU"]}}
    whole.answers = joint
    assert selectors.is_of_applicants_team(south.applicant, whole)


@pytest.mark.parametrize(
    "change", [{"state": "lost"}, {"reference": "DARS-NIC-1-X"}, {"title": ""}], ids=lambda change: next(iter(change))
)
def test_the_database_refuses_what_no_application_can_be(draft: Application, change: dict[str, str]) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        Application.objects.filter(pk=draft.pk).update(**change)
