"""Content goes after the agreed time, when two people say so; what proves that it was exchanged stays."""

import re
from dataclasses import replace

import pytest

from gateway.core import patterns, states
from gateway.core.errors import ErrorCode, Rejected
from gateway.core.names import SECOND, Micros
from gateway.core.retention import Asked
from gateway.flow.ports import Operator
from gateway.store.schema_retention import RETENTION
from tests.flow.keeping import (
    ALMA,
    BOLAT,
    EVERYTHING,
    NOTICE,
    YEARS,
    change,
    exchange,
    faults,
    removed,
    retention,
    rows,
    settle,
)
from tests.house import of_movement, sample
from tests.town import Town, down, quiet


async def test_what_was_kept_for_the_agreed_time_goes_and_what_proves_it_stays(old: Town) -> None:
    """Bodies, packs, keys, business ids and movements go; digests, receipts, ids, headers and the log stay."""
    for name, receipts in (("KZ.KGD", 3), ("BY.GTK", 0)):
        node = old[name]
        before = rows(node, "SELECT message, digest, size FROM payloads")
        known = rows(node, "SELECT count(*) FROM ids")
        done = await removed(node)
        assert (done.purged, done.skipped, done.of) == (3, 0, 3)
        assert rows(node, "SELECT id FROM bodies") == [(0,)]
        assert rows(node, "SELECT * FROM business_ids") == []
        assert rows(node, "SELECT * FROM envelopes") == []
        assert rows(node, "SELECT * FROM transactions") == []
        assert rows(node, "SELECT 1 FROM deliveries WHERE pack IS NOT NULL OR content_key <> x'' OR lane <> ''") == []
        assert rows(node, "SELECT 1 FROM inbox WHERE lane <> ''") == []
        assert rows(node, "SELECT message, digest, size FROM payloads") == before
        assert rows(node, "SELECT count(*) FROM ids") == known
        assert rows(node, "SELECT count(*) FROM deliveries WHERE receipt IS NOT NULL") == [(receipts,)]
        told = sorted(row["message_id"] for row in await node.store.entries("", "purged", 10))
        assert told == ["one@town", "three@town", "two@town"]
        assert await faults(node) == []


async def test_a_repeat_of_a_removed_message_gets_its_old_answer(old: Town) -> None:
    """The memory of ids outlives the body."""
    answer = (await old["KZ.KGD"].post(of_movement(NOTICE, 0), "one@town", to=("BY.GTK",))).answer
    await removed(old["KZ.KGD"])
    assert (await old["KZ.KGD"].post(of_movement(NOTICE, 0), "one@town", to=("BY.GTK",))).answer == answer
    with pytest.raises(Rejected, match=ErrorCode.DUPLICATE_CONFLICT.code):
        await old["KZ.KGD"].post(of_movement(NOTICE, 9), "one@town", to=("BY.GTK",))


async def test_nobody_approves_what_he_proposed(old: Town) -> None:
    """However he writes his name; the control: another person may, once."""
    desk = retention(old["KZ.KGD"])
    found = await desk.propose(EVERYTHING, ALMA)
    for same in ("Alma", " ALMA ", "Al\u200bma", "\uff21lma", "", " ", "\u200b"):
        with pytest.raises(Rejected) as refusal:
            await desk.approve(found.id, Operator(same, "me again"))
        assert refusal.value.faults[0].path == "who"
    with pytest.raises(Rejected) as refusal:
        _ = [progress async for progress in desk.run(found.id)]
    assert "another person has approved" in refusal.value.faults[0].expected
    assert (await desk.approve(found.id, BOLAT)).approved_by == "Bolat"
    with pytest.raises(Rejected) as refusal:
        await desk.approve(found.id, Operator("Vera", "too late"))
    assert "nobody has approved yet" in refusal.value.faults[0].expected
    assert [row["kind"] for row in await old["KZ.KGD"].store.entries("", "", 2)] == ["purge-approved", "purge-proposed"]


async def test_a_date_inside_the_agreed_time_is_refused(old: Town) -> None:
    """Of every agreement that it names; the control: the last moment that is over is taken."""
    kz = old["KZ.KGD"]
    now = kz.clock.now()
    for moment in (now, Micros(now - (YEARS - 3600) * SECOND)):
        with pytest.raises(Rejected) as refusal:
            await retention(kz).propose(Asked("eurasec-customs", moment), ALMA)
        assert [fault.code for fault in refusal.value.faults] == [ErrorCode.RETAINED]
    found = await retention(kz).propose(Asked("eurasec-customs", Micros(now - YEARS * SECOND)), ALMA)
    assert found.messages == 3
    with pytest.raises(Rejected, match=ErrorCode.NOT_FOUND.code):
        await retention(kz).propose(Asked("no-such-agreement"), ALMA)


async def test_what_is_younger_stays(old: Town) -> None:
    """Of old and new traffic, the old goes alone; with nothing old, nothing can be proposed."""
    await exchange(old, "young@town")
    assert (await removed(old["KZ.KGD"])).of == 3
    assert rows(old["KZ.KGD"], "SELECT message_id FROM messages WHERE purged_at = 0") == [("young@town",)]
    with pytest.raises(Rejected, match=ErrorCode.RETAINED.code):
        await retention(old["KZ.KGD"]).propose(EVERYTHING, ALMA)


