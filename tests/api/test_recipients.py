"""One submission to several recipients: one commit, a message and a delivery for each."""

import asyncio
from pathlib import Path

import pytest

from tests.api.edge import TRN, Service, codes, entries, rows, system
from tests.house import House, build, eventually, sample

BOTH = {"to": "BY.GTK,RU.FTS"}
STRIPPED = "restricted/TransitReleaseNotice--subjects-kz-taxpayer-and-attribute"


@pytest.fixture
def three(tmp_path: Path) -> tuple[House, ...]:
    """KZ, BY and RU, not running."""
    return build(tmp_path, "KZ.KGD", "BY.GTK", "RU.FTS")


async def test_each_recipient_gets_a_message_with_its_own_id(three: tuple[House, ...]) -> None:
    """N recipients: one submission, N MessageIds x.1@, x.2@, all delivered to different gateways."""
    kz, by, ru = three
    async with kz.running() as gateway, by.running(), ru.running(), kz.client() as client:
        service = Service(kz, gateway, client)
        body = await service.accepted(message_id="many@kz.example", **BOTH)
        assert [(m["recipient"], m["message_id"]) for m in body["messages"]] == [
            ("BY.GTK", "many.1@kz.example"),
            ("RU.FTS", "many.2@kz.example"),
        ]

        async def delivered() -> bool:
            lives = await service.lives("many@kz.example")
            return [life["deliveries"][0]["state"] for life in lives] == ["delivered"] * 2

        await eventually(delivered)
        assert [life["message_id"] for life in await service.lives("many.2@kz.example")] == ["many.2@kz.example"]
        await service.check()
        for house, name in ((by, "many.1@kz.example"), (ru, "many.2@kz.example")):
            async with house.client() as reader:
                (item,) = await reader.lease(wait=5)
                assert (item["message_id"], item["conversation_id"]) == (name, "many@kz.example")
                assert (await reader.read(item)).body == sample(TRN)


async def test_a_recipient_that_is_down_does_not_hold_up_the_other(three: tuple[House, ...]) -> None:
    """BY is down: RU has its message while BY's waits, and BY gets it when it is back."""
    kz, by, ru = three
    kz.edit("gateway.toml", "\n[api]", '\n[delivery]\nlongest_probe = "1 second"\n\n[api]')
    async with kz.running() as gateway, ru.running(), kz.client() as client:
        service = Service(kz, gateway, client)
        await service.accepted(message_id="apart@kz.example", **BOTH)
        await service.became("apart.2@kz.example", "delivered")
        assert (await service.lives("apart.1@kz.example"))[0]["deliveries"][0]["state"] == "queued"
        async with by.running():
            await service.became("apart.1@kz.example", "delivered")


async def test_all_recipients_or_none(three: tuple[House, ...]) -> None:
    """One wrong recipient refuses the whole submission: nothing is stored for the others."""
    kz = three[0]
    async with kz.running(), kz.client() as client:
        reply = await client.post(sample(TRN), {"to": "BY.GTK,KG.GTS,RU.FTS"})
        assert (reply.status, codes(reply)) == (422, ["GW:4003"])
        assert rows(kz, "SELECT 1 FROM messages UNION ALL SELECT 1 FROM deliveries") == []
        silent = await client.post(sample(TRN), {})
        twice = await client.post(sample(TRN), {"to": "BY.GTK,BY.GTK"})
    assert (codes(silent), silent.json["faults"][0]["expected"]) == (["GW:4007"], "BY.GTK | RU.FTS")
    assert codes(twice) == ["GW:1010"]


async def test_an_id_that_a_derived_id_took_is_a_conflict(three: tuple[House, ...]) -> None:
    """x.1@ made for a recipient is used up: posting other content under it is 409, and so is the other way round."""
    kz = three[0]
    async with kz.running(), kz.client() as client:
        assert (await client.post(sample(TRN), {"message_id": "x@kz.example", **BOTH})).status == 202
        after = await client.post(sample(TRN), {"message_id": "x.1@kz.example", "to": "BY.GTK"})
        assert (await client.post(sample(TRN), {"message_id": "y.2@kz.example", "to": "BY.GTK"})).status == 202
        before = await client.post(sample(TRN), {"message_id": "y@kz.example", **BOTH})
        ids = rows(kz, "SELECT message_id FROM messages ORDER BY id")
    assert [(reply.status, codes(reply)) for reply in (after, before)] == [(409, ["GW:4008"])] * 2
    assert ids == [("x.1@kz.example",), ("x.2@kz.example",), ("y.2@kz.example",)]


async def test_each_copy_is_stripped_for_its_recipient(three: tuple[House, ...]) -> None:
    """A rule of RU's law alone takes the field out of RU's copy and leaves BY's."""
    kz = three[0]
    kz.edit("agreements/eurasec-customs.toml", 'members = ["KZ"]', 'members = ["RU"]')
    async with kz.running(), kz.client() as client:
        body = (await client.post(sample(STRIPPED), BOTH)).json
    by, ru = ({removed["rule"] for removed in message["removed"]} for message in body["messages"])
    assert ru - by == {"taxpayer-number"}
    assert body["messages"][0]["sha256"] != body["messages"][1]["sha256"]


async def test_concurrent_repeats_of_a_submission_are_one_submission(three: tuple[House, ...]) -> None:
    """Ten identical posts at once to two recipients: two messages, one answer."""
    kz = three[0]
    async with kz.running(), system(kz, kz.token) as client:
        posts = (client.post(sample(TRN), {"message_id": "once@kz.example", **BOTH}) for _ in range(10))
        replies = await asyncio.gather(*posts)
        assert {(reply.status, reply.body) for reply in replies} == {(202, replies[0].body)}
        assert len(rows(kz, "SELECT 1 FROM messages")) == 2
        assert (len(entries(kz, "accepted")), len(entries(kz, "duplicate"))) == (2, 9)
