"""The doctor's table: every finding is told in every language; what the real servers of tests/cli do not show."""

import datetime as dt
import string
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from gateway.core.agreement import Party
from gateway.core.errors import ErrorCode
from gateway.core.language import Language
from gateway.core.names import Environment, Member, MessageId, PartyId
from gateway.core.pmode import PROFILES, Binding, PMode
from gateway.flow.ping import Ping, Result
from gateway.flow.probing import ANY, BARE, ONLY_12, ONLY_13, OURS, Met, Page, Shake
from gateway.flow.sending import Reply
from gateway.onboarding import doctor
from gateway.onboarding.advice import ADVICE, WORDS
from gateway.onboarding.case import Case, Verdict
from gateway.onboarding.doctor import CHECKS, examine
from gateway.onboarding.heard import heard
from tests.onboarding.server import RECEIPT, Identity, error, identity, signal

NOW = dt.datetime(2026, 11, 21, 12, tzinfo=dt.UTC)
AT = "2026-11-21T12:00:00Z"
PACKAGE = Path(doctor.__file__).parent


@pytest.fixture(scope="module")
def us() -> Identity:
    """Our certificate."""
    return identity("kz")


@pytest.fixture(scope="module")
def them() -> Identity:
    """The partner's."""
    return identity("by")


def party(name: str) -> Party:
    """One of the two."""
    return Party(PartyId(name), Member("KZ"), "", Environment.TEST, "https://x/msh", frozenset({"a"}), {})


def answered(inner: str, code: ErrorCode | None = None, detail: str = "", *signed: str) -> dict[str, Any]:
    """A ping that was answered so."""
    body = signal(b"MessageId>1@kz<", inner, signed, at=AT).partition(b"\r\n\r\n")[2]
    reply = Reply(200, body, "application/soap+xml")
    result = Result.RECEIPT if code is None else Result.ERROR
    return {
        "ping": Ping(result, code, detail, 0.1, MessageId("1@kz"), reply),
        "heard": heard(reply.body, reply.content_type),
    }


def healthy(us: Identity, them: Identity, **bent: Any) -> Case:
    """Everything fine, but for what is bent."""
    shown = Shake(version="TLSv1.3", cipher="x", chain=(them.certificate.public_bytes(Encoding.DER),))
    met = Met(
        "x", 443, ("1.2.3.4",), {"1.2.3.4": ""}, dict.fromkeys((OURS, BARE, ONLY_12, ONLY_13, ANY), shown), Page()
    )
    facts: dict[str, Any] = {
        "tls": (us.certificate,),
        "partner_tls": (them.certificate,),
        **answered(RECEIPT, None, "", "m", "b"),
    }
    return Case(party("KZ.KGD"), party("BY.GTK"), bent.pop("met", met), NOW, "1.3", **{**facts, **bent})


def found(case: Case) -> dict[str, str]:
    """Check ► what it found."""
    return {
        row.check: row.finding
        for row in examine(case, Language.EN)
        if row.verdict not in (Verdict.FINE, Verdict.SKIPPED)
    }


def places(phrase: str) -> set[str]:
    """The named places of a phrase."""
    return {name for _, name, _, _ in string.Formatter().parse(phrase) if name}


@pytest.mark.parametrize("key", ADVICE)
def test_every_finding_is_told_in_every_language(key: str) -> None:
    """What is wrong has the same places in each; no text stands twice for two languages."""
    for phrase in ADVICE[key]:
        assert len(set(phrase)) == len(phrase) == len(Language)
        assert len({frozenset(places(text)) for text in phrase}) == 1


def test_every_advice_is_given_by_some_check() -> None:
    """Every row of the table stands in a check, and every check's rows in the table."""
    source = "".join(path.read_text() for path in PACKAGE.glob("checks_*.py"))
    assert [key for key in ADVICE if f'"{key}"' not in source] == []
    assert all(len(phrase) == len(Language) for phrase in WORDS.values())


def test_nothing_is_found_in_a_healthy_case(us: Identity, them: Identity) -> None:
    """The control: every check is fine, and each stands once in the answer."""
    rows = examine(healthy(us, them), Language.KK)
    assert [(row.check, row.verdict) for row in rows] == [(name, Verdict.FINE) for name, _, _ in CHECKS]


def test_a_partner_that_pulls_is_said_to(us: Identity, them: Identity) -> None:
    """Its endpoint then tells little about what we send: the channel is named, and where to look."""
    by = replace(party("BY.GTK"), pmodes={"": PMode("ics2", binding=Binding.PULL, mpc="urn:mpc")})
    assert "channel urn:mpc" in found(replace(healthy(us, them), partner=by))["agreements"]


