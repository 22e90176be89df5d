"""What the page about a person shows of organisations: their parts in them. Reads only."""

from dars.accounts.public import User
from dars.organisations.models import Membership
from dars.organisations.selectors import is_current


def parts(person: User) -> list[tuple[str, list[str]]]:
    """One row with every part, also those that are over; for the page of accounts."""
    memberships = Membership.objects.filter(user=person).select_related("organisation")
    words = [
        f"{each.get_role_display()} at {each.organisation.name}{'' if is_current(each) else ' (not at present)'}"
        for each in memberships
    ]
    return [("Parts in organisations", words or ["None"])]
