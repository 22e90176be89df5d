"""The door of correspondence for panels: returning a case with the questions to change, and the fields to name them."""

from dars.correspondence.differences import SectionChange, compare
from dars.correspondence.forms import NamesQuestions
from dars.correspondence.selectors import requests_of, to_return
from dars.correspondence.services import Asked, return_for_changes

__all__ = ["Asked", "NamesQuestions", "SectionChange", "compare", "requests_of", "return_for_changes", "to_return"]