async def test_what_is_not_settled_is_never_proposed(town: Town) -> None:
    """Neither what waits for its delivery, nor what nobody has read, nor what its transaction awaits an answer to."""
    kz, by = town["KZ.KGD"], town["BY.GTK"]
    await exchange(town, "done@town")
    await kz.post(of_movement(NOTICE, 7), "unread@town", to=("BY.GTK",))
    await quiet(town)
    await kz.post(sample("valid/DocumentVerificationRequest--certificate-of-origin"), "asked@town", to=("BY.GTK",))
    await quiet(town)
    kz.loopback.fault = down("party:BY.GTK")
    await kz.post(of_movement(NOTICE, 8), "held@town", to=("BY.GTK",))
    await kz.operate.act("hold", {"message_id": "held@town"}, ALMA)
    await settle(town)
    await kz.post(of_movement(NOTICE, 9), "fresh@town", to=("BY.GTK",))
    town.clock.advance(YEARS + 60)
    found = {row["open"]: row["messages"] for row in await retention(kz).due(Asked("eurasec-customs"))}
    assert found.keys() >= {"", "delivery", "log"}
    assert found["log"] == 1
    await removed(kz)
    kept = {name for (name,) in rows(kz, "SELECT message_id FROM messages WHERE purged_at = 0")}
    assert {"held@town", "fresh@town"} <= kept
    assert "done@town" not in kept
    waiting = {row["open"] for row in await retention(by).due(EVERYTHING)}
    assert "inbox" in waiting
    await removed(by)
    kept = {name for (name,) in rows(by, "SELECT message_id FROM messages WHERE purged_at = 0")}
    assert "unread@town" in kept
    assert "done@town" not in kept


async def test_nobody_adds_a_message_to_an_approved_removal(old: Town) -> None:
    """What is run is what was proposed and approved: a row put there behind the gateway's back stops both."""
    kz = old["KZ.KGD"]
    desk = retention(kz)
    found = await desk.propose(Asked(before=Micros(kz.clock.now() - YEARS * SECOND)), ALMA)
    await change(kz, "DELETE FROM purge_messages WHERE message = 2")
    with pytest.raises(Rejected, match=ErrorCode.RETAINED.code):
        await desk.approve(found.id, BOLAT)
    await change(kz, "INSERT INTO purge_messages (purge, message) VALUES (1, 2)")
    await desk.approve(found.id, BOLAT)
    await change(kz, "DELETE FROM purge_messages WHERE message = 3")
    with pytest.raises(Rejected, match=ErrorCode.RETAINED.code):
        await desk.ready(found.id)


async def test_nobody_adds_a_message_to_a_removal_that_was_cut_off(old: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of three, two were approved and one has gone: the third stays, and where it went all the same, the log shows it."""
    monkeypatch.setattr("gateway.flow.retention.BATCH", 1)
    kz = old["KZ.KGD"]
    desk = retention(kz)
    await change(kz, "UPDATE inbox SET acknowledged_at = 0")
    await change(kz, "UPDATE deliveries SET state = 'held' WHERE message = 3")
    found = await desk.propose(EVERYTHING, ALMA)
    assert (await desk.approve(found.id, BOLAT)).messages == 2
    await change(kz, "UPDATE deliveries SET state = 'delivered' WHERE message = 3")
    async for _ in desk.run(found.id):
        break
    await change(kz, "INSERT INTO purge_messages (purge, message) VALUES (1, 3)")
    with pytest.raises(Rejected, match=ErrorCode.RETAINED.code):
        await desk.ready(found.id)
    await change(kz, "UPDATE purges SET messages = 3")
    assert [progress async for progress in desk.run(found.id)][-1].purged == 3
    assert any("removed, but more than was approved" in fault for fault in await faults(kz))


async def test_an_agreement_that_is_kept_longer_since_keeps_its_messages(old: Town) -> None:
    """The approval is about what was agreed then; the agreement of the day of the run counts, too."""
    kz = old["KZ.KGD"]
    desk = retention(kz)
    found = await desk.propose(EVERYTHING, ALMA)
    await desk.approve(found.id, BOLAT)
    register = kz.settings.register
    longer = tuple(replace(each, retain=2 * each.retain) for each in register.agreements)
    kind = replace(desk, register=lambda: replace(register, agreements=longer))
    done = [progress async for progress in kind.run(found.id)][-1]
    assert (done.purged, done.skipped) == (0, 3)
    gone = replace(desk, register=lambda: replace(register, agreements=()))
    assert dict(gone._terms(found)) == {}


async def test_a_forgotten_draft_is_swept_with_its_choice(old: Town) -> None:
    """A day later, by the next proposal; a fresh one may belong to somebody who is choosing now."""
    kz = old["KZ.KGD"]
    first = await kz.store.draft(EVERYTHING, {}, kz.clock.now())
    await kz.store.choose(first, [1, 2])
    old.clock.advance(3600)
    second = await kz.store.draft(EVERYTHING, {}, kz.clock.now())
    await kz.store.choose(second, [3])
    assert rows(kz, "SELECT count(*) FROM purge_messages") == [(3,)]
    old.clock.advance(86_000)
    found = await retention(kz).propose(EVERYTHING, ALMA)
    chosen = rows(kz, "SELECT purge, count(*) FROM purge_messages GROUP BY purge")
    assert chosen == [(second, 1), (found.id, 3)]
    assert [purge.id for purge in await kz.store.purges()] == [found.id]
    with pytest.raises(Rejected, match=ErrorCode.NOT_FOUND.code):
        await retention(kz).found(second)


def test_what_waits_is_what_the_tables_of_states_call_open() -> None:
    """The view's words are those of deliveries and transactions."""
    (deliveries,) = re.findall(r"d\.state IN \((.*?)\)", RETENTION, re.DOTALL)
    (transactions,) = re.findall(r"t\.state IN \((.*?)\)", RETENTION, re.DOTALL)
    assert set(re.findall(r"'(.*?)'", deliveries)) == set(states.OPEN)
    assert set(re.findall(r"'(.*?)'", transactions)) == set(patterns.OPEN)
