"""Every question is explained and every standard has a worked example, on the pages and on the blank form."""

import io
import re

import pytest
from pypdf import PdfReader

from dars.applications import papers
from dars.applications.controls import Offers, controls
from dars.applications.guidance import guidance, places
from dars.applications.questions import Kind, Question, Section, words_in
from dars.applications.sections import SECTIONS

# The table of standards that an application is judged by.
STANDARDS = {"1", "1b", "1c", "2a", "2b", "3", "3c", "5a", "5b", "5c", "5d", "5e", "6", "7a", "7b", "10", "11"}
ASKED: list[tuple[Section, Question]] = [
    (section, asked)
    for section in SECTIONS.values()
    for question in section.questions
    for asked in (question, *question.parts)
]


def standards(source: str) -> set[str]:
    named = re.findall(r"DARS standards? ([0-9a-e]+)(?: and ([0-9a-e]+))?", source)
    return {number for pair in named for number in pair if number}


@pytest.mark.parametrize(("section", "question"), ASKED, ids=lambda one: one.key)
def test_every_question_has_help_and_every_text_an_example(section: Section, question: Question) -> None:
    said = guidance(section.key, question.key)
    assert said.help and all(line.strip() for line in said.help)
    if question.kind in (Kind.TEXT, Kind.LINE, Kind.CONDITIONS, Kind.FIELDS):
        assert said.example
    if question.word_limit:
        assert words_in(said.example) <= question.word_limit


def test_no_guidance_is_of_a_question_that_nobody_asks() -> None:
    assert places() == {(section.key.partition("-")[0], question.key) for section, question in ASKED}


@pytest.mark.parametrize("section", SECTIONS.values(), ids=lambda one: one.key)
def test_every_section_has_a_worked_example(section: Section) -> None:
    assert any(guidance(mine.key, question.key).example for mine, question in ASKED if mine is section)


@pytest.mark.parametrize("standard", sorted(STANDARDS))
def test_every_standard_is_asked_for_with_a_worked_example(standard: str) -> None:
    mine = [(s, q) for s, q in ASKED if standard in standards(s.source) | standards(q.source)]
    assert any(guidance(section.key, question.key).example for section, question in mine)


def test_a_page_shows_the_help_of_what_is_asked_of_each_organisation() -> None:
    offers = Offers(organisations=[("XNU", "University")])
    (drawn,) = controls(SECTIONS["security"], {}, [], offers, {"controllers": {"organisations": ["XNU"]}})
    (_, _, parts) = drawn.of_each[0]
    assert all(part.guidance == guidance("security", part.question.key.rpartition("-")[2]) for part in parts)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", 0),
        (" \n ", 0),
        ("24/CAG/0123", 1),
        ("state-of-the-art, 5%", 2),
        ("one\u00a0two\u2028three\ufefffour", 4),
        ("£1,234.50 – that’s all", 4),
    ],
)
def test_a_word_is_what_stands_between_blanks(text: str, words: int) -> None:
    assert words_in(text) == words


def test_the_blank_form_holds_every_question_with_its_options_help_and_example() -> None:
    reader = PdfReader(io.BytesIO(papers.blank_form()))
    text = _plain("".join(page.extract_text() for page in reader.pages))
    wanted = [section.title for section in SECTIONS.values()]
    for section, question in ASKED:
        said = guidance(section.key, question.key)
        wanted += [question.label, *said.help, said.example, *(option.label for option in question.options)]
    assert [words for words in wanted if _plain(words) not in text] == []


def _plain(words: str) -> str:
    """Without blanks, hyphens and the shapes of quotation marks, which lines of a page and its type change."""
    return re.sub(r"[\s\u00ad\u2010-]|[“”\"‘’']", "", words)
