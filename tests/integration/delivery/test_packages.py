"""From the written run to the decrypted file: encrypted to the recipients' keys, and the plain files gone."""

import datetime as dt
import hashlib
import json
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path

import pyrage
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ed25519
from django.conf import settings

from dars.accounts.public import User
from dars.agreements.models import Recipient
from dars.audit.models import AuditEvent
from dars.core import clock
from dars.core.errors import Invalid, NotAllowed, NotFound, WrongState
from dars.core.models import OutboxEvent
from dars.core.permissions import P, allowed
from dars.core.roles import Role
from dars.notices.models import Notice
from dars.organisations.public import add_member
from extracts.collection import opt_outs
from extracts.delivery import consumers, key_services, packing, selectors, services
from extracts.delivery.models import Package, RecipientKey
from extracts.delivery.rules import MAX_ATTEMPTS
from extracts.production import services as production
from extracts.production import work
from extracts.production.models import Run
from tests.integration.production import world

pytestmark = pytest.mark.django_db


@dataclass
class Begun:
    """What each of these tests begins with: an agreement whose run was written and cleared, and nobody has a key."""

    case: world.Case
    files: world.FilesOfRuns


@pytest.fixture(scope="module")
def once(module_rows: None, tmp_path_factory: pytest.TempPathFactory) -> Begun:
    world.collected()
    case = world.agreed(formats=["parquet"])
    world.extract_of(case)
    return Begun(case, world.FilesOfRuns(tmp_path_factory.mktemp("cleared")))


@pytest.fixture
def case(db: None, once: Begun) -> world.Case:
    once.files.put_back()
    return deepcopy(once.case)


def waiting(case: world.Case) -> Package:
    """The package of the cleared run has been announced."""
    run = Run.objects.get(agreement=case.agreement)
    event = OutboxEvent.objects.get(topic="run.cleared", ids__run_id=run.pk)
    for _ in range(2):  # events may come twice
        consumers.pack_run(event)
    return Package.objects.get(run=run)


def released(case: world.Case) -> Package:
    world.register_key(public_key=case.public_key, by=case.recipient)
    package = waiting(case)
    packing.pack(package.pk)
    package.refresh_from_db()
    return package


def files_under(root: Path) -> list[Path]:
    return [path for path in root.rglob("*") if path.is_file()] if root.is_dir() else []


def test_a_released_package_decrypts_to_what_was_checked(case: world.Case, django_capture_on_commit_callbacks) -> None:
    private = ed25519.Ed25519PrivateKey.generate()
    ssh = private.public_key().public_bytes(serialization.Encoding.OpenSSH, serialization.PublicFormat.OpenSSH)
    world.register_key(public_key=ssh.decode(), by=case.recipient)
    pem = private.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.OpenSSH, serialization.NoEncryption()
    )
    with django_capture_on_commit_callbacks(execute=True):
        package = released(case)
    run = Run.objects.get()
    assert (package.state, run.state, package.number) == ("released", "released", 1)
    assert package.expires_at - package.released_at == dt.timedelta(days=30)
    assert files_under(settings.STAGING_ROOT / "runs") == []
    plain = {entry["name"]: entry["sha256"] for entry in run.files}
    assert {file.name for file in package.files.all()} == {f"{name}.age" for name in plain}
    for file in package.files.all():
        content = (settings.DELIVERY_ROOT / str(package.uuid) / package.folder / file.name).read_bytes()
        assert (len(content), hashlib.sha256(content).hexdigest()) == (file.size, file.sha256)
        for identity in (case.identity, pyrage.ssh.Identity.from_buffer(pem)):
            opened = pyrage.decrypt(content, [identity])
            assert hashlib.sha256(opened).hexdigest() == plain[file.name.removesuffix(".age")] == file.plain_sha256
            assert len(opened) == file.plain_size
        with pytest.raises(pyrage.DecryptError):
            pyrage.decrypt(content, [pyrage.x25519.Identity.generate()])
    event = AuditEvent.objects.get(kind="file.released")
    assert (event.case, event.payload_row.payload["files"]) == (run.application_reference, len(plain))
    assert OutboxEvent.objects.filter(topic="file.released").count() == 1
    assert len(files_under(settings.DELIVERY_ROOT)) == len(plain)
    packing.pack(package.pk)
    assert AuditEvent.objects.filter(kind="file.released").count() == 1


