"""Every section of an application, in order. Knows no person, no database, no page."""

from dars.applications.questions import Answers, Section
from dars.applications.sections_data import DATA_SECTIONS
from dars.applications.sections_law import LAW_SECTIONS
from dars.applications.sections_people import PEOPLE_SECTIONS
from dars.applications.sections_work import WORK_SECTIONS

SECTIONS: dict[str, Section] = {
    section.key: section for section in (*WORK_SECTIONS, *LAW_SECTIONS, *DATA_SECTIONS, *PEOPLE_SECTIONS)
}
GROUPS: tuple[str, ...] = tuple(dict.fromkeys(section.group for section in SECTIONS.values()))


def applicable(answers: Answers) -> list[Section]:
    """The sections to be answered, in order: the fields of a dataset only when it is asked for."""
    return [section for section in SECTIONS.values() if section.applies(answers)]
