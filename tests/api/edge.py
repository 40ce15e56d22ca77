"""What the tests of the national edge do with a running service."""

import asyncio
import hashlib
import json
import sqlite3
import ssl
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from gateway.boot import Gateway
from gateway.cli.client import NationalClient, Reply
from gateway.flow.audit import Verdict, verify
from tests.house import House, eventually, of_movement, sample

TRN = "valid/TransitReleaseNotice--road-through-three-states"
RESPONSE = "valid/DocumentVerificationResponse--confirmed"
RESULT = "valid/ProcessingResult--rejected"
Part = tuple[str, str, str, bytes]  # field, media type, file name, content


@dataclass(frozen=True, slots=True)
class Service:
    """A configured service, its running gateway, and its national system's connection."""

    house: House
    gateway: Gateway
    client: NationalClient

    async def post(self, name: str = TRN, *, movement: int = 0, **metadata: str) -> Reply:
        """A shipped sample, posted; about a declaration of this number where there is one, so that none waits for it."""
        content = of_movement(sample(name), movement) if movement else sample(name)
        return await self.client.post(content, metadata)

    async def post_form(self, *parts: Part, path: str = "/messages") -> Reply:
        """A multipart request."""
        return await self.client.call("POST", path, None, form(*parts), MULTIPART)

    async def accepted(self, name: str = TRN, *, movement: int = 0, **metadata: str) -> dict[str, Any]:
        """The answer to a sample that must be accepted."""
        reply = await self.post(name, movement=movement, **metadata)
        assert reply.status == 202, reply.body
        return reply.json

    async def lives(self, message_id: str) -> list[dict[str, Any]]:
        """Where the messages of a submission stand."""
        reply = await self.client.call("GET", f"/messages/{message_id}")
        assert reply.status == 200, reply.body
        return list(reply.json["messages"])

    async def became(self, message_id: str, state: str) -> dict[str, Any]:
        """The life of the one message once its delivery is in the state."""

        async def look() -> dict[str, Any] | None:
            (life,) = await self.lives(message_id)
            return life if [row["state"] for row in life["deliveries"]] == [state] else None

        found: dict[str, Any] = await eventually(look)
        return found

    async def leased(self, number: int = 1, seconds: int = 60) -> list[dict[str, Any]]:
        """So many items, leased; waits for them."""
        found: list[dict[str, Any]] = []
        async with asyncio.timeout(10):
            while len(found) < number:
                found += await self.client.lease(number - len(found), 5, seconds)
        return found

    async def verdict(self) -> Verdict:
        """What verifying the delivery log finds, once every entry has its place in the tree."""
        await eventually(lambda: not self.rows("SELECT 1 FROM log_pending"))
        return [verdict async for verdict in verify(self.gateway.store, self.gateway.register())][-1]

    async def check(self) -> None:
        """Log and bodies are what they were."""
        assert (await self.verdict()).faults == []

    def rows(self, statement: str, *values: object) -> list[tuple[Any, ...]]:
        """Rows of the database, read beside the gateway."""
        return rows(self.house, statement, *values)

    def entries(self, kind: str) -> list[dict[str, Any]]:
        """The log entries of a kind, oldest first."""
        return entries(self.house, kind)


def rows(house: House, statement: str, *values: object) -> list[tuple[Any, ...]]:
    """Rows of the database."""
    database = sqlite3.connect(house.folder / "data" / "gateway.sqlite3", timeout=5)
    try:
        return database.execute(statement, values).fetchall()
    finally:
        database.close()


def change(house: House, statement: str, *values: object) -> int:
    """How many rows were changed behind the gateway's back."""
    database = sqlite3.connect(house.folder / "data" / "gateway.sqlite3", timeout=5)
    try:
        with database:
            return database.execute(statement, values).rowcount
    finally:
        database.close()


def entries(house: House, kind: str) -> list[dict[str, Any]]:
    """The log entries of a kind, oldest first."""
    found = rows(house, "SELECT body FROM log_entries WHERE kind = ? ORDER BY id", kind)
    return [json.loads(body) for (body,) in found]


def add_system(house: House, name: str, **settings: object) -> str:
    """The token of one more national system; it may send everything and gets nothing unless settings say so."""
    token = f"token-of-{name}"
    digest = hashlib.sha256(token.encode()).hexdigest()
    values = {"id": name, "token_sha256": [digest], "may_send": ["*"], "receives": [], **settings}
    text = "".join(f"{key} = {json.dumps(value, ensure_ascii=False)}\n" for key, value in values.items())
    path = house.folder / "gateway.toml"
    path.write_text(f"{path.read_text()}\n[[system]]\n{text}")
    return token


def system(house: House, token: str) -> NationalClient:
    """The connection of a system with this token."""
    return NationalClient(house.url, token, house.pem)


BOUNDARY = "a-boundary-of-these-tests"
MULTIPART = f"multipart/form-data; boundary={BOUNDARY}"


def form(*parts: Part) -> bytes:
    """A multipart/form-data body; goes with MULTIPART."""
    pieces = []
    for field, media_type, name, content in parts:
        filename = f'; filename="{name}"' if name else ""
        head = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{field}"{filename}\r\n'
        pieces.append(f"{head}Content-Type: {media_type}\r\n\r\n".encode() + content + b"\r\n")
    return b"".join([*pieces, f"--{BOUNDARY}--\r\n".encode()])


def document(name: str) -> Part:
    """The part with the XML document."""
    return ("message", "application/xml", "", sample(name))


def metadata(**stated: object) -> Part:
    """The part with what is stated."""
    return ("metadata", "application/json", "", json.dumps(stated).encode())


def codes(reply: Reply) -> list[str]:
    """The codes of a refusal's faults, in order."""
    return [fault["code"] for fault in reply.json["faults"]]


def fault(reply: Reply) -> Mapping[str, Any]:
    """The one fault of a refusal."""
    faults: Sequence[Mapping[str, Any]] = reply.json["faults"]
    assert len(faults) == 1, faults
    return faults[0]


def trusting(house: House) -> ssl.SSLContext:
    """A TLS context that believes the house's certificate alone."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.load_verify_locations(house.pem)
    context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    return context
