"""MIME multipart/related, as SOAP with attachments uses it: bytes in, parts out."""

import base64
import re
from collections.abc import Mapping
from dataclasses import dataclass

from gateway.core.errors import ErrorCode, rejected
from gateway.core.texts import Text, say

MAX_PARTS = 64
MAX_HEADERS = 8 * 1024
PARAMETER = re.compile(r'(?<![\w-])([\w-]+)\s*=\s*(?:"([^"]*)"|([^;\s]*))')


@dataclass(frozen=True, slots=True)
class MimePart:
    """One body part: its headers by lower-case name, and its content."""

    headers: Mapping[str, str]
    content: bytes

    @property
    def content_id(self) -> str:
        """Content-ID without <>."""
        return self.headers.get("content-id", "").strip().removeprefix("<").removesuffix(">")

    @property
    def media_type(self) -> str:
        """The type without parameters, in lower case."""
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()


def parameters(content_type: str) -> tuple[str, dict[str, str]]:
    """The media type in lower case and its parameters."""
    media_type, _, rest = content_type.partition(";")
    found = ((name.lower(), quoted or plain) for name, quoted, plain in PARAMETER.findall(rest))
    return media_type.strip().lower(), dict(found)


def split(body: bytes, content_type: str) -> tuple[MimePart, ...]:
    """The parts in order; a broken structure is EBMS:0007."""
    boundary = parameters(content_type)[1].get("boundary", "").encode("utf-8", "replace")
    if not boundary:
        raise _broken(say("boundary"))
    delimiter = b"--" + boundary
    if not body.startswith(delimiter):
        at = body.find(b"\n" + delimiter)  # a preamble is allowed (RFC 2046 5.1.1)
        if at < 0:
            raise _broken(say("boundary_first"))
        body = body[at + 1 :]
    pieces = body[len(delimiter) :].split(b"\n" + delimiter)
    if len(pieces) > MAX_PARTS:
        raise _broken(say("at_most_parts", n=MAX_PARTS))
    if not pieces[-1].startswith(b"--"):
        raise _broken(say("closing_boundary"))
    if len(pieces) == 1:
        raise _broken(say("a_part"))
    return tuple(_part(piece) for piece in pieces[:-1])


def _part(piece: bytes) -> MimePart:
    """One part; a piece runs from behind its boundary to before the line break of the next."""
    line, _, rest = piece.partition(b"\n")
    if line.strip(b" \t\r"):
        raise _broken(say("nothing_behind"))
    blank, size = min(
        ((at, len(mark)) for mark in (b"\r\n\r\n", b"\n\n") if (at := rest.find(mark, 0, MAX_HEADERS)) >= 0),
        default=(-1, 0),
    )
    if blank < 0:
        raise _broken(say("blank_line"))
    headers, content = _headers(rest[:blank]), rest[blank + size :].removesuffix(b"\r")
    if headers.get("content-transfer-encoding", "").lower() == "base64":
        content = _from_base64(content)
    return MimePart(headers, content)


def _from_base64(text: bytes) -> bytes:
    try:
        return base64.b64decode(b"".join(text.split()), validate=True)
    except ValueError:
        raise _broken(say("base64")) from None


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
