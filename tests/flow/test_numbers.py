"""Each message to a partner has a number; each number of a partner's came, is void, or is missing and alarmed."""

import asyncio
import json
import logging
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from gateway.core.errors import ErrorCode
from gateway.core.evidence import voids
from gateway.core.evidence.voids import Void
from gateway.core.names import SECOND, Micros, PartyId
from gateway.core.own_properties import NAMES
from gateway.flow.ports import Operator
from gateway.flow.ports_numbers import Gap
from gateway.flow.sending import Reply
from tests.flow.pulling import go_for, let_pull, post_back, pull, take_in
from tests.house import sample
from tests.town import Node, Town, down

NORMAL = sample("valid/DocumentVerificationRequest--invoice-and-waybill")
OPERATOR = Operator("op", "test")
TO, FROM = "party:BY.GTK", "party:KZ.KGD"
HOURS = 3600


@pytest.fixture
async def town(tmp_path: Path) -> AsyncIterator[Town]:
    """Two gateways, open."""
    found = Town(tmp_path, "KZ.KGD", "BY.GTK")
    await found.open()
    yield found
    await found.close()


async def post(town: Town, *numbers: int) -> None:
    """Messages from KZ to BY."""
    for number in numbers:
        await town["KZ.KGD"].post(NORMAL, f"m{number}@town", to=("BY.GTK",))


async def given(node: Node) -> dict[str, int]:
    """The number of each message to a partner."""
    rows = await node.real._engine.read_aside(
        lambda database: database.execute(
            "SELECT m.message_id, d.sequence FROM deliveries d JOIN messages m ON m.id = d.message WHERE kind = 'partner'"
        ).fetchall()
    )
    return {row[0]: row[1] for row in rows}


async def arrived(node: Node) -> dict[int, tuple[str, str]]:
    """What came under each number."""
    rows = await node.real._engine.read_aside(
        lambda database: database.execute("SELECT sequence, message_id, kind FROM arrivals").fetchall()
    )
    return {row[0]: (row[1], row[2]) for row in rows}


async def told(node: Node, kind: str) -> list[dict[str, Any]]:
    """The leaves of a kind, oldest first."""
    return [json.loads(bytes(row["body"])) for row in reversed(await node.store.entries("", kind, 100))]


async def gaps(node: Node) -> list[tuple[int, int]]:
    """What is missing."""
    return [(gap["first"], gap["last"]) for row in await node.store.numbers() for gap in row["gaps"]]


async def lost_on_the_way(town: Town, *numbers: int) -> None:
    """Messages that were numbered and sent, and never came."""
    town["KZ.KGD"].loopback.fault = down(TO, code=ErrorCode.TIMED_OUT)
    await post(town, *numbers)
    await town["KZ.KGD"].deliver()
    town["KZ.KGD"].loopback.fault = lambda _: None


async def test_messages_to_a_partner_are_numbered_in_the_order_they_leave(town: Town) -> None:
    """From 1, without gaps; the partner knows every one, in the leaf, too."""
    await post(town, 1, 2, 3)
    await town["KZ.KGD"].deliver()
    assert await given(town["KZ.KGD"]) == {"m1@town": 1, "m2@town": 2, "m3@town": 3}
    assert await arrived(town["BY.GTK"]) == {n: (f"m{n}@town", "accepted") for n in (1, 2, 3)}
    assert [leaf["sequence"] for leaf in await told(town["BY.GTK"], "received")] == [1, 2, 3]
    assert [leaf["sequence"] for leaf in await told(town["KZ.KGD"], "delivered")] == [1, 2, 3]
    assert await gaps(town["BY.GTK"]) == []


async def test_a_partner_without_a_log_gets_no_number(town: Town) -> None:
    """Other products refuse properties that they do not know."""
    kz = town["KZ.KGD"]
    parties = kz.settings.register.parties
    parties[PartyId("BY.GTK")] = replace(parties[PartyId("BY.GTK")], log=None)  # type: ignore[index]
    await post(town, 1)
    await kz.deliver()
    assert await given(kz) == {"m1@town": 0}
    assert b"Sequence" not in town.sent[-1][2]


