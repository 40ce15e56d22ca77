"""MIME multipart/related, as SOAP with attachments uses it: bytes in, parts out."""

import base64
import re
from collections.abc import Callable, Iterator

from gateway.core.errors import ErrorCode, rejected
from gateway.core.message import MimePart
from gateway.core.texts import Text, say

MAX_PARTS = 64
MAX_HEADERS = 8 * 1024
PARAMETER = re.compile(r'(?<![\w-])([\w-]+)\s*=\s*(?:"([^"]*)"|([^;\s]*))')


def parameters(content_type: str) -> tuple[str, dict[str, str]]:
    """The media type in lower case and its parameters."""
    media_type, _, rest = content_type.partition(";")
    found = ((name.lower(), quoted or plain) for name, quoted, plain in PARAMETER.findall(rest))
    return media_type.strip().lower(), dict(found)


class Reader:
    """Splits a body as it comes: for each part its head (a MimePart without content), then its bytes, piece by piece."""

    def __init__(self, content_type: str) -> None:
        """EBMS:0007 where the content type names no boundary."""
        boundary = parameters(content_type)[1].get("boundary", "").encode("utf-8", "replace")
        if not boundary:
            raise _broken(say("boundary"))
        self._delimiter = b"\n--" + boundary
        self._rest = b"\n"  # the boundary may stand at the very start
        self._state: Callable[[], Iterator[MimePart | bytes]] | None = self._preamble
        self._parts = 0
        self._decoder: Base64 | None = None

    def feed(self, data: bytes) -> Iterator[MimePart | bytes]:
        """What the next bytes hold; a broken structure is EBMS:0007."""
        self._rest = self._rest + data if self._rest else data
        state = None
        while self._state is not None and self._state is not state:
            state = self._state
            yield from state()

    def finish(self) -> None:
        """The closing boundary came."""
        if self._state == self._preamble:
            raise _broken(say("boundary_first"))
        if self._state is not None:
            raise _broken(say("closing_boundary"))
        if not self._parts:
            raise _broken(say("a_part"))

    def _preamble(self) -> Iterator[MimePart | bytes]:
        """A preamble is allowed (RFC 2046 5.1.1)."""
        at = self._rest.find(self._delimiter)
        if at >= 0:
            self._go_on(at + len(self._delimiter), self._head)
        else:
            self._rest = self._rest[-len(self._delimiter) :]
        yield from ()

    def _head(self) -> Iterator[MimePart | bytes]:
        if self._rest[:2] == b"--":
            self._rest, self._state = b"", None
            return
        line, end, rest = self._rest.partition(b"\n")
        if (end or len(line) > MAX_HEADERS) and line.strip(b" \t\r"):
            raise _broken(say("nothing_behind"))
        blank, size = min(
            ((at, len(mark)) for mark in (b"\r\n\r\n", b"\n\n") if (at := rest.find(mark, 0, MAX_HEADERS)) >= 0),
            default=(-1, 0),
        )
        next_one = rest.find(self._delimiter, 0, MAX_HEADERS)
        if 0 <= next_one < blank + size or (blank < 0 and (next_one >= 0 or len(rest) >= MAX_HEADERS)):
            raise _broken(say("blank_line"))
        if blank < 0:
            return
        self._parts += 1
        if self._parts >= MAX_PARTS:
            raise _broken(say("at_most_parts", n=MAX_PARTS))
        headers = _headers(rest[:blank])
        self._decoder = Base64() if headers.get("content-transfer-encoding", "").lower() == "base64" else None
        self._go_on(len(line) + 1 + blank + size, self._content)
        yield MimePart(headers, b"")

    def _content(self) -> Iterator[MimePart | bytes]:
        at = self._rest.find(self._delimiter)
        if at >= 0:
            content = self._rest[:at].removesuffix(b"\r")
            self._go_on(at + len(self._delimiter), self._head)
            yield self._decoder.decode(content) + self._decoder.finish() if self._decoder else content
            return
        safe = len(self._rest) - len(self._delimiter) - 1  # what follows may be the start of a boundary
        if safe > 0:
            content, self._rest = self._rest[:safe], self._rest[safe:]
            yield self._decoder.decode(content) if self._decoder else content

    def _go_on(self, at: int, state: "Callable[[], Iterator[MimePart | bytes]]") -> None:
        self._rest, self._state = self._rest[at:], state


class Base64:
    """Decodes base64 as it comes; white space does not count, nothing may stand behind the padding."""

    def __init__(self) -> None:
        """Nothing has come yet."""
        self._rest, self._ended = b"", False

    def decode(self, text: bytes) -> bytes:
        """The bytes of every four letters that are there."""
        letters = self._rest + b"".join(text.split())
        whole = len(letters) // 4 * 4
        self._rest = letters[whole:]
        if not whole:
            return b""
        if self._ended:
            raise _broken(say("base64"))
        self._ended = letters[whole - 1 : whole] == b"="
        try:
            return base64.b64decode(letters[:whole], validate=True)
        except ValueError:
            raise _broken(say("base64")) from None

    def finish(self) -> bytes:
        """Nothing is left; always empty."""
        if self._rest:
            raise _broken(say("base64"))
        return b""


def split(body: bytes, content_type: str) -> tuple[MimePart, ...]:
    """The parts of a whole body in order; a broken structure is EBMS:0007."""
    reader = Reader(content_type)
    heads: list[MimePart] = []
    contents: list[list[bytes]] = []
    for event in reader.feed(body):
        if isinstance(event, bytes):
            contents[-1].append(event)
        else:
            heads.append(event)
            contents.append([])
    reader.finish()
    return tuple(MimePart(head.headers, b"".join(pieces)) for head, pieces in zip(heads, contents, strict=True))


def _headers(block: bytes) -> dict[str, str]:
    headers: dict[str, str] = {}
    unfolded = block.replace(b"\r\n", b"\n").replace(b"\n ", b" ").replace(b"\n\t", b" ")
    for line in unfolded.decode("utf-8", "replace").split("\n"):
        name, colon, value = line.partition(":")
        if not colon:
            raise _broken(say("header_line"))
        headers.setdefault(name.strip().lower(), value.strip())
    return headers


def _broken(expected: Text) -> Exception:
    return rejected(ErrorCode.EBMS_0007, "MIME", expected)
