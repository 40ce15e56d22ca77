"""Each message to a partner has a number: given once, with the first attempt, seen once by the partner."""

import asyncio
from dataclasses import replace

from gateway.core.names import SECOND, Micros, PartyId
from gateway.core.own_properties import NAMES
from tests.flow.numbering import OPERATOR, TO, arrived, gaps, given, lost_on_the_way, post, town
from tests.flow.pairs import leaves
from tests.flow.pulling import go_for, let_pull, post_back, pull, take_in
from tests.town import Town

__all__ = ["town"]


async def test_messages_to_a_partner_are_numbered_in_the_order_they_leave(town: Town) -> None:
    """From 1, without gaps; the partner knows every one, in the leaf, too."""
    await post(town, 1, 2, 3)
    await town["KZ.KGD"].deliver()
    assert await given(town["KZ.KGD"]) == {"m1@town": 1, "m2@town": 2, "m3@town": 3}
    assert await arrived(town["BY.GTK"]) == {n: (f"m{n}@town", "accepted") for n in (1, 2, 3)}
    assert [leaf["sequence"] for leaf in await leaves(town["BY.GTK"], "received")] == [1, 2, 3]
    assert [leaf["sequence"] for leaf in await leaves(town["KZ.KGD"], "delivered")] == [1, 2, 3]
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
    assert [leaf["message_id"] for leaf in await leaves(by, "duplicate")] == ["m1@town"]
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
    assert len(await leaves(by, "refused")) == 1
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
    assert len(await leaves(by, "refused")) == 1
    assert await arrived(by) == {}
    await by.receive(kz.house, content_type, body)
    assert await arrived(by) == {1: ("m1@town", "accepted")}
    assert await gaps(by) == []
