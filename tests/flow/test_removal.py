"""A removal takes all of a message's content and nothing else, and nothing can go without it."""

import os
from hashlib import sha256

import pytest

from gateway.api import answers
from gateway.core.entry import entry
from gateway.core.errors import ErrorCode, Rejected
from gateway.core.message import Peer, Received, Stated, payload
from gateway.core.names import Edge, MessageId, PartyId
from gateway.core.states import Event
from gateway.flow.ports_retention import Batch
from gateway.store.engine import connect
from gateway.store.intake import CHUNK
from tests.flow.keeping import (
    ALMA,
    BOLAT,
    EVERYTHING,
    YEARS,
    change,
    exchange,
    fail,
    faults,
    removed,
    retention,
    rows,
    settle,
)
from tests.house import sample
from tests.town import SYSTEM, Node, Town, quiet


def shared(node: Node, attachment: bytes) -> Received:
    """A posting to two partners with one attachment."""
    return Received(
        Edge.NATIONAL,
        Peer(token=sha256(node.house.token.encode()).digest()),
        sample("valid/DocumentVerificationResponse--confirmed"),
        "application/xml",
        MessageId("fresh@town"),
        Stated(MessageId("both@town"), recipients=(PartyId("BY.GTK"), PartyId("RU.FTS"))),
        (payload("attachment-1@gateway", "application/pdf", attachment, "act.pdf"),),
    )


async def test_a_body_that_two_recipients_share_goes_with_the_last_of_them(town: Town) -> None:
    """Delivered to one and held for the other: the one is removed, the other can still be sent whole."""
    kz = town["KZ.KGD"]
    await kz.intake.accept(shared(kz, os.urandom(3 * CHUNK)), answers.accepted)
    await kz.operate.act("hold", {"recipient": "RU.FTS"}, ALMA)
    await quiet(town)
    await settle(town)
    town.clock.advance(3600)
    held = rows(kz, "SELECT count(*) FROM chunks")
    town.clock.advance(YEARS)
    assert (await removed(kz)).purged == 1
    assert rows(kz, "SELECT count(*) FROM chunks") == held != [(0,)]
    assert await faults(kz) == []
    await kz.operate.act("drop", {"recipient": "RU.FTS"}, ALMA)
    assert (await removed(kz)).purged == 1
    assert rows(kz, "SELECT count(*) FROM chunks") == [(0,)]
    assert rows(kz, "SELECT id FROM bodies") == [(0,)]
    assert await faults(kz) == []


async def test_what_was_removed_is_neither_read_nor_sent_again(old: Town) -> None:
    """The reader is told that it is gone; a retry is refused with the same words; a drop is still possible."""
    kz, by = old["KZ.KGD"], old["BY.GTK"]
    await fail(old, "failed@town")
    await removed(kz)
    await removed(by)
    (changed,) = await kz.operate.act("retry", {"message_id": "failed@town"}, ALMA)
    assert (changed.after, changed.why) == (None, ErrorCode.PURGED.meaning)
    (life,) = await kz.operate.status(SYSTEM, "failed@town")
    assert life["purged_at"]
    with pytest.raises(Rejected, match=ErrorCode.PURGED.code):
        await by.desk.read(SYSTEM, 1, "any lease")
    item = await by.desk.item(SYSTEM, 1)
    with pytest.raises(Rejected, match=ErrorCode.PURGED.code):
        _ = [piece async for piece in by.desk.pieces(item, item.parts[0])]
    (changed,) = await kz.operate.act("drop", {"message_id": "failed@town"}, ALMA)
    assert changed.after == "dropped"


async def test_a_retry_that_races_with_the_removal_is_refused_by_the_store(old: Town) -> None:
    """The row that the operator saw was not removed yet: nothing moves."""
    kz = old["KZ.KGD"]
    await fail(old, "failed@town")
    seen = await kz.store.messages({"message_id": "failed@town"}, 1)
    await removed(kz)
    changed = await kz.operate._move(Event.RETRY, "retry", seen[0], ALMA)
    assert changed.after is None
    assert rows(kz, "SELECT state FROM deliveries WHERE state = 'queued'") == []


