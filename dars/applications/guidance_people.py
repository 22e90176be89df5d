"""Help and examples for the questions about organisations, law, people, time and places. Words only."""

ORGANISATIONS = {
    ("controllers", "organisations"): (
        "A controller decides why and how the data are used. An organisation that only does what it is told is a "
        "processor; one that only pays is neither.\nEach controller signs the agreement and needs a framework "
        "contract, a security assurance and a registration with the Information Commissioner.",
        "",
    ),
    ("controllers", "arrangement"): (
        "Controllers are joint where they set the purposes and the means together, for example in one protocol.",
        "",
    ),
    ("controllers", "joint_arrangement"): (
        "Article 26 asks joint controllers to agree who does what for the people in the data, and to tell them.",
        "The University of the North tells people about the work on its website and answers their requests. The "
        "University of the South keeps the data. Either can be turned to. Both signed this on 3 March.",
    ),
    ("processors", "used"): (
        "Storage is processing: whoever runs the data centre or the cloud service is a processor, even if it never "
        "looks at the data.",
        "",
    ),
    ("processors", "organisations"): (
        "Name whoever stores, hosts, links or analyses the data for a controller, also part of your own group if it is "
        "an organisation of its own. Each is asked for its security assurance under “Security and registration”.",
        "XNH01, the trust that runs the secure research environment.",
    ),
    ("processors", "role"): (
        "For each processor: what it does with the data, where, and the date and reference of the contract with it. "
        "Name its own sub-processors too.",
        "Example Hosting Ltd runs the servers of the secure environment in Leeds under contract EH-204 of 1 April. It "
        "can start and stop them and cannot read the data. It has no sub-processors.",
    ),
    ("security", "assurances"): (
        "One of three will do. The Data Security and Protection Toolkit must say Standards Met or Exceeded, or "
        "Approaching with an improvement plan that was approved. Identifiable data need a toolkit return that was "
        "reviewed.\nThe assurance must cover the place where the data are used, not only the organisation.",
        "DSPT, organisation code ABC12, version 8, Standards Met, good until 30 June.",
    ),
    ("security", "security"): (
        "Most organisations in health and care have the toolkit. A policy is for a system that it does not cover; a "
        "certificate under ISO 27001 has to name the place where the data are used in its scope.",
        "",
    ),
    ("security", "reference"): (
        "For the toolkit write the organisation’s code and the version; else the number on the policy or certificate, "
        "so that a reviewer can find it.",
        "ABC12, version 8",
    ),
    ("security", "expires_on"): (
        "The last day on which it holds. We warn you 90 and 30 days before; from the day after, nothing is released "
        "or downloaded until a newer one is on record.",
        "",
    ),
    ("security", "plan"): (
        "Leave this empty if the toolkit says Standards Met or Exceeded. Otherwise name each standard that is not met "
        "yet, what will be done, by when, and who approved the plan.",
        "Assertion 3.4.1, training: 88% of staff are trained, the rest by 31 March. Plan approved on 9 January.",
    ),
    ("security", "ico"): (
        "The Information Commissioner’s public register gives the number. It begins with Z or with a letter and "
        "digits, and is that of the legal entity, not of a trading name.",
        "ZA000000",
    ),
    ("security", "ico_expires_on"): (
        "The register gives this day too. A registration that has lapsed stops releases and downloads.",
        "",
    ),
}

