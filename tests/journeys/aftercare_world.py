"""A university of its own for the journey after a release: an agreement in force with a file, and one that is over.

Run inside the service (`manage.py shell`), where it makes what weeks of work would have left, by the services' tables.
"""

import datetime as dt
import hashlib
import json
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction

from dars.accounts.public import User, create_account
from dars.agreements.models import Agreement
from dars.core import clock
from dars.core.permissions import P, grant
from dars.organisations.public import Organisation, add_member
from dars.oversight import services_watch
from extracts.delivery.models import Package, PackageFile
from extracts.production.models import Run
from tests.integration.accounts import factors
from tests.integration.production import world

CODE, FILE, CONTENT = "UEM09", "did.csv.age", b"not a real extract"
PEOPLE = {
    "signatory@eastmere.example": ("Signe Holm", "signatory"),
    "analyst@eastmere.example": ("Anil Ferris", "recipient"),
    "leaver@eastmere.example": ("Lea Varga", "recipient"),
}


def build() -> None:
    """Makes it once; the people can sign in with the demonstration's password."""
    if not Organisation.objects.filter(code=CODE).exists():
        with transaction.atomic():
            _build(settings.STATE_ROOT / "demo" / "accounts.json")
        services_watch.watch()


def _build(accounts: Path) -> None:
    cast = json.loads(accounts.read_text())
    case = world.agreed(CODE)
    Organisation.objects.filter(code=CODE).update(name="University of Eastmere")
    people = {}
    for email, (name, part) in PEOPLE.items():
        person = create_account(email=email, name=name, password=cast["password"], by=None)
        add_member(organisation=case.organisation, user=person, role=part, starts_on=clock.today(), by=None)
        people[email.partition("@")[0]] = factors.enrolled(person)
        cast["accounts"].append({"email": email, "name": name, "does": part, "body": CODE})
    agreement, lasting = case.agreement, dt.timedelta(days=300)
    over = _copy_of(agreement, ends_on=clock.today() - dt.timedelta(days=40), starts_on=clock.today() - lasting)
    for name in ("analyst", "leaver"):
        for each in (agreement, over):
            each.recipients.create(user=people[name])
            grant(people[name], P.AGREEMENT_VIEW, each)
    for each in (agreement, over):
        grant(people["signatory"], P.AGREEMENT_VIEW, each)
    _release(agreement, [people["analyst"], people["leaver"]])
    accounts.write_text(json.dumps(cast, indent=1))


def _copy_of(agreement: Agreement, **changes: Any) -> Agreement:
    """An agreement of the same organisation that has expired; its data have not been destroyed."""
    application = agreement.application
    application.pk, application.reference = None, "DARS-NIC-009902-B2C3D"
    application.save()
    party, recipient = agreement.parties.get(), agreement.recipients.get()
    agreement = Agreement.objects.get(pk=agreement.pk)
    copy = Agreement.objects.get(pk=agreement.pk)
    copy.pk, copy.application, copy.lineage, copy.state = None, application, application, "expired"
    copy.reference = f"{application.reference}-v1.0"
    for name, value in changes.items():
        setattr(copy, name, value)
    copy.save()
    copy.parties.create(organisation=party.organisation, part=party.part)
    copy.recipients.create(user=recipient.user)
    return copy


def _release(agreement: Agreement, people: list[User]) -> None:
    """A package with one file; production and packing have journeys of their own."""
    reference, now = agreement.application.reference, clock.now()
    run = Run.objects.create(
        agreement=agreement,
        application_reference=reference,
        spec_json={},
        spec_sha256=agreement.spec_sha256,
        state="released",
        created_at=now,
    )
    package = Package.objects.create(
        agreement=agreement,
        run=run,
        application_reference=reference,
        number=1,
        state="released",
        waits_for="",
        folder="1",
        created_at=now,
        released_at=now,
        expires_at=now + dt.timedelta(days=30),
    )
    folder = settings.DELIVERY_ROOT / str(package.uuid) / "1"
    folder.mkdir(parents=True)
    (folder / FILE).write_bytes(CONTENT)
    sha256 = hashlib.sha256(CONTENT).hexdigest()
    PackageFile.objects.create(
        package=package, name=FILE, size=len(CONTENT), sha256=sha256, plain_size=1, plain_sha256="0" * 64
    )
    for person in people:
        grant(person, P.PACKAGE_VIEW, package)
        grant(person, P.PACKAGE_DOWNLOAD, package)
