"""The keeper: signals that are owed, lateness told, obligations cancelled on both sides; done again it does nothing."""

import asyncio
import json
from typing import Any

import pytest

from gateway.core.errors import ErrorCode, Rejected
from gateway.flow.ports import Item, Operator
from tests.flow.test_conversations import one, refusal, stands
from tests.house import sample
from tests.town import Node, Town, down, quiet

NOTICE = sample("valid/ActualExportNotice--only-what-is-mandatory")
REQUEST = sample("valid/DocumentVerificationRequest--invoice-and-waybill")
RESPONSE = sample("valid/DocumentVerificationResponse--confirmed")
ERROR = sample("valid/ProcessingResult--rejected")
RESULT = ERROR.replace(b"<csdo:SignalCode>P.MSG.ERR</csdo:SignalCode>", b"")
EXPORT = "export@town"
AGREEMENT = "agreements/eurasec-customs.toml"
HOUR = 3600


async def exported(town: Town) -> tuple[Node, Node]:
    """KZ has told BY of an export: both sides are obliged, the answer is awaited."""
    kz, by = town["KZ.KGD"], town["BY.GTK"]
    await kz.post(NOTICE, EXPORT, to=("BY.GTK",))
    await quiet(town)
    return kz, by


async def states(town: Town, identifier: str = EXPORT) -> list[object]:
    """Where KZ and BY see the transaction."""
    return [(await one(town[name], identifier))["state"] for name in ("KZ.KGD", "BY.GTK")]


async def told(node: Node, kind: str) -> list[dict[str, Any]]:
    """The log entries of the kind, newest first."""
    return [json.loads(row["body"]) for row in await node.store.entries("", kind, 100)]


async def signals(node: Node) -> list[str]:
    """What the gateway's messages were in their transactions, oldest first."""
    (found,) = await node.conversations.show(EXPORT)
    return [row["as"] for row in found["messages"]]  # type: ignore[attr-defined]


async def webhook(town: Town) -> None:
    """KZ's national system has a webhook."""
    await town.close()
    town.houses[0].edit("gateway.toml", 'receives = ["*"]', 'receives = ["*"]\nwebhook = "https://127.0.0.1:1/hook"')
    await town.open()


async def notices(node: Node) -> list[dict[str, Any]]:
    """What the webhook is to be told."""
    rows = await node.real._engine.read_aside(
        lambda rows: rows.execute("SELECT pack FROM deliveries WHERE kind = 'notice' ORDER BY id").fetchall()
    )
    return [json.loads(row["pack"]) for row in rows]


async def content(node: Node, item: Item) -> bytes:
    """The document of an inbox item."""
    return b"".join([piece async for piece in node.desk.pieces(item, item.parts[0])])


async def test_a_mutual_obligation_is_confirmed_twice_both_ways(town: Town) -> None:
    """Received and accepted by signals of the gateways, in both directions; complete when the window has passed."""
    kz, by = await exported(town)
    assert await stands(kz, EXPORT) == await stands(by, EXPORT) == ("processing", "answer", "BY.GTK")
    await by.post(RESULT, "result@town", to=("KZ.KGD",), ref_to_message_id=EXPORT)
    await quiet(town)
    assert await states(town) == ["settling", "settling"]
    town.clock.advance(601)
    await quiet(town)
    assert await states(town) == ["completed", "completed"]
    everything = ["first message", "received", "accepted", "answer", "answer received", "answer accepted"]
    assert await signals(kz) == await signals(by) == everything
    for node in (kz, by):
        assert {row["state"] for row in await node.store.messages({}, 100)} == {"delivered", None}
        await node.check()


async def test_signals_are_ordinary_messages(town: Town) -> None:
    """They refer to the message by MessageId, conversation and business id, and are in the other system's inbox."""
    kz, _ = await exported(town)
    received, accepted = await kz.take_all()
    for item, code in ((received, b"P.MSG.RCV"), (accepted, b"P.MSG.PRS")):
        assert (item.header.ref_to_message_id, item.header.conversation_id) == (EXPORT, EXPORT)
        assert code in await content(kz, item)


async def test_an_error_of_the_national_system_cancels_on_both_sides(town: Town) -> None:
    """Once, logged on both sides; what comes afterwards is unexpected and changes nothing."""
    kz, by = await exported(town)
    await by.post(ERROR, "error@town", to=("KZ.KGD",), ref_to_message_id=EXPORT)
    await quiet(town)
    assert await states(town) == ["cancelled", "cancelled"]
    for node in (kz, by):
        (entry,) = await told(node, "cancelled")
        assert (entry["message_id"], entry["code"]) == (EXPORT, "GW:9005")
    late = by.received(RESULT, to=("KZ.KGD",), ref_to_message_id=EXPORT)
    assert await refusal(by, late) == [ErrorCode.UNEXPECTED_MESSAGE.code]
    assert await kz.keeper.round() == await by.keeper.round() == 0