LAW = {
    ("legal", "article_6"): (
        "Most universities and NHS bodies rely on the public task, 6(1)(e), and say where the task comes from. "
        "Charities and companies mostly rely on legitimate interests, 6(1)(f), and attach their assessment.",
        "",
    ),
    ("legal", "article_9"): (
        "Data about health need a condition of Article 9 as well. For research it is mostly 9(2)(j), for managing "
        "health services 9(2)(h).",
        "",
    ),
    ("legal", "schedule_1"): (
        "The condition goes with Article 9: paragraph 1 with (b), 2 with (h), 3 with (i), 4 with (j), Part 2 with (g).",
        "",
    ),
    ("legal", "rationale"): (
        "For 6(1)(e): which law or charter gives you the task? For 6(1)(f): which interest, why are the data "
        "necessary, and why do people’s interests not override it? For 9(2)(j): which safeguards of Article 89 are "
        "there?",
        "Research is a task of the university under its royal charter. The safeguards of Article 89 are met: "
        "pseudonymised data, suppressed outputs, no decision about anyone.",
    ),
    ("legal", "bases"): (
        "Joint controllers need not rely on the same bases. Each says what it relies on, and why.",
        "",
    ),
    ("legal", "dissemination"): (
        "Pseudonymised data are mostly released under s261(1) and s261(2)(b)(ii). Consent goes with s261(2)(c), "
        "section 251 support with s261(7).",
        "",
    ),
    ("confidentiality", "basis"): (
        "Data that identify nobody are not confidential patient information. Otherwise you need consent or section 251 "
        "support.\nIf you think that a disclosure is in the overriding public interest, do not use this form: write to "
        "the Caldicott Guardian first.",
        "",
    ),
    ("confidentiality", "consent"): (
        "Say what people were told and agreed to, when, and that it covers these data and this use. Attach the form.",
        "5,200 people consented between May 2024 and June 2025 (form version 2, paragraph 6: “researchers may obtain "
        "records of my scans from NHS England”).",
    ),
    ("confidentiality", "cag_reference"): (
        "Section 251 support is given on the advice of the Confidentiality Advisory Group. Attach the letter of "
        "support and the latest annual review.",
        "24/CAG/0123",
    ),
    ("confidentiality", "objections"): (
        "Say how people learn about the work, how they can object, and what you do when somebody does.",
        "The study’s page says what data we use and how to object to us, to the Diagnostic Imaging Dataset or to all "
        "uses beyond care. Who objects to us is left out of the next extract.",
    ),
    ("confidentiality", "exemption"): (
        "Only flows that the operational policy for the national data opt-out names are exempt. Say which of them this "
        "is, who decided so, when, and for how long. Attach the decision.",
        "Policy exemption for a risk to public health, granted on 2 May for twelve months.",
    ),
    ("confidentiality", "exception"): (
        "Objections are upheld by default. The national data opt-out is not applied to data that identify nobody, to "
        "data that people consented to, and to flows that the policy exempts.",
        "",
    ),
}

PEOPLE = {
    ("people", "recipients"): (
        "Only these people can download the files, each with a key of their own. Choose as few as you can.",
        "Two analysts of the university: one who works on the data, and a colleague for when that one is away.",
    ),
    ("people", "signatories"): (
        "A signatory may bind the organisation by law: for a university often the registrar or head of contracts.",
        "",
    ),
    ("term", "starts_on"): ("The agreement starts when everyone has signed it, and not before this day.", ""),
    ("term", "ends_on"): ("On this day downloads stop, and within weeks you certify that every copy is destroyed.", ""),
    ("term", "reason"): (
        "Add up the steps: analysis, publication, questions of reviewers. “In case we need them” is no reason.",
        "A year for the analysis, and a year in which journals may ask for more.",
    ),
    ("territory", "where"): (
        "A place counts if the data can be seen from it: remote access is processing there.",
        "",
    ),
    ("territory", "locations"): (
        "Give each address or data centre with whose it is and what happens there, also backups and processors.",
        "Secure research environment, 1 Example Street, Leeds LS1 1AA (University of the North): storage and analysis. "
        "Backup: Example Hosting Ltd, York.",
    ),
    ("territory", "safeguards"): (
        "Say whether there is an adequacy decision; if not, which contract clauses you use. Attach the assessment of "
        "risk.",
        "The data are analysed in Ireland, which the adequacy regulations cover.",
    ),
    ("conditions", "accepted"): (
        "Special conditions are written for the case. A data-sharing audit looks at each of them.",
        "",
    ),
    ("conditions", "obstacles"): (
        "Name the condition, what stands in its way, and what you could do instead that protects people as well.",
        "We cannot destroy backups within 30 days: they are overwritten after 90. Until then they stay encrypted, and "
        "the key is destroyed on the first day.",
    ),
}
