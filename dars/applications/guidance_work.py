"""Help and examples for the questions about the work, what comes of it, and the data. Words only."""

WORK = {
    ("purpose", "aim"): (
        "Say what you want to find out, about whom, and what somebody could do differently once you know. The public "
        "register shows this text, so write it for patients.\nLeave methods for the next section.",
        "We want to know whether people whose lung cancer was found late had fewer chest X-rays, or waited longer for "
        "them, than people whose cancer was found early. Hospitals and GPs could then act where X-rays come late.",
    ),
    ("purpose", "purposes"): (
        "The law allows a release only for purposes connected with health care, adult social care or the promotion of "
        "health. A commercial purpose beside one of these is weighed by the panel; a commercial purpose alone is "
        "refused.",
        "",
    ),
    ("purpose", "public_interest"): (
        "Who is better off if the work succeeds, and how many people are they? Say how you know that it matters to "
        "them: a guideline, a priority setting exercise, a patient group.",
        "About 40,000 people a year are told that they have lung cancer, and most are told late. A partnership of "
        "patients and clinicians put earlier diagnosis first among its ten priorities.",
    ),
    ("purpose", "harm"): (
        "Think of people in the data, of groups who could be blamed or stigmatised, and of services that could be "
        "judged unfairly. For each, say what keeps it from happening.",
        "People in a small area could be recognised in a table: small numbers are suppressed. Hospitals could be "
        "ranked unfairly: we adjust for age and deprivation, and show them their results before publication.",
    ),
    ("purpose", "funding"): (
        "Name each funder and what it pays for. Say whether a funder may change, delay or forbid publication.",
        "The National Institute for Imagined Research pays for two analysts for two years. It has no say in what is "
        "published.",
    ),
    ("purpose", "programme"): (
        "A wider programme is one with other studies, data or agreements that this work is a part of.",
        "",
    ),
    ("purpose", "programme_details"): (
        "Name the programme and its other parts, and any agreement under which it holds data already.",
        "The Early Diagnosis Programme has three parts. Two use cancer registrations only; this one adds imaging.",
    ),
    ("purpose", "ethics"): (
        "The decision tool of the Health Research Authority tells whether research needs a committee’s review. Attach "
        "the committee’s letter and the protocol it approved, or what the tool said.",
        "",
    ),
    ("purpose", "ethics_reference"): (
        "The committee’s letter gives the reference. It must cover the use of these data, not only the study.",
        "24/NW/0123, favourable opinion of 12 March",
    ),
    ("processing", "flows"): (
        "Follow the data from release to destruction: who receives them, where they are stored, who works on them, "
        "what leaves and in what form. At each step say how identifiable the data are.\nA diagram says more than "
        "words: attach one below.",
        "1. The recipient downloads the encrypted, pseudonymised files. 2. They are decrypted inside the university’s "
        "secure research environment and kept nowhere else. 3. Two analysts work on them there. 4. Tables leave after "
        "a check that small numbers are suppressed. 5. The files are destroyed when the agreement ends.",
    ),
    ("processing", "joined"): (
        "Also joining with public data by area counts, such as deprivation by district.",
        "",
    ),
    ("processing", "joined_details"): (
        "For each other dataset: whose it is, under which agreement you hold it, what the join is made on, and whether "
        "anybody becomes easier to recognise.",
        "Index of multiple deprivation, public, joined by region. Nobody becomes easier to recognise.",
    ),
    ("processing", "onward"): (
        "Record-level data are those with one row for a person or an event, however few columns they have.",
        "",
    ),
    ("processing", "onward_details"): (
        "For each recipient: who it is, what it receives at which level of detail, what for, and the contract that "
        "binds it. Whoever decides for itself what the data are used for is a controller, and is named as one.",
        "The University of the South receives the pseudonymised records of cohort 2 to check our code, under contract "
        "US-17 of 4 May. It deletes them after three months.",
    ),
    ("processing", "reidentification"): (
        "Joining data so that a person could be recognised is re-identification, also when nobody writes a name down. "
        "The agreement forbids it unless it is agreed here.",
        "",
    ),
    ("processing", "reidentification_reason"): (
        "Say who would do it, with which other data, why the work cannot do without, and on which legal basis people’s "
        "confidentiality is set aside.",
        "The cancer registry’s own staff match our results to its records, under section 251 support 24/CAG/0123, so "
        "that hospitals can call patients back.",
    ),
    ("processing", "staff"): (
        "A substantive employee has a contract of employment with a controller or processor named here, and so can be "
        "held to account by it. Training in data protection is renewed each year.",
        "",
    ),
    ("processing", "staff_details"): (
        "For each group: how many people, which contract binds them to whom, who supervises them, and the training "
        "that they have had.",
        "Two doctoral students with honorary contracts of the university, supervised by Dr Example. Both passed the "
        "training in May.",
    ),
}

