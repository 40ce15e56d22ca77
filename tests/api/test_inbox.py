"""The inbox: competing consumers under leases, and nothing dropped before it is acknowledged."""

import asyncio
import time

import pytest
from lxml import etree

from gateway.cli.client import Reply
from gateway.core import manifest
from tests.api.edge import RESULT, TRN, Service, add_system, change, codes, system
from tests.house import House, eventually, sample, sha256


async def act(service: Service, verb: str, item: dict[str, object], **query: str) -> Reply:
    """Renew or acknowledge an item under its lease."""
    return await service.client.call("POST", f"/inbox/{item['item']}/{verb}", {"lease": str(item["lease"]), **query})


async def arrived(service: Service, number: int) -> list[dict[str, object]]:
    """What the inbox lists once so many items are in it."""

    async def listed() -> list[dict[str, object]] | None:
        items = (await service.client.call("GET", "/inbox")).json["items"]
        return items if len(items) == number else None

    found: list[dict[str, object]] = await eventually(listed)
    return found


async def test_a_listing_takes_nothing(kz: Service, by: Service) -> None:
    """Listing twice shows the same items, with the names POST /messages takes, and leaves them ready."""
    await kz.accepted(message_id="seen-1@kz.example", conversation_id="talk", ref_to_message_id="q-1@by.example")
    (item,) = await arrived(by, 1)
    assert {"message_id": "seen-1@kz.example", "conversation_id": "talk", "ref_to_message_id": "q-1@by.example",
            "sender": "KZ.KGD", "type": "TransitReleaseNotice", "version": "1.0", "agreement": "eurasec-customs:1.0",
            "purpose": "customs", "environment": "test", "lease_until": None, "reads": 0}.items() <= item.items()  # fmt: skip
    assert await arrived(by, 1) == [item]
    assert len(await by.leased()) == 1


async def test_the_version_of_a_type_goes_all_the_way(kz: Service, by: Service) -> None:
    """Both versions are taken side by side; answer, lists, leases, headers and both logs say which one it was."""
    newer = "valid/TransitReleaseNotice--1.1-with-navigation-seal"
    answers = [await kz.accepted(name) for name in (TRN, newer)]
    await arrived(by, 2)
    leased = await by.leased(2)
    read = [await by.client.read(item) for item in leased]
    shown = [("TransitReleaseNotice", "1.0"), ("TransitReleaseNotice", "1.1")]
    assert [(answer["type"], answer["version"]) for answer in answers] == shown
    assert [(item["type"], item["version"]) for item in leased] == shown
    assert [(reply.headers["Gateway-Type"], reply.headers["Gateway-Version"]) for reply in read] == shown
    logged = (kz.entries("accepted"), by.entries("received"))
    assert [sorted((leaf["type"], leaf["version"]) for leaf in leaves) for leaves in logged] == [shown, shown]


async def test_two_leases_never_overlap(kz: Service, by: Service) -> None:
    """Eight consumers at once share twenty items: each item is leased exactly once."""
    await asyncio.gather(*(kz.post(movement=number) for number in range(1, 21)))
    await arrived(by, 20)
    batches = await asyncio.gather(*(by.client.lease(4) for _ in range(8)))
    taken = [item["item"] for batch in batches for item in batch]
    assert sorted(taken) == sorted(set(taken))
    assert len(taken) == 20
    assert len({batch[0]["lease"] for batch in batches if batch}) == sum(bool(batch) for batch in batches)
    assert await by.client.lease() == []


async def test_reading_and_acknowledging_need_the_lease(kz: Service, by: Service) -> None:
    """Without a lease 400, under another's 409, another system's item 404: nothing is handed out."""
    await kz.post()
    (item,) = await by.leased()
    without = await by.client.call("GET", f"/inbox/{item['item']}")
    foreign = await by.client.read({**item, "lease": "0" * 32})
    thief = await act(by, "acknowledge", {**item, "lease": "0" * 32})
    absent = await by.client.read({**item, "item": 999})
    assert (without.status, codes(without)) == (400, ["GW:1010"])
    assert [(reply.status, codes(reply)) for reply in (foreign, thief)] == [(409, ["GW:7003"])] * 2
    assert (absent.status, codes(absent)) == (404, ["GW:7001"])
    assert (await by.client.read(item)).body == sample(TRN)


