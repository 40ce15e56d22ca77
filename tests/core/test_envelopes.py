"""A partner's SOAP part is kept where it holds what AS4 has and nothing else, and the message went on as it came."""

import json
from dataclasses import replace
from hashlib import sha256
from typing import Any

import pytest

from gateway.core import envelopes, mime, xml
from gateway.core.agreement import Limits
from gateway.core.message import SealedMessage, Wrapped
from gateway.core.seal import seal
from tests.core.making import NOW, Gateway, arrived, header, posted, prepared, sample, unsigned
from tests.core.wss.making import signed
from tests.vectors import recorded

PLAIN = sample("TransitReleaseNotice--road-through-three-states")
STRIPPED = sample("TransitReleaseNotice--drivers-and-a-representative", "restricted")
ENVELOPE = signed(envelope=unsigned(header()).soap)


def kept(soap: bytes) -> bytes:
    """What is kept of the SOAP part."""
    return envelopes.kept(Wrapped(xml.parse(soap, Limits()), (), soap))


@pytest.mark.parametrize("soap", [ENVELOPE, unsigned(header()).soap], ids=["signed", "unsigned"])
def test_what_holds_the_fields_of_as4_is_kept_byte_for_byte(soap: bytes) -> None:
    """The control of all that is not."""
    assert kept(soap) == soap


MORE = {
    "a comment": (b"<eb:MessageInfo>", b"<eb:MessageInfo><!-- words -->"),
    "a processing instruction": (b"<eb:MessageInfo>", b"<eb:MessageInfo><?words?>"),
    "a description": (b"</eb:UserMessage>", b"<eb:Description>words</eb:Description></eb:UserMessage>"),
    "a strange element": (b"</eb:UserMessage>", b"<x:y xmlns:x='urn:x'>words</x:y></eb:UserMessage>"),
    "another header": (b"<eb:Messaging", b"<x:y xmlns:x='urn:x'>words</x:y><eb:Messaging"),
    "a password": (b"<ds:Signature ", b"<wsse:UsernameToken>words</wsse:UsernameToken><ds:Signature "),
    "text in the Body": (b"</S12:Envelope>", b"</S12:Envelope>"),
    "a third piece": (b"</S12:Envelope>", b"<x:y xmlns:x='urn:x'/></S12:Envelope>"),
}


@pytest.mark.parametrize("what", MORE)
def test_what_holds_more_is_not_kept(what: str) -> None:
    """Nobody agreed to it and nobody reads it: it is not stored (EA-2.2)."""
    old, new = MORE[what]
    more = ENVELOPE.replace(old, new, 1)
    if what == "text in the Body":
        at = ENVELOPE.index(b"<S12:Body")
        more = ENVELOPE[:at] + b"<S12:Body>words</S12:Body></S12:Envelope>"

    assert more != ENVELOPE
    assert kept(more) == b""


def test_where_nothing_came_nothing_is_kept() -> None:
    """At the national edge."""
    assert envelopes.kept(None) == b""


def received(gateway: Gateway, body: bytes) -> tuple[SealedMessage, bytes]:
    """The message as it is committed, and the SOAP part it came in."""
    came = arrived(gateway, body, header())
    sealed = seal(prepared(gateway, came), gateway.register, NOW, (b"n",))
    return sealed.messages[0], mime.split(came.body, came.content_type)[0].content


def test_the_log_names_the_kept_envelope(by: Gateway) -> None:
    """Its SHA-256 stands in the leaf of its arrival."""
    message, soap = received(by, PLAIN)

    assert message.envelope == soap
    assert json.loads(message.entry.body)["envelope"] == sha256(soap).hexdigest()


@pytest.mark.parametrize("body", [STRIPPED, PLAIN + b"<!-- words -->"], ids=["stripped", "comment dropped"])
def test_of_what_was_stripped_on_arrival_no_envelope_is_kept(by: Gateway, body: bytes) -> None:
    """Its signature holds a digest of what was removed: neither it nor its own digest is there to be guessed from."""
    message, _ = received(by, body)

    assert message.envelope == b""
    assert "envelope" not in json.loads(message.entry.body)


def test_what_a_national_system_posts_has_no_envelope(kz: Gateway) -> None:
    """It is packed later."""
    redacted = prepared(kz, posted(kz, PLAIN))
    (message,) = seal(redacted, kz.register, NOW, (b"n",)).messages

    assert message.envelope == b""
    assert replace(message, envelope=b"") == message


def taken() -> list[Any]:
    """A test parameter for each recorded user message that is to be accepted."""
    return [
        row for row in recorded.rows("multipart/related") if not row.values[0] or row.values[0]["expect"] == "accept"
    ]


@pytest.mark.parametrize("row", taken())
def test_what_other_products_send_is_kept(row: dict[str, Any]) -> None:
    """Domibus, phase4 and Holodeck write nothing beyond the fields of AS4; encrypted ones, too."""
    soap = mime.split(recorded.body(row), row["content_type"])[0].content

    assert kept(soap) == soap
