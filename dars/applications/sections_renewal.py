"""The section that only a renewal has: what came of the work so far. A declaration only."""

from dars.applications.questions import Kind, Question, Section, given

RENEWAL_SECTIONS: tuple[Section, ...] = (
    Section(
        "achieved",
        "Benefits achieved so far",
        "The work",
        source="DARS standard 5d",
        applies=given("renewal", "asked", "yes"),
        questions=(
            Question(
                "benefits",
                "Which benefits have been achieved with the data so far, for whom, and how do you know?",
                Kind.TEXT,
                "Say which benefits have been achieved so far",
                hint="If the benefits that you expected have not come yet, say why, and when they will.",
                source="DARS standard 5d",
            ),
            Question(
                "outputs",
                "What has been published or put to use?",
                Kind.TEXT,
                "Say what has been published or put to use so far",
                hint="Titles, dates and where each can be found; or why there is nothing yet.",
                source="DARS standards 5c and 5d",
            ),
        ),
    ),
)
