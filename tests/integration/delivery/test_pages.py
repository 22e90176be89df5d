"""The recipient's and the staff's pages: what they say, what they never repeat, and who may open them."""

import logging

import pyrage
import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from dars.accounts.public import User
from dars.audit.models import AuditPayload
from dars.core import clock
from dars.core.permissions import P, grant
from dars.core.roles import Role
from dars.notices.models import Notice
from extracts.delivery import packing
from extracts.delivery.models import Package, RecipientKey
from extracts.production import services, work
from extracts.production.models import Run
from tests.integration.agreements.signing import code_for
from tests.integration.production import world

pytestmark = pytest.mark.django_db

PRIVATE = "AGE-SECRET-KEY-1W3T9FHGPPAP0N9XJPE0DYQAEGYFYELTU08REPHVFC0G9Q67W3LESRDRPF0"


def client(user: User) -> Client:
    found = Client()
    found.force_login(user)
    return found


def test_a_key_is_registered_shown_and_retired() -> None:
    case = world.agreed()
    page = client(case.recipient)
    assert "You have no key yet" in page.get("/files/").content.decode()
    assert "Set up your authenticator app" in page.get("/files/keys/").content.decode()
    given = {"public_key": f" {case.public_key}\n", "code": code_for(case.recipient)}
    response = page.post("/files/keys/", given, follow=True)
    key = RecipientKey.objects.get()
    assert key.fingerprint in response.content.decode() and response.redirect_chain
    text = page.get("/files/").content.decode()
    assert "You have no key yet" not in text and "Your key waits for a second person" in text
    world.confirm_key(key, by=world.colleague("keys@example.org"))
    assert "Your key waits for a second person" not in page.get("/files/").content.decode()
    response = page.post(f"/files/keys/{key.pk}/retire/", follow=True)
    assert "Retired and refused keys" in response.content.decode()
    assert page.get(f"/files/keys/{key.pk}/retire/").status_code == 405


@pytest.mark.parametrize("pasted", [PRIVATE, f"-----BEGIN OPENSSH PRIVATE KEY-----\n{PRIVATE}", PRIVATE * 40])
def test_a_private_key_is_refused_and_kept_nowhere(pasted: str, caplog: pytest.LogCaptureFixture) -> None:
    case = world.agreed()
    with caplog.at_level(logging.DEBUG):
        response = client(case.recipient).post("/files/keys/", {"public_key": pasted, "code": code_for(case.recipient)})
    assert response.status_code == 422
    text = response.content.decode()
    assert PRIVATE not in text and PRIVATE not in caplog.text
    assert PRIVATE not in str(list(AuditPayload.objects.values_list("payload", flat=True)))
    assert RecipientKey.objects.count() == 0


def test_the_page_names_the_fault_and_links_to_the_field() -> None:
    case = world.agreed()
    broken = {"public_key": "age1broken", "code": code_for(case.recipient)}
    text = client(case.recipient).post("/files/keys/", broken).content.decode()
    assert 'href="#id_public_key"' in text and 'id="id_public_key"' in text
    assert "age1broken" in text and "Paste one public key on one line" in text


@pytest.mark.parametrize("given", ["", "000000"])
def test_a_session_alone_registers_no_key(given: str) -> None:
    """Whoever holds somebody's session has no app of theirs: the fault is named, and what was pasted is kept."""
    case = world.agreed()
    page = client(case.recipient)
    answer = page.post("/files/keys/", {"public_key": case.public_key, "code": "123456"})
    assert answer.status_code == 422 and not RecipientKey.objects.exists()  # there is no second factor yet
    code_for(case.recipient)
    answer = page.post("/files/keys/", {"public_key": case.public_key, "code": given})
    text = answer.content.decode()
    assert answer.status_code == 422 and not RecipientKey.objects.exists()
    assert 'href="#id_code"' in text and case.public_key in text
    assert not Notice.objects.filter(kind="key.registered").exists()
    page.post("/files/keys/", {"public_key": case.public_key, "code": code_for(case.recipient)})
    assert Notice.objects.get(kind="key.registered").person == case.recipient


def test_others_register_no_key() -> None:
    nobody = client(User.objects.create_user(email="nobody@example.org", name="Nobody"))
    assert "Only data recipients" in nobody.get("/files/keys/").content.decode()
    public = str(pyrage.x25519.Identity.generate().to_public())
    assert nobody.post("/files/keys/", {"public_key": public, "code": "123456"}).status_code == 403


