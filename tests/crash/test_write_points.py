"""Every write of the store fails once, before it is applied and after: nothing is lost, nothing happens twice."""

import contextlib
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from gateway.core.errors import Rejected
from gateway.core.names import SECOND
from gateway.flow.ports import Operator
from gateway.store.sqlite import SqliteStore
from tests.crash.points import OTHERS, READS, RECEIVER_WRITES, SENDER_WRITES, Crash, Faulty, failing
from tests.flow.faulty import send_faulty, tell_by_signals
from tests.flow.pulling import go_for, let_pull, post_back, pull, take_in
from tests.house import sample
from tests.town import PULL_RETRY, Fault, Node, Town, down, quiet

DOCUMENT = sample("restricted/TransitReleaseNotice--drivers-and-a-representative")
EXPORT = sample("valid/ActualExportNotice--only-what-is-mandatory")
RESULT = sample("valid/ProcessingResult--rejected").replace(b"<csdo:SignalCode>P.MSG.ERR</csdo:SignalCode>", b"")
MESSAGE_ID = "crash-1@town"

KEEPER_WRITES = [("BY.GTK", "fulfil", 1), ("BY.GTK", "fulfil", 2), ("KZ.KGD", "fulfil", 1), ("KZ.KGD", "fulfil", 2),
                 ("KZ.KGD", "pass_timer", 1), ("BY.GTK", "pass_timer", 1), ("KZ.KGD", "settle", 1), ("BY.GTK", "add", 2)]  # fmt: skip
STEPS = ["first message", "received", "accepted", "answer", "answer received", "answer accepted"]


@pytest.fixture
async def quiet_town(tmp_path: Path) -> AsyncIterator[Town]:
    """Two gateways, not yet open."""
    town = Town(tmp_path, "KZ.KGD", "BY.GTK")
    yield town
    await town.close()


async def live(town: Town) -> None:
    """Everything that happens to one message, with a repeat at each edge."""
    await town["KZ.KGD"].post(DOCUMENT, MESSAGE_ID)
    await town["KZ.KGD"].post(DOCUMENT, MESSAGE_ID)
    await town["KZ.KGD"].deliver()
    if town.sent:  # the attempt itself may have been cut off before the send
        await receipt_of(town)
    await town["BY.GTK"].take_all()
    await town["BY.GTK"].sequence()
    await town["KZ.KGD"].sequence()


async def receipt_of(town: Town) -> bytes:
    """What the receiver answers when the sender's bytes come once more."""
    _, content_type, body = town.sent[-1]
    return (await town["BY.GTK"].receive(town["KZ.KGD"].house, content_type, body)).body


async def live_through(town: Town) -> None:
    """The message's life, a crash and a restart where the fault strikes, and the whole life again."""
    await town.open()
    with contextlib.suppress(Crash):
        await live(town)
    town.wraps.clear()
    await town.reopen()
    await live(town)


async def check_one_delivery(town: Town) -> None:
    """Exactly one message, delivered, with the one receipt that the receiver remembers; both logs whole."""
    kz, by = town["KZ.KGD"], town["BY.GTK"]
    (sent,) = await kz.store.messages({}, 10)
    (arrived,) = await by.store.messages({}, 10)
    assert (sent["state"], sent["message_id"]) == ("delivered", MESSAGE_ID)
    assert arrived["acknowledged_at"] > 0
    assert arrived["digest_out"] == sent["digest_out"]
    (delivery,) = await kz.store.deliveries(sent["id"])
    assert await receipt_of(town) == delivery["receipt"]
    assert len(set(town.sent)) == 1, "every attempt sent the same bytes"
    for node in (kz, by):
        await node.check()
    assert (await by.store.entry_counts())["received"] == 1
    assert (await kz.store.entry_counts())["accepted"] == 1


@pytest.mark.parametrize("applied", [False, True], ids=["not-applied", "applied"])
@pytest.mark.parametrize(
    ("party", "method"),
    [("KZ.KGD", name) for name in SENDER_WRITES] + [("BY.GTK", name) for name in RECEIVER_WRITES],
)
async def test_a_crash_at_any_write_loses_and_repeats_nothing(
    quiet_town: Town, party: str, method: str, *, applied: bool
) -> None:
    """After reopening and sending again there is one message, one inbox item and one receipt."""
    made = failing(quiet_town, party, method, applied=applied)
    await live_through(quiet_town)
    assert made[0].crashed, f"{method} was never called"
    await check_one_delivery(quiet_town)


