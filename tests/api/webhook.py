"""A national system's own server: takes what is pushed over TLS, and answers as a test tells it to."""

import contextlib
import json
import ssl
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import Message
from typing import Any

from aiohttp import web

from gateway.cli import setup
from gateway.cli.process import free_port
from tests.house import House

TOKEN = "pushed-with-this"


@dataclass(frozen=True, slots=True)
class Pushed:
    """One request."""

    authorization: str
    content_type: str
    body: bytes

    @property
    def json(self) -> dict[str, Any]:
        """A notice."""
        return dict(json.loads(self.body))

    def part(self, name: str) -> bytes:
        """A part of a pushed message."""
        whole = message_from_bytes(f"Content-Type: {self.content_type}\r\n\r\n".encode() + self.body)
        parts = whole.get_payload()
        assert isinstance(parts, list)
        found = [
            p for p in parts if isinstance(p, Message) and p.get_param("name", header="Content-Disposition") == name
        ]
        content = found[0].get_payload(decode=True)
        assert isinstance(content, bytes)
        return content


@dataclass
class Webhook:
    """What came, and the statuses it answers with, one after another; then 204."""

    pushed: list[Pushed] = field(default_factory=list)
    statuses: list[int] = field(default_factory=list)

    async def take(self, request: web.Request) -> web.Response:
        """Keep the request."""
        head = request.headers
        self.pushed.append(Pushed(head.get("Authorization", ""), head["Content-Type"], await request.read()))
        return web.Response(status=self.statuses.pop(0) if self.statuses else 204, text="internal details")


@contextlib.asynccontextmanager
async def webhook(house: House, *statuses: int) -> AsyncIterator[Webhook]:
    """A server on its own certificate, named in the house's configuration before its gateway starts."""
    port, hook = free_port(), Webhook(statuses=list(statuses))
    certificate, key = setup.key_pair(setup.Service("HOOK", "KZ", "a national system", "127.0.0.1", port, 0))
    keys = house.folder / "keys"
    (keys / "hook.pem").write_bytes(certificate)
    (keys / "hook.key").write_bytes(key)
    lines = f'webhook = "https://127.0.0.1:{port}/hook"\nwebhook_ca = "keys/hook.pem"\nwebhook_token = "{TOKEN}"\n'
    house.edit("gateway.toml", 'receives = ["*"]\n', f'receives = ["*"]\n{lines}')
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(keys / "hook.pem", keys / "hook.key")
    application = web.Application(client_max_size=0)
    application.router.add_post("/hook", hook.take)
    runner = web.AppRunner(application, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port, ssl_context=context).start()
    try:
        yield hook
    finally:
        await runner.cleanup()
