"""What the engine refuses with; a message names the step and never a value of a row."""


class EngineError(Exception):
    """A step failed. `step` says which; the cause is dropped on purpose, since database messages quote values."""

    def __init__(self, step: str, reason: str):
        self.step, self.reason = step, reason
        super().__init__(f"{step}: {reason}")
