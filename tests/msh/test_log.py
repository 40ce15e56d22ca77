"""The log on the partner edge, over real TLS: who is served what, how much at once, how large."""

import asyncio
import ssl

import pytest
from aiohttp import ClientError, ClientSession

from gateway.boot import Gateway
from gateway.core.evidence.checkpoint import opened
from gateway.core.evidence.note import LARGEST
from gateway.core.message import Answer
from gateway.core.names import PartyId
from gateway.msh.log import AT_ONCE
from tests.core.evidence.logs import Log
from tests.house import House, build, eventually
from tests.loading import load
from tests.msh.partner import Wire, tls, wire


async def get(by: Wire, path: str) -> tuple[int, dict[str, str], bytes]:
    """Status, headers and body."""
    async with by.session.get(f"{by.url}{path}") as reply:
        return reply.status, dict(reply.headers), await reply.read()


async def post(by: Wire, path: str, body: bytes) -> tuple[int, str, bytes]:
    """Status, type and body."""
    async with by.session.post(f"{by.url}{path}", data=body) as reply:
        return reply.status, reply.headers.get("Content-Type", ""), await reply.read()


async def test_checkpoint_and_tiles_are_served_with_their_types(kz: Gateway, by: Wire) -> None:
    """The checkpoint is not to be kept, a tile for ever (C2SP tlog-tiles)."""
    await eventually(kz.store.newest_head)
    status, headers, body = await get(by, "/log/checkpoint")
    head, _ = opened(body, kz.register().notary.signer.verifier)
    assert (status, headers["Content-Type"], headers["Cache-Control"]) == (200, "text/plain; charset=utf-8", "no-cache")
    status, headers, body = await get(by, f"/log/tile/0/000.p/{head.size}")
    assert (status, len(body)) == (200, 32 * head.size)
    assert (headers["Content-Type"], "immutable" in headers["Cache-Control"]) == ("application/octet-stream", True)
    assert (await get(by, "/log/tile/0/001"))[0] == (await get(by, "/log/tile/x/y"))[0] == 404


async def test_an_offer_is_answered_as_a_witness_does(kz: Gateway, by: Wire, pair: tuple[House, House]) -> None:
    """200 with a signature line, then 409 with the size in its own type; the partner's own key is demanded."""
    log = Log(signer=load(pair[1].folder).register.notary.signer).grown(9)
    status, kind, body = await post(by, "/log/add-checkpoint", log.offer(0, 5).bytes())
    assert (status, kind) == (200, "text/plain; charset=utf-8")
    assert body.decode().startswith(f"— {kz.register().notary.witness.name} ")
    assert await post(by, "/log/add-checkpoint", log.offer(0, 9).bytes()) == (409, "text/x.tlog.size", b"5\n")
    stranger = Log().grown(9)
    assert (await post(by, "/log/add-checkpoint", stranger.offer(0, 9).bytes()))[0] == 404


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/log/nothing", 404),
        ("POST", "/log/nothing", 404),
        ("DELETE", "/log/checkpoint", 405),
        ("GET", "/log", 404),
    ],
)
async def test_nothing_else_is_there(by: Wire, method: str, path: str, status: int) -> None:
    """By path and method."""
    async with by.session.request(method, f"{by.url}{path}") as reply:
        assert reply.status == status


async def test_a_body_has_its_limit(by: Wire) -> None:
    """413, before it is read."""
    assert (await post(by, "/log/add-checkpoint", bytes(8 * LARGEST)))[0] == 413


async def test_a_partner_that_asks_too_much_at_once_is_told_to_come_again(
    kz: Gateway, by: Wire, monkeypatch: pytest.MonkeyPatch
) -> None:
    """503; when the others are answered it is served again."""
    gate = asyncio.Event()

    async def slow(*_: object) -> Answer:
        await gate.wait()
        return Answer(200, "text/plain", b"")

    monkeypatch.setattr(type(kz.logs.edge.desk), "get", slow)
    under_way = [asyncio.create_task(get(by, "/log/checkpoint")) for _ in range(AT_ONCE)]
    await eventually(lambda: kz.logs.edge._under_way[PartyId("BY.GTK")] == AT_ONCE)
    status, headers, _ = await get(by, "/log/checkpoint")
    assert (status, headers["Retry-After"]) == (503, "1")
    gate.set()
    assert {found[0] for found in await asyncio.gather(*under_way)} == {200}
    assert (await get(by, "/log/checkpoint"))[0] == 200


async def test_one_large_statement_of_a_partner_is_held_at_a_time(
    kz: Gateway, by: Wire, monkeypatch: pytest.MonkeyPatch
) -> None:
    """503 to the second, before its body is read; everything else is answered meanwhile, and the next one is taken."""
    gate = asyncio.Event()

    async def slow(*_: object) -> Answer:
        await gate.wait()
        return Answer(200, "text/plain", b"")

    monkeypatch.setattr(type(kz.logs.edge.desk), "post", slow)
    first = asyncio.create_task(post(by, "/log/reconcile", b"1"))
    await eventually(lambda: kz.logs.edge._large)
    assert (await post(by, "/log/reconcile", b"2"))[0] == 503
    assert (await get(by, "/log/checkpoint"))[0] in {200, 404}
    gate.set()
    assert (await first)[0] == 200
    assert (await post(by, "/log/reconcile", b"3"))[0] == 200


async def test_a_fault_of_the_store_is_503(kz: Gateway, by: Wire, monkeypatch: pytest.MonkeyPatch) -> None:
    """And nothing of it is shown."""

    async def broken(*_: object) -> Answer:
        raise OSError("secret")

    monkeypatch.setattr(type(kz.logs.edge.desk), "get", broken)
    status, _, body = await get(by, "/log/checkpoint")
    assert (status, body) == (503, b"")


async def test_a_party_that_was_removed_is_refused_on_its_open_connection(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    """Keep-alive outlives the removal; a stranger does not get past TLS."""
    houses = build(tmp_path_factory.mktemp("three"), "KZ.KGD", "BY.GTK", "RU.FTS")
    houses[0].edit("gateway.toml", "\n[api]", '\nreload_every = "1 seconds"\n\n[api]')
    async with houses[0].running() as kz, wire(kz.msh.port, tls(houses[0], houses[2]), 1) as ru:
        assert (await get(ru, "/log/checkpoint"))[0] in {200, 404}
        (houses[0].folder / "parties" / "RU.FTS.toml").unlink()
        assert await eventually(lambda: PartyId("RU.FTS") not in kz.register().parties)
        assert (await get(ru, "/log/checkpoint"))[0] == 403
        own = tls(houses[0], houses[0])
        async with ClientSession() as session:
            with pytest.raises((ClientError, ssl.SSLError)):
                await session.get(f"https://127.0.0.1:{kz.msh.port}/log/checkpoint", ssl=own)
