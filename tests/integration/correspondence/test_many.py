"""A case with 200 answers, 30 revisions and 500 comments costs as many queries as a new one."""

import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from dars.accounts.public import User
from dars.agreements import services as agreements
from dars.agreements.models import Agreement
from dars.applications.models import Application, Move, Revision
from dars.applications.questions import Answers
from dars.audit.services import record
from dars.core import clock
from dars.correspondence.models import ChangeRequest, Comment
from extracts.catalogue.public import DATASETS
from tests.integration.agreements.signing import sign_all
from tests.integration.applications.cases import Side, signed_in
from tests.integration.panels import world as w
from tests.integration.walks.world import plain_papers

PAGES = {
    "applications:case": "",
    "applications:timeline": "",
    "correspondence:compare": "?from=1&to=2",
    "correspondence:changes": "",
    "correspondence:comments": "?which=all",
    "correspondence:api-comments": "",
    "correspondence:new-comment": "",
    "applications:api-detail": "",
}

# Those of the applicants while they write.
WRITTEN = {
    "applications:tasks": "",
    "applications:section": "",
    "applications:request": "",
    "applications:check": "",
    "applications:team": "",
    "applications:withdraw": "",
    "applications:copy": "",
}

# The pages of whoever judges the case, which show its file, its votes and what was said.
JUDGED = {
    "panels:review": "ig_reviewer",
    "panels:propose": "ig_reviewer",
    "correspondence:redact": "ig_reviewer",
    "panels:case": "panel_member",
    "panels:vote": "panel_member",
    "panels:short-route": "panel_member",
    "panels:interest": "panel_member",
    "panels:advise": "panel_chair",
    "panels:decide": "approver",
}


