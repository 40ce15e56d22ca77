"""A national system's side of the national edge, for commands and the demo."""

import io
import json
import os
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Annotated, Any, Self

import aiohttp
import typer

from gateway.cli.output import REFUSED, UNREACHABLE, USAGE, fail
from gateway.core.language import Language, of_locale
from gateway.core.manifest import MEDIA_TYPE
from gateway.core.texts import say, told

Url = Annotated[str, typer.Option("--url", envvar="GATEWAY_URL", help="the gateway's national edge")]
Token = Annotated[str, typer.Option("--token", envvar="GATEWAY_TOKEN", help="the system's bearer token")]
Authority = Annotated[
    Path | None, typer.Option("--ca", envvar="GATEWAY_CA", help="PEM: whom the gateway's certificate must come from")
]
Told = Annotated[
    Language | None, typer.Option("--language", help="of faults; else what LC_ALL, LC_MESSAGES or LANG says, or en")
]
AT_ONCE = 256 * 1024
HERE_URL = "https://127.0.0.1:8443"


@dataclass(frozen=True, slots=True)
class Reply:
    """What the gateway answered."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> dict[str, Any]:
        """The body as a JSON object."""
        found = json.loads(self.body or b"{}")
        return found if isinstance(found, dict) else {}


class NationalClient:
    """One connection pool to one gateway."""

    def __init__(
        self, url: str, token: str, authority: Path | None, timeout: float = 60, language: Language | None = None
    ) -> None:
        """Believe only the authority, where one is named; be told things in the language."""
        self._url, self._timeout = url.rstrip("/"), timeout
        self._context = trust(authority)
        self._headers = {"Accept-Language": (language or readers()).value}
        if token:
            self._headers["Authorization"] = f"Bearer {token}"
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        """Open the pool."""
        self._session = aiohttp.ClientSession(
            headers=self._headers,
            timeout=aiohttp.ClientTimeout(total=self._timeout),
            connector=aiohttp.TCPConnector(limit=0, ssl=self._context),
        )
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the pool."""
        if self._session is not None:
            await self._session.close()

    async def call(
        self,
        method: str,
        path: str,
        query: Mapping[str, str] | None = None,
        data: bytes | aiohttp.FormData | None = None,
        content_type: str = "",
    ) -> Reply:
        """One request; aiohttp.ClientError or TimeoutError where there is no answer."""
        if self._session is None:
            message = "the client is not open"
            raise RuntimeError(message)
        headers = {"Content-Type": content_type} if content_type else {}
        body = io.BytesIO(data) if isinstance(data, bytes) and len(data) > AT_ONCE else data
        async with self._session.request(method, self._url + path, params=query, data=body, headers=headers) as answer:
            return Reply(answer.status, dict(answer.headers), await answer.read())

    async def post(self, document: bytes, metadata: Mapping[str, str]) -> Reply:
        """POST /messages with an XML body."""
        return await self.call("POST", "/messages", metadata, document, "application/xml")

    async def lease(self, limit: int = 1, wait: int = 0, seconds: int = 60) -> list[dict[str, Any]]:
        """Items leased from the inbox."""
        query = {"limit": str(limit), "wait": str(wait), "seconds": str(seconds)}
        found = (await self.call("POST", "/inbox/lease", query)).json.get("items", [])
        return list(found)

    async def read(self, item: Mapping[str, Any]) -> Reply:
        """The document of a leased item."""
        return await self.call("GET", f"/inbox/{item['item']}", {"lease": item["lease"]})

    async def part(self, item: Mapping[str, Any], number: int) -> Reply:
        """One payload of a leased item."""
        return await self.call("GET", f"/inbox/{item['item']}/parts/{number}", {"lease": item["lease"]})

    async def manifests(self, item: Mapping[str, Any]) -> list[Reply]:
        """The lists of what was removed from the item's document, the sender's first."""
        numbers = [number for number, part in enumerate(item["payloads"]) if part["media_type"] == MEDIA_TYPE]
        return [await self.part(item, number) for number in numbers]

    async def acknowledge(self, item: Mapping[str, Any]) -> Reply:
        """The item is this system's now."""
        return await self.call("POST", f"/inbox/{item['item']}/acknowledge", {"lease": item["lease"]})


def trust(authority: Path | None) -> ssl.SSLContext:
    """A TLS context that believes the authority, or the system's store."""
    context = ssl.create_default_context()
    if authority is not None:
        try:
            context.load_verify_locations(authority)
        except (OSError, ssl.SSLError):
            fail(USAGE, f"{authority} is no PEM file with certificates")
        context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    return context


def unreachable(url: str, error: BaseException) -> None:
    """End the command because nobody answers."""
    fail(UNREACHABLE, f"{url}: {type(error).__name__}: {error}")


def refused(reply: Reply) -> None:
    """End the command with the gateway's faults, one a line."""
    body = reply.json
    language = of_locale(reply.headers.get("Content-Language", "")) or Language.EN
    word = told(say("refused"), language)
    lines = [f"{word}: {body.get('title', reply.status)} ({reply.status}): {body.get('detail', '')}"]
    lines += [fault_line(fault, language) for fault in body.get("faults", [])]
    fail(REFUSED, *lines)


def fault_line(fault: Mapping[str, Any], language: Language) -> str:
    """A fault, as it was answered, for people."""
    where = say("at_position", line=fault["line"], column=fault.get("column", 0)) if "line" in fault else ""
    names = (fault["code"], fault["name"], fault.get("path"), told(where, language))
    expected = told(say("expected", what=fault.get("expected", "")), language)
    return f"  {' '.join(name for name in names if name)}: {expected}"


def readers() -> Language:
    """The language of whoever types (POSIX: the first of these variables that is set decides)."""
    name = next((found for key in ("LC_ALL", "LC_MESSAGES", "LANG") if (found := os.environ.get(key))), "")
    return of_locale(name) or Language.EN