async def test_a_message_packed_without_a_number_never_gets_one(town: Town) -> None:
    """Its bytes stay as they are, whatever is configured later."""
    kz = town["KZ.KGD"]
    parties = kz.settings.register.parties
    known = parties[PartyId("BY.GTK")]
    parties[PartyId("BY.GTK")] = replace(known, log=None)  # type: ignore[index]
    await lost_on_the_way(town, 1)
    parties[PartyId("BY.GTK")] = known  # type: ignore[index]
    town.clock.advance(60)
    await post(town, 2)
    await kz.deliver()
    assert await given(kz) == {"m1@town": 0, "m2@town": 1}
    assert await arrived(town["BY.GTK"]) == {1: ("m2@town", "accepted")}


async def test_a_number_given_before_the_log_was_taken_back_is_not_told(town: Town) -> None:
    """Nothing that the partner might not know is sent to it."""
    kz = town["KZ.KGD"]
    await post(town, 1)
    now = kz.clock.now()
    (job,) = await kz.store.lease(now, Micros(now + SECOND), {TO: 1}, frozenset({TO}))
    assert job.sequence == 1
    parties = kz.settings.register.parties
    parties[PartyId("BY.GTK")] = replace(parties[PartyId("BY.GTK")], log=None)  # type: ignore[index]
    town.clock.advance(60)
    await kz.deliver()
    assert b"Sequence" not in town.sent[-1][2]


async def test_every_attempt_has_the_same_number(town: Town) -> None:
    """It is durable before the message is packed, and no other message gets it."""
    await lost_on_the_way(town, 1, 2)
    before = await given(town["KZ.KGD"])
    town.clock.advance(60)
    await post(town, 3)
    await town["KZ.KGD"].deliver()
    assert await given(town["KZ.KGD"]) == {**before, "m3@town": 3}
    assert sorted(await arrived(town["BY.GTK"])) == [1, 2, 3]


async def test_numbers_are_given_once_however_many_lease(town: Town) -> None:
    """Workers that lease side by side get each delivery, and each number, once."""
    kz = town["KZ.KGD"]
    await post(town, *range(1, 31))
    now = kz.clock.now()
    leases = (kz.store.lease(now, Micros(now + SECOND), {TO: 5}, frozenset({TO})) for _ in range(8))
    jobs = [job for found in await asyncio.gather(*leases) for job in found]
    assert sorted(job.sequence for job in jobs) == list(range(1, 31))


async def test_a_pulled_message_has_its_number(town: Town) -> None:
    """Given when it is pulled first, the same when it is pulled again."""
    kz, by = town["KZ.KGD"], town["BY.GTK"]
    let_pull(kz)
    go_for(by)
    await post(town, 1)
    await pull(town)
    town.clock.advance(60)
    await post_back(town, await take_in(town, await pull(town)))
    assert await given(kz) == {"m1@town": 1}
    assert await arrived(by) == {1: ("m1@town", "accepted")}


async def test_the_number_is_shown_to_no_national_system(town: Town) -> None:
    """It is taken off on arrival, and makes no repeat another message."""
    by = town["BY.GTK"]
    await post(town, 1)
    await town["KZ.KGD"].deliver()
    _, content_type, body = town.sent[-1]
    assert b"Sequence" in body
    (item,) = await by.take_all()
    assert NAMES.isdisjoint(found.name for found in item.header.properties)
    await by.receive(town["KZ.KGD"].house, content_type, body)
    assert [leaf["message_id"] for leaf in await told(by, "duplicate")] == ["m1@town"]
    assert await arrived(by) == {1: ("m1@town", "accepted")}


