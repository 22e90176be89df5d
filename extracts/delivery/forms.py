"""Forms for a public key: its person registers it, somebody else confirms it, each with their second factor."""

from django import forms

from dars.accounts.public import CodeField
from extracts.delivery.keys import may_be_shown_again
from extracts.delivery.models import RecipientKey


class KeyForm(forms.Form):
    """What was pasted is shown again after an error only if it cannot be a private key; a code never is."""

    public_key = forms.CharField(
        label="Your public key",
        help_text="One line that begins age1, or ssh-ed25519. Never paste a private key.",
        strip=True,
        max_length=2000,
        error_messages={
            "required": "Paste your public key",
            "max_length": "This is too long for a public key: paste one line that begins age1, or ssh-ed25519",
        },
    )
    code = CodeField()

    @property
    def shown(self) -> str:
        """What the page's field holds."""
        pasted = self.data.get("public_key", "") if self.is_bound else ""
        return pasted if may_be_shown_again(pasted) else ""


class ConfirmForm(forms.Form):
    """How the fingerprint was compared, by whoever confirms the key."""

    compared = forms.ChoiceField(
        label="How did you compare the fingerprint?",
        choices=RecipientKey.Compared.choices,
        error_messages={
            "required": "Select how you compared the fingerprint",
            "invalid_choice": "Select how you compared the fingerprint",
        },
    )
    code = CodeField()
