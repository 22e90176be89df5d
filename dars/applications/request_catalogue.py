"""The catalogue for anybody signed in: what may be asked for, in which forms, and what each shows. Reads no data."""

from dataclasses import dataclass

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from dars.core.errors import NotFound
from extracts.catalogue.public import (
    DATASETS,
    SENSITIVITY_LABELS,
    Dataset,
    Field,
    asks_more,
    condition_kind,
    example,
)

LONGEST_SEARCH = 100  # characters
STEM = 6  # characters of a word that are looked for


@dataclass(frozen=True)
class Shown:
    """A form of a field: what is known, and what the form shows of it."""

    label: str
    known: str
    shows: str
    words: str  # of the code that is shown, where it is one
    reason: bool  # needs a reason of its own


@dataclass(frozen=True)
class Found:
    """A field that a search found."""

    dataset: Dataset
    field: Field
    codes: tuple[str, ...]  # the codes whose words were meant


@require_safe
def catalogue(request: HttpRequest) -> HttpResponse:
    """Every dataset, and a search through all fields, meanings and codes."""
    words = " ".join(request.GET.get("q", "").split())[:LONGEST_SEARCH]
    found = search(words) if words else []
    context = {"datasets": list(DATASETS.values()), "words": words, "found": found, "labels": SENSITIVITY_LABELS}
    return render(request, "catalogue/list.html", context)


@require_safe
def dataset(request: HttpRequest, name: str) -> HttpResponse:
    """The fields of one dataset under their classes of sensitivity."""
    one = _dataset(name)
    groups = [
        (label, [field for field in one.fields if field.sensitivity is kind])
        for kind, label in SENSITIVITY_LABELS.items()
    ]
    kept_years = settings.RETENTION_YEARS.get(name, one.kept_years)
    context = {
        "dataset": one,
        "kept_years": kept_years,
        "groups": [(label, fields) for label, fields in groups if fields],
    }
    return render(request, "catalogue/dataset.html", context)


@require_safe
def field(request: HttpRequest, name: str, field_name: str) -> HttpResponse:
    """One field: meaning, codes in words, forms from least to most revealing, and what the standards ask."""
    one = _dataset(name)
    try:
        wanted = one.field(field_name)
    except KeyError:
        raise NotFound("There is no such field.") from None
    context = {
        "dataset": one,
        "field": wanted,
        "class": SENSITIVITY_LABELS[wanted.sensitivity],
        "forms": shown(wanted),
        "codes": wanted.codes,
        "standards": asks_more(one, wanted),
        "kind": condition_kind(wanted),
    }
    return render(request, "catalogue/field.html", context)


def shown(one: Field) -> list[Shown]:
    """The forms of a field from the least to the most revealing, by example."""
    meanings = dict(one.codes)
    found = []
    for form in one.forms:
        known, shows = example(one, form)
        found.append(Shown(form.label, known, shows, meanings.get(shows, ""), one.reason_needed(form.name)))
    return found


def search(words: str) -> list[Found]:
    """The fields that have every word in their name, label, meaning or codes, in the order of the catalogue.

    Of a long word its beginning counts: who looks for ethnicity finds the ethnic category.
    """
    wanted = [word[:STEM] for word in words.lower().split()]
    found = []
    for one in DATASETS.values():
        for candidate in one.fields:
            codes = tuple(f"{code}: {label}" for code, label in candidate.codes)
            about = f"{candidate.name} {candidate.label} {candidate.description}".lower()
            everything = f"{about} {' '.join(codes)}".lower()
            if all(word in everything for word in wanted):
                meant = tuple(code for code in codes if any(word in code.lower() for word in wanted))
                found.append(Found(one, candidate, () if all(word in about for word in wanted) else meant))
    return found


def _dataset(name: str) -> Dataset:
    if name not in DATASETS:
        raise NotFound("There is no such dataset.")
    return DATASETS[name]
