"""Writes of recipients' public keys. A private key is refused before anything is stored."""

from django.db import IntegrityError, transaction

from dars.accounts.public import User
from dars.audit.public import record
from dars.core import clock
from dars.core.errors import Invalid, NotAllowed, NotFound, WrongState
from extracts.delivery import keys, selectors, services
from extracts.delivery.models import RecipientKey


@transaction.atomic
def register_key(*, public_key: str, by: User) -> RecipientKey:
    """Registers the person's own key, and announces the packages that wait for one.

    Raises Invalid (field `public_key`) for a private, damaged or used key; a key is registered once, by one person.
    """
    if not selectors.receives_anywhere(by):
        raise NotAllowed("Only data recipients of an organisation register a key.")
    parsed = keys.parse(public_key)
    try:
        with transaction.atomic():
            key = RecipientKey.objects.create(
                user=by,
                kind=parsed.kind,
                public_key=parsed.text,
                fingerprint=parsed.fingerprint,
                created_at=clock.now(),
            )
    except IntegrityError:
        raise Invalid(
            "This key has been registered before: make a new one", field="public_key", rule="unique"
        ) from None
    record("key.registered", by=by, subject=key, kind=key.kind, fingerprint=key.fingerprint)
    services.wake_for_key(user=by)
    return key


@transaction.atomic
def retire_key(*, key_id: int, by: User) -> RecipientKey:
    """Files released from now on are not encrypted to this key of the person's own."""
    key = RecipientKey.objects.select_for_update().filter(pk=key_id, user=by).first()
    if key is None:
        raise NotFound("You have no such key.")
    if key.retired_at is not None:
        raise WrongState("This key has been retired already.")
    key.retired_at = clock.now()
    key.save()
    record("key.retired", by=by, subject=key, fingerprint=key.fingerprint)
    return key
