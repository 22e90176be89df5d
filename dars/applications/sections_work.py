"""The sections about the work itself: purpose, processing, outputs, benefits, commercial aspects. Declarations only."""

from dars.applications import law
from dars.applications.questions import YES_NO, Kind, Option, Question, Section, given

GROUP = "The work"

WORK_SECTIONS: tuple[Section, ...] = (
    Section(
        "purpose",
        "Purpose",
        GROUP,
        source="DARS standard 5a",
        questions=(
            Question(
                "aim",
                "What is the aim of the work?",
                Kind.TEXT,
                "Say what the aim of the work is",
                hint="In words that a patient would understand.",
                source="DARS standard 5a",
            ),
            Question(
                "purposes",
                "What will the data be used for?",
                Kind.CHECKBOXES,
                "Choose what the data will be used for",
                hint="Choose all that apply. Data are never released for commercial purposes alone.",
                source="Health and Social Care Act 2012 s261(1A); DARS standard 5e",
                options=law.CONNECTED_PURPOSES + law.COMMERCIAL_PURPOSES,
            ),
            Question(
                "public_interest",
                "How does the work serve the public?",
                Kind.TEXT,
                "Say how the work serves the public",
                source="DARS standard 5a",
            ),
            Question(
                "harm",
                "What harm could the work do, and how will you prevent it?",
                Kind.TEXT,
                "Say what harm the work could do and how you will prevent it",
                source="DARS standard 5a",
            ),
            Question(
                "funding", "Who pays for the work?", Kind.TEXT, "Say who pays for the work", source="DARS standard 5a"
            ),
            Question(
                "ethics",
                "Has the work had an ethical review?",
                Kind.RADIOS,
                "Choose what ethical review there has been",
                source="DARS standard 7a",
                options=(
                    Option("rec", "Yes, a research ethics committee approved it"),
                    Option("not_needed", "No: the Health Research Authority’s tool says that it needs none"),
                ),
            ),
            Question(
                "ethics_reference",
                "Reference of the committee’s approval",
                Kind.LINE,
                "Enter the reference of the committee’s approval",
                source="DARS standard 7a",
                needed=given("purpose", "ethics", "rec"),
                only_if="Only if a research ethics committee approved it.",
            ),
        ),
    ),
    Section(
        "processing",
        "Processing activities",
        GROUP,
        source="DARS standard 5b",
        questions=(
            Question(
                "flows",
                "Where will the data go, and what will be done with them?",
                Kind.TEXT,
                "Describe where the data will go and what will be done with them",
                hint="Each flow in, out and onward, how identifiable the data are in it, and what joins them.",
                source="DARS standard 5b",
            ),
            Question(
                "reidentification",
                "Will anyone try to find out who a person in the data is?",
                Kind.RADIOS,
                "Choose whether anyone will try to re-identify people",
                options=YES_NO,
                source="DARS standard 5b",
            ),
            Question(
                "staff",
                "Will only your own, trained employees use the data?",
                Kind.RADIOS,
                "Choose whether only trained employees will use the data",
                options=YES_NO,
                hint="Employees of a controller or processor named in this application, trained in data protection.",
                source="DARS standard 5b",
            ),
        ),
    ),
    Section(
        "outputs",
        "Outputs",
        GROUP,
        source="DARS standard 5c",
        questions=(
            Question(
                "outputs",
                "What will the work produce, and for whom?",
                Kind.TEXT,
                "Say what the work will produce and for whom",
                hint="Reports, papers, tools; how each will reach its audience.",
                source="DARS standard 5c",
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
                needed=given("commercial", "involved", "yes"),
                only_if="Only if you answered yes.",
                source="DARS standard 5e",
            ),
        ),
    ),
)
