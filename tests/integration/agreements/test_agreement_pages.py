"""The pages and the JSON of agreements: reading, signing, suspending; who may, over two rival organisations."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from dars.accounts.public import Proposal, User
from dars.agreements import services
from dars.agreements.models import Agreement
from dars.audit.selectors import matching
from dars.core import clock
from tests.integration.agreements.signing import code_for
from tests.integration.panels import world as w

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def drawn_up(built: w.World) -> Agreement:
    return services.issue(application_id=w.approved(built, conditions=["Report every year."]).pk)


@pytest.fixture
def agreement(issued: Agreement) -> Agreement:
    return issued


def browser(user: User) -> Client:
    client = Client()
    client.force_login(w.fresh(user))
    return client


def get(user: User, page: str, agreement: Agreement) -> Any:
    return browser(user).get(reverse(f"agreements:{page}", args=[agreement.reference]))


def post(user: User, page: str, agreement: Agreement, **data: str) -> Any:
    return browser(user).post(reverse(f"agreements:{page}", args=[agreement.reference]), data)


def signature(agreement: Agreement, person: User, name: str | None = None) -> dict[str, str]:
    typed = {"typed_name": name or person.name, "authority": "on", "code": code_for(person)}
    return {**typed, "document_sha256": agreement.document_sha256}


def in_force(world: w.World, agreement: Agreement) -> None:
    for person in (world.ours.signatory, world.approver):
        assert post(person, "sign", agreement, **signature(agreement, person)).status_code == 302


def test_signing_by_all_puts_it_in_force(world: w.World, agreement: Agreement) -> None:
    listed = browser(world.ours.signatory).get(reverse("agreements:list")).content.decode()
    assert "Waiting for your signature" in listed
    page = get(world.ours.signatory, "page", agreement).content.decode()
    for words in ("Report every year.", agreement.spec_sha256, agreement.document_sha256, "NHS England", "Age at test"):
        assert words in page
    in_force(world, agreement)
    page = get(world.ours.signatory, "page", agreement).content.decode()
    assert "In force" in page and '<form method="post" action="/agreements/' not in page
    assert "agreements:page" not in page
    case = browser(world.ours.applicant).get(reverse("applications:case", args=[agreement.application.reference]))
    assert agreement.reference in case.content.decode() and "Agreement in force" in case.content.decode()


@pytest.mark.parametrize(
    ("left_out", "field"), [("authority", "id_authority"), ("typed_name", "id_typed_name"), ("code", "id_code")]
)
def test_what_is_missing_is_named_and_linked(world: w.World, agreement: Agreement, left_out: str, field: str) -> None:
    data = signature(agreement, world.ours.signatory)
    del data[left_out]
    response = post(world.ours.signatory, "sign", agreement, **data)
    assert response.status_code == 422
    assert f'href="#{field}"' in response.content.decode() and f'id="{field}"' in response.content.decode()
    assert not agreement.signatures.exclude(signed_at=None).exists()


def test_another_name_is_not_a_signature_and_stays_in_the_field(world: w.World, agreement: Agreement) -> None:
    response = post(
        world.ours.signatory, "sign", agreement, **signature(agreement, world.ours.signatory, "Somebody Else")
    )
    assert response.status_code == 422
    assert 'value="Somebody Else"' in response.content.decode()


def test_suspension_is_shown_with_its_reason_and_lifted(world: w.World, agreement: Agreement) -> None:
    in_force(world, agreement)
    refused = post(world.approver, "suspend", agreement)
    assert refused.status_code == 422
    shown = " ".join(refused.content.decode().split())  # the reference above, and not in, what is about to be done
    assert f">{agreement.reference}</span> <h1>Suspend this agreement</h1>" in shown
    assert post(world.approver, "suspend", agreement, reason="request", words="We look into it.").status_code == 302
    page = get(world.ours.recipient, "page", agreement).content.decode()
    assert "is suspended: a request of a controller" in page and "We look into it." in page
    assert "Lift the suspension" not in page
    assert "Lift the suspension" in get(world.approver, "page", agreement).content.decode()
    assert post(world.approver, "lift", agreement, words="All is well.").status_code == 302
    assert post(world.approver, "end", agreement, reason="request", words="The work is done.").status_code == 302
    assert Agreement.objects.get().state == "ended"


def test_a_lapsed_assurance_is_shown(world: w.World, agreement: Agreement) -> None:
    in_force(world, agreement)
    assert "No data may flow" not in get(world.ours.recipient, "page", agreement).content.decode()
    w.assure(world.ours.organisation, clock.today().replace(year=2020))
    assert (
        "ICO registration of University of Ambridge expired"
        in get(world.ours.recipient, "page", agreement).content.decode()
    )


def test_reading_by_others_is_recorded(world: w.World, agreement: Agreement) -> None:
    get(world.ours.signatory, "page", agreement)
    get(world.approver, "page", agreement)  # a party: signs for the body that disseminates
    assert matching(kind="agreement.viewed").count() == 0
    get(world.auditor, "page", agreement)
    get(world.second_approver, "api", agreement)
    assert {event.actor for event in matching(kind="agreement.viewed")} == {
        f"user:{world.auditor.pk}",
        f"user:{world.second_approver.pk}",
    }


def test_the_json_tells_state_and_signatures(world: w.World, agreement: Agreement) -> None:
    body = get(world.ours.recipient, "api", agreement).json()
    assert (body["state"], body["live"], body["reference"]) == ("issued", False, agreement.reference)
    assert body["reasons"]
    assert [place["party"] for place in body["signatures"]] == ["University of Ambridge", "NHS England"]
    assert all(place["signed_at"] is None for place in body["signatures"])
    in_force(world, agreement)
    body = get(world.ours.recipient, "api", agreement).json()
    assert body["live"] and all(place["signed_at"] for place in body["signatures"])
    assert "@" not in str(body)


def test_whoever_leaves_the_party_no_longer_reads(world: w.World, agreement: Agreement) -> None:
    assert get(world.ours.recipient, "page", agreement).status_code == 200
    world.ours.recipient.memberships.update(ends_on=w.LONG_AGO)
    assert get(world.ours.recipient, "page", agreement).status_code == 404


# --- Every address, method and person --------------------------------------------------------------------------------

OURS = {"ours applicant", "ours signatory", "ours recipient"}
READERS = OURS | {"reviewer", "approver", "second approver", "auditor"}
MATRIX = {  # page: (methods, who reaches it, statuses for them)
    "page": {"get": (READERS, 200), "post": (set(), 405)},
    "api": {"get": (READERS, 200), "post": (set(), 405)},
    "sign": {"get": (set(), 405), "post": ({"ours signatory", "approver"}, 422)},
    "suspend": {"get": ({"approver", "second approver"}, 200), "post": ({"approver", "second approver"}, 422)},
    "end": {"get": ({"approver", "second approver"}, 200), "post": ({"approver", "second approver"}, 422)},
    "lift": {"get": ({"approver", "second approver"}, 409), "post": ({"approver", "second approver"}, 409)},
}


def everybody(world: w.World) -> dict[str, User]:
    outsiders = {
        f"{whose} {part}": getattr(getattr(world, whose), part)
        for whose in ("ours", "theirs")
        for part in ("applicant", "signatory", "recipient")
    }
    colleagues = {"reviewer": world.reviewer, "chair": world.chair, "member": world.panel[1], "auditor": world.auditor}
    approvers = {"approver": world.approver, "second approver": world.second_approver}
    return {**colleagues, **approvers, **outsiders, "nobody": world.nobody}


def test_the_permission_matrix(world: w.World, agreement: Agreement) -> None:
    for who, user in everybody(world).items():
        client = browser(user)
        listed = agreement.reference in client.get(reverse("agreements:list")).content.decode()
        assert listed is (who in READERS)
        for page, methods in MATRIX.items():
            address = reverse(f"agreements:{page}", args=[agreement.reference])
            for method, (allowed, status) in methods.items():
                refused = 403 if who in READERS else 404
                expected = status if status == 405 or who in allowed else refused
                assert getattr(client, method)(address).status_code == expected, (who, page, method)
    again = Agreement.objects.get()
    assert again.state == "issued" and not again.signatures.exclude(signed_at=None).exists()


@pytest.mark.parametrize("who", ["applicant", "recipient"])
def test_a_reader_who_is_not_named_cannot_sign(world: w.World, agreement: Agreement, who: str) -> None:
    person = getattr(world.ours, who)
    assert post(person, "sign", agreement, **signature(agreement, person)).status_code == 403


def test_without_sign_in_there_is_nothing(world: w.World, agreement: Agreement) -> None:
    for page in MATRIX:
        address = reverse(f"agreements:{page}", args=[agreement.reference])
        for method in ("get", "post"):
            assert getattr(Client(), method)(address).status_code in {302, 403}


def test_a_waiver_is_confirmed_by_somebody_who_reads_what_it_is_about(world: w.World, agreement: Agreement) -> None:
    assert post(world.reviewer, "waiver", agreement, reason="A charity.").status_code == 302
    page = reverse("accounts:proposal", args=[Proposal.objects.get().pk])
    shown = browser(world.approver).get(page).content.decode()
    assert f"Waive the charge of £{agreement.charge.total:,} for {agreement.reference}" in shown
    assert f'href="{reverse("agreements:page", args=[agreement.reference])}"' in shown
    assert "It waits for a second person." in get(world.approver, "page", agreement).content.decode()
    assert "It waits for a second person." not in get(world.ours.signatory, "page", agreement).content.decode()
    assert "It cannot be undone." in shown and "nhsuk-button--warning" in shown
    assert browser(world.approver).post(page, {"confirm": "1"}).status_code == 302
    agreement.charge.refresh_from_db()
    assert agreement.charge.state == "waived"
