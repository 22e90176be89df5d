"""The pages: a whole application by forms alone, gaps and conflicts, refusal, and who reads what."""

import html
import re

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from lxml.html import document_fromstring

from dars.applications import case_panels, facts, services
from dars.applications.models import Application, Rival
from dars.applications.sections import SECTIONS
from dars.audit.public import trail
from dars.core import clock
from deploy.local import examples
from extracts.catalogue.public import DATASETS
from tests.integration.applications.cases import Side, example, fill, give_evidence, join, person, signed_in, start
from tests.unit.dars.applications.answers import query


def page(name: str, application: Application, *more: str) -> str:
    return reverse(f"applications:{name}", args=[application.reference, *more])


def text_of(client: Client, address: str, status: int = 200) -> str:
    response = client.get(address)
    assert response.status_code == status, response.content[:2000]
    return response.content.decode()


def post(client: Client, address: str, pairs: list[tuple[str, str]]):
    return client.post(address, query(pairs).urlencode(), content_type="application/x-www-form-urlencoded")


def version_on(page_text: str) -> str:
    return re.search(r'name="version" value="(\d+)"', page_text)[1]


def apply_by_forms(client: Client, side: Side, title: str, kind: str) -> str:
    """Starts, fills and submits an application as a browser would; the address of its case."""
    started = post(client, reverse("applications:new"), [("title", title), ("organisation", side.organisation.code)])
    tasks = started["Location"]
    answers = example(side, kind)
    for key in answers:
        address = tasks.replace("tasks/", f"sections/{key}/")
        form = examples.form_data(key, answers)
        if key == "purpose":
            kept = post(client, address, [("version", version_on(text_of(client, address))), *form])
            asked = text_of(client, kept["Location"])
            assert 'href="#document"' in asked and "Attach the committee’s letter" in asked
            give_evidence(Application.objects.get(reference=tasks.split("/")[2]), side.applicant)
        saved = post(client, address, [("version", version_on(text_of(client, address))), *form])
        assert saved.status_code == 302
        assert "problems" not in saved["Location"], text_of(client, saved["Location"])
    check = tasks.replace("tasks/", "check/")
    assert saved["Location"] == check
    assert "Submit the application" in text_of(client, check)
    done = post(client, check, [("declaration", "yes")])
    assert done.status_code == 302, done.content.decode()
    return done["Location"]


def test_an_application_is_made_by_forms_alone(north: Side) -> None:
    client = signed_in(north.applicant)
    case = apply_by_forms(client, north, examples.LUNG_CANCER_TITLE, "lung_cancer_study")
    shown = text_of(client, case)
    assert "In review" in shown
    assert "Patient source setting" in shown
    assert "Asked for in more than the least revealing form" in shown
    application = Application.objects.get()
    assert application.revisions.get().answers["data"]["fields"]["cancer"]["route"] == "code"
    assert examples.LUNG_CANCER_TITLE in text_of(client, reverse("applications:list"))


def test_a_solely_commercial_request_is_told_why_it_is_refused(north: Side) -> None:
    client = signed_in(north.applicant)
    case = apply_by_forms(client, north, examples.INSURANCE_TITLE, "insurance_request")
    shown = text_of(client, case)
    assert "This application was refused at screening" in shown
    assert "Every purpose is commercial: marketing, insurance." in shown
    assert "DARS standard 5e" in shown
    assert "Withdraw this application" not in shown


@pytest.mark.parametrize("key", SECTIONS)
def test_every_section_shows_what_is_missing_with_links_that_lead_somewhere(
    draft: Application, north: Side, key: str
) -> None:
    Application.objects.filter(pk=draft.pk).update(
        answers={"data": {"datasets": list(DATASETS)}, "renewal": {"asked": "yes"}}
    )
    client = signed_in(north.applicant)
    address = page("section", draft, key)
    saved = post(client, address, [("version", "0")])
    problems = text_of(client, saved["Location"])
    links = re.findall(r'href="#([\w-]+)"', problems.split("nhsuk-error-summary", 1)[1].split("</ul>")[0])
    assert links
    for anchor in links:
        assert f'id="{anchor}"' in problems


def test_gaps_on_the_check_page_lead_to_their_questions(draft: Application, north: Side) -> None:
    client = signed_in(north.applicant)
    shown = text_of(client, page("check", draft))
    assert "Submit the application" not in shown
    gaps = re.findall(r'href="(/applications/[^"]+)\?problems=1#([\w-]+)"', shown)
    shown_pages = {address: text_of(client, f"{address}?problems=1") for address, _ in gaps}
    assert len(shown_pages) > 10
    for address, anchor in gaps:
        assert f'id="{anchor}"' in shown_pages[address]
    refused = post(client, page("check", draft), [("declaration", "yes")])
    assert refused.status_code == 422
    draft.refresh_from_db()
    assert draft.state == "draft"


