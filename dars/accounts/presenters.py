"""What pages about people show: roles in words, what can be proposed about a person, what has happened. Pure reads."""

from dataclasses import dataclass

from dars.accounts import actions
from dars.accounts.models import User
from dars.audit.public import Entry, label, trail
from dars.core.roles import Role

# Kinds of event that the history of an account shows; signing in is in the audit trail.
HISTORY = {
    "account.created": "Account made",
    "account.role_granted": "Role given",
    "account.role_taken": "Role taken away",
    "account.closed": "Account closed",
    "account.reopened": "Account reopened",
    "account.second_factor_set_up": "Second factor set up",
    "account.second_factor_removed": "Second factor removed",
}


@dataclass(frozen=True)
class Happening:
    """A line of a person's history."""

    title: str
    entry: Entry


def roles_of(person: User) -> list[Role]:
    """The person's roles in the order of the table; asks no query where the groups were fetched before."""
    names = {group.name for group in person.groups.all()}
    return [role for role in Role if role.value in names]


def history(person: User) -> list[Happening]:
    """What has happened to the account, newest first."""
    entries = trail(subject=label(person), kinds=HISTORY.keys())
    return [Happening(_title(entry), entry) for entry in reversed(entries)]


def _title(entry: Entry) -> str:
    role = (entry.payload or {}).get("role")
    return f"{HISTORY[entry.kind]}: {Role(role).label}" if role else HISTORY[entry.kind]


def changes(person: User, *, has_factor: bool, awaits_code: bool) -> list[tuple[str, str]]:
    """What could be proposed about the person: value and words of each choice."""
    if not person.is_active:
        return [(actions.REOPEN, "Reopen the account")]
    held = roles_of(person)
    choices = [(f"{actions.GRANT}:{role}", f"Give the role “{role.label}”") for role in Role if role not in held]
    choices += [(f"{actions.TAKE}:{role}", f"Take the role “{role.label}” away") for role in held]
    if has_factor:
        choices.append((actions.RESET, "Remove the second factor, because it is lost"))
    elif awaits_code:
        choices.append((actions.RESET, "Hand over another code with which to set up a second factor"))
    return [*choices, (actions.CLOSE, "Close the account")]
