"""Form fields that pages of several applications need. Shape only; no rule of the domain."""

import datetime as dt
from typing import Any

from django import forms
from django.core.validators import MaxLengthValidator

MISSING = "This has to be answered."
NOT_OFFERED = "This cannot be chosen, or no longer. Choose one of those that are offered."
TOO_LONG = "Shorten this to %(limit_value)s characters. It has %(show_value)s."


def say_in_our_words() -> None:
    """Called once, from `ready`: what forms say of an answer that is missing, not offered or too long.

    A field may say more of its own. None of it repeats what was sent.
    """
    forms.Field.default_error_messages = {**forms.Field.default_error_messages, "required": MISSING}
    for field in (forms.ChoiceField, forms.MultipleChoiceField):
        field.default_error_messages = {**field.default_error_messages, "invalid_choice": NOT_OFFERED}
    MaxLengthValidator.message = TOO_LONG


class DayWidget(forms.MultiWidget):
    """Day, month and year as three inputs, as the design system asks for dates."""

    def __init__(self) -> None:
        super().__init__({"day": forms.TextInput, "month": forms.TextInput, "year": forms.TextInput})

    def decompress(self, value: dt.date | None) -> list[int | None]:
        return [value.day, value.month, value.year] if value else [None, None, None]


class DayField(forms.MultiValueField):
    """A date typed as day, month and year; `missing` is said where a required one is empty."""

    widget = DayWidget

    def __init__(self, *, missing: str = "Enter a date", **kwargs: Any) -> None:
        messages = {"required": missing, "invalid": "Enter a real date, like 27 3 2026"}
        kwargs.setdefault("help_text", "For example, 27 3 2026")
        super().__init__([forms.IntegerField()] * 3, error_messages=messages, **kwargs)

    def clean(self, value: list[str] | None) -> dt.date | None:
        if not any(part.strip() for part in value or [] if part):
            if self.required:
                raise forms.ValidationError(self.error_messages["required"], code="required")
            return None
        try:
            day, month, year = (int(part) for part in value)
            return dt.date(year, month, day)
        except (TypeError, ValueError):
            raise forms.ValidationError(self.error_messages["invalid"], code="invalid") from None


class MonthWidget(forms.MultiWidget):
    """Month and year as two inputs, `<name>_month` and `<name>_year`."""

    def __init__(self) -> None:
        super().__init__({"month": forms.TextInput(), "year": forms.TextInput()})

    def decompress(self, value: str | None) -> list[str | None]:
        return [value[5:], value[:4]] if value else [None, None]


class MonthField(forms.MultiValueField):
    """A month as `YYYY-MM`, typed as month and year; `missing` is said where a required one is empty."""

    widget = MonthWidget

    def __init__(self, *, missing: str = "Enter a month", **kwargs: Any) -> None:
        invalid = "Enter a real month, like 4 2026"
        messages = dict.fromkeys(("invalid", "incomplete", "min_value", "max_value"), invalid)
        parts = (
            forms.IntegerField(min_value=1, max_value=12, error_messages=messages),
            forms.IntegerField(min_value=1000, max_value=9999, error_messages=messages),
        )
        kwargs.setdefault("help_text", "For example, 4 2026")
        super().__init__(parts, require_all_fields=True, error_messages={**messages, "required": missing}, **kwargs)

    def compress(self, data_list: list[int | None]) -> str:
        if None in data_list:  # half of a month that need not be given
            raise forms.ValidationError(self.error_messages["invalid"], code="invalid")
        return f"{data_list[1]}-{data_list[0]:02}" if data_list else ""
