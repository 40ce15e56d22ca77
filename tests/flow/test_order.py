"""Order per movement: the order of acceptance, on the way and in the inbox, without holding up other movements."""

import re

import pytest

from gateway.core.errors import ErrorCode
from gateway.flow.ports import Operator
from gateway.flow.sending import SendError
from gateway.store import sql
from tests.house import of_movement, sample
from tests.town import SYSTEM, Node, Town, down, states

ONE = sample("valid/TransitOperationNotice--passage")
RELEASE = sample("valid/TransitReleaseNotice--only-what-is-mandatory")
COMPLETION = sample("valid/TransitArrivalCompletionNotice--completed")
DECLARATION = re.compile(b"<cacdo:CustomsDeclarationIdDetails>.*?</cacdo:CustomsDeclarationIdDetails>", re.DOTALL)
FREE = sample("valid/DocumentVerificationRequest--invoice-and-waybill")
OPERATOR = Operator("ops", "test")
BY = "party:BY.GTK"
VALUES = dict.fromkeys(("target", "lane", "system", "lease", "item", "now", "until", "slots", "limit"), 1)


async def post(node: Node, *names: str, document: bytes = ONE) -> None:
    """Messages of one movement, in this order."""
    for name in names:
        await node.post(document, f"{name}@town", to=("BY.GTK",))


async def standing(node: Node) -> list[str]:
    """The deliveries' states in order of acceptance."""
    return [row["state"] for row in reversed(await node.store.messages({}, 100))]


async def arrived(node: Node) -> list[str]:
    """The MessageIds in order of arrival, without the domain."""
    return [row["message_id"].partition("@")[0] for row in reversed(await node.store.messages({}, 100))]


async def test_only_the_first_of_a_movement_is_under_way(town: Town) -> None:
    """The next one follows its receipt; others pass meanwhile."""
    kz, by = town["KZ.KGD"], town["BY.GTK"]
    await post(kz, "a", "b", "c")
    await post(kz, "other", document=of_movement(ONE, 7))
    await post(kz, "free", document=FREE)
    assert await standing(kz) == ["queued", "waiting", "waiting", "queued", "queued"]
    assert await kz.deliver() == 3
    assert await standing(kz) == ["delivered", "queued", "waiting", "delivered", "delivered"]
    while await kz.deliver():
        pass
    assert [name for name in await arrived(by) if name in "abc"] == ["a", "b", "c"]


async def test_types_of_one_movement_share_its_order(town: Town) -> None:
    """Release, passage, completion of one declaration do not overtake each other; one of another declaration does."""
    kz = town["KZ.KGD"]
    declaration = DECLARATION.search(ONE)[0]  # type: ignore[index]
    await post(kz, "release", document=DECLARATION.sub(declaration, RELEASE, count=1))
    await post(kz, "passage")
    await post(kz, "completion", document=DECLARATION.sub(declaration, COMPLETION, count=1))
    await post(kz, "other", document=of_movement(COMPLETION, 7))
    assert await standing(kz) == ["queued", "waiting", "waiting", "queued"]


@pytest.mark.parametrize("verb", ["hold", "fail"])
async def test_what_is_stuck_holds_its_movement_visibly_until_an_operator_acts(town: Town, verb: str) -> None:
    """Held or failed, it is not overtaken; the waiting one says why; dropping it lets the next one go."""
    kz, by = town["KZ.KGD"], town["BY.GTK"]
    await post(kz, "a", "b")
    await kz.operate.act(verb, {"message_id": "a@town"}, OPERATOR)
    assert await kz.deliver() == 0
    (life,) = await kz.operate.status(SYSTEM, "b@town")
    (delivery,) = life["deliveries"]  # type: ignore[misc]
    assert (delivery["state"], "same movement" in delivery["waits_because"]) == ("waiting", True)
    await kz.operate.act("drop", {"message_id": "a@town"}, OPERATOR)
    assert await kz.deliver() == 1
    assert await arrived(by) == ["b"]


