"""The form of the output check. What a verdict means is decided in `services_output`."""

from django import forms

from extracts.production.models import OutputCheck
from extracts.production.rules import HOLD_REASONS

WORDS = forms.Textarea(attrs={"rows": 4})


class OutputCheckForm(forms.Form):
    """`attempt` is that of the files on the page, so that nobody clears what they have not seen.

    Without `small_classes` nobody has to be accepted, and the form does not ask.
    """

    attempt = forms.IntegerField(min_value=1, widget=forms.HiddenInput)
    acceptance = forms.CharField(
        label="Why may people in small classes go out?",
        help_text="Only if you release. For example: the contract forbids re-identification, and coarser bands would "
        "not answer the approved question.",
        required=False,
        max_length=2000,
        widget=WORDS,
    )
    verdict = forms.ChoiceField(
        label="What is your verdict?",
        choices=[
            (OutputCheck.Verdict.CLEARED, "Release: what is in the files is what was approved"),
            (OutputCheck.Verdict.HELD, "Hold: it does not go out as it is"),
        ],
        widget=forms.RadioSelect,
        error_messages={"required": "Choose your verdict"},
    )
    reasons = forms.MultipleChoiceField(
        label="Why do you hold it?",
        help_text="Only if you hold it. Choose all that apply.",
        required=False,
        choices=list(HOLD_REASONS.items()),
        widget=forms.CheckboxSelectMultiple,
    )
    words = forms.CharField(
        label="What did you find?",
        help_text="Staff read this; recipients do not. Write nothing about a single patient. Needed if you hold it.",
        required=False,
        max_length=4000,
        widget=WORDS,
    )

    def __init__(self, *args: object, small_classes: bool, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        if not small_classes:
            del self.fields["acceptance"]

    @property
    def clears(self) -> bool:
        return self.cleaned_data["verdict"] == OutputCheck.Verdict.CLEARED
