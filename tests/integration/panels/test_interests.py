"""Whoever declared an interest has stepped out: every address of the case is closed to them, at once and for good."""

from collections.abc import Iterator

import pytest
from django.urls import NoReverseMatch, URLPattern, URLResolver, get_resolver, reverse

from dars.agreements.selectors import visible_to as agreements_of
from dars.agreements.services import issue
from dars.applications.models import Application
from dars.applications.services_redaction import redact_answer
from dars.core.errors import NotAllowed
from dars.core.permissions import P, allowed, grant, visible
from dars.core.roles import Role
from dars.correspondence.services import add_comment
from dars.panels import selectors, services, services_conditions
from dars.panels.models import Condition
from tests.integration.panels import world as w
from tests.integration.panels.test_panel_pages import browser
from tests.integration.panels.test_papers import with_document

pytestmark = pytest.mark.django_db

SECRETS = ("To learn who waits longest", "marmalade", "Letter of support", "Is a year enough?")


def names(patterns: list, space: str = "") -> Iterator[tuple[str, dict]]:
    """Every named address with its parts, of the whole service."""
    for one in patterns:
        if isinstance(one, URLResolver):
            yield from names(one.url_patterns, f"{space}{one.namespace}:" if one.namespace else space)
        elif isinstance(one, URLPattern) and one.name:
            yield f"{space}{one.name}", dict(one.pattern.converters)


def addresses(application: Application, **parts: object) -> Iterator[str]:
    """Every address that names this case."""
    given = {"reference": application.reference, "key": "purpose", **parts}
    for name, converters in names(get_resolver().url_patterns):
        if "reference" in converters and converters.keys() <= given.keys():
            try:
                yield reverse(name, kwargs={part: given[part] for part in converters})
            except NoReverseMatch:  # the reference of an agreement is shaped otherwise
                continue


def test_every_address_of_the_case_is_closed_to_who_stepped_out(world: w.World) -> None:
    application, attachment = with_document(world, world.ours, "We support it, says marmalade.")
    said = add_comment(application=application, text="Is a year enough?", internal=True, by=world.reviewer)
    found = list(addresses(application, number=attachment.pk, comment_id=said.pk))
    assert len(found) > 30 and any("documents" in one for one in found) and any("comments" in one for one in found)
    member = world.panel[1]
    before = browser(member)
    assert before.get(f"/applications/{application.reference}/documents/{attachment.pk}/").status_code == 200
    services.declare_interest(application=application, nature="A friend.", by=member)
    for address in found:
        for answer in (before.get(address), before.post(address)):
            words = answer.content.decode(errors="replace")
            assert answer.status_code in {403, 404, 405}, (address, answer.status_code)
            assert not [one for one in SECRETS if one in words], address
    assert before.get(f"/applications/{application.reference}/documents/{attachment.pk}/").status_code == 403
    assert application.reference not in before.get("/applications/api/").content.decode()


def test_a_reviewer_who_stepped_out_reads_no_agreement_and_removes_nothing(world: w.World) -> None:
    application = w.approved(world)
    assert issue(application_id=application.pk) is not None
    reviewer = w.person("Second Reviewer", Role.IG_REVIEWER)
    assert agreements_of(reviewer).count() == 1
    services.declare_interest(application=application, nature="A friend.", by=reviewer)
    assert not agreements_of(reviewer).exists()
    with pytest.raises(NotAllowed, match="declared an interest"):
        redact_answer(
            revision=application.revisions.get(), section="purpose", question="aim", by=reviewer, reason="No."
        )


def test_no_role_opens_a_closed_case_and_a_right_of_ones_own_does(world: w.World) -> None:
    application, other = w.submitted(world), w.submitted(world, world.theirs)
    member = world.panel[1]
    services.declare_interest(application=application, nature="A friend.", by=member)
    assert list(visible(member, P.APPLICATION_VIEW, Application.objects.all())) == [other]
    assert not allowed(member, P.APPLICATION_VIEW, application) and allowed(member, P.APPLICATION_VIEW, other)
    assert allowed(world.chair, P.APPLICATION_VIEW, application)
    grant(member, P.APPLICATION_VIEW, application)  # of the applicant's team: what they wrote stays theirs
    assert allowed(member, P.APPLICATION_VIEW, application)
    assert visible(member, P.APPLICATION_VIEW, Application.objects.all()).count() == 2


def test_conditions_that_one_was_to_clear_are_not_listed_any_more(world: w.World) -> None:
    application = w.advised(world, conditions=["Show the protocol."])
    member = world.panel[1]
    Condition.objects.update(due="decision", clears=member)
    assert selectors.to_clear(member).count() == 1
    services.declare_interest(application=application, nature="A friend.", by=member)
    assert not selectors.to_clear(member).exists()
    with pytest.raises(NotAllowed):
        services_conditions.clear(
            condition=Condition.objects.get(), evidence="Seen.", evidence_on=w.clock.today(), by=member
        )
