"""A mutual obligation between two gateways over TLS: confirmed both ways, or cancelled on both sides."""

from typing import Any

from gateway.cli.client import NationalClient
from tests.house import House, eventually, sample

NOTICE = sample("valid/ActualExportNotice--only-what-is-mandatory")
ERROR = sample("valid/ProcessingResult--rejected")
RESULT = ERROR.replace(b"<csdo:SignalCode>P.MSG.ERR</csdo:SignalCode>", b"")


async def stands(client: NationalClient, identifier: str) -> Any:
    """The state as the national system is told it; empty where it knows of none."""
    reply = await client.call("GET", f"/conversations/{identifier}")
    return reply.json["transactions"][0]["state"] if reply.status == 200 else ""


async def become(clients: tuple[NationalClient, NationalClient], identifier: str, state: str) -> None:
    """Both sides come to see the transaction so."""
    for client in clients:

        async def there(client: NationalClient = client) -> bool:
            return bool(await stands(client, identifier) == state)

        await eventually(there)


async def test_obligations_settle_or_are_cancelled_on_both_sides(pair: tuple[House, House]) -> None:
    """Signals of the gateways both ways; an error of one national system ends it for both, and nothing follows it."""
    kz_house, by_house = pair
    async with kz_house.running(), by_house.running(), kz_house.client() as kz, by_house.client() as by:
        for name in ("one", "two"):
            posted = await kz.post(NOTICE, {"to": "BY.GTK", "message_id": f"{name}@kz.example"})
            assert posted.status == 202, posted.body
            await become((kz, by), f"{name}@kz.example", "processing")
        answer = {"to": "KZ.KGD", "ref_to_message_id": "one@kz.example", "message_id": "answer@by.example"}
        assert (await by.post(RESULT, answer)).status == 202
        await become((kz, by), "one@kz.example", "settling")
        assert (await by.post(ERROR, {"to": "KZ.KGD", "ref_to_message_id": "two@kz.example"})).status == 202
        await become((kz, by), "two@kz.example", "cancelled")
        late = await by.post(RESULT, {"to": "KZ.KGD", "ref_to_message_id": "two@kz.example"})
        assert (late.status, [fault["code"] for fault in late.json["faults"]]) == (409, ["GW:9001"])
        (shown,) = (await kz.call("GET", "/conversations/one@kz.example")).json["transactions"]
        assert [row["as"] for row in shown["messages"]] == [
            "first message", "received", "accepted", "answer", "answer received", "answer accepted",
        ]  # fmt: skip
