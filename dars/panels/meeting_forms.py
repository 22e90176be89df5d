"""The forms of meetings, minutes, members and precedents. What they mean is decided in the services."""

from collections.abc import Collection, Iterable

from django import forms

from dars.applications.public import Application
from dars.core import times
from dars.core.forms import DayField
from dars.panels.criteria import CRITERIA
from dars.panels.models import Meeting, PanelMember, Sitting
from dars.panels.rules import Kind, Seat

LONG = forms.Textarea(attrs={"rows": 8})
AWAY = ""


class MeetingForm(forms.Form):
    """When and where."""

    held_on = DayField(label="On which day?", missing="Enter the day of the meeting")
    starts_at = forms.TimeField(
        label="At what time does it begin?",
        help_text="For example, 10:00",
        input_formats=["%H:%M", "%H.%M"],
        widget=forms.TextInput(attrs={"class": "nhsuk-input--width-5"}),
        error_messages={"required": "Enter the time at which it begins", "invalid": "Enter a time like 10:00"},
    )
    place = forms.CharField(label="Place", max_length=200, required=False)
    link = forms.URLField(
        label="Link",
        help_text="Where people join it, if it is held online.",
        required=False,
        assume_scheme="https",
        error_messages={"invalid": "Enter a link like https://meet.example.org/panel"},
    )


class SeatsForm(forms.Form):
    """Each member of the panel with their place at one meeting; `sittings` are those who have one."""

    def __init__(
        self, *args: object, members: Iterable[PanelMember], sittings: Iterable[Sitting], **kwargs: object
    ) -> None:
        super().__init__(*args, **kwargs)
        self.members = list(members)
        seated = {sitting.person_id: sitting for sitting in sittings}
        seats = [(AWAY, "Not at this meeting"), *((seat.value, seat.label) for seat in Seat)]
        kinds = [(kind.value, kind.label) for kind in Kind]
        for member in self.members:
            at = seated.get(member.person_id)
            key, known = member.person_id, at or member
            self.fields[f"seat_{key}"] = forms.ChoiceField(
                label="Seat", choices=seats, required=False, initial=at.seat if at else AWAY
            )
            self.fields[f"kind_{key}"] = forms.ChoiceField(label="Background", choices=kinds, initial=known.kind)
            self.fields[f"independent_{key}"] = forms.BooleanField(
                label="Independent", required=False, initial=known.independent
            )

    def rows(self) -> list[tuple[PanelMember, forms.BoundField, forms.BoundField, forms.BoundField]]:
        """For the page: each member with their three fields."""
        return [
            (one, *(self[f"{name}_{one.person_id}"] for name in ("seat", "kind", "independent")))
            for one in self.members
        ]

    def places(self) -> dict[int, tuple[str, str, bool]]:
        """(seat, kind, independent) of whoever sits at the meeting, by the key of the person."""
        given = self.cleaned_data
        return {
            one.person_id: (
                given[f"seat_{one.person_id}"],
                given[f"kind_{one.person_id}"],
                given[f"independent_{one.person_id}"],
            )
            for one in self.members
            if given[f"seat_{one.person_id}"]
        }


class AttendanceForm(forms.Form):
    """Who is present."""

    present = forms.MultipleChoiceField(label="Who is present?", required=False, widget=forms.CheckboxSelectMultiple)

    def __init__(self, *args: object, sittings: Iterable[Sitting], **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        rows = list(sittings)
        self.fields["present"].choices = [
            (str(row.person_id), f"{row.person.name} ({row.get_seat_display()}, {row.get_kind_display().lower()})")
            for row in rows
        ]
        self.fields["present"].initial = [str(row.person_id) for row in rows if row.present]


class AgendaForm(forms.Form):
    """A case for the agenda."""

    case = forms.ChoiceField(label="Case", error_messages={"required": "Choose a case"})
    minutes = forms.IntegerField(
        label="How many minutes for it?",
        initial=20,
        widget=forms.TextInput(attrs={"class": "nhsuk-input--width-3", "inputmode": "numeric"}),
        error_messages={"required": "Enter how many minutes", "invalid": "Enter a whole number of minutes"},
    )

    def __init__(self, *args: object, cases: Collection[Application], **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.fields["case"].choices = [(one.reference, f"{one.reference}: {one.title}") for one in cases]


class MinutesForm(forms.Form):
    """The words of each block; `version` is the one that was on the page."""

    version = forms.IntegerField(min_value=1, widget=forms.HiddenInput)
    rows_of_words = {"words_": "Part of the minutes"}

    def __init__(self, *args: object, blocks: list[tuple[int, str, str]], **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        for place, heading, words in blocks:
            self.fields[f"words_{place}"] = forms.CharField(
                label=heading, initial=words, widget=LONG, error_messages={"required": "This part has to say something"}
            )

    def words(self) -> dict[int, str]:
        """The words by the place of their block."""
        names = [name for name in self.fields if name.startswith("words_")]
        return {int(name.partition("_")[2]): self.cleaned_data[name] for name in names}


class VersionForm(forms.Form):
    """The version of the minutes that was on the page."""

    version = forms.IntegerField(min_value=1, widget=forms.HiddenInput)


class MemberForm(forms.Form):
    """What the secretariat keeps about a member."""

    kind = forms.ChoiceField(label="What is their background?", choices=[(kind.value, kind.label) for kind in Kind])
    seat = forms.ChoiceField(label="What is their usual seat?", choices=[(seat.value, seat.label) for seat in Seat])
    independent = forms.BooleanField(label="They are independent", required=False)
    active = forms.BooleanField(label="They sit on the panel now", required=False)


class PrecedentForm(forms.Form):
    """A precedent with its criteria: each may be left out, or given a value."""

    title = forms.CharField(label="Title", max_length=200, error_messages={"required": "Give the precedent a title"})
    words = forms.CharField(
        label="What has the panel settled?", widget=LONG, error_messages={"required": "Say what the panel has settled"}
    )
    meeting = forms.ChoiceField(
        label="Which meeting settled it?", error_messages={"required": "Choose the meeting that settled it"}
    )
    valid_until = DayField(
        label="By which day does the panel review it? It is valid until then.",
        missing="Enter the last day on which it is valid",
    )

    def __init__(self, *args: object, meetings: Iterable[Meeting], **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.fields["meeting"].choices = [
            (str(one.pk), f"Meeting {one.pk}, {times.day(one.held_on)}") for one in meetings
        ]
        for name, criterion in CRITERIA.items():
            label = criterion.words.replace(": {}", "").replace(" {}", " …")
            if criterion.options is None:
                field = forms.CharField(
                    label=label,
                    required=False,
                    widget=forms.TextInput(attrs={"class": "nhsuk-input--width-5", "inputmode": "numeric"}),
                )
            else:
                options = {"yes": "Has to be so"} if list(criterion.options) == ["yes"] else criterion.options
                field = forms.ChoiceField(label=label, required=False, choices=[("", "Not asked"), *options.items()])
            self.fields[f"criterion_{name}"] = field

    def plain(self) -> list[forms.BoundField]:
        """The fields about the precedent itself, for the page."""
        return [self[name] for name in ("title", "words", "meeting", "valid_until")]

    def criteria(self) -> list[forms.BoundField]:
        """The fields of the criteria, for the page."""
        return [self[f"criterion_{name}"] for name in CRITERIA]

    def chosen(self) -> list[tuple[str, str]]:
        """(criterion, value) of those that were given one."""
        given = [(name, self.cleaned_data[f"criterion_{name}"].strip()) for name in CRITERIA]
        return [(name, value) for name, value in given if value]
