"""A data request at a glance: what is missing, how it compares with the least revealing one. Reads; counts nothing."""

from dataclasses import dataclass
from typing import Any

from dars.applications import facts
from dars.applications.gaps import Gap
from dars.applications.models import Application, Revision
from dars.applications.sections import SECTIONS, applying
from dars.applications.sections_data import GROUP
from extracts.catalogue.public import Comparison, Counted, ask, compare, question_of

DATA_SECTIONS = tuple(key for key, section in SECTIONS.items() if section.group == GROUP)


@dataclass(frozen=True)
class Request:
    """What the pages about a request show. `missing`: (title of the section, gap), in order."""

    comparison: Comparison
    missing: tuple[tuple[str, Gap], ...] = ()


def of_draft(application: Application) -> Request:
    """The request as the draft has it now."""
    missing = [(SECTIONS[gap.section].title, gap) for gap in facts.gaps(application) if gap.section in DATA_SECTIONS]
    return Request(compare(_data(application)), tuple(missing))


def of_revision(revision: Revision) -> Request:
    """The request as it was submitted, with the reasons that were given."""
    return Request(compare(revision.answers.get("data") or {}))


def can_be_counted(application: Application) -> bool:
    """True once the months are there."""
    return question_of(_data(application)) is not None


def counted(application: Application, *, by: Any, look: bool) -> Counted | None:
    """People and tests, coarsely; see `extracts.catalogue.public.ask`. Raises what the counter raises at its limit."""
    question = question_of(_data(application))
    if question is None:
        return None
    return ask(question, by=by, organisation=application.organisation.code, case=application.reference, look=look)


def told_before(application: Application) -> Counted | None:
    """The counts, if the organisation was told them already; else None. Never a look: safe to ask at every save."""
    return counted(application, by=None, look=False)


def _data(application: Application) -> dict[str, Any]:
    return applying(application.answers).get("data") or {}
