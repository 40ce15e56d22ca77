"""Intake: duplicates, races, refusals, pings, what the log keeps of callers nobody knows."""

import asyncio
import base64
import gzip
import hashlib
import json

import pytest

from gateway.config.load import load
from gateway.core import ebms, pack
from gateway.core.errors import ErrorCode, Fault, Rejected
from gateway.core.message import Header
from gateway.core.names import Environment, MessageId, Micros, PartyId
from gateway.core.paths import look
from tests.house import House, canaries, sample
from tests.town import START, SYSTEM, Node, Town

DOCUMENT = sample("valid/ProcessingResult--rejected")
RESTRICTED = "restricted/TransitReleaseNotice--drivers-and-a-representative"


async def test_a_repeat_gets_the_identical_answer_and_stores_nothing(town: Town) -> None:
    """Also after the message was delivered."""
    kz = town["KZ.KGD"]
    first = await kz.post(DOCUMENT, "same@town", to=("BY.GTK",))
    await kz.deliver()
    again = await kz.post(DOCUMENT, "same@town", to=("BY.GTK",))
    assert again.answer == first.answer
    assert len(await kz.store.messages({}, 10)) == 1
    assert (await kz.store.entry_counts())["duplicate"] == 1


async def test_an_id_used_for_other_content_is_refused(town: Town) -> None:
    """And the first message stays what it was."""
    kz = town["KZ.KGD"]
    await kz.post(DOCUMENT, "same@town", to=("BY.GTK",))
    for document, to in ((DOCUMENT + b"\n", ("BY.GTK",)), (DOCUMENT, ("RU.FTS",))):
        with pytest.raises(Rejected) as refusal:
            await kz.post(document, "same@town", to=to)
        assert refusal.value.first is ErrorCode.DUPLICATE_CONFLICT
    assert len(await kz.store.messages({}, 10)) == 1


async def test_a_refused_id_may_be_used_for_corrected_content(town: Town) -> None:
    """Only what was stored is remembered."""
    kz = town["KZ.KGD"]
    with pytest.raises(Rejected):
        await kz.post(sample("invalid/DocumentVerificationRequest--rests-on-a-case"), "again@town", to=("BY.GTK",))
    assert (await kz.post(DOCUMENT, "again@town", to=("BY.GTK",))).answer.status == 202


async def test_the_same_message_at_once_is_stored_once(town: Town) -> None:
    """The unique index decides the race; everybody gets the one answer."""
    kz = town["KZ.KGD"]
    found = await asyncio.gather(*(kz.post(DOCUMENT, "race@town", to=("BY.GTK",)) for _ in range(20)))
    assert len({accepted.answer.body for accepted in found}) == 1
    assert len(await kz.store.messages({}, 10)) == 1


async def test_ids_derived_for_recipients_must_be_free(town: Town) -> None:
    """A submission whose second message would take another's id is refused whole."""
    kz = town["KZ.KGD"]
    await kz.post(DOCUMENT, "x.2@town", to=("BY.GTK",))
    with pytest.raises(Rejected) as refusal:
        await kz.post(DOCUMENT, "x@town", to=("BY.GTK", "RU.FTS"))
    assert refusal.value.first is ErrorCode.DUPLICATE_CONFLICT
    assert len(await kz.store.messages({}, 10)) == 1
    await kz.check()


async def test_a_refusal_is_logged_without_any_value(town: Town) -> None:
    """Codes and places, nothing of the content."""
    kz = town["KZ.KGD"]
    with pytest.raises(Rejected):
        await kz.post(sample("invalid/DocumentVerificationRequest--rests-on-a-case"), "bad@town", to=("BY.GTK",))
    (entry,) = await kz.store.entries("bad@town", "refused", 10)
    leaf = json.loads(entry["body"])
    assert leaf["faults"][0]["code"] == "GW:6001"
    assert leaf["controls"] == ["EA-2.2"]


async def test_each_recipient_gets_what_its_law_allows(town: Town) -> None:
    """A rule of Kazakhstan binds what Kazakhstan sends; nothing restricted is in any copy."""
    kz = town["KZ.KGD"]
    await kz.post(sample(RESTRICTED), "law@town", to=("BY.GTK", "RU.FTS"))
    await kz.deliver()
    for party in ("BY.GTK", "RU.FTS"):
        (item,) = await town[party].desk.lease(SYSTEM, 10, 60, 0)
        _, (content, *_) = await town[party].desk.read(SYSTEM, item.item, item.lease)
        assert not [found for found in canaries(RESTRICTED) if found in content.content]


def lift(gateway: Node) -> None:
    """The gateway of a partner without any restrictions."""
    for message_type in gateway.settings.register.agreements[0].messages.values():
        object.__setattr__(message_type, "restrictions", ())
        object.__setattr__(message_type, "restricted", look(()))


