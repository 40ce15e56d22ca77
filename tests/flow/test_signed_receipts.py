"""Only the recipient's own receipt for this very message, covered by its signature, delivers what was sent signed (AS4 5.1.8)."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from gateway.core import receipt
from gateway.core.agreement import Party, Register
from gateway.core.errors import ErrorCode
from gateway.core.identify import identify
from gateway.core.message import Header, Peer, Received, payload
from gateway.core.names import SECOND, Edge, MessageId, Micros, SystemId
from gateway.core.pack import body, pack
from gateway.core.pmode import PROFILES
from gateway.core.seal import pack_part
from gateway.core.security import unsecured
from gateway.core.soap import Keyring
from gateway.flow.outcome import judge
from gateway.flow.ports import Job
from gateway.flow.sending import Reply
from tests.core.conftest import SERVICES, folders
from tests.core.making import BY, KZ, RU, certificate, header, sample
from tests.core.wss.recipients import drawn, recipient
from tests.loading import load

__all__ = ["folders"]
NOW = Micros(1_800_000_000 * SECOND)
SEALED = PROFILES["edelivery-1.15"]
PART = pack_part(payload("a@kz", "application/xml", sample("TransitReleaseNotice--road-through-three-states")))
Registers = dict[str, Register]


@pytest.fixture(scope="module")
def registers(folders: dict[str, tuple[Path, str]]) -> Registers:
    """Gateways that agreed on signing and encrypting."""
    opener, found = recipient("rsa"), {name: load(folders[name][0]).register for name in SERVICES}
    return {name: replace(sealing(register), openers=(opener,)) for name, register in found.items()}


def sealing(register: Register) -> Register:
    """Under one P-Mode with everybody."""

    def agreed(party: Party) -> Party:
        return replace(party, pmodes=dict.fromkeys(party.pmodes, SEALED), readers=(recipient("rsa").certificate,))

    return replace(register, parties={name: agreed(party) for name, party in register.parties.items()})


def sent(registers: Registers, head: Header) -> tuple[Job, Received]:
    """KZ's delivery to BY as it was packed, and what BY gets."""
    kz = registers[KZ]
    made = pack(head, (PART,), (kz.parties[BY], SEALED), kz, drawn)
    job = Job(1, 1, "partner", f"party:{BY}", 1, head, SystemId("s"), "", (), head.deadline, made)
    request, peer = body(made, [(PART.cid, PART.packed)]), Peer(certificate=certificate(registers[BY].parties[KZ]))
    return job, Received(Edge.PARTNER, peer, request, made.content_type, MessageId("fresh@by"))


def receipted(registers: Registers, received: Received, about: str, signer: str = BY) -> bytes:
    """The receipt for what BY received, as somebody signs it."""
    register = registers[BY]
    known = identify(received, register, Keyring(register.openers, drawn), NOW)
    kept = receipt.acknowledge(MessageId(about), MessageId("r@by"), NOW)
    return receipt.complete(kept, known, registers[signer]).body


def judged(registers: Registers, job: Job, answer: bytes) -> ErrorCode | None:
    """What KZ makes of the answer."""
    return judge(job, Reply(200, answer, "application/soap+xml"), registers[KZ], NOW).code


def test_the_recipients_receipt_delivers(registers: Registers) -> None:
    """Control for all laws below; the second time the same bytes."""
    job, received = sent(registers, header())
    first, again = (receipted(registers, received, job.header.message_id) for _ in range(2))
    assert (judged(registers, job, first), first == again) == (None, True)


@pytest.mark.parametrize(
    "bend",
    [
        unsecured,
        lambda answer: answer.replace(b'URI="cid:a@kz"', b'URI="cid:b@kz"'),
        lambda answer: answer.replace(b"r@by<", b"other@by<"),
        lambda answer: answer.replace(b"<S12:Body ", b'<S12:Body a="b" '),
    ],
    ids=["unsigned", "reference", "message id", "body"],
)
def test_a_receipt_that_its_signature_does_not_cover_delivers_nothing(
    registers: Registers, bend: Callable[[bytes], bytes]
) -> None:
    """EBMS:0302: taken off, or changed behind it."""
    job, received = sent(registers, header())
    bent = bend(receipted(registers, received, job.header.message_id))
    assert judged(registers, job, bent) is ErrorCode.EBMS_0302


def test_another_partys_receipt_delivers_nothing(registers: Registers) -> None:
    """EBMS:0302, though it says all that the recipient would say."""
    job, received = sent(registers, header())
    assert judged(registers, job, receipted(registers, received, job.header.message_id, RU)) is ErrorCode.EBMS_0302


def test_the_receipt_of_another_message_delivers_nothing(registers: Registers) -> None:
    """EBMS:0302: neither the recipient's true receipt for that one, nor one that names this message for that one's digests."""
    job, _ = sent(registers, header())
    other, received = sent(registers, header(message_id=MessageId("m-2@kz.kgd.gateway")))

    assert judged(registers, job, receipted(registers, received, other.header.message_id)) is ErrorCode.EBMS_0302
    assert judged(registers, job, receipted(registers, received, job.header.message_id)) is ErrorCode.EBMS_0302


def test_our_own_message_is_no_receipt(registers: Registers) -> None:
    """What we signed ourselves, sent back to us, proves nothing about the recipient."""
    job, received = sent(registers, header())
    reflected = receipted(registers, received, job.header.message_id, KZ)
    assert judged(registers, job, reflected) is ErrorCode.EBMS_0302


def test_the_receipt_of_a_party_that_is_gone_waits(registers: Registers) -> None:
    """Nobody can say any more whose signature it would have to be: GW:8009, as for any target that is not configured."""
    job, received = sent(registers, header())
    answer = receipted(registers, received, job.header.message_id)
    parties = {name: party for name, party in registers[KZ].parties.items() if name != BY}
    gone = {**registers, KZ: replace(registers[KZ], parties=parties)}

    assert judged(gone, job, answer) is ErrorCode.PARTY_UNKNOWN
