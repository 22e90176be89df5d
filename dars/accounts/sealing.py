"""Seals the secrets of second factors before they reach the database (AES-256-GCM). Touches nothing else."""

import base64
import os

from allauth.mfa.adapter import DefaultMFAAdapter
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from dars.core.secrets import secret

_FORMAT = "1:"  # of what is stored, so that another key or cipher can follow
_NONCE = 12


class SealingAdapter(DefaultMFAAdapter):
    """Where allauth asks how its secrets are kept."""

    def encrypt(self, text: str) -> str:
        nonce = os.urandom(_NONCE)
        return _FORMAT + base64.b64encode(nonce + _cipher().encrypt(nonce, text.encode(), _FORMAT.encode())).decode()

    def decrypt(self, encrypted_text: str) -> str:
        """Raises ValueError for what was never sealed, InvalidTag for what was changed or has another key."""
        if not encrypted_text.startswith(_FORMAT):
            raise ValueError("this was not sealed by the service")
        sealed = base64.b64decode(encrypted_text.removeprefix(_FORMAT))
        return _cipher().decrypt(sealed[:_NONCE], sealed[_NONCE:], _FORMAT.encode()).decode()


def _cipher() -> AESGCM:
    return AESGCM(secret("second-factors"))