async def test_what_is_wanted_again_after_the_approval_is_left_out(old: Town) -> None:
    """A failed delivery that is retried between approval and run keeps its content, and the run says so."""
    kz = old["KZ.KGD"]
    await fail(old, "failed@town")
    desk = retention(kz)
    found = await desk.propose(EVERYTHING, ALMA)
    await desk.approve(found.id, BOLAT)
    await kz.operate.act("retry", {"message_id": "failed@town"}, ALMA)
    done = [progress async for progress in desk.run(found.id)][-1]
    assert (done.purged, done.skipped, done.of) == (3, 1, 4)
    assert rows(kz, "SELECT state FROM deliveries WHERE message = 4 AND kind = 'partner'") == [("queued",)]
    assert rows(kz, "SELECT message FROM payloads WHERE body > 0") == [(4,)]
    assert await faults(kz) == []


async def test_a_batch_is_refused_whole_where_one_of_it_is_not_to_go(old: Town) -> None:
    """What changed between the look and the commit stops the commit; an unapproved or finished removal, too."""
    kz = old["KZ.KGD"]
    desk = retention(kz)
    found = await desk.propose(EVERYTHING, ALMA)
    page = await kz.store.chosen(found.id, found.terms, 0, 10)
    batch = desk._batch(found, page)
    assert not await kz.store.remove(batch)
    found = await desk.approve(found.id, BOLAT)
    await kz.operate.store.messages({}, 1)
    await change(kz, "UPDATE deliveries SET state = 'held' WHERE message = 2")
    assert not await kz.store.remove(batch)
    assert rows(kz, "SELECT 1 FROM messages WHERE purged_at > 0") == []
    await change(kz, "UPDATE deliveries SET state = 'delivered' WHERE message = 2")
    assert await kz.store.remove(batch)