async def test_an_inbox_belongs_to_one_system(pair: tuple[House, House], kz: Service) -> None:
    """What one system receives another neither lists, leases nor reads, even with the lease's name."""
    house = pair[1]
    token = add_system(house, "results", receives=["ProcessingResult"])
    async with house.running() as gateway, house.client() as client, system(house, token) as results:
        by = Service(house, gateway, client)
        await kz.post(RESULT)
        await kz.post(TRN)
        other = Service(house, gateway, results)
        (mine,), (theirs,) = await other.leased(), await by.leased()
        assert (mine["type"], theirs["type"]) == ("ProcessingResult", "TransitReleaseNotice")
        assert (await results.read(theirs)).status == (await client.read(mine)).status == 404
        assert (await act(other, "acknowledge", theirs)).status == 404


async def test_an_ended_lease_is_lost(kz: Service, by: Service) -> None:
    """After its seconds the old lease reads, renews and acknowledges nothing; the item is another's."""
    await kz.post()
    (old,) = await by.leased(seconds=1)
    (new,) = await by.leased()
    assert new["item"] == old["item"]
    assert new["lease"] != old["lease"]
    replies = [await by.client.read(old), await act(by, "renew", old), await act(by, "acknowledge", old)]
    assert [(reply.status, codes(reply)) for reply in replies] == [(409, ["GW:7003"])] * 3
    assert (await act(by, "acknowledge", new)).status == 204


