"""The catalogue: codes are unique, rows are complete, a refusal keeps its faults."""

import re

import pytest

from gateway.core.errors import BY_CODE, MAX_FAULTS, ErrorCode, Fault, Refused, Rejected, rejected


@pytest.mark.parametrize("row", list(ErrorCode))
def test_row_is_complete(row: ErrorCode) -> None:
    """Code of either family, a short name, an HTTP status, a meaning, a published ebMS code."""
    assert re.fullmatch(r"(GW|EBMS):\d{4}", row.code)
    assert re.fullmatch(r"[A-Z][A-Za-z]+", row.short)
    assert 400 <= row.status <= 599
    assert row.meaning
    assert row.ebms.startswith("EBMS:")
    assert row.ebms in BY_CODE
    assert not row.code.startswith("EBMS:") or row.ebms == row.code


def test_codes_and_names_are_unique() -> None:
    """No row hides another; `Enum` would make equal rows one."""
    assert len(BY_CODE) == len(ErrorCode) == len(ErrorCode.__members__)
    assert len({row.short for row in ErrorCode if row.code.startswith("GW:")}) == len(
        [row for row in ErrorCode if row.code.startswith("GW:")]
    )


def test_fault_shows_only_what_it_knows() -> None:
    """Fields that say nothing are left out."""
    assert Fault(ErrorCode.EBMS_0007).facts() == {
        "code": "EBMS:0007",
        "name": ErrorCode.EBMS_0007.short,
        "meaning": ErrorCode.EBMS_0007.meaning,
    }
    assert Fault(ErrorCode.PATTERN_MISMATCH, "/a", 3, 5, "x").facts() == {
        "code": "GW:5004",
        "name": "PatternMismatch",
        "path": "/a",
        "line": 3,
        "column": 5,
        "expected": "x",
        "meaning": "the value does not match its pattern",
        "control": "EA-4.3",
    }


@pytest.mark.parametrize(("count", "kept", "more"), [(1, 1, 0), (999, 999, 0), (1000, 999, 1), (1500, 999, 501)])
def test_faults_beyond_the_maximum_are_counted(count: int, kept: int, more: int) -> None:
    """As ICS2: 999 are listed."""
    found = Rejected(*[Fault(ErrorCode.PATTERN_MISMATCH)] * count)

    assert (MAX_FAULTS, len(found.faults), found.more) == (999, kept, more)


def test_first_fault_decides() -> None:
    """It gives the answer's status; the text of the exception has codes only."""
    found = Rejected(Fault(ErrorCode.UNKNOWN_TYPE, "/secret"), Fault(ErrorCode.AMBIGUOUS), about=Refused("m@x"))

    assert (found.first, str(found), found.about.message_id) == (ErrorCode.UNKNOWN_TYPE, "GW:4001, GW:4007", "m@x")


def test_refusal_for_one_reason() -> None:
    """The short form, about nothing yet."""
    found = rejected(ErrorCode.EBMS_0007, "MIME", "x")

    assert found.faults == (Fault(ErrorCode.EBMS_0007, "MIME", expected="x"),)
    assert found.about == Refused()
