"""Every life cycle is drawn from its table, and every move has its event."""

from django.conf import settings

from dars.audit import vocabulary
from dars.core import diagrams

CYCLES = list(diagrams.life_cycles())


def test_the_page_of_life_cycles_is_that_of_the_tables() -> None:
    drawn = (settings.BASE_DIR / diagrams.PAGE).read_text()
    assert drawn == diagrams.page(CYCLES), "run: python manage.py draw_states"


def test_every_life_cycle_is_there() -> None:
    assert [cycle.of for cycle in CYCLES] == [
        "A proposal that takes two people",
        "A stop after a lapse of assurance",
        "An invitation into an organisation",
        "An application",
        "A document",
        "A meeting of the panel",
        "An agreement",
        "A charge",
        "A certificate of destruction",
        "An annual confirmation",
        "A data sharing audit",
        "An action of an audit",
        "A report of an incident",
        "A notice about data",
        "An erasure",
        "A run",
        "A package",
        "A recipient’s key",
        "An edition of the statistics",
    ]


def test_moves_are_between_known_states_and_each_has_its_event() -> None:
    for cycle in CYCLES:
        for (before, after), move in cycle.moves.items():
            assert {before, after} <= set(cycle.labels)
            assert move.audit in vocabulary.kinds(), f"{cycle.of}: {move.audit}"


def test_every_state_can_be_reached() -> None:
    for cycle in CYCLES:
        reached = {next(iter(cycle.labels))} | {after for _, after in cycle.moves}
        assert reached == set(cycle.labels), cycle.of
