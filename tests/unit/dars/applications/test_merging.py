"""Two people in one section: whatever each of them wrote is saved or kept beside it, whoever saves first."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from dars.applications.merging import Merged, chosen, merge, same
from dars.applications.questions import Kind, merged, own
from dars.applications.sections import SECTIONS

PURPOSE, FIELDS, LEGAL = SECTIONS["purpose"], SECTIONS["fields-did"], SECTIONS["legal"]
TEXTS = ("aim", "harm", "funding")
_text = st.one_of(st.none(), st.sampled_from(["", "One.", "Two words.", "Three whole words."]), st.text(max_size=8))
_ticks = st.lists(st.sampled_from(["health_care", "health_promotion", "insurance"]), unique=True)
_section = st.fixed_dictionaries({**dict.fromkeys(TEXTS, _text), "purposes": _ticks})
_forms = st.dictionaries(st.sampled_from(["age", "modality", "ic_region"]), st.sampled_from(["code", "band_10"]))
_parts = st.fixed_dictionaries({"article_6": st.lists(st.sampled_from("aef"), unique=True), "rationale": _text})
_each = st.dictionaries(st.sampled_from(["XNU", "XSU"]), _parts)


def leaves(value: Any) -> set[str]:
    """Every text and code within an answer."""
    if isinstance(value, dict):
        return {leaf for inner in value.values() for leaf in leaves(inner)}
    if isinstance(value, list):
        return {leaf for inner in value for leaf in leaves(inner)}
    return {value} if value else set()


def after_both(section: Any, base: Any, first: Any, second: Any) -> Merged:
    """What is kept when the second saves after the first, both from the same page."""
    once = merge(section, base, first, base)
    assert once.rivals == {}
    return merge(section, base, second, once.answers)


@given(_section, _section, _section)
def test_no_text_that_somebody_wrote_is_lost(base: dict, first: dict, second: dict) -> None:
    kept = after_both(PURPOSE, base, first, second)
    for key in TEXTS:
        here = leaves(kept.answers[key]) | leaves(kept.rivals.get(key))
        for mine in (first, second):
            assert same(mine[key], base[key]) or leaves(mine[key]) <= here


@given(_section, _section, _section)
def test_who_changed_nothing_contradicts_nobody(base: dict, first: dict, second: dict) -> None:
    kept = after_both(PURPOSE, base, first, second)
    for key in TEXTS:
        if same(second[key], base[key]):
            assert same(kept.answers[key], first[key])
            assert key not in kept.rivals
        elif same(first[key], base[key]):
            assert same(kept.answers[key], second[key])
            assert key not in kept.rivals


@given(_section, _section, _section)
def test_ticks_are_merged_one_by_one(base: dict, first: dict, second: dict) -> None:
    kept = set(after_both(PURPOSE, base, first, second).answers["purposes"])
    before, one, other = (set(each["purposes"]) for each in (base, first, second))
    assert kept == (before & one & other) | (one - before) | (other - before)


@given(_section, _section, _section)
def test_the_same_texts_are_kept_whoever_is_first(base: dict, first: dict, second: dict) -> None:
    one, other = after_both(PURPOSE, base, first, second), after_both(PURPOSE, base, second, first)
    for key in TEXTS:
        pair = [leaves(kept.answers[key]) | leaves(kept.rivals.get(key)) for kept in (one, other)]
        assert pair[0] == pair[1]


@given(_section, _section, _section)
def test_saving_again_changes_nothing(base: dict, first: dict, second: dict) -> None:
    kept = after_both(PURPOSE, base, first, second)
    again = merge(PURPOSE, base, second, kept.answers)
    assert (again.answers, again.rivals) == (kept.answers, kept.rivals)


@given(_forms, _forms, _forms)
def test_fields_are_merged_one_by_one(base: dict, first: dict, second: dict) -> None:
    kept = after_both(FIELDS, {"fields": base}, {"fields": first}, {"fields": second})
    for name in {*base, *first, *second}:
        before, one, other = base.get(name), first.get(name), second.get(name)
        value, rival = kept.answers["fields"].get(name), (kept.rivals.get("fields") or {}).get(name)
        if one == before:
            assert (value, rival) == (other, None)
        elif other in (before, one):
            assert (value, rival) == (one, None)
        else:
            assert {value, rival} - {None} == {one, other} - {None}


@given(_each, _each, _each)
def test_what_is_asked_of_each_organisation_is_merged_part_by_part(base: dict, first: dict, second: dict) -> None:
    kept = after_both(LEGAL, {"bases": base}, {"bases": first}, {"bases": second})
    here = leaves(kept.answers["bases"]) | leaves(kept.rivals.get("bases"))
    for mine in (first, second):
        for code, parts in mine.items():
            before = (base.get(code) or {}).get("rationale")
            assert same(parts["rationale"], before) or leaves(parts["rationale"]) <= here


def test_a_rival_that_is_chosen_takes_the_place_of_what_it_contradicts_and_of_nothing_else() -> None:
    assert chosen(Kind.TEXT, "Theirs", "Mine") == "Mine"
    value = {"XNU": {"rationale": "Theirs", "article_6": ["e"]}, "XSU": {"rationale": "South"}}
    taken = chosen(Kind.EACH, value, {"XNU": {"rationale": "Mine"}})
    assert taken == {"XNU": {"rationale": "Mine", "article_6": ["e"]}, "XSU": {"rationale": "South"}}


def test_a_date_that_is_none_yet_is_one_answer() -> None:
    term = SECTIONS["term"]
    typed = {"day": "31", "month": "2", "year": "2027"}
    kept = merge(term, {}, {"starts_on": typed}, {"starts_on": "2027-03-01"})
    assert (kept.answers["starts_on"], kept.rivals["starts_on"]) == ("2027-03-01", typed)


def test_what_is_merged_goes_back_where_it_came_from() -> None:
    answers = {"purpose": {"aim": "Before", "harm": "None"}}
    outcome = merge(PURPOSE, own(answers, PURPOSE), {"aim": "After"}, own(answers, PURPOSE))
    assert merged(answers, PURPOSE, outcome.answers)["purpose"] == {"aim": "After", "harm": "None"}