def test_rights_go_to_the_named_recipients_alone(case: world.Case) -> None:
    package = released(case)
    colleague = User.objects.create_user(email="colleague@u01.example", name="Colleague")
    add_member(organisation=case.organisation, user=colleague, role="recipient", starts_on=clock.today(), by=None)
    assert allowed(case.recipient, P.PACKAGE_VIEW, package) and allowed(case.recipient, P.PACKAGE_DOWNLOAD, package)
    assert not allowed(colleague, P.PACKAGE_VIEW, package) and not allowed(colleague, P.PACKAGE_DOWNLOAD, package)


def test_a_package_waits_for_a_key_and_goes_out_when_one_comes(case: world.Case) -> None:
    package = waiting(case)
    packing.pack(package.pk)
    package.refresh_from_db()
    assert (package.state, package.waits_for) == ("waiting", "key")
    assert "destroyed at midnight" in Notice.objects.get(person=case.recipient, kind="package.waiting").text
    Package.objects.update(woken_at=clock.now() - dt.timedelta(days=1))
    assert services.wake_due() == 0
    stranger = world.agreed("U02")
    queued = OutboxEvent.objects.filter(topic="task.queued", ids__name="delivery.pack")
    before = queued.count()
    world.register_key(public_key=stranger.public_key, by=stranger.recipient)
    assert queued.count() == before
    world.register_key(public_key=case.public_key, by=case.recipient)
    assert queued.count() == before + 2  # once when it was registered, once when it was confirmed
    packing.pack(package.pk)
    package.refresh_from_db()
    assert (package.state, package.waits_for) == ("released", "")


def objects(officer: User) -> None:
    """Person 1, who has lung cancer, tells the service to leave them out."""
    opt_outs.record(nhs_number=world.SENTINEL, received_on=clock.today(), channel="letter", by=officer)


def test_an_objection_that_comes_while_a_package_waits_for_a_key_is_honoured(case: world.Case) -> None:
    package = waiting(case)
    packing.pack(package.pk)
    before = Run.objects.get()
    objects(world.person(Role.OPT_OUT_OFFICER))
    work.sweep()
    assert Run.objects.get().state == "shelved", "what holds them waits no longer"
    consumers.pack_run(OutboxEvent.objects.filter(topic="run.cleared").last())  # as if it were told only now
    assert Run.objects.get().state == "prepared"
    Run.objects.update(state="shelved")
    world.register_key(public_key=case.public_key, by=case.recipient)
    packing.pack(package.pk)
    package.refresh_from_db()
    assert (package.state, package.waits_for) == ("waiting", "run")
    assert (Run.objects.get().state, Run.objects.get().staged) == ("prepared", "")
    work.work(before.pk)
    packing.pack(package.pk)
    package.refresh_from_db()
    assert (package.state, Run.objects.get().state) == ("waiting", "written")  # what was written anew is checked anew
    world.cleared(before.pk)
    consumers.pack_run(OutboxEvent.objects.filter(topic="run.cleared").last())
    packing.pack(package.pk)
    package.refresh_from_db()
    after = Run.objects.get()
    assert (package.state, after.state) == ("released", "released")
    assert after.files[0]["rows"] < before.files[0]["rows"]
    assert after.opt_out_version != before.opt_out_version


def test_files_of_yesterday_are_written_anew(case: world.Case) -> None:
    world.register_key(public_key=case.public_key, by=case.recipient)
    package = waiting(case)
    Run.objects.update(opt_outs_at=clock.now() - dt.timedelta(days=1))
    packing.pack(package.pk)
    package.refresh_from_db()
    assert (package.state, package.waits_for, Run.objects.get().state) == ("waiting", "run", "prepared")
    assert AuditEvent.objects.filter(kind="run.outdated").count() == 1


def test_an_objection_in_the_midst_of_packing_is_honoured(case: world.Case, monkeypatch: pytest.MonkeyPatch) -> None:
    world.register_key(public_key=case.public_key, by=case.recipient)
    package, officer = waiting(case), world.person(Role.OPT_OUT_OFFICER)
    keep = packing.storage.folders().keep

    def meanwhile(self, *args):
        objects(officer)
        return keep(*args)

    monkeypatch.setattr("dars.core.folders.Folders.keep", meanwhile)
    packing.pack(package.pk)
    package.refresh_from_db()
    assert package.state == "waiting"
    assert not AuditEvent.objects.filter(kind="file.released").exists()


