"""The HES analysis rule for one number at a time: small counts, rounding, averages, percentages. Pure."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Rule:
    """How counts of persons below the national level are shown.

    A count of 0 is shown as 0; from 1 to `least` - 1 it is suppressed; from `least` on it is rounded to the nearest
    `base`. `feasible`: how many whole numbers a suppressed count must be able to be for whoever knows all that has been
    published, and this rule.
    """

    least: int = 8
    base: int = 5
    feasible: int = 3

    def __post_init__(self):
        if not 2 <= self.feasible <= self.least - 1 or self.rounded(self.least) == 0:
            raise ValueError("A shown count must not be rounded to 0, and a suppressed one have room for its values.")

    def is_small(self, count: int) -> bool:
        return 0 < count < self.least

    def rounded(self, count: int) -> int:
        """Nearest multiple of `base`, halves up. Not for small counts."""
        return (count + self.base // 2) // self.base * self.base

    def behind(self, shown: int) -> tuple[int, int]:
        """The least and the largest count that is shown as this rounded number (0: only 0)."""
        if shown == 0:
            return 0, 0
        return max(self.least, shown - self.base // 2), shown + (self.base - 1) // 2

    def shows_average(self, count: int) -> bool:
        """Whether mean, median or mode of so many may be shown."""
        return count >= self.least

    def percentage(self, part: int | str, whole: int | str) -> float | None:
        """A percentage of numbers as they are shown; None where one of them is not, or the whole is 0."""
        if isinstance(part, str) or isinstance(whole, str) or whole == 0:
            return None
        return 100 * part / whole


# HES analysis guide, small numbers: national counts unchanged; 1 to 7 suppressed; others rounded to the nearest 5;
# averages from 8 on; percentages from rounded counts; counts that are not of persons exempt; tests count as persons.
# Three feasible values: this service's own, beyond the rule, which does not protect what margins give away.
HES = Rule()
