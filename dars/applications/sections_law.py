"""The sections about the law: bases, confidentiality, patients' objections. Declarations only."""

from dars.applications import law
from dars.applications.questions import Answers, Both, Kind, Option, Question, Section, answer, either, given
from extracts.catalogue.public import CONFIDENTIALITY_BASES, DISSEMINATION_BASES

GROUP = "The law"


def controllers(answers: Answers) -> list[str]:
    """The ODS codes of the controllers named so far."""
    return list(answer(answers, "controllers", "organisations") or [])


def several_controllers(answers: Answers) -> bool:
    """Each of several controllers relies on bases of its own."""
    return len(controllers(answers)) > 1


def one_controller(answers: Answers) -> bool:
    return not several_controllers(answers)


# Section 251 support, whichever of the two questions says so, comes with a reference.
needs_cag_reference = either(given("confidentiality", "basis", "s251"), given("legal", "dissemination", "s261_7"))

_SCHEDULE_1_HINT = "Needed with Article 9(2)(b), (g), (h), (i) or (j)."
_RATIONALE = "Say why these bases apply"


def _bases(section: str) -> tuple[Question, ...]:
    """Bases and why they apply: of the only controller (section "legal"), or of each (section "")."""
    asked = one_controller if section else (lambda answers: True)
    schedule = given(section, "article_9", *law.SCHEDULE_1_OF_ARTICLE_9)
    return (
        Question(
            "article_6",
            "UK GDPR Article 6: lawful basis",
            Kind.CHECKBOXES,
            "Choose a lawful basis under Article 6",
            options=law.ARTICLE_6,
            source="UK GDPR Article 6(1)",
            asked=asked,
        ),
        Question(
            "article_9",
            "UK GDPR Article 9: condition for health data",
            Kind.CHECKBOXES,
            "Choose a condition under Article 9",
            options=law.ARTICLE_9,
            source="UK GDPR Article 9(2)",
            asked=asked,
        ),
        Question(
            "schedule_1",
            "Data Protection Act 2018, Schedule 1: condition",
            Kind.CHECKBOXES,
            "Choose a Schedule 1 condition",
            options=law.SCHEDULE_1,
            source="Data Protection Act 2018, sections 10 and 11 and Schedule 1",
            asked=Both((asked, schedule)) if section else schedule,
            only_if=_SCHEDULE_1_HINT,
        ),
        Question(
            "rationale",
            "Why do these bases apply?",
            Kind.TEXT,
            _RATIONALE,
            source="DARS standard 5a",
            asked=asked,
            words=300,
            attach="an assessment of legitimate interests, if that is the basis",
        ),
    )


LAW_SECTIONS: tuple[Section, ...] = (
    Section(
        "legal",
        "Legal bases",
        GROUP,
        intro="Name the controllers first: if there are several, each says what it relies on.",
        source="DARS standard 1b",
        questions=(
            *_bases("legal"),
            Question(
                "bases",
                "Legal bases of each controller",
                Kind.EACH,
                "Choose the legal bases of each controller",
                source="UK GDPR Articles 6, 9 and 26; DARS standard 1b",
                asked=several_controllers,
                each=controllers,
                parts=_bases(""),
            ),
            Question(
                "dissemination",
                "On which power should the data be released to you?",
                Kind.RADIOS,
                "Choose the power under which the data should be released",
                options=tuple(Option(value, label) for value, label in DISSEMINATION_BASES.items()),
                source="Health and Social Care Act 2012 s261",
            ),
        ),
    ),
    Section(
        "confidentiality",
        "Confidentiality and patients’ objections",
        GROUP,
        source="DARS standards 3c and 7b",
        questions=(
            Question(
                "basis",
                "How is the duty of confidentiality met?",
                Kind.RADIOS,
                "Choose how the duty of confidentiality is met",
                options=tuple(Option(value, label) for value, label in CONFIDENTIALITY_BASES.items()),
                source="DARS standard 7b",
            ),
            Question(
                "consent",
                "Which consent did people give, and when?",
                Kind.TEXT,
                "Say which consent people gave and when",
                asked=given("confidentiality", "basis", "consent"),
                only_if="Only if people consented.",
                words=300,
                attach="the consent form and the information given with it",
                evidence=given("confidentiality", "basis", "consent"),
                source="DARS standard 7b",
            ),
            Question(
                "cag_reference",
                "Reference of the Confidentiality Advisory Group",
                Kind.LINE,
                "Enter the reference of the Confidentiality Advisory Group",
                hint="For example 24/CAG/0123",
                asked=needs_cag_reference,
                attach="the letter of support",
                evidence=needs_cag_reference,
                only_if="Only with section 251 support.",
                source="NHS Act 2006 s251",
            ),
            Question(
                "objections",
                "How are patients’ objections respected in your work?",
                Kind.TEXT,
                "Say how patients’ objections are respected",
                hint="Objections made to the Diagnostic Imaging Dataset itself are always respected before release. "
                "The national data opt-out is applied to confidential patient information released under section 251.",
                source="DARS standard 3c; National data opt-out operational policy",
                words=300,
            ),
            Question(
                "exception",
                "Do you ask that the national data opt-out is not applied?",
                Kind.RADIOS,
                "Choose whether the national data opt-out should not be applied",
                options=(
                    Option("none", "No, or it does not concern these data"),
                    Option("not_identifying", "Yes: the data do not identify anyone"),
                    Option("consent", "Yes: people consented"),
                    Option("policy", "Yes: the policy exempts this flow"),
                ),
                source="DARS standard 3c; National data opt-out operational policy",
            ),
            Question(
                "exemption",
                "Which exemption is it, and who granted it?",
                Kind.TEXT,
                "Say which exemption it is and who granted it",
                asked=given("confidentiality", "exception", "policy"),
                only_if="Only if the policy exempts this flow.",
                source="DARS standard 3c",
                words=150,
                attach="the decision that exempts the flow",
                evidence=given("confidentiality", "exception", "policy"),
            ),
        ),
    ),
)