def test_what_was_typed_is_kept_though_it_is_wrong(draft: Application, north: Side) -> None:
    client = signed_in(north.applicant)
    typed = [("version", "0"), ("starts_on-day", "31"), ("starts_on-month", "2"), ("starts_on-year", "2027")]
    saved = post(client, page("section", draft, "term"), typed)
    shown = text_of(client, saved["Location"])
    assert "Enter a real date" in shown
    assert 'value="31"' in shown
    later = post(client, page("section", draft, "term"), [*typed, ("version", "1"), ("then", "tasks")])
    assert later["Location"] == page("tasks", draft)
    assert "Incomplete" in text_of(client, later["Location"])


def base_on(page_text: str) -> str:
    return html.unescape(re.search(r'name="base" value="([^"]*)"', page_text)[1])


def test_of_two_editors_of_a_section_the_second_sees_both_answers_and_chooses(draft: Application, north: Side) -> None:
    colleague = join(person("colleague"), north.organisation, "applicant")
    services.add_collaborator(application=draft, user=colleague, by=north.applicant)
    client, other = signed_in(north.applicant), signed_in(colleague)
    address = page("section", draft, "commercial")
    opened = text_of(client, address)
    form = [("version", version_on(opened)), ("base", base_on(opened)), ("involved", "yes")]
    assert post(client, address, [*form, ("details", "The first answer")]).status_code == 302
    told = post(other, address, [*form, ("details", "The second answer")])
    assert "#rival-" in told["Location"]
    shown = text_of(other, address)
    assert "The first answer" in shown
    assert "The second answer" in shown
    choice = re.search(r'value="(\d+:mine)"', shown)[1]
    assert post(other, page("choose", draft, "commercial"), [("choose", choice)]).status_code == 302
    draft.refresh_from_db()
    assert draft.answers["commercial"]["details"] == "The second answer"


def test_saving_by_itself_tells_what_became_of_the_answers_and_who_is_there(draft: Application, north: Side) -> None:
    colleague = join(person("colleague"), north.organisation, "applicant")
    services.add_collaborator(application=draft, user=colleague, by=north.applicant)
    client, other = signed_in(north.applicant), signed_in(colleague)
    opened = base_on(text_of(other, page("section", draft, "purpose")))
    address = page("autosave", draft, "purpose")
    form = [("asked", "aim"), ("asked", "funding"), ("base", opened), ("version", "0")]
    first = post(client, address, [*form, ("aim", "Mine"), ("funding", "")]).json()
    assert first["base"] == {"aim": "Mine", "funding": None}
    assert first["present"] == [colleague.name]
    second = post(other, address, [*form, ("aim", ""), ("funding", "A charity")]).json()
    assert (second["changed"], second["rivals"]) == (["aim"], {})
    third = post(other, address, [*form, ("aim", "Theirs"), ("funding", "A charity")]).json()
    assert third["rivals"] == {"aim": ["Mine"]}
    draft.refresh_from_db()
    assert draft.answers["purpose"] == {"aim": "Mine", "funding": "A charity"}


def test_pages_of_a_draft_take_as_many_queries_full_as_empty(draft: Application, north: Side) -> None:
    client = signed_in(north.applicant)

    def asked(name: str, *more: str) -> int:
        with CaptureQueriesContext(connection) as queries:
            text_of(client, page(name, draft, *more))
        return len(queries)

    pages = [("section", "purpose"), ("tasks",), ("case",)]
    for one in pages:
        asked(*one)  # what a process asks once
    empty = [asked(*one) for one in pages]
    fill(draft, north)
    for number in range(30):
        Rival.objects.create(
            application=draft,
            section="purpose",
            question="aim",
            value=f"{number}",
            by=person(f"p{number}"),
            at=clock.now(),
        )
    full = [asked(*one) for one in pages]
    assert full[0] == empty[0]
    assert full[2] == empty[2]


def test_the_declaration_is_needed(whole: Application, north: Side) -> None:
    refused = post(signed_in(north.applicant), page("check", whole), [])
    assert refused.status_code == 422
    assert "Confirm the declaration" in refused.content.decode()


def test_a_submitted_application_leads_from_its_forms_to_its_case(submitted: Application, north: Side) -> None:
    client = signed_in(north.applicant)
    for address in (page("tasks", submitted), page("check", submitted), page("section", submitted, "purpose")):
        assert client.get(address)["Location"] == page("case", submitted)


def test_a_reading_from_outside_is_recorded_and_one_from_the_team_is_not(
    submitted: Application, north: Side, staff: dict
) -> None:
    text_of(signed_in(north.applicant), page("case", submitted))
    assert "application.viewed" not in [entry.kind for entry in trail(case=submitted.reference)]
    text_of(signed_in(staff["ig_reviewer"]), page("case", submitted))
    entry = trail(case=submitted.reference)[-1]
    assert (entry.kind, entry.actor) == ("application.viewed", staff["ig_reviewer"].name)
    assert signed_in(staff["auditor"]).get(page("api-detail", submitted)).status_code == 200
    assert [e.kind for e in trail(case=submitted.reference)].count("application.viewed") == 2


