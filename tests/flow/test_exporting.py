"""What a bundle holds about each kind of message, and what it says where something is not there."""

import gzip
import json
import os
from collections.abc import AsyncIterator
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import pytest

from gateway.api import answers
from gateway.cli.keys import Kind
from gateway.core import ebms
from gateway.core.cover import Signed
from gateway.core.errors import ErrorCode, Rejected
from gateway.core.message import Header, payload
from gateway.core.names import Environment, MessageId, Micros, PartyId
from gateway.core.pack import body, pack
from gateway.core.pmode import PMode, Token
from gateway.core.seal import pack_part
from gateway.core.wss.sign import How
from gateway.flow.chance import chance
from gateway.flow.dossier import Accepted, Means, dossier
from gateway.flow.ports import Operator
from gateway.flow.ports_exhibits import Subject
from tests.core.wss.making import signed
from tests.flow import keeping
from tests.flow.exporting import Bundle, exported, exporter, read, town, written
from tests.house import build, canaries, of_movement, sample
from tests.town import Node, Town, quiet

__all__ = ["town"]
PLAIN = sample("valid/TransitReleaseNotice--road-through-three-states")
WITH_FILES = sample("valid/DocumentVerificationResponse--confirmed")
RESTRICTED = "restricted/TransitReleaseNotice--drivers-and-a-representative"
INVALID = PLAIN.replace(b"CustomsDocumentId>", b"CustomsDocumentIdentifier>")
M1, M2 = "m-1@town", "m-2@town"
KZ, BY = "KZ.KGD", "BY.GTK"


async def send(town: Town, document: bytes = PLAIN, message_id: str = M1, **stated: str) -> None:
    """A message from KZ to BY, delivered and taken over."""
    await town[KZ].post(document, message_id, (BY,), **stated)
    await town[KZ].deliver()
    await town[BY].take_all()


def signed_members(bundle: Bundle, name: str) -> list[str]:
    """The members about a signed SOAP part."""
    return sorted(
        each.rpartition("/messages/1/")[2] for each in bundle.members if each.startswith(f"messages/1/{name}")
    )


async def test_a_message_that_was_sent(town: Town) -> None:
    """Acceptance and delivery, the signed envelope and receipt with their octets, the parts; all of it bound together."""
    await send(town)
    found = await exported(town[KZ], "message", M1)
    (facts,) = found.facts

    assert found.kinds == ["accepted", "delivered"]
    assert found.index.subject.value == M1
    assert (facts.edge, facts.leaf, facts.envelope.why, facts.receipt.why) == ("national", 0, "", "")
    for name in ("envelope", "receipt"):
        wanted = [f"{name}.covered/1", f"{name}.covered/2", f"{name}.pem", f"{name}.signed-info", f"{name}.xml"]
        assert signed_members(found, name) == [f"messages/1/{each}" for each in wanted]
    delivered = found.json("leaves/1.json")
    assert delivered["sent"] == facts.envelope.digest == sha256(found.members["messages/1/envelope.xml"]).hexdigest()
    assert delivered["receipt"] == facts.receipt.digest
    packed = found.members["messages/1/parts/1"]
    assert gzip.decompress(packed) == PLAIN
    assert facts.parts[0].packed_digest == sha256(packed).hexdigest()
    assert {f"cover/{language}.html" for language in ("en", "kk", "ru")} < found.members.keys()


async def test_a_message_that_came_in(town: Town) -> None:
    """The partner's envelope; our receipt is kept without digests, and the bundle says so."""
    await send(town)
    found = await exported(town[BY], "message", M1)
    (facts,) = found.facts

    assert [kind for kind in found.kinds if kind != "looked"] == ["received", "inbox-read", "acknowledged"]
    assert (facts.edge, facts.envelope.why, facts.receipt.why, facts.receipt.file) == ("partner", "", "not-kept", "")
    assert found.json("leaves/0.json")["envelope"] == facts.envelope.digest
    kz = await exported(town[KZ], "message", M1)
    assert found.members["messages/1/envelope.signed-info"] == kz.members["messages/1/envelope.signed-info"]


async def test_attachments_are_there_unless_they_are_left_out(town: Town) -> None:
    """With --without-bodies their digests alone are."""
    picture = payload("", "application/pdf", os.urandom(300_000), "a.pdf")
    received = replace(town[KZ].received(WITH_FILES, M1, (BY,)), attachments=(picture,))
    await town[KZ].intake.accept(received, answers.accepted)
    whole, without = await exported(town[KZ], "message", M1), await exported(town[KZ], "message", M1, bodies=False)

    assert gzip.decompress(whole.members["messages/1/parts/2"]) == picture.content
    assert [part.file for part in whole.facts[0].parts] == ["messages/1/parts/1", "messages/1/parts/2"]
    assert [(part.file, part.why) for part in without.facts[0].parts] == [("", "left-out"), ("", "left-out")]
    assert not [name for name in without.members if "/parts/" in name]
    assert [part.digest for part in without.facts[0].parts] == [part.digest for part in whole.facts[0].parts]


