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


def guidance(section: str, question: str) -> Guidance | None:
    """Help with the question; None where its label and hint say all there is to say."""
    return _GUIDANCE.get((section, question))


def places() -> set[tuple[str, str]]:
    """Every (section, question) that has guidance."""
    return set(_GUIDANCE)
