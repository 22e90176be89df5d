"""The person who signs in, what guards their second factor, and proposals that take two people."""

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower

from dars.accounts.rules import State


class UserManager(BaseUserManager["User"]):
    """Makes people; only `services` calls it."""

    def create_user(self, *, email: str, name: str, password: str | None = None, encoded: str = "") -> "User":
        user = self.model(email=email.strip().lower(), name=name.strip())
        if encoded:
            user.password = encoded
        else:
            user.set_password(password)
        user.full_clean(exclude=["password"])
        user.save(using=self._db)
        return user

    def get_by_natural_key(self, email: str) -> "User":
        return self.get(email__iexact=email.strip())


class User(AbstractBaseUser, PermissionsMixin):
    """Signs in with an e-mail address, whatever its case. Never deleted: closed by `is_active`."""

    email = models.EmailField("e-mail address", unique=True)
    name = models.CharField(max_length=120)
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField(auto_now_add=True)
    session_round = models.PositiveIntegerField(default=0)  # sessions of an earlier round are over

    objects = UserManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS = ["name"]

    class Meta:
        default_permissions = ()
        ordering = ["name", "pk"]
        constraints = [models.UniqueConstraint(Lower("email"), name="one_account_per_address")]

    def __str__(self) -> str:
        return self.name

    def _get_session_auth_hash(self, secret: str | None = None) -> str:
        """Django compares it with what the session holds: a new round ends every session there is."""
        return f"{super()._get_session_auth_hash(secret)}{self.session_round}"


class SecondFactorGuard(models.Model):
    """Beside a person's second factor: which codes can't come again, and how many wrong ones came."""

    user = models.OneToOneField(User, models.PROTECT, related_name="second_factor_guard")
    last_step = models.BigIntegerField(default=0)  # time step (RFC 6238) of the last code that was taken
    failures = models.PositiveSmallIntegerField(default=0)  # in a row
    locked_until = models.DateTimeField(null=True)
    # After two people have taken a lost factor away: the code without which no new one is set up, sealed, and its end.
    handed_over = models.CharField(max_length=300, blank=True)
    handed_over_until = models.DateTimeField(null=True)

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"guard of user {self.user_id}"


class Proposal(models.Model):
    """Something that one person has proposed and another must confirm before it is done."""

    action = models.CharField(max_length=60)  # as registered with `two_people.action`
    subject = models.CharField(max_length=80, blank=True)  # what it is about, as the audit trail labels it
    payload = models.JSONField()
    words = models.CharField(max_length=300)  # what would be done, as it read when it was proposed
    reason = models.TextField()
    state = models.CharField(max_length=20, default=State.OPEN)
    proposed_by = models.ForeignKey(User, models.PROTECT, related_name="proposals_made")
    proposed_at = models.DateTimeField()
    lapses_at = models.DateTimeField()
    decided_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="proposals_decided")
    decided_at = models.DateTimeField(null=True)
    rejected_because = models.TextField(blank=True)

    class Meta:
        default_permissions = ()
        ordering = ["-proposed_at", "-pk"]
        indexes = [models.Index(fields=["action", "-proposed_at"], name="proposals_of_an_action")]
        constraints = [
            models.CheckConstraint(condition=Q(state__in=[state.value for state in State]), name="proposal_state"),
            models.UniqueConstraint(
                fields=["action", "subject", "payload"], condition=Q(state="open"), name="one_open_proposal_of_a_thing"
            ),
            models.CheckConstraint(
                condition=~Q(state="confirmed") | (Q(decided_by__isnull=False) & ~Q(decided_by=F("proposed_by"))),
                name="proposal_takes_two_people",
            ),
            models.CheckConstraint(
                condition=Q(state="open", decided_at=None) | (~Q(state="open") & Q(decided_at__isnull=False)),
                name="proposal_is_open_or_decided",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.action} #{self.pk}"

    @property
    def state_label(self) -> str:
        return State(self.state).label