async def test_what_was_not_sent_yet_says_so(town: Town) -> None:
    """Neither envelope nor receipt."""
    await town[KZ].post(PLAIN, M1, (BY,))
    (facts,) = (await exported(town[KZ], "message", M1)).facts

    assert (facts.envelope.why, facts.receipt.why) == ("absent", "absent")


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


async def test_a_refused_message_has_its_entry_alone(town: Town) -> None:
    """Nothing of it was stored."""
    with pytest.raises(Rejected):
        await town[KZ].post(INVALID, M1, (BY,))
    found = await exported(town[KZ], "message", M1)

    assert (found.kinds, found.facts) == (["refused"], [])
    assert not [name for name in found.members if name.startswith("messages/")]
    assert "GW:" in found.members["cover/en.html"].decode()


async def test_a_conversation_and_a_movement_have_all_their_messages(town: Town) -> None:
    """In the order in which they were accepted; others are in neither."""
    for number, name in enumerate((M1, M2)):
        await send(town, of_movement(PLAIN, number), name, conversation_id="c-1")
    await send(town, of_movement(PLAIN, 7), "m-3@town")
    ids = (await town[KZ].store.messages({"message_id": M1}, 1))[0]
    conversation = await exported(town[KZ], "conversation", "c-1")

    assert [facts.message_id for facts in conversation.facts] == [M1, M2]
    assert sorted(conversation.kinds) == ["accepted", "accepted", "delivered", "delivered"]
    name, value = await business_id(town[KZ], ids["id"])
    found = await exported(town[KZ], "movement", value, name)
    assert [facts.message_id for facts in found.facts] == [M1]
    assert found.index.subject.value == f"{name}={value}"


async def business_id(node: Node, message: int) -> tuple[str, str]:
    """One that no other message has."""
    statement = "SELECT name, value FROM business_ids WHERE message = ? AND name = 'declaration' LIMIT 1"
    row = node.real._engine.read(lambda database: database.execute(statement, (message,)).fetchone())
    return row["name"], row["value"]


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


async def test_what_the_log_does_not_know_is_refused(town: Town) -> None:
    """By every kind of name."""
    for kind in ("message", "conversation", "movement"):
        with pytest.raises(Rejected) as refusal:
            await exporter(town[KZ]).gather(Subject(kind, "nothing", "declaration"))
        assert refusal.value.first is ErrorCode.NOT_FOUND


async def test_an_entry_without_a_place_is_waited_for_and_then_told(town: Town) -> None:
    """The running gateway gives it; without one, that is said."""
    await town[KZ].post(PLAIN, M1, (BY,))
    with pytest.raises(Rejected) as refusal:
        await exporter(town[KZ]).gather(Subject("message", M1))
    assert refusal.value.first is ErrorCode.UNAVAILABLE

    async def sequencing(_: float) -> None:
        await town[KZ].sequence()

    gathered = await replace(exporter(town[KZ]), pause=sequencing).gather(Subject("message", M1))
    assert gathered.entries == 1