def test_a_partner_without_certificate_to_encrypt_for_is_named(us: Identity, them: Identity) -> None:
    """A test message has nothing to encrypt, so it would not show."""
    by = replace(party("BY.GTK"), pmodes={"a:1": PROFILES["edelivery-1.15"]})
    assert "can be encrypted for" in found(replace(healthy(us, them), partner=by))["keys"]


def test_one_dead_address_of_several_is_a_warning(us: Identity, them: Identity) -> None:
    """Messages go through now and then: the address is named."""
    case = healthy(us, them)
    met = replace(case.met, addresses=("1.2.3.4", "::1"), connected={"1.2.3.4": "", "::1": "TimeoutError"})
    assert found(replace(case, met=met)) == {"connection": "some addresses of x do not answer: ::1"}


def test_a_certificate_before_its_time_is_named(us: Identity, them: Identity) -> None:
    """On either side; a clock may be wrong."""
    early = dt.datetime(2019, 1, 1, tzinfo=dt.UTC)
    said = [
        row.finding
        for row in examine(replace(healthy(us, them), now=early), Language.EN)
        if row.check == "certificates"
    ]
    assert said == [
        "our certificate for TLS is not valid before 2020-01-01",
        "the partner's certificate for TLS is not valid before 2020-01-01",
    ]


def test_no_version_at_all_is_named(us: Identity, them: Identity) -> None:
    """Neither 1.2 nor 1.3, with any cipher: older, or no TLS server."""
    broken = Shake(fault="UNSUPPORTED_PROTOCOL")
    met = replace(healthy(us, them).met, shakes=dict.fromkeys((OURS, BARE, ONLY_12, ONLY_13, ANY), broken), page=None)
    assert (
        "neither TLS 1.2 nor 1.3"
        in found(healthy(us, them, met=met, ping=None, heard=None))["tls versions and ciphers"]
    )


def test_another_reason_of_tls_is_told_as_it_is(us: Identity, them: Identity) -> None:
    """Where it is neither version, cipher, certificate nor name: OpenSSL's word."""
    case = healthy(us, them, ping=None, heard=None)
    shakes = {**case.met.shakes, OURS: Shake(fault="CERTIFICATE_VERIFY_FAILED", verify=26)}
    met = replace(case.met, shakes=shakes, page=None)
    assert found(replace(case, met=met)) == {"handshake": "TLS fails: CERTIFICATE_VERIFY_FAILED"}


def test_a_server_without_names_is_told_by_its_subject(us: Identity) -> None:
    """An old certificate that has a common name only."""
    old = identity("old", "")
    case = healthy(us, old, ping=None, heard=None)
    shakes = {**case.met.shakes, OURS: Shake(fault="x", verify=62)}
    said = found(replace(case, met=replace(case.met, shakes=shakes, page=None)))
    assert "CN=old" in said["server name"]


def test_silence_is_told_with_its_reason(us: Identity, them: Identity) -> None:
    """The connection works, the message is not answered."""
    silent = Ping(Result.NO_ANSWER, ErrorCode.TIMED_OUT, "", 60, MessageId("1@kz"))
    assert found(healthy(us, them, ping=silent, heard=None)) == {"answer": "no answer: no answer in time"}


def test_a_signature_that_is_not_believed_is_told(us: Identity, them: Identity) -> None:
    """The receipt is whole and signed, by somebody else; a receipt with other digests is another fault."""
    other = answered(RECEIPT, ErrorCode.EBMS_0302, "EBMS:0101 wsse:Security", "m", "b")
    assert "do not believe the signature" in found(healthy(us, them, **other))["receipt"]
    digests = answered(RECEIPT, ErrorCode.EBMS_0302, "", "m", "b")
    assert "other digests" in found(healthy(us, them, **digests))["receipt"]


def test_every_error_of_a_signal_is_told(us: Identity, them: Identity) -> None:
    """Two errors, two rows."""
    both = answered(error("EBMS:0101") + error("EBMS:9999"), ErrorCode.EBMS_0101)
    rows = [row for row in examine(healthy(us, them, **both), Language.EN) if row.check == "error"]
    assert [row.finding.partition(":")[2][:4] for row in rows] == ["0101", "9999"]


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"", "text/html"),
        (b"<a/>", "application/soap+xml"),
        (b"x", "multipart/related"),
        (b"<", "application/soap+xml"),
    ],
)
def test_what_is_no_signal_is_not_heard(body: bytes, kind: str) -> None:
    """Nothing is guessed from it."""
    assert heard(body, kind) is None


def test_a_timestamp_that_is_none_is_left_out() -> None:
    """The clock is not judged by it."""
    body = signal(b"MessageId>1@kz<", RECEIPT, at="yesterday").partition(b"\r\n\r\n")[2]
    said = heard(body, "application/soap+xml")
    assert said is not None
    assert said.timestamp is None
