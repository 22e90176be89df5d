"""Help with each question and worked examples, by section and question. Words only; asks and checks nothing.

The examples are made up and follow one study (chest X-rays before lung cancer), so that they read as one application.
"""

from dataclasses import dataclass

from dars.applications.guidance_people import LAW, ORGANISATIONS, PEOPLE
from dars.applications.guidance_work import DATA, USE, WORK

Texts = dict[tuple[str, str], tuple[str, str]]


@dataclass(frozen=True)
class Guidance:
    """What is said beside one question. `help`: paragraphs; `example`: an answer that would do, or ""."""

    help: tuple[str, ...]
    example: str = ""


_GUIDANCE = {
    place: Guidance(tuple(line for line in words.split("\n") if line), example)
    for texts in (ORGANISATIONS, WORK, USE, LAW, DATA, PEOPLE)
    for place, (words, example) in texts.items()
}


def guidance(section: str, question: str) -> Guidance:
    """Help with a question, or with a part of one that is asked of each organisation.

    The fields of every dataset ("fields-did") share one text, so that a new dataset needs none. Raises KeyError for a
    question that has none: every question has some.
    """
    return _GUIDANCE[section.partition("-")[0], question]


def places() -> set[tuple[str, str]]:
    """Every (section, question) that has guidance; the sections of fields are one, "fields"."""
    return set(_GUIDANCE)
