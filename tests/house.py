"""A gateway as tests use it: configured in a folder, running in this process on real TLS sockets."""

import asyncio
import atexit
import contextlib
import functools
import hashlib
import json
import shutil
import tempfile
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gateway.boot import Gateway
from gateway.cli import setup
from gateway.cli.client import NationalClient
from gateway.cli.keys import Kind
from gateway.cli.process import free_port
from tests.loading import load, read

SAMPLES = Path(__file__).parent / "agreements" / "eurasec-customs"
MEMBERS = {"KZ.KGD": "KZ", "BY.GTK": "BY", "RU.FTS": "RU"}


@dataclass(frozen=True, slots=True)
class House:
    """One service's configuration folder and how its national system reaches it."""

    party: str
    folder: Path
    token: str
    url: str

    @property
    def pem(self) -> Path:
        """Its certificate."""
        return self.folder / "parties" / f"{self.party}.pem"

    def client(self) -> NationalClient:
        """Its national system's connection."""
        return NationalClient(self.url, self.token, self.pem)

    def stranger(self) -> NationalClient:
        """A connection without token or certificate."""
        return NationalClient(self.url, "", self.pem)

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[Gateway]:
        """The gateway serves while the block runs, and stops in order after it."""
        stop, started = asyncio.Event(), asyncio.Event()
        gateway = Gateway(load(self.folder))
        task = asyncio.create_task(gateway.run(lambda _: started.set(), stop))
        waiting = asyncio.create_task(started.wait())
        await asyncio.wait({task, waiting}, return_when=asyncio.FIRST_COMPLETED)
        try:
            if task.done():
                task.result()
            yield gateway
        finally:
            waiting.cancel()
            stop.set()
            await task

    def unsigned(self, other: str) -> None:
        """Messages to and from that party are not signed: for laws about what is inside the security."""
        path = self.folder / "parties" / f"{other}.toml"
        path.write_text(f'{path.read_text()}\n[pmode]\nprofile = "plain-tls"\n')

    def edit(self, name: str, old: str, new: str) -> None:
        """Replace a text in a configuration file; the text must be there."""
        path = self.folder / name
        text = path.read_text()
        assert old in text, f"{old!r} is not in {path}"
        path.write_text(text.replace(old, new))


def build(where: Path, *parties: str, kind: Kind = Kind.EC) -> tuple[House, ...]:
    """Configured services that all know each other, with that kind of keys for messages."""
    houses = tuple(_house(where, party, kind) for party in parties)
    for house in houses:
        for other in houses:
            if other is not house:
                setup.add_party(house.folder, other.folder / "parties" / f"{other.party}.toml")
    return houses


def _house(where: Path, party: str, kind: Kind) -> House:
    folder, port = where / party, free_port()
    title = f"Customs of {MEMBERS[party]}"
    service = setup.Service(party, MEMBERS[party], title, "127.0.0.1", port, free_port(), key=kind)
    token = setup.write(folder, service)
    shutil.copytree(_read_schemas(), folder / "data" / "schema-cache")
    return House(party, folder, token, f"https://127.0.0.1:{port}")


@functools.cache
def _read_schemas() -> Path:
    """The schema sets' models, read once for all houses of this run."""
    where = Path(tempfile.mkdtemp(prefix="gateway-tests-"))
    atexit.register(shutil.rmtree, where, ignore_errors=True)
    setup.write(where / "any", setup.Service("ANY", "KZ", "any", "127.0.0.1", 0, 0))
    read(where / "any")
    return where / "any" / "data" / "schema-cache"


def sample(name: str) -> bytes:
    """A shipped sample: valid/…, invalid/… or restricted/…, without .xml."""
    return (SAMPLES / f"{name}.xml").read_bytes()


def of_movement(document: bytes, number: int) -> bytes:
    """The document, about another declaration."""
    head, mark, tail = document.partition(b"CustomsDocumentId>")
    assert mark
    return head + mark + f"{number:07}".encode() + tail[tail.index(b"<") :]


def canaries(name: str) -> list[bytes]:
    """The values of a restricted sample that must not survive."""
    return [text.encode() for text in json.loads((SAMPLES / f"{name}.json").read_text())["canaries"]]


async def eventually(condition: Any, seconds: float = 120.0) -> Any:
    """The condition's first true result; AssertionError where there is none in time, on a busy machine, too. It may be async."""
    deadline = asyncio.get_running_loop().time() + seconds
    while True:
        found = condition()
        found = await found if asyncio.iscoroutine(found) else found
        if found:
            return found
        assert asyncio.get_running_loop().time() < deadline, "it did not become true in time"
        await asyncio.sleep(0.02)


def sha256(content: bytes) -> str:
    """The digest in hex."""
    return hashlib.sha256(content).hexdigest()
