"""The forms of a signatory, and of whoever suspends or ends an agreement."""

from django import forms

from dars.agreements.rules import Reason


class SignForm(forms.Form):
    """A signature: the name typed out, and the words that were read (as their hash)."""

    document_sha256 = forms.CharField(max_length=64, widget=forms.HiddenInput)
    authority = forms.BooleanField(
        label="I have read this agreement, and I may sign it for the party named",
        error_messages={"required": "Confirm that you have read the agreement and may sign it"},
    )
    typed_name = forms.CharField(
        label="Your full name",
        help_text="Type it as it is on your account. It counts as your signature.",
        max_length=120,
        error_messages={"required": "Type your full name"},
    )


class ReasonForm(forms.Form):
    """Why an agreement is suspended or ended."""

    reason = forms.ChoiceField(
        label="Why?",
        choices=[(reason.value, reason.label) for reason in Reason],
        widget=forms.RadioSelect,
        error_messages={"required": "Choose a reason"},
    )
