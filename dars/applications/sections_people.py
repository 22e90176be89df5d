"""The sections about organisations, people, term, territory and conditions. Declarations only."""

from dars.applications import law
from dars.applications.questions import YES_NO, Answers, Kind, Option, Question, Section, answer, given, never

ORGANISATIONS = "Organisations"
GROUP = "People, time and places"


def parties(answers: Answers) -> list[str]:
    """The ODS codes of the controllers and processors named so far, once each."""
    controllers = answer(answers, "controllers", "organisations") or []
    used = answer(answers, "processors", "used") == "yes"
    processors = answer(answers, "processors", "organisations") or [] if used else []
    return list(dict.fromkeys([*controllers, *processors]))


def assured_on_paper(answers: Answers) -> bool:
    """Whether a party relies on what no register shows: a policy, a certificate or a plan (DARS standard 2a)."""
    given = answer(answers, "security", "assurances") or {}
    mine = [given[code] for code in parties(answers) if code in given]
    return any(one.get("security") in ("slsp", "iso27001") or one.get("plan") for one in mine)


# DARS standards 2a and 2b, asked of each party. Identifiable data need a reviewed DSPT (standard 2a).
_ASSURANCE_PARTS = (
    Question(
        "security",
        "Security assurance",
        Kind.RADIOS,
        "Choose a security assurance",
        options=(
            Option("dspt", "Data Security and Protection Toolkit (DSPT)", "Met or Exceeded, or an approved plan"),
            Option("slsp", "System Level Security Policy (SLSP)"),
            Option("iso27001", "ISO 27001"),
        ),
        source="DARS standard 2a",
    ),
    Question(
        "reference",
        "Its reference",
        Kind.LINE,
        "Enter the reference of the security assurance",
        hint="For the DSPT the organisation’s code and the version; else the policy or certificate.",
        source="DARS standard 2a",
    ),
    Question("expires_on", "It is good until", Kind.DATE, "Enter when the assurance ends", source="DARS standard 2a"),
    Question(
        "plan",
        "Improvement plan, if the DSPT is not Met or Exceeded",
        Kind.TEXT,
        hint="Who approved it, and when each action ends. It becomes a special condition.",
        needed=never,
        asked=given("", "security", "dspt"),
        only_if="Only with the DSPT.",
        source="DARS standards 2a and 6",
        words=150,
    ),
    Question(
        "ico",
        "Registration number with the Information Commissioner",
        Kind.LINE,
        "Enter the registration number",
        source="DARS standard 2b",
    ),
    Question("ico_expires_on", "Registered until", Kind.DATE, "Enter when it ends", source="DARS standard 2b"),
)

ORGANISATION_SECTIONS: tuple[Section, ...] = (
    Section(
        "controllers",
        "Controllers",
        ORGANISATIONS,
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
            Question(
                "joint_arrangement",
                "What have they arranged between them?",
                Kind.TEXT,
                "Say what the joint controllers have arranged between them",
                hint="Who tells people about the work, who answers them, and who they can turn to.",
                asked=given("controllers", "arrangement", "joint"),
                only_if="Only if several decide jointly.",
                source="UK GDPR Article 26; DARS standard 1b",
                words=200,
                attach="the joint controllers’ arrangement",
            ),
        ),
    ),
    Section(
        "processors",
        "Processors",
        ORGANISATIONS,
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
                asked=given("processors", "used", "yes"),
                only_if="Only if a processor is used.",
                source="DARS standard 1c",
            ),
            Question(
                "role",
                "What will each of them do, and under which contract?",
                Kind.TEXT,
                "Say what each processor will do and under which contract",
                asked=given("processors", "used", "yes"),
                only_if="Only if a processor is used.",
                source="UK GDPR Article 28; DARS standard 1c",
                words=300,
                attach="the contract with the processor",
            ),
        ),
    ),
    Section(
        "security",
        "Security and registration",
        ORGANISATIONS,
        intro="What we have on record is filled in for you; correct it where it is out of date.",
        source="DARS standards 2a and 2b",
        questions=(
            Question(
                "assurances",
                "Security assurance and registration of each organisation",
                Kind.EACH,
                "Enter the assurances of each organisation",
                hint="Name the controllers and processors first: each is then asked for here.",
                each=parties,
                parts=_ASSURANCE_PARTS,
                source="DARS standards 2a and 2b",
                attach="the certificate, policy or improvement plan",
                evidence=assured_on_paper,
            ),
        ),
    ),
)

PEOPLE_SECTIONS: tuple[Section, ...] = (
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
                words=200,
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
                hint="Every address or data centre, and whose it is. Storage is processing.",
                source="DARS standard 11",
                words=300,
            ),
            Question(
                "safeguards",
                "Under which safeguards do the data leave the United Kingdom?",
                Kind.TEXT,
                "Say under which safeguards the data leave the United Kingdom",
                only_if="Only if data leave the United Kingdom.",
                words=300,
                attach="the transfer risk assessment",
                asked=given("territory", "where", "eea", "worldwide"),
                source="UK GDPR Chapter V; DARS standard 11",
            ),
        ),
    ),
    Section(
        "conditions",
        "Special conditions",
        GROUP,
        intro="Whoever decides may add conditions to the agreement, and each is audited.",
        source="DARS standard 6",
        questions=(
            Question(
                "accepted",
                "Will you be able to keep the standard conditions and those expected here?",
                Kind.RADIOS,
                "Choose whether you will be able to keep the conditions",
                options=YES_NO,
                source="DARS standard 6",
            ),
            Question(
                "obstacles",
                "Which could you not keep, and what do you suggest instead?",
                Kind.TEXT,
                "Say which conditions you could not keep and what you suggest",
                asked=given("conditions", "accepted", "no"),
                only_if="Only if you cannot keep them all.",
                source="DARS standard 6",
                words=200,
            ),
        ),
    ),
)
