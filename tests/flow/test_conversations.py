"""Transactions are tracked in the commits that move them; what they do not await is refused and changes nothing."""

from typing import Any

import pytest

from gateway.core.errors import ErrorCode, Rejected
from gateway.core.message import Received
from gateway.core.names import MessageId, SystemId
from gateway.flow.ports import Operator
from tests.house import sample
from tests.town import SYSTEM, Node, Town, down

REQUEST = sample("valid/DocumentVerificationRequest--invoice-and-waybill")
RESPONSE = sample("valid/DocumentVerificationResponse--confirmed")
NOTICE = sample("valid/TransitReleaseNotice--only-what-is-mandatory")
DISTANT = b"00000000-0000-4000-8000-000000000000"
UNLINKED = RESPONSE.replace(b"94f1b6d2-0c8e-45a7-bb39-2f7ae51d6c08", DISTANT)  # refers to no document that is known
SIGNAL = sample("valid/ProcessingResult--rejected").replace(b"31d86c07-b5fa-4e79-a240-c91e05d7824f", DISTANT)
ASKED = MessageId("asked@town")


async def one(node: Node, identifier: str = ASKED) -> dict[str, Any]:
    """The transaction, as it is shown."""
    (found,) = await node.conversations.show(identifier)
    return dict(found)


async def stands(node: Node, identifier: str = ASKED) -> tuple[object, object, object]:
    """Its state, what it awaits, from whom."""
    found = await one(node, identifier)
    return found["state"], found["awaits"], found["awaited_from"]


async def refusal(node: Node, received: Received) -> list[str]:
    """The codes that a posting is refused with."""
    with pytest.raises(Rejected) as caught:
        await node.intake.rehearse(received)
    with pytest.raises(Rejected) as again:
        await node.intake.accept(received, lambda *_: pytest.fail("it was acknowledged"))
    assert again.value.faults == caught.value.faults
    return [fault.code.code for fault in again.value.faults]


async def asked(town: Town) -> None:
    """KZ has asked BY, and BY has got it."""
    await town["KZ.KGD"].post(REQUEST, ASKED, to=("BY.GTK",))
    await town["KZ.KGD"].deliver()


async def test_a_request_is_tracked_on_both_sides_until_its_answer(town: Town) -> None:
    """Opened with the acceptance, received with the receipt, completed with the answer: each in the same commit."""
    kz, by = town["KZ.KGD"], town["BY.GTK"]
    await kz.post(REQUEST, ASKED, to=("BY.GTK",))
    assert await stands(kz) == ("opened", "received", "BY.GTK")
    await kz.deliver()
    assert await stands(kz) == await stands(by) == ("processing", "answer", "BY.GTK")
    assert ((await one(kz))["role"], (await one(by))["role"]) == ("initiator", "responder")
    await by.post(RESPONSE, "answered@town", to=("KZ.KGD",), ref_to_message_id=ASKED)
    assert await stands(by) == ("completed", None, None)
    await by.deliver()
    assert await stands(kz, "answered@town") == ("completed", None, None)
    assert [row["as"] for row in (await one(kz))["messages"]] == ["first message", "answer"]


@pytest.mark.parametrize("by_what", ["ref_to_message_id", "conversation_id", "document"])
async def test_an_answer_finds_its_request(town: Town, by_what: str) -> None:
    """By the MessageId it refers to, by the conversation, or by the business id of the document it answers."""
    await asked(town)
    stated = {} if by_what == "document" else {by_what: ASKED}
    answer = RESPONSE if by_what == "document" else UNLINKED

    await town["BY.GTK"].post(answer, to=("KZ.KGD",), **stated)

    assert await stands(town["BY.GTK"]) == ("completed", None, None)


@pytest.mark.parametrize("by_what", ["conversation_id", "document"])
async def test_the_partner_hears_which_message_is_meant(town: Town, by_what: str) -> None:
    """The gateway states the MessageId that its system did not, so both sides move the same transaction."""
    await asked(town)
    stated = {by_what: ASKED} if by_what == "conversation_id" else {}
    await town["BY.GTK"].post(RESPONSE, to=("KZ.KGD",), **stated)
    await town["BY.GTK"].deliver()
    (item,) = await town["KZ.KGD"].take_all()
    assert item.header.ref_to_message_id == ASKED


