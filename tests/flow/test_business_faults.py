"""`business_faults = "signal"`: a message whose content is at fault gets a receipt, then the signal that says what is wrong."""

import asyncio
import json
from dataclasses import replace
from typing import Any

import pytest

from gateway.core.errors import ErrorCode
from gateway.core.names import PartyId
from gateway.core.own_properties import Linked, written
from tests.flow.faulty import FAULTY, send_faulty, tell_by_signals
from tests.house import sample
from tests.town import Node, Town, quiet

BROKEN = sample("invalid/ActualExportNotice--aen-r02-item-twice")


@pytest.fixture
async def agreed(tmp_path: Any) -> Any:
    """KZ and BY, who answer faulty contents by signals."""
    town = Town(tmp_path, "KZ.KGD", "BY.GTK")
    tell_by_signals(town)
    await town.open()
    yield town
    await town.close()


async def refused(node: Node) -> dict[str, Any]:
    """The one refusal in its log."""
    rows = await node.store.entries("", "refused", 10)
    (body,) = [json.loads(row["body"]) for row in rows]
    return dict(body)


async def test_the_checkpoint_of_a_message_that_is_turned_down_is_checked_too(agreed: Town) -> None:
    """It is receipted, and so is the checkpoint in it."""
    note = b"x/log\n0\n"
    await send_faulty(agreed, properties=written(Linked(checkpoint=note)))
    assert [seen.note for seen in await agreed["KZ.KGD"].store.unchecked(PartyId("BY.GTK"), 10)] == [note]


async def test_faulty_content_gets_a_receipt_and_then_a_signal(agreed: Town) -> None:
    """The content is in no inbox, the faults are in the log and, with their places, in the other side's inbox."""
    kz, by = agreed["KZ.KGD"], agreed["BY.GTK"]

    answer = await send_faulty(agreed)
    await quiet(agreed)

    assert b"NonRepudiationInformation" in answer
    assert await kz.take_all() == []
    (item,) = await by.take_all()
    assert (item.header.ref_to_message_id, item.header.conversation_id) == ("by-1@by.example", "talk")
    text = b"".join([piece async for piece in by.desk.pieces(item, item.parts[0])]).decode()
    assert "P.MSG.ERR" in text
    assert "GW:5" in text
    entry = await refused(kz)
    assert (entry["message_id"], entry["signal"]) == ("by-1@by.example", item.header.message_id)
    assert entry["faults"]
    for node in (kz, by):
        await node.check()


async def test_a_repeat_gets_the_same_receipt_and_no_second_signal(agreed: Town) -> None:
    """It was taken over: the answer to it is remembered."""
    first, second = await send_faulty(agreed), await send_faulty(agreed)
    await quiet(agreed)
    assert first == second
    assert len(await agreed["BY.GTK"].take_all()) == 1


async def test_the_signal_cancels_the_senders_transaction(agreed: Town) -> None:
    """At the sender, whose rules are older, it is the error that ends what it began; nothing was begun here."""
    kz, by = agreed["KZ.KGD"], agreed["BY.GTK"]
    register = by.settings.register
    agreements = tuple(
        replace(one, messages={root: replace(kind, rules=()) for root, kind in one.messages.items()})
        for one in register.agreements
    )
    by.settings = replace(by.settings, register=replace(register, agreements=agreements))

    await by.post(BROKEN, "x-1@town", to=("KZ.KGD",))
    await quiet(agreed)

    (found,) = await by.conversations.show("x-1@town")
    assert (found["state"], [row["as"] for row in found["messages"]]) == ("cancelled", ["first message", "error"])
    (row,) = await by.store.messages({"message_id": "x-1@town"}, 10)
    assert row["state"] == "delivered"
    assert await kz.take_all() == []
    assert await kz.store.transactions({}, 10) == []


@pytest.mark.parametrize(
    ("header", "code"),
    [({"purpose": "statistics"}, ErrorCode.PURPOSE_NOT_AGREED), ({"action": "Nothing"}, ErrorCode.EBMS_0010)],
)
async def test_what_is_not_the_contents_fault_is_an_error(agreed: Town, header: Any, code: ErrorCode) -> None:
    """A header that is not agreed is no business fault: an ebMS error, no receipt, nothing remembered."""
    answer = await send_faulty(agreed, **header)
    await quiet(agreed)
    assert code.code.encode() in answer
    assert b"Receipt" not in answer
    assert await agreed["BY.GTK"].take_all() == []


async def test_without_it_faulty_content_is_an_error(tmp_path: Any) -> None:
    """Control: the default is EBMS:0004 with every fault, no receipt."""
    town = Town(tmp_path, "KZ.KGD", "BY.GTK")
    for house, other in zip(town.houses, ("BY.GTK", "KZ.KGD"), strict=True):
        house.unsigned(other)
    await town.open()
    answer = await send_faulty(town)
    await quiet(town)
    assert b"EBMS:0004" in answer
    assert await town["BY.GTK"].take_all() == []
    await town.close()


async def test_a_signal_at_fault_is_answered_by_an_error(agreed: Town) -> None:
    """Never by a signal about a signal."""
    answer = await send_faulty(
        agreed,
        sample("invalid/ProcessingResult--error-without-text"),
        action="ProcessingResult",
        service="urn:eurasec-gw:service:general",
    )
    await quiet(agreed)
    assert b"EBMS:0004" in answer
    assert await agreed["BY.GTK"].take_all() == []


async def test_a_document_without_its_id_is_answered_by_an_error(agreed: Town) -> None:
    """No signal could name it."""
    answer = await send_faulty(agreed, FAULTY.replace(b"EDocId>", b"EDocIx>"))
    await quiet(agreed)
    assert b"EBMS:0004" in answer
    assert (await refused(agreed["KZ.KGD"]))["faults"]


async def test_two_at_once_get_one_answer(agreed: Town) -> None:
    """The commit decides between them."""
    answers = await asyncio.gather(*(send_faulty(agreed) for _ in range(3)))
    await quiet(agreed)
    assert len(set(answers)) == 1
    assert len(await agreed["BY.GTK"].take_all()) == 1


async def test_without_signals_in_the_agreement_it_is_an_error(agreed: Town) -> None:
    """A configuration that says so is refused at the start; a message that meets one gets the error."""
    kz = agreed["KZ.KGD"]
    register = kz.settings.register
    agreements = tuple(replace(one, signals=None) for one in register.agreements)
    kz.settings = replace(kz.settings, register=replace(register, agreements=agreements))
    assert b"EBMS:0004" in await send_faulty(agreed)
