"""MIME multipart/related, as SOAP with attachments uses it: bytes in, parts out, the root first (RFC 2387)."""

import base64
import re
from collections.abc import Callable, Iterator

from gateway.core.fields import broken, content_id, pairs, parameters, read
from gateway.core.message import MimePart
from gateway.core.texts import say

__all__ = ["MimePart", "Reader", "parameters", "split"]

MAX_PARTS = 64
MAX_HEADERS = 8 * 1024
MAX_BEFORE_ROOT = 1024 * 1024  # bytes that wait where `start` names a part that is not the first
LINE = re.compile(rb"--|[ \t\r]{0,100}\n")  # behind the boundary: it closes, or padding and a line end (RFC 2046 5.1.1)
UNDECIDED = re.compile(rb"-|[ \t\r]{0,100}")
BLANK = re.compile(rb"\n\r?\n")
AS_IT_IS = ("", "binary", "8bit", "7bit")


class Reader:
    """Splits a body as it comes: for each part its head (a MimePart without content), then its bytes, piece by piece.

    The first part is the root: the one that `start` names, or the one that comes first. A line that only begins with
    the boundary is content. Quoted-printable is refused: no AS4 product writes it, and it has more than one reading.
    """

    def __init__(self, content_type: str) -> None:
        """EBMS:0007 where the content type does not name one boundary."""
        boundaries = [value for name, value in pairs(content_type) if name == "boundary"]
        if len(boundaries) != 1 or not boundaries[0] or not boundaries[0].isprintable():
            raise broken(say("boundary"))
        self._delimiter = b"\n--" + boundaries[0].encode("utf-8", "replace")
        self._root = _Root(content_id(parameters(content_type)[1].get("start", "")))
        self._rest = b"\n"  # the boundary may stand at the very start
        self._state: Callable[[], Iterator[MimePart | bytes]] | None = self._preamble
        self._ids: list[str] = []
        self._fresh = False  # the newline before the content is still there: it may be the one before a boundary
        self._crlf = False  # a structural line ended so: then a CR before a boundary is no content
        self._decoder: Base64 | None = None

    def feed(self, data: bytes) -> Iterator[MimePart | bytes]:
        """What the next bytes hold; a broken structure is EBMS:0007."""
        self._rest = self._rest + data if self._rest else data
        state = None
        while self._state is not None and self._state is not state:
            state = self._state
            for event in state():
                yield from self._root.first(event)
        if self._state is None:
            self._rest = b""
            yield from self._root.waiting()

    def finish(self) -> None:
        """The closing boundary came, and the root."""
        if self._state == self._preamble:
            raise broken(say("boundary_first"))
        if self._state is not None:
            raise broken(say("closing_boundary"))
        if not self._ids:
            raise broken(say("a_part"))
        if not self._root.found:
            raise broken(say("root_part"))

    def _preamble(self) -> Iterator[MimePart | bytes]:
        """A preamble is allowed (RFC 2046 5.1.1)."""
        at, line = self._boundary()
        if line is None:
            self._rest = self._rest[at:]
        else:
            self._pass(line)
        yield from ()

    def _head(self) -> Iterator[MimePart | bytes]:
        blank = BLANK.search(self._rest, 0, MAX_HEADERS)
        # What only begins like a boundary is no header either.
        other = self._rest.find(self._delimiter, 0, MAX_HEADERS)
        if 0 <= other < (blank.start() if blank else MAX_HEADERS) or (not blank and len(self._rest) >= MAX_HEADERS):
            raise broken(say("blank_line"))
        if blank is None:
            return
        if len(self._ids) + 1 >= MAX_PARTS:
            raise broken(say("at_most_parts", n=MAX_PARTS))
        block = self._rest[1 : blank.start()].removesuffix(b"\r")
        self._crlf = self._crlf or b"\r\n" in self._rest[: blank.end()]
        part = MimePart(read(block), b"")
        self._name(part)
        self._decoder = _decoder(part.headers.get("content-transfer-encoding", "").lower())
        self._rest, self._state, self._fresh = self._rest[blank.end() - 1 :], self._content, True
        yield part

    def _name(self, part: MimePart) -> None:
        """No Content-ID twice: a reference to it would have two readings."""
        if part.content_id and part.content_id in self._ids:
            raise broken(say("content_id_once"))
        self._ids.append(part.content_id)

    def _content(self) -> Iterator[MimePart | bytes]:
        at, line = self._boundary()
        content = self._rest[int(self._fresh) : at]
        if line is not None:
            if self._crlf or line[0].endswith(b"\r\n"):
                content = content.removesuffix(b"\r")
            self._pass(line)
            yield self._decoder.decode(content) + self._decoder.finish() if self._decoder else content
            return
        # A CR may belong to the boundary's line.
        safe = content[:-1]
        if safe:
            self._rest, self._fresh = self._rest[int(self._fresh) + len(safe) :], False
            yield self._decoder.decode(safe) if self._decoder else safe

    def _boundary(self) -> tuple[int, "re.Match[bytes] | None"]:
        """Where a boundary's line begins and what follows the boundary; None: it may begin there, before is none."""
        at = self._rest.find(self._delimiter)
        while at >= 0:
            behind = at + len(self._delimiter)
            if line := LINE.match(self._rest, behind):
                return at, line
            if UNDECIDED.fullmatch(self._rest, behind):
                return at, None
            at = self._rest.find(self._delimiter, at + 1)
        return max(len(self._rest) - len(self._delimiter) + 1, 0), None

    def _pass(self, line: "re.Match[bytes]") -> None:
        """Go on behind a boundary: nothing after the closing one, else a head, whose blank line may come at once."""
        closing = line[0] == b"--"
        self._crlf = self._crlf or line[0].endswith(b"\r\n")
        self._rest, self._state = self._rest[line.end() - 1 :], None if closing else self._head


class _Root:
    """The order of parts: those before the root wait until it is over."""

    def __init__(self, start: str) -> None:
        self._start, self._before, self._size = start, list[MimePart | bytes](), 0
        self.found = not start

    def first(self, event: MimePart | bytes) -> Iterator[MimePart | bytes]:
        """What may go on, now that this came."""
        if not self.found and not (isinstance(event, MimePart) and event.content_id == self._start):
            self._wait(event)
            return
        if self.found and isinstance(event, MimePart):
            yield from self.waiting()
        self.found = True
        yield event

    def _wait(self, event: MimePart | bytes) -> None:
        self._size += len(event) if isinstance(event, bytes) else 0
        if self._size > MAX_BEFORE_ROOT:
            raise broken(say("root_part"))
        self._before.append(event)

    def waiting(self) -> Iterator[MimePart | bytes]:
        """What came before the root, once it is over."""
        if self.found:
            yield from self._before
            self._before = []


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
            raise broken(say("base64"))
        self._ended = letters[whole - 1 : whole] == b"="
        try:
            return base64.b64decode(letters[:whole], validate=True)
        except ValueError:
            raise broken(say("base64")) from None

    def finish(self) -> bytes:
        """Nothing is left; always empty."""
        if self._rest:
            raise broken(say("base64"))
        return b""


def _decoder(encoding: str) -> Base64 | None:
    if encoding not in (*AS_IT_IS, "base64"):
        raise broken(say("transfer_encoding"))
    return None if encoding in AS_IT_IS else Base64()


def split(body: bytes, content_type: str) -> tuple[MimePart, ...]:
    """The parts of a whole body, the root first; a broken structure is EBMS:0007."""
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
