"""Runs and packages of a case are closed to a colleague who declared an interest in it: every address, every list."""

import pytest
from django.test import Client
from django.urls import get_resolver, reverse

from dars.accounts.public import User, grant_role
from dars.core import clock
from dars.core.errors import NotAllowed
from dars.core.roles import Role
from dars.panels.services import declare_interest
from extracts.delivery.models import Package, PackageFile
from extracts.delivery.services import retry
from extracts.production.models import Run
from tests.integration.panels.test_interests import names
from tests.integration.production import world

pytestmark = pytest.mark.django_db

FILE = "did.csv.age"


@pytest.fixture
def colleague() -> User:
    """Reviews cases, and is one of those who produce and check."""
    user = User.objects.create_user(email="both@example.org", name="Bo Thanet")
    for role in (Role.PRODUCTION_REVIEWER, Role.PRODUCTION_STAFF):
        grant_role(user=user, role=role, by=None)
    return user


def produced(case: world.Case) -> tuple[Run, Package]:
    """Rows of a run whose files wait for their check, and of a package that could not be packed."""
    reference, now = case.agreement.application.reference, clock.now()
    of = {"agreement": case.agreement, "application_reference": reference, "created_at": now}
    run = Run.objects.create(
        **of,
        spec_json=case.agreement.spec_json,
        spec_sha256=case.agreement.spec_sha256,
        state="written",
        staged="1",
        written_at=now,
        found={"measure": {"k_anonymity": {"people_below_k": 0}, "tables": {}}},
    )
    package = Package.objects.create(**of, run=run, number=1, state="failed", waits_for="", folder="")
    PackageFile.objects.create(package=package, name=FILE, size=1, sha256="a" * 64, plain_size=1, plain_sha256="b" * 64)
    return run, package


def addresses(run: Run, package: Package) -> list[str]:
    """Every address that names the run or the package."""
    given = {"run_id": run.pk, "package": package.uuid, "name": FILE}
    return [
        reverse(name, kwargs={part: given[part] for part in parts})
        for name, parts in names(get_resolver().url_patterns)
        if parts.keys() & {"run_id", "package"} and parts.keys() <= given.keys()
    ]


def test_every_address_of_run_and_package_is_closed_to_who_stepped_out(colleague: User) -> None:
    case, other = world.agreed("U01"), world.agreed("U02")
    run, package = produced(case)
    kept, _ = produced(other)
    browser = Client()
    browser.force_login(colleague)
    found = addresses(run, package)
    assert len(found) >= 7
    assert browser.get(f"/runs/{run.pk}/").status_code == 200
    assert case.agreement.reference in browser.get("/files/").content.decode()
    declare_interest(application=case.agreement.application, nature="A friend.", by=colleague)
    for address in found:
        for answer in (browser.get(address), browser.post(address)):
            assert answer.status_code in {403, 404, 405}, (address, answer.status_code)
            assert case.agreement.reference not in answer.content.decode(errors="replace"), address
    assert "declared an interest" in browser.get(f"/runs/{run.pk}/").content.decode()
    assert browser.get(f"/runs/{kept.pk}/").status_code == 200
    for page in ("/runs/", "/runs/?show=waiting", "/files/", "/files/api/"):
        text = browser.get(page).content.decode()
        assert case.agreement.reference not in text and other.agreement.reference in text, page
    assert "1 run waits" in " ".join(browser.get("/runs/").content.decode().split())
    with pytest.raises(NotAllowed, match="declared an interest"):
        retry(package_uuid=package.uuid, by=colleague)
