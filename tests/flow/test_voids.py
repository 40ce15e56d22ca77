"""A number whose message was given up is void, and the partner is told so until it acknowledges it."""

from dataclasses import replace
from typing import Any

import pytest

from gateway.core.errors import ErrorCode
from gateway.core.evidence import voids
from gateway.core.evidence.voids import Void
from gateway.core.names import Micros, PartyId
from gateway.flow.sending import Reply
from tests.flow.numbering import HOURS, OPERATOR, TO, arrived, gaps, lost_on_the_way, post, town
from tests.flow.pairs import leaves
from tests.flow.pulling import go_for
from tests.town import Town, down

__all__ = ["town"]


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
    ((heard,), (said,)) = await leaves(by, "void"), await leaves(kz, "void")
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
    assert [(leaf["first"], leaf["last"]) for leaf in await leaves(by, "gap")] == [(1, 1)]


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
    (heard,) = await leaves(by, "void")
    assert heard["note"].splitlines()[3].split()[:2] == ["1", how]


async def test_a_message_without_a_number_is_never_void(town: Town) -> None:
    """What was never tried has no number."""
    kz = town["KZ.KGD"]
    await post(town, 1)
    await kz.operate.act("drop", {}, OPERATOR)
    await kz.numbers.round()
    assert await leaves(kz, "void") == []


async def test_a_message_retried_before_anybody_was_told_is_not_void(town: Town) -> None:
    """It comes; the partner hears nothing else."""
    kz, by = town["KZ.KGD"], town["BY.GTK"]
    await lost_on_the_way(town, 1)
    await kz.operate.act("fail", {}, OPERATOR)
    await kz.operate.act("retry", {}, OPERATOR)
    await kz.numbers.round()
    await kz.deliver()
    assert await leaves(by, "void") == []
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
    assert [leaf["numbers"] for leaf in await leaves(by, "void")] == [[1, 2]]


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
    assert [leaf["numbers"] for leaf in await leaves(by, "void")] == [[1]]
    assert [leaf["recipient"] for leaf in await leaves(kz, "void")] == ["BY.GTK"]
    assert len(by.loopback.asked) == 2
    town.clock.advance(61)
    await by.numbers.round()
    assert len(by.loopback.asked) == 3
    assert len(await leaves(by, "void")) == 1


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
    assert await leaves(by, "void") == []
    await lost_on_the_way(town, 1)
    await kz.operate.act("drop", {}, OPERATOR)
    parties = by.settings.register.parties
    parties[PartyId("KZ.KGD")] = replace(party, log=None)  # type: ignore[index]
    await kz.numbers.round()
    assert await leaves(kz, "void") == []
