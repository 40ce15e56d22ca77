"""What a bundle holds of signatures, and what it says where one cannot be checked again."""

import gzip
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from gateway.cli.keys import Kind
from gateway.core import ebms
from gateway.core.cover import Signed
from gateway.core.message import Header, payload
from gateway.core.names import Environment, MessageId, Micros, PartyId
from gateway.core.pack import body, pack
from gateway.core.pmode import PMode, Token
from gateway.core.seal import pack_part
from gateway.core.wss.sign import How
from gateway.flow.chance import chance
from gateway.flow.dossier import Accepted, Means, dossier
from gateway.flow.ports_exhibits import Subject
from tests.core.wss.making import signed
from tests.flow.exporting import BY, KZ, M1, PLAIN, RESTRICTED, exported, send, signed_members, town
from tests.house import build, canaries, sample
from tests.town import Town

__all__ = ["town"]


async def foreign(town: Town, document: bytes, pmode: PMode | None = None) -> None:
    """KZ's system is another product: it strips nothing."""
    kz, by = town[KZ], town[BY]
    register, now = kz.settings.register, kz.clock.now()
    party = register.parties[PartyId(BY)].at(now)
    kind = "TransitReleaseNotice"
    names = (
        MessageId(M1),
        "c-1",
        "",
        PartyId(KZ),
        PartyId(BY),
        "eurasec-customs:1.0",
        "urn:eurasec-gw:service:transit",
    )
    head = Header(*names, kind, "customs", Environment.TEST, now, Micros(now + 3600 * 1_000_000))
    part = pack_part(payload("a@kz", "application/xml", document))
    made = pack(head, [part], (party, pmode or party.pmode(head.agreement)), register, chance(kz.clock))
    reply = await by.receive(kz.house, made.content_type, body(made, [(part.cid, part.packed)]))
    assert reply.content_type == ebms.SOAP_TYPE


@pytest.fixture
async def sealing(tmp_path: Path) -> AsyncIterator[Town]:
    """KZ and BY, who sign and encrypt (eDelivery AS4 1.15)."""
    town = Town(tmp_path)
    town.houses = build(tmp_path, KZ, BY, kind=Kind.RSA)
    for house, other in zip(town.houses, (BY, KZ), strict=True):
        path = house.folder / "parties" / f"{other}.toml"
        path.write_text(f'{path.read_text()}\n[pmode]\nprofile = "edelivery-1.15"\n')
    await town.open()
    yield town
    await town.close()


async def test_a_message_that_was_stripped_on_arrival(town: Town) -> None:
    """No envelope and no value that was removed; the entry names what was, and the bundle why the signature is not here."""
    await foreign(town, sample(RESTRICTED))
    found = await exported(town[BY], "message", M1)
    (facts,) = found.facts

    assert (facts.envelope.why, facts.envelope.digest, facts.envelope.file) == ("stripped", "", "")
    assert found.json("leaves/0.json")["removed"]
    contents = [*found.members.values(), gzip.decompress(found.members["messages/1/parts/1"])]
    assert not [canary for canary in canaries(RESTRICTED) for content in contents if canary in content]


async def test_the_same_message_unstripped_keeps_its_envelope(town: Town) -> None:
    """The control."""
    await foreign(town, PLAIN)

    assert (await exported(town[BY], "message", M1)).facts[0].envelope.why == ""


async def test_what_is_not_signed_says_so(tmp_path: Path) -> None:
    """With a partner whose P-Mode is plain-tls: the envelope is there, and proves nobody."""
    town = Town(tmp_path, KZ, BY)
    for house, other in zip(town.houses, (BY, KZ), strict=True):
        house.unsigned(other)
    await town.open()
    await send(town)
    sent, came = await exported(town[KZ], "message", M1), await exported(town[BY], "message", M1)
    await town.close()

    assert (sent.facts[0].envelope.why, sent.facts[0].receipt.why) == ("unsigned", "unsigned")
    assert came.facts[0].envelope.why == "unsigned"
    assert signed_members(sent, "envelope") == ["messages/1/envelope.xml"]


async def test_an_encrypted_message(sealing: Town) -> None:
    """The SOAP part as it travelled, with a key that opens nothing here; the parts in the clear, as they were signed."""
    await send(sealing)
    for node in (sealing[KZ], sealing[BY]):
        found = await exported(node, "message", M1)
        assert b"EncryptedKey" in found.members["messages/1/envelope.xml"]
        assert found.facts[0].envelope.why == found.facts[0].parts[0].why == ""
        assert gzip.decompress(found.members["messages/1/parts/1"]) == PLAIN


async def test_parts_in_another_form_than_they_were_signed_in_say_so(town: Town) -> None:
    """Not gzip as it came and not its content; also by another digest method than ours."""
    await send(town)
    (message,) = await town[BY].store.exhibited(Subject("message", M1), 1)

    def why(changed: bytes) -> str:
        found = replace(message, envelope=changed)
        made = dossier(1, found, Accepted(0, {}), Means(town[BY].store.content, ()))
        return made.facts.parts[0].why

    content = message.envelope
    at = content.index(b'URI="cid:')
    value = content.index(b"<ds:DigestValue>", at) + len(b"<ds:DigestValue>")
    other = content[:value] + b"AAAA" + content[value + 4 :]
    longer = content[:at] + content[at:].replace(b"xmlenc#sha256", b"xmlenc#sha512", 1)
    unknown = content[:at] + content[at:].replace(b"xmlenc#sha256", b"xmlenc#other", 1)

    assert why(content) == ""
    assert [why(each) for each in (other, longer, unknown)] == ["repacked"] * 3


async def test_a_certificate_that_is_only_named_and_not_known_any_more(town: Town) -> None:
    """The octets are there without it, and the sheet says what is missing."""
    await send(town)
    (message,) = await town[BY].store.exhibited(Subject("message", M1), 1)
    changed = replace(message, envelope=signed(how=How(token=Token.SKI)))
    made = dossier(1, changed, Accepted(0, {}), Means(town[BY].store.content, ()))

    assert "messages/1/envelope.signed-info" in made.members
    assert "messages/1/envelope.pem" not in made.members
    assert made.signers == (Signed(), Signed())
