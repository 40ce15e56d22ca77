"""Checks of what a partner answers: HTTP, the clock, the signal, its errors, its receipt."""

from collections.abc import Iterator, Mapping, Sequence

from cryptography import x509

from gateway.core.errors import ErrorCode
from gateway.core.names import SECOND, Micros
from gateway.flow.ping import Result
from gateway.onboarding import chains
from gateway.onboarding.case import Case, Finding, Verdict
from gateway.onboarding.checks_of_way import RESETS, refused
from gateway.onboarding.heard import DUPLICATE

SKEW_NOTED, SKEW_WRONG = 60, 300  # seconds
FIELDS = {  # in a partner's words ► what differs
    "party": "PartyId",
    "role": "Role",
    "service": "Service",
    "action": "Action",
    "agreement": "AgreementRef",
    "leg": "Service, Action",
    "property": "property",
    "payload": "PartInfo",
    "mpc": "MPC",
}
ERRORS: Mapping[str, str] = {
    "EBMS:0001": "error_header",
    "EBMS:0003": "error_header",
    "EBMS:0005": "error_later",
    "EBMS:0009": "error_header",
    "EBMS:0010": "error_0010",
    "EBMS:0101": "error_0101",
    "EBMS:0102": "error_0102",
    "EBMS:0103": "error_0103",
    "EBMS:0202": "error_later",
}


def http(case: Case) -> Iterator[Finding]:
    """The server answers HTTP."""
    page = case.met.page
    if page and page.fault and page.fault not in RESETS and not refused(page.fault):
        yield Finding("http_failed", places={"fault": page.fault})


def clock(case: Case) -> Iterator[Finding]:
    """Both clocks show the same, by the HTTP Date and by the signal's Timestamp."""
    page = case.met.page
    now = Micros(int(case.now.timestamp() * SECOND))
    pairs = [(page.date, page.at)] if page and page.date is not None else []
    if case.heard and case.heard.timestamp is not None:
        pairs.append((case.heard.timestamp, now))
    worst = max(((there - here) // SECOND for there, here in pairs), key=abs, default=0)
    if abs(worst) > SKEW_NOTED:
        verdict = Verdict.FAULT if abs(worst) > SKEW_WRONG else Verdict.WARNING
        yield Finding("clock_differs", verdict, {"seconds": abs(worst), "way": "ahead" if worst > 0 else "behind"})


def answered(case: Case) -> Iterator[Finding]:
    """The test message is answered with an AS4 signal."""
    ping = case.ping
    if ping is None or case.heard is not None:
        return
    if ping.answer is None:
        yield Finding("no_answer", places={"meaning": ping.code.meaning if ping.code else ping.detail})
        return
    status, kind = ping.answer.status, ping.answer.content_type or "-"
    places = {"status": status, "kind": kind, "path": case.partner.endpoint}
    keys = {404: "path_wrong", 405: "path_wrong", 401: "http_refused", 403: "http_refused", 407: "http_refused"}
    server = "http_broken" if status >= 500 else "not_as4"  # noqa: PLR2004 - HTTP's own ranges
    yield Finding(keys.get(status, server), places=places)


def error(case: Case) -> Iterator[Finding]:
    """The partner takes the test message; else its code says which side of the agreement differs."""
    if case.heard is None or case.heard.signal.receipt:
        return
    for code in case.heard.codes:
        places = {"code": code, "fields": _fields(case.heard.words), "fingerprint": _print(case.message or case.tls)}
        yield Finding(ERRORS.get(code, "error_other"), places=places)


def _fields(words: str) -> str:
    """What the partner's words name as different."""
    said = words.lower()
    return ", ".join(dict.fromkeys(field for word, field in FIELDS.items() if word in said)) or "anything"


def _print(found: Sequence[x509.Certificate]) -> str:
    return chains.fingerprint(found[0]) if found else ""


def receipt(case: Case) -> Iterator[Finding]:
    """The receipt is signed over eb:Messaging and the Body, and repeats what was sent."""
    heard_, ping = case.heard, case.ping
    if heard_ is None or ping is None or not heard_.signal.receipt:
        return
    if case.partner.pmode().sign and not heard_.signed:
        yield Finding("receipt_unsigned")
    elif heard_.uncovered:
        yield Finding("body_unsigned", places={"part": ", ".join(heard_.uncovered)})
    elif ping.code is ErrorCode.EBMS_0302 and not ping.detail:
        yield Finding("receipt_differs")
    elif ping.result is not Result.RECEIPT:
        yield Finding("answer_not_believed", places={"code": ping.detail or (ping.code.code if ping.code else "")})


def duplicate(case: Case) -> Iterator[Finding]:
    """The same bytes once more are answered with a receipt again."""
    if (
        case.again is not None
        and case.heard is not None
        and case.heard.signal.receipt
        and not case.again.signal.receipt
    ):
        yield Finding("duplicate_odd", Verdict.WARNING, {"code": ", ".join(case.again.codes) or DUPLICATE})
