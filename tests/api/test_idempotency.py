"""The same request again gets the identical answer; a MessageId is never used for two contents."""

import asyncio
import sqlite3

import pytest

from tests.api.edge import MULTIPART, RESPONSE, RESULT, TRN, Service, add_system, codes, document, form, rows, system
from tests.house import House, sample

ONCE = {"message_id": "once-1@kz.example"}
PDF = b"%PDF-1.7 a copy"


async def test_a_repeat_gets_the_identical_answer(kz: Service) -> None:
    """Byte for byte the same 202, one message, and a duplicate entry."""
    first, again = await kz.post(**ONCE), await kz.post(**ONCE)
    assert (first.status, again.status) == (202, 202)
    assert first.body == again.body
    assert kz.rows("SELECT count(*) FROM messages") == [(1,)]
    assert [entry["message_id"] for entry in kz.entries("duplicate")] == ["once-1@kz.example"]
    await kz.check()


async def test_the_answer_outlives_a_restart_and_a_changed_agreement(pair: tuple[House, House]) -> None:
    """After a restart under another version, with other rules, without the partner: still the same bytes."""
    house, stripped = pair[0], sample("restricted/TransitReleaseNotice--sums-control-and-official")
    async with house.running(), house.client() as client:
        first = await client.post(stripped, ONCE)
    async with house.running(), house.client() as client:
        restarted = await client.post(stripped, ONCE)
    name = "agreements/eurasec-customs.toml"
    house.edit(name, 'version = "1.0"', 'version = "1.1"')
    house.edit(name, 'purposes = ["customs"]', 'purposes = ["statistics"]')
    house.edit(name, 'path = "//casdo:GuaranteeAmount"', 'path = "//casdo:GuaranteeAmount"\naction = "refuse"')
    house.edit("parties/BY.GTK.toml", 'agreements = ["eurasec-customs", "phyto-notice"]', "agreements = []")
    async with house.running(), house.client() as client:
        changed = await client.post(stripped, ONCE)
        control = await client.post(stripped, {"message_id": "new-1@kz.example"})
    assert first.status == 202
    assert first.body == restarted.body == changed.body
    assert control.status == 422


async def test_other_content_under_the_same_id_is_a_conflict(kz: Service) -> None:
    """Another document, another statement, another attachment or another byte: 409 GW:4008, nothing stored."""
    assert (await kz.post(RESPONSE, **ONCE)).status == 202
    attached = form(document(RESPONSE), ("attachment", "application/pdf", "a.pdf", PDF))
    others = [
        await kz.post(RESULT, **ONCE),
        await kz.post(RESPONSE, **ONCE, purpose="customs"),
        await kz.client.post(sample(RESPONSE) + b"\n", ONCE),
        await kz.client.call("POST", "/messages", ONCE, attached, MULTIPART),
    ]
    assert [(reply.status, codes(reply)) for reply in others] == [(409, ["GW:4008"])] * 4
    assert kz.rows("SELECT count(*) FROM messages") == [(1,)]


async def test_another_system_cannot_take_an_id_that_is_used(pair: tuple[House, House]) -> None:
    """MessageIds go out under the gateway's name, so they are unique among its systems."""
    house = pair[0]
    token = add_system(house, "other")
    async with house.running(), house.client() as client, system(house, token) as other:
        assert (await client.post(sample(TRN), ONCE)).status == 202
        reply = await other.post(sample(TRN), ONCE)
    assert (reply.status, codes(reply)) == (409, ["GW:4008"])
    assert b"received" not in reply.body


async def test_twenty_identical_posts_at_once_are_one_message(kz: Service) -> None:
    """One message, one delivery, one accepted entry; twenty equal answers."""
    replies = await asyncio.gather(*(kz.post(**ONCE) for _ in range(20)))
    assert {(reply.status, reply.body) for reply in replies} == {(202, replies[0].body)}
    assert kz.rows("SELECT count(*) FROM messages") == kz.rows("SELECT count(*) FROM deliveries") == [(1,)]
    assert (len(kz.entries("accepted")), len(kz.entries("duplicate"))) == (1, 19)
    await kz.check()


async def test_different_posts_at_once_under_one_id_have_one_winner(kz: Service) -> None:
    """Of two contents at once one is accepted, and every repeat of the other is a conflict."""
    replies = await asyncio.gather(*(kz.post(name, **ONCE) for name in (TRN, RESULT) * 5))
    won = {reply.status for reply in replies[::2]}, {reply.status for reply in replies[1::2]}
    assert won in (({202}, {409}), ({409}, {202}))
    assert kz.rows("SELECT count(*) FROM messages") == [(1,)]


async def test_a_refused_request_leaves_its_id_free(kz: Service) -> None:
    """What was refused was never known: the mended request under the same id is accepted."""
    refused = await kz.post("invalid/TransitReleaseNotice--carrier-missing", **ONCE)
    assert (refused.status, (await kz.post(**ONCE)).status) == (422, 202)


async def test_posts_without_an_id_are_different_messages(pair: tuple[House, House]) -> None:
    """Without a message_id nothing says that two equal requests are one."""
    house = pair[0]
    async with house.running(), house.client() as client:
        first, second = await client.post(sample(TRN), {}), await client.post(sample(TRN), {})
        assert len(rows(house, "SELECT 1 FROM messages")) == 2
    assert first.json["submission_id"] != second.json["submission_id"]


async def test_what_could_not_be_stored_is_503_and_can_be_sent_again(
    kz: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While the database cannot be written, 503 with Retry-After and nothing stored; then the same request is 202."""
    monkeypatch.setattr("gateway.store.engine.LOCK_PATIENCE", 0.1)
    stranger = sqlite3.connect(kz.house.folder / "data" / "gateway.sqlite3", isolation_level=None)
    stranger.execute("BEGIN IMMEDIATE")
    refused = await kz.post(**ONCE)
    assert kz.rows("SELECT 1 FROM messages UNION ALL SELECT 1 FROM ids") == []
    stranger.execute("ROLLBACK")
    stranger.close()
    assert (refused.status, codes(refused)) == (503, ["GW:7002"])
    assert int(refused.headers["Retry-After"]) > 0
    assert (await kz.post(**ONCE)).status == 202
    await kz.check()