def grow(
    application: Application, north: Side | w.Applicant, staff: dict[str, User], revisions: int, comments: int
) -> None:
    """More revisions, each after a return with a request; comments with replies; events of every one."""
    first, now = application.revisions.get(number=1), clock.now()
    wide = widened(first.answers) if revisions > 2 else first.answers
    reviewer, applicant = staff["ig_reviewer"], north.applicant
    have = application.revisions.count()
    values = {f.attname: getattr(first, f.attname) for f in first._meta.fields if f.attname not in ("id", "number")}
    for number in range(have + 1, revisions + 1):
        answers = {**wide, "purpose": {**wide["purpose"], "aim": f"Aim {number}. " * 100}}
        Revision.objects.create(**{**values, "number": number, "answers": answers})
        ChangeRequest.objects.create(
            application=application,
            revision=number - 1,
            section="purpose",
            question="aim",
            label="Purpose: aim",
            words="More.",
            asked_by=reviewer,
            asked_at=now,
            answer="Done.",
            answered_by=applicant,
            answered_at=now,
        )
        pairs = [("in_review", "returned", reviewer), ("returned", "in_review", applicant)]
        Move.objects.bulk_create(
            Move(application=application, revision=first, from_state=a, to_state=b, reason="x", by=by, at=now)
            for a, b, by in pairs
        )
    shared = {"application": application, "revision": 1, "section": "purpose", "question": "aim", "label": "Aim"}
    made = Comment.objects.bulk_create(
        Comment(**shared, internal=n % 2 == 0, text=f"Comment {n}", by=reviewer, from_applicant=False, at=now)
        for n in range(comments // 2)
    )
    Comment.objects.bulk_create(
        Comment(
            **shared,
            parent=one,
            internal=one.internal,
            text="Reply",
            by=staff["approver"],
            from_applicant=False,
            at=now,
        )
        for one in made
    )
    for one in made[:120]:
        about = {"comment": one.pk, "section": "purpose", "question": "aim"}
        record("comment.added", by=reviewer, subject=application, case=application.reference, **about)


def queries(user: User, application: Application, staff: dict[str, User]) -> dict[str, int]:
    readers = dict.fromkeys(PAGES, user)
    if user in staff.values():
        readers |= {name: staff[role] for name, role in JUDGED.items()}
    found = {name: asked(reader, application, name) for name, reader in readers.items()}
    if user not in staff.values():
        cases = Application.objects.filter(pk=application.pk)
        cases.update(state="returned")
        found |= {name: asked(user, application, name) for name in WRITTEN}
        cases.update(state="in_review")
    return found


def asked(reader: User, application: Application | Agreement, name: str) -> int:
    """How many queries the page takes."""
    key = {"key": "purpose"} if name == "applications:section" else {}
    address = reverse(name, kwargs={"reference": application.reference, **key}) + PAGES.get(name, "")
    client = signed_in(reader)
    with CaptureQueriesContext(connection) as captured:
        assert client.get(address).status_code == 200, name
    return len(captured)


def widened(answers: Answers) -> Answers:
    """Every field of every dataset is asked for, each with its reason, and there are twenty conditions."""
    fields = {name: {one.name: one.default_form.name for one in dataset.fields} for name, dataset in DATASETS.items()}
    reasons = {f"{name}.{field}": f"The work needs {field}." for name, chosen in fields.items() for field in chosen}
    conditions = [{"dataset": "did", "field": "modality", "values": ["X"]}] * 20
    data = {**answers["data"], "datasets": list(fields), "fields": fields, "field_reasons": reasons}
    data["filters"] = conditions
    return {**answers, "data": data}


def answered(answers: Answers) -> int:
    """How many answers there are: of the data, each field, reason and condition by itself."""
    kept = [value for section in answers.values() for value in section.values() if value]
    data = answers["data"]
    fields = [form for chosen in data["fields"].values() for form in chosen.values()]
    return len(kept) - 3 + len(fields) + len(data["field_reasons"]) + len(data["filters"])


@pytest.mark.parametrize("who", ["ig_reviewer", "applicant"])
def test_a_case_of_years_costs_as_many_queries_as_a_new_one(
    submitted: Application, north: Side, staff: dict[str, User], who: str
) -> None:
    user = north.applicant if who == "applicant" else staff[who]
    case = reverse("applications:case", args=[submitted.reference])
    client = signed_in(user)
    client.get(case)  # what the process remembers
    with CaptureQueriesContext(connection) as opened:
        client.get(case)
    grow(submitted, north, staff, revisions=2, comments=4)
    new = queries(user, submitted, staff)
    grow(submitted, north, staff, revisions=30, comments=496)
    submitted.answers = widened(submitted.answers)
    submitted.save(update_fields=["answers"])
    revisions = submitted.revisions.order_by("number")
    assert (revisions.count(), Comment.objects.filter(application=submitted).count()) == (30, 500)
    assert answered(revisions.last().answers) >= 200
    old = queries(user, submitted, staff)
    assert old["applications:case"] == len(opened)
    paged = {"applications:timeline": 1, "correspondence:changes": 0}  # the pages of a long list are counted
    assert {name: count for name, count in old.items() if count > new[name] + paged.get(name, 0)} == {}
    page = signed_in(user).get(case).content.decode()
    shown = page.count('class="app-comment"')
    assert shown == 5


def test_the_comments_of_a_long_case_come_in_pages(submitted: Application, north: Side, staff: dict[str, User]) -> None:
    grow(submitted, north, staff, revisions=1, comments=100)
    address = reverse("correspondence:comments", args=[submitted.reference])
    reviewer = signed_in(staff["ig_reviewer"])
    pages = [reviewer.get(address, {"page": n}).content.decode().count('class="app-comment"') for n in (1, 2, 3)]
    assert pages == [20, 20, 10]
    assert signed_in(north.applicant).get(address, {"page": 2}).content.decode().count('class="app-comment"') == 5


def test_a_long_case_says_when_it_is_overdue(
    submitted: Application, monkeypatch: pytest.MonkeyPatch, north: Side
) -> None:
    client = signed_in(north.applicant)
    address = reverse("applications:case", args=[submitted.reference])
    assert "Overdue" not in client.get(address).content.decode()
    later = clock.today() + dt.timedelta(days=20)
    monkeypatch.setattr(clock, "today", lambda: later)
    shown = client.get(address).content.decode()
    assert "Overdue" in shown
    assert client.get(reverse("applications:api-detail", args=[submitted.reference])).json()["overdue"] is True


# Pages of the agreement that came of a case, each with whose it is.
AGREED = {
    ("agreements:page", "signatory"),
    ("agreements:page", "approver"),
    ("agreements:new-version", "applicant"),
    ("agreements:suspend", "approver"),
    ("agreements:end", "approver"),
    ("agreements:payment", "reviewer"),
    ("agreements:waiver", "reviewer"),
}


def test_the_agreement_of_a_case_of_years_costs_as_many_queries_as_that_of_a_new_one(db: None) -> None:
    world = w.build()
    with plain_papers():
        agreement = sign_all(agreements.issue(application_id=w.approved(world).pk))
    application = agreement.application
    people = {"approver": world.approver, "reviewer": world.reviewer, **vars(world.ours)}
    staff = {"ig_reviewer": world.reviewer, "approver": world.approver}

    def queries() -> dict[tuple[str, str], int]:
        return {(name, who): asked(people[who], agreement, name) for name, who in AGREED}

    grow(application, world.ours, staff, revisions=1, comments=4)
    queries()  # what the process remembers
    new = queries()
    grow(application, world.ours, staff, revisions=30, comments=496)
    assert (application.revisions.count(), Comment.objects.filter(application=application).count()) == (30, 500)
    assert queries() == new
