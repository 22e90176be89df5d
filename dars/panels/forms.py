"""The forms of reviewers, panel members, chair and approver. What they mean is decided in `services`."""

from django import forms

from dars.panels.models import Decision, Review
from dars.panels.rules import Choice

LONG = forms.Textarea(attrs={"rows": 6})
SHORT = forms.Textarea(attrs={"rows": 3})


class OfRevision(forms.Form):
    """Carries the number of the revision that was on the page, so that nobody judges what they have not read."""

    revision = forms.IntegerField(min_value=1, widget=forms.HiddenInput)


class ReviewForm(OfRevision):
    """`sections`: (key, title) of the sections that may be named when the application is returned."""

    outcome = forms.ChoiceField(
        label="What happens next?",
        choices=Review.Outcome.choices,
        widget=forms.RadioSelect,
        error_messages={"required": "Choose what happens next"},
    )
    note = forms.CharField(
        label="Note for the panel", help_text="The applicant does not see this.", required=False, widget=LONG
    )
    commercial_finding = forms.CharField(
        label="Finding on commercial purposes",
        help_text="Screening found purposes or benefits that are commercial in part. Say whether the benefit to health "
        "or care outweighs them, and why (DARS standard 5e). The panel reads this.",
        required=False,
        widget=LONG,
    )

    def __init__(self, *args: object, sections: list[tuple[str, str]], commercial: bool, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.sections = sections
        if not commercial:
            del self.fields["commercial_finding"]
        for key, title in sections:
            self.fields[f"change_{key}"] = forms.CharField(label=title, required=False, widget=SHORT)

    def change_fields(self) -> list[forms.BoundField]:
        """The fields of the sections, for the page."""
        return [self[f"change_{key}"] for key, _ in self.sections]

    def changes(self) -> list[tuple[str, str]]:
        """(title of the section, what to change), where something was written."""
        named = [(title, self.cleaned_data[f"change_{key}"]) for key, title in self.sections]
        return [(title, words) for title, words in named if words.strip()]


class InterestForm(forms.Form):
    """A declaration of interest."""

    nature = forms.CharField(
        label="What is your interest?",
        help_text="For example: you work with the applicant, or fund the work.",
        widget=LONG,
        error_messages={"required": "Say what your interest is"},
    )


class VoteForm(OfRevision):
    """A member's vote."""

    choice = forms.ChoiceField(
        label="What is your view?",
        choices=[(choice.value, choice.label) for choice in Choice],
        widget=forms.RadioSelect,
        error_messages={"required": "Choose your view"},
    )
    conditions = forms.CharField(
        label="Conditions", help_text="Only if you support with conditions.", required=False, widget=SHORT
    )
    rationale = forms.CharField(
        label="What are your reasons?", widget=LONG, error_messages={"required": "Give your reasons"}
    )


class AdviceForm(OfRevision):
    """The chair's record. `open_to`: the outcomes that the votes allow."""

    outcome = forms.ChoiceField(
        label="What does the panel advise?",
        widget=forms.RadioSelect,
        error_messages={"required": "Choose what the panel advises"},
    )
    conditions = forms.CharField(
        label="Conditions",
        help_text="One a line, only if the advice is supportive with conditions. Each becomes a special condition of "
        "the agreement.",
        required=False,
        widget=SHORT,
    )
    summary = forms.CharField(
        label="Summary of the panel’s reasons", widget=LONG, error_messages={"required": "Sum up the panel’s reasons"}
    )

    def __init__(self, *args: object, open_to: list[Choice], **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.fields["outcome"].choices = [(choice.value, choice.advice) for choice in open_to]

    def clean_conditions(self) -> list[str]:
        return self.cleaned_data["conditions"].splitlines()


class DecisionForm(OfRevision):
    """The approver's decision."""

    outcome = forms.ChoiceField(
        label="What do you decide?",
        choices=Decision.Outcome.choices,
        widget=forms.RadioSelect,
        error_messages={"required": "Choose what you decide"},
    )
    reasons = forms.CharField(
        label="What are your reasons?",
        help_text="The applicant reads this.",
        widget=LONG,
        error_messages={"required": "Give the reasons for your decision"},
    )
