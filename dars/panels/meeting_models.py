"""A meeting of the panel: who sits, what is on the agenda, who was there, what was said. Changed by services alone."""

from django.db import models
from django.db.models import Q

from dars.panels import rules

_SEATS = [(each.value, each.label) for each in rules.Seat]
_KINDS = [(each.value, each.label) for each in rules.Kind]
_STATES = [(each.value, each.label) for each in rules.MeetingState]


class PanelMember(models.Model):
    """What the secretariat keeps about a member: what they bring, whether they are independent, where they sit."""

    person = models.OneToOneField("accounts.User", models.PROTECT, related_name="+")
    seat = models.CharField(max_length=10, choices=_SEATS, default=rules.Seat.MEMBER)
    kind = models.CharField(max_length=10, choices=_KINDS)
    independent = models.BooleanField()
    active = models.BooleanField(default=True)

    class Meta:
        default_permissions = ()
        ordering = ["person__name", "pk"]

    def __str__(self) -> str:
        return f"{self.person}, {self.get_kind_display()}"


class Meeting(models.Model):
    """One sitting of the panel."""

    held_on = models.DateField()
    starts_at = models.TimeField()  # London's
    place = models.CharField(max_length=200, blank=True)
    link = models.URLField(blank=True)
    state = models.CharField(max_length=12, choices=_STATES, default=rules.MeetingState.PLANNED)
    opened_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)
    minutes_published_at = models.DateTimeField(null=True)
    created_by = models.ForeignKey("accounts.User", models.PROTECT, related_name="+")
    created_at = models.DateTimeField()

    class Meta:
        default_permissions = ()
        ordering = ["-held_on", "-pk"]
        constraints = [
            models.CheckConstraint(condition=~Q(place="") | ~Q(link=""), name="meeting_has_a_place_or_link"),
            models.CheckConstraint(
                condition=Q(state__in=["planned", "cancelled"], opened_at=None) | Q(opened_at__isnull=False),
                name="meeting_opened_before_it_sits",
            ),
        ]

    def __str__(self) -> str:
        return f"meeting {self.pk}"


class Sitting(models.Model):
    """A member of one meeting, as they were known when it was planned; there from `arrived_at` to `left_at`."""

    meeting = models.ForeignKey(Meeting, models.PROTECT, related_name="sittings")
    person = models.ForeignKey("accounts.User", models.PROTECT, related_name="+")
    seat = models.CharField(max_length=10, choices=_SEATS)
    kind = models.CharField(max_length=10, choices=_KINDS)
    independent = models.BooleanField()
    arrived_at = models.DateTimeField(null=True)
    left_at = models.DateTimeField(null=True)

    class Meta:
        default_permissions = ()
        ordering = ["meeting", "seat", "person__name", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["meeting", "person"], name="one_sitting_per_person"),
            models.UniqueConstraint(fields=["meeting"], condition=Q(seat="chair"), name="one_chair_per_meeting"),
        ]

    def __str__(self) -> str:
        return f"{self.person} at {self.meeting}"

    @property
    def present(self) -> bool:
        return self.arrived_at is not None and self.left_at is None

    @property
    def sitter(self) -> rules.Sitter:
        return rules.Sitter(
            chair=self.seat in {rules.Seat.CHAIR, rules.Seat.DEPUTY},
            lay=self.kind == rules.Kind.LAY,
            independent=self.independent,
        )


class AgendaItem(models.Model):
    """A case on the agenda of a meeting, with the revision that the meeting reads."""

    meeting = models.ForeignKey(Meeting, models.PROTECT, related_name="items")
    application = models.ForeignKey("applications.Application", models.PROTECT, related_name="+")
    revision = models.PositiveIntegerField()
    position = models.PositiveSmallIntegerField()
    minutes = models.PositiveSmallIntegerField()  # how long it is given
    removed_at = models.DateTimeField(null=True)

    class Meta:
        default_permissions = ()
        ordering = ["meeting", "position", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["meeting", "application"], condition=Q(removed_at=None), name="one_item_per_case"
            )
        ]

    def __str__(self) -> str:
        return f"{self.application} at {self.meeting}"


