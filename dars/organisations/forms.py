"""Forms of the pages of organisations: a search, an assurance, the end of a membership."""

from typing import Any

from django import forms

from dars.core.forms import DayField
from dars.organisations.models import Assurance, Membership
from dars.organisations.rules import DSPT_STATUSES

# What each part lets a person do, for whoever gives it.
PARTS = {
    Membership.Role.APPLICANT: "Applicant: writes and submits applications",
    Membership.Role.SIGNATORY: "Signatory: signs agreements, and manages who belongs to the organisation",
    Membership.Role.RECIPIENT: "Data recipient: downloads the files of agreements that name them",
    Membership.Role.SUBMITTER: "Submits data: sends the monthly imaging data",
}


class SearchForm(forms.Form):
    """By name or code."""

    q = forms.CharField(label="Name or ODS code", required=False, max_length=100)


class AssuranceForm(forms.Form):
    """What was seen of an assurance; a toolkit status needs the code, version and status it was published under."""

    kind = forms.ChoiceField(
        label="What do you record?",
        choices=Assurance.Kind.choices,
        widget=forms.RadioSelect,
        error_messages={"required": "Choose what you record"},
    )
    reference = forms.CharField(
        label="Reference",
        help_text="The number or reference it goes by, for example of the ICO’s register or the contract.",
        max_length=60,
        error_messages={"required": "Enter the reference"},
    )
    holder_code = forms.CharField(
        label="Organisation code in the toolkit (Data Security and Protection Toolkit only)",
        max_length=12,
        required=False,
    )
    version = forms.CharField(
        label="Version of the toolkit (Data Security and Protection Toolkit only)",
        help_text="For example, 2025-26",
        max_length=40,
        required=False,
    )
    status = forms.ChoiceField(
        label="Status in the toolkit (Data Security and Protection Toolkit only)",
        choices=[("", "Not applicable"), *((status, status) for status in DSPT_STATUSES)],
        required=False,
    )
    reviewed_on = DayField(
        label="When was the assessment reviewed? (Data Security and Protection Toolkit only)",
        help_text="Identifiable data need a reviewed assessment. Leave this empty if it has not been reviewed.",
        required=False,
    )
    expires_on = DayField(label="Last day on which it counts", missing="Enter the last day on which it counts")
    evidence = forms.CharField(
        label="Where is the evidence filed?",
        help_text="A reference of what you looked at, so that others can find it. No names of people.",
        max_length=120,
        error_messages={"required": "Enter where the evidence is filed"},
    )

    def clean(self) -> dict[str, Any]:
        given = super().clean()
        if given.get("kind") == Assurance.Kind.DSPT:
            asked = {
                "holder_code": "Enter the organisation code in the toolkit",
                "version": "Enter the version of the toolkit",
                "status": "Choose the status in the toolkit",
            }
            for name, message in asked.items():
                if not given.get(name):
                    self.add_error(name, message)
        return given


class InviteForm(forms.Form):
    """Who is asked to join, and as what."""

    email = forms.CharField(
        label="E-mail address",
        help_text="Their address at the organisation. We write to it with a link that works once.",
        max_length=254,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        error_messages={"required": "Enter an e-mail address"},
    )
    roles = forms.MultipleChoiceField(
        label="What will they do?",
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "Choose at least one part"},
    )
    vouch = forms.BooleanField(
        label="This person works for the organisation",
        error_messages={"required": "Confirm that this person works for the organisation"},
    )

    def __init__(self, *args: Any, parts: list[Membership.Role], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["roles"].choices = [(role.value, PARTS[role]) for role in parts]


class EndForm(forms.Form):
    """Which of a person's parts end today."""

    roles = forms.MultipleChoiceField(
        label="Which parts end?",
        help_text="They end at once. Nothing that rests on them can be opened any more.",
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "Choose at least one part"},
    )

    def __init__(self, *args: Any, current: list[Membership], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["roles"].choices = [(each.role, each.get_role_display()) for each in current]
        self.fields["roles"].initial = [each.role for each in current]
