"""One request to one target: what it is sent by, what it is answered, and why there was no answer."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Protocol

from gateway.core.errors import ErrorCode

SMALL = 1024 * 1024  # bytes of an answer


@dataclass(frozen=True, slots=True)
class Reply:
    """What a target's server answered."""

    status: int
    body: bytes
    content_type: str = ""
    retry_after: int = 0  # seconds; 0: not said


@dataclass(frozen=True, slots=True)
class Streamed:
    """A request body that is made while it is sent: its exact size and its pieces. A SendError cuts it short."""

    size: int
    pieces: Callable[[], AsyncIterator[bytes]]


class SendError(Exception):
    """No usable answer: carries the code that the retry table knows."""

    def __init__(self, code: ErrorCode, detail: str = "") -> None:
        """Say which row of the catalogue it is."""
        super().__init__(code.code)
        self.code = code
        self.detail = detail


@dataclass(frozen=True, slots=True)
class Fetched:
    """What a target's server answers, while its body is still coming."""

    status: int
    content_type: str
    size: int | None  # None: not said
    pieces: AsyncIterator[bytes]  # SendError where they end too early


class Transport(Protocol):
    """Sends one request to one target."""

    async def send(self, target: str, content_type: str, body: bytes | Streamed) -> Reply:
        """The target's answer; SendError where there was none."""


class Asker(Protocol):
    """Asks a target about logs: small questions, small answers."""

    async def ask(self, target: str, path: str, body: bytes | None = None, most: int = SMALL) -> Reply:
        """The answer to a GET, or to a POST of the body, of what is at that path under the target's address.

        At most so many bytes of it; SendError where there is none.
        """


class Fetcher(Transport, Protocol):
    """Also takes answers too large to be held."""

    def fetch(self, target: str, content_type: str, body: bytes) -> AbstractAsyncContextManager[Fetched]:
        """The target's answer as it comes, whatever its size; SendError where there is none."""
