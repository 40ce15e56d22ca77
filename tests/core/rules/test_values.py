"""Texts as numbers and points in time."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.core.rules.values import DAY, Form, canonical, days, moment, number, total


@pytest.mark.parametrize(
    ("earlier", "later", "certain"),
    [
        ("2026-03-11", "2026-03-12", True),
        ("2026-03-11", "2026-03-11", False),
        ("2026-03-11T12:00:00Z", "2026-03-11T12:00:00.000000001Z", True),
        ("2026-03-11T12:00:00+05:00", "2026-03-11T12:00:00+03:00", True),
        ("2026-03-11T12:00:00+05:00", "2026-03-11T07:00:00Z", False),
        ("2026-03-11T24:00:00Z", "2026-03-12T00:00:00Z", False),
        ("2026-03-11T23:59:59.9Z", "2026-03-11T24:00:00Z", True),
        ("2026-03-11", "2026-03-12T00:00:00", True),
        ("2026-03-11", "2026-03-11T23:59:59.999999999", False),
        ("2026-03-11", "2026-03-12T13:59:59Z", False),
        ("2026-03-11", "2026-03-12T14:00:00Z", True),
        ("2026-03-11+14:00", "2026-03-11T10:00:00Z", True),
        ("-0001-12-31", "0001-01-01", True),
        ("9999-12-31", "10000-01-01", True),
        ("2026-02-28", "2026-03-01", True),
    ],
)
def test_order_is_that_of_xml_schema(earlier: str, later: str, *, certain: bool) -> None:
    """Only what is later in every zone is certainly later (XML Schema 2, 3.2.7.3); never the other way round."""
    first, then = moment(earlier), moment(later)

    assert first is not None
    assert then is not None
    assert (then.after(first), first.after(then)) == (certain, False)


@pytest.mark.parametrize(
    "text", ["", "2026", "2026-13-01", "2026-01-32", "2026-1-1", "11.03.2026", "1234567890-01-01", "२०२६-01-01"]
)
def test_what_is_no_date_has_no_moment(text: str) -> None:
    """It is the schema's fault."""
    assert moment(text) is None


@given(st.dates(), st.dates())
def test_days_are_those_of_the_calendar(one: date, other: date) -> None:
    """The distance of two days is the calendar's."""
    assert days(one) - days(other) == (one - other).days


@given(st.datetimes(timezones=st.just(UTC)), st.timedeltas(timedelta(hours=-14), timedelta(hours=14)))
def test_instants_are_the_same_in_every_zone(when: datetime, offset: timedelta) -> None:
    """A dateTime means the same instant however its zone is written."""
    minutes = int(offset.total_seconds() // 60)
    try:
        local = when.replace(tzinfo=None) + timedelta(minutes=minutes)
    except OverflowError:
        return
    sign = "-" if minutes < 0 else "+"
    zone = f"{sign}{abs(minutes) // 60:02}:{abs(minutes) % 60:02}"
    midnight = moment(when.date().isoformat() + "Z")

    found = moment(local.isoformat() + zone)

    assert found is not None
    assert midnight is not None
    since = when - when.replace(hour=0, minute=0, second=0, microsecond=0)
    assert found.first - midnight.first == since // timedelta(microseconds=1) * 1000
    assert (found.first == found.last, midnight.last - midnight.first) == (True, DAY - 1)


@pytest.mark.parametrize(
    ("text", "form", "expected"),
    [
        (" a\t\n b ", Form.PRESERVED, " a\t\n b "),
        (" a\t\n b ", Form.REPLACED, " a   b "),
        (" a\t\n b ", Form.COLLAPSED, "a b"),
        ("\u00a0a\u00a0", Form.COLLAPSED, "\u00a0a\u00a0"),
        ("abc", Form.COLLAPSED, "abc"),
        (" 1 ", Form.BOOLEAN, "true"),
        ("0", Form.BOOLEAN, "false"),
        ("true", Form.BOOLEAN, "true"),
        ("+007.500", Form.NUMBER, "7.5"),
        ("-0.0", Form.NUMBER, "0"),
        ("100", Form.NUMBER, "100"),
        (".5", Form.NUMBER, "0.5"),
        ("1E2", Form.NUMBER, "1E2"),
        ("12345678901234567890123456789.123456", Form.NUMBER, "12345678901234567890123456789.123456"),
    ],
)
def test_equal_values_have_equal_texts(text: str, form: Form, expected: str) -> None:
    """As the type's white space and value space have it; a no-break space is a letter."""
    assert canonical(text, form) == expected


def test_sums_are_exact() -> None:
    """Nothing is rounded, however many digits there are."""
    rows = [Decimal("99999999999999999999999.999999")] * 1000

    assert total(rows) == Decimal("99999999999999999999999999.999000")
    assert total([Decimal("0.1")] * 10) == 1


@pytest.mark.parametrize("text", ["", "1e5", "NaN", "INF", "1,5", "0x10", "1" * 101, "٣"])
def test_what_is_no_decimal_has_no_number(text: str) -> None:
    """It is the schema's fault, and a huge one is never computed with."""
    assert number(text) is None