async def test_the_number_of_a_refused_message_was_seen(town: Town) -> None:
    """Refused by the receiver for its content: nothing is missing."""
    by = town["BY.GTK"]
    parties = by.settings.register.parties
    known = parties[PartyId("KZ.KGD")]
    parties[PartyId("KZ.KGD")] = replace(known, agreements=frozenset())  # type: ignore[index]
    await post(town, 1)
    await town["KZ.KGD"].deliver()
    assert await arrived(by) == {1: ("m1@town", "refused")}
    assert len(await told(by, "refused")) == 1
    parties[PartyId("KZ.KGD")] = known  # type: ignore[index]
    await town["KZ.KGD"].operate.act("retry", {}, OPERATOR)
    await town["KZ.KGD"].deliver()
    assert await arrived(by) == {1: ("m1@town", "accepted")}


async def test_a_number_counts_only_where_its_sender_is_proven(town: Town) -> None:
    """Whoever has a partner's connection, but not its signing key, makes no number seen; the control is the true message."""
    kz, by = town["KZ.KGD"], town["BY.GTK"]
    await lost_on_the_way(town, 1)
    _, content_type, body = town.sent[-1]
    forged = body.replace(b'"Sequence">1<', b'"Sequence">7<')
    assert forged != body
    await by.receive(kz.house, content_type, forged)
    assert len(await told(by, "refused")) == 1
    assert await arrived(by) == {}
    await by.receive(kz.house, content_type, body)
    assert await arrived(by) == {1: ("m1@town", "accepted")}
    assert await gaps(by) == []


async def test_a_dropped_message_is_void_on_the_other_side(town: Town) -> None:
    """Told once, signed, in both logs; nothing is missing then."""
    kz, by = town["KZ.KGD"], town["BY.GTK"]
    await lost_on_the_way(town, 1)
    await kz.operate.act("drop", {"message_id": "m1@town"}, OPERATOR)
    await post(town, 2)
    await kz.deliver()
    assert await gaps(by) == [(1, 1)]
    for _ in range(3):
        await kz.numbers.round()
        await by.numbers.round()
    assert await gaps(by) == []
    ((heard,), (said,)) = await told(by, "void"), await told(kz, "void")
    assert heard["numbers"] == said["numbers"] == [1]
    assert heard["sender"] == "KZ.KGD"
    (found,) = voids.opened(heard["note"].encode(), kz.settings.register.notary.signer.verifier, "by.gtk.gateway/log")
    assert (found.sequence, found.why) == (1, "dropped")
    for node in (kz, by):
        await node.check()


async def test_without_the_announcement_a_dropped_message_is_missing(town: Town) -> None:
    """The control: a number that is neither void nor there stays a gap."""
    kz, by = town["KZ.KGD"], town["BY.GTK"]
    await lost_on_the_way(town, 1)
    await kz.operate.act("drop", {"message_id": "m1@town"}, OPERATOR)
    await post(town, 2)
    await kz.deliver()
    town.clock.advance(73 * HOURS)
    await by.numbers.round()
    assert await gaps(by) == [(1, 1)]
    assert [(leaf["first"], leaf["last"]) for leaf in await told(by, "gap")] == [(1, 1)]


@pytest.mark.parametrize("how", ["expired", "failed"])
async def test_what_is_given_up_in_any_way_is_void(town: Town, how: str) -> None:
    """Its deadline passed, or it was refused for good."""
    kz, by = town["KZ.KGD"], town["BY.GTK"]
    await lost_on_the_way(town, 1)
    if how == "expired":
        town.clock.advance(200 * HOURS)
        await kz.deliver()
    else:
        await kz.operate.act("fail", {}, OPERATOR)
    await kz.numbers.round()
    (heard,) = await told(by, "void")
    assert heard["note"].splitlines()[3].split()[:2] == ["1", how]


async def test_a_message_without_a_number_is_never_void(town: Town) -> None:
    """What was never tried has no number."""
    kz = town["KZ.KGD"]
    await post(town, 1)
    await kz.operate.act("drop", {}, OPERATOR)
    await kz.numbers.round()
    assert await told(kz, "void") == []


async def test_a_message_retried_before_anybody_was_told_is_not_void(town: Town) -> None:
    """It comes; the partner hears nothing else."""
    kz, by = town["KZ.KGD"], town["BY.GTK"]
    await lost_on_the_way(town, 1)
    await kz.operate.act("fail", {}, OPERATOR)
    await kz.operate.act("retry", {}, OPERATOR)
    await kz.numbers.round()
    await kz.deliver()
    assert await told(by, "void") == []
    assert await arrived(by) == {1: ("m1@town", "accepted")}


