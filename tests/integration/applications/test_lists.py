"""The list of applications and the queue of reviewers: in pages, and as many queries for many cases as for one."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from dars.accounts.public import User
from dars.applications.models import Application, ApplicationUserObjectPermission, Revision
from dars.applications.selectors import PAGE_SIZE
from tests.integration.applications.cases import Side, signed_in, start

MANY = 30


def multiply(first: Application, many: int = MANY) -> None:
    """Many cases like the first one, each with its revision and its team."""
    values = {f.attname: getattr(first, f.attname) for f in Application._meta.fields if f.attname not in ("id",)}
    made = Application.objects.bulk_create(
        Application(**{**values, "reference": f"DARS-NIC-{number:06d}-COPY{number % 10}", "title": f"Study {number}"})
        for number in range(1, many + 1)
    )
    last = first.revisions.get()
    kept = {f.attname: getattr(last, f.attname) for f in Revision._meta.fields if f.attname != "id"}
    Revision.objects.bulk_create(Revision(**{**kept, "application_id": one.pk}) for one in made)
    rights = list(ApplicationUserObjectPermission.objects.filter(content_object=first))
    ApplicationUserObjectPermission.objects.bulk_create(
        ApplicationUserObjectPermission(content_object=one, user_id=right.user_id, permission_id=right.permission_id)
        for one in made
        for right in rights
    )


def opened(client: Client, address: str) -> tuple[str, int]:
    """What the page says, and the number of queries it took."""
    with CaptureQueriesContext(connection) as caught:
        response = client.get(address)
    assert response.status_code == 200
    return response.content.decode(), len(caught)


@pytest.mark.parametrize("name", ["applications:list", "applications:api-list", "panels:reviews"])
def test_a_list_comes_in_pages_and_costs_as_much_for_many_as_for_one(
    submitted: Application, north: Side, staff: dict[str, User], name: str
) -> None:
    client = signed_in(staff["ig_reviewer"] if name == "panels:reviews" else north.applicant)
    address = reverse(name)
    client.get(address)  # what the session remembers
    shown, one = opened(client, address)
    assert shown.count(submitted.reference) >= 1
    multiply(submitted)
    first, many = opened(client, address)
    assert many == one
    second, more = opened(client, address + "?page=2")
    assert more == one

    def references(text: str) -> set[str]:
        known = Application.objects.values_list("reference", flat=True)
        return {reference for reference in known if reference in text}

    assert (len(references(first)), len(references(second))) == (PAGE_SIZE, MANY + 1 - PAGE_SIZE)
    assert not references(first) & references(second)
    if not name.endswith("api-list"):
        assert 'href="?page=2"' in first and 'href="?page=1"' in second
    assert opened(client, address + "?page=99")[0].count("COPY") == second.count("COPY")


def found(client: Client, **sought: str) -> set[str]:
    """The titles that a search shows."""
    response = client.get(reverse("applications:list"), sought)
    assert response.status_code == 200
    return {row.title for row in Application.objects.all() if f">{row.title}</a>" in response.content.decode()}


def test_a_case_is_found_by_reference_title_organisation_and_state(
    submitted: Application, north: Side, south: Side, staff: dict[str, User]
) -> None:
    Application.objects.filter(pk=submitted.pk).update(title="Waits before lung cancer")
    Application.objects.filter(pk=start(north).pk).update(title="A plan of ours")
    reviewer = signed_in(staff["ig_reviewer"])
    mine, all_of_it = {"Waits before lung cancer"}, {"Waits before lung cancer", "A plan of ours"}
    for words in (
        submitted.reference,
        f"{submitted.reference}-v1.2".lower(),
        "LUNG waits",
        north.organisation.code,
        f"lung {north.organisation.name}",
    ):
        assert found(reviewer, q=f" {words} ") == mine
    assert found(reviewer) == found(reviewer, state="in_review") == mine  # a draft is its team's
    assert found(reviewer, q="lung", state="approved") == found(reviewer, q="lung bones") == set()
    assert found(reviewer, q="100%_") == set()
    ours = signed_in(north.applicant)
    assert found(ours) == all_of_it
    assert found(ours, state="draft") == {"A plan of ours"}
    assert found(signed_in(south.applicant), q="lung") == set()


def test_a_search_keeps_what_was_typed_and_its_words_through_the_pages(submitted: Application, north: Side) -> None:
    client = signed_in(north.applicant)
    multiply(submitted)
    text = client.get(reverse("applications:list"), {"q": "Study", "state": "in_review"}).content.decode()
    assert 'value="Study"' in text and "30 applications found" in text
    assert 'value="in_review" selected' in text and "q=Study&amp;state=in_review" in text
    refused = client.get(reverse("applications:list"), {"q": "x" * 201, "state": "lost"}).content.decode()
    assert "Shorten the words" in refused and "Choose one of the states" in refused
    assert "No application that you may read" in client.get(reverse("applications:list"), {"q": "zz"}).content.decode()
