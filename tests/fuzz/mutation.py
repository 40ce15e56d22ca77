"""Changes to valid messages: of their bytes, and of their elements, so that what is changed still parses."""

import base64
import re
from collections.abc import Callable
from copy import deepcopy
from random import Random

from lxml import etree

TOKENS = (
    b"\r\n", b"\n", b"\r", b"--b", b"\r\n--b\r\n", b"\n--b--", b"\r\n\r\n", b"--", b"=", b"==", b"\x00", b"\xff", b"\xef\xbb\xbf",
    b"Content-Type: ", b"Content-ID: <a@b>\r\n", b"Content-Transfer-Encoding: base64\r\n", b"quoted-printable", b"(", b")",
    b'"', b"\\", b"<", b">", b"%40", b"<!--", b"-->", b"<![CDATA[", b"]]>", b"<?x?>", b"<!DOCTYPE x>", b"&lt;", b"&#0;", b"&x;",
    b' wsu:Id="messaging"', b' Id="body"', b' xml:id="x"', b' xmlns:eb="x"', b"9" * 30, b"-1", b"\xd0\xb0", b"\xed\xa0\x80",
)  # fmt: skip
TEXTS = (
    "", " ", "x", "-1", "9" * 40, "AAAA", "A===", "====", "#", "#body", "#messaging", "cid:", "cid:%", "cid:a@b", "true", "а",
    "CN=x,O=y", "\\", "=", "1.2.3=#04", "http://www.w3.org/2001/10/xml-exc-c14n#", "http://www.w3.org/2001/04/xmlenc#sha256",
    "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256", "http://www.w3.org/2000/09/xmldsig#sha1", "2026-99-01T00:00:00Z",
)  # fmt: skip
TOKEN = re.compile(rb"BinarySecurityToken [^>]*>([A-Za-z0-9+/=]{100,})<")
Element = etree._Element


def bytes_changed(data: bytes, dice: Random) -> bytes:
    """One to four places of it cut, doubled, moved, flipped or written over."""
    for _ in range(dice.randint(1, 4)):
        at, size = dice.randrange(len(data) + 1), dice.choice((0, 1, 1, 2, 8, 64, 400))
        before, cut, after = data[:at], data[at : at + size], data[at + size :]
        new = dice.choice(
            (b"", cut + cut, cut[::-1], dice.choice(TOKENS), cut + dice.choice(TOKENS), dice.randbytes(size))
        )
        data = before + new + after
    return data


def certificates_changed(document: bytes, dice: Random) -> bytes:
    """One to three octets of one of its certificates flipped or written over; the document if it has none."""
    found = [token for token in TOKEN.finditer(document) if len(token[1]) % 4 == 0 and b"=" not in token[1][:-2]]
    if not found:
        return document
    token = dice.choice(found)
    octets = bytearray(base64.b64decode(token[1]))
    for _ in range(dice.randint(1, 3)):
        at = dice.randrange(len(octets))
        octets[at] = dice.choice((octets[at] ^ 1 << dice.randrange(8), dice.randrange(256), 0, 0x30, 0xFF))
    return document[: token.start(1)] + base64.b64encode(octets) + document[token.end(1) :]


def elements_changed(document: bytes, dice: Random) -> bytes:
    """One to three elements of it removed, doubled, moved, renamed, or with another text or attribute; the bytes if it does not parse."""
    try:
        root = etree.fromstring(document, etree.XMLParser(resolve_entities=False, no_network=True))
    except etree.XMLSyntaxError:
        return document
    for _ in range(dice.randint(1, 3)):
        found = [each for each in root.iter() if isinstance(each.tag, str)]
        dice.choice(OPERATIONS)(dice.choice(found), dice.choice(found), dice)
    return etree.tostring(root)


def _remove(one: Element, _other: Element, _dice: Random) -> None:
    parent = one.getparent()
    if parent is not None:
        parent.remove(one)


def _double(one: Element, _other: Element, _dice: Random) -> None:
    parent = one.getparent()
    if parent is not None:
        again = deepcopy(one)
        again.tail = None
        parent.insert(parent.index(one), again)


def _move(one: Element, other: Element, dice: Random) -> None:
    parent = one.getparent()
    if parent is not None and one not in (other, *other.iterancestors()):
        other.insert(dice.randint(0, len(other)), one)


def _rename(one: Element, other: Element, _dice: Random) -> None:
    one.tag = other.tag


def _rewrite(one: Element, other: Element, dice: Random) -> None:
    one.text = dice.choice((*TEXTS, other.text or ""))


def _attribute(one: Element, other: Element, dice: Random) -> None:
    names = [*one.keys(), *other.keys(), "Id", "URI"]
    one.set(dice.choice(names), dice.choice((*TEXTS, *other.values())))


def _bare(one: Element, _other: Element, _dice: Random) -> None:
    one.attrib.clear()


def _comment(one: Element, _other: Element, dice: Random) -> None:
    one.insert(dice.randint(0, len(one)), dice.choice((etree.Comment("x"), etree.PI("x", "y"))))


OPERATIONS: tuple[Callable[[Element, Element, Random], None], ...] = (
    _remove, _double, _move, _rename, _rewrite, _rewrite, _attribute, _attribute, _bare, _comment,
)  # fmt: skip
