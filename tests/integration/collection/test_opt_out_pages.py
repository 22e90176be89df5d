"""The opt-out officer's pages: usable without help, closed to everybody else, and blind to NHS numbers once saved."""

import datetime as dt

import pytest
from django.test import Client

from dars.accounts.public import Proposal, User, grant_role
from dars.core import clock
from dars.core.roles import Role
from extracts.collection.models import DirectOptOut

pytestmark = pytest.mark.django_db

NUMBER = "9990000018"
FORM = {
    "nhs_number": "999 000 0018",
    "received_on_day": "30",
    "received_on_month": "5",
    "received_on_year": "2026",
    "channel": "telephone",
}


ASKED = {"asked_on_day": "31", "asked_on_month": "5", "asked_on_year": "2026", "channel": "email"}


def signed_in(role, name=""):
    user = User.objects.create_user(email=f"{name or role.value}@example.org", name=name or role.label)
    grant_role(user=user, role=role, by=None)
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def officer(monkeypatch):
    monkeypatch.setattr(clock, "now", lambda: dt.datetime(2026, 6, 1, 12, tzinfo=dt.UTC))
    return signed_in(Role.OPT_OUT_OFFICER)


def recorded(officer):
    officer.post("/opt-outs/record/", FORM)
    return DirectOptOut.objects.first()


def test_record_then_withdraw(officer):
    assert "No direct opt-out has been recorded yet" in officer.get("/opt-outs/").content.decode()
    answer = officer.post("/opt-outs/record/", FORM)
    opt_out = DirectOptOut.objects.get()
    assert (opt_out.received_on, opt_out.channel) == (dt.date(2026, 5, 30), "telephone")
    assert answer.status_code == 302 and answer.url == f"/opt-outs/{opt_out.case_number}/"
    page = officer.get(answer.url).content.decode()
    assert f"The case number is {opt_out.case_number}" in page and "In force" in page
    assert opt_out.case_number in officer.get("/opt-outs/").content.decode()
    assert officer.get(f"{answer.url}withdraw/").status_code == 200
    nothing_typed = officer.post(f"{answer.url}withdraw/")
    assert nothing_typed.status_code == 422 and "Enter the date they asked for it" in nothing_typed.content.decode()
    too_early = officer.post(f"{answer.url}withdraw/", ASKED | {"asked_on_day": "29"})
    assert too_early.status_code == 422 and "before the day on which the opt-out came" in too_early.content.decode()
    assert officer.post(f"{answer.url}withdraw/", ASKED).url == answer.url
    waiting = officer.get(answer.url).content.decode()
    assert "It stays in force until another officer" in waiting and "In force" in waiting
    second = signed_in(Role.OPT_OUT_OFFICER, "second")
    proposal = Proposal.objects.get()
    assert f"Withdraw opt-out {opt_out.case_number}" in second.get("/account/proposals/").content.decode()
    assert second.post(f"/account/proposals/{proposal.pk}/", {"confirm": "1"}).status_code == 302
    assert "erased" in officer.get(answer.url).content.decode()
    assert officer.post(f"{answer.url}withdraw/", ASKED).status_code == 409


def test_the_number_is_on_no_page_after_saving(officer):
    opt_out = recorded(officer)
    for page in ("/opt-outs/", f"/opt-outs/{opt_out.case_number}/", f"/opt-outs/{opt_out.case_number}/withdraw/"):
        content = officer.get(page).content.decode().replace(" ", "")
        assert NUMBER not in content and NUMBER[-3:] not in content.partition("<main")[2]


@pytest.mark.parametrize(
    ("changes", "field", "message"),
    [
        ({"nhs_number": ""}, "id_nhs_number", "Enter the NHS number"),
        ({"nhs_number": "999 000 0019"}, "id_nhs_number", "check digit"),
        ({"nhs_number": "9" * 40}, "id_nhs_number", "10 digits"),
        (
            {"received_on_day": "", "received_on_month": "", "received_on_year": ""},
            "id_received_on",
            "Enter the date",
        ),
        ({"received_on_month": ""}, "id_received_on", "Enter a real date"),
        ({"received_on_day": "31", "received_on_month": "2"}, "id_received_on", "Enter a real date"),
        ({"received_on_year": "2027"}, "id_received_on", "in the past"),
        ({"channel": ""}, "id_channel", "Select how it was received"),
        ({"channel": "pigeon"}, "id_channel", "Select how it was received"),
    ],
)
def test_each_mistake_is_named_and_linked_and_what_was_typed_kept(officer, changes, field, message):
    answer = officer.post("/opt-outs/record/", FORM | changes)
    page = answer.content.decode()
    assert answer.status_code == 422 and not DirectOptOut.objects.exists()
    summary, _, rest = page.partition("<h1")
    assert f'href="#{field}"' in summary and message in summary
    assert f'id="{field}"' in rest and message in rest
    for value in (FORM | changes).values():
        assert not value or value == "pigeon" or f'value="{value}"' in rest
    assert "<title>Error: " in page


def test_recording_twice_is_refused_on_the_page(officer):
    recorded(officer)
    answer = officer.post("/opt-outs/record/", FORM)
    assert answer.status_code == 422 and "already recorded" in answer.content.decode()


def test_finding_by_number(officer):
    opt_out = recorded(officer)
    assert officer.post("/opt-outs/find/", {"nhs_number": NUMBER}).url == f"/opt-outs/{opt_out.case_number}/"
    answer = officer.post("/opt-outs/find/", {"nhs_number": "9990000026"}, follow=True)
    assert "No direct opt-out is in force" in answer.content.decode()
    assert officer.post("/opt-outs/find/", {"nhs_number": ""}).status_code == 422
    assert officer.get("/opt-outs/find/").status_code == 405


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.OPT_OUT_OFFICER])
def test_closed_to_everybody_else(officer, role):
    opt_out = recorded(officer)
    other, one = signed_in(role), f"/opt-outs/{opt_out.case_number}/"
    for page in ("/opt-outs/", "/opt-outs/record/", one, f"{one}withdraw/"):
        assert other.get(page).status_code == 403
    for page in ("/opt-outs/record/", "/opt-outs/find/", f"{one}withdraw/"):
        assert other.post(page, FORM).status_code == 403
    assert DirectOptOut.objects.get().withdrawn_at is None
    assert Client().get("/opt-outs/").status_code == 302


def test_unknown_cases_and_many_pages(officer):
    assert officer.get("/opt-outs/OPT-NONE-NONE/").status_code == 404
    assert officer.post("/opt-outs/OPT-NONE-NONE/withdraw/", ASKED).status_code == 404
    DirectOptOut.objects.bulk_create(
        DirectOptOut(
            case_number=f"OPT-{at:04}-AAAA",
            sealed=b"x",
            digest=bytes([at]),
            received_on=dt.date(2026, 5, 1),
            channel="email",
            recorded_at=clock.now(),
        )
        for at in range(60)
    )
    first, second = (officer.get(f"/opt-outs/?page={page}").content.decode() for page in (1, 2))
    assert "?page=2" in first and "OPT-0059-AAAA" in first and "OPT-0000-AAAA" not in first
    assert "?page=1" in second and "OPT-0000-AAAA" in second
