"""Large messages at the national edge: read and pushed piece by piece, broken off where they are damaged."""

import random

import aiohttp
import pytest

from tests.api.edge import RESPONSE, Service, change, document, entries, rows
from tests.api.test_attachments import parts
from tests.api.webhook import webhook
from tests.house import House, eventually, sample, sha256

LARGE = random.Random(3).randbytes(1_400_000)  # noqa: S311 - not compressible
ATTACHMENT = ("attachment", "application/pdf", "large.pdf", LARGE)


async def test_a_large_item_is_read_whole_or_part_by_part(kz: Service, by: Service) -> None:
    """Both ways give the same bytes, with the size and the digest of each part."""
    await kz.post_form(document(RESPONSE), ATTACHMENT)
    (item,) = await by.leased()
    whole = await by.client.read(item)
    assert [part.get_payload(decode=True) for part in parts(whole)[1:]] == [sample(RESPONSE), LARGE]
    assert int(whole.headers["Content-Length"]) == len(whole.body)
    for number, content in enumerate((sample(RESPONSE), LARGE)):
        reply = await by.client.call("GET", f"/inbox/{item['item']}/parts/{number}", {"lease": item["lease"]})
        assert (reply.status, reply.body) == (200, content)
        assert reply.headers["Gateway-Sha256"] == sha256(content)
        assert reply.headers["Content-Type"] == item["payloads"][number]["media_type"]
    assert len(by.entries("inbox-read")) == 3
    await by.check()


async def test_a_part_needs_the_lease_and_must_be_there(kz: Service, by: Service) -> None:
    """400 without a lease, 409 under another's, 404 behind the last part."""
    await kz.post_form(document(RESPONSE))
    (item,) = await by.leased()
    path = f"/inbox/{item['item']}/parts"
    statuses = [
        (await by.client.call("GET", f"{path}/{part}", query)).status
        for part, query in (
            ("0", {}),
            ("0", {"lease": "0" * 32}),
            ("1", {"lease": item["lease"]}),
            ("x", {"lease": item["lease"]}),
            ("0", {"lease": item["lease"]}),
        )
    ]
    assert statuses == [400, 409, 404, 404, 200]


async def test_a_damaged_large_item_is_broken_off(kz: Service, by: Service) -> None:
    """The reader's connection ends before the body does, whole or in part; the log has the difference."""
    await kz.post_form(document(RESPONSE), ATTACHMENT)
    (item,) = await by.leased()
    change(by.house, "UPDATE chunks SET data = zeroblob(1000) WHERE position = 4")
    for path in (f"/inbox/{item['item']}", f"/inbox/{item['item']}/parts/1"):
        with pytest.raises(aiohttp.ClientError):
            await by.client.call("GET", path, {"lease": item["lease"]})
    assert len(by.entries("integrity")) == 2


async def test_damaged_chunks_never_reach_a_partner(kz: Service, pair: tuple[House, House]) -> None:
    """Over a real connection: the partner gets no whole request, the delivery fails for good as GW:7004."""
    await kz.post_form(document(RESPONSE), ATTACHMENT)
    change(kz.house, "UPDATE chunks SET data = zeroblob(1000) WHERE position = 4")
    async with pair[1].running():
        await eventually(lambda: kz.entries("integrity"))
        assert kz.rows("SELECT state, code FROM deliveries") == [("failed", "GW:7004")]
        assert rows(pair[1], "SELECT 1 FROM messages") == []


async def test_a_large_message_is_pushed_whole(pair: tuple[House, House], kz: Service) -> None:
    """A webhook gets the same form, with its exact length."""
    house = pair[1]
    async with webhook(house) as hook, house.running():
        await kz.post_form(document(RESPONSE), ATTACHMENT)
        await eventually(lambda: entries(house, "pushed"))
        (pushed,) = hook.pushed
        assert (pushed.part("message"), pushed.part("attachment")) == (sample(RESPONSE), LARGE)
