"""The form of an upload: which provider, which month, which file. Judges nothing inside the file."""

from typing import Any

from django import forms

from dars.organisations.public import Organisation


class MonthWidget(forms.MultiWidget):
    """Month and year as two inputs, `<name>_month` and `<name>_year`."""

    def __init__(self) -> None:
        super().__init__({"month": forms.TextInput(), "year": forms.TextInput()})

    def decompress(self, value: str | None) -> list[str | None]:
        return [value[5:], value[:4]] if value else [None, None]


class MonthField(forms.MultiValueField):
    """A month as `YYYY-MM`."""

    widget = MonthWidget

    def __init__(self, *, required: str, invalid: str, **kwargs: Any) -> None:
        messages = {"required": required, "invalid": invalid, "incomplete": invalid}
        parts = (
            forms.IntegerField(
                min_value=1, max_value=12, error_messages={**messages, "max_value": invalid, "min_value": invalid}
            ),
            forms.IntegerField(
                min_value=1000, max_value=9999, error_messages={**messages, "max_value": invalid, "min_value": invalid}
            ),
        )
        super().__init__(parts, require_all_fields=True, error_messages=messages, **kwargs)

    def compress(self, data_list: list[int]) -> str:
        return f"{data_list[1]}-{data_list[0]:02}" if data_list else ""


class UploadForm(forms.Form):
    """Offers the providers that the person submits for."""

    provider = forms.ChoiceField(label="Provider", error_messages={"required": "Select a provider"})
    period = MonthField(
        label="Which month are the records for?",
        help_text="For example, 4 2026. A file for a month replaces everything sent for that month before.",
        required="Enter the month the records are for",
        invalid="Enter a real month, like 4 2026",
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
