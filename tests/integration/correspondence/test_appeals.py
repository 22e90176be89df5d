"""Appeals: once, in time, with grounds; decided by another approver; upheld ones begin afresh on a new revision."""

import datetime as dt
import re

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from dars.accounts.public import User, grant_role
from dars.applications import appeals, selectors, services, services_redaction
from dars.applications.models import Application, Move
from dars.applications.public import move
from dars.applications.rules import APPEAL_DAYS, State
from dars.audit.public import trail
from dars.core import clock
from dars.core.errors import Invalid, NotAllowed, WrongState
from dars.core.roles import Role
from dars.correspondence.rules import APPEALS_A_PAGE
from dars.notices.models import Notice
from tests.integration.applications.cases import Side, fill, person, signed_in, start


@pytest.fixture
def other(staff: dict[str, User]) -> User:
    """An approver who has not refused anything."""
    made = person("other.approver")
    grant_role(user=made, role=Role.APPROVER, by=None)
    return made


@pytest.fixture
def refused(submitted: Application, staff: dict[str, User]) -> Application:
    """Refused by an approver, whatever came before."""
    Application.objects.filter(pk=submitted.pk).update(state=State.ADVISED)
    move(application=submitted, to=State.REFUSED, by=staff["approver"], reason="The harm outweighs the benefit.")
    submitted.refresh_from_db()
    return submitted


@pytest.fixture
def appealed(refused: Application, north: Side) -> Application:
    appeals.appeal(application=refused, grounds="The harm was overstated.", by=north.applicant)
    refused.refresh_from_db()
    return refused


def test_by_pages_from_refusal_to_review(
    refused: Application, north: Side, staff: dict[str, User], other: User
) -> None:
    applicant = signed_in(north.applicant)
    case = reverse("applications:case", args=[refused.reference])
    assert "Appeal against the refusal" in applicant.get(case).content.decode()
    page = reverse("correspondence:appeal", args=[refused.reference])
    assert "The harm outweighs the benefit." in applicant.get(page).content.decode()
    assert applicant.post(page, {"grounds": " "}).status_code == 422
    assert applicant.post(page, {"grounds": "The harm was overstated."}).status_code == 302
    told = {notice.person for notice in Notice.objects.filter(kind="appeal.made")}
    assert told == {other}
    approver = signed_in(other)
    assert refused.reference in approver.get(reverse("correspondence:appeals")).content.decode()
    decide = reverse("correspondence:decide-appeal", args=[refused.reference])
    assert "The harm was overstated." in approver.get(decide).content.decode()
    assert approver.post(decide, {"outcome": "in_review"}).status_code == 422
    assert approver.post(decide, {"outcome": "in_review", "reasons": "It was."}).status_code == 302
    refused.refresh_from_db()
    assert (refused.state, selectors.latest_revision(refused).number) == ("in_review", 2)
    shown = applicant.get(case).content.decode()
    assert "Appeal upheld" in shown
    assert "It was." in shown
    assert Notice.objects.filter(kind="appeal.decided", person=north.applicant).exists()


def test_an_upheld_appeal_puts_the_same_answers_on_record_anew(appealed: Application, other: User) -> None:
    first = appealed.revisions.get()
    second = appeals.uphold(application=appealed, to=State.WITH_PANEL, reasons="Look again.", by=other)
    assert (second.number, second.answers, second.sha256) == (2, first.answers, first.sha256)
    assert second.spec_sha256 != first.spec_sha256  # the specification names its revision
    assert [entry.kind for entry in trail(case=appealed.reference)][-2:] == [
        "application.appealed",
        "application.appeal_upheld",
    ]
    assert appealed.moves.last().revision == second


def test_a_dismissed_appeal_is_final(appealed: Application, north: Side, other: User) -> None:
    appeals.dismiss(application=appealed, reasons="Nothing new.", by=other)
    appealed.refresh_from_db()
    assert appealed.state == "refused"
    with pytest.raises(WrongState, match="final"):
        appeals.appeal(application=appealed, grounds="Again.", by=north.applicant)
    page = signed_in(north.applicant).get(reverse("applications:case", args=[appealed.reference])).content.decode()
    assert "the refusal is final" in page
    assert "appeal/" not in page
    last = appealed.moves.filter(to_state="appealed").get()
    with pytest.raises(IntegrityError), transaction.atomic():
        Move.objects.create(
            application=appealed,
            revision=last.revision,
            from_state="refused",
            to_state="appealed",
            by=north.applicant,
            at=clock.now(),
        )


def test_whoever_refused_or_is_tied_decides_nothing(
    appealed: Application, north: Side, staff: dict[str, User], other: User
) -> None:
    tied = person("tied.approver")
    grant_role(user=tied, role=Role.APPROVER, by=None)
    grant_role(user=tied, role=Role.PANEL_MEMBER, by=None)
    barred = [staff["approver"], tied, staff["panel_chair"], staff["ig_reviewer"], north.applicant]
    for somebody in barred:
        for act in (
            lambda by=somebody: appeals.dismiss(application=appealed, reasons="No.", by=by),
            lambda by=somebody: appeals.uphold(application=appealed, to=State.IN_REVIEW, reasons="Yes.", by=by),
        ):
            with pytest.raises(NotAllowed):
                act()
    page = reverse("correspondence:decide-appeal", args=[appealed.reference])
    assert "somebody else decides" in signed_in(staff["approver"]).get(page).content.decode()
    assert appealed.revisions.count() == 1
    with pytest.raises(Invalid):
        appeals.uphold(application=appealed, to=State.ADVISED, reasons="Straight on.", by=other)
    with pytest.raises(WrongState):
        move(application=appealed, to=State.IN_REVIEW, by=other, reason="Past the appeal.")