async def test_an_expired_one_holds_its_movement_until_it_is_retried(town: Town) -> None:
    """The order is kept over a partner's outage longer than the deadline, by the operator's choice."""
    kz, by = town["KZ.KGD"], town["BY.GTK"]
    kz.loopback.fault = down(BY)
    await post(kz, "a")
    town.clock.advance(71 * 3600)
    await post(kz, "b")
    town.clock.advance(2 * 3600)
    await kz.deliver()
    assert await standing(kz) == ["expired", "waiting"]
    kz.loopback.fault = lambda _: None
    town.clock.advance(1800)
    assert await kz.deliver() == 0
    await kz.operate.act("retry", {"message_id": "a@town"}, OPERATOR)
    while await kz.deliver():
        pass
    assert await arrived(by) == ["a", "b"]


async def test_a_released_one_goes_back_behind_those_before_it(town: Town) -> None:
    """Releasing out of order does not overtake."""
    kz = town["KZ.KGD"]
    await post(kz, "a", "b", "c")
    await kz.operate.act("hold", {"message_id": "b@town"}, OPERATOR)
    await kz.operate.act("release", {"message_id": "b@town"}, OPERATOR)
    assert await standing(kz) == ["queued", "waiting", "waiting"]


async def test_a_failing_one_holds_up_nobody_else(town: Town) -> None:
    """Another movement to the same partner, and the same movement to another partner, go on."""
    kz = town["KZ.KGD"]
    stuck: list[str] = []

    def fault(target: str) -> None:
        if target == BY and not stuck:
            stuck.append(target)
            raise SendError(ErrorCode.TIMED_OUT)

    kz.loopback.fault = fault
    await post(kz, "a", "b")
    await kz.deliver()
    await kz.post(ONE, "ru@town", to=("RU.FTS",))
    await post(kz, "other", document=of_movement(ONE, 7))
    assert await kz.deliver() == 2
    assert await standing(kz) == ["queued", "waiting", "delivered", "delivered"]


async def test_the_inbox_hands_a_movement_out_in_order(town: Town) -> None:
    """Two consumers never hold two items of one movement at once; the next one is there after the acknowledgement."""
    kz, by = town["KZ.KGD"], town["BY.GTK"]
    await post(kz, "a", "b")
    await post(kz, "other", document=of_movement(ONE, 7))
    while await kz.deliver():
        pass
    leased = await by.desk.lease(SYSTEM, 10, 60, 0)
    assert [item.header.message_id for item in leased] == ["a@town", "other@town"]
    assert await by.desk.lease(SYSTEM, 10, 60, 0) == []
    await by.desk.acknowledge(SYSTEM, leased[0].item, leased[0].lease)
    assert [item.header.message_id for item in await by.desk.lease(SYSTEM, 10, 60, 0)] == ["b@town"]


async def test_order_outlives_a_restart(town: Town) -> None:
    """What waits stands in the database; the queue goes on where it was."""
    await post(town["KZ.KGD"], "a", "b", "c")
    await town["KZ.KGD"].deliver()
    await town.reopen()
    while await town["KZ.KGD"].deliver():
        pass
    assert await arrived(town["BY.GTK"]) == ["a", "b", "c"]
    assert (await states(town["KZ.KGD"]))["delivered"] == 3


@pytest.mark.parametrize("statement", ["LEASE", "NEXT_IN_LANE", "NEXT_ITEM", "INBOX_LEASE", "INBOX_READY"])
async def test_no_question_reads_what_waits(town: Town, statement: str) -> None:
    """However much waits behind others: each statement finds its rows by an index that leaves them out."""
    plan = await town["KZ.KGD"].real._engine.read_aside(
        lambda rows: rows.execute(f"EXPLAIN QUERY PLAN {getattr(sql, statement)}", VALUES).fetchall()
    )
    steps = [row[3] for row in plan]
    assert not [step for step in steps if step.startswith("SCAN ") or "TEMP B-TREE" in step]
    index = {"LEASE": "deliveries_due", "NEXT_IN_LANE": "deliveries_lane", "NEXT_ITEM": "inbox_lane"}
    expected = index.get(statement, "inbox_ready (system=? AND behind=?)")
    assert any(expected in step for step in steps), steps
