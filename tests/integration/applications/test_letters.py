"""Refusals are in writing: a letter on screening with its rules and until when one may appeal, one on each appeal."""

import datetime as dt
import io
from copy import deepcopy

import pytest
from django.db import DatabaseError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from pypdf import PdfReader

from dars.accounts.public import User, grant_role
from dars.applications import appeals, letters, services, tasks
from dars.applications.letter_models import Letter
from dars.applications.models import Application
from dars.applications.moves import LETTER, move
from dars.applications.rules import APPEAL_DAYS, State
from dars.audit.public import trail
from dars.core import clock, times
from dars.core.errors import NotFound
from dars.core.models import OutboxEvent
from dars.core.roles import Role
from tests.integration.applications.cases import Side, fill, hand_in, person, signed_in, start


@pytest.fixture
def approvers(db: None) -> tuple[User, User]:
    made = person("ada.approver"), person("bea.approver")
    for each in made:
        grant_role(user=each, role=Role.APPROVER, by=None)
    return made


@pytest.fixture(scope="module")
def refused(built_north: Side) -> Application:
    return hand_in(built_north, "insurance_request")


@pytest.fixture
def screened_out(north: Side, refused: Application) -> Application:
    return deepcopy(refused)


@pytest.fixture
def appealed(screened_out: Application, north: Side) -> Application:
    appeals.appeal(application=screened_out, grounds="It serves hospitals.", by=north.applicant)
    screened_out.refresh_from_db()
    return screened_out


def text_of(application: Application, by: User) -> str:
    """The words of the newest letter, as its PDF from the page of the case says them."""
    client = signed_in(by)
    listed = letters.of_case(application)
    address = reverse("applications:letter", args=[application.reference, listed[0].number])
    page = client.get(reverse("applications:case", args=[application.reference])).content.decode()
    assert f'href="{address}"' in page and listed[0].title in page
    answer = client.get(address)
    assert answer["Content-Type"] == "application/pdf" and "attachment" in answer["Content-Disposition"]
    found = PdfReader(io.BytesIO(answer.content))
    assert found.trailer["/Root"]["/MarkInfo"]["/Marked"]
    return " ".join("\n".join(page.extract_text() for page in found.pages).split())


def test_a_refusal_at_screening_is_in_writing_with_its_rules_and_the_day_of_an_appeal(
    screened_out: Application, north: Side
) -> None:
    text = text_of(screened_out, north.applicant)
    refusing = [each for each in screened_out.revisions.get().screening if each["verdict"] == "refuse"]
    last_day = times.day(clock.today() + dt.timedelta(days=APPEAL_DAYS))
    told = [words for each in refusing for words in (each["title"], each["explanation"], f"Source: {each['source']}")]
    for words in ("Your application is refused at screening", f"once, until {last_day}", *told):
        assert " ".join(words.split()) in text
    assert told


def test_a_dismissed_appeal_is_in_writing_and_final(
    appealed: Application, north: Side, approvers: tuple[User, User]
) -> None:
    appeals.dismiss(application=appealed, reasons="Nothing new was said.", by=approvers[0])
    text = text_of(appealed, north.applicant)
    for words in ("Your appeal is dismissed", "Nothing new was said.", "Ada Approver, approver", "no further appeal"):
        assert words in text
    assert "It serves hospitals." not in text  # the grounds may be redacted; a letter may not
    assert [each.title for each in letters.of_case(appealed)] == [
        "Letter on the appeal: dismissed",
        "Letter on the refusal at screening",
    ]


@pytest.mark.parametrize(("to", "who"), [(State.IN_REVIEW, "reviewers read"), (State.WITH_PANEL, "the panel advises")])
def test_an_upheld_appeal_is_in_writing_with_what_comes_next(
    appealed: Application, north: Side, approvers: tuple[User, User], to: State, who: str
) -> None:
    appeals.uphold(application=appealed, to=to, reasons="It may serve them.", by=approvers[0])
    text = text_of(appealed, north.applicant)
    for words in ("Your appeal is upheld", "It may serve them.", "as revision 2", who):
        assert words in text


def test_a_letter_is_asked_for_with_its_move_and_made_once(screened_out: Application, north: Side) -> None:
    refusal = screened_out.moves.get(to_state="refused")
    assert [event.ids["id"] for event in OutboxEvent.objects.filter(ids__name=LETTER)] == [refusal.pk]
    assert not Letter.objects.exists()
    tasks.write_letter(refusal.pk)
    first = letters.write(refusal.pk)
    assert letters.write(refusal.pk) == first == Letter.objects.get()
    text_of(screened_out, north.applicant)
    kinds = [entry.kind for entry in trail(case=screened_out.reference)]
    assert kinds.count("application.letter_written") == kinds.count("application.letter_downloaded") == 1
    with pytest.raises(DatabaseError, match="never changed"), transaction.atomic():
        Letter.objects.update(content=b"Other words")


def test_no_other_move_has_one_and_no_case_that_of_another(
    screened_out: Application, north: Side, south: Side, approvers: tuple[User, User]
) -> None:
    refusal = screened_out.moves.get(to_state="refused")
    other = fill(start(south), south)
    services.submit(application=other, by=south.applicant)
    Application.objects.filter(pk=other.pk).update(state=State.ADVISED)
    move(application=other, to=State.REFUSED, by=approvers[0], reason="No.")  # an approver's decision has its own
    for number in (refusal.pk, *other.moves.values_list("pk", flat=True), 0):
        with pytest.raises(NotFound):
            letters.download(application=other, number=number, by=south.applicant)
    assert letters.of_case(other) == []
    address = reverse("applications:letter", args=[screened_out.reference, refusal.pk])
    assert signed_in(south.applicant).get(address).status_code == 404


def test_many_letters_cost_one_query(screened_out: Application) -> None:
    for _ in range(5):
        row = screened_out.moves.get(pk=screened_out.moves.latest("pk").pk)
        row.pk = None
        row.save()
    with CaptureQueriesContext(connection) as caught:
        assert len(letters.of_case(screened_out)) == 6
    assert len(caught) == 1
