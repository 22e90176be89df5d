"""Second factors: set up, asked for, taken away. A code from an authenticator app (RFC 6238), or a recovery code.

allauth's tables and checks are used as a library; which code was used, and how many were wrong, is kept here, in
PostgreSQL. Secrets and codes are in no event and no log.
"""

import base64
import datetime as dt
import secrets
from dataclasses import dataclass

from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, generate_totp_secret, hotp_value
from allauth.mfa.utils import decrypt, encrypt
from django.db import transaction
from django.db.models import F
from django.utils.crypto import constant_time_compare
from django.utils.timezone import localtime

from dars.accounts.models import SecondFactorGuard, User
from dars.accounts.sealing import SealingAdapter
from dars.audit.public import record
from dars.core import aftermath, clock
from dars.core.errors import Invalid, WrongState

STEP_SECONDS = 30  # RFC 6238, section 4.1: the default that authenticator apps use
# RFC 6238, section 5.2: one step either way for clocks that differ and people who type slowly.
STEPS_EITHER_WAY = 1
# NIST SP 800-63B, section 5.2.2, asks for a limit of at most 100; five in a row lock for five minutes.
ATTEMPTS = 5
LOCKED_FOR = dt.timedelta(minutes=5)
# After a reset: long enough to telephone or to meet, short enough that it is still known what it was for.
HANDED_OVER_FOR = dt.timedelta(days=3)
_HANDED_OVER_ALPHABET = "23456789BCDFGHJKMNPQRSTVWXYZ"  # no vowels, nothing that looks like something else
_HANDED_OVER_LENGTH = 12  # 57 bits, and five wrong ones lock
_KINDS = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)  # recovery codes alone are none


@dataclass(frozen=True)
class Offer:
    """What the page that sets one up shows: the secret in groups to type, and as a picture to scan."""

    sealed: str  # for the session: the secret is nowhere in plain
    typed: str
    picture: str  # a data address of an SVG


def has_second_factor(user: User) -> bool:
    """True if the person has set one up."""
    return user.pk is not None and Authenticator.objects.filter(user_id=user.pk, type__in=_KINDS).exists()


def confirm_second_factor(*, user: User, code: str) -> None:
    """Takes a code from the person's app, or a recovery code; returns if it is right.

    Raises Invalid (field `code`) if not: rule "not_set_up", "empty", "wrong", "used" (a code works once) or "locked"
    (five wrong ones in a row; five minutes). May be called in a transaction: a refusal is counted and recorded even
    though that is undone, and a code whose transaction is undone can be used again.
    """
    with transaction.atomic():
        guard = _locked_guard(user)
        _refuse_while_locked(guard)
        given = "".join(code.split()).replace("-", "")
        if not given:
            raise Invalid("Enter the code", field="code", rule="empty")
        way = _match(guard, given)
        if way:
            guard.failures, guard.locked_until = 0, None
            guard.save(update_fields=["last_step", "failures", "locked_until"])
            record("account.second_factor_used", by=user, subject=user, way=way)
            return
    aftermath.keep(lambda: _count_failure(user))
    raise Invalid("The code is not right. Enter the code that your app shows now", field="code", rule="wrong")


def _locked_guard(user: User) -> SecondFactorGuard:
    guard = SecondFactorGuard.objects.select_for_update().filter(user=user).first()
    if guard is None or not has_second_factor(user):
        raise Invalid("Set up a second factor first: you find it under “Your account”", field="code", rule="not_set_up")
    return guard


def _refuse_while_locked(guard: SecondFactorGuard, field: str = "code") -> None:
    if guard.locked_until is not None and guard.locked_until > clock.now():
        until = localtime(guard.locked_until) + dt.timedelta(minutes=1)  # the minute in which it is over
        shown = f"{until.hour % 12 or 12}:{until.minute:02d}{'am' if until.hour < 12 else 'pm'}"
        raise Invalid(f"Too many {field}s were wrong. Try again after {shown}", field=field, rule="locked")