async def test_errors_of_both_sides_cross_without_harm(town: Town) -> None:
    """Each is delivered and counts once; a second one of the same side is unexpected."""
    kz, by = await exported(town)
    await by.post(ERROR, "by-error@town", to=("KZ.KGD",), ref_to_message_id=EXPORT)
    await kz.post(ERROR, "kz-error@town", to=("BY.GTK",), ref_to_message_id=EXPORT)
    await quiet(town)
    assert await states(town) == ["cancelled", "cancelled"]
    for node, other in ((kz, "BY.GTK"), (by, "KZ.KGD")):
        assert {row["state"] for row in await node.store.messages({}, 100)} == {"delivered", None}
        again = node.received(ERROR, to=(other,), ref_to_message_id=EXPORT)
        assert await refusal(node, again) == [ErrorCode.UNEXPECTED_MESSAGE.code]


async def test_an_answer_that_never_comes_is_late_and_then_cancels(town: Town) -> None:
    """Lateness is told once to log and webhook; after the last moment both sides cancel, and say so to each other."""
    await webhook(town)
    kz, by = await exported(town)
    town.clock.advance(24 * HOUR + 1)
    await quiet(town)
    assert await states(town) == ["processing", "processing"]
    assert [row["message_id"] for row in await kz.conversations.find({"late": "late"}, 10)] == [EXPORT]
    assert [entry["awaits"] for entry in await told(kz, "late")] == ["answer"]
    assert [(notice["event"], notice["awaits"]) for notice in await notices(kz)] == [("late", "answer")]
    town.clock.advance(72 * HOUR)
    await kz.keeper.round()
    await kz.keeper.round()
    assert await signals(kz) == ["first message", "received", "accepted", "error"]
    await quiet(town)
    assert await states(town) == ["cancelled", "cancelled"]
    assert (await one(kz, EXPORT))["code"] == ErrorCode.STEP_OVERDUE.code
    assert [notice["event"] for notice in await notices(kz)] == ["late", "cancelled"]
    assert len(await told(kz, "cancelled")) == len(await told(by, "cancelled")) == 1


async def test_an_answer_that_cannot_be_delivered_cancels_on_both_sides(town: Town) -> None:
    """The error signal carries the agreed code; it is delivered once the partner is back."""
    kz, by = await exported(town)
    by.loopback.fault = down("party:KZ.KGD")
    await by.post(RESULT, "result@town", to=("KZ.KGD",), ref_to_message_id=EXPORT)
    await by.operate.act("drop", {"message_id": "result@town"}, Operator("ops", "test"))
    by.loopback.fault = lambda _: None
    await quiet(town)
    assert await states(town) == ["cancelled", "cancelled"]
    assert [(await one(node, EXPORT))["code"] for node in (by, kz)] == ["GW:9004", "GW:9005"]
    item = (await kz.take_all())[-1]
    assert b"<csdo:EDocErrorCode>Common:FatalError</csdo:EDocErrorCode>" in await content(kz, item)
    changed = await by.operate.act("retry", {"message_id": "result@town"}, Operator("ops", "test"))
    assert [change.after for change in changed] == [None], "what was cancelled does not go out any more"


async def test_a_late_answer_to_a_plain_request_still_counts(town: Town) -> None:
    """Nothing was obliged: late is told, the last moment is told, and the answer completes it all the same."""
    kz, by = town["KZ.KGD"], town["BY.GTK"]
    await kz.post(REQUEST, "asked@town", to=("BY.GTK",))
    await quiet(town)
    town.clock.advance(30 * 24 * HOUR + 1)
    await quiet(town)
    town.clock.advance(72 * HOUR)
    await quiet(town)
    assert await states(town, "asked@town") == ["lapsed", "lapsed"]
    assert len(await told(kz, "lapsed")) == 1
    await by.post(RESPONSE, to=("KZ.KGD",), ref_to_message_id="asked@town")
    await quiet(town)
    assert await states(town, "asked@town") == ["completed", "completed"]


async def test_what_is_done_twice_is_done_once(town: Town) -> None:
    """Two keepers, or one that crashed after its commit: the second finds nothing to do."""
    kz, by = town["KZ.KGD"], town["BY.GTK"]
    await kz.post(NOTICE, EXPORT, to=("BY.GTK",))
    await kz.deliver()
    (owing,) = await by.store.owing()
    await by.keeper._fulfil(owing)
    await by.keeper._fulfil(owing)
    assert await signals(by) == ["first message", "received"]
    await quiet(town)
    town.clock.advance(24 * HOUR + 1)
    (overdue,) = await kz.store.overdue_transactions(town.clock.now())
    await kz.keeper._pass(overdue)
    await kz.keeper._pass(overdue)
    assert len(await told(kz, "late")) == 1


