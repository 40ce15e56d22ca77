"""Texts as values: numbers and points in time as XML Schema orders them; None for a text that is neither."""

import re
from collections.abc import Callable, Mapping
from datetime import date
from decimal import Context, Decimal
from enum import StrEnum
from types import MappingProxyType
from typing import NamedTuple

NUMBER = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)")
COUNTED = re.compile(r"[1-9][0-9]{0,99}")  # as canonical as a number can be
MOMENT = re.compile(
    r"(-?[0-9]{4,9})-([0-9]{2})-([0-9]{2})"
    r"(?:T([0-9]{2}):([0-9]{2}):([0-9]{2})(?:\.([0-9]{1,9})[0-9]{0,90})?)?"
    r"(Z|[+-][0-9]{2}:[0-9]{2})?"
)
SPACES = re.compile(r"[ \t\n\r]+")  # XML's own; a no-break space is a letter
MAX_DIGITS = 100
ZERO = Decimal(0)
EXACT = Context(prec=1_000)  # MAX_DIGITS before and after the point, summed a million times, need fewer
SECOND = 10**9  # nanoseconds
DAY = 86_400 * SECOND
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


class Moment(NamedTuple):
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
    return CANONICAL[form](text)


def collapsed(text: str) -> str:
    """The text without outer blanks and with inner ones once."""
    if text.isprintable() and " " not in text:  # of XML's blanks, only the space is printable
        return text
    return SPACES.sub(" ", text).strip(" ")


def _replaced(text: str) -> str:
    return re.sub(r"[\t\n\r]", " ", text)


def _boolean(text: str) -> str:
    plain = collapsed(text)
    return {"1": "true", "0": "false"}.get(plain, plain)


def _number(text: str) -> str:
    plain = collapsed(text)
    found = None if COUNTED.fullmatch(plain) else number(plain)
    return plain if found is None else f"{EXACT.normalize(EXACT.add(found, ZERO)):f}"


CANONICAL: Mapping[Form, Callable[[str], str]] = MappingProxyType(
    {
        Form.PRESERVED: str,
        Form.REPLACED: _replaced,
        Form.COLLAPSED: collapsed,
        Form.NUMBER: _number,
        Form.BOOLEAN: _boolean,
        Form.MOMENT: collapsed,
        Form.NOTHING: lambda _: "",
    }
)


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
    year, month, day, hour, minute, second, fraction, zone = found.groups()
    if not ("01" <= month <= "12" and "01" <= day <= "31"):
        return None
    start = _days(int(year), int(month), int(day)) * DAY - _offset(zone)
    if hour is None:
        return Moment(start, start + DAY - 1, zone is not None)
    # 24:00:00 is the next day's beginning
    instant = start + (int(hour) * 3600 + int(minute) * 60 + int(second)) * SECOND
    if fraction is not None:
        instant += int(fraction.ljust(9, "0"))
    return Moment(instant, instant, zone is not None)


def days(day: date) -> int:
    """The day's number, by which moments are counted."""
    return _days(day.year, day.month, day.day)


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
