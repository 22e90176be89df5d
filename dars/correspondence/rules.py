"""Who may write and read what about a case. Pure: no database, no clock."""

from dataclasses import dataclass

from dars.core.errors import NotAllowed
from dars.core.rights import P

# Who of the service writes to the applicant, and who writes for colleagues only: a panel member speaks to the applicant
# through the chair.
WRITES_PUBLIC = frozenset({P.APPLICATION_REVIEW, P.PANEL_CHAIR, P.CASE_DECIDE})
WRITES_INTERNAL = WRITES_PUBLIC | {P.PANEL_VOTE}
LONGEST_COMMENT = 4_000  # characters
THREADS_A_PAGE = 20
APPEALS_A_PAGE = 25


@dataclass(frozen=True)
class Writer:
    """A person before a case: of the applicant's team, or a colleague without a conflict, or neither."""

    team: bool = False
    colleague: bool = False
    rights: frozenset[P] = frozenset()

    @property
    def writes_public(self) -> bool:
        return self.team or (self.colleague and bool(self.rights & WRITES_PUBLIC))

    @property
    def writes_internal(self) -> bool:
        return self.colleague and bool(self.rights & WRITES_INTERNAL)

    @property
    def redacts(self) -> bool:
        return self.colleague and P.APPLICATION_REVIEW in self.rights


def check_may_write(writer: Writer, *, internal: bool) -> None:
    """Raises NotAllowed for whoever may not write a comment of this visibility."""
    if not (writer.writes_internal if internal else writer.writes_public):
        raise NotAllowed("You may not comment on this case.")


def check_may_redact(writer: Writer) -> None:
    """Raises NotAllowed for everybody but reviewers without a conflict."""
    if not writer.redacts:
        raise NotAllowed("Only a reviewer of the service who has no part in the case redacts.")
