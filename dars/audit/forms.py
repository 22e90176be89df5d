"""The auditor's search."""

from django import forms

from dars.audit import vocabulary
from dars.core.forms import DayField


class SearchForm(forms.Form):
    """All fields are optional; an empty search shows the newest events."""

    case = forms.CharField(label="Application reference", required=False, max_length=60)
    subject = forms.CharField(label="Subject", required=False, max_length=80, help_text="For example agreement:12")
    kind = forms.ChoiceField(label="Kind of event", required=False)
    person = forms.EmailField(label="Person", required=False, help_text="The e-mail address of their account")
    since = DayField(label="From", required=False, help_text="For example, 1 11 2026")
    until = DayField(label="To", required=False, help_text="For example, 30 11 2026")

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.fields["kind"].choices = [("", "Any"), *((kind, kind) for kind in sorted(vocabulary.kinds()))]
