"""The form of an upload: which provider, which month, which file. Judges nothing inside the file."""

from typing import Any

from django import forms

from dars.core.forms import MonthField
from dars.organisations.public import Organisation


class UploadForm(forms.Form):
    """Offers the providers that the person submits for."""

    provider = forms.ChoiceField(label="Provider", error_messages={"required": "Select a provider"})
    period = MonthField(
        label="Which month are the records for?",
        help_text="For example, 4 2026. A file for a month replaces everything sent for that month before.",
        missing="Enter the month the records are for",
    )
    file = forms.FileField(
        label="Upload a file",
        help_text="CSV or XML in the layout of the standard (ISB 1577), plain or compressed with gzip.",
        error_messages={"required": "Select a file", "empty": "The selected file is empty"},
    )

    def __init__(self, *args: Any, providers: list[Organisation], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._providers = {provider.code: provider for provider in providers}
        self.fields["provider"].choices = [
            (provider.code, f"{provider.name} ({provider.code})") for provider in providers
        ]
        if len(providers) == 1:
            self.fields["provider"].initial = providers[0].code

    def clean_provider(self) -> Organisation:
        return self._providers[self.cleaned_data["provider"]]
