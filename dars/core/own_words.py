"""What somebody wrote in a form that was refused, so that the page of the refusal can give it back. Keeps nothing.

Only long texts are given back: what a form reads from a text area, and what an application registers. A password, a
code, a key and a file are none of these, so that nothing has to be known of them here.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from django import forms
from django.http import HttpRequest


@dataclass(frozen=True)
class Words:
    """A text as it was typed. `name`: of its control; `label`: what the page asked."""

    name: str
    label: str
    text: str


Reader = Callable[[HttpRequest], Iterable[Words]]
_registered: list[Reader] = []


def register_own_words(reader: Reader) -> None:
    """From an app's `ready`: the texts of forms that are no Django forms. Asked for any form that was refused."""
    _registered.append(reader)


def own_words(request: HttpRequest) -> list[Words]:
    """The texts that the person posted, in their order; none of another method. Empty ones are left out."""
    if request.method != "POST":
        return []
    found = {words.name: words for reader in (_of_forms, *_registered) for words in reader(request)}
    given = [words for words in found.values() if words.text.strip()]
    often, place = Counter(words.label for words in given), Counter()
    told = []
    for words in given:  # rows that ask the same are numbered, so that they can be told apart
        place[words.label] += 1
        number = f" ({place[words.label]})" if often[words.label] > 1 else ""
        told.append(Words(words.name, words.label + number, words.text))
    return told


def _of_forms(request: HttpRequest) -> Iterator[Words]:
    """Any form may have been meant: a refusal may come before the page has made its own. Of those that know a name, the
    one that fits best what was posted says whether it is a long text, and of what."""
    posted = request.POST
    known = sorted(every_form(), key=lambda form: _fits(form, posted), reverse=True)
    for name in posted:
        label = next((label for form in known if (label := _label(form, name)) is not None), "")
        if label:
            yield Words(name, label, posted[name])


def _label(form: type[forms.Form], name: str) -> str | None:
    """What the form asks by this name; "" if that is no long text, None if it asks nothing by it."""
    field = form.base_fields.get(name)
    if field is not None:
        return (field.label or name) if isinstance(field.widget, forms.Textarea) else ""
    return next((label for start, label in _rows(form).items() if name.startswith(start)), None)


def _rows(form: type[forms.Form]) -> dict[str, str]:
    """Texts that a form asks for of each of some things: its `rows_of_words`, how their names begin -> label."""
    return getattr(form, "rows_of_words", {})


def _fits(form: type[forms.Form], posted: Iterable[str]) -> int:
    names = set(posted)
    rows = sum(name.startswith(tuple(_rows(form))) for name in names)
    return rows + len(names & form.base_fields.keys()) - len(form.base_fields.keys() - names)


def every_form(of: Any = forms.Form) -> Iterator[type[forms.Form]]:
    """The classes of forms that there are in this process."""
    for form in of.__subclasses__():
        yield form
        yield from every_form(form)
