"""Writes of recipients' public keys. A private key is refused before anything is stored."""

from django.db import IntegrityError, transaction
from django.urls import reverse

from dars.accounts.public import User, confirm_second_factor
from dars.audit.public import record
from dars.core import clock
from dars.core.errors import Invalid, NotAllowed, NotFound, WrongState
from dars.notices.public import notify
from extracts.delivery import keys, selectors, services
from extracts.delivery.models import RecipientKey


@transaction.atomic
def register_key(*, public_key: str, code: str, by: User) -> RecipientKey:
    """Registers the person's own key with their second factor, tells them, and announces packages that wait for a key.

    Whoever has got hold of a session alone must not have files encrypted to a key of theirs. Raises Invalid: field
    `public_key` for a private, damaged or used key (a key is registered once, by one person), `code` for a wrong code.
    """
    if not selectors.receives_anywhere(by):
        raise NotAllowed("Only data recipients of an organisation register a key.")
    parsed = keys.parse(public_key)
    confirm_second_factor(user=by, code=code)
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
    notify(
        people=[by],
        kind="key.registered",
        subject="A key was registered for your files",
        text=f"Files released to you from now on are encrypted to the key {key.fingerprint} as well.\n\nIf it was not "
        "you who registered it, retire it on the page of your keys at once, change your password and tell the service.",
        link=reverse("delivery:keys"),
    )
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
