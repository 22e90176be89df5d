"""The sections about the law: bases, confidentiality, patients' objections. Declarations only."""

from dars.applications import law
from dars.applications.questions import Answers, Kind, Option, Question, Section, given
from extracts.catalogue.public import CONFIDENTIALITY_BASES, DISSEMINATION_BASES

GROUP = "The law"


def needs_cag_reference(answers: Answers) -> bool:
    """Section 251 support, whichever of the two questions says so, comes with a reference."""
    return given("confidentiality", "basis", "s251")(answers) or given("legal", "dissemination", "s261_7")(answers)


LAW_SECTIONS: tuple[Section, ...] = (
    Section(
        "legal",
        "Legal bases",
        GROUP,
        intro="If there are several controllers, choose what each of them relies on.",
        source="DARS standard 1b",
        questions=(
            Question(
                "article_6",
                "UK GDPR Article 6: lawful basis",
                Kind.CHECKBOXES,
                "Choose a lawful basis under Article 6",
                options=law.ARTICLE_6,
                source="UK GDPR Article 6(1)",
            ),
            Question(
                "article_9",
                "UK GDPR Article 9: condition for health data",
                Kind.CHECKBOXES,
                "Choose a condition under Article 9",
                options=law.ARTICLE_9,
                source="UK GDPR Article 9(2)",
            ),
            Question(
                "schedule_1",
                "Data Protection Act 2018, Schedule 1: condition",
                Kind.CHECKBOXES,
                "Choose a Schedule 1 condition",
                hint="Needed with Article 9(2)(b), (g), (h), (i) or (j).",
                options=law.SCHEDULE_1,
                source="Data Protection Act 2018, sections 10 and 11 and Schedule 1",
                needed=given("legal", "article_9", *law.SCHEDULE_1_OF_ARTICLE_9),
            ),
            Question(
                "rationale",
                "Why do these bases apply?",
                Kind.TEXT,
                "Say why these bases apply",
                source="DARS standard 5a",
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
                needed=given("confidentiality", "basis", "consent"),
                only_if="Only if people consented.",
                source="DARS standard 7b",
            ),
            Question(
                "cag_reference",
                "Reference of the Confidentiality Advisory Group",
                Kind.LINE,
                "Enter the reference of the Confidentiality Advisory Group",
                hint="For example 24/CAG/0123",
                needed=needs_cag_reference,
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
            ),
        ),
    ),
)
