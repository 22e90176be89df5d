"""Which answers of a draft have a document with them, also one that was approved with the same answer before. Reads."""

from dars.applications.amendments import amendment_of
from dars.applications.attachment_models import Attachment
from dars.applications.attachment_rules import State
from dars.applications.models import Application, Revision
from dars.applications.questions import Answers, own
from dars.applications.sections import SECTIONS

Place = tuple[str, str]  # section, question


def places(application: Application) -> frozenset[Place]:
    """The answers, as (section, question), with a document that is usable or is still being checked.

    An amendment begins from what was approved, which may be an amendment itself: a document submitted with any of
    these stands for as long as its answer does.
    """
    found = application.attachments.filter(removed_at=None, state__in=[State.PENDING, State.FAILED, State.CLEAN])
    mine = set(found.values_list("section", "question"))
    bases = {base.pk: base.answers for base in _bases(application)}
    if bases:
        agreed = Attachment.objects.filter(submitted_with__revision__in=bases, state=State.CLEAN)
        for section, question, base in agreed.values_list("section", "question", "submitted_with__revision"):
            if base in bases and _same((section, question), bases[base], application.answers):
                mine.add((section, question))
    return frozenset(mine)


def _bases(application: Application) -> list[Revision]:
    """The approved revisions that the draft goes back to, the latest first; none for a first application."""
    amendment = amendment_of(application)
    if amendment is None:
        return []
    begun = amendment.lineage.amendments.select_related("base")
    base_of = {each.application_id: each.base for each in begun}
    found, at = [], application.pk
    while at in base_of:  # the first application is nobody's amendment
        found.append(base_of[at])
        at = base_of[at].application_id
    return found


def _same(place: Place, before: Answers, now: Answers) -> bool:
    section, question = SECTIONS.get(place[0]), place[1]
    return section is not None and own(before, section).get(question) == own(now, section).get(question)
