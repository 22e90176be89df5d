"""The forms of correspondence, and the fields by which a form of another application names questions."""

from collections.abc import Sequence

from django import forms

from dars.applications.public import UPHELD_TO, Nameable, State
from dars.correspondence.models import Why
from dars.correspondence.rules import LONGEST_COMMENT
from dars.correspondence.services import Asked

LONG = forms.Textarea(attrs={"rows": 5})
SHORT = forms.Textarea(attrs={"rows": 3})


class NamesQuestions(forms.Form):
    """A form that can name questions: a tick and words for each. `questions`: those that may be named.

    Words without a tick count too, so that nothing that was written is lost. The form has a field `outcome`, and
    `returning` is the value of it with which, and only with which, questions are named.
    """

    returning = "return"
    rows_of_words = {"what_": "What is to change?"}

    def __init__(self, *args: object, questions: Sequence[Nameable], **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.questions = questions
        for each in questions:
            self.fields[f"ask_{_key(each)}"] = forms.BooleanField(label=each.label, required=False)
            self.fields[f"what_{_key(each)}"] = forms.CharField(
                label="What is to change?", max_length=LONGEST_COMMENT, required=False, widget=SHORT
            )

    def named_by_section(self) -> list[tuple[str, list[tuple[forms.BoundField, forms.BoundField]]]]:
        """(heading, [(tick, words)]) for the page."""
        groups: dict[str, list] = {}
        for each in self.questions:
            pair = (self[f"ask_{_key(each)}"], self[f"what_{_key(each)}"])
            groups.setdefault(each.heading, []).append(pair)
        return list(groups.items())

    def any_named(self) -> bool:
        """Whether something is ticked or written, for a page that opens that part then."""
        return any(self[f"{part}_{_key(each)}"].value() for each in self.questions for part in ("ask", "what"))

    def first_tick(self) -> str:
        """The field that an error about all of them is shown at."""
        return f"ask_{_key(self.questions[0])}" if self.questions else ""

    def asked(self) -> list[Asked]:
        """What was named."""
        given = self.cleaned_data
        return [
            Asked(each.section, each.question, given.get(f"what_{_key(each)}", ""))
            for each in self.questions
            if given.get(f"ask_{_key(each)}") or given.get(f"what_{_key(each)}", "").strip()
        ]

    def clean(self) -> dict:
        given = super().clean()
        for each in self.questions:
            if given.get(f"ask_{_key(each)}") and not given.get(f"what_{_key(each)}", "").strip():
                self.add_error(f"what_{_key(each)}", f"Say what is to change: {each.label}")
        if "outcome" in given and bool(self.asked()) != (given["outcome"] == self.returning):
            if self.asked():
                self.add_error("outcome", "You named answers to change: return the application, or untick them")
            elif self.questions:
                self.add_error(self.first_tick(), "Choose at least one answer and say what is to change")
        return given


def _key(each: Nameable) -> str:
    return f"{each.section}__{each.question}"


class AnswersForm(forms.Form):
    """What the applicant says of each change, in one form. `requests`: pairs (number, label)."""

    rows_of_words = {"answer-": "What did you change?"}

    def __init__(self, *args: object, requests: Sequence[tuple[int, str]], **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        for number, label in requests:
            self.fields[f"answer-{number}"] = forms.CharField(
                label="What did you change?",
                help_text="If you changed nothing, say why.",
                max_length=LONGEST_COMMENT,
                required=False,
                widget=SHORT,
                error_messages={"max_length": f"Shorten this to {LONGEST_COMMENT:,} characters: {label}"},
            )


class CommentForm(forms.Form):
    """Begins a thread. `about`: the keys and names of what it may be about; `kinds`: who may be written to."""

    about = forms.ChoiceField(label="What is it about?", required=False)
    audience = forms.ChoiceField(
        label="Who may read it?",
        widget=forms.RadioSelect,
        error_messages={"required": "Choose who may read it"},
    )
    text = forms.CharField(
        label="Your comment",
        max_length=LONGEST_COMMENT,
        widget=LONG,
        error_messages={
            "required": "Enter your comment",
            "max_length": f"Shorten this to {LONGEST_COMMENT:,} characters",
        },
    )

    def __init__(
        self, *args: object, about: list[tuple[str, str]], audiences: list[tuple[str, str]], **kwargs: object
    ) -> None:
        super().__init__(*args, **kwargs)
        self.fields["about"].choices = about
        self.fields["audience"].choices = audiences


class ReplyForm(forms.Form):
    """Adds to a thread."""

    text = forms.CharField(
        label="Your reply",
        max_length=LONGEST_COMMENT,
        widget=LONG,
        error_messages={
            "required": "Enter your reply",
            "max_length": f"Shorten this to {LONGEST_COMMENT:,} characters",
        },
    )


class RedactCommentForm(forms.Form):
    """Why a comment is redacted."""

    reason = forms.ChoiceField(
        label="Why is it redacted?",
        choices=Why.choices,
        widget=forms.RadioSelect,
        error_messages={"required": "Choose why it is redacted"},
    )


class RedactForm(RedactCommentForm):
    """What is redacted in a case, and why. `things`: what may be, by name."""

    field_order = ("what", "reason")  # as on the page, also in the summary of what is wrong

    revision = forms.IntegerField(min_value=1, widget=forms.HiddenInput)
    what = forms.ChoiceField(
        label="What is redacted?",
        error_messages={"required": "Choose what is redacted", "invalid_choice": "Choose what is redacted"},
    )

    def __init__(self, *args: object, things: list[tuple[str, str]], **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.fields["what"].choices = [("", "Choose"), *things]


class AppealForm(forms.Form):
    """The grounds of an appeal."""

    grounds = forms.CharField(
        label="Why should the decision be looked at again?",
        help_text="Say what was overlooked, misunderstood or done wrongly. You cannot add to this later.",
        max_length=10_000,
        widget=LONG,
        error_messages={"required": "Say why the decision should be looked at again"},
    )


DISMISS = "dismiss"
_OUTCOMES = [
    (State.IN_REVIEW.value, "Uphold: back to review"),
    (State.WITH_PANEL.value, "Uphold: back to the panel"),
    (DISMISS, "Dismiss: the refusal is final"),
]


class AppealDecisionForm(forms.Form):
    """The decision on an appeal."""

    outcome = forms.ChoiceField(
        label="What do you decide?",
        choices=[pair for pair in _OUTCOMES if pair[0] in (*UPHELD_TO, DISMISS)],
        widget=forms.RadioSelect,
        error_messages={"required": "Choose what you decide"},
    )
    reasons = forms.CharField(
        label="What are your reasons?",
        help_text="The applicant reads this, and whoever looks at the case again.",
        max_length=10_000,
        widget=LONG,
        error_messages={"required": "Give the reasons for your decision"},
    )