def test_a_withdrawal_needs_a_reason_and_ends_the_case(submitted: Application, north: Side) -> None:
    client = signed_in(north.applicant)
    text_of(client, page("withdraw", submitted))
    assert post(client, page("withdraw", submitted), []).status_code == 422
    assert post(client, page("withdraw", submitted), [("reason", "Funding ended.")]).status_code == 302
    shown = text_of(client, page("case", submitted))
    assert "Funding ended." in shown
    assert post(client, page("withdraw", submitted), [("reason", "Again.")]).status_code == 409


def test_a_colleague_is_added_from_the_list_of_the_organisation(draft: Application, north: Side, south: Side) -> None:
    colleague = join(person("colleague"), north.organisation, "applicant")
    client = signed_in(north.applicant)
    assert colleague.email in text_of(client, page("team", draft))
    assert signed_in(colleague).get(page("case", draft)).status_code == 404
    assert post(client, page("team", draft), [("person", south.applicant.email)]).status_code == 422
    assert post(client, page("team", draft), [("person", colleague.email)]).status_code == 302
    assert signed_in(colleague).get(page("tasks", draft)).status_code == 200


def test_the_interface_tells_the_same_as_the_page(north: Side) -> None:
    application = fill(start(north), north, "insurance_request")
    client = signed_in(north.applicant)
    post(client, page("check", application), [("declaration", "yes")])
    listed = client.get(reverse("applications:api-list")).json()
    assert [(row["reference"], row["state"]) for row in listed["applications"]] == [(application.reference, "refused")]
    detail = client.get(page("api-detail", application)).json()
    refusing = [row["rule"] for row in detail["findings"] if row["verdict"] == "refuse"]
    assert refusing == ["purpose", "commercial"]
    assert [entry["what"] for entry in detail["timeline"]][-1] == "Refused at screening"
    assert client.post(page("api-detail", application)).status_code == 405


def test_people_of_other_organisations_are_not_listed_to_be_picked(north: Side, south: Side) -> None:
    application = fill(start(north), north)
    application.answers["controllers"] = {"organisations": ["XNU", "XSU"], "arrangement": "joint"}
    application.save(update_fields=["answers"])
    client = signed_in(north.applicant)
    address = page("section", application, "people")
    shown = text_of(client, address)
    assert north.people["recipient"].email in shown
    assert south.people["recipient"].email not in shown
    answers = [
        ("version", version_on(shown)),
        ("recipients", south.people["recipient"].email),
        ("signatories", north.people["signatory"].email),
        ("signatories", south.people["signatory"].email),
    ]
    assert "problems" not in post(client, address, answers)["Location"]
    assert south.people["recipient"].name in text_of(client, address)


def test_other_apps_add_to_the_page_of_a_case(
    submitted: Application, staff: dict, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []

    def panels(user: object, application: Application) -> list[dict]:
        asked.append((user, application))
        return [{"template": "errors/not_found.html", "context": {}}]

    monkeypatch.setattr(case_panels, "_registered", [panels])
    assert "If you typed the web address" in text_of(signed_in(staff["panel_chair"]), page("case", submitted))
    assert asked == [(staff["panel_chair"], submitted)]


def test_the_check_page_lists_what_is_missing_by_section_with_a_count(north: Side) -> None:
    application = start(north)
    browser = signed_in(north.applicant)
    tree = document_fromstring(text_of(browser, page("check", application)))
    gaps = facts.gaps(application)
    (summary,) = tree.find_class("nhsuk-error-summary")
    assert f"{len(gaps)} answers are missing or need a change" in summary.text_content()
    groups = summary.xpath(".//details")
    sections = list(dict.fromkeys(gap.section for gap in gaps))
    assert len(gaps) > len(groups) == len(sections) > 1
    for key, group in zip(sections, groups, strict=True):
        found = [gap for gap in gaps if gap.section == key]
        counted = f"{SECTIONS[key].title}: {len(found)} answer{'s' if len(found) > 1 else ''}"
        assert " ".join(group.find("summary").text_content().split()) == counted
        address = page("section", application, key)
        links = [(link.get("href"), link.text_content()) for link in group.xpath(".//a")]
        assert links == [(f"{address}?problems=1#{gap.anchor}", gap.message) for gap in found]
    told = " ".join(tree.text_content().split())
    assert told.count("Nothing has been answered here yet.") == len(groups) and "Not answered" not in told
    fill(application, north)
    application.answers["outputs"] = {"outputs": "A paper."}
    application.save()
    told = " ".join(document_fromstring(text_of(browser, page("check", application))).text_content().split())
    assert "A paper." in told and "Not answered" in told and "Nothing has been answered" not in told


def test_the_applicant_reads_of_a_date_that_is_aimed_for_and_not_promised(north: Side) -> None:
    application = fill(start(north), north)
    give_evidence(application, north.applicant)
    services.submit(application=application, by=north.applicant)
    told = text_of(signed_in(north.applicant), page("case", application))
    assert "We aim for this date and cannot promise it." in told and "unverified" not in told
