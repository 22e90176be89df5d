"""Seals NHS numbers of direct opt-outs, and hashes what else they are known by, under keys of the secret "vault"."""

import datetime as dt
import hmac
import secrets

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from dars.core.secrets import secret

_NONCE = 12  # bytes, NIST SP 800-38D


def seal(nhs_number: str, case_number: str) -> bytes:
    """The number encrypted with AES-256-GCM; it opens for this case number only."""
    nonce = secrets.token_bytes(_NONCE)
    return nonce + AESGCM(_key("seal")).encrypt(nonce, nhs_number.encode(), case_number.encode())


def unseal(sealed: bytes, case_number: str) -> str:
    """The number; cryptography's InvalidTag when it was altered or belongs to another case."""
    sealed = bytes(sealed)
    return AESGCM(_key("seal")).decrypt(sealed[:_NONCE], sealed[_NONCE:], case_number.encode()).decode()


def digest(nhs_number: str) -> bytes:
    """A keyed hash (HMAC-SHA256) by which the same number is found again; no use to anybody without the key."""
    return hmac.digest(_key("digest"), nhs_number.encode(), "sha256")


def homes(known: list[tuple[dt.date, str, str]]) -> list[bytes]:
    """Keyed hashes of birth dates with sex and postcode."""
    key = _key("home")
    return [hmac.digest(key, f"{born:%Y-%m-%d}|{sex}|{postcode}".encode(), "sha256") for born, sex, postcode in known]


def _key(use: str) -> bytes:
    return HKDF(SHA256(), length=32, salt=None, info=f"direct opt-outs: {use}".encode()).derive(secret("vault"))
