"""Strangers at the partner edge are counted by reason and written down once a minute; known callers singly."""

import aiohttp
import pytest

from gateway.boot import Gateway
from tests.api.edge import entries
from tests.house import House
from tests.msh.partner import message, tls, wire
from tests.msh.test_identity import new_key_pair


async def test_handshakes_that_fail_are_counted_by_reason(pair: tuple[House, House], kz: Gateway) -> None:
    """An unknown certificate, none, and bytes that are no TLS: three entries however often; a partner's is none."""
    known = tls(*pair)
    async with wire(kz.msh.port, known) as partner:
        await partner.send(message())
    new_key_pair(pair[1])
    for context in (tls(*pair), tls(*pair), tls(pair[0], None)):
        async with wire(kz.msh.port, context) as stranger:
            with pytest.raises(aiohttp.ClientError):
                await stranger.send(message())
    async with aiohttp.ClientSession() as plain:
        with pytest.raises(aiohttp.ClientError):
            await plain.post(f"http://127.0.0.1:{kz.msh.port}/")
    assert entries(pair[0], "security") == []
    await kz.watch.flush()
    found = {leaf["reason"]: (leaf["count"], leaf["edge"]) for leaf in entries(pair[0], "security")}
    assert found == {
        "unknown-certificate": (2, "partner"),
        "no-certificate": (1, "partner"),
        "no-handshake": (1, "partner"),
    }
