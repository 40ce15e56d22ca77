"""Durations and sizes as people write them."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.config.units import BYTES, SECONDS, duration, size


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("1 second", 1), ("90 seconds", 90), ("15 minutes", 900), ("72 hours", 259_200), ("1 day", 86_400),
     ("2 weeks", 1_209_600), ("5 years", 157_680_000), ("0 seconds", 0)],
)  # fmt: skip
def test_a_duration_is_a_number_and_a_unit(text: str, seconds: int) -> None:
    """Singular and plural are the same; a year has 365 days."""
    assert duration(text) == timedelta(seconds=seconds)


@pytest.mark.parametrize(("text", "size_"), [("1 B", 1), ("256 KB", 262_144), ("20 MB", 20_971_520), ("1 GB", 2**30)])
def test_a_size_is_a_number_and_a_unit(text: str, size_: int) -> None:
    """Units are powers of 1024."""
    assert size(text) == size_


@given(st.integers(0, 10_000), st.sampled_from(sorted(SECONDS)), st.sampled_from(sorted(BYTES)))
def test_every_number_of_every_unit_is_read(number: int, unit: str, bytes_: str) -> None:
    """Plural or not, the number counts units."""
    assert duration(f"{number} {unit}") == duration(f"{number} {unit}s") == timedelta(seconds=number * SECONDS[unit])
    assert size(f"{number} {bytes_}") == number * BYTES[bytes_]


@pytest.mark.parametrize(
    "value",
    ["", "5", "seconds", "-1 seconds", "1.5 hours", "1 month", "1  day", "1 day ", "1 Day", 5, None, True],
)
def test_another_duration_is_refused_with_an_example(value: object) -> None:
    """The text says what is expected and does not guess."""
    with pytest.raises(ValueError, match="30 seconds"):
        duration(value)


@pytest.mark.parametrize("value", ["", "5", "20MB", "20 mb", "1.5 MB", "-1 KB", "20 TB", 5, None])
def test_another_size_is_refused_with_an_example(value: object) -> None:
    """The text says what is expected and does not guess."""
    with pytest.raises(ValueError, match="256 KB"):
        size(value)


def test_a_duration_beyond_all_time_is_refused_too() -> None:
    """A ValueError, which is a named mistake; not a trace."""
    with pytest.raises(ValueError, match="longer than any duration"):
        duration("9999999999 years")
