"""The key of an agreement's pseudonyms, derived when needed and stored nowhere. Only production may ask for it."""

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from dars.core.secrets import secret
from extracts.engine.keys import AgreementKey

_PURPOSE = b"dars agreement pseudonyms, first edition: "


def agreement_key(agreement_id: int) -> AgreementKey:
    """HKDF-SHA256 (RFC 5869) of the deployment's secret `agreements` with the agreement's id as its context.

    `agreement_id`: the one that the terms name for this (`Terms.pseudonyms_of`), so that the versions of an agreement
    can share a key. One agreement has one key for ever, so that its extracts can be joined with each other; different
    agreements' keys tell nothing of one another. Whoever loses the secret loses the means to reproduce an extract.
    """
    context = _PURPOSE + str(agreement_id).encode()
    return AgreementKey(HKDF(hashes.SHA256(), length=32, salt=None, info=context).derive(secret("agreements")))
