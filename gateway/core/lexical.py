"""The built-in types of XML Schema 1.0 part 2: which texts they take, and which value a text is.

Only what the specification allows: ASCII digits, XML white space, no year 0000 (3.2.7.1), 24:00:00 as the end of a day.
"""

import math
import re
import struct
from base64 import b64decode
from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction

UNKNOWN = object()  # only the document around it could tell (QName, ENTITY), or the specification leaves it open


class LexicalError(ValueError):
    """The text is none of its type."""


ZONE = r"(?P<zone>Z|[+-](?:0\d|1[0-3]):[0-5]\d|[+-]14:00)?"
YEAR = r"(?P<year>-?(?:[1-9]\d{4,}|\d{4}))"
MONTH, DAY = r"(?P<month>0[1-9]|1[0-2])", r"(?P<day>0[1-9]|[12]\d|3[01])"
CLOCK = r"(?:(?P<hour>[01]\d|2[0-3]):(?P<minute>[0-5]\d):(?P<second>[0-5]\d(?:\.\d+)?)|(?P<midnight>24:00:00(?:\.0+)?))"
DATES = {
    "dateTime": f"{YEAR}-{MONTH}-{DAY}T{CLOCK}",
    "date": f"{YEAR}-{MONTH}-{DAY}",
    "time": CLOCK,
    "gYearMonth": f"{YEAR}-{MONTH}",
    "gYear": YEAR,
    "gMonthDay": f"--{MONTH}-{DAY}",
    "gDay": f"---{DAY}",
    "gMonth": f"--{MONTH}",
}
SHAPES = {
    "boolean": r"true|false|1|0",
    "decimal": r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)",
    "integer": r"[+-]?\d+",
    "float": r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[Ee][+-]?\d+)?|-?INF|NaN",
    "language": r"[A-Za-z]{1,8}(?:-[A-Za-z0-9]{1,8})*",
    "duration": r"(?P<sign>-)?P(?=.)(?:(?P<years>\d+)Y)?(?:(?P<months>\d+)M)?(?:(?P<days>\d+)D)?"
    r"(?:T(?=.)(?:(?P<hours>\d+)H)?(?:(?P<minutes>\d+)M)?(?:(?P<seconds>\d+(?:\.\d+)?)S)?)?",
    **{name: shape + ZONE for name, shape in DATES.items()},
}
PATTERNS = {name: re.compile(shape, re.ASCII) for name, shape in SHAPES.items()}
HEX = re.compile(r"[0-9A-Fa-f]*")
BASE64 = re.compile(r"[A-Za-z0-9+/]*(={0,2})")
LAST = {"=": "AEIMQUYcgkosw048", "==": "AQgw"}
LONG = 100_000  # characters; numbers and dates are not that long, and `libxml2`'s word has to do
BULK = {"string", "normalizedString", "token", "hexBinary", "base64Binary"}
NAMES = {  # beyond ASCII the editions of XML differ
    "NMTOKEN": re.compile(r"[A-Za-z0-9._:-]+"),
    "Name": re.compile(r"[A-Za-z_:][A-Za-z0-9._:-]*"),
    "NCName": re.compile(r"[A-Za-z_][A-Za-z0-9._-]*"),
    "ID": re.compile(r"[A-Za-z_][A-Za-z0-9._-]*"),
    "IDREF": re.compile(r"[A-Za-z_][A-Za-z0-9._-]*"),
}
WHOLE = {  # least and most of the integer types
    "integer": (None, None),
    "nonNegativeInteger": (0, None),
    "positiveInteger": (1, None),
    "nonPositiveInteger": (None, 0),
    "negativeInteger": (None, -1),
    **{name: (-(2**bits), 2**bits - 1) for name, bits in {"long": 63, "int": 31, "short": 15, "byte": 7}.items()},
    **{f"unsigned{name}": (0, 2**bits - 1) for name, bits in {"Long": 64, "Int": 32, "Short": 16, "Byte": 8}.items()},
}
DAYS = (0, 31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
DAY_SECONDS = 86_400
FLOAT_END = 2.0**128 - 2.0**103  # what rounds to more than an xs:float can hold
MOST_DIGITS = 1_000  # of a date or duration: int() has a limit


def value(builtin: str, text: str) -> object:
    """The value of a text whose white space is already as the type wants it; LexicalError where it is none."""
    if len(text) > LONG and builtin not in BULK:
        return UNKNOWN
    if builtin in WHOLE:
        return _whole(builtin, text)
    if builtin in NAMES:
        return _name(builtin, text)
    if builtin in DATES:
        return _date(builtin, text)
    if builtin == "duration":
        return _duration(text)
    read = VALUES.get(builtin)
    return read(text) if read else UNKNOWN


def _matched(builtin: str, text: str) -> re.Match[str]:
    found = PATTERNS[builtin].fullmatch(text)
    if found is None:
        raise LexicalError
    return found


def _whole(builtin: str, text: str) -> Decimal:
    _matched("integer", text)
    number = Decimal(text)
    least, most = WHOLE[builtin]
    if (least is not None and number < least) or (most is not None and number > most):
        raise LexicalError
    return number


def _name(builtin: str, text: str) -> object:
    if not text.isascii():
        return UNKNOWN
    if not NAMES[builtin].fullmatch(text):
        raise LexicalError
    return text


def _decimal(text: str) -> Decimal:
    _matched("decimal", text)
    return Decimal(text)


def _double(text: str) -> float:
    _matched("float", text)
    return float(text)


def _float(text: str) -> float:
    found = _double(text)
    if abs(found) >= FLOAT_END:
        return math.copysign(math.inf, found)
    return float(struct.unpack("f", struct.pack("f", found))[0])


def _boolean(text: str) -> bool:
    return _matched("boolean", text)[0] in ("true", "1")


def _hex(text: str) -> bytes:
    if not HEX.fullmatch(text) or len(text) % 2:
        raise LexicalError
    return bytes.fromhex(text)


def _base64(text: str) -> bytes:
    """Blanks may stand between any two letters; the last letter before = has no bits too many (3.2.16)."""
    whole = text.replace(" ", "")
    found = BASE64.fullmatch(whole)
    if not found or len(whole) % 4 or (found[1] and whole[-len(found[1]) - 1] not in LAST[found[1]]):
        raise LexicalError
    return b64decode(whole)


def _language(text: str) -> str:
    return _matched("language", text)[0]


def _text(text: str) -> str:
    return text


VALUES: dict[str, Callable[[str], object]] = {
    "anySimpleType": _text,
    "string": _text,
    "normalizedString": _text,
    "token": _text,
    "language": _language,
    "boolean": _boolean,
    "decimal": _decimal,
    "float": _float,
    "double": _double,
    "hexBinary": _hex,
    "base64Binary": _base64,
}


class Moment:
    """A date or time on one line of seconds; two are only ordered where the missing time zone cannot matter (3.2.7.4)."""

    __slots__ = ("seconds", "zoned")

    def __init__(self, seconds: Fraction, *, zoned: bool) -> None:
        """`seconds` are of UTC where a zone was given."""
        self.seconds, self.zoned = seconds, zoned

    def __eq__(self, other: object) -> bool:
        """Same moment, and both with or both without a zone."""
        return isinstance(other, Moment) and (self.seconds, self.zoned) == (other.seconds, other.zoned)

    def __hash__(self) -> int:
        """Of both parts."""
        return hash((self.seconds, self.zoned))

    def __lt__(self, other: "Moment") -> bool:
        """Certainly earlier."""
        margin = 0 if self.zoned == other.zoned else 14 * 3600
        return self.seconds + margin < other.seconds


class Duration:
    """Months and seconds; two are only ordered where they are whatever the months' lengths (3.2.6.2)."""

    __slots__ = ("months", "seconds")
    STARTS = ((1696, 9), (1697, 2), (1903, 3), (1903, 7))

    def __init__(self, months: int, seconds: Fraction) -> None:
        """Both with the sign."""
        self.months, self.seconds = months, seconds

    def __eq__(self, other: object) -> bool:
        """Same months and same seconds."""
        return isinstance(other, Duration) and (self.months, self.seconds) == (other.months, other.seconds)

    def __hash__(self) -> int:
        """Of both parts."""
        return hash((self.months, self.seconds))

    def __lt__(self, other: "Duration") -> bool:
        """Certainly shorter: after each of the four dates of the specification."""
        return all(self.after(start) < other.after(start) for start in self.STARTS)

    def after(self, start: tuple[int, int]) -> Fraction:
        """The seconds at which it ends, begun on the first of that month."""
        years, month = divmod(start[1] - 1 + self.months, 12)
        return days(start[0] + years, month + 1, 1) * DAY_SECONDS + self.seconds


def _date(builtin: str, text: str) -> object:
    found = _matched(builtin, text).groupdict()
    if len(text) > MOST_DIGITS:
        return UNKNOWN
    year = _year(found.get("year"))
    month, day = int(found.get("month") or 1), int(found.get("day") or 1)
    if day > DAYS[month] or (month == 2 and day == 29 and not _leap(year)):  # noqa: PLR2004 - February
        raise LexicalError
    seconds = Fraction(days(year, month, day) * DAY_SECONDS)
    if found.get("midnight"):
        seconds += 0 if builtin == "time" else DAY_SECONDS  # the time 24:00:00 is 00:00:00 (3.2.8)
    elif found.get("hour"):
        seconds += int(found["hour"]) * 3600 + int(found["minute"]) * 60 + Fraction(found["second"])
    zone = found["zone"]
    return Moment(seconds - _offset(zone), zoned=zone is not None)


def _year(text: str | None) -> int:
    """Counted without a year 0: -0001 is the year before 0001; a leap year where the text has none."""
    if text is None:
        return 1972
    number = int(text)
    if number == 0:
        raise LexicalError
    return number if number > 0 else number + 1


def _leap(year: int) -> bool:
    return year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)


