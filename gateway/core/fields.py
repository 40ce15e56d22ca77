"""Header fields as MIME writes them: comments, quoted strings, parameters, folded lines, Content-IDs."""

import re
from collections.abc import Iterator
from urllib.parse import unquote

from gateway.core.errors import ErrorCode, rejected
from gateway.core.texts import Text, say

ATOM = re.compile(r'"(?:[^"\\]|\\.)*"?|[()]|[^"()]+', re.DOTALL)
# A name and its value, quoted or plain; or a quoted string that belongs to no name.
PARAMETER = re.compile(
    r'(?<![^\s;])([\w*-]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)("?)|([^;\s]*))|"(?:[^"\\]|\\.)*"?', re.ASCII | re.DOTALL
)
QUOTED_PAIR = re.compile(r"\\(.)", re.DOTALL)
FOLD = re.compile(rb"\r?\n[ \t]")
LINE_END = re.compile(rb"\r?\n")
# Two values of these would let two readers see two messages; of every other field the first counts.
ONCE = ("content-type", "content-id", "content-transfer-encoding")


def parameters(content_type: str) -> tuple[str, dict[str, str]]:
    """The media type in lower case and its parameters, of repeated ones the first."""
    media_type, _, _ = _plain(content_type).partition(";")
    found: dict[str, str] = {}
    for name, value in pairs(content_type):
        found.setdefault(name, value)
    return media_type.strip().lower(), found


def pairs(content_type: str) -> Iterator[tuple[str, str]]:
    """Every parameter as it stands, names in lower case (RFC 2045 5.1)."""
    for found in PARAMETER.finditer(_plain(content_type).partition(";")[2]):
        name, quoted, closed, plain = found.groups()
        if name and (quoted is None or closed):
            yield name.lower(), plain if quoted is None else QUOTED_PAIR.sub(r"\1", quoted)


def read(block: bytes) -> dict[str, str]:
    """The fields of a part's head by lower-case name; what MIME gives a structure is without comments."""
    found: dict[str, str] = {}
    for line in LINE_END.split(FOLD.sub(b" ", block)) if block else []:
        name, colon, value = line.decode("utf-8", "replace").partition(":")
        name = name.strip().lower()
        if not colon or not name:
            raise broken(say("header_line"))
        if name in ONCE:
            if name in found:
                raise broken(say("header_once"))
            value = _plain(value)
        found.setdefault(name, value.strip())
    if "content-id" in found:
        found["content-id"] = content_id(found["content-id"])
    return found


def content_id(text: str) -> str:
    """A Content-ID without <>, as a cid: URL names it once both are decoded: peers encode either, or none (RFC 2392 2)."""
    return unquote(text.strip().removeprefix("<").removesuffix(">"))


def named_by(href: str) -> str:
    """The Content-ID that a cid: URL names; empty: it is none."""
    return content_id(href[4:]) if href[:4].lower() == "cid:" else ""


def broken(expected: Text) -> Exception:
    """EBMS:0007: what was expected of the structure, and nothing of the body."""
    return rejected(ErrorCode.EBMS_0007, "MIME", expected)


def _plain(value: str) -> str:
    """The value without comments, which may stand in one another (RFC 5322 3.2.2)."""
    if "(" not in value:
        return value
    kept, depth = list[str](), 0
    for atom in ATOM.findall(value):
        if atom == "(":
            depth += 1
        elif atom == ")" and depth:
            depth -= 1
        elif not depth:
            kept.append(atom)
    return "".join(kept)
