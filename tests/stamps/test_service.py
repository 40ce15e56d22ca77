"""`gateway check` says why checkpoints are not stamped, and that nothing is accepted."""

from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.hashes import SHA256

from gateway.cli.client import NationalClient
from gateway.cli.output import DONE, FOUND
from gateway.core.names import SECOND, Micros
from gateway.core.schedule import Backoff
from gateway.flow import stamping
from tests.api.edge import Service, codes
from tests.cli.command import beside
from tests.house import House, eventually
from tests.stamps.authority import Authority, Served, found

COVERED = """
    SELECT 1 FROM log_leaves l JOIN log_entries e ON e.id = l.entry AND e.kind = 'delivered' AND e.message_id = ?
    JOIN stamps s ON s.size > l.position JOIN cosignatures c ON c.size > l.position
"""


def stamped_by(house: House, served: Served, **settings: str) -> None:
    """The house's configuration names the authority."""
    (house.folder / "tsa.pem").write_bytes(served.authority.pem.read_bytes())
    path = house.folder / "gateway.toml"
    rows = {"url": served.url, "certificate": "tsa.pem", **settings}
    path.write_text(f"{path.read_text()}\n[stamps]\n" + "".join(f'{key} = "{value}"\n' for key, value in rows.items()))


async def warnings(house: House) -> tuple[int, list[str]]:
    """How the command ends, and what it warns of."""
    ended = await beside("check", "--json", "--config", house.folder)
    return ended.code, [row for row in ended.json["warnings"] if row.startswith("stamps")]


async def test_a_gateway_is_stamped_by_a_real_authority(pair: tuple[House, House], authority: Authority) -> None:
    """On its own, after a message: nothing to warn of, and everything is accepted."""
    house = pair[0]
    async with Served(authority).serving() as served:
        stamped_by(house, served, stop_after="4 hours")
        assert await warnings(house) == (DONE, [])
        async with house.running() as running, house.client() as client:
            kz = Service(house, running, client)
            await kz.accepted()
            await eventually(lambda: kz.entries("stamped"))
            assert await warnings(house) == (DONE, [])
            health = await client.call("GET", "/health")
            assert (health.json["accepting"], health.json["code"]) == (True, None)
            await kz.check()


async def test_an_outage_stops_acceptance_and_a_stamp_lifts_it(
    pair: tuple[House, House], authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Operators see why in `gateway check` and GET /health, callers get GW:7006; no hand is needed to go on."""
    monkeypatch.setattr(stamping, "POLL", 0.1)
    monkeypatch.setattr(stamping, "AGAIN", Backoff(Micros(SECOND // 5), Micros(SECOND // 5)))
    house, served = pair[0], Served(authority)
    stamped_by(house, served, every="1 second", stop_after="2 seconds")
    async with house.running() as running, house.client() as client:
        kz = Service(house, running, client)
        await kz.accepted()
        health = await eventually(lambda: stopped(client))
        assert (health["code"], bool(health["since"])) == ("GW:7006", True)
        code, named = await warnings(house)
        assert (code, len(named)) == (FOUND, 2)
        assert ("none since" in named[0], "nothing is accepted since" in named[1]) == (True, True)
        reply = await kz.post(movement=2)
        assert (reply.status, codes(reply), "Retry-After" in reply.headers) == (503, ["GW:7006"], True)
        async with served.serving():
            await eventually(lambda: kz.entries("resumed"))
            await kz.accepted(movement=2)
            assert await warnings(house) == (DONE, [])
        assert [len(kz.entries(kind)) for kind in ("stamp-missing", "halted", "resumed")] == [1, 1, 1]


async def stopped(client: NationalClient) -> dict[str, Any] | None:
    """What GET /health says once nothing is accepted."""
    found = (await client.call("GET", "/health")).json
    return None if found["accepting"] else found


async def test_an_expired_authority_is_named(pair: tuple[House, House]) -> None:
    """Before anything is stamped."""
    house = pair[0]
    expired = found(house.folder / "expired", "Expired", ends=-1)
    stamped_by(house, Served(expired), stop_after="2 hours")
    code, named = await warnings(house)
    assert (code, len(named)) == (FOUND, 1)
    assert "expired on" in named[0]


async def test_an_exported_message_is_proven_by_the_authority(
    pair: tuple[House, House], authority: Authority, tmp_path: Path
) -> None:
    """From the acceptance to the verifier: it says when the log was so, and who says it."""
    async with Served(authority).serving() as served:
        stamped_by(pair[0], served, every="1 second")
        pair[0].edit("gateway.toml", "\n[api]", '\n[log]\ncosign_every = "0 seconds"\n\n[api]')
        async with pair[1].running(), pair[0].running() as running, pair[0].client() as client:
            kz = Service(pair[0], running, client)
            name = (await kz.accepted(message_id="one-1@kz.example"))["messages"][0]["message_id"]
            await kz.became(name, "delivered")
            await eventually(lambda: kz.rows(COVERED, name))
            bundle, trust = tmp_path / "evidence.zip", tmp_path / "trust.toml"
            options = ("--why", "test", "--config", pair[0].folder)
            exported = await beside("evidence", "export", "--message", name, "--out", bundle, *options)
            assert exported.code == DONE, exported.err
            assert (await beside("evidence", "trust", "--out", trust, "--config", pair[0].folder)).code == DONE
    found = (await beside("verify", bundle, "--trust", trust, "--json")).json
    proven = [row["text"] for row in found["proven"]]
    told = f"authority {authority.certificates[0].fingerprint(SHA256()).hex()[:16]}"
    assert (found["result"], found["faults"]) == ("verified", [])
    assert [text for text in proven if "existed on" in text and text.endswith(told)]