def test_the_grounds_of_an_appeal_are_redacted_and_reasons_of_the_service_are_not(
    appealed: Application, north: Side, staff: dict[str, User]
) -> None:
    grounds = appealed.moves.get(to_state="appealed")
    words, refusal = grounds.reason, appealed.moves.get(to_state="refused")
    address = reverse("correspondence:redact", args=[appealed.reference])
    sent = {"what": f"reason/{grounds.pk}", "reason": "patient", "revision": 1}
    assert signed_in(north.applicant).post(address, sent).status_code == 403
    client = signed_in(staff["ig_reviewer"])
    assert "Grounds of the appeal of " in client.get(address).content.decode()
    assert client.post(address, {**sent, "what": f"reason/{refusal.pk}"}).status_code == 422
    with pytest.raises(Invalid):
        services_redaction.redact_reason(move=refusal, by=staff["ig_reviewer"], reason="Harsh")
    assert client.post(address, sent).status_code == 302
    case = signed_in(north.applicant).get(reverse("applications:case", args=[appealed.reference])).content.decode()
    assert words not in case and "[Removed by a reviewer]" in case and "Grounds of the appeal of " in case
    assert appealed.moves.get(pk=grounds.pk).at == grounds.at
    (event,) = [one for one in trail(case=appealed.reference) if one.kind == "application.reason_redacted"]
    assert event.payload == {"of": "appealed"}
    for each in (grounds, refusal):
        with pytest.raises(DatabaseError, match="never changed"), transaction.atomic():
            appealed.moves.filter(pk=each.pk).update(reason="Other words")


@pytest.mark.parametrize(("late", "allowed"), [(0, True), (1, False)])
def test_an_appeal_comes_within_the_stated_days(
    refused: Application, north: Side, monkeypatch: pytest.MonkeyPatch, late: int, allowed: bool
) -> None:
    last_day = clock.today() + dt.timedelta(days=APPEAL_DAYS + late)
    monkeypatch.setattr(clock, "today", lambda: last_day)
    page = reverse("correspondence:appeal", args=[refused.reference])
    assert ("textarea" in signed_in(north.applicant).get(page).content.decode()) is allowed
    sent = signed_in(north.applicant).post(page, {"grounds": "Late or not."})
    assert sent.status_code == (302 if allowed else 409)


def test_a_refusal_at_screening_is_appealed_likewise(north: Side, other: User) -> None:
    application = fill(start(north), north, "insurance_request")
    services.submit(application=application, by=north.applicant)
    application.refresh_from_db()
    assert application.state == "refused"
    appeals.appeal(application=application, grounds="It serves hospitals.", by=north.applicant)
    appeals.uphold(application=application, to=State.IN_REVIEW, reasons="It may.", by=other)
    application.refresh_from_db()
    assert application.state == "in_review"


def test_only_the_applicant_s_team_appeals(refused: Application, south: Side, staff: dict[str, User]) -> None:
    for stranger in (south.applicant, staff["ig_reviewer"], staff["approver"]):
        with pytest.raises(NotAllowed):
            appeals.appeal(application=refused, grounds="Mine.", by=stranger)


def test_the_list_of_appeals_comes_in_pages_and_costs_as_much_for_many_as_for_one(
    appealed: Application, other: User, staff: dict[str, User]
) -> None:
    page = reverse("correspondence:appeals")
    one, alone = opened(signed_in(other), page)
    assert appealed.reference in one and "?page=2" not in one
    refusals = Move.objects.filter(application=appealed)
    for number in range(30):
        copy = Application.objects.get(pk=appealed.pk)
        copy.pk, copy.reference = None, f"DARS-NIC-{800000 + number:06}-AAAAA"
        copy.save()
        for row in refusals:
            row.pk, row.application = None, copy
            row.save()
    first, many = opened(signed_in(other), page)
    second, rest = opened(signed_in(other), page + "?page=2")
    found = [set(re.findall(r"DARS-NIC-\d{6}-[A-Z0-9]{5}", text)) for text in (first, second)]
    assert len(found[0]) == APPEALS_A_PAGE and len(found[0] | found[1]) == 31 and not found[0] & found[1]
    assert "?page=2" in first and many == alone == rest
    refuser, _ = opened(signed_in(staff["approver"]), page)
    assert refuser.count("You refused this application") == APPEALS_A_PAGE and "You decided on this" not in refuser


def opened(client: Client, address: str) -> tuple[str, int]:
    """The page, and how many queries it took."""
    with CaptureQueriesContext(connection) as caught:
        text = client.get(address).content.decode()
    return text, len(caught)