async def test_a_message_id_that_is_unknown_is_not_replaced_by_a_business_id(town: Town) -> None:
    """It means another message: nothing moves. Without it, the same document is the answer."""
    await asked(town)
    await town["BY.GTK"].post(RESPONSE, to=("KZ.KGD",), ref_to_message_id="other@town")
    assert await stands(town["BY.GTK"]) == ("processing", "answer", "BY.GTK")
    await town["BY.GTK"].post(RESPONSE, to=("KZ.KGD",))
    assert await stands(town["BY.GTK"]) == ("completed", None, None)


async def test_a_partners_business_id_moves_nothing(town: Town) -> None:
    """Its gateway would have stated the MessageId: what it sent before it knew the request is not taken for its answer."""
    kz, by = town["KZ.KGD"], town["BY.GTK"]
    await kz.post(REQUEST, ASKED, to=("BY.GTK",))
    await by.post(RESPONSE, "early@town", to=("KZ.KGD",))
    await by.deliver()
    await kz.deliver()
    assert await stands(kz) == await stands(by) == ("processing", "answer", "BY.GTK")


async def test_the_oldest_request_of_a_conversation_is_answered_first(town: Town) -> None:
    """Several transactions may share a conversation: one answer completes one of them."""
    kz, by = town["KZ.KGD"], town["BY.GTK"]
    for number in (1, 2):
        await kz.post(REQUEST, f"asked-{number}@town", to=("BY.GTK",), conversation_id="shared")
    while await kz.deliver():
        pass
    await by.post(UNLINKED, to=("KZ.KGD",), conversation_id="shared")
    assert (await one(by, "asked-1@town"))["state"] == "completed"
    assert (await one(by, "asked-2@town"))["state"] == "processing"
    assert len(await by.conversations.show("shared")) == 2


async def test_a_second_answer_is_refused_at_the_national_edge(town: Town) -> None:
    """GW:9001, with nothing stored; the transaction stays as it is."""
    by = town["BY.GTK"]
    await asked(town)
    await by.post(RESPONSE, to=("KZ.KGD",), ref_to_message_id=ASKED)
    again = by.received(UNLINKED, to=("KZ.KGD",), ref_to_message_id=ASKED)
    assert await refusal(by, again) == [ErrorCode.UNEXPECTED_MESSAGE.code]
    assert await stands(by) == ("completed", None, None)
    assert (await by.store.entry_counts())["refused"] == 1


async def test_a_second_answer_is_refused_at_the_partner_edge(town: Town) -> None:
    """EBMS:0004 with GW:9001 in its detail; the sender's delivery has failed, the first answer still counts."""
    kz, by = town["KZ.KGD"], town["BY.GTK"]
    await asked(town)
    await by.post(RESPONSE, "first@town", to=("KZ.KGD",), ref_to_message_id=ASKED)
    await by.deliver()
    await by.real._engine.write(lambda rows: rows.execute("UPDATE transactions SET state = 'processing'"))
    await by.post(RESPONSE, "second@town", to=("KZ.KGD",), ref_to_message_id=ASKED)
    await by.deliver()
    (row,) = await by.store.messages({"message_id": "second@town"}, 10)
    assert (row["state"], row["code"]) == ("failed", "EBMS:0004")
    assert "GW:9001" in row["detail"]
    assert await stands(kz) == ("completed", None, None)
    assert [row["message_id"] for row in (await one(kz))["messages"]] == [ASKED, "first@town"]
    assert (await stands(by))[0] == "unanswered"


async def test_an_answer_to_somebody_else_is_unknown(town: Town) -> None:
    """The partner is part of what an answer refers to: nobody can end another one's transaction."""
    await asked(town)
    ru = town["RU.FTS"]
    await ru.post(UNLINKED, "stranger@town", to=("KZ.KGD",), ref_to_message_id=ASKED)
    await ru.deliver()
    assert await stands(town["KZ.KGD"]) == ("processing", "answer", "BY.GTK")


