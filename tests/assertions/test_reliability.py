"""AS4_CP_TA…: retries, duplicates, errors to the producer."""

import gzip
import json

from gateway.core.errors import BY_CODE
from gateway.core.parameters import parameters
from gateway.core.pmode import PROFILES
from tests.assertions.street import ID, TRN, Forged, Street
from tests.assertions.test_core import ERROR, answered, receipted
from tests.house import sample
from tests.town import SYSTEM

REQUEST = sample("valid/DocumentVerificationRequest--invoice-and-waybill")
HOURS = 3600


async def again(on: Street) -> None:
    """The wait is over, and KZ tries again."""
    on.town.clock.advance(60)
    assert await on.town["KZ.KGD"].deliver() == 1


async def test_as4_cp_ta09_without_a_receipt_it_is_sent_again(on: Street) -> None:
    """The same bytes."""
    on.lost = 1
    await on.send()
    assert await on.state() == "queued"
    await again(on)

    assert len(on.town.sent) == 2
    assert len(set(on.town.sent)) == 1


async def test_as4_cp_ta10_a_duplicate_is_delivered_once_and_receipted_again(on: Street) -> None:
    """The receipt ends the retries; the consumer has one message."""
    on.lost = 1
    await on.send()
    await again(on)
    on.town.clock.advance(HOURS)
    await on.town["KZ.KGD"].deliver()

    assert receipted(on.seen)
    assert on.replies[0].body == on.replies[1].body
    assert (len(on.town.sent), await on.state()) == (2, "delivered")
    assert await on.delivered() == [[TRN]]


def test_as4_cp_ta11_errors_go_to_no_other_address() -> None:
    """PMode[].ErrorHandling.Report.SenderErrorsTo is not set in any profile."""
    for pmode in PROFILES.values():
        assert parameters(pmode)["PMode[1].ErrorHandling.Report.SenderErrorsTo"] == "-"


async def test_as4_cp_ta14_both_messages_of_a_two_way_exchange_are_receipted(on: Street) -> None:
    """The request and, pushed the other way, its answer."""
    assert receipted(await on.send(document=REQUEST))
    await answered(on)

    assert receipted(on.seen)


async def test_as4_cp_ta15_a_missing_receipt_is_reported_to_the_producer(on: Street) -> None:
    """When the time for it is over: the delivery has expired, with the code that is EBMS:0301 to AS4; the log has it."""
    on.lost = 99
    await on.send()
    on.town.clock.advance(72 * HOURS + 1)
    kz = on.town["KZ.KGD"]
    await kz.deliver()

    (row,) = await kz.store.messages({}, 10)
    assert (row["state"], row["code"], BY_CODE[row["code"]].ebms) == ("expired", "GW:8008", "EBMS:0301")
    (entry,) = await kz.store.entries(ID, "expired", 10)
    assert json.loads(entry["body"])["code"] == "GW:8008"


async def test_as4_cp_ta31_a_damaged_message_is_told_to_its_receiver_too(on: Street) -> None:
    """Not the consumer, who never heard of it, but the receiver's log, with sender, MessageId and code; operators read it."""
    seen = await on.simulate(*Forged(carried=gzip.compress(TRN)[:-9]).made(on))

    assert seen.answered(f"{ERROR}/@errorCode") == ["EBMS:0303"]
    by = on.town["BY.GTK"]
    (entry,) = await by.store.entries("", "refused", 10)
    assert "EBMS:0303" in entry["body"].decode()
    assert list(await by.desk.lease(SYSTEM, 10, 60, 0)) == []
