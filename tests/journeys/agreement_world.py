"""A university of its own for the journey of a signatory: an agreement to sign, and later the decision on an extension.

Run inside the service (`manage.py shell`), where it makes what weeks of work would have left, by the services.
"""

import json

from django.conf import settings
from django.db import transaction

from dars.accounts.public import User
from dars.agreements import services
from dars.agreements.models import Agreement
from dars.applications.models import Application
from dars.core import clock
from dars.organisations.public import Organisation, add_member
from dars.panels import services as panels
from dars.panels.models import Advice
from tests.integration.accounts import factors
from tests.integration.panels import world as w

PEOPLE = ("ambridge.applicant", "ambridge.signatory", "new.signatory", "ada.approver")


@transaction.atomic
def build() -> None:
    """The signatory who was named has left; another belongs to the university. Nobody of it has a second factor."""
    if Organisation.objects.filter(code="XU1").exists():
        return
    world = w.build()
    new = w.person("New Signatory")
    add_member(organisation=world.ours.organisation, user=new, role="signatory", starts_on=w.LONG_AGO, by=None)
    services.issue(application_id=w.approved(world).pk)
    world.ours.signatory.memberships.update(ends_on=clock.today().replace(year=2021))
    factors.enrolled(world.approver)
    file = settings.STATE_ROOT / "demo" / "accounts.json"
    cast = json.loads(file.read_text())
    for name in PEOPLE:
        person = User.objects.get(email=f"{name}@example.org")
        person.set_password(cast["password"])
        person.save(update_fields=["password"])
        cast["accounts"].append({"email": person.email, "name": person.name, "does": name, "body": "XU1"})
    file.write_text(json.dumps(cast, indent=1))


@transaction.atomic
def decide() -> None:
    """The extension that was submitted is advised on (the row is put there) and approved by the service."""
    first = Agreement.objects.get(application__organisation__code="XU1", minor=0)
    draft = Application.objects.get(amendment__lineage=first.lineage_id, state="in_review")
    people = {name: User.objects.get(email=f"{name}@example.org") for name in ("carla.chair", "ada.approver")}
    Advice.objects.create(
        application=draft,
        revision=1,
        chair=people["carla.chair"],
        outcome="support",
        summary="Sound.",
        created_at=clock.now(),
        roll=Advice.objects.get(application=first.lineage_id).roll,
    )
    Application.objects.filter(pk=draft.pk).update(state="advised")
    panels.approve(application=draft, revision=1, reasons="Sound.", by=people["ada.approver"])
    services.issue(application_id=draft.pk)
