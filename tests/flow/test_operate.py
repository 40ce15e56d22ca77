"""Operators' verbs and the status that producers see."""

from collections import Counter

import pytest

from gateway.core.errors import ErrorCode, Rejected
from gateway.core.language import Language
from gateway.core.names import SystemId
from gateway.core.states import Delivery
from gateway.core.texts import told
from gateway.flow.operate import VERBS
from gateway.flow.ports import Operator
from gateway.flow.sending import SendError
from tests.house import sample
from tests.town import SYSTEM, Node, Town, down

DOCUMENT = sample("valid/ProcessingResult--rejected")
OPERATOR = Operator("Aigerim", "partner asked for it")


@pytest.fixture
async def kz(town: Town) -> Node:
    """A gateway with one message queued for BY."""
    await town["KZ.KGD"].post(DOCUMENT, "one@town", to=("BY.GTK",))
    return town["KZ.KGD"]


async def state(node: Node) -> str:
    """Where the one delivery stands."""
    (row,) = await node.store.messages({"message_id": "one@town"}, 10)
    return str(row["state"])


async def act(node: Node, verb: str) -> Delivery | None:
    """The verb on the one delivery."""
    (changed,) = await node.operate.act(verb, {"message_id": "one@town"}, OPERATOR)
    return changed.after


async def test_an_expired_delivery_says_so_in_any_language(town: Town, kz: Node) -> None:
    """What is stored is English; where that is the code's own meaning, it is told as the reader asks."""
    kz.loopback.fault = down("party:BY.GTK")
    town.clock.advance(73 * 3600)
    await kz.deliver()
    (life,) = await kz.operate.status(SYSTEM, "one@town")
    (delivery,) = life["deliveries"]  # type: ignore[misc]

    assert (delivery["state"], delivery["last_code"], delivery["last_ebms"]) == ("expired", "GW:8008", "EBMS:0301")
    assert told(delivery["last_detail"], Language.KK) == "мерзім жеткізілгенге дейін өтіп кетті"


async def test_a_held_delivery_waits_until_it_is_released(town: Town, kz: Node) -> None:
    """Nothing is tried meanwhile, however long it takes."""
    assert await act(kz, "hold") is Delivery.HELD
    town.clock.advance(3600)
    assert await kz.deliver() == 0
    assert await act(kz, "release") is Delivery.QUEUED
    assert await kz.deliver() == 1
    assert await state(kz) == "delivered"


async def test_a_dropped_delivery_is_given_up(kz: Node) -> None:
    """It is not tried, and not taken back."""
    assert await act(kz, "drop") is Delivery.DROPPED
    assert await kz.deliver() == 0
    assert await act(kz, "retry") is None


async def test_a_failed_delivery_can_be_retried_with_a_new_deadline(town: Town, kz: Node) -> None:
    """Even after its old deadline has passed."""
    assert await act(kz, "fail") is Delivery.FAILED
    town.clock.advance(100 * 3600)
    assert await act(kz, "retry") is Delivery.QUEUED
    assert await kz.deliver() == 1
    assert await state(kz) == "delivered"


@pytest.mark.parametrize("verb", VERBS)
async def test_a_delivered_message_cannot_be_moved(kz: Node, verb: str) -> None:
    """What the partner confirmed stays delivered."""
    await kz.deliver()
    assert await act(kz, verb) is None
    assert await state(kz) == "delivered"


async def test_every_verb_is_logged_with_who_and_why(kz: Node) -> None:
    """A verb that was not allowed changes nothing, so there is nothing to log."""
    for verb in ("hold", "hold", "release", "fail", "retry", "drop"):
        await act(kz, verb)
    counts = await kz.store.entry_counts()
    assert {verb: counts[verb] for verb in VERBS} == dict.fromkeys(VERBS, 1)
    (entry,) = await kz.store.entries("one@town", "drop", 10)
    assert b'"who":"Aigerim"' in entry["body"]
    assert b'"why":"partner asked for it"' in entry["body"]
    await kz.check()


async def test_a_verb_on_a_partner_reaches_all_its_deliveries_and_no_other(town: Town, kz: Node) -> None:
    """By filter, as the command line does."""
    await kz.post(DOCUMENT, "two@town", to=("BY.GTK",))
    await kz.post(DOCUMENT, "three@town", to=("RU.FTS",))
    changed = await kz.operate.act("hold", {"recipient": "BY.GTK"}, OPERATOR)
    assert {each.message_id for each in changed} == {"one@town", "two@town"}
    await kz.deliver()
    assert len(await town["RU.FTS"].store.messages({}, 10)) == 1


