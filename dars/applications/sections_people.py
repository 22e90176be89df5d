"""The sections about organisations, people, term and territory. Declarations only."""

from dars.applications import law
from dars.applications.questions import YES_NO, Kind, Option, Question, Section, given

GROUP = "Organisations, people and time"

PEOPLE_SECTIONS: tuple[Section, ...] = (
    Section(
        "controllers",
        "Controllers",
        GROUP,
        intro="A controller decides what the data are used for, and how.",
        source="DARS standard 1b",
        questions=(
            Question(
                "organisations",
                "Controllers",
                Kind.ORGANISATIONS,
                "Enter the code of at least one controller",
                hint="Enter the ODS code of each.",
                source="DARS standard 1b",
            ),
            Question(
                "arrangement",
                "Do they decide alone or together?",
                Kind.RADIOS,
                "Choose whether there is one controller or several jointly",
                options=(Option("sole", "There is one controller"), Option("joint", "They decide jointly")),
                source="UK GDPR Article 26; DARS standard 1b",
            ),
        ),
    ),
    Section(
        "processors",
        "Processors",
        GROUP,
        intro="A processor handles the data for a controller, on its instructions: storage is processing.",
        source="DARS standard 1c",
        questions=(
            Question(
                "used",
                "Will any processor handle the data?",
                Kind.RADIOS,
                "Choose whether any processor is used",
                options=YES_NO,
                source="DARS standard 1c",
            ),
            Question(
                "organisations",
                "Processors",
                Kind.ORGANISATIONS,
                "Enter the code of at least one processor",
                hint="Enter the ODS code of each.",
                needed=given("processors", "used", "yes"),
                source="DARS standard 1c",
            ),
            Question(
                "role",
                "What will each of them do, and under which contract?",
                Kind.TEXT,
                "Say what each processor will do and under which contract",
                needed=given("processors", "used", "yes"),
                source="UK GDPR Article 28; DARS standard 1c",
            ),
        ),
    ),
    Section(
        "people",
        "Recipients and signatories",
        GROUP,
        source="DARS standards 1b and 5b",
        questions=(
            Question(
                "recipients",
                "Who will download the data?",
                Kind.PEOPLE,
                "Choose at least one recipient",
                hint="Recipients of an organisation that this application names. Each uses a key of their own.",
                role="recipient",
                source="DARS standard 5b",
            ),
            Question(
                "signatories",
                "Who will sign the agreement?",
                Kind.PEOPLE,
                "Choose at least one signatory",
                hint="At least one signatory for each controller.",
                role="signatory",
                source="DARS standard 1b",
            ),
        ),
    ),
    Section(
        "term",
        "Term",
        GROUP,
        source="DARS standard 1",
        questions=(
            Question(
                "starts_on",
                "When should the agreement start?",
                Kind.DATE,
                "Enter when the agreement should start",
                hint="Within 12 months from now.",
                source="DARS standard 1",
            ),
            Question(
                "ends_on",
                "When should it end?",
                Kind.DATE,
                "Enter when the agreement should end",
                hint="The last day on which you may hold the data.",
                source="DARS standard 1",
            ),
            Question(
                "reason",
                "Why do you need the data for that long?",
                Kind.TEXT,
                "Say why you need the data for that long",
                source="DARS standard 1",
            ),
        ),
    ),
    Section(
        "territory",
        "Territory",
        GROUP,
        source="DARS standard 11",
        questions=(
            Question(
                "where",
                "Where will the data be stored and used?",
                Kind.RADIOS,
                "Choose where the data will be stored and used",
                options=law.TERRITORIES,
                source="DARS standard 11",
            ),
            Question(
                "locations",
                "Which places?",
                Kind.TEXT,
                "List every place where the data will be stored or used",
                hint="Every address or data centre, and whose it is.",
                source="DARS standard 11",
            ),
            Question(
                "safeguards",
                "Under which safeguards do the data leave the United Kingdom?",
                Kind.TEXT,
                "Say under which safeguards the data leave the United Kingdom",
                hint="Needed only when data leave the United Kingdom.",
                needed=given("territory", "where", "eea", "worldwide"),
                source="UK GDPR Chapter V; DARS standard 11",
            ),
        ),
    ),
)
