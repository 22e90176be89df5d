"""Fields that pages of several applications share: a month typed as month and year."""

import pytest
from django import forms

from dars.core.forms import MonthField


class Asked(forms.Form):
    must = MonthField(label="Must", missing="Enter the month")
    may = MonthField(label="May", required=False)


def asked(**typed: str) -> Asked:
    return Asked({"must_month": "4", "must_year": "2026", **typed})


def test_a_month_is_kept_as_year_and_month_and_may_be_left_out() -> None:
    form = asked(may_month="11", may_year="2026")
    assert form.is_valid() and form.cleaned_data == {"must": "2026-04", "may": "2026-11"}
    alone = asked()
    assert alone.is_valid() and alone.cleaned_data["may"] == ""
    assert asked(must_month="", must_year="").errors["must"] == ["Enter the month"]


@pytest.mark.parametrize(("month", "year"), [("13", "2026"), ("4", ""), ("", "2026"), ("April", "2026"), ("4", "26")])
def test_half_a_month_is_none_whether_it_must_be_given_or_not(month: str, year: str) -> None:
    assert asked(may_month=month, may_year=year).errors["may"] == ["Enter a real month, like 4 2026"]
