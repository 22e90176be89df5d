"""Forms of the pages that follow a release. Shape only; the rules are in the services."""

from typing import Any

from django import forms

from dars.accounts.public import CodeField, User
from dars.agreements.public import Agreement
from dars.core.forms import DayField, MonthField
from dars.organisations.public import Organisation
from dars.oversight.models import CertificateVersion, DataNotice, Finding, Incident

LONGEST = 4000


def _words(label: str, missing: str, *, help_text: str = "", rows: int = 3, required: bool = True) -> forms.CharField:
    return forms.CharField(
        label=label,
        help_text=help_text,
        max_length=LONGEST,
        required=required,
        widget=forms.Textarea(attrs={"rows": rows}),
        error_messages={"required": missing, "max_length": f"Shorten this to {LONGEST:,} characters"},
    )


def _choice(label: str, choices: list, missing: str, help_text: str = "") -> forms.ChoiceField:
    return forms.ChoiceField(
        label=label,
        choices=choices,
        help_text=help_text,
        widget=forms.RadioSelect,
        error_messages={"required": missing, "invalid_choice": missing},
    )


class _AgreementField(forms.ChoiceField):
    """One of some agreements, or none."""

    def __init__(self, *, none: str, **kwargs: Any) -> None:
        self.none = none
        super().__init__(required=False, **kwargs)

    def offer(self, agreements: list[Agreement]) -> None:
        self.found = {str(each.pk): each for each in agreements}
        self.choices = [("", self.none), *((key, each.reference) for key, each in self.found.items())]

    def clean(self, value: Any) -> Agreement | None:
        return self.found.get(super().clean(value))


class _OrganisationField(forms.ChoiceField):
    """One of some organisations."""

    def __init__(self, *, missing: str, **kwargs: Any) -> None:
        super().__init__(error_messages={"required": missing, "invalid_choice": missing}, **kwargs)

    def offer(self, organisations: list[Organisation]) -> None:
        self.found = {str(each.pk): each for each in organisations}
        blank = [("", "Choose an organisation")] if len(organisations) != 1 else []
        self.choices = [*blank, *((key, each.name) for key, each in self.found.items())]

    def clean(self, value: Any) -> Organisation:
        return self.found[super().clean(value)]


class CertificateForm(forms.Form):
    """What was destroyed, where, how and when, signed with the second factor."""

    datasets = _words("Which datasets and files were destroyed?", "Say what was destroyed")
    media = _words(
        "From which systems and media?",
        "Say from which systems and media",
        help_text="Servers, laptops, paper, copies made for analysis.",
    )
    backups = _words(
        "What became of the backups?",
        "Say what became of the backups",
        help_text="If they are overwritten in turn, the day on which the last is gone.",
    )
    processors = _words(
        "What became of the copies of processors?",
        "Say what became of processors’ copies",
        help_text="Name each processor, or write “none”.",
    )
    method = _words(
        "How were the data destroyed?",
        "Say how the data were destroyed",
        help_text="For example, secure erasure to NIST 800-88, or destruction of the disks.",
    )
    destroyed_on = DayField(label="On which day was the last copy destroyed?", missing="Enter the day of destruction")
    typed_name = forms.CharField(
        label="Your full name",
        help_text="Type it as it is on your account. It counts as your signature.",
        max_length=120,
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
        error_messages={"required": "Type your full name"},
    )
    code = CodeField()


class ReviewForm(forms.Form):
    """What becomes of a certificate."""

    outcome = _choice(
        "What do you decide?",
        [
            (CertificateVersion.Outcome.ACCEPTED.value, "Accept it"),
            (CertificateVersion.Outcome.RETURNED.value, "Return it to the organisation"),
        ],
        "Choose what you decide",
    )
    reasons = _words("Reasons, if you return it", "", help_text="The organisation reads them.", required=False)


class ConfirmationForm(forms.Form):
    """What the signatory confirms for a year."""

    changes = _words(
        "What has changed in how the data are used?",
        "",
        help_text="Leave this empty if they are used as the agreement says and for nothing else.",
        required=False,
    )
    places = _words("Where are the data stored and processed?", "Say where the data are stored and processed")
    benefits = _words(
        "What has come of it so far?",
        "Say what has come of the data so far",
        help_text="Outputs, and benefits for patients, health or care.",
    )
    trained = forms.BooleanField(
        label="Everybody who uses the data is employed, and trained in data protection this year",
        error_messages={"required": "Confirm that people are trained"},
    )
    reported = forms.BooleanField(
        label="Every incident with these data has been reported to the service",
        error_messages={"required": "Confirm that every incident was reported"},
    )