def days(year: int, month: int, day: int) -> int:
    """Days since 1 March 0000 of the Gregorian calendar, for any year."""
    year, month = (year, month - 3) if month > 2 else (year - 1, month + 9)  # noqa: PLR2004 - the year begins in March
    return 365 * year + year // 4 - year // 100 + year // 400 + (153 * month + 2) // 5 + day - 1


def _offset(zone: str | None) -> int:
    if zone is None or zone == "Z":
        return 0
    sign = -1 if zone[0] == "-" else 1
    return sign * (int(zone[1:3]) * 3600 + int(zone[4:6]) * 60)


def _duration(text: str) -> object:
    found = _matched("duration", text).groupdict()
    if len(text) > MOST_DIGITS:
        return UNKNOWN
    number = {name: Fraction(part or 0) for name, part in found.items() if name != "sign"}
    months = int(number["years"] * 12 + number["months"])
    hours = number["days"] * 24 + number["hours"]
    seconds = (hours * 60 + number["minutes"]) * 60 + number["seconds"]
    sign = -1 if found["sign"] else 1
    return Duration(sign * months, sign * seconds)


def ordered(least: object, most: object) -> bool | None:
    """Whether the first is less than the second; None where the specification does not say."""
    if isinstance(least, float) and isinstance(most, float) and (math.isnan(least) or math.isnan(most)):
        return None
    return bool(least < most)  # type: ignore[operator]
