"""What can go wrong in the domain, as errors whose messages are written for the person who caused them."""


class DomainError(Exception):
    """Base of all refusals. `message` is shown to people and never holds a patient's value."""

    code = "error"
    status = 400

    def __init__(self, message: str, *, field: str | None = None, rule: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.field = field
        self.rule = rule


class NotAllowed(DomainError):
    """The person may not do this, whatever the state."""

    code = "not_allowed"
    status = 403


class NotFound(DomainError):
    """There is no such thing, or none that this person may know of."""

    code = "not_found"
    status = 404


class WrongState(DomainError):
    """The person might do this, but not now."""

    code = "wrong_state"
    status = 409


class Unavailable(DomainError):
    """A part of the service that this needs does not work now: nothing was done, and it can be tried again."""

    code = "unavailable"
    status = 503


class Invalid(DomainError):
    """What was sent is not acceptable; names the field and the rule where there is one."""

    code = "invalid"
    status = 422
