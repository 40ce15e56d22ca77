"""What is put back from an archive is what was stored, or nothing is."""

import contextlib
import os
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from gateway.api import answers
from gateway.core.errors import ErrorCode, Rejected
from gateway.core.evidence import archive, canonical_json
from gateway.flow.archiving import CHUNK
from tests.flow.archived import Members, archiving, restored
from tests.flow.keeping import ALMA, BOLAT, EVERYTHING, YEARS, change, fail, faults, removed, retention, rows, settle
from tests.flow.test_removal import shared
from tests.town import Node, Town, quiet


async def archived(node: Node) -> Members:
    """Everything old in one archive, then removed."""
    terms = {each.ref: node.clock.now() for each in node.settings.register.agreements}
    (messages,) = [page async for page in archiving(node).older(terms)]
    members = Members((await archiving(node).gather("past", messages)).members)
    await removed(node)
    return members


def held(node: Node) -> list[tuple[object, ...]]:
    """All content: bodies with their chunks, packs and envelopes."""
    bodies = "SELECT p.message, p.position, b.data FROM payloads p JOIN bodies b ON b.id = p.body WHERE p.body > 0 ORDER BY 1, 2"
    chunks = "SELECT p.message, c.position, c.data FROM payloads p JOIN chunks c ON c.body = p.body ORDER BY 1, 2"
    packs = "SELECT message, pack FROM deliveries WHERE kind = 'partner' AND pack IS NOT NULL ORDER BY 1"
    return [row for each in (bodies, chunks, packs, "SELECT * FROM envelopes") for row in rows(node, each)]


@pytest.mark.parametrize("party", ["KZ.KGD", "BY.GTK"])
async def test_content_comes_back_byte_for_byte(town: Town, party: str) -> None:
    """Large attachments in chunks, small ones in a row, with the signed envelopes; then everything is there already."""
    node, attachment = town[party], os.urandom(3 * CHUNK)
    await town["KZ.KGD"].intake.accept(shared(town["KZ.KGD"], attachment), answers.accepted)
    await quiet(town)
    await town["BY.GTK"].take_all()
    await settle(town)
    town.clock.advance(YEARS + 60)
    before = held(node)
    members = await archived(node)
    assert held(node) == []
    found = await restored(node, members)
    assert (found.restored, found.there, found.lacking) == (rows(node, "SELECT count(*) FROM messages")[0][0], 0, 0)
    assert held(node) == before
    assert await faults(node) == []
    assert (await restored(node, members)).restored == 0


async def test_what_the_archive_has_not_is_counted(old: Town) -> None:
    """A part that was left out of it cannot come back."""
    kz = old["KZ.KGD"]
    members = await archived(kz)
    (_, facts), *_ = archive.messages(members)
    part = {**canonical_json.read_object(facts.content())["parts"][0], "file": "", "why": "purged"}  # type: ignore[index]
    members.change(1, parts=[part])
    found = await restored(kz, members)
    assert (found.restored, found.lacking) == (2, 1)


FAULTY: Mapping[str, Mapping[str, Any]] = {
    "a leaf that accepts nothing": {"leaf": 5},
    "a leaf that is not there": {"leaf": 10**9},
    "another message's leaf": {"message_id": "other@town"},
    "another content": {"parts": []},
}


@pytest.mark.parametrize("what", FAULTY)
async def test_a_message_that_is_not_of_this_log_stops_it(old: Town, what: str) -> None:
    """Nothing of it is put back."""
    kz = old["KZ.KGD"]
    members = await archived(kz)
    members.change(1, **FAULTY[what])
    with pytest.raises(Rejected, match=ErrorCode.INTEGRITY_FAILURE.code):
        await restored(kz, members)
    assert held(kz) == []


@pytest.mark.parametrize(("file", "content"), [("parts/1", b""), ("parts/1", b"no gzip"), ("envelope.xml", b"")])
async def test_bytes_that_are_not_what_was_stored_stop_it(old: Town, file: str, content: bytes) -> None:
    """Compared with the digests in the database and in the log, whatever the archive itself says."""
    kz = old["KZ.KGD"]
    members = await archived(kz)
    members.members[f"messages/2/{file}"] = content or members.members["messages/1/" + file]
    with pytest.raises(Rejected, match=ErrorCode.INTEGRITY_FAILURE.code):
        await restored(kz, members)
    assert held(kz) == []


