"""The small forms around an application; its sections are declared in `sections` and read by `posted`."""

from django import forms

from dars.applications.rules import LABELS
from dars.applications.services import TITLE_LENGTH


class SearchForm(forms.Form):
    """Looks for applications; empty: all that the person may read."""

    q = forms.CharField(
        label="Reference, title or organisation",
        required=False,
        max_length=200,
        error_messages={"max_length": "Shorten the words to 200 characters"},
    )
    state = forms.ChoiceField(
        label="State",
        required=False,
        choices=[("", "Any"), *((state.value, label) for state, label in LABELS.items())],
        error_messages={"invalid_choice": "Choose one of the states"},
    )


class NewForm(forms.Form):
    """Starts an application for one of the organisations that the person may apply for."""

    title = forms.CharField(
        label="Title of the work",
        max_length=TITLE_LENGTH,
        help_text="Short and in plain words. It appears in the register of data uses.",
        error_messages={
            "required": "Enter a title",
            "max_length": f"Shorten the title to {TITLE_LENGTH} characters",
        },
    )
    organisation = forms.ChoiceField(
        label="Organisation that applies",
        error_messages={"required": "Choose the organisation", "invalid_choice": "Choose one of your organisations"},
    )

    def __init__(self, *args: object, organisations: list[tuple[str, str]], **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.fields["organisation"].choices = organisations


class DeclarationForm(forms.Form):
    """What the person who submits declares."""

    declaration = forms.BooleanField(
        label="I declare that these answers are true and complete, and that I may submit them for the organisation.",
        error_messages={"required": "Confirm the declaration to submit the application"},
    )


class WithdrawForm(forms.Form):
    """Why an application is withdrawn."""

    reason = forms.CharField(
        label="Why do you withdraw the application?",
        max_length=2000,
        widget=forms.Textarea,
        error_messages={"required": "Say why you withdraw the application"},
    )


class CollaboratorForm(forms.Form):
    """Names a colleague by e-mail address."""

    person = forms.ChoiceField(
        label="Colleague",
        error_messages={"required": "Choose a colleague", "invalid_choice": "Choose one of the colleagues listed"},
    )

    def __init__(self, *args: object, people: list[tuple[str, str]], **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.fields["person"].choices = people


class CopyForm(forms.Form):
    """What a copy is called and holds."""

    title = forms.CharField(
        label="Title of the new application",
        max_length=TITLE_LENGTH,
        error_messages={"required": "Enter a title", "max_length": f"Shorten the title to {TITLE_LENGTH} characters"},
    )
    documents = forms.BooleanField(label="Copy the documents too", required=False)
