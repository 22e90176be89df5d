"""Writes of recipients' public keys: registered by one person, confirmed by another. A private key is refused first."""

from django.db import IntegrityError, transaction
from django.urls import reverse

from dars.accounts.public import User, confirm_second_factor
from dars.audit.public import label, record
from dars.core import clock
from dars.core.errors import Invalid, NotAllowed, NotFound, WrongState
from dars.notices.public import notify
from extracts.delivery import keys, selectors, services
from extracts.delivery.models import RecipientKey
from extracts.delivery.rules import KEY_TRANSITIONS


@transaction.atomic
def register_key(*, public_key: str, code: str, by: User) -> RecipientKey:
    """Registers the person's own key with their second factor; it is used once somebody else has confirmed it.

    Whoever has got hold of a session alone must not have files encrypted to a key of theirs. Tells the person, and who
    may confirm it. Raises Invalid: field `public_key` for a private, damaged or used key (a key is registered once, by
    one person), `code` for a wrong code.
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
        text="Once somebody else has confirmed it, files released to you are encrypted to this key as well: "
        f"{key.fingerprint}.\n\nIf it was not you who registered it, take it back on the page of your keys at once, "
        "change your password and tell the service.",
        link=reverse("delivery:keys"),
    )
    notify(
        people=selectors.confirmers(by),
        kind="key.to_confirm",
        subject=f"A key of {by.name} waits for you to confirm it",
        text=f"{by.name} ({by.email}) has registered a key. Their files are encrypted to it once you have compared its "
        "fingerprint with them, in person, in a video call or by telephone, and confirmed it.",
        link=reverse("delivery:confirm-key", args=[key.pk]),
    )
    services.wake_for_key(user=by)
    return key


@transaction.atomic
def confirm_key(*, key_id: int, compared: str, code: str, by: User) -> RecipientKey:
    """Puts the key of somebody else in use, whose fingerprint has been compared with them (`compared`: how).

    Takes the second factor of whoever confirms. Raises NotAllowed for one's own key, NotFound for keys of people for
    whom somebody else answers, WrongState unless it waits, Invalid with the field `compared` or `code`.
    """
    key = _waiting(key_id, by)
    if compared not in RecipientKey.Compared.values:
        raise Invalid("Select how you compared the fingerprint", field="compared", rule="known")
    confirm_second_factor(user=by, code=code)
    _decide(key, RecipientKey.State.IN_USE, by, compared=compared)
    notify(
        people=[key.user],
        kind="key.confirmed",
        subject="Your key was confirmed",
        text=f"{by.name} has confirmed that the key {key.fingerprint} is yours. Files that are released to you from "
        "now on are encrypted to it.\n\nIf you have not read its fingerprint to anybody, retire it at once and tell "
        "the service.",
        link=reverse("delivery:keys"),
    )
    return key


@transaction.atomic
def refuse_key(*, key_id: int, by: User) -> RecipientKey:
    """Ends a key that waits and whose fingerprint is not that of its person's key.

    It can only keep files from somebody, so it takes no second factor. Raises as `confirm_key`.
    """
    key = _decide(_waiting(key_id, by), RecipientKey.State.REFUSED, by)
    notify(
        people=[key.user],
        kind="key.refused",
        subject="Your key was not confirmed",
        text=f"{by.name} has refused the key {key.fingerprint}: its fingerprint was not confirmed as yours. Nothing is "
        "encrypted to it.\n\nIf you did register it, make a new key and register that. If not, change your password "
        "and tell the service.",
        link=reverse("delivery:keys"),
    )
    return key


@transaction.atomic
def retire_key(*, key_id: int, by: User) -> RecipientKey:
    """Files released from now on are not encrypted to this key of the person's own."""
    key = RecipientKey.objects.select_for_update().filter(pk=key_id, user=by).first()
    if key is None:
        raise NotFound("You have no such key.")
    if (key.state, RecipientKey.State.RETIRED) not in KEY_TRANSITIONS:
        raise WrongState(f"This key has been {key.get_state_display().lower()} already.")
    key.state, key.retired_at = RecipientKey.State.RETIRED, clock.now()
    key.save()
    record("key.retired", by=by, subject=key, fingerprint=key.fingerprint)
    services.wake_for_key(user=by)
    return key


def _waiting(key_id: int, by: User) -> RecipientKey:
    """The key, locked, that the person may confirm or refuse now."""
    key = RecipientKey.objects.select_for_update(of=["self"]).select_related("user").filter(pk=key_id).first()
    if key is not None and key.user_id == by.pk:
        raise NotAllowed("This is your own key, so somebody else has to confirm it.")
    selectors.key_to_judge(by, key_id)
    if key.state != RecipientKey.State.WAITING:
        raise WrongState(f"This key is “{key.get_state_display()}”: there is nothing to confirm.")
    return key


def _decide(key: RecipientKey, to: RecipientKey.State, by: User, **how: str) -> RecipientKey:
    move = KEY_TRANSITIONS[(key.state, to)]
    key.state, key.decided_at, key.decided_by = to, clock.now(), by
    key.compared = how.get("compared", "")
    key.save()
    record(move.audit, by=by, subject=key, fingerprint=key.fingerprint, of=label(key.user), **how)
    services.wake_for_key(user=key.user)
    return key