async def live_pulled(town: Town) -> None:
    """Everything that happens to one message that the partner comes for."""
    let_pull(town["KZ.KGD"])
    go_for(town["BY.GTK"])
    await town["KZ.KGD"].post(DOCUMENT, MESSAGE_ID)
    pulled = await pull(town)
    if MESSAGE_ID.encode() in pulled.body and b"UserMessage" in pulled.body:
        town.sent.append(("party:BY.GTK", pulled.content_type, pulled.body))
        await post_back(town, await take_in(town, pulled))
    await town["BY.GTK"].take_all()


@pytest.mark.parametrize("applied", [False, True], ids=["not-applied", "applied"])
@pytest.mark.parametrize(("party", "method"), [("KZ.KGD", "pull"), ("KZ.KGD", "settle"), ("BY.GTK", "add")])
async def test_a_crash_while_a_message_is_pulled_loses_and_repeats_nothing(
    quiet_town: Town, party: str, method: str, *, applied: bool
) -> None:
    """Leased and not sent, taken and not receipted, receipted and not settled: it comes again, and arrives once."""
    made = failing(quiet_town, party, method, applied=applied)
    await quiet_town.open()
    with contextlib.suppress(Crash):
        await live_pulled(quiet_town)
    assert made[0].crashed, f"{method} was never called"
    quiet_town.wraps.clear()
    await quiet_town.reopen()
    quiet_town.clock.advance(PULL_RETRY / SECOND)
    await live_pulled(quiet_town)
    await check_one_delivery(quiet_town)


@pytest.mark.parametrize("applied", [False, True], ids=["not-applied", "applied"])
@pytest.mark.parametrize("method", ["close_gate", "open_gate"])
async def test_a_crash_while_a_gate_is_kept_loses_nothing(quiet_town: Town, method: str, *, applied: bool) -> None:
    """The partner that pulls comes again, later or sooner, and gets the message once."""
    made: list[Faulty] = []

    def wrap(store: SqliteStore) -> Faulty:
        made.append(Faulty(store, method, applied=applied))
        return made[-1]

    async def visits(fault: Fault) -> None:
        let_pull(quiet_town["KZ.KGD"])
        go_for(quiet_town["BY.GTK"])
        quiet_town["BY.GTK"].loopback.fault = fault
        quiet_town.clock.advance(3600)
        await quiet_town["BY.GTK"].pull()

    quiet_town.wraps["BY.GTK"] = wrap
    await quiet_town.open()
    await quiet_town["KZ.KGD"].post(DOCUMENT, MESSAGE_ID)
    await visits(down("party:KZ.KGD"))
    await visits(lambda _: None)
    assert made[0].crashed, f"{method} was never called"
    quiet_town.wraps.clear()
    await quiet_town.reopen()
    await visits(lambda _: None)
    assert await quiet_town["BY.GTK"].store.gate("pull:KZ.KGD") is None
    (arrived,) = await quiet_town["BY.GTK"].store.messages({}, 10)
    assert arrived["message_id"] == MESSAGE_ID


@pytest.mark.parametrize("applied", [False, True], ids=["not-applied", "applied"])
async def test_a_crash_while_a_content_is_turned_down_tells_it_once(quiet_town: Town, *, applied: bool) -> None:
    """Receipt, refusal and signal are there together or not at all: sent again, it is told once."""
    tell_by_signals(quiet_town)
    made = failing(quiet_town, "KZ.KGD", "turn_down", applied=applied)
    await quiet_town.open()
    with contextlib.suppress(Crash):
        await send_faulty(quiet_town)
    assert made[0].crashed
    quiet_town.wraps.clear()
    await quiet_town.reopen()
    first, again = await send_faulty(quiet_town), await send_faulty(quiet_town)
    await quiet(quiet_town)
    assert first == again
    assert len(await quiet_town["BY.GTK"].take_all()) == 1
    counts = await quiet_town["KZ.KGD"].store.entry_counts()
    assert (counts["refused"], counts["accepted"]) == (1, 1)
    for node in ("KZ.KGD", "BY.GTK"):
        await quiet_town[node].check()


async def oblige(town: Town) -> None:
    """A mutual obligation from its first message to its completion, each posting with an id of its own."""
    await town["KZ.KGD"].post(EXPORT, MESSAGE_ID, to=("BY.GTK",))
    await quiet(town)
    await town["BY.GTK"].post(RESULT, "result@town", to=("KZ.KGD",), ref_to_message_id=MESSAGE_ID)
    await quiet(town)
    town.clock.advance(601)
    await quiet(town)