USE = {
    ("outputs", "outputs"): (
        "List each output with the month in which it will appear. Say what level of detail it shows.",
        "A paper in an open journal (March 2028) with tables by region and age band; a report for cancer alliances "
        "(May 2028); a two-page summary for patients (May 2028).",
    ),
    ("outputs", "audiences"): (
        "For each output say who it is for, and what you do so that it reaches them: publication alone reaches few.",
        "Cancer alliances: a webinar with their imaging leads. Patients: a summary written with a patient group and "
        "sent out with its newsletter.",
    ),
    ("outputs", "expected_on"): (
        "The first that anybody outside your team will see. The panel compares it with the term: data are not kept "
        "for years before anything comes of them.",
        "",
    ),
    ("outputs", "small_numbers"): (
        "Suppression protects people in small groups. Remember totals: a hidden cell that a row total gives away is "
        "not hidden.",
        "",
    ),
    ("outputs", "small_numbers_reason"): (
        "Name the outputs that would show small numbers, who sees them, and what keeps people in them from being "
        "recognised.",
        "The table for each cancer alliance shows counts below 8 to its two imaging leads, who know them already. It "
        "is never published.",
    ),
    ("benefits", "description"): (
        "Say who benefits, how, how many people that is, and by when. Say how you will know: what you will measure, "
        "and against what. Benefits are asked about again on renewal.",
        "If the slowest quarter of areas reached today’s average, about 400 people a year would be diagnosed at an "
        "earlier stage. We will compare the stage at diagnosis two years before and after the report.",
    ),
    ("benefits", "kinds"): (
        "Choose what you can describe below. A commercial benefit beside a public one is weighed by the panel; a "
        "commercial benefit alone is refused.",
        "",
    ),
    ("benefits", "expected_on"): (
        "The day by which you expect that somebody is better off. On renewal we ask what has come of it.",
        "",
    ),
    ("commercial", "involved"): (
        "Answer yes if any party is paid for the work or its outputs, sells a product or service that the work helps, "
        "or saves money in a business. Grants for research are not fees.",
        "",
    ),
    ("commercial", "details"): (
        "Name who pays and who gains, how much if you know, and what the public gets for it. Say what keeps the data "
        "from being used for marketing, market research, advertising or insurance, none of which is allowed.",
        "Example Imaging Ltd pays the university £40,000 for a report that it may use for planning. The same report "
        "is published free of charge on the same day, and the company sees no record-level data.",
    ),
    ("sublicensing", "wanted"): (
        "You sub-license if somebody who is not a party here will use the data, or data derived from them at record "
        "level, in their own right. Showing published results is not sub-licensing.",
        "",
    ),
    ("sublicensing", "added_value"): (
        "A sub-licence is granted only where you add something of value: cleaning, linkage, a tool.",
        "We add the stage at diagnosis, checked against pathology, and documentation of each field.",
    ),
    ("sublicensing", "template"): (
        "Sub-licensees must be held to the same conditions as you are. Attach the template.",
        "Version 3 of our sub-licence, which repeats each condition of the agreement and adds none.",
    ),
    ("sublicensing", "approval_group"): (
        "Say who sits in the group, who of them is independent of you, how often they meet, and where decisions are "
        "published.",
        "Five people, two of them patients and one from another university, meet each quarter. Decisions with reasons "
        "are on our website.",
    ),
    ("achieved", "benefits"): (
        "Say who is better off already, how you know, and what you expect to follow.",
        "Two cancer alliances have opened walk-in chest X-rays since our report; the median wait there fell from 10 "
        "to 4 days.",
    ),
    ("achieved", "outputs"): (
        "For each, its title, its month, and where it can be found. If nothing is out yet, say why, and when it will "
        "be.",
        "“Chest X-rays before lung cancer”, Journal of Imagined Imaging, March 2028, free to read.",
    ),
}

