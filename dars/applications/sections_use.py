"""The sections about what comes of the work: outputs, benefits, commercial aspects, sub-licences. Declarations only."""

from dars.applications import law
from dars.applications.questions import YES_NO, Kind, Question, Section, either, given

GROUP = "The work"

# Standard 5e is triggered by fees, and by any commercial benefit to any party.
_COMMERCIAL = either(
    given("commercial", "involved", "yes"),
    given("purpose", "purposes", *law.COMMERCIAL_PURPOSE_VALUES),
    given("benefits", "kinds", *law.COMMERCIAL_BENEFIT_VALUES),
)

USE_SECTIONS: tuple[Section, ...] = (
    Section(
        "outputs",
        "Outputs",
        GROUP,
        source="DARS standard 5c",
        questions=(
            Question(
                "outputs",
                "What will the work produce?",
                Kind.TEXT,
                "Say what the work will produce",
                hint="Reports, papers, tools.",
                source="DARS standard 5c",
                words=300,
            ),
            Question(
                "audiences",
                "Who will read or use it, and how will it reach them?",
                Kind.TEXT,
                "Say who the outputs are for and how they reach them",
                source="DARS standard 5c",
                words=200,
            ),
            Question(
                "expected_on",
                "When will the first output appear?",
                Kind.DATE,
                "Enter when the first output will appear",
                source="DARS standard 5c",
            ),
            Question(
                "small_numbers",
                "Will small numbers be suppressed in every output?",
                Kind.RADIOS,
                "Choose whether small numbers will be suppressed",
                options=YES_NO,
                source="DARS standard 5c",
                hint="As for Hospital Episode Statistics: counts from 1 to 7 are not shown, others are rounded to 5.",
            ),
            Question(
                "small_numbers_reason",
                "Why not, and how will you protect people instead?",
                Kind.TEXT,
                "Say why small numbers are not suppressed and how people are protected",
                asked=given("outputs", "small_numbers", "no"),
                only_if="Only if small numbers are not suppressed.",
                source="DARS standard 5c",
                words=200,
            ),
        ),
    ),
    Section(
        "benefits",
        "Benefits",
        GROUP,
        source="DARS standard 5d",
        questions=(
            Question(
                "kinds",
                "What kinds of benefit do you expect?",
                Kind.CHECKBOXES,
                "Choose what kinds of benefit you expect",
                options=law.BENEFITS + law.COMMERCIAL_BENEFITS,
                source="DARS standards 5d and 5e",
            ),
            Question(
                "description",
                "What will be better, for whom, and by how much?",
                Kind.TEXT,
                "Say what will be better, for whom and by how much",
                source="DARS standard 5d",
                words=300,
            ),
            Question(
                "expected_on",
                "When do you expect the benefits?",
                Kind.DATE,
                "Enter when you expect the benefits",
                source="DARS standard 5d",
            ),
        ),
    ),
    Section(
        "commercial",
        "Commercial aspects",
        GROUP,
        source="DARS standard 5e",
        questions=(
            Question(
                "involved",
                "Does anyone pay a fee for the work or its outputs, or gain commercially from it?",
                Kind.RADIOS,
                "Choose whether there is a fee or a commercial gain",
                options=YES_NO,
                source="DARS standard 5e",
            ),
            Question(
                "details",
                "Who pays or gains, and how does that compare with the benefit to the public?",
                Kind.TEXT,
                "Say who pays or gains, and how that compares with the benefit to the public",
                asked=_COMMERCIAL,
                only_if="Only if you answered yes, or named a commercial purpose or benefit.",
                source="DARS standard 5e",
                words=300,
            ),
        ),
    ),
    Section(
        "sublicensing",
        "Sub-licensing",
        GROUP,
        intro="A sub-licence lets others use the data under your agreement. Most applications need none.",
        source="DARS standard 10",
        questions=(
            Question(
                "wanted",
                "Do you want to sub-license the data?",
                Kind.RADIOS,
                "Choose whether you want to sub-license the data",
                options=YES_NO,
                source="DARS standard 10",
            ),
            Question(
                "added_value",
                "What do you add to the data before others use them?",
                Kind.TEXT,
                "Say what you add to the data before others use them",
                asked=given("sublicensing", "wanted", "yes"),
                only_if="Only if you want to sub-license.",
                source="DARS standard 10",
                words=200,
            ),
            Question(
                "template",
                "Which sub-licence will they sign?",
                Kind.TEXT,
                "Say which sub-licence they will sign",
                asked=given("sublicensing", "wanted", "yes"),
                only_if="Only if you want to sub-license.",
                source="DARS standard 10",
                words=100,
                attach="the template of the sub-licence",
                evidence=given("sublicensing", "wanted", "yes"),
            ),
            Question(
                "approval_group",
                "Who decides on each sub-licence, and how?",
                Kind.TEXT,
                "Say who decides on each sub-licence and how",
                asked=given("sublicensing", "wanted", "yes"),
                only_if="Only if you want to sub-license.",
                source="DARS standard 10",
                words=200,
            ),
        ),
    ),
)