async def test_a_void_number_that_comes_after_all_has_arrived(town: Town) -> None:
    """An operator retried what the partner had been told of."""
    kz, by = town["KZ.KGD"], town["BY.GTK"]
    await lost_on_the_way(town, 1)
    await kz.operate.act("fail", {}, OPERATOR)
    await kz.numbers.round()
    ((row,),) = ([row for row in await by.store.numbers() if row["party"] == "KZ.KGD"],)
    assert row["their_voids"] == 1
    await kz.operate.act("retry", {}, OPERATOR)
    await kz.deliver()
    (row,) = await by.store.numbers()
    assert row["their_voids"] == 0
    assert await arrived(by) == {1: ("m1@town", "accepted")}


async def test_void_numbers_are_told_until_they_are_acknowledged(town: Town) -> None:
    """With longer and longer waits; then no more."""
    kz, by = town["KZ.KGD"], town["BY.GTK"]
    await lost_on_the_way(town, 1, 2)
    await kz.operate.act("drop", {}, OPERATOR)
    asked = list[str]()

    def fault(target: str) -> None:
        asked.append(target)
        down("log:BY.GTK")(target)

    kz.loopback.fault = fault
    for _ in range(3):
        await kz.numbers.round()
    assert len(asked) == 1, "a partner that does not answer is left alone"
    town.clock.advance(2)
    await kz.numbers.round()
    assert len(asked) == 2
    kz.loopback.fault = lambda _: None
    town.clock.advance(900)
    await kz.numbers.round()
    await kz.numbers.round()
    assert [leaf["numbers"] for leaf in await told(by, "void")] == [[1, 2]]


async def test_a_partner_that_comes_for_its_messages_asks_for_void_numbers(town: Town) -> None:
    """It cannot be reached: it is told in the answer, and acknowledges it; asked a minute later at most."""
    kz, by = town["KZ.KGD"], town["BY.GTK"]
    kz.loopback.fault = down("log:BY.GTK", TO, code=ErrorCode.TIMED_OUT)
    await post(town, 1)
    await kz.deliver()
    await kz.operate.act("drop", {}, OPERATOR)
    await kz.numbers.round()
    await by.numbers.round()
    assert by.loopback.asked == [], "the control: it is reached as a rule"
    go_for(by)
    for _ in range(2):
        await by.numbers.round()
    assert [leaf["numbers"] for leaf in await told(by, "void")] == [[1]]
    assert [leaf["recipient"] for leaf in await told(kz, "void")] == ["BY.GTK"]
    assert len(by.loopback.asked) == 2
    town.clock.advance(61)
    await by.numbers.round()
    assert len(by.loopback.asked) == 3
    assert len(await told(by, "void")) == 1


async def test_an_answer_that_is_no_note_is_not_taken(town: Town, caplog: pytest.LogCaptureFixture) -> None:
    """The partner is left alone for a while."""
    by = town["BY.GTK"]
    go_for(by)

    class Wrong:
        async def ask(self, *_: Any) -> Reply:
            return Reply(200, b"nonsense")

    by.numbers._asker = Wrong()
    for _ in range(2):
        await by.numbers.round()
    assert caplog.text.count("could not be exchanged") == 1


async def test_a_note_that_is_not_the_partners_changes_nothing(town: Town) -> None:
    """400; the partner goes on telling. A party without a log is told so."""
    kz, by = town["KZ.KGD"], town["BY.GTK"]
    party = by.settings.register.parties[PartyId("KZ.KGD")]
    forged = by.settings.register.notary.signed(
        voids.text("kz.kgd.gateway/log", "by.gtk.gateway/log", [Void(1, "dropped", Micros(0))])
    )
    assert (await by.numbers.hear(party, forged.bytes())).status == 400
    assert (await by.numbers.hear(replace(party, log=None), forged.bytes())).status == 403
    assert await told(by, "void") == []
    await lost_on_the_way(town, 1)
    await kz.operate.act("drop", {}, OPERATOR)
    parties = by.settings.register.parties
    parties[PartyId("KZ.KGD")] = replace(party, log=None)  # type: ignore[index]
    await kz.numbers.round()
    assert await told(kz, "void") == []


