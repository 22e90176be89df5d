"""The texts among the answers of a section that were sent in vain, as the page of the refusal gives them back."""

from collections.abc import Iterator

from django.http import HttpRequest

from dars.applications import posted
from dars.applications.questions import Kind, Question, Section
from dars.applications.sections import SECTIONS
from dars.core.own_words import Words
from extracts.catalogue.public import DATASETS

_TEXTS = (Kind.TEXT, Kind.LINE)


def of_section(request: HttpRequest) -> Iterator[Words]:
    """Of the section that the address names, or that asks what the form says was drawn; nothing of another page."""
    asked = set(request.POST.getlist("asked"))
    if not asked:
        return
    key = request.resolver_match.kwargs.get("key", "") if request.resolver_match else ""
    sections = [SECTIONS[key]] if key in SECTIONS else SECTIONS.values()
    one = next((each for each in sections if asked <= {question.key for question in each.questions}), None)
    if one is not None:
        yield from _texts(one, request)


def _texts(section: Section, request: HttpRequest) -> Iterator[Words]:
    answers = posted.read(section, request.POST, {})
    for question in section.questions:
        answer = answers.get(question.key)
        if question.kind in _TEXTS:
            yield Words(question.key, question.label, answer or "")
        elif question.kind is Kind.REASONS:
            fields = {field.name: field.label for field in DATASETS[question.dataset].fields}
            for name, why in (answer or {}).items():
                yield Words(f"{question.key}-{name}", f"Why {fields[name]} is needed", why)
        elif question.kind is Kind.EACH:
            for code in answer or {}:
                yield from _of_organisation(question, code, request)


def _of_organisation(question: Question, code: str, request: HttpRequest) -> Iterator[Words]:
    for part in question.of(code):
        if part.kind in _TEXTS:
            yield Words(part.key, f"{part.label} ({code})", request.POST.get(part.key, ""))