async def test_too_many_messages_are_refused(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    """Instead of leaving some out."""
    monkeypatch.setattr("gateway.flow.exporting.MOST", 1)
    for number, name in enumerate((M1, M2)):
        await send(town, of_movement(PLAIN, number), name, conversation_id="c-1")
    with pytest.raises(Rejected) as refusal:
        await exported(town[KZ], "conversation", "c-1")
    assert refusal.value.first is ErrorCode.TOO_LARGE


async def test_the_log_says_who_took_what(town: Town) -> None:
    """A look and an export, before the file is there; the next bundle about the message has both."""
    await send(town)
    desk = exporter(town[KZ])
    await town[KZ].sequence()
    gathered = await desk.gather(Subject("message", M1))
    await desk.tell(gathered, Operator("Alma", "a court asks"), "zip", b"\x01" * 32)
    found = await exported(town[KZ], "message", M1)

    assert found.kinds == ["accepted", "delivered", "looked", "exported"]
    leaf = found.json("leaves/3.json")
    assert (leaf["who"], leaf["why"], leaf["subject"], leaf["digest"]) == ("Alma", "a court asks", "message", "01" * 32)
    assert read(town[KZ], found.content).content == found.content


async def test_the_same_evidence_is_the_same_bytes(town: Town) -> None:
    """Made at one time; a stripped message's values are in none of it."""
    await send(town, sample(RESTRICTED))
    await town[KZ].sequence()
    gathered = await exporter(town[KZ]).gather(Subject("message", M1))
    content = written(town[KZ], gathered)

    assert content == written(town[KZ], gathered)
    found = read(town[KZ], content)
    clear = content + gzip.decompress(found.members["messages/1/parts/1"])
    assert not [canary for canary in canaries(RESTRICTED) if canary in clear]
    assert "KZ Law 94-V" in found.members["cover/en.html"].decode()


async def test_checkpoints_of_another_key_are_left_out(town: Town) -> None:
    """A log that got another name is another log; where no checkpoint is ours, that is said."""
    await send(town)
    await town[KZ].sequence()
    notary = town[BY].settings.register.notary
    desk = replace(exporter(town[KZ]), register=lambda: replace(town[KZ].settings.register, notary=notary))
    with pytest.raises(Rejected) as refusal:
        await desk.gather(Subject("message", M1))
    assert (refusal.value.first, refusal.value.faults[0].path) == (ErrorCode.UNAVAILABLE, "log")


async def test_a_rule_that_is_not_agreed_any_more_has_no_ground_on_the_sheet(town: Town) -> None:
    """What was removed is told all the same."""
    await send(town, sample(RESTRICTED))
    await town[KZ].sequence()
    register = replace(town[KZ].settings.register, agreements=(), parties={})
    desk = replace(exporter(town[KZ]), register=lambda: register)
    gathered = await desk.gather(Subject("message", M1))
    page = b"".join(gathered.members["cover/en.html"]()).decode()

    assert "driver" in page
    assert "KZ Law" not in page
    assert json.loads(b"".join(gathered.members["leaves/0.json"]()))["removed"]


async def test_all_who_vouch_are_in_it(town: Town) -> None:
    """The smallest cosigned and stamped checkpoints that cover the entries, and the newest, each continuing the other."""
    await send(town)
    await quiet(town)
    kz, witness = town[KZ], town[BY].settings.register.notary.witness
    await kz.sequence()
    first = await kz.store.newest_head()
    assert first is not None
    text = bytes(first["note"]).decode().partition("\n\n")[0] + "\n"
    line = witness.sign(text, 1_800_000_000).line()
    await vouch(kz, "INSERT INTO cosignatures VALUES (?, ?, ?, ?)", (first["size"], BY, line, 1))
    await vouch(kz, "INSERT INTO stamps VALUES (?, ?, ?, ?)", (first["size"], 1_800_000_000_000_000, 1, b"response"))
    await send(town, of_movement(PLAIN, 1), M2)
    found = await exported(kz, "message", M1)

    assert [each.size for each in found.checkpoints] == [first["size"], 4]
    assert line.encode() in found.members[f"checkpoints/{first['size']}"]
    assert found.members[f"stamps/{first['size']}-1.tsr"] == b"response"
    keys = found.members["keys"].decode().splitlines()
    assert keys[0] == f"log {kz.settings.register.notary.signer.verifier}"
    assert f"witness {BY} {witness.verifier}" in keys
    page = found.members["cover/kk.html"].decode()
    assert "BY.GTK, 2027-01-15T08:00:00.000Z" in page


async def vouch(node: Node, statement: str, values: tuple[object, ...]) -> None:
    """Somebody else has vouched for the log."""
    await node.real._engine.write(lambda database: database.execute(statement, values))


async def test_a_message_whose_content_was_removed(town: Town) -> None:
    """Digests, receipt and octets stay provable; its removal's own entry says when it went, and tells of no other message."""
    await keeping.exchange(town, M1, M2)
    town.clock.advance(keeping.YEARS + 60)
    for name in (KZ, BY):
        await keeping.removed(town[name])
    sent, came = await exported(town[KZ], "message", M1), await exported(town[BY], "message", M1)

    assert sent.kinds == ["accepted", "delivered", "purged"]
    assert [M1 in json.dumps(sent.json(name)) for name in sent.members if name.startswith("leaves/")] == [True] * 3
    assert not any(M2.encode() in octets for octets in sent.members.values())
    (facts,) = sent.facts
    assert (facts.envelope.why, facts.receipt.why) == ("purged", "")
    assert [(part.file, part.why) for part in facts.parts] == [("", "purged")]
    assert facts.parts[0].digest == sha256(of_movement(PLAIN, 0)).hexdigest()
    assert (came.facts[0].parts[0].why, came.facts[0].envelope.why) == ("purged", "purged")
    assert (await exported(town[KZ], "conversation", M1)).kinds == sent.kinds