async def test_a_gap_alarms_once_past_every_deadline_and_closes_when_the_number_comes(
    town: Town, caplog: pytest.LogCaptureFixture
) -> None:
    """Not before: what is on its way is not missing yet."""
    kz, by = town["KZ.KGD"], town["BY.GTK"]
    await lost_on_the_way(town, 1, 2, 3, 4)
    await post(town, 5)
    rows = await kz.store.messages({}, 10)
    for row in rows[1:]:
        await kz.operate.act("hold", {"message_id": row["message_id"]}, OPERATOR)
    town.clock.advance(60)
    await kz.deliver()
    assert len(rows) == 5
    assert await gaps(by) == [(1, 4)]
    town.clock.advance(71 * HOURS)
    await by.numbers.round()
    assert await told(by, "gap") == []
    town.clock.advance(2 * HOURS)
    with caplog.at_level(logging.WARNING):
        await by.numbers.round()
        await by.numbers.round()
    assert [(leaf["first"], leaf["last"]) for leaf in await told(by, "gap")] == [(1, 4)]
    assert len([record for record in caplog.records if "1 to 4" in record.getMessage()]) == 1
    await kz.deliver()  # all of them have expired, and nobody was told
    await kz.operate.act("retry", {"message_id": "m2@town"}, OPERATOR)
    await kz.deliver()
    await by.numbers.round()
    await by.numbers.round()
    assert [(leaf["first"], leaf["last"]) for leaf in await told(by, "gap-closed")] == [(2, 2)]
    assert await gaps(by) == [(1, 1), (3, 4)]
    assert len(await told(by, "gap")) == 1, "what is left of an alarmed gap is not alarmed again"


async def test_a_gap_that_changes_while_it_is_alarmed_is_looked_at_again(town: Town) -> None:
    """What is written down is what is missing."""
    kz, by = town["KZ.KGD"], town["BY.GTK"]
    await lost_on_the_way(town, 1)
    town.clock.advance(60)
    await post(town, 2)
    await kz.deliver()
    real = by.store.gaps_past

    async def stale(party: str, before: Micros) -> list[Gap]:
        await real(party, before)
        return [Gap("KZ.KGD", 1, 9, before)]

    by.numbers._store.gaps_past = stale  # type: ignore[method-assign]
    await by.numbers.round()
    assert await told(by, "gap") == []


async def test_a_number_given_twice_is_told(town: Town, caplog: pytest.LogCaptureFixture) -> None:
    """A partner that was set back to an old backup gives its numbers again."""
    kz, by = town["KZ.KGD"], town["BY.GTK"]
    await post(town, 1)
    await kz.deliver()
    await kz.real._engine.write(lambda database: database.execute("DELETE FROM sequences"))
    await post(town, 2)
    await kz.deliver()
    for _ in range(2):
        await by.numbers.round()
    (leaf,) = await told(by, "number-reused")
    assert (leaf["number"], leaf["first"], leaf["message_id"]) == (1, "m1@town", "m2@town")
    assert "gave number 1 to two messages" in caplog.text


async def test_looking_goes_on_after_a_fault(
    town: Town, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """A fault of the store is waited out."""
    monkeypatch.setattr("gateway.flow.numbers.POLL", 0.001)
    kz, calls = town["KZ.KGD"], list[int]()

    async def closed() -> list[Gap]:
        calls.append(1)
        if len(calls) == 1:
            raise OSError("disk")
        return []

    kz.numbers._store.closed_gaps = closed  # type: ignore[method-assign]
    task = asyncio.create_task(kz.numbers.run())
    while len(calls) < 3:
        await asyncio.sleep(0.001)
    task.cancel()
    assert "tried again" in caplog.text
