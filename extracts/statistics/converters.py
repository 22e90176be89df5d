"""Parts of addresses."""


class MonthConverter:
    """A month, like 2026-04."""

    regex = "[0-9]{4}-(?:0[1-9]|1[0-2])"

    def to_python(self, value: str) -> str:
        return value

    def to_url(self, value: str) -> str:
        return value