class AuditForm(forms.Form):
    """A new audit: of which organisation, mostly of one agreement."""

    organisation = _OrganisationField(label="Organisation", missing="Choose an organisation")
    agreement = _AgreementField(label="Agreement", none="No single agreement")
    scope = _words("What is looked at?", "Say what is looked at")
    visit_on = DayField(label="Day of the visit", missing="Enter the day of the visit")

    def __init__(self, *args: Any, organisations: list, agreements: list, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["organisation"].offer(organisations)
        self.fields["agreement"].offer(agreements)


class FindingForm(forms.Form):
    """One finding in its class."""

    kind = _choice("Class", Finding.Kind.choices, "Choose the class of the finding")
    words = _words("What was found?", "Say what was found")


class ActionForm(forms.Form):
    """What has to be done about a finding."""

    words = _words("What has to be done?", "Say what has to be done", rows=2)
    owner = forms.ChoiceField(label="Who answers for it?", error_messages={"required": "Choose who answers for it"})
    due_on = DayField(label="By when?", missing="Enter the day by which it is done")

    def __init__(self, *args: Any, people: list[User], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.found = {str(person.pk): person for person in people}
        self.fields["owner"].choices = [
            ("", "Choose a person"),
            *((key, each.name) for key, each in self.found.items()),
        ]

    def clean_owner(self) -> User:
        return self.found[self.cleaned_data["owner"]]


class SummaryForm(forms.Form):
    """The words that go before the findings."""

    summary = _words(
        "Summary", "Sum up what was found", help_text="The organisation reads it above the findings.", rows=5
    )


class ReplyForm(forms.Form):
    """What was done about an action, or what is missing."""

    words = _words("What was done?", "Say what was done", help_text="Say where the evidence is. No patients’ details.")


class JudgeForm(forms.Form):
    """Whether what was done is enough."""

    enough = _choice(
        "Is it enough?", [("yes", "Yes, close the action"), ("no", "No, ask for more")], "Choose an answer"
    )
    words = _words("What is missing, if you ask for more?", "", required=False, rows=2)


class IncidentForm(forms.Form):
    """What an organisation reports."""

    organisation = _OrganisationField(label="For which organisation do you report?", missing="Choose an organisation")
    agreement = _AgreementField(label="Which agreement is it about?", none="I do not know, or several")
    what = _words(
        "What happened?",
        "Say what happened",
        help_text="Without any patient’s details: no names, no NHS numbers, no rows of the data.",
        rows=5,
    )
    noticed_on = DayField(label="When was it noticed?", missing="Enter the day on which it was noticed")
    people_affected = _choice(
        "How many people are affected?", Incident.People.choices, "Choose how many people are affected"
    )
    containment = _words("What has been done to contain it?", "Say what has been done to contain it")

    def __init__(self, *args: Any, organisations: list, agreements: list, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["organisation"].offer(organisations)
        self.fields["agreement"].offer(agreements)


class AssessForm(forms.Form):
    """The outcome of an incident."""

    outcome = _choice("What follows?", Incident.Outcome.choices, "Choose what follows")
    visit_on = DayField(label="Day of the visit, if it is an audit", required=False)
    reasons = _words("Reasons", "Give the reasons", help_text="The organisation reads them.")


class DataNoticeForm(forms.Form):
    """What is revised or withdrawn, or was hit by an incident; everything that is named has to fit a file."""

    kind = _choice("What has become of the data?", DataNotice.Kind.choices, "Choose what has become of the data")
    data_version = forms.CharField(
        label="Version of the data",
        help_text="For example, v000012, as the manifest of a package has it.",
        max_length=60,
        required=False,
    )
    month = MonthField(label="Month of the tests", required=False)
    agreement = forms.CharField(label="Reference of the agreement", max_length=60, required=False)
    file = forms.CharField(label="Name of the file", help_text="For example, did.csv", max_length=120, required=False)
    words = _words("What is wrong, and what is to be done?", "Say what is wrong and what to do", rows=5)
