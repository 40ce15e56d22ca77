"""Two gateways over TLS witness each other's logs beside the traffic; one that knows no log of the other just exchanges."""

from contextlib import AsyncExitStack

from gateway.boot import Gateway
from gateway.core.evidence.checkpoint import opened
from gateway.core.names import PartyId
from tests.api.edge import rows
from tests.cli.command import beside
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


async def test_a_partner_begins_another_log_with_other_keys(pair: tuple[House, House]) -> None:
    """Messages go on while its file is late; with the file its log is witnessed from nothing, and nobody is accused."""
    kz, by = pair
    for house in pair:
        house.edit("gateway.toml", "\n[api]", '\n[log]\ncosign_every = "1 seconds"\n\n[api]')
    async with kz.running() as ours, by.running() as theirs:
        await sent(kz, "kz-0@test")
        await witnessed(ours, theirs, BY)
        await eventually(lambda: not rows(by, "SELECT 1 FROM peer_seen WHERE state = 'new'"))

    keys = 'origin = "kz.kgd.gateway/log/2"\nkey = "keys/log-2.key"\nwitness_key = "keys/witness-2.key"\n'
    kz.edit("gateway.toml", "\n[log]\n", f"\n[log]\n{keys}")
    own, theirs_of_it = kz.folder / "parties" / "KZ.KGD.toml", by.folder / "parties" / "KZ.KGD.toml"
    own.write_text(own.read_text().partition("[log]")[0])
    made = await beside("log", "keys", "--config", kz.folder)
    own.write_text(own.read_text() + made.out)
    async with kz.running(), by.running() as theirs:
        await sent(kz, "kz-1@test")
        await sent(by, "by-1@test")
        await eventually(lambda: rows(by, "SELECT 1 FROM peer_seen WHERE state = 'wrong'"))
        assert (await theirs.store.entry_counts())["misstated"] == 1
        await eventually(lambda: rows(kz, "SELECT 1 FROM log_entries WHERE kind = 'cosign-refused'"))

    theirs_of_it.write_text(theirs_of_it.read_text().partition("[log]")[0] + made.out)
    async with kz.running() as ours, by.running() as theirs:
        await sent(kz, "kz-2@test")
        await sent(by, "by-2@test")
        await witnessed(ours, theirs, BY)
        await witnessed(theirs, ours, KZ)
        await eventually(lambda: not rows(by, "SELECT 1 FROM peer_seen WHERE state = 'new'"))
    assert rows(by, "SELECT origin FROM peer_heads ORDER BY at") == [("kz.kgd.gateway/log",), ("kz.kgd.gateway/log/2",)]
    for house in pair:
        assert rows(house, "SELECT 1 FROM peer_disputes") == rows(house, "SELECT 1 FROM gaps") == []
