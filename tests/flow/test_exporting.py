"""What a bundle holds about each kind of message, and what it says where something is not there."""

import gzip
import json
import os
from dataclasses import replace
from hashlib import sha256

import pytest

from gateway.api import answers
from gateway.core.errors import ErrorCode, Rejected
from gateway.core.message import payload
from gateway.flow.ports import Operator
from gateway.flow.ports_exhibits import Subject
from tests.flow import keeping
from tests.flow.exporting import (
    BY,
    KZ,
    M1,
    M2,
    PLAIN,
    RESTRICTED,
    exported,
    exporter,
    read,
    send,
    signed_members,
    town,
    written,
)
from tests.house import canaries, of_movement, sample
from tests.town import Node, Town, quiet

__all__ = ["town"]
WITH_FILES = sample("valid/DocumentVerificationResponse--confirmed")
INVALID = PLAIN.replace(b"CustomsDocumentId>", b"CustomsDocumentIdentifier>")


async def business_id(node: Node, message: int) -> tuple[str, str]:
    """One that no other message has."""
    statement = "SELECT name, value FROM business_ids WHERE message = ? AND name = 'declaration' LIMIT 1"
    row = node.real._engine.read(lambda database: database.execute(statement, (message,)).fetchone())
    return row["name"], row["value"]


async def vouch(node: Node, statement: str, values: tuple[object, ...]) -> None:
    """Somebody else has vouched for the log."""
    await node.real._engine.write(lambda database: database.execute(statement, values))


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
