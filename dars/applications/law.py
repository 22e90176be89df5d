"""Options that the law and the standards give: purposes, legal bases, territories. Declarations only."""

from dars.applications.questions import Option

# Health and Social Care Act 2012 s261(1A): one of these must be the purpose.
CONNECTED_PURPOSES = (
    Option("health_care", "The provision of health care"),
    Option("adult_social_care", "The provision of adult social care"),
    Option("health_promotion", "The promotion of health"),
)
# DARS standard 5e: never enough by themselves, and a finding for the panel beside the others.
COMMERCIAL_PURPOSES = (
    Option("marketing", "Marketing"),
    Option("insurance", "Insurance: pricing, underwriting or assessing claims"),
    Option("market_research", "Market research"),
    Option("advertising", "Advertising"),
)
BENEFITS = (
    Option("care", "Better care or treatment of patients"),
    Option("prevention", "Prevention, earlier diagnosis or public health"),
    Option("planning", "Better planning or use of NHS and social care services"),
    Option("knowledge", "Knowledge that is published for anyone to use"),
)
COMMERCIAL_BENEFITS = (
    Option("income", "Income or profit for an organisation"),
    Option("market_position", "A product, a price or a market position of an organisation"),
)
COMMERCIAL_PURPOSE_VALUES = frozenset(option.value for option in COMMERCIAL_PURPOSES)
CONNECTED_PURPOSE_VALUES = frozenset(option.value for option in CONNECTED_PURPOSES)
COMMERCIAL_BENEFIT_VALUES = frozenset(option.value for option in COMMERCIAL_BENEFITS)

# UK GDPR, Article 6(1).
ARTICLE_6 = (
    Option("a", "6(1)(a) Consent"),
    Option("b", "6(1)(b) Contract with the person"),
    Option("c", "6(1)(c) Legal obligation"),
    Option("d", "6(1)(d) Vital interests"),
    Option("e", "6(1)(e) Public task", "Usual for universities and NHS bodies"),
    Option("f", "6(1)(f) Legitimate interests", "Usual for charities and companies"),
)
# UK GDPR, Article 9(2).
ARTICLE_9 = (
    Option("a", "9(2)(a) Explicit consent"),
    Option("b", "9(2)(b) Employment, social security and social protection"),
    Option("c", "9(2)(c) Vital interests"),
    Option("d", "9(2)(d) Not-for-profit bodies"),
    Option("e", "9(2)(e) Made public by the person"),
    Option("f", "9(2)(f) Legal claims"),
    Option("g", "9(2)(g) Substantial public interest"),
    Option("h", "9(2)(h) Health or social care"),
    Option("i", "9(2)(i) Public health"),
    Option("j", "9(2)(j) Archiving, research and statistics"),
)
# Data Protection Act 2018, Schedule 1; with which conditions of Article 9(2) each goes (section 10 of the Act).
SCHEDULE_1 = (
    Option("1", "Paragraph 1: employment, social security and social protection"),
    Option("2", "Paragraph 2: health or social care purposes"),
    Option("3", "Paragraph 3: public health"),
    Option("4", "Paragraph 4: research"),
    Option("substantial", "Part 2: substantial public interest"),
)
SCHEDULE_1_OF_ARTICLE_9 = {"b": "1", "g": "substantial", "h": "2", "i": "3", "j": "4"}

# DARS standard 11.
TERRITORIES = (
    Option("england_wales", "England and Wales"),
    Option("uk", "United Kingdom"),
    Option("eea", "European Economic Area"),
    Option("worldwide", "Elsewhere in the world"),
)
HOME_TERRITORIES = frozenset({"england_wales", "uk"})
