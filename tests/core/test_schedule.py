"""Which failures pass, whom they hold up, and how long it is until the next attempt."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.core import schedule
from gateway.core.ebms import Signal
from gateway.core.errors import BY_CODE, ErrorCode
from gateway.core.names import SECOND, Micros
from gateway.core.schedule import Backoff, Scope
from gateway.core.states import Delivery, Event, after

BACKOFFS = st.builds(Backoff, st.integers(1, 10**9).map(Micros), st.integers(1, 10**12).map(Micros))


def signal(*errors: tuple[str, str]) -> Signal:
    """A partner's errors: published code and detail."""
    return Signal("m@x", (), tuple((BY_CODE.get(code), code, detail) for code, detail in errors), receipt=False)


@pytest.mark.parametrize("code", list(ErrorCode))
def test_every_code_leads_somewhere(code: ErrorCode) -> None:
    """Whatever an attempt meets, a queued delivery has a next state, and only passing failures hold a partner up."""
    event, scope = schedule.disposition(code)

    assert after(Delivery.QUEUED, event) is not None
    assert event in (Event.POSTPONE, Event.REFUSE, Event.DUPLICATE)
    assert scope is Scope.MESSAGE or event is Event.POSTPONE


def test_table_has_no_row_for_the_default() -> None:
    """What is not in the table is permanent; a row that says so must be meant (stored bytes are damaged)."""
    permanent = [code for code, row in schedule.DISPOSITION.items() if row == schedule.PERMANENT]

    assert permanent == [ErrorCode.INTEGRITY_FAILURE]
    assert schedule.disposition(ErrorCode.EBMS_0004) == schedule.PERMANENT


@given(BACKOFFS, st.integers(-3, 10_000), st.floats(0, 1))
def test_wait_is_within_its_bounds(backoff: Backoff, failures: int, jitter: float) -> None:
    """Half to one and a half of the doubled first wait, which the longest caps, however many failures there were."""
    doubled = min(backoff.first * 2 ** min(max(failures - 1, 0), 60), backoff.longest)

    assert int(doubled * 0.5) <= backoff.delay(failures, jitter) <= doubled * 1.5


@given(BACKOFFS, st.integers(0, 100), st.floats(0, 1))
def test_wait_never_shrinks_with_failures(backoff: Backoff, failures: int, jitter: float) -> None:
    """At equal jitter, one more failure waits at least as long."""
    assert backoff.delay(failures, jitter) <= backoff.delay(failures + 1, jitter)


def test_waits_double_from_one_second_to_fifteen_minutes() -> None:
    """The default horizon: the first retry comes soon, the hundredth is no storm."""
    waits = [Backoff().delay(failures, 0.5) // SECOND for failures in (0, 1, 2, 3, 4, 10, 11, 100)]

    assert waits == [1, 1, 2, 4, 8, 512, 900, 900]


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (200, None),
        (202, None),
        (204, None),
        (299, None),
        (301, ErrorCode.HTTP_PERMANENT),
        (400, ErrorCode.HTTP_PERMANENT),
        (413, ErrorCode.HTTP_PERMANENT),
        (499, ErrorCode.HTTP_PERMANENT),
        (401, ErrorCode.HTTP_TEMPORARY),
        (404, ErrorCode.HTTP_TEMPORARY),
        (429, ErrorCode.HTTP_TEMPORARY),
        (500, ErrorCode.HTTP_TEMPORARY),
        (599, ErrorCode.HTTP_TEMPORARY),
        (100, ErrorCode.HTTP_PERMANENT),
    ],
)
def test_http_status_passes_or_not(status: int, code: ErrorCode | None) -> None:
    """What an operator mends or time heals is tried again; what is wrong with the request is not."""
    assert schedule.http_failure(status) is code


@pytest.mark.parametrize(
    ("errors", "code"),
    [
        ((), ErrorCode.NOT_AN_ANSWER),
        ((("EBMS:0202", ""),), ErrorCode.EBMS_0202),
        ((("EBMS:0202", ""), ("EBMS:0004", "")), ErrorCode.EBMS_0004),
        ((("EBMS:0004", ""), ("EBMS:0202", "")), ErrorCode.EBMS_0004),
        ((("EBMS:4001", ""), ("EBMS:0009", "")), ErrorCode.EBMS_0009),
        ((("EBMS:0009", ""), ("EBMS:0010", "")), ErrorCode.EBMS_0009),
        ((("EBMS:4242", ""),), ErrorCode.EBMS_0004),
        ((("", ""),), ErrorCode.NOT_AN_ANSWER),
        ((("E1", "duplicate"),), ErrorCode.NOT_AN_ANSWER),
    ],
)
def test_permanent_error_counts_before_a_passing_one(errors: tuple[tuple[str, str], ...], code: ErrorCode) -> None:
    """Among several errors; an unknown EBMS code is permanent, an answer without one is none."""
    assert schedule.signalled(signal(*errors), "m@x") is code


@pytest.mark.parametrize(
    ("published", "detail", "duplicate"),
    [
        ("EBMS:4001", "", True),
        ("EBMS:0004", "Duplicate message", True),
        ("EBMS:0004", "DUPLICATE", True),
        ("EBMS:0004", "code=GW:4008 name=DuplicateConflict", False),
        ("EBMS:0004", "other", False),
        ("EBMS:0009", "duplicate", False),
    ],
)
def test_duplicates_are_known_as_peers_tell_them(published: str, detail: str, *, duplicate: bool) -> None:
    """Phase4's code and Domibus's text mean: it has the message, there is no receipt; our own conflict does not."""
    code = schedule.signalled(signal((published, detail)), "m@x")

    assert (schedule.disposition(code)[0] is Event.DUPLICATE) is duplicate


def test_errors_about_another_message_say_nothing_about_this_one() -> None:
    """They are no answer; errors about none are about what they answer."""
    about_none = replace(signal(("EBMS:0009", "")), ref_to_message_id="")

    assert schedule.signalled(signal(("EBMS:0009", "")), "n@x") is ErrorCode.NOT_AN_ANSWER
    assert schedule.signalled(about_none, "n@x") is ErrorCode.EBMS_0009
