"""The setting of links by probability: off, or a probability that is high enough."""

import pytest

from dars.config.environment import probability


@pytest.mark.parametrize(
    ("given", "threshold"), [(None, None), ("", None), ("off", None), ("0.9", 0.9), (" .9999 ", 0.9999)]
)
def test_off_unless_it_names_a_probability(monkeypatch, given, threshold):
    monkeypatch.delenv("PROBABLE_LINKS", raising=False)
    if given is not None:
        monkeypatch.setenv("PROBABLE_LINKS", given)
    assert probability("PROBABLE_LINKS") == threshold


@pytest.mark.parametrize("given", ["0.89", "1", "99", "on", "nan", "0,99"])
def test_anything_else_stops_the_service(monkeypatch, given):
    monkeypatch.setenv("PROBABLE_LINKS", given)
    with pytest.raises(ValueError, match="PROBABLE_LINKS must be a probability"):
        probability("PROBABLE_LINKS")
