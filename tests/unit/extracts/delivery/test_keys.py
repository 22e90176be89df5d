"""Public keys are recognised and named as their owners know them; private keys are refused and never repeated."""

import base64
import hashlib

import pyrage
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

from dars.core.errors import Invalid
from extracts.delivery import keys


def ssh(private) -> str:
    public = private.public_key()
    return public.public_bytes(serialization.Encoding.OpenSSH, serialization.PublicFormat.OpenSSH).decode()


def pem(private, form=serialization.PrivateFormat.OpenSSH) -> str:
    return private.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption()).decode()


def test_an_age_key() -> None:
    identity = pyrage.x25519.Identity.generate()
    key = keys.parse(f"  {identity.to_public()}\n")
    assert (key.kind, key.text) == ("x25519", str(identity.to_public()))
    digest = hashlib.sha256(key.text.encode()).digest()
    assert key.fingerprint == "SHA256:" + base64.b64encode(digest).decode().rstrip("=")
    sealed = pyrage.encrypt(b"rows", [keys.recipient(key.kind, key.text)])
    assert pyrage.decrypt(sealed, [identity]) == b"rows"


def test_an_ssh_key_loses_its_comment() -> None:
    private = ed25519.Ed25519PrivateKey.generate()
    key = keys.parse(f"{ssh(private)} somebody@example.org")
    assert (key.kind, key.text) == ("ssh-ed25519", ssh(private))
    sealed = pyrage.encrypt(b"rows", [keys.recipient(key.kind, key.text)])
    identity = pyrage.ssh.Identity.from_buffer(pem(private).encode())
    assert pyrage.decrypt(sealed, [identity]) == b"rows"


def test_an_ssh_key_is_named_as_ssh_keygen_names_it() -> None:
    line = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIFjZQ0Qp6pk3M0zLVlzIHktTeRiBt7v1DMGgCeV6Q7Na made-up"
    assert keys.parse(line).fingerprint == "SHA256:575nmnI90zAVHGXME4hK42RDoY08Tm0TDLnF5ZvhEo4"


PRIVATE = {
    "age": "AGE-SECRET-KEY-1W3T9FHGPPAP0N9XJPE0DYQAEGYFYELTU08REPHVFC0G9Q67W3LESRDRPF0",
    "lower case": "age-secret-key-1w3t9fhgppap0n9xjpe0dyqaegyfyeltu08rephvfc0g9q67w3lesrdrpf0",
    "plugin": "AGE-PLUGIN-YUBIKEY-1QQPZ",
    "OpenSSH": pem(ed25519.Ed25519PrivateKey.generate()),
    "PKCS 8": pem(ed25519.Ed25519PrivateKey.generate(), serialization.PrivateFormat.PKCS8),
    "PuTTY": "PuTTY-User-Key-File-3: ssh-ed25519",
    "after a public one": f"{pyrage.x25519.Identity.generate().to_public()}\nAGE-SECRET-KEY-1W3T9FHGPPAP",
}


@pytest.mark.parametrize("pasted", PRIVATE.values(), ids=PRIVATE)
def test_a_private_key_is_refused_and_not_repeated(pasted: str) -> None:
    with pytest.raises(Invalid) as raised:
        keys.parse(pasted)
    assert raised.value.rule == "private_key"
    assert pasted not in str(raised.value) and not keys.may_be_shown_again(pasted)


UNUSABLE = {
    "nothing": ("", "required"),
    "words": ("hello", "format"),
    "the inside of a private key": ("b3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAEbm9uZQ", "format"),
    "a letter that no age key has": ("age1" + "b" * 58, "format"),
    "a damaged age key": ("age1" + "q" * 58, "checksum"),
    "a damaged SSH key": ("ssh-ed25519 " + "A" * 68, "checksum"),
    "RSA": (ssh(rsa.generate_private_key(65537, 2048)), "kind"),
    "ECDSA": (ssh(ec.generate_private_key(ec.SECP256R1())), "kind"),
    "two keys": ("\n".join(ssh(ed25519.Ed25519PrivateKey.generate()) for _ in range(2)), "format"),
}


@pytest.mark.parametrize(("pasted", "rule"), UNUSABLE.values(), ids=UNUSABLE)
def test_what_is_no_usable_key(pasted: str, rule: str) -> None:
    with pytest.raises(Invalid) as raised:
        keys.parse(pasted)
    assert raised.value.rule == rule


def test_only_what_is_plainly_public_is_shown_again() -> None:
    assert keys.may_be_shown_again("age1broken") and keys.may_be_shown_again("ssh-rsa AAAA")
    assert not keys.may_be_shown_again("b3BlbnNzaC1rZXktdjEAAAAABG5vbmU")