def _match(guard: SecondFactorGuard, given: str) -> str | None:
    """Which way the code is right: "app" or "recovery"; None if it is wrong. Marks it as used; saves no guard."""
    held = {one.type: one for one in Authenticator.objects.filter(user_id=guard.user_id)}
    app = held.get(Authenticator.Type.TOTP)
    if app is not None and (step := _step_of(decrypt(app.data["secret"]), given)) is not None:
        if step <= guard.last_step:
            raise Invalid("This code has been used. Wait until your app shows the next one", field="code", rule="used")
        guard.last_step = step
        app.last_used_at = clock.now()
        app.save(update_fields=["last_used_at"])
        return "app"
    recovery = held.get(Authenticator.Type.RECOVERY_CODES)
    if recovery is not None and RecoveryCodes(recovery).validate_code(given):
        return "recovery"
    return None


def _step_of(secret: str, given: str) -> int | None:
    """The newest time step near now whose code this is."""
    now = int(clock.now().timestamp()) // STEP_SECONDS
    for step in range(now + STEPS_EITHER_WAY, now - STEPS_EITHER_WAY - 1, -1):
        if constant_time_compare(format_hotp_value(hotp_value(secret, step)), given):
            return step
    return None


def _count_failure(user: User) -> None:
    SecondFactorGuard.objects.get_or_create(user=user)  # none yet where a password is asked for the first one
    guard = SecondFactorGuard.objects.select_for_update().get(user=user)
    guard.failures += 1
    locks = guard.failures >= ATTEMPTS
    if locks:
        guard.failures, guard.locked_until = 0, clock.now() + LOCKED_FOR
    guard.save(update_fields=["failures", "locked_until"])
    record("account.second_factor_failed", by=None, subject=user, locked=locks)


# --- Setting up and taking away --------------------------------------------------------------------------------------


def offer(*, user: User, sealed: str = "") -> Offer:
    """A new secret for the person, or the one that was offered before (`sealed`)."""
    secret = decrypt(sealed) if sealed else generate_totp_secret()
    adapter = SealingAdapter()
    picture = base64.b64encode(adapter.build_totp_svg(adapter.build_totp_url(user, secret)).encode()).decode()
    return Offer(
        sealed=sealed or encrypt(secret),
        typed=" ".join(secret[place : place + 4] for place in range(0, len(secret), 4)),
        picture=f"data:image/svg+xml;base64,{picture}",
    )


@transaction.atomic
def set_up(*, sealed: str, code: str, password: str, by: User, handed_over: str = "") -> list[str]:
    """Makes the offered secret the person's second factor, if the code proves that their app has it.

    It takes the password, so that whoever has got hold of a session alone cannot give themselves a second factor; and
    after a reset the code that an administrator hands over, so that whoever knows the password alone cannot take the
    place of the factor that was lost. Wrong ones are counted and lock as wrong codes do. Returns ten recovery codes.
    Raises Invalid (field `handed_over`, `password` or `code`), or WrongState if there is one already.
    """
    _confirm_handed_over(by, handed_over)
    _confirm_password(by, password)
    given = "".join(code.split())
    if not given:
        raise Invalid("Enter the code that your app shows", field="code", rule="empty")
    secret = decrypt(sealed)
    step = _step_of(secret, given)
    if step is None:
        raise Invalid("The code is not right. Enter the code that your app shows now", field="code", rule="wrong")
    return enrol(user=by, secret=secret, by=by, used_step=step)


def awaits_code(user: User) -> bool:
    """True if two people have taken the person's factor away: to set up another takes the code they were given."""
    return SecondFactorGuard.objects.filter(user=user).exclude(handed_over="").exists()


def code_to_hand_over(user: User) -> tuple[str, dt.datetime] | None:
    """The code for the person in groups of four, and its end; None once it was used or its time is over.

    For the second of the two people, who reads it to the person whose voice or face they know.
    """
    guard = SecondFactorGuard.objects.filter(user=user).exclude(handed_over="").first()
    if guard is None or guard.handed_over_until <= clock.now():
        return None
    code = decrypt(guard.handed_over)
    return " ".join(code[place : place + 4] for place in range(0, len(code), 4)), guard.handed_over_until


