"""The form for a public key, registered with a code of the second factor."""

from django import forms

from extracts.delivery.keys import may_be_shown_again


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

    code = forms.CharField(
        label="Code of your second factor",
        help_text="The 6 digits that your app shows now, or a recovery code.",
        max_length=40,
        error_messages={"required": "Enter the code", "max_length": "The code is not right"},
    )

    @property
    def shown(self) -> str:
        """What the page's field holds."""
        pasted = self.data.get("public_key", "") if self.is_bound else ""
        return pasted if may_be_shown_again(pasted) else ""
