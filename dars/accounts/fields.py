"""A question that forms of several applications ask: the code of somebody's second factor."""

from django import forms


class CodeField(forms.CharField):
    """A code of the second factor; whether it is right, `confirm_second_factor` says."""

    def __init__(self) -> None:
        super().__init__(
            label="Code of your second factor",
            help_text="The 6 digits that your app shows now, or a recovery code.",
            max_length=40,
            widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "class": "nhsuk-input--width-10"}),
            error_messages={"required": "Enter the code", "max_length": "The code is not right"},
        )
