"""Texts as values: numbers and points in time as XML Schema orders them; None for a text that is neither."""

import re
from dataclasses import dataclass
from datetime import date
from decimal import Context, Decimal
from enum import StrEnum

NUMBER = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)")
MOMENT = re.compile(
    r"(-?[0-9]{4,9})-([0-9]{2})-([0-9]{2})"
    r"(?:T([0-9]{2}):([0-9]{2}):([0-9]{2})(?:\.([0-9]{1,9})[0-9]{0,90})?)?"
    r"(Z|[+-][0-9]{2}:[0-9]{2})?"
)
SPACES = re.compile(r"[ \t\n\r]+")  # XML's own; a no-break space is a letter
MAX_DIGITS = 100
ZERO = Decimal(0)
EXACT = Context(prec=1_000)  # MAX_DIGITS before and after the point, summed a million times, need fewer
DAY = 86_400 * 10**9
FURTHEST = 14 * 3600 * 10**9  # XML Schema 2 3.2.7.3: a time without zone may be meant in any, up to 14 hours off


class Form(StrEnum):
    """How a value's text is to be compared, from its type in the schema."""

    PRESERVED = "string"  # xs:string: every blank counts
    REPLACED = "line"  # xs:normalizedString: line ends are blanks
    COLLAPSED = "text"  # outer blanks do not count, inner ones once
    NUMBER = "number"
    BOOLEAN = "boolean"
    MOMENT = "date"  # xs:date and xs:dateTime
    NOTHING = "nothing"  # elements only: there is no value


@dataclass(frozen=True, slots=True)
class Moment:
    """The first and the last nanosecond that a date or dateTime can mean, from a fixed origin."""

    first: int
    last: int
    zoned: bool

    def after(self, other: "Moment", allowance: int = 0) -> bool:
        """Whether it is certainly later than the other, by more than the allowance.

        Where one of the two has no zone, only what is later in every zone is certainly later.
        """
        slack = 0 if self.zoned is other.zoned else FURTHEST
        return self.first - slack > other.last + allowance


def canonical(text: str, form: Form) -> str:
    """The text as it is compared: equal values have equal texts."""
    if form is Form.PRESERVED:
        return text
    if form is Form.REPLACED:
        return re.sub(r"[\t\n\r]", " ", text)
    collapsed = text if text.isalnum() else SPACES.sub(" ", text).strip(" ")
    if form is Form.BOOLEAN:
        return {"1": "true", "0": "false"}.get(collapsed, collapsed)
    found = number(collapsed) if form is Form.NUMBER else None
    return collapsed if found is None else f"{EXACT.normalize(EXACT.add(found, ZERO)):f}"


def number(text: str) -> Decimal | None:
    """The decimal, exactly; None for what is none or has more than MAX_DIGITS."""
    if len(text) > MAX_DIGITS or not NUMBER.fullmatch(text):
        return None
    return Decimal(text)


def total(numbers: list[Decimal]) -> Decimal:
    """The sum, exactly."""
    result = ZERO
    for each in numbers:
        result = EXACT.add(result, each)
    return result


def moment(text: str) -> Moment | None:
    """The span of a date (its day) or a dateTime (an instant); None for what is neither."""
    found = MOMENT.fullmatch(text)
    if found is None:
        return None
    year, month, day = int(found[1]), int(found[2]), int(found[3])
    if not (1 <= month <= 12 and 1 <= day <= 31):  # noqa: PLR2004 - a calendar
        return None
    start = _days(year, month, day) * DAY - _offset(found[8])
    zoned = found[8] is not None
    if found[4] is None:
        return Moment(start, start + DAY - 1, zoned)
    instant = start + _nanoseconds(found)
    return Moment(instant, instant, zoned)


def days(day: date) -> int:
    """The day's number, by which moments are counted."""
    return _days(day.year, day.month, day.day)


def _nanoseconds(found: re.Match[str]) -> int:
    """The time of day; 24:00:00 is the next day's beginning."""
    whole = int(found[4]) * 3600 + int(found[5]) * 60 + int(found[6])
    return whole * 10**9 + int((found[7] or "").ljust(9, "0"))


def _offset(zone: str | None) -> int:
    if zone is None or zone == "Z":
        return 0
    seconds = int(zone[1:3]) * 3600 + int(zone[4:6]) * 60
    return (-seconds if zone[0] == "-" else seconds) * 10**9


def _days(year: int, month: int, day: int) -> int:
    """Days from a fixed origin in the proleptic Gregorian calendar, for years beyond those of `datetime` as well."""
    past = year - (month <= 2)  # noqa: PLR2004 - a year that begins with March ends with its leap day
    from_march = (month + 9) % 12
    return 365 * past + past // 4 - past // 100 + past // 400 + (153 * from_march + 2) // 5 + day
