"""When a delivery is tried again, and which failures pass: by table."""

from dataclasses import dataclass
from enum import StrEnum

from gateway.core.ebms import Signal
from gateway.core.errors import ErrorCode
from gateway.core.names import SECOND, Micros
from gateway.core.states import Event


class Scope(StrEnum):
    """Whom a failure holds up."""

    MESSAGE = "message"
    PARTNER = "partner"


# What did not work ► what becomes of the delivery. A code that is not here is permanent. Why: `published` for EBMS codes.
DISPOSITION: dict[ErrorCode, tuple[Event, Scope]] = {
    ErrorCode.UNREACHABLE: (Event.POSTPONE, Scope.PARTNER),
    ErrorCode.TLS_REFUSED: (Event.POSTPONE, Scope.PARTNER),
    ErrorCode.CONNECTION_RESET: (Event.POSTPONE, Scope.PARTNER),
    ErrorCode.PARTY_UNKNOWN: (Event.POSTPONE, Scope.PARTNER),
    # A key or a suite's command is missing: our operators mend that, nobody resends.
    ErrorCode.NOT_SECURED: (Event.POSTPONE, Scope.MESSAGE),
    ErrorCode.TIMED_OUT: (Event.POSTPONE, Scope.MESSAGE),
    ErrorCode.HTTP_TEMPORARY: (Event.POSTPONE, Scope.MESSAGE),
    ErrorCode.NOT_AN_ANSWER: (Event.POSTPONE, Scope.MESSAGE),
    ErrorCode.INTEGRITY_FAILURE: (Event.REFUSE, Scope.MESSAGE),
    ErrorCode.EBMS_0005: (Event.POSTPONE, Scope.MESSAGE),
    ErrorCode.EBMS_0006: (Event.POSTPONE, Scope.MESSAGE),
    ErrorCode.EBMS_0101: (Event.POSTPONE, Scope.PARTNER),
    ErrorCode.EBMS_0102: (Event.POSTPONE, Scope.MESSAGE),
    ErrorCode.EBMS_0103: (Event.POSTPONE, Scope.MESSAGE),
    ErrorCode.EBMS_0201: (Event.POSTPONE, Scope.MESSAGE),
    ErrorCode.EBMS_0202: (Event.POSTPONE, Scope.MESSAGE),
    ErrorCode.EBMS_0301: (Event.POSTPONE, Scope.MESSAGE),
    ErrorCode.EBMS_0302: (Event.POSTPONE, Scope.MESSAGE),
    ErrorCode.EBMS_4001: (Event.DUPLICATE, Scope.MESSAGE),
}
PERMANENT = (Event.REFUSE, Scope.MESSAGE)

# HTTP statuses without an AS4 signal that may pass; all others from 300 to 499 will not.
PASSING_STATUSES = frozenset({401, 403, 404, 407, 408, 421, 423, 425, 429})


@dataclass(frozen=True, slots=True)
class Backoff:
    """Exponential with jitter: `first` doubles up to `longest`, times 0.5 to 1.5."""

    first: Micros = Micros(1 * SECOND)
    longest: Micros = Micros(15 * 60 * SECOND)

    def delay(self, failures: int, jitter: float) -> Micros:
        """The wait after the given number of failures in a row; `jitter` is from 0 to 1."""
        doubled = int(self.first) << min(max(failures - 1, 0), 40)
        return Micros(int(min(doubled, self.longest) * (0.5 + jitter)))


def disposition(code: ErrorCode) -> tuple[Event, Scope]:
    """What becomes of a delivery that met this code, and whom it holds up."""
    return DISPOSITION.get(code, PERMANENT)


def http_failure(status: int) -> ErrorCode | None:
    """The code for an HTTP answer without an AS4 signal; None for a success."""
    if 200 <= status < 300:  # noqa: PLR2004 - HTTP's own ranges
        return None
    passing = status >= 500 or status in PASSING_STATUSES  # noqa: PLR2004
    return ErrorCode.HTTP_TEMPORARY if passing else ErrorCode.HTTP_PERMANENT


def signalled(signal: Signal, message_id: str) -> ErrorCode:
    """The code that counts among a signal's errors: a permanent one before a temporary one.

    Errors about another message say nothing about this one; those about none are about what they answer.
    """
    if signal.ref_to_message_id not in ("", message_id):
        return ErrorCode.NOT_AN_ANSWER
    known = [_mapped(*error) for error in signal.errors] or [ErrorCode.NOT_AN_ANSWER]
    return min(known, key=lambda code: disposition(code)[0] is not Event.REFUSE)


def _mapped(code: ErrorCode | None, published: str, detail: str) -> ErrorCode:
    """Peers answer duplicates in three ways (as Domibus: EBMS:0004 with a text)."""
    if code is ErrorCode.EBMS_0004 and "duplicate" in detail.lower() and "GW:" not in detail:
        return ErrorCode.EBMS_4001
    if code is None:
        return ErrorCode.EBMS_0004 if published.startswith("EBMS:") else ErrorCode.NOT_AN_ANSWER
    return code
