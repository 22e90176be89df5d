"""The forms of accounts."""

from typing import Any

from django import forms
from django.contrib.auth.forms import AuthenticationForm

from dars.accounts import guesses
from dars.accounts.rules import REASON_LENGTH


class SignInForm(AuthenticationForm):
    """E-mail address and password. One message for every failure, so that it tells nobody who has an account.

    `attempt`: what was counted for this attempt; None where nothing was, or where there were too many (`locked`).
    """

    error_messages = {
        "invalid_login": "The e-mail address or the password is not right.",
        "inactive": "The e-mail address or the password is not right.",
    }
    username = forms.EmailField(
        label="E-mail address",
        error_messages={
            "required": "Enter your e-mail address",
            "invalid": "Enter an e-mail address in the correct format, like name@example.com",
        },
    )
    password = forms.CharField(
        label="Password", strip=False, widget=forms.PasswordInput, error_messages={"required": "Enter your password"}
    )
    attempt = None

    def clean(self) -> dict[str, Any]:
        """Counts first and looks afterwards, so that guesses sent at the same moment are all counted."""
        email = self.cleaned_data.get("username")
        if email and self.cleaned_data.get("password"):
            self.attempt = guesses.attempt(self.request, email)
            if self.attempt is None:
                words = f"There were too many attempts to sign in. Try again in {guesses.MINUTES} minutes."
                raise forms.ValidationError(words, code="locked")
        return super().clean()

    @property
    def locked(self) -> bool:
        """Whether the password was not looked at, since there were too many attempts."""
        return self.has_error(forms.forms.NON_FIELD_ERRORS, "locked")


class CodeForm(forms.Form):
    """A code of a second factor. What was typed is not shown again: it is of no use a second time."""

    code = forms.CharField(
        label="Code",
        help_text="The 6 digits that your authenticator app shows now, or one of your recovery codes.",
        max_length=40,
        error_messages={"required": "Enter the code", "max_length": "The code is not right"},
    )


class SetUpForm(CodeForm):
    """The first code of a new app, and the password: a session alone gives nobody a second factor."""

    password = forms.CharField(
        label="Your password",
        strip=False,
        max_length=200,
        widget=forms.PasswordInput,
        error_messages={"required": "Enter your password", "max_length": "The password is not right"},
    )


class HandedOverForm(SetUpForm):
    """The same after administrators have taken a lost factor away: they hand over a code that lets it be replaced."""

    handed_over = forms.CharField(
        label="Code from the administrator",
        help_text="It comes from the administrator who confirmed that your second factor is removed, and works once.",
        max_length=40,
        error_messages={
            "required": "Enter the code from the administrator",
            "max_length": "The code from the administrator is not right",
        },
    )
    field_order = ("handed_over", "code", "password")


class JoinForm(forms.Form):
    """The account of somebody who was invited; the address is that of the letter."""

    name = forms.CharField(label="Your name", max_length=120, error_messages={"required": "Enter your name"})
    password = forms.CharField(
        label="Password",
        help_text="At least 12 characters, and not a common password.",
        strip=False,
        max_length=200,
        widget=forms.PasswordInput,
        error_messages={"required": "Enter a password"},
    )


class SearchForm(forms.Form):
    """Looks for people; empty: everybody."""

    q = forms.CharField(label="Name or e-mail address", required=False, max_length=120)


class ChangeForm(forms.Form):
    """What an administrator proposes about a person: only what could be done to this one."""

    change = forms.ChoiceField(label="What do you propose?", error_messages={"required": "Choose what you propose"})
    reason = forms.CharField(
        label="Reason",
        help_text="The second person reads it before they confirm.",
        widget=forms.Textarea(attrs={"rows": 3}),
        max_length=REASON_LENGTH,
        error_messages={"required": "Give the reason"},
    )

    def __init__(self, *args: object, choices: list[tuple[str, str]], **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.fields["change"].choices = choices


class DecisionForm(forms.Form):
    """Why a proposal is rejected, or taken back by whoever made it (`own`)."""

    reason = forms.CharField(
        label="Why do you reject it?",
        widget=forms.Textarea(attrs={"rows": 3}),
        max_length=REASON_LENGTH,
        error_messages={"required": "Say why you reject it"},
    )

    def __init__(self, *args: object, own: bool, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        if own:
            self.fields["reason"].label = "Why do you take it back?"
            self.fields["reason"].error_messages["required"] = "Say why you take it back"