async def test_a_renewed_lease_outlives_its_first_end(
    kz: Service, by: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Renewing in time keeps the item; giving it back with 0 seconds wakes whoever waits for it."""
    monkeypatch.setattr("gateway.flow.inbox.POLL", 60.0)
    await kz.post()
    (item,) = await by.leased(seconds=2)
    assert (await act(by, "renew", item, seconds="60")).status == 204
    await asyncio.sleep(2.1)
    assert await by.client.lease() == []
    assert (await by.client.read(item)).status == 200
    waiting = asyncio.create_task(by.client.lease(wait=30))
    await asyncio.sleep(0.1)
    began = time.monotonic()
    assert (await act(by, "renew", item, seconds="0")).status == 204
    (again,) = await waiting
    assert again["item"] == item["item"]
    assert time.monotonic() - began < 10
    assert (await by.client.read(item)).status == 409


async def test_acknowledging_is_idempotent_and_final(kz: Service, by: Service) -> None:
    """Twice under the same lease is 204 twice and one log entry; then the item is gone from list, lease and read."""
    await kz.accepted(message_id="taken-1@kz.example")
    (item,) = await by.leased()
    assert [(await act(by, "acknowledge", item)).status for _ in range(2)] == [204, 204]
    assert (await by.client.call("GET", "/inbox")).json["items"] == await by.client.lease() == []
    assert (await by.client.read(item)).status == 409
    assert [entry["message_id"] for entry in by.entries("acknowledged")] == ["taken-1@kz.example"]
    await by.check()


async def test_nothing_is_dropped_before_it_is_acknowledged(pair: tuple[House, House], kz: Service) -> None:
    """Read, released, read again, over a restart: the item stays until it is acknowledged; reads are counted and logged."""
    house = pair[1]
    await kz.post()
    async with house.running() as gateway, house.client() as client:
        by = Service(house, gateway, client)
        for _ in range(2):
            (item,) = await by.leased()
            assert (await client.read(item)).body == sample(TRN)
            await act(by, "renew", item, seconds="0")
    async with house.running() as gateway, house.client() as client:
        by = Service(house, gateway, client)
        assert [row["reads"] for row in await arrived(by, 1)] == [2]
        (item,) = await by.leased()
        assert (await client.read(item)).body == sample(TRN)
        assert len(by.entries("inbox-read")) == 3
        assert by.entries("acknowledged") == []


async def test_a_long_poll_returns_with_the_message(kz: Service, by: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    """A waiting consumer gets the message as it arrives, not at the end of its wait or of a poll."""
    monkeypatch.setattr("gateway.flow.inbox.POLL", 60.0)
    waiting = asyncio.create_task(by.client.lease(wait=30))
    await asyncio.sleep(0.3)
    began = time.monotonic()
    await kz.post()
    items = await waiting
    assert len(items) == 1
    assert time.monotonic() - began < 10
    assert await by.client.lease(wait=1) == []


async def test_urgent_items_are_leased_first(kz: Service, by: Service) -> None:
    """ProcessingResult is urgent, TransitReleaseNotice high, DocumentVerificationRequest normal: in this order."""
    question = "valid/DocumentVerificationRequest--invoice-and-waybill"
    for name in (question, TRN, RESULT):
        await kz.post(name)
    order = ["ProcessingResult", "TransitReleaseNotice", "DocumentVerificationRequest"]
    assert [row["type"] for row in await arrived(by, 3)] == order
    assert [(await by.client.lease())[0]["type"] for _ in range(3)] == order


async def test_a_changed_body_is_never_handed_out(kz: Service, by: Service) -> None:
    """A byte of the stored body changed: 500 GW:7004, an integrity entry, and verifying the log names the message."""
    await kz.accepted(message_id="hurt-1@kz.example")
    (item,) = await by.leased()
    assert (await by.client.read(item)).status == 200
    ((data,),) = by.rows("SELECT data FROM bodies")
    changed = data[:40] + bytes([data[40] ^ 1]) + data[41:]
    assert change(by.house, "UPDATE bodies SET data = ?", changed) == 1
    reply = await by.client.read(item)
    assert (reply.status, codes(reply)) == (500, ["GW:7004"])
    assert [entry["message_id"] for entry in by.entries("integrity")] == ["hurt-1@kz.example"]
    faults = (await by.verdict()).faults
    assert faults == ["message hurt-1@kz.example payload 0: the stored body is not what its digest says"]
    assert [row["reads"] for row in await arrived(by, 1)] == [1]


async def test_a_reader_of_removed_content_is_told_that_it_is_gone(kz: Service, by: Service) -> None:
    """Whole or as a part: 410, and not a fault of storage."""
    await kz.accepted(message_id="gone-1@kz.example")
    (item,) = await by.leased()
    assert change(by.house, "UPDATE messages SET purged_at = 1") == 1
    for reply in (await by.client.read(item), await by.client.part(item, 0)):
        assert (reply.status, codes(reply)) == (410, ["GW:7007"])


async def test_numbers_outside_their_range_are_refused(kz: Service) -> None:
    """limit, seconds and wait have ranges; an item is a number."""
    for path in ("/inbox/lease?limit=0", "/inbox/lease?seconds=3601", "/inbox/lease?wait=61", "/inbox/lease?limit=-1",
                 "/inbox/lease?limit=1001", "/inbox/lease?limit=", "/inbox/lease?wait=99999999999999999999"):  # fmt: skip
        reply = await kz.client.call("POST", path)
        assert (reply.status, codes(reply)) == (400, ["GW:1010"]), path
    for item in ("x", "-1", "9" * 30, "٣"):
        assert (await kz.client.read({"item": item, "lease": "a"})).status == 404


async def test_stripped_document_is_read_alone_and_its_manifest_as_a_part(kz: Service, by: Service) -> None:
    """The list of what was removed is named among the payloads, equal to the digest there, and fits the document."""
    await kz.accepted("restricted/TransitReleaseNotice--drivers-and-a-representative")
    (item,) = await by.leased()

    document, (listed,) = await by.client.read(item), await by.client.manifests(item)

    assert document.headers["Content-Type"] == "application/xml"
    assert sha256(document.body) == document.headers["Gateway-Sha256"]
    assert [part["media_type"] for part in item["payloads"]] == ["application/xml", manifest.MEDIA_TYPE]
    assert sha256(listed.body) == item["payloads"][1]["sha256"]
    assert manifest.fits(manifest.read(listed.body), etree.fromstring(document.body))