def test_a_suspended_agreement_releases_nothing(case: world.Case) -> None:
    world.register_key(public_key=case.public_key, by=case.recipient)
    package = waiting(case)
    case.set(state="suspended", state_reason="breach")
    packing.pack(package.pk)
    package.refresh_from_db()
    assert (package.state, package.waits_for) == ("waiting", "agreement")
    assert files_under(settings.DELIVERY_ROOT) == []


@pytest.mark.parametrize("change", ["suspended", "retired", "purged"])
def test_nor_one_that_changes_while_files_are_encrypted(
    case: world.Case, change: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = world.register_key(public_key=case.public_key, by=case.recipient)
    package = waiting(case)
    keep = packing.storage.folders().keep

    def meanwhile(self, *args):
        if change == "suspended":
            case.set(state="suspended", state_reason="breach")
        elif change == "retired":
            key_services.retire_key(key_id=key.pk, by=case.recipient)
        else:
            production.purge(agreement_id=case.agreement.pk)
        return keep(*args)

    monkeypatch.setattr("dars.core.folders.Folders.keep", meanwhile)
    packing.pack(package.pk)
    package.refresh_from_db()
    assert (package.state, package.waits_for, package.lease_until) == ("waiting", "agreement", None)
    assert not AuditEvent.objects.filter(kind="file.released").exists()
    assert not allowed(case.recipient, P.PACKAGE_VIEW, package)
    packing.sweep()
    assert files_under(settings.DELIVERY_ROOT) == []


def test_a_plain_file_that_changed_is_not_released(case: world.Case) -> None:
    world.register_key(public_key=case.public_key, by=case.recipient)
    package = waiting(case)
    next(path for path in files_under(settings.STAGING_ROOT / "runs") if path.name == "did.parquet").write_bytes(b"x")
    packing.pack(package.pk)
    package.refresh_from_db()
    assert (package.state, package.waits_for) == ("waiting", "failure")
    assert files_under(settings.DELIVERY_ROOT) == []


def test_what_cannot_be_packed_is_given_up_and_a_person_starts_it_again(
    case: world.Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.register_key(public_key=case.public_key, by=case.recipient)
    package, staff = waiting(case), world.person(Role.PRODUCTION_STAFF)
    with monkeypatch.context() as broken:
        broken.setattr(packing.storage, "seal", lambda *args: 1 / 0)
        for _ in range(MAX_ATTEMPTS + 2):
            packing.pack(package.pk)
    package.refresh_from_db()
    assert (package.state, package.waits_for, package.attempts) == ("failed", "", MAX_ATTEMPTS)
    assert AuditEvent.objects.filter(kind="package.failed").count() == 1
    assert Notice.objects.filter(kind="package.failed", person=staff).count() == 1
    assert services.wake_due() == 0
    with pytest.raises(NotAllowed):
        services.retry(package_uuid=package.uuid, by=case.recipient)
    services.retry(package_uuid=package.uuid, by=staff)
    packing.pack(package.pk)
    package.refresh_from_db()
    assert package.state == "released"
    with pytest.raises(WrongState):
        services.retry(package_uuid=package.uuid, by=staff)


def test_a_package_that_kills_its_packers_is_given_up(case: world.Case) -> None:
    world.register_key(public_key=case.public_key, by=case.recipient)
    package = waiting(case)
    for _ in range(MAX_ATTEMPTS):
        assert services.begin(package_id=package.pk) is not None
        Package.objects.update(lease_until=clock.now() - dt.timedelta(seconds=1))
    assert services.begin(package_id=package.pk) is None
    package.refresh_from_db()
    assert (package.state, package.lease_until) == ("failed", None)


def test_waiting_for_a_key_is_no_attempt(case: world.Case) -> None:
    package = waiting(case)
    for _ in range(MAX_ATTEMPTS + 2):
        packing.pack(package.pk)
    package.refresh_from_db()
    assert (package.state, package.waits_for, package.attempts) == ("waiting", "key", 0)


def test_a_packer_that_comes_late_writes_nothing(case: world.Case) -> None:
    world.register_key(public_key=case.public_key, by=case.recipient)
    package = waiting(case)
    late, keys = services.begin(package_id=package.pk)
    Package.objects.update(lease_until=clock.now() - dt.timedelta(seconds=1))
    packing.pack(package.pk)
    package.refresh_from_db()
    assert (package.state, package.lease_token) == ("released", late.token + 1)
    with pytest.raises(packing.LeaseLost):
        services.release(lease=late, folder=str(late.token), files=[], keys=keys)
    assert AuditEvent.objects.filter(kind="file.released").count() == 1


def test_expiry_removes_the_files_and_keeps_the_record(
    case: world.Case, monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks
) -> None:
    package = released(case)
    packing.sweep()
    assert files_under(settings.DELIVERY_ROOT) != []
    later = clock.now() + dt.timedelta(days=30, seconds=1)
    monkeypatch.setattr(clock, "now", lambda: later)
    with django_capture_on_commit_callbacks(execute=True):
        packing.sweep()
    package.refresh_from_db()
    assert (package.state, package.folder, package.files.count()) == ("expired", "", 5 + 1)
    assert files_under(settings.DELIVERY_ROOT) == []


def test_the_end_of_the_agreement_withdraws(case: world.Case, django_capture_on_commit_callbacks) -> None:
    package = released(case)
    event = type("Event", (), {"ids": {"agreement_id": case.agreement.pk}})
    with django_capture_on_commit_callbacks(execute=True):
        for _ in range(2):
            consumers.withdraw_packages(event)
    package.refresh_from_db()
    assert package.state == "withdrawn" and files_under(settings.DELIVERY_ROOT) == []
    assert AuditEvent.objects.filter(kind="package.withdrawn").count() == 1


def test_who_left_the_organisation_is_no_recipient_any_more(case: world.Case) -> None:
    world.register_key(public_key=case.public_key, by=case.recipient)
    package = waiting(case)
    yesterday = clock.today() - dt.timedelta(days=1)
    case.recipient.memberships.update(starts_on=yesterday, ends_on=yesterday)
    packing.pack(package.pk)
    package.refresh_from_db()
    assert (package.state, package.waits_for) == ("waiting", "key")


def test_who_leaves_later_no_longer_sees_what_was_released(case: world.Case) -> None:
    package = released(case)
    assert list(selectors.packages(case.recipient)) == [package]
    yesterday = clock.today() - dt.timedelta(days=1)
    case.recipient.memberships.update(starts_on=yesterday, ends_on=yesterday)
    assert not selectors.packages(case.recipient).exists()


class TestKeys:
    """Registering and retiring."""

    def test_one_key_is_registered_once_by_anybody(self, case: world.Case) -> None:
        key = world.register_key(public_key=case.public_key, by=case.recipient)
        rival = world.agreed("U02")
        for person in (case.recipient, rival.recipient):
            with pytest.raises(Invalid, match="registered before"):
                world.register_key(public_key=case.public_key, by=person)
        with pytest.raises(NotFound):
            key_services.retire_key(key_id=key.pk, by=rival.recipient)
        key_services.retire_key(key_id=key.pk, by=case.recipient)
        with pytest.raises(WrongState):
            key_services.retire_key(key_id=key.pk, by=case.recipient)
        with pytest.raises(Invalid):
            world.register_key(public_key=case.public_key, by=case.recipient)

    def test_only_data_recipients_register_keys(self, case: world.Case) -> None:
        nobody = User.objects.create_user(email="nobody@example.org", name="Nobody")
        with pytest.raises(NotAllowed):
            world.register_key(public_key=case.public_key, by=nobody)
        assert RecipientKey.objects.count() == 0

    def test_files_are_encrypted_to_every_recipient(self, case: world.Case) -> None:
        second = User.objects.create_user(email="second@u01.example", name="Second")
        add_member(organisation=case.organisation, user=second, role="recipient", starts_on=clock.today(), by=None)
        Recipient.objects.create(agreement=case.agreement, user=second)
        identity = pyrage.x25519.Identity.generate()
        world.register_key(public_key=str(identity.to_public()), by=second)
        package = released(case)
        manifest = settings.DELIVERY_ROOT / str(package.uuid) / package.folder / "manifest.json.age"
        for own in (identity, case.identity):
            assert json.loads(pyrage.decrypt(manifest.read_bytes(), [own]))["spec_sha256"] == case.agreement.spec_sha256