@pytest.mark.parametrize("applied", [False, True], ids=["not-applied", "applied"])
@pytest.mark.parametrize(("party", "method", "nth"), KEEPER_WRITES)
async def test_a_crash_of_the_keeper_repeats_and_forgets_no_step(
    quiet_town: Town, party: str, method: str, nth: int, *, applied: bool
) -> None:
    """After reopening, both sides hold every step exactly once, and the obligation completes."""
    made = failing(quiet_town, party, method, applied=applied, nth=nth)
    await quiet_town.open()
    with contextlib.suppress(Crash):
        await oblige(quiet_town)
    assert made[0].crashed, f"{method} was not called {nth} times"
    quiet_town.wraps.clear()
    await quiet_town.reopen()
    await oblige(quiet_town)
    for name in ("KZ.KGD", "BY.GTK"):
        (found,) = await quiet_town[name].conversations.show(MESSAGE_ID)
        steps = [row["as"] for row in found["messages"]]
        assert (found["state"], sorted(steps)) == ("completed", sorted(STEPS)), steps
        await quiet_town[name].check()


async def test_without_the_id_memory_the_message_would_arrive_twice(quiet_town: Town) -> None:
    """The control: the same crash, with the receiver's memory of ids wiped, shows two messages."""
    quiet_town.wraps["KZ.KGD"] = lambda store: Faulty(store, "settle", applied=False)
    await quiet_town.open()
    await live(quiet_town)
    quiet_town.wraps.clear()
    await quiet_town.reopen()
    engine = quiet_town["BY.GTK"].real._engine
    await engine.write(lambda database: database.execute("DELETE FROM ids"))
    await engine.write(lambda database: database.execute("UPDATE messages SET message_id = 'older@town'"))
    await live(quiet_town)
    assert len(await quiet_town["BY.GTK"].store.messages({}, 10)) == 2


async def test_an_operators_verb_is_applied_with_its_entry_or_not_at_all(quiet_town: Town) -> None:
    """A crash around `move` leaves the state and the log agreeing."""
    for applied in (False, True):
        quiet_town.wraps["KZ.KGD"] = lambda store, applied=applied: Faulty(store, "move", applied=applied)
        await quiet_town.open()
        await quiet_town["KZ.KGD"].post(DOCUMENT, f"verb-{applied}@town")
        with pytest.raises(Crash):
            await quiet_town["KZ.KGD"].operate.act(
                "hold", {"message_id": f"verb-{applied}@town"}, Operator("me", "test")
            )
        quiet_town.wraps.clear()
        await quiet_town.reopen()
        (row,) = await quiet_town["KZ.KGD"].store.messages({"message_id": f"verb-{applied}@town"}, 10)
        held = await quiet_town["KZ.KGD"].store.entries(f"verb-{applied}@town", "hold", 10)
        assert (row["state"], len(held)) == (("held", 1) if applied else ("queued", 0))
        await quiet_town.close()


async def fill(node: Node) -> None:
    """Post until nothing fits any more."""
    for number in range(200):
        await node.post(DOCUMENT, f"full-{number}@town")


async def test_a_full_disk_refuses_and_keeps_nothing(quiet_town: Town) -> None:
    """When the commit fails, the producer is told to send again, and nothing of the message is there."""
    await quiet_town.open()
    kz = quiet_town["KZ.KGD"]
    await kz.real._engine.write(lambda database: database.execute("PRAGMA max_page_count = 1"))
    with pytest.raises(Rejected) as refusal:
        await fill(kz)
    assert refusal.value.first.code == "GW:7002"
    await kz.real._engine.write(lambda database: database.execute("PRAGMA max_page_count = 1000000"))
    accepted = await kz.post(DOCUMENT, "room-again@town")
    assert accepted.answer.status == 202
    await kz.check()


def test_every_write_point_is_listed() -> None:
    """A new method of the store is a read, or has its rows in this table."""
    methods = {name for name in dir(SqliteStore) if not name.startswith("_")}
    assert methods == READS - {"start"} | set(SENDER_WRITES) | set(RECEIVER_WRITES) | set(OTHERS)


def test_the_life_has_every_step_once() -> None:
    """The table names no method twice for one side."""
    assert max(Counter(SENDER_WRITES).values()) == max(Counter(RECEIVER_WRITES).values()) == 1