async def test_a_batch_that_was_refused_is_chosen_anew(old: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    """What changed between the look and the commit is looked at again."""
    kz = old["KZ.KGD"]
    remove, refused = kz.real.remove, []

    async def once(batch: Batch) -> bool:
        refused.append(batch)
        return len(refused) > 1 and await remove(batch)

    monkeypatch.setattr(kz.real, "remove", once)
    assert (await removed(kz)).purged == 3
    assert len(refused) == 2


async def test_large_messages_go_in_batches_of_their_own(old: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    """However many are chosen, one commit removes so many bytes at most."""
    kz, sizes = old["KZ.KGD"], []
    stored = kz.real.remove

    async def counted(batch: Batch) -> bool:
        sizes.append(len(batch.gone))
        return await stored(batch)

    monkeypatch.setattr(kz.real, "remove", counted)
    monkeypatch.setattr("gateway.flow.retention.BATCH_BYTES", 10)
    await removed(kz)
    assert sizes == [1, 1, 1]


async def test_a_reader_in_the_journal_is_told(old: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    """The content is gone from the database, but an old page may still stand in the write-ahead log: that is said."""
    monkeypatch.setattr("gateway.flow.retention.PATIENCE", 3)
    kz = old["KZ.KGD"]
    reader = connect(kz.settings.database)
    reader.execute("BEGIN")
    reader.execute("SELECT count(*) FROM messages").fetchall()
    assert not (await removed(kz)).journal
    reader.execute("COMMIT")
    reader.close()
    assert [progress async for progress in retention(kz).run(1)][-1].journal


def found_in(node: Node, needles: dict[str, bytes]) -> set[str]:
    """Which of these values stand anywhere in the database's files, the write-ahead log among them."""
    path = node.settings.database
    content = b"".join(file.read_bytes() for file in path.parent.glob(f"{path.name}*"))
    return {name for name, needle in needles.items() if needle in content}


async def test_what_was_removed_stands_nowhere_in_the_files(town: Town) -> None:
    """Neither in free pages nor in the write-ahead log: bodies, chunks, packs, business ids; the control: they did."""
    kz = town["KZ.KGD"]
    attachment = os.urandom(3 * CHUNK)
    await kz.intake.accept(shared(kz, attachment), answers.accepted)
    await exchange(town, "one@town", "two@town")
    needles = {
        f"chunk {number}": attachment[at : at + 40] for number, at in enumerate(range(0, len(attachment), CHUNK // 2))
    }
    needles |= {
        f"body {row[0]}": bytes(row[1])[20:80] for row in rows(kz, "SELECT id, data FROM bodies WHERE data > 0")
    }
    packs = rows(kz, "SELECT id, pack FROM deliveries WHERE pack IS NOT NULL")
    needles |= {f"pack {row[0]}": bytes(row[1]).partition(b"SignatureValue>")[2][:60] for row in packs}
    needles |= {
        f"id {row[0]}": row[0].encode() for row in rows(kz, "SELECT value FROM business_ids WHERE name = 'document'")
    }
    assert all(len(needle) > 30 for needle in needles.values())
    assert found_in(kz, needles) == needles.keys()
    await kz.store.forget_journal()
    size = kz.settings.database.stat().st_size
    town.clock.advance(YEARS + 60)
    done = await removed(kz)
    assert (done.purged, done.journal) == (4, True)
    assert found_in(kz, needles) == set()
    assert kz.settings.database.stat().st_size < size - len(attachment)
    assert done.pages * 4096 > len(attachment)


@pytest.mark.parametrize("who", ["", " alma"], ids=["nobody approved", "the proposer approved"])
async def test_a_removal_that_one_person_pushed_through_is_found(old: Town, who: str) -> None:
    """Whoever writes the approval into the database, with an entry of his own or with none, stands in the log alone."""
    kz, desk = old["KZ.KGD"], retention(old["KZ.KGD"])
    proposal = (await desk.propose(EVERYTHING, ALMA)).id
    if who:
        leaf = entry("purge-approved", kz.clock.now(), kz.clock.nonce(), proposal=proposal, who=who)
        assert await kz.store.approve(proposal, ALMA, leaf)
    else:
        await change(kz, "UPDATE purges SET approved_at = 1, approved_by = 'Bolat'")
    _ = [progress async for progress in desk.run(proposal)]
    found = await faults(kz)
    assert ["no second person had approved it" in fault for fault in found] == [True] * 3


# What somebody with SQL at hand does instead of a removal, and what the audit must say.
UNTOLD = {
    "a body is deleted": ("UPDATE payloads SET body = 0 WHERE message = 1", "DELETE FROM bodies WHERE id = 1"),
    "and dated": ("UPDATE payloads SET body = 0 WHERE message = 1", "UPDATE messages SET purged_at = 1 WHERE id = 1"),
    "and put beside another removal": (
        "UPDATE payloads SET body = 0 WHERE message = 1",
        "UPDATE messages SET purged_at = 1, purged_in = (SELECT id FROM log_entries WHERE kind = 'purged') WHERE id = 1",
    ),
    "and put beside an entry that removes nothing": (
        "UPDATE payloads SET body = 0 WHERE message = 1",
        "UPDATE messages SET purged_at = 1, purged_in = entry WHERE id = 1",
    ),
    "and its own entry is taken away": (
        "UPDATE payloads SET body = 0 WHERE message = 1",
        "UPDATE messages SET purged_in = (SELECT id FROM log_entries WHERE kind = 'purged') WHERE id = 1",
        "DROP TRIGGER log_leaves_DELETE_refused",
        "DELETE FROM log_leaves WHERE entry = (SELECT entry FROM messages WHERE id = 1)",
    ),
}


@pytest.mark.parametrize("what", UNTOLD)
async def test_a_body_that_goes_without_a_leaf_is_found(old: Town, what: str) -> None:
    """However its row is dressed up; the control: what was removed in order is no fault."""
    kz = old["KZ.KGD"]
    await change(kz, "UPDATE deliveries SET state = 'held' WHERE message = 1")
    assert (await removed(kz)).purged == 2
    await change(kz, "UPDATE deliveries SET state = 'delivered' WHERE message = 1")
    assert await faults(kz) == []
    await change(kz, *UNTOLD[what])
    found = await faults(kz)
    assert any("removed, but no log entry says so" in fault for fault in found), found
