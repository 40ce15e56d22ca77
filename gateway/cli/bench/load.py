"""The load: posts documents over keep-alive connections, in its own process, and says what came of it.

`python -m gateway.cli.bench.load CONNECTIONS` takes one order a line on standard input and answers each with a line.
"""

import asyncio
import itertools
import json
import ssl
import sys
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path

import aiohttp
import uvloop

ACCEPTED = 202
KEEP_ALIVE = 3600
FOREVER = 1e9


@dataclass(frozen=True, slots=True)
class Target:
    """Where documents are posted, and who posts them: a bearer token or a certificate."""

    url: str
    authority: str  # PEM: the server's certificate
    token: str = ""
    certificate: str = ""
    key: str = ""


@dataclass(frozen=True, slots=True)
class Order:
    """Post documents of a folder for some seconds, or a number of them."""

    target: Target
    folder: str
    seconds: float = FOREVER
    posts: int = sys.maxsize


@dataclass(slots=True)
class Taken:
    """What came of an order: seconds of every accepted post, and how often each other answer came."""

    seconds: float = 0
    latencies: list[float] = field(default_factory=list)
    refused: dict[str, int] = field(default_factory=dict)


class Poster:
    """One session for each target, so that connections stay open between orders."""

    def __init__(self, connections: int) -> None:
        """Connect nowhere yet."""
        self._connections = connections
        self._sessions: dict[Target, aiohttp.ClientSession] = {}

    async def obey(self, order: Order) -> Taken:
        """The order is done."""
        session = self._sessions.setdefault(order.target, self._session(order.target))
        bodies = itertools.cycle(_documents(Path(order.folder)))
        supply = itertools.islice(bodies, order.posts)
        taken, refused, start = Taken(), Counter[str](), time.perf_counter()
        workers = (
            _post(session, order.target.url, supply, start + order.seconds, taken.latencies, refused)
            for _ in range(self._connections)
        )
        await asyncio.gather(*workers)
        taken.seconds, taken.refused = time.perf_counter() - start, dict(refused)
        return taken

    def _session(self, target: Target) -> aiohttp.ClientSession:
        context = ssl.create_default_context(cafile=target.authority)
        context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
        if target.certificate:
            context.load_cert_chain(target.certificate, target.key)
        headers = {"Content-Type": "application/xml"}
        if target.token:
            headers["Authorization"] = f"Bearer {target.token}"
        connector = aiohttp.TCPConnector(limit=0, ssl=context, keepalive_timeout=KEEP_ALIVE)
        return aiohttp.ClientSession(connector=connector, headers=headers)


def _documents(folder: Path) -> list[bytes]:
    return [path.read_bytes() for path in sorted(folder.iterdir())]


async def _post(  # noqa: PLR0913, PLR0917 - what one worker shares with the others
    session: aiohttp.ClientSession,
    url: str,
    supply: Iterator[bytes],
    until: float,
    latencies: list[float],
    refused: Counter[str],
) -> None:
    """One connection's worth of posts."""
    while (start := time.perf_counter()) < until and (body := next(supply, None)) is not None:
        async with session.post(url, data=body) as answer:
            text = await answer.read()
        if answer.status == ACCEPTED:
            latencies.append(time.perf_counter() - start)
        else:
            refused[f"{answer.status} {text[:300].decode(errors='replace')}"] += 1


async def obey_forever(connections: int) -> None:
    """Every line of standard input is done and answered."""
    poster = Poster(connections)
    while line := await asyncio.to_thread(sys.stdin.readline):
        order = json.loads(line)
        taken = await poster.obey(Order(**{**order, "target": Target(**order["target"])}))
        sys.stdout.write(json.dumps(asdict(taken)) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    uvloop.run(obey_forever(int(sys.argv[1])))