async def test_an_attempt_that_was_under_way_does_not_undo_a_verb(town: Town, kz: Node) -> None:
    """A late failure is fenced off; a late receipt still counts."""
    now = town.clock.now()
    (job,) = await kz.store.lease(now, now + 15_000_000, {"party:BY.GTK": 1})  # type: ignore[arg-type]
    job = await kz.dispatcher._packing.packed(job)
    await act(kz, "drop")
    assert not await kz.store.settle(await kz.dispatcher._failed(job, ErrorCode.TIMED_OUT, "", 0))
    assert await state(kz) == "dropped"
    assert await kz.store.settle(await kz.dispatcher._attempt(job, job))
    assert await state(kz) == "delivered"


async def test_a_second_operator_loses_the_race(town: Town, kz: Node) -> None:
    """The state that the first one left is not overwritten."""
    original = kz.real.move

    async def slow(move: object) -> bool:
        await town["KZ.KGD"].real._engine.write(lambda db: db.execute("UPDATE deliveries SET state = 'dropped'"))
        return await original(move)  # type: ignore[arg-type]

    kz.real.move = slow  # type: ignore[method-assign]
    assert await act(kz, "hold") is None
    assert await state(kz) == "dropped"


async def test_the_status_shows_the_life_cycle(kz: Node) -> None:
    """Queued with its reason, then delivered, with every log entry and its place in the tree."""
    (life,) = await kz.operate.status(SYSTEM, "one@town")
    assert life["deliveries"][0]["state"] == "queued"  # type: ignore[index]
    assert "turn has not come" in life["deliveries"][0]["waits_because"]  # type: ignore[index]
    await kz.deliver()
    await kz.sequence()
    (life,) = await kz.operate.status(SYSTEM, "one@town")
    assert life["deliveries"][0]["state"] == "delivered"  # type: ignore[index]
    assert [entry["kind"] for entry in life["log"]] == ["accepted", "delivered"]  # type: ignore[attr-defined]
    assert [entry["index"] for entry in life["log"]] == [0, 1]  # type: ignore[attr-defined]


async def test_the_status_says_what_the_last_attempt_met(kz: Node) -> None:
    """A message-level failure names its code's meaning."""

    def fault(_target: str) -> None:
        raise SendError(ErrorCode.TIMED_OUT)

    kz.loopback.fault = fault
    await kz.deliver()
    (life,) = await kz.operate.status(SYSTEM, "one@town")
    assert life["deliveries"][0]["waits_because"] == "the last attempt failed: no answer in time"  # type: ignore[index]


async def test_other_systems_see_nothing(kz: Node) -> None:
    """Not found, whether it exists or not."""
    for system, identifier in ((SystemId("other"), "one@town"), (SYSTEM, "none@town")):
        with pytest.raises(Rejected) as refusal:
            await kz.operate.status(system, identifier)
        assert refusal.value.first is ErrorCode.NOT_FOUND


async def test_several_recipients_are_several_messages_of_one_submission(town: Town) -> None:
    """One commit, one id each, one status for all."""
    kz = town["KZ.KGD"]
    await kz.post(DOCUMENT, "both@town", to=("BY.GTK", "RU.FTS"))
    lives = await kz.operate.status(SYSTEM, "both@town")
    assert [life["message_id"] for life in lives] == ["both.1@town", "both.2@town"]
    await kz.deliver()
    rows = await kz.operate.messages({"message_id": "both@town"}, 10)
    assert Counter(row["state"] for row in rows) == Counter(delivered=2)


async def test_a_verb_keeps_the_deadline_that_a_retry_gave(town: Town, kz: Node) -> None:
    """Expired, retried, held and released: it goes on, and does not expire again at once."""
    await act(kz, "hold")
    town.clock.advance(73 * 3600)
    await kz.deliver()
    assert await state(kz) == "expired"
    for verb in ("retry", "hold", "release"):
        await act(kz, verb)
    town.clock.advance(2)
    await kz.deliver()
    assert await state(kz) == "delivered"