DATA = {
    ("data", "datasets"): (
        "Each dataset is one page of fields, which follows below. The catalogue describes them all.\nAsk for a dataset "
        "only if the question cannot be answered without it.",
        "",
    ),
    ("data", "period_from"): (
        "Months are those of the test, of the admission or of the diagnosis. Few months and enough people are better "
        "than many years “to be safe”.",
        "",
    ),
    ("data", "period_to"): (
        "The last month of which you receive records. With monthly or quarterly deliveries it is the last one you will "
        "ever receive, and may be in the future.",
        "",
    ),
    ("data", "linkage"): (
        "We link before release, so you need no identifiers. What is linked reveals more of a person than each dataset "
        "by itself: choose only what you compare.",
        "",
    ),
    ("data", "max_match_rank"): (
        "Stricter links join fewer records to the wrong person and miss more of the right ones. In the national run of "
        "April 2015 rank 1 alone made about 86% of all matches. Ranks 1 to 8 are rules. Rank 9 adds records that fit "
        "no rule where what agrees makes one person probable: more of those links are wrong, so ask for it only if it "
        "helps your work.",
        "",
    ),
    ("data", "identifiability"): (
        "Most work needs pseudonymised records, or a table of counts. In a table small numbers are suppressed, and "
        "more where they could be worked out from totals or from tables published before. It needs no framework "
        "contract; identifiable data need a legal basis for setting confidentiality aside.",
        "",
    ),
    ("data", "frequency"): (
        "Once means one delivery when the agreement is in force. Anything else brings a new copy each time.",
        "",
    ),
    ("data", "formats"): (
        "CSV can be read by any program and is large. Parquet is small, keeps the type of each field, and is read by "
        "R, Python and most tools for statistics.",
        "",
    ),
    ("fields", "fields"): (
        "For each field choose “Not asked for” or the least revealing form that will do: an age band rather than a "
        "birth date, a region rather than a neighbourhood. Only one geography can be released in an extract.\nA form "
        "more revealing than the first needs its own reason, which is asked for beside it.",
        "Age in ten-year bands and region suffice to compare areas. Month of test: “Waits changed during the year, and "
        "a year alone would hide it.”",
    ),
    ("fields", "reasons"): (
        "Say for each what the less revealing form would keep you from finding out.",
        "Month of test: waits changed during the year, and a year alone would hide it.",
    ),
    ("records", "cohort"): (
        "A condition here decides who is included at all: with it, people who have no such record are left out "
        "altogether, whatever other records they have.",
        "Cancer registrations: site of the tumour; C33, C34. Only people with cancer of the trachea, bronchus or lung.",
    ),
    ("records", "filters"): (
        "A condition here leaves out records, not people: of those who are included you receive only records like "
        "these. Codes are separated by commas.",
        "Diagnostic Imaging Dataset: modality; X, C. Only plain X-rays and CT.",
    ),
    ("data", "datasets_reason"): (
        "For each dataset say which part of the question it answers that no other could.",
        "Imaging tells who was X-rayed and when. Registrations tell the stage at diagnosis. Hospital episodes tell "
        "which other illnesses people had.",
    ),
    ("data", "period_reason"): (
        "Say why fewer months would not do: the number of people you need, or a change that you look at.",
        "One quarter holds about 9,000 diagnoses, enough to compare areas with 5% precision.",
    ),
    ("records", "no_place_reason"): (
        "Say why people of fewer places would not do.",
        "Areas are compared with each other, so every area is needed.",
    ),
    ("records", "no_people_reason"): (
        "Say why people of fewer ages, or of one sex, would not do.",
        "Lung cancer is found at all adult ages, and in both sexes.",
    ),
    ("records", "no_clinical_reason"): (
        "Say why people with fewer conditions, or records of fewer tests, would not do.",
        "Waits are compared between all kinds of tests.",
    ),
    ("data", "frequency_reason"): (
        "Each delivery is another copy of people's data. Say what you do with each that the first would not let you "
        "do.",
        "Each quarter we tell cancer alliances where waits have grown, in time to act on it.",
    ),
    ("records", "records_reason"): (
        "Say why people, places, ages or tests that the work does not need are left out, and why the rest are needed.",
        "Only people with cancer of the trachea, bronchus or lung are included, with all their imaging in the quarter, "
        "since other scans often lead to the diagnosis.",
    ),
}
