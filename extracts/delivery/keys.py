"""Recognises the public keys that files can be encrypted to. Pure; a private key is refused and never repeated."""

import base64
import hashlib
import re
from dataclasses import dataclass

import pyrage

from dars.core.errors import Invalid

_AGE = re.compile(r"age1[02-9ac-hj-np-z]{58}")
_SSH = re.compile(r"(ssh-ed25519) ([A-Za-z0-9+/]{68})( [^\r\n]*)?")
_PRIVATE = re.compile(r"AGE-(SECRET-KEY|PLUGIN)-|PRIVATE KEY|PuTTY-User-Key-File", re.IGNORECASE)
_OTHER_KINDS = re.compile(r"(ssh-rsa|ssh-dss|ecdsa-sha2-\S+|sk-\S+) ")

PRIVATE_MESSAGE = (
    "This is a private key. It was not stored. Someone else may have seen it: make a new pair of keys, and paste the "
    "public one, which begins age1 or ssh-ed25519"
)


@dataclass(frozen=True)
class PublicKey:
    """A public key without comment. `fingerprint` is "SHA256:" and base64 without padding, as ssh-keygen writes it."""

    kind: str
    text: str
    fingerprint: str


def parse(pasted: str) -> PublicKey:
    """The public key that was pasted. Raises Invalid, whose message never holds any part of what was pasted."""
    text = pasted.strip()
    if is_private(text):
        raise Invalid(PRIVATE_MESSAGE, field="public_key", rule="private_key")
    if not text:
        raise Invalid("Paste your public key", field="public_key", rule="required")
    if _AGE.fullmatch(text):
        return PublicKey("x25519", _checked(text), _fingerprint(text.encode()))
    if found := _SSH.fullmatch(text):
        bare = f"{found[1]} {found[2]}"
        return PublicKey("ssh-ed25519", _checked(bare), _fingerprint(base64.b64decode(found[2])))
    if _OTHER_KINDS.match(text):
        raise Invalid("This kind of SSH key cannot be used: make an Ed25519 key", field="public_key", rule="kind")
    raise Invalid("Paste one public key on one line: it begins age1, or ssh-ed25519", field="public_key", rule="format")


def recipient(kind: str, text: str) -> pyrage.x25519.Recipient | pyrage.ssh.Recipient:
    """The key in the form that encryption takes."""
    maker = pyrage.x25519.Recipient if kind == "x25519" else pyrage.ssh.Recipient
    return maker.from_str(text)


def is_private(text: str) -> bool:
    """True if any part of the text looks like a private key."""
    return bool(_PRIVATE.search(text))


def may_be_shown_again(pasted: str) -> bool:
    """True if a form may show the text again after refusing it: only what is plainly meant to be a public key."""
    return pasted.strip().startswith(("age1", "ssh-", "ecdsa-")) and not is_private(pasted)


def _checked(text: str) -> str:
    try:
        recipient("x25519" if text.startswith("age1") else "ssh-ed25519", text)
    except pyrage.RecipientError:
        raise Invalid(
            "This key is damaged: copy it again, whole, and paste it", field="public_key", rule="checksum"
        ) from None
    return text


def _fingerprint(content: bytes) -> str:
    return "SHA256:" + base64.b64encode(hashlib.sha256(content).digest()).decode().rstrip("=")
