"""The forms of reviewers, panel members, chair and approver. What they mean is decided in `services`."""

from django import forms

from dars.accounts.public import User
from dars.core.forms import DayField
from dars.correspondence.public import NamesQuestions
from dars.panels.models import Precedent, Review
from dars.panels.rules import Choice, Due, Office

LONG = forms.Textarea(attrs={"rows": 6})
SHORT = forms.Textarea(attrs={"rows": 3})


class OfRevision(forms.Form):
    """Carries the number of the revision that was on the page, so that nobody judges what they have not read."""

    revision = forms.IntegerField(
        min_value=1,
        widget=forms.HiddenInput,
        error_messages=dict.fromkeys(("required", "invalid", "min_value"), "Open the page anew, then do it again"),
    )


class ReviewForm(NamesQuestions, OfRevision):
    """The reviewer's form."""

    outcome = forms.ChoiceField(
        label="What happens next?",
        choices=[choice for choice in Review.Outcome.choices if choice[0] != Review.Outcome.PRECEDENT],
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

    public_interest = forms.BooleanField(
        label="It relies on disclosure in the overriding public interest",
        help_text="The Caldicott Guardian is then asked for an opinion, which comes before an approval (DARS standard "
        "7b).",
        required=False,
    )

    def __init__(self, *args: object, commercial: bool, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        if not commercial:
            del self.fields["commercial_finding"]


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


# How many conditions the form has room for.
CONDITION_ROWS = 6


class AdviceForm(NamesQuestions, OfRevision):
    """The chair's record. `open_to`: the outcomes that the votes allow; `people`: who may be named to clear."""

    outcome = forms.ChoiceField(
        label="What does the panel advise?",
        widget=forms.RadioSelect,
        error_messages={"required": "Choose what the panel advises"},
    )
    summary = forms.CharField(
        label="Summary of the panel’s reasons", widget=LONG, error_messages={"required": "Sum up the panel’s reasons"}
    )

    returning = Choice.DEFER
    rows_of_words = {**NamesQuestions.rows_of_words, "words_": "Condition"}

    def __init__(self, *args: object, open_to: list[Choice], people: list[User], **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.fields["outcome"].choices = [(choice.value, choice.advice) for choice in open_to]
        named = [("", "Nobody (a special condition)"), *((str(person.pk), person.name) for person in people)]
        for number in range(1, CONDITION_ROWS + 1):
            self.fields[f"words_{number}"] = forms.CharField(
                label=f"Condition {number}", required=False, widget=forms.Textarea(attrs={"rows": 2})
            )
            self.fields[f"due_{number}"] = forms.ChoiceField(
                label="When has it to be met?", choices=[(due.value, due.label) for due in Due], required=False
            )
            self.fields[f"clears_{number}"] = forms.ChoiceField(label="Who clears it?", choices=named, required=False)

    def condition_rows(self) -> list[tuple[forms.BoundField, forms.BoundField, forms.BoundField]]:
        """For the page: words, due and person of each row."""
        rows = range(1, CONDITION_ROWS + 1)
        return [(self[f"words_{row}"], self[f"due_{row}"], self[f"clears_{row}"]) for row in rows]

    def conditions(self) -> list[tuple[str, str, int | None]]:
        """(words, due, who clears) of the rows that have words."""
        given = self.cleaned_data
        return [
            (
                given[f"words_{row}"].strip(),
                given[f"due_{row}"] or Due.SPECIAL,
                int(given[f"clears_{row}"]) if given[f"clears_{row}"] else None,
            )
            for row in range(1, CONDITION_ROWS + 1)
            if given[f"words_{row}"].strip()
        ]


class PointForm(forms.Form):
    """A point of the discussion."""

    words = forms.CharField(
        label="A point of the discussion", widget=SHORT, error_messages={"required": "Write down what was said"}
    )


class DecisionForm(NamesQuestions, OfRevision):
    """The approver's decision. `second`: another approver has approved as the first of two."""

    APPROVE, REFUSE, RETURN = "approve", "refuse", "return"

    outcome = forms.ChoiceField(
        label="What do you decide?",
        widget=forms.RadioSelect,
        error_messages={"required": "Choose what you decide"},
    )
    reasons = forms.CharField(
        label="What are your reasons?",
        help_text="The applicant reads this.",
        widget=LONG,
        error_messages={"required": "Give the reasons for your decision"},
    )

    def __init__(self, *args: object, second: bool, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.fields["outcome"].choices = [
            (self.APPROVE, "Confirm the approval" if second else "Approve"),
            (self.REFUSE, "Refuse"),
            (self.RETURN, "Return for changes"),
        ]


class ReasonForm(OfRevision):
    """Why the panel pulls a case back to a meeting."""

    reason = forms.CharField(
        label="Why should the panel discuss it?",
        help_text="The applicant reads this.",
        widget=LONG,
        error_messages={"required": "Say why the panel should discuss it"},
    )


class OpinionForm(OfRevision):
    """The Caldicott Guardian's opinion."""

    supports = forms.ChoiceField(
        label="May it be disclosed in the public interest?",
        choices=[("yes", "Yes"), ("no", "No")],
        widget=forms.RadioSelect,
        error_messages={"required": "Choose your opinion"},
    )
    words = forms.CharField(
        label="What are your reasons?",
        help_text="The panel and the approvers read this.",
        widget=LONG,
        error_messages={"required": "Give the reasons for your opinion"},
    )


class OfficeForm(forms.Form):
    """A proposal in whose name an approver decides. `people`: the approvers."""

    person = forms.ChoiceField(label="Who?", error_messages={"required": "Choose a person"})
    office = forms.ChoiceField(
        label="In whose name do they decide?",
        choices=[(each.value, each.label[:1].upper() + each.label[1:]) for each in Office],
        widget=forms.RadioSelect,
        error_messages={"required": "Choose an office"},
    )
    reason = forms.CharField(
        label="Why?",
        help_text="The administrator who confirms it reads this.",
        widget=SHORT,
        error_messages={"required": "Give the reason"},
    )

    def __init__(self, *args: object, people: list[User], **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.fields["person"].choices = [(str(each.pk), each.name) for each in people]


class PrecedentChoiceForm(OfRevision):
    """A reviewer's proposal. `precedents`: those that the application meets; `rule`: the words of one for changes."""

    RULE = "rule"

    precedent = forms.ChoiceField(
        label="Under which rule or precedent?",
        widget=forms.RadioSelect,
        error_messages={"required": "Choose under what it goes", "invalid_choice": "Choose one that is met"},
    )
    reasons = forms.CharField(
        label="Why does it fit?",
        help_text="The approver and the panel read this.",
        widget=LONG,
        error_messages={"required": "Say why the precedent fits"},
    )

    def __init__(self, *args: object, precedents: list[Precedent], rule: str = "", **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        told = [(str(each.number), f"{each.number}: {each.title}") for each in precedents]
        self.fields["precedent"].choices = [*([(self.RULE, f"Rule for changes: {rule}")] if rule else []), *told]


class ClearForm(forms.Form):
    """What shows that a condition is met."""

    evidence = forms.CharField(
        label="What have you seen?",
        help_text="Name the document and where it is kept.",
        widget=LONG,
        error_messages={"required": "Say what you have seen"},
    )
    evidence_on = DayField(label="Date of the evidence", missing="Enter the date of the evidence")