@pytest.mark.parametrize("size", [10, 3 * CHUNK])
async def test_an_archive_that_changes_while_it_is_read_changes_nothing_here(town: Town, size: int) -> None:
    """What is put back is what was compared, though the file says something else the next time."""
    kz = town["KZ.KGD"]
    await kz.intake.accept(shared(kz, os.urandom(size)), answers.accepted)
    await quiet(town)
    await settle(town)
    town.clock.advance(YEARS + 60)
    before = held(kz)
    members = await archived(kz)
    good = members.pieces
    read: set[str] = set()

    def once(name: str) -> Iterator[bytes]:
        again = name in read and "/parts/" in name
        read.add(name)
        return iter([bytes(members.size(name))]) if again else good(name)

    members.pieces = once  # type: ignore[method-assign]
    with contextlib.suppress(Rejected):
        await restored(kz, members)
    assert held(kz) in ([], before)


async def test_a_delivery_that_failed_comes_back_without_an_envelope_in_the_log(old: Town) -> None:
    """It was never packed, so that there is nothing to put back but its body."""
    kz = old["KZ.KGD"]
    await fail(old, "failed@town")
    await change(kz, "UPDATE deliveries SET pack = NULL WHERE message = 4")
    members = await archived(kz)
    assert (await restored(kz, members)).restored == 4
    assert await faults(kz) == []


async def test_two_that_put_back_at_once_do_it_once(old: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    """The second one is told to come again; then everything is there already."""
    kz = old["KZ.KGD"]
    members = await archived(kz)
    stored = kz.store.accepted_at
    earlier = {leaf: await stored(leaf) for leaf in [facts.leaf for _, facts in archive.messages(members)]}
    await restored(kz, members)

    async def late(leaf: int) -> object:
        return earlier[leaf]

    with monkeypatch.context() as race:
        race.setattr(kz.real, "accepted_at", late)
        with pytest.raises(Rejected, match=ErrorCode.UNAVAILABLE.code):
            await restored(kz, members)
    assert (await restored(kz, members)).there == 3
    assert await faults(kz) == []


async def test_many_come_back_in_several_commits(old: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each message with an entry of its own."""
    monkeypatch.setattr("gateway.flow.archiving.PAGE", 2)
    kz = old["KZ.KGD"]
    await restored(kz, await archived(kz))
    assert len(await kz.store.entries("", "restored", 10)) == 3
    monkeypatch.setattr("gateway.flow.archiving.PAGE", 3)
    await restored(kz, await archived(kz))
    assert len(await kz.store.entries("", "restored", 10)) == 6


async def test_an_archive_of_a_removal_that_is_over_is_not_noted(old: Town) -> None:
    """Nobody waits for it any more; while it is under way, only what is in an archive goes."""
    kz, desk = old["KZ.KGD"], retention(old["KZ.KGD"])
    found = await desk.propose(EVERYTHING, ALMA)
    found = await desk.approve(found.id, BOLAT)
    (messages,) = [page async for page in archiving(kz).chosen(found)]
    with pytest.raises(Rejected, match=ErrorCode.RETAINED.code):
        _ = [progress async for progress in desk.run(found.id)]
    await archiving(kz).written(found, messages[:2], "a.zip", bytes(32), ALMA)
    await change(kz, "UPDATE deliveries SET state = 'held' WHERE message = 3")
    done = [progress async for progress in desk.run(found.id)][-1]
    assert (done.purged, done.skipped) == (2, 1)
    with pytest.raises(Rejected, match=ErrorCode.RETAINED.code):
        await archiving(kz).written(found, messages, "b.zip", bytes(32), ALMA)
    assert (await desk.found(found.id)).archive == (bytes(32).hex(),)
    await archiving(kz).written(None, messages, "c.zip", bytes(32), ALMA)
    assert len(await kz.store.entries("", "archived", 10)) == 2