async def test_acceptance_when_the_system_takes_the_message_over(town: Town) -> None:
    """`accepted = "inbox"`: received at once, accepted with the acknowledgement, on both sides."""
    await town.close()
    for house in town.houses:
        house.edit(
            AGREEMENT, '{ received = "gateway", accepted = "gateway" }', '{ received = "receipt", accepted = "inbox" }'
        )
    await town.open()
    kz, by = await exported(town)
    assert await stands(kz, EXPORT) == ("received", "accepted", "BY.GTK")
    await by.take_all()
    await quiet(town)
    assert await stands(kz, EXPORT) == ("processing", "answer", "BY.GTK")
    await by.post(RESULT, "result@town", to=("KZ.KGD",), ref_to_message_id=EXPORT)
    await quiet(town)
    assert await stands(by, EXPORT) == ("answer-received", "answer accepted", "KZ.KGD")
    await kz.take_all()
    await quiet(town)
    assert await states(town) == ["settling", "settling"]


async def test_a_system_that_accepts_by_itself(town: Town) -> None:
    """The gateway then sends nothing; the system's own signal moves the transaction, and the second one is unexpected."""
    kz, by = town["KZ.KGD"], town["BY.GTK"]
    await kz.post(sample("valid/TransitArrivalCompletionNotice--completed"), EXPORT, to=("BY.GTK",))
    await quiet(town)
    assert await stands(by, EXPORT) == ("received", "accepted", "BY.GTK")
    signal = sample("valid/ProcessingResult--processed-with-warnings")
    await by.post(signal, to=("KZ.KGD",), ref_to_message_id=EXPORT)
    await quiet(town)
    assert await stands(kz, EXPORT) == ("processing", "answer", "BY.GTK")
    again = by.received(signal, to=("KZ.KGD",), ref_to_message_id=EXPORT)
    assert await refusal(by, again) == [ErrorCode.UNEXPECTED_MESSAGE.code]


async def test_a_signal_that_cannot_be_made_is_logged_and_not_tried_for_ever(town: Town) -> None:
    """The agreement has ended meanwhile: the log says so, and what is awaited becomes late."""
    kz, by = town["KZ.KGD"], town["BY.GTK"]
    await kz.post(NOTICE, EXPORT, to=("BY.GTK",))
    await kz.deliver()
    messages = dict(by.settings.register.agreements[0].messages)
    by.settings.register.agreements[0].messages.clear()  # type: ignore[attr-defined]
    await by.keeper.round()
    by.settings.register.agreements[0].messages.update(messages)  # type: ignore[attr-defined]
    (entry,) = await told(by, "unsignalled")
    assert entry["faults"][0]["code"] == "GW:4001"
    assert await by.keeper.round() == 0
    town.clock.advance(61)
    await quiet(town)
    assert [entry["awaits"] for entry in await told(kz, "late")] == ["received"]


async def test_an_agreement_that_is_gone_makes_no_signals(town: Town) -> None:
    """Its transactions end as untold as they stand: the log says that a signal could not be made."""
    kz, by = town["KZ.KGD"], town["BY.GTK"]
    await kz.post(NOTICE, EXPORT, to=("BY.GTK",))
    await kz.deliver()
    await by.real._engine.write(lambda rows: rows.execute("UPDATE messages SET agreement = 'gone:1.0'"))
    await by.keeper.round()
    assert [entry["faults"][0]["code"] for entry in await told(by, "unsignalled")] == ["GW:4002"]


async def test_the_keeper_outlives_a_fault_of_the_store(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    """The fault is waited out; the next round does what was to be done."""
    kz, by = town["KZ.KGD"], town["BY.GTK"]
    await kz.post(NOTICE, EXPORT, to=("BY.GTK",))
    await kz.deliver()
    monkeypatch.setattr("gateway.flow.keeper.POLL", 0.001)
    faults = iter([Rejected, None])
    owing = by.store.owing

    async def failing() -> Any:
        if next(faults, None) is not None:
            raise OSError
        return await owing()

    monkeypatch.setattr(by.store, "owing", failing)
    keeping = asyncio.create_task(by.keeper.run())
    async with asyncio.timeout(10):
        while await signals(by) != ["first message", "received", "accepted"]:
            await asyncio.sleep(0.01)
    keeping.cancel()


async def test_an_operator_cancels_on_both_sides(town: Town) -> None:
    """Once, with who and why in the log; the partner hears of it by the error signal."""
    kz, by = await exported(town)
    operator = Operator("ops", "court order")
    assert [row["after"] for row in await kz.conversations.cancel(EXPORT, operator, kz.clock)] == ["cancelled"]
    assert [row["after"] for row in await kz.conversations.cancel(EXPORT, operator, kz.clock)] == [None]
    await quiet(town)
    assert await states(town) == ["cancelled", "cancelled"]
    assert [(entry["who"], entry["why"]) for entry in await told(kz, "cancel")] == [("ops", "court order")]
    assert (await one(by, EXPORT))["code"] == ErrorCode.ERROR_SIGNALLED.code
