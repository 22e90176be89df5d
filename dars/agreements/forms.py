"""The forms of a signatory, of whoever suspends, lifts or ends an agreement, records a charge or asks for a version."""

from typing import Any

from django import forms

from dars.agreements.rules import Reason
from dars.applications.public import AmendmentKind
from dars.core.forms import DayField

LONGEST_WORDS = 2000


class SignForm(forms.Form):
    """A signature: the name typed out, the PDF that was read (as its hash), and a code of the second factor."""

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
    code = forms.CharField(
        label="Code from your authenticator app",
        help_text="Six digits. A recovery code works too.",
        max_length=40,
        error_messages={"required": "Enter the code that your app shows now"},
    )


def _words(label: str, hint: str, required: str) -> forms.CharField:
    return forms.CharField(
        label=label,
        help_text=hint,
        max_length=LONGEST_WORDS,
        widget=forms.Textarea(attrs={"rows": 4}),
        error_messages={"required": required},
    )


class ReasonForm(forms.Form):
    """Why an agreement is suspended or ended."""

    reason = forms.ChoiceField(
        label="Why?",
        choices=[(reason.value, reason.label) for reason in Reason],
        widget=forms.RadioSelect,
        error_messages={"required": "Choose a reason"},
    )
    words = _words(
        "What happened, and what is to be done now?",
        "The people of the agreement and our own colleagues read this.",
        "Say what happened and what is to be done now",
    )


class LiftForm(forms.Form):
    """Why a suspension is lifted."""

    words = _words(
        "Why can the suspension be lifted?",
        "The people of the agreement and our own colleagues read this.",
        "Say why the suspension can be lifted",
    )


class PersonForm(forms.Form):
    """Another signatory for a place, by the number of the account."""

    def __init__(self, *given: Any, people: list[tuple[str, str]], **more: Any) -> None:
        super().__init__(*given, **more)
        self.fields["person"] = forms.ChoiceField(
            label="Who signs instead?",
            choices=people,
            widget=forms.RadioSelect,
            error_messages={"required": "Choose who signs instead"},
        )


class VersionForm(forms.Form):
    """What kind of new version is asked for, and why."""

    reason = _words(
        "Why do you ask for it?",
        "Reviewers, the panel and the approver read this.",
        "Say why you ask for it",
    )

    def __init__(self, *given: Any, kinds: list[str], **more: Any) -> None:
        super().__init__(*given, **more)
        self.fields["kind"] = forms.ChoiceField(
            label="What do you ask for?",
            choices=[(kind, AmendmentKind(kind).label) for kind in kinds],
            widget=forms.RadioSelect,
            error_messages={"required": "Choose what you ask for"},
        )
        self.order_fields(["kind", "reason"])
        self.hints = {kind: AmendmentKind(kind).explanation for kind in kinds}


class PaymentForm(forms.Form):
    """How the charge was paid."""

    reference = forms.CharField(
        label="Reference of the payment",
        help_text="As on the statement of account.",
        max_length=60,
        error_messages={"required": "Enter the reference of the payment"},
    )
    paid_on = DayField(label="Day of the payment", missing="Enter the day of the payment")


class WaiverForm(forms.Form):
    """Why a charge is waived."""

    reason = _words(
        "Why is the charge waived?", "A second colleague reads this and confirms it.", "Say why the charge is waived"
    )


class PseudonymsForm(forms.Form):
    """Whether the next version keeps the pseudonyms of the one before, and why."""

    keep = forms.ChoiceField(choices=[("yes", "Keep them"), ("no", "New ones")], widget=forms.HiddenInput)
    reason = _words("Why?", "Another approver reads this and confirms it.", "Say why")