class Roll(models.Model):
    """Who was present and counted for a case at one instant: the proof that a vote or an advice was quorate.

    The database refuses a roll without quorum, and any change to one.
    """

    item = models.ForeignKey(AgendaItem, models.PROTECT, related_name="rolls")
    taken_at = models.DateTimeField()
    counted = models.JSONField()  # [[user id, seat, kind, independent], …] in the order of the ids
    set_aside = models.JSONField()  # user ids of those who were there and in a conflict
    members = models.PositiveSmallIntegerField()
    chairs = models.PositiveSmallIntegerField()
    lay = models.PositiveSmallIntegerField()
    independents = models.PositiveSmallIntegerField()

    class Meta:
        default_permissions = ()
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(
                    members__gte=rules.QUORUM_MEMBERS, chairs__gte=rules.QUORUM_CHAIRS, lay__gte=rules.QUORUM_LAY
                )
                & Q(independents__gt=models.F("members") - models.F("independents")),
                name="roll_is_quorate",
            )
        ]

    def __str__(self) -> str:
        return f"{self.members} for {self.item}"


class Point(models.Model):
    """A point of the discussion of a case, as somebody at the meeting wrote it down."""

    item = models.ForeignKey(AgendaItem, models.PROTECT, related_name="points")
    words = models.TextField()
    by = models.ForeignKey("accounts.User", models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        default_permissions = ()
        ordering = ["item", "pk"]
        constraints = [models.CheckConstraint(condition=~Q(words=""), name="point_has_words")]

    def __str__(self) -> str:
        return f"point of {self.item}"


class Minutes(models.Model):
    """One version of the minutes. `blocks`: [[agenda item or null, heading, words], …]; the newest version stands."""

    meeting = models.ForeignKey(Meeting, models.PROTECT, related_name="minutes")
    version = models.PositiveSmallIntegerField()
    blocks = models.JSONField()
    by = models.ForeignKey(
        "accounts.User", models.PROTECT, null=True, related_name="+"
    )  # null: drafted from the record
    at = models.DateTimeField()
    confirmed_at = models.DateTimeField(null=True)
    confirmed_by = models.ForeignKey("accounts.User", models.PROTECT, null=True, related_name="+")

    class Meta:
        default_permissions = ()
        ordering = ["meeting", "version"]
        constraints = [
            models.UniqueConstraint(fields=["meeting", "version"], name="one_minutes_per_version"),
            models.CheckConstraint(
                condition=Q(confirmed_at=None, confirmed_by=None)
                | Q(confirmed_at__isnull=False, confirmed_by__isnull=False),
                name="minutes_confirmed_by_somebody",
            ),
        ]

    def __str__(self) -> str:
        return f"minutes {self.version} of {self.meeting}"


class Pack(models.Model):
    """One version of the papers of a meeting; made by a job, once for each set of cases that somebody may not read."""

    meeting = models.ForeignKey(Meeting, models.PROTECT, related_name="packs")
    version = models.PositiveSmallIntegerField()
    requested_by = models.ForeignKey("accounts.User", models.PROTECT, related_name="+")
    requested_at = models.DateTimeField()
    cases = models.JSONField(default=list)  # [[key of the agenda item, revision], …] in the order of the agenda then
    made_at = models.DateTimeField(null=True)

    class Meta:
        default_permissions = ()
        ordering = ["meeting", "version"]
        constraints = [models.UniqueConstraint(fields=["meeting", "version"], name="one_pack_per_version")]

    def __str__(self) -> str:
        return f"papers {self.version} of {self.meeting}"


class PackFile(models.Model):
    """The papers as one PDF, without the cases in `left_out` (references, in order)."""

    pack = models.ForeignKey(Pack, models.PROTECT, related_name="files")
    left_out = models.JSONField(default=list)
    content = models.BinaryField()
    sha256 = models.CharField(max_length=64)
    pages = models.PositiveIntegerField()

    class Meta:
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["pack", "left_out"], name="one_file_per_set")]

    def __str__(self) -> str:
        return f"{self.pack}, {self.pages} pages"
