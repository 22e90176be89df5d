"""The closed vocabulary of ways a value may be coarsened; the engine implements each, and nothing else leaves."""

from dataclasses import dataclass

YES_NO = {"Y": "Yes", "N": "No"}


@dataclass(frozen=True)
class Domain:
    """What a released value may look like: one of `values`, or the whole of `pattern`, or a number or date."""

    type: str  # text | integer | date
    values: tuple[str, ...] = ()
    pattern: str = ""
    minimum: int | None = None
    maximum: int | None = None


@dataclass(frozen=True)
class AsCode:
    """The stored code as it is."""

    def domain(self, field) -> Domain:
        return Domain("text", values=tuple(code for code, _ in field.codes), pattern=field.pattern)


@dataclass(frozen=True)
class AsName:
    """A name from reference data in capitals, cut down to characters that no spreadsheet takes for a formula."""

    def domain(self, field) -> Domain:
        return Domain("text", pattern=r"[A-Z0-9][A-Z0-9 &'(),./-]*")


@dataclass(frozen=True)
class AsNumber:
    """A stored whole number as it is; one outside of its range is taken as missing."""

    minimum: int = 0
    maximum: int = 130

    def domain(self, field) -> Domain:
        return Domain("integer", minimum=self.minimum, maximum=self.maximum)


@dataclass(frozen=True)
class Prefix:
    """The first characters of a clinical code, written without its dot: C34.9 to 3 characters is C34.

    example: a whole code of the kind, to show what is cut off.
    """

    length: int
    pattern: str
    example: str

    def domain(self, field) -> Domain:
        return Domain("text", pattern=self.pattern)


@dataclass(frozen=True)
class Band:
    """Age in bands of `width` years from 0, the last one open: 0-9 ... 80-89, 90+."""

    width: int
    top: int = 90

    def labels(self) -> tuple[str, ...]:
        closed = tuple(f"{low}-{low + self.width - 1}" for low in range(0, self.top, self.width))
        return (*closed, f"{self.top}+")

    def domain(self, field) -> Domain:
        return Domain("text", values=self.labels())


@dataclass(frozen=True)
class Below:
    """Y when the number is below the limit, N otherwise."""

    limit: int

    def domain(self, field) -> Domain:
        return Domain("text", values=tuple(YES_NO))


@dataclass(frozen=True)
class Recode:
    """Codes gathered into groups; a code without a group becomes missing."""

    groups: tuple[tuple[str, str], ...]

    def domain(self, field) -> Domain:
        return Domain("text", values=tuple(dict.fromkeys(group for _, group in self.groups)))


@dataclass(frozen=True)
class DatePart:
    """A date cut to its `year` (2026), its `month` (2026-04) or left as the `day` (2026-04-30)."""

    part: str

    def domain(self, field) -> Domain:
        if self.part == "year":
            return Domain("integer", minimum=1895, maximum=2200)
        if self.part == "month":
            return Domain("text", pattern=r"[12][0-9]{3}-(0[1-9]|1[0-2])")
        return Domain("date")


@dataclass(frozen=True)
class DaysBetween:
    """Whole days from the first date to the second; missing when either is."""

    def domain(self, field) -> Domain:
        return Domain("integer", minimum=-36_600, maximum=36_600)


Operation = AsCode | AsName | AsNumber | Prefix | Band | Below | Recode | DatePart | DaysBetween
