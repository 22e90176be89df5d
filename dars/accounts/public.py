"""The door of accounts for other applications."""

from dars.accounts import letters, two_people
from dars.accounts.fields import CodeField
from dars.accounts.letter_views import answer_letter
from dars.accounts.models import Proposal, User
from dars.accounts.second_factor import confirm_second_factor, enrol, has_second_factor
from dars.accounts.selectors import people_with, proposal_by_number, register_person_facts, to_confirm
from dars.accounts.services import create_account, grant_role

__all__ = [
    "CodeField",
    "Proposal",
    "User",
    "answer_letter",
    "confirm_second_factor",
    "create_account",
    "enrol",
    "grant_role",
    "has_second_factor",
    "letters",
    "people_with",
    "proposal_by_number",
    "register_person_facts",
    "to_confirm",
    "two_people",
]