@pytest.mark.usefixtures("collected")
def test_a_recipient_follows_the_extract_from_preparation_to_release() -> None:
    case = world.agreed(formats=["parquet"])
    page, staff = client(case.recipient), client(world.person(Role.PRODUCTION_STAFF))
    run = services.want(agreement_id=case.agreement.pk)
    assert "Waiting for a worker" in staff.get(f"/runs/{run.pk}/").content.decode()
    assert "Refresh" not in staff.get(f"/runs/{run.pk}/") and staff.get(f"/runs/{run.pk}/?watch=on")["Refresh"] == "3"
    work.work(run.pk)
    assert f"Being prepared: {case.agreement.reference}" in page.get("/files/").content.decode()
    assert "What the extract would hold" in staff.get(f"/runs/{run.pk}/").content.decode()
    work.work(run.pk)
    world.deliver_events_of("run.written")
    assert not packing.Package.objects.exists()
    world.cleared(run.pk)
    world.deliver_events_of("run.cleared")
    package = packing.Package.objects.get()
    packing.pack(package.pk)
    assert "no recipient has registered a key" in page.get("/files/").content.decode()
    page.post("/files/keys/", {"public_key": case.public_key, "code": code_for(case.recipient)})
    world.confirm_key(RecipientKey.objects.get(), by=world.colleague("keys@example.org"))
    packing.pack(package.pk)
    text = page.get("/files/").content.decode()
    assert "Being prepared" not in text and f"/files/{package.uuid}/did.parquet.age" in text
    answer = page.get("/files/api/").json()["packages"][0]
    sealed = b"".join(
        page.get(next(f["url"] for f in answer["files"] if f["name"] == "README.txt.age")).streaming_content
    )
    assert case.agreement.spec_sha256.encode() in pyrage.decrypt(sealed, [case.identity])
    shown = staff.get(f"/runs/{run.pk}/").content.decode()
    assert "Nobody who opted out is in it" in shown and "Released" in shown
    assert "Refresh" not in staff.get(f"/runs/{run.pk}/?watch=on")
    assert staff.get(f"/runs/api/{run.pk}/").json()["state"] == "released"


def queries(page: Client, address: str) -> int:
    page.get(address)  # what is asked once a process
    with CaptureQueriesContext(connection) as asked:
        assert page.get(address).status_code == 200
    return len(asked)


def packages_of(case: world.Case, numbers: range) -> None:
    """Released packages, each of a delivery of its own."""
    for number in numbers:
        run = Run.objects.create(
            agreement=case.agreement,
            application_reference=case.agreement.application.reference,
            period=f"{2000 + number}",
            state="released",
            spec_json=case.agreement.spec_json,
            spec_sha256=case.agreement.spec_sha256,
            created_at=clock.now(),
        )
        released = {"state": "released", "folder": "1", "waits_for": "", "released_at": clock.now()}
        package = Package.objects.create(
            agreement=case.agreement,
            run=run,
            application_reference=run.application_reference,
            number=number,
            period="January 2020",
            created_at=clock.now(),
            expires_at=clock.now() + world.YEAR,
            **released,
        )
        for name in ("did.parquet.age", "README.txt.age"):
            package.files.create(name=name, size=1, sha256="0" * 64, plain_size=1, plain_sha256="0" * 64)
        grant(case.recipient, P.PACKAGE_VIEW, package)
        grant(case.recipient, P.PACKAGE_DOWNLOAD, package)


def test_lists_take_a_fixed_number_of_queries() -> None:
    case = world.agreed()
    recipient, staff = client(case.recipient), client(world.person(Role.PRODUCTION_STAFF))
    packages_of(case, range(1, 2))
    one = [queries(recipient, "/files/"), queries(staff, "/files/"), queries(staff, "/runs/")]
    packages_of(case, range(2, 31))
    assert [queries(recipient, "/files/"), queries(staff, "/files/"), queries(staff, "/runs/")] == one
    text = recipient.get("/files/").content.decode()
    assert "package 30: January 2020" in text and "?page=3" in text and 'href="/files/' in text


def test_runs_are_for_those_who_may_see_them() -> None:
    case = world.agreed()
    run = services.queue_run(agreement_id=case.agreement.pk)
    for role, status in ((Role.PRODUCTION_STAFF, 200), (Role.AUDITOR, 200), (Role.PANEL_MEMBER, 403)):
        colleague = client(world.person(role))
        for address in ("/runs/", f"/runs/{run.pk}/", f"/runs/api/{run.pk}/"):
            assert colleague.get(address).status_code == status, (role, address)
    recipient = client(case.recipient)
    assert recipient.get(f"/runs/{run.pk}/").status_code == 403
    assert recipient.post(f"/runs/{run.pk}/retry/").status_code == 403
    assert client(User.objects.get(email="production_staff@example.org")).get("/runs/999/").status_code == 404


def test_a_failed_run_says_why_and_is_started_again() -> None:
    case = world.agreed()
    run = services.queue_run(agreement_id=case.agreement.pk)
    work.work(run.pk)
    auditor, staff = client(world.person(Role.AUDITOR)), client(world.person(Role.PRODUCTION_STAFF))
    text = staff.get(f"/runs/{run.pk}/").content.decode()
    assert "No imaging records have been collected yet." in text and "Start the run again" in text
    assert "Start the run again" not in auditor.get(f"/runs/{run.pk}/").content.decode()
    assert auditor.post(f"/runs/{run.pk}/retry/").status_code == 403
    response = staff.post(f"/runs/{run.pk}/retry/", follow=True)
    assert "The run was started again." in response.content.decode()
    run.refresh_from_db()
    assert (run.state, run.failure) == ("queued", "")
