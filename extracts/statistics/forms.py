"""Forms of publication officers. Shape only; `services_publication` judges."""

from django import forms

from dars.core.forms import DayField


class ApproveForm(forms.Form):
    """`sha256`: of the tables as the page showed them."""

    sha256 = forms.CharField(widget=forms.HiddenInput)
    publish_on = DayField(
        label="Publish on a later day (optional)",
        help_text="At 9:30am, for example on 27 3 2027. Leave empty to publish at once.",
        required=False,
    )


class StopForm(forms.Form):
    because = forms.CharField(
        label="Why?",
        max_length=600,
        strip=True,
        widget=forms.Textarea({"rows": 4}),
        error_messages={"required": "Say why this edition is not to be used"},
    )


class ReviseForm(forms.Form):
    reason = forms.CharField(
        label="What is revised, and why?",
        help_text="Everybody can read this in the revision history. Name no patient.",
        max_length=600,
        strip=True,
        widget=forms.Textarea({"rows": 4}),
        error_messages={"required": "Say what is revised, and why"},
    )
