"""What is wrong inside a message is said to its proven sender alone: whoever else sends it learns nothing of its content."""

from collections.abc import Callable
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import pytest

from gateway.core.agreement import Register
from gateway.core.errors import ErrorCode, Rejected
from gateway.core.identify import identify
from gateway.core.message import Part, Peer, Received, payload
from gateway.core.names import SECOND, Edge, MessageId, Micros
from gateway.core.pack import body, pack
from gateway.core.pmode import PROFILES, PMode
from gateway.core.seal import pack_part
from gateway.core.soap import Keyring
from tests.core.making import BY, KZ, RU, certificate, header, sample
from tests.core.wss.recipients import drawn, recipient
from tests.loading import load

NOW = Micros(1_800_000_000 * SECOND)
SIGNED, SEALED, PLAIN = PROFILES["ics2"], PROFILES["edelivery-1.15"], PROFILES["plain-tls"]
DOCUMENT = pack_part(payload("a@kz", "application/xml", sample("TransitReleaseNotice--road-through-three-states")))
NO_GZIP = replace(DOCUMENT, packed=b"\x1f\x8b no gzip", packed_digest=sha256(b"\x1f\x8b no gzip").digest())
NO_XML = pack_part(payload("a@kz", "application/xml", b"<a>"))
Registers = dict[str, Register]


@pytest.fixture(scope="module")
def registers(folders: dict[str, tuple[Path, str]]) -> Registers:
    """Three gateways that sign; messages to BY can be encrypted."""
    found = {name: load(folders[name][0]).register for name in (KZ, BY, RU)}
    opener = recipient("rsa")
    for name in (KZ, RU):
        by = replace(found[name].parties[BY], readers=(opener.certificate,))
        found[name] = replace(found[name], parties={**found[name].parties, BY: by})
    return {**found, BY: replace(found[BY], openers=(opener,))}


def sent(registers: Registers, part: Part, pmode: PMode, signer: str = KZ, over: str = KZ) -> Received:
    """A message from KZ to BY that somebody signed, over somebody's connection."""
    made = pack(header(), (part,), (registers[signer].parties[BY], pmode), registers[signer], drawn)
    peer = Peer("192.0.2.1", certificate=certificate(registers[BY].parties[over]))
    request = body(made, [(part.cid, part.packed)])
    return Received(Edge.PARTNER, peer, request, made.content_type, MessageId("fresh@by"))


def answer(registers: Registers, received: Received, pmode: PMode) -> Rejected:
    """What BY answers, with whom that P-Mode is agreed."""
    sender = replace(registers[BY].parties[KZ], pmodes=dict.fromkeys(registers[BY].parties[KZ].pmodes, pmode))
    register = replace(registers[BY], parties={**registers[BY].parties, KZ: sender})
    with pytest.raises(Rejected) as refusal:
        identify(received, register, Keyring(register.openers, drawn), NOW)
    return refusal.value


@pytest.mark.parametrize("pmode", [SIGNED, SEALED], ids=["signed", "sealed"])
@pytest.mark.parametrize(
    ("part", "code"), [(NO_GZIP, ErrorCode.EBMS_0303), (NO_XML, ErrorCode.NOT_WELL_FORMED)], ids=["gzip", "xml"]
)
def test_whose_signature_fails_is_not_told_what_is_inside(
    registers: Registers, part: Part, code: ErrorCode, pmode: PMode
) -> None:
    """EBMS:0101 for another's signature, whatever is inside; the sender itself is told (the control)."""
    proven = answer(registers, sent(registers, part, pmode), pmode)
    other = answer(registers, sent(registers, part, pmode, signer=RU), pmode)

    assert (proven.first, proven.about.message_id) == (code, header().message_id)
    assert (other.first, other.about.message_id) == (ErrorCode.EBMS_0101, header().message_id)


@pytest.mark.parametrize(
    "spoil", [lambda request: request, lambda request: request[:-80] + b"?" + request[-79:]], ids=["opens", "does not"]
)
def test_over_anothers_connection_nobody_learns_what_opens(
    registers: Registers, spoil: Callable[[bytes], bytes]
) -> None:
    """KZ's message over RU's connection is EBMS:0101 whether or not it can be decrypted; KZ is told that it cannot."""
    replayed = sent(registers, NO_XML, SEALED, over=RU)
    assert answer(registers, replace(replayed, body=spoil(replayed.body)), SEALED).first is ErrorCode.EBMS_0101

    own = sent(registers, NO_XML, SEALED)
    told = answer(registers, replace(own, body=spoil(own.body)), SEALED).first
    assert told is (ErrorCode.NOT_WELL_FORMED if spoil(own.body) == own.body else ErrorCode.EBMS_0102)


@pytest.mark.parametrize("pmode", [SIGNED, SEALED], ids=["signed", "sealed"])
def test_a_refusal_says_how_it_is_to_be_answered(registers: Registers, pmode: PMode) -> None:
    """By the P-Mode that the message is under, once that is known: of content, of a signature, of what does not open."""
    broken = sent(registers, DOCUMENT, pmode)
    for received in (
        sent(registers, NO_XML, pmode),
        sent(registers, DOCUMENT, pmode, signer=RU),
        replace(broken, body=broken.body[:-80] + b"?" + broken.body[-79:]),
    ):
        assert answer(registers, received, pmode).about.pmode == pmode


def test_two_parts_of_one_name_prove_nothing(registers: Registers) -> None:
    """Only one of them is what was signed: neither is taken, in whichever order they come."""
    received = sent(registers, DOCUMENT, SIGNED)
    boundary = received.body.partition(b"\r\n")[0]
    head, first, end = received.body.rpartition(boundary + b"\r\n")[0], DOCUMENT.packed, boundary + b"--\r\n"
    mime = b"%s\r\nContent-Type: application/gzip\r\nContent-ID: <a@kz>\r\n\r\n%s\r\n"
    for contents in ((first, NO_XML.packed), (NO_XML.packed, first), (first, first)):
        twice = head + b"".join(mime % (boundary, content) for content in contents) + end
        assert answer(registers, replace(received, body=twice), SIGNED).first in {
            ErrorCode.EBMS_0007,
            ErrorCode.EBMS_0101,
        }