def _confirm_handed_over(user: User, given: str) -> None:
    guard = SecondFactorGuard.objects.select_for_update().filter(user=user).exclude(handed_over="").first()
    if guard is None:
        return
    _refuse_while_locked(guard)
    if guard.handed_over_until <= clock.now():
        words = "The code from the administrator is too old. Ask for your second factor to be removed once more"
        raise Invalid(words, field="handed_over", rule="lapsed")
    typed = "".join(given.split()).replace("-", "").upper()
    if not constant_time_compare(decrypt(guard.handed_over), typed):
        aftermath.keep(lambda: _count_failure(user))
        raise Invalid("The code from the administrator is not right", field="handed_over", rule="wrong")


def _confirm_password(user: User, password: str) -> None:
    guard = SecondFactorGuard.objects.select_for_update().filter(user=user).first()
    if guard is not None:
        _refuse_while_locked(guard, field="password")
    if not user.check_password(password):
        aftermath.keep(lambda: _count_failure(user))
        raise Invalid("The password is not right", field="password", rule="wrong")


@transaction.atomic
def enrol(*, user: User, secret: str, by: User | None, used_step: int = 0) -> list[str]:
    """The person's second factor from a secret (base32). `by` None: set up from the command line."""
    User.objects.select_for_update().get(pk=user.pk)
    if has_second_factor(user):
        raise WrongState("You have set up a second factor already. Remove it before you set up another.")
    TOTP.activate(user, secret)
    SecondFactorGuard.objects.update_or_create(
        user=user,
        defaults={
            "last_step": used_step,
            "failures": 0,
            "locked_until": None,
            "handed_over": "",
            "handed_over_until": None,
        },
    )
    record("account.second_factor_set_up", by=by, subject=user)
    return RecoveryCodes.activate(user).generate_codes()


@transaction.atomic
def recovery_codes(*, code: str, by: User) -> list[str]:
    """The recovery codes that have not been used. Takes a code; each look is recorded."""
    confirm_second_factor(user=by, code=code)
    record("account.recovery_codes_seen", by=by, subject=by)
    return _recovery(by).get_unused_codes()


@transaction.atomic
def renew_recovery_codes(*, code: str, by: User) -> list[str]:
    """Ten new recovery codes; the old ones open nothing any more. Takes a code."""
    confirm_second_factor(user=by, code=code)
    Authenticator.objects.filter(user_id=by.pk, type=Authenticator.Type.RECOVERY_CODES).delete()
    record("account.recovery_codes_renewed", by=by, subject=by)
    return _recovery(by).generate_codes()


def _recovery(user: User) -> RecoveryCodes:
    return RecoveryCodes.activate(user)


@transaction.atomic
def remove(*, code: str, by: User) -> None:
    """Takes the person's own second factor away, with its recovery codes. Takes a code."""
    confirm_second_factor(user=by, code=code)
    _delete(by)
    record("account.second_factor_removed", by=by, subject=by)


def _delete(user: User) -> None:
    Authenticator.objects.filter(user_id=user.pk).delete()
    SecondFactorGuard.objects.filter(user=user).update(failures=0, locked_until=None)


@transaction.atomic
def reset(*, user: User, by: User) -> None:
    """For somebody who has lost their phone and their recovery codes. Only as two people's action (`actions`).

    Every session of theirs is over, and a new factor takes a code that the second person hands over. Done again while
    that code has not been used, it gives another one.
    """
    check_reset(user)
    _delete(user)
    code = "".join(secrets.choice(_HANDED_OVER_ALPHABET) for _ in range(_HANDED_OVER_LENGTH))
    kept = {"handed_over": encrypt(code), "handed_over_until": clock.now() + HANDED_OVER_FOR}
    SecondFactorGuard.objects.update_or_create(user=user, defaults=kept)
    User.objects.filter(pk=user.pk).update(session_round=F("session_round") + 1)
    record("account.second_factor_removed", by=by, subject=user)


def check_reset(user: User) -> None:
    """Raises WrongState if there is nothing to reset."""
    if not has_second_factor(user) and not awaits_code(user):
        raise WrongState(f"{user.name} has no second factor.")