async def test_an_answer_to_nothing_is_taken_or_refused_as_agreed(town: Town) -> None:
    """A request may predate the gateway: `unrequested` says until when that is believed."""
    kz = town["KZ.KGD"]
    await kz.post(UNLINKED, "unrequested@town", to=("BY.GTK",), ref_to_message_id="older@elsewhere")
    await kz.deliver()
    for node in (kz, town["BY.GTK"]):
        with pytest.raises(Rejected):
            await node.conversations.show("unrequested@town")
    await town.close()
    town.houses[0].edit("agreements/eurasec-customs.toml", 'unrequested = "accept"', 'unrequested = "refuse"')
    await town.open()
    again = town["KZ.KGD"].received(UNLINKED, to=("BY.GTK",), ref_to_message_id="older@elsewhere")
    assert await refusal(town["KZ.KGD"], again) == [ErrorCode.UNKNOWN_REFERENCE.code]


async def test_a_signal_follows_its_message_or_nothing(town: Town) -> None:
    """An error signal about a notice that was received rejects it, once; the next one is unexpected."""
    kz, by = town["KZ.KGD"], town["BY.GTK"]
    await kz.post(NOTICE, "notice@town", to=("BY.GTK",))
    await kz.deliver()
    assert await stands(kz, "notice@town") == await stands(by, "notice@town") == ("completed", None, None)
    await by.post(SIGNAL, "error@town", to=("KZ.KGD",), ref_to_message_id="notice@town")
    await by.deliver()
    assert [(await one(node, "notice@town"))["code"] for node in (kz, by)] == ["GW:9005", "GW:9005"]
    again = by.received(SIGNAL, to=("KZ.KGD",), ref_to_message_id="notice@town")
    assert await refusal(by, again) == [ErrorCode.UNEXPECTED_MESSAGE.code]
    assert (await stands(by, "notice@town"))[0] == "rejected"


async def test_a_request_that_fails_and_is_retried_lives_again(town: Town) -> None:
    """Refused for good, dropped or expired: the transaction has failed, until an operator's retry is delivered."""
    kz = town["KZ.KGD"]
    await kz.post(REQUEST, ASKED, to=("BY.GTK",))
    await kz.operate.act("fail", {"message_id": ASKED}, Operator("ops", "test"))
    assert (await stands(kz))[0] == "failed"
    await kz.operate.act("retry", {"message_id": ASKED}, Operator("ops", "test"))
    await kz.deliver()
    assert await stands(kz) == ("processing", "answer", "BY.GTK")
    kz.loopback.fault = down("party:BY.GTK")
    await kz.post(REQUEST, "expires@town", to=("BY.GTK",))
    town.clock.advance(73 * 3600)
    await kz.deliver()
    assert (await stands(kz, "expires@town"))[0] == "failed"


async def test_a_system_sees_only_its_own_conversations(town: Town) -> None:
    """For others there is none."""
    await asked(town)
    assert await town["KZ.KGD"].conversations.show(ASKED, SYSTEM)
    with pytest.raises(Rejected) as refused:
        await town["KZ.KGD"].conversations.show(ASKED, SystemId("other"))
    assert refused.value.first is ErrorCode.NOT_FOUND


async def test_transactions_are_found_by_what_they_are(town: Town) -> None:
    """By state, partner, type and lateness; newest first."""
    await asked(town)
    await town["KZ.KGD"].post(NOTICE, "notice@town", to=("RU.FTS",))
    find = town["KZ.KGD"].conversations.find
    assert [row["message_id"] for row in await find({}, 10)] == ["notice@town", ASKED]
    assert [row["message_id"] for row in await find({"state": "processing"}, 10)] == [ASKED]
    assert [row["message_id"] for row in await find({"partner": "RU.FTS", "type": "TransitReleaseNotice"}, 10)] == [
        "notice@town"
    ]
    assert await find({"late": "late"}, 10) == []
