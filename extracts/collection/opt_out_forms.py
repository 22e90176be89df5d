"""Forms of the opt-out pages; they check shape, the rules are in `opt_outs`."""

import datetime as dt

from django import forms

from extracts.collection.opt_out_models import DirectOptOut


class DayWidget(forms.MultiWidget):
    """Day, month and year as three inputs, as the design system asks for dates."""

    def __init__(self) -> None:
        super().__init__({"day": forms.TextInput, "month": forms.TextInput, "year": forms.TextInput})

    def decompress(self, value: dt.date | None) -> list[int | None]:
        return [value.day, value.month, value.year] if value else [None, None, None]


class DayField(forms.MultiValueField):
    """A date typed as day, month and year."""

    widget = DayWidget

    def __init__(self, **kwargs) -> None:
        super().__init__([forms.IntegerField(), forms.IntegerField(), forms.IntegerField()], **kwargs)

    def clean(self, value: list[str]) -> dt.date:
        if not any(part.strip() for part in value or [] if part):
            raise forms.ValidationError(self.error_messages["required"], code="required")
        try:
            day, month, year = (int(part) for part in value)
            return dt.date(year, month, day)
        except (TypeError, ValueError):
            raise forms.ValidationError(self.error_messages["invalid"], code="invalid") from None


class NumberField(forms.CharField):
    """An NHS number, with or without spaces."""

    def __init__(self) -> None:
        super().__init__(
            label="NHS number",
            help_text="10 digits, like 999 123 4567. It is not shown again after you save.",
            max_length=20,
            error_messages={"required": "Enter the NHS number", "max_length": "Enter an NHS number of 10 digits"},
        )


class RecordForm(forms.Form):
    """A direct opt-out as the patient gave it."""

    nhs_number = NumberField()
    received_on = DayField(
        label="When was it received?",
        help_text="For example, 27 3 2026",
        error_messages={"required": "Enter the date it was received", "invalid": "Enter a real date, like 27 3 2026"},
    )
    channel = forms.ChoiceField(
        label="How was it received?",
        choices=DirectOptOut.Channel.choices,
        error_messages={"required": "Select how it was received", "invalid_choice": "Select how it was received"},
    )


class WithdrawForm(forms.Form):
    """When and how the patient asked for their opt-out to end."""

    asked_on = DayField(
        label="When did they ask for it?",
        help_text="For example, 27 3 2026",
        error_messages={"required": "Enter the date they asked for it", "invalid": "Enter a real date, like 27 3 2026"},
    )
    channel = forms.ChoiceField(
        label="How did they ask for it?",
        choices=DirectOptOut.Channel.choices,
        widget=forms.RadioSelect,
        error_messages={"required": "Select how it was asked for", "invalid_choice": "Select how it was asked for"},
    )


class FindForm(forms.Form):
    """Whether an opt-out is recorded for a number."""

    nhs_number = NumberField()


class AcceptListForm(forms.Form):
    """Why a list of national opt-outs is whole although many have gone from it."""

    reason = forms.CharField(
        label="How do you know that the list is whole?",
        help_text="The second officer reads it. Name no patient.",
        widget=forms.Textarea(attrs={"rows": 3}),
        max_length=2000,
        error_messages={
            "required": "Say how you know that the list is whole",
            "max_length": "Shorten the reason to 2,000 characters",
        },
    )
