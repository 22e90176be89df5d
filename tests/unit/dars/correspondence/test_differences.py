"""What changed: nothing is lost, nothing is invented, and it is quick whatever was written."""

from dataclasses import dataclass, field

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dars.correspondence import differences
from dars.correspondence.differences import ADDED, REMOVED, SAME, by_item, by_word, compare


@dataclass
class Row:
    label: str
    values: list[str]
    question: str = ""
    prose: bool = False


@dataclass
class Section:
    key: str
    heading: str
    rows: list[Row] = field(default_factory=list)


def flat(paragraphs: list) -> list[tuple[str, str]]:
    return [(piece.change, piece.text) for paragraph in paragraphs for piece in paragraph]


def side(paragraphs: list, change: str) -> str:
    """The text of one side, as its words."""
    kept = "\n".join("".join(p.text for p in line if p.change in (SAME, change)) for line in paragraphs)
    return " ".join(kept.split())


def test_words_are_marked_and_the_rest_is_left_alone() -> None:
    found = flat(by_word("We ask for 10-year bands of age.", "We ask for 5-year bands of age."))
    assert found == [(SAME, "We ask for "), (REMOVED, "10"), (ADDED, "5"), (SAME, "-year bands of age.")]


def test_neighbouring_changes_read_as_one_phrase() -> None:
    found = flat(by_word("It runs for two years.", "It runs until next summer."))
    assert (REMOVED, "for two years") in found
    assert (ADDED, "until next summer") in found


TEXTS = st.text(alphabet="ab c\n.", max_size=60)


@settings(max_examples=80)
@given(TEXTS, TEXTS)
def test_either_text_can_be_read_from_the_difference(old: str, new: str) -> None:
    paragraphs = by_word(old, new)
    joined = [piece for line in paragraphs for piece in line]
    for text, change in ((old, REMOVED), (new, ADDED)):
        mine = "".join(piece.text for piece in joined if piece.change in (SAME, change))
        assert "".join(mine.split()) == "".join(text.split())


@given(st.lists(st.sampled_from("abcd"), max_size=6), st.lists(st.sampled_from("abcd"), max_size=6))
def test_items_are_neither_lost_nor_invented(old: list[str], new: list[str]) -> None:
    found = flat(by_item(old, new))
    assert [text for change, text in found if change != ADDED] == old
    assert [text for change, text in found if change != REMOVED] == new


def test_a_text_of_one_word_over_and_over_is_not_compared_word_by_word(monkeypatch: pytest.MonkeyPatch) -> None:
    def never(*_: object, **__: object) -> None:
        raise AssertionError("compared word by word")

    monkeypatch.setattr(differences, "SequenceMatcher", never)
    found = flat(by_word("a " * 4000, "a " * 3999))
    assert [change for change, _ in found] == [REMOVED, ADDED]


def test_sections_questions_and_fields_that_came_and_went() -> None:
    before = [
        Section("purpose", "Purpose", [Row("Aim", ["To learn"], "aim", True), Row("Funding", ["Public"], "funding")]),
        Section("fields-hes", "Fields: hospital", [Row("Age", ["Band"], "fields.age")]),
    ]
    after = [
        Section(
            "purpose", "Purpose", [Row("Aim", ["To learn more"], "aim", True), Row("Funding", ["Public"], "funding")]
        ),
        Section("people", "People", [Row("Recipients", ["Ann (ann@x)"], "recipients")]),
    ]
    purpose, people, hospital = compare(before, after)
    assert [(row.question, row.change) for row in purpose.changes] == [("aim", "changed")]
    assert [row.question for row in purpose.unchanged] == ["funding"]
    assert [(row.change, flat(row.paragraphs)) for row in people.changes] == [("added", [(ADDED, "Ann (ann@x)")])]
    assert [(row.change, flat(row.paragraphs)) for row in hospital.changes] == [("removed", [(REMOVED, "Band")])]


def test_a_question_asked_of_several_organisations_keeps_an_answer_for_each() -> None:
    rows = [Row("North", ["DSPT"], "assurances"), Row("South", ["ISO"], "assurances")]
    changed = [rows[0], Row("South", ["DSPT"], "assurances")]
    (section,) = compare([Section("security", "Security", rows)], [Section("security", "Security", changed)])
    assert [row.label for row in section.unchanged] == ["North"]
    assert [row.label for row in section.changes] == ["South"]


def test_paragraphs_stay_paragraphs_and_repeated_ones_are_kept() -> None:
    paragraphs = by_word("One.\nTwo.\nTwo.", "One.\nTwo.\nTwo.\nThree.")
    assert len(paragraphs) == 4
    assert side(paragraphs, ADDED) == "One. Two. Two. Three."
