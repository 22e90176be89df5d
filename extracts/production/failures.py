"""Why a run failed, in words for staff. No message of a library gets through: they can quote values of records."""

import errno
import logging
from dataclasses import dataclass
from traceback import extract_tb

from dars.core.errors import DomainError
from extracts.catalogue.public import SpecError
from extracts.engine.errors import EngineError

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Failure:
    """`code` goes to the audit trail, `message` to staff."""

    code: str
    message: str


class CheckFailed(Exception):
    """A check before release did not pass. `name` is the check's; `detail` holds counts and names only."""

    def __init__(self, name: str, detail: str) -> None:
        super().__init__(name)
        self.failure = Failure(name, detail)


def explain(error: Exception) -> Failure:
    """The failure to record for an error, and a log line that says where it arose and nothing it said."""
    failure = _failure(error)
    frame = extract_tb(error.__traceback__)[-1]
    log.error("a run failed (%s): %s at %s:%s", failure.code, type(error).__name__, frame.filename, frame.lineno)
    return failure


def _failure(error: Exception) -> Failure:
    if isinstance(error, CheckFailed):
        return error.failure
    if isinstance(error, DomainError):
        return Failure(error.rule or error.code, error.message)
    if isinstance(error, EngineError):
        return Failure("engine", f"The step “{error.step}” failed: {error.reason}.")
    if isinstance(error, SpecError):
        return Failure("spec", "The specification is not one that this version of the service can carry out.")
    if isinstance(error, OSError) and error.errno == errno.ENOSPC:
        return Failure("no_room", "There is no room left where files are staged. Make room, then try again.")
    if isinstance(error, OSError):
        return Failure("storage", "A file could not be read or written. Look at the storage, then try again.")
    return Failure("unexpected", "Something unexpected went wrong. The worker’s log names the place, not the data.")
