"""Two gateways over TLS witness each other's logs beside the traffic; one that knows no log of the other just exchanges."""

from contextlib import AsyncExitStack

from gateway.boot import Gateway
from gateway.core.evidence.checkpoint import opened
from gateway.core.names import PartyId
from tests.api.edge import rows
from tests.house import House, eventually, sample

DOCUMENT = sample("valid/ProcessingResult--rejected")
KZ, BY = PartyId("KZ.KGD"), PartyId("BY.GTK")


async def sent(house: House, name: str) -> None:
    """The house's national system has posted a message, and it is delivered."""
    async with house.client() as client:
        answer = await client.call("POST", "/messages", {"message_id": name}, DOCUMENT, "application/xml")
        assert answer.status == 202, answer.body

    def delivered() -> bool:
        where = "FROM deliveries d JOIN messages m ON m.id = d.message WHERE d.state = 'delivered' AND m.message_id = ?"
        return bool(rows(house, f"SELECT 1 {where}", name))

    await eventually(delivered)


async def witnessed(ours: Gateway, theirs: Gateway, party: PartyId) -> int:
    """The size of our newest checkpoint, once the partner has cosigned it."""

    async def cosigned() -> bool:
        head = await ours.store.newest_head()
        return head is not None and await ours.store.last_cosigned(party) == head["size"]

    await eventually(cosigned)
    size = await ours.store.last_cosigned(party)
    head, lines = await ours.store.head(size), [row["line"] for row in await ours.store.cosignatures(size)]
    assert head is not None
    _, note = opened(bytes(head["note"]) + "".join(lines).encode(), ours.register().notary.signer.verifier)
    assert theirs.register().notary.witness.verifier.signature_of(note) is not None
    return size


async def test_two_gateways_witness_each_other_over_restarts(pair: tuple[House, House]) -> None:
    """Each cosigns the other's newest checkpoint, and finds those in messages consistent with what it cosigned."""
    for house in pair:
        house.edit("gateway.toml", "\n[api]", '\n[log]\ncosign_every = "1 seconds"\n\n[api]')
    sizes = [0, 0]
    for turn in range(2):
        async with pair[0].running() as kz, pair[1].running() as by:
            await sent(pair[0], f"kz-{turn}@test")
            await sent(pair[1], f"by-{turn}@test")
            found = [await witnessed(kz, by, BY), await witnessed(by, kz, KZ)]
            assert all(new > old for new, old in zip(found, sizes, strict=True))
            sizes = found
            for house in pair:
                await eventually(lambda house=house: not rows(house, "SELECT 1 FROM peer_seen WHERE state = 'new'"))
    for house in pair:
        assert rows(house, "SELECT DISTINCT state FROM peer_seen") == [("consistent",)]
        assert rows(house, "SELECT 1 FROM peer_disputes") == []


async def test_a_partner_without_a_log_exchanges_messages_as_before(pair: tuple[House, House]) -> None:
    """Where one side's file of the other has no [log], and where neither has: nothing about logs is sent to it."""
    for house, other in (pair, pair[::-1]):
        path = house.folder / "parties" / f"{other.party}.toml"
        path.write_text(path.read_text().partition("[log]")[0])
        async with AsyncExitStack() as stack:
            for each in pair:
                await stack.enter_async_context(each.running())
            await sent(pair[0], f"kz-{house.party}@test")
            await sent(pair[1], f"by-{house.party}@test")
    for house in pair:
        assert len(rows(house, "SELECT 1 FROM messages")) == 4
        assert rows(house, "SELECT 1 FROM cosignatures") == []
    assert rows(pair[0], "SELECT 1 FROM peer_heads") == rows(pair[0], "SELECT 1 FROM peer_seen") == []
