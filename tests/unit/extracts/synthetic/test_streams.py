"""Draws are fair, named streams are apart, and whole numbers are split without loss."""

import numpy as np
import pytest

from extracts.synthetic.streams import apportion, choose, choose_by, cumulative, distinct, stream


def test_streams_repeat_by_name_and_differ_between_names_and_seeds():
    first = stream(1, "events", "2026-04").random(4)
    assert (first == stream(1, "events", "2026-04").random(4)).all()
    assert not (first == stream(1, "events", "2026-05").random(4)).any()
    assert not (first == stream(2, "events", "2026-04").random(4)).any()


def test_choices_follow_their_weights_and_never_take_weight_zero():
    drawn = np.bincount(choose(stream(1, "a"), cumulative([1, 0, 3]), 40_000), minlength=3) / 40_000
    assert drawn == pytest.approx([0.25, 0, 0.75], abs=0.02)
    tables = cumulative([[1, 0, 0], [0, 0, 1]])
    assert choose_by(stream(1, "b"), tables, np.array([0, 1, 0, 1])).tolist() == [0, 2, 0, 2]


def test_distinct_positions_are_distinct_and_weighted():
    weights = np.array([0.0] * 50 + [1.0] * 50)
    drawn = distinct(stream(1, "c"), weights, 50)
    assert sorted(drawn.tolist()) == list(range(50, 100))
    assert len(distinct(stream(1, "c"), weights, 0)) == 0


def test_apportioned_parts_add_up():
    assert apportion(10, [1, 1, 1]).sum() == 10
    assert apportion(100, [1, 3]).tolist() == [25, 75]
    assert apportion(0, [1, 3]).tolist() == [0, 0]
