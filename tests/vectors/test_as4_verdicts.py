"""Every recorded message of other products through this gateway's own stages: each gets the verdict that it deserves."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_der_private_key

from gateway.core import mime, receipt, soap
from gateway.core.agreement import Limits, Party
from gateway.core.ebms import read_signal
from gateway.core.errors import Rejected
from gateway.core.heading import Kind, heading
from gateway.core.identify import identify
from gateway.core.message import Peer, Received, Wrapped
from gateway.core.names import SECOND, Edge, MessageId, Micros, PartyId
from gateway.core.pmode import CLASSIC, SHA2, PMode
from gateway.core.salt import RedactionKey
from gateway.core.security import prove
from gateway.core.soap import Keyring
from gateway.core.statement import read as stated_in
from gateway.core.unpack import EB
from gateway.core.wss.keywrap import local_opener
from gateway.core.wss.trust import Trusted
from tests.core.making import PARTY, REGISTER
from tests.vectors import recorded

REDACTING = replace(REGISTER, keys=(RedactionKey(bytes(32)),))
LIMITS = Limits(attachment=100 * 1024**2)  # as the vectors mean it
PEER = Peer("192.0.2.1", certificate=b"the TLS certificate of whoever sends")
OURS = "domibus-red_gw.key.der"  # where the message is for somebody else, it is one that does not open it
Row = dict[str, Any]


def test_every_vector_gets_its_verdict(row: Row) -> None:
    """Accepted, or refused with its published code or one that is right as well."""
    found = verdict(row)
    assert found in {row["expect"], *row["also_ok"]}


def test_every_kind_of_vector_is_there() -> None:
    """So that none is passed over: messages, receipts, errors, a pull request; accepted and refused."""
    rows = recorded.manifest() or pytest.skip(recorded.MISSING)

    assert {row["kind"] for row in rows} == JUDGES.keys()
    assert len(rows) == 47


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """One test a vector."""
    if "row" in metafunc.fixturenames:
        metafunc.parametrize("row", recorded.rows())


def verdict(row: Row) -> str:
    """What this gateway answers it with, or `accept`."""
    try:
        JUDGES[row["kind"]](row, received(row), party(row), at(row))
    except Rejected as refusal:
        return refusal.first.ebms
    return "accept"


def received(row: Row) -> Received:
    """The message as it comes over TLS."""
    return Received(Edge.PARTNER, PEER, recorded.body(row), row["content_type"], MessageId("fresh@x"))


def party(row: Row) -> Party:
    """Whoever sends it: its P-Mode asks for the vector's security, its certificates are those that are trusted."""
    policy = row["policy"]
    pmode = PMode("vector", sign=policy["sign"], encrypt=policy["encrypt"], signature_methods=CLASSIC, digests=SHA2)
    pinned = {each.fingerprint(SHA256()): each for each in map(pem, row["keys"]["trust"])}
    return replace(PARTY, certificates={PEER.certificate: ""}, pmodes={"": pmode}, messages=Trusted(pinned))


def at(row: Row) -> Micros:
    """When it came."""
    return Micros(int(datetime.fromisoformat(row["valid_at"]).timestamp()) * SECOND)


def user_message(row: Row, came: Received, sender: Party, now: Micros) -> None:
    """Every stage up to the one that judges the content, whose agreement is none of ours."""
    user = soap.messaging(soap.read(came, LIMITS).envelope).find(f"{EB}UserMessage")
    name = PartyId(stated_in(user).sender) if user is not None else PARTY.id
    sender = replace(sender, id=name)
    register = replace(REDACTING, parties={name: sender})
    taken = identify(came, register, keyring(row), now)

    assert taken.pmode == sender.pmode()
    assert bool(taken.references) is row["policy"]["sign"]
    assert all(payload.size for payload in taken.unpacked.payloads)


def signal(row: Row, came: Received, sender: Party, now: Micros) -> None:
    """A receipt or errors as an answer is read; where the message that it answers is recorded, digest by digest."""
    wrapped = soap.split(came.body, came.content_type, LIMITS)
    found = read_signal(soap.messaging(wrapped.envelope))
    assert found is not None
    assert found.receipt is (row["kind"] == "Receipt")
    assert found.receipt or found.errors
    covered(wrapped, sender, now)
    if "sent" in row:
        sent = replace(came, body=recorded.body(row["sent"]), content_type=row["sent"]["content_type"])
        envelope = soap.split(sent.body, sent.content_type, LIMITS)
        (user,) = soap.messaging(envelope.envelope).findall(f"{EB}UserMessage")
        expected = receipt.expected(soap_part(sent), [])
        assert len(expected) == 3
        fault = receipt.confirms(found, stated_in(user).message_id, expected)
        if fault is not None:
            raise Rejected(fault)


def pull_request(_: Row, came: Received, sender: Party, now: Micros) -> None:
    """A signal in a request of its own."""
    found = heading(came, LIMITS)
    assert found is not None
    assert found.kind is Kind.PULL
    covered(soap.split(came.body, came.content_type, LIMITS), sender, now)


def covered(wrapped: Wrapped, sender: Party, now: Micros) -> None:
    """What the P-Mode demands of a signal."""
    found = prove(wrapped, (sender, sender.pmode()), REGISTER, now)
    assert len(found) >= 2 * sender.pmode().sign


JUDGES: dict[str, Callable[[Row, Received, Party, Micros], None]] = {
    "UserMessage": user_message,
    "Receipt": signal,
    "Error": signal,
    "PullRequest": pull_request,
}


def keyring(row: Row) -> Keyring:
    """The receiver's published key."""
    name = row["keys"]["decrypt"] or OURS
    private = load_der_private_key((recorded.FOLDER / "keys" / name).read_bytes(), None)
    return Keyring([local_opener(pem(name.replace(".key.der", ".crt.pem")), private)], bytes)


def pem(name: str) -> x509.Certificate:
    """A certificate beside the messages."""
    return x509.load_pem_x509_certificate((recorded.FOLDER / "keys" / name).read_bytes())


def soap_part(sent: Received) -> bytes:
    """The envelope's bytes, as a pack keeps them."""
    return mime.split(sent.body, sent.content_type)[0].content