async def test_what_a_partner_should_have_stripped_is_stripped_on_arrival(town: Town) -> None:
    """The receiver checks again; its log names the rule, the receipt confirms what arrived."""
    kz, by = town["KZ.KGD"], town["BY.GTK"]
    lift(kz)
    await kz.post(sample(RESTRICTED), "lax@town", to=("BY.GTK",))
    await kz.deliver()
    (item,) = await by.desk.lease(SYSTEM, 10, 60, 0)
    _, (content, manifest) = await by.desk.read(SYSTEM, item.item, item.lease)
    assert json.loads(manifest.content)["by"] == "BY.GTK"
    assert not [found for found in canaries(RESTRICTED) if found in content.content]
    (entry,) = await by.store.entries("lax@town", "received", 10)
    assert "driver" in {row["rule"] for row in json.loads(entry["body"])["removed"]}
    (row,) = await kz.store.messages({}, 10)
    assert row["state"] == "delivered"


def ping(sender: House, to: str) -> tuple[str, bytes]:
    """An AS4 test message."""
    header = Header(
        MessageId("ping@town"), "c", "", PartyId(sender.party), PartyId(to), "", ebms.TEST_SERVICE, ebms.TEST_ACTION,
        "", Environment.TEST, Micros(START), Micros(START),
    )  # fmt: skip
    register = load(sender.folder).register
    party = register.parties[PartyId(to)]
    packed = pack.pack(header, (), (party, party.pmode()), register, bytes)
    return packed.content_type, pack.body(packed, [])


async def test_a_ping_gets_a_receipt_and_delivers_nothing(town: Town) -> None:
    """The log says that it was answered."""
    by, kz = town["BY.GTK"], town["KZ.KGD"]
    reply = await by.receive(kz.house, *ping(kz.house, "BY.GTK"))
    assert b"<eb:Receipt>" in reply.body
    assert await by.desk.list(SYSTEM, 10) == []
    assert (await by.store.entry_counts())["ping"] == 1


async def test_callers_nobody_knows_are_counted_not_stored(town: Town) -> None:
    """A thousand attempts are one entry."""
    kz = town["KZ.KGD"]
    object.__setattr__(kz.house, "token", "wrong")
    for _ in range(100):
        with pytest.raises(Rejected):
            await kz.post(DOCUMENT)
    assert await kz.store.entry_counts() == {}
    await kz.watch.flush()
    await kz.watch.flush()
    (entry,) = await kz.store.entries("", "security", 10)
    assert json.loads(entry["body"])["count"] == 100


async def test_a_partner_that_speaks_for_another_is_named_by_its_certificate(town: Town) -> None:
    """The refusal stands in the log under the party that really sent it, not under the one it named."""
    kz, by, ru = town["KZ.KGD"], town["BY.GTK"], town["RU.FTS"]
    await kz.post(DOCUMENT, "stolen@town", to=("BY.GTK",))
    await kz.deliver()
    _, content_type, body = town.sent[-1]
    reply = await by.receive(ru.house, content_type, body)
    assert b"EBMS:0101" in reply.body
    (entry,) = await by.store.entries("stolen@town", "refused", 10)
    assert json.loads(entry["body"])["sender"] == "RU.FTS"


async def test_the_kept_receipt_has_no_digest_of_what_arrived(town: Town) -> None:
    """What was stripped on arrival cannot be guessed from the database; a repeat still gets the identical receipt."""
    kz, by = town["KZ.KGD"], town["BY.GTK"]
    lift(kz)
    await kz.post(sample(RESTRICTED), "guess@town", to=("BY.GTK",))
    await kz.deliver()
    plain = hashlib.sha256(sample(RESTRICTED)).digest()
    row = by.real._engine.read(lambda db: db.execute("SELECT answer FROM ids").fetchone())
    assert base64.b64encode(plain) not in bytes(row[0])
    _, content_type, body = town.sent[-1]
    packed = hashlib.sha256(gzip.compress(sample(RESTRICTED), 1, mtime=0)).digest()
    assert base64.b64encode(packed) not in bytes(row[0])
    (delivery,) = await kz.store.deliveries(1)
    again = await by.receive(kz.house, content_type, body)
    assert base64.b64encode(packed) in again.body
    assert again.body == delivery["receipt"]


async def test_a_dry_run_of_a_used_id_says_what_the_post_would(town: Town) -> None:
    """The same content is fine, other content is a conflict."""
    kz = town["KZ.KGD"]
    await kz.post(DOCUMENT, "used@town", to=("BY.GTK",))
    await kz.intake.rehearse(kz.received(DOCUMENT, "used@town", ("BY.GTK",)))
    with pytest.raises(Rejected) as refusal:
        await kz.intake.rehearse(kz.received(DOCUMENT + b" ", "used@town", ("BY.GTK",)))
    assert refusal.value.first is ErrorCode.DUPLICATE_CONFLICT


async def test_a_refusal_that_cannot_be_written_is_told_as_unavailable(town: Town) -> None:
    """A store that failed is not asked to log that it failed."""
    kz = town["KZ.KGD"]

    async def broken(*_: object) -> None:
        raise Rejected(Fault(ErrorCode.UNAVAILABLE))

    kz.real.add = broken  # type: ignore[method-assign, assignment]
    with pytest.raises(Rejected) as refusal:
        await kz.post(DOCUMENT, "broken@town", to=("BY.GTK",))
    assert refusal.value.first is ErrorCode.UNAVAILABLE
    assert await kz.store.entry_counts() == {}
