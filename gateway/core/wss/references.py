"""What a signature's references are about: the envelope's own elements and the parts, each once, and nothing else."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import unquote

from lxml import etree

from gateway.core import reference
from gateway.core.errors import ErrorCode, Rejected, rejected
from gateway.core.reference import DS, EXCLUSIVE, Reference
from gateway.core.texts import say
from gateway.core.wss import algorithms, canonical
from gateway.core.wss.carried import Carried
from gateway.core.wss.envelope import Secured, noncompliant
from gateway.core.wss.names import ATTACHMENT_CONTENT, INCLUSIVE

REFERENCE, TRANSFORM = f"{{{DS}}}Reference", f"{{{DS}}}Transform"
PIECES = [f"{{{DS}}}Transforms", f"{{{DS}}}DigestMethod", f"{{{DS}}}DigestValue"]
PATH = "ds:SignedInfo/ds:Reference[{}]"
CID = "cid:"
MAX_REFERENCES = 100  # a message has fewer parts
MAX_PREFIXES = 64  # each is looked up for every element: a long list would take minutes


@dataclass(frozen=True, slots=True)
class Row:
    """A ds:Reference, and what it is about: an element, or a part by its Content-ID."""

    stated: Reference
    target: etree._Element | str
    path: str

    @property
    def digest_name(self) -> str:
        """Of the digest method; empty where it is not known."""
        return algorithms.digest_name(self.stated.method)


def read(signed_info: etree._Element, pieces: Secured, parts: Mapping[str, Carried]) -> list[Row]:
    """The references in order; EBMS:0103 where one is about anything else or asks for another transform."""
    found = list(signed_info.iterchildren(REFERENCE))
    if len(found) > MAX_REFERENCES:
        raise noncompliant(PATH.format(MAX_REFERENCES), say("at_most", n=MAX_REFERENCES))
    return [_row(each, PATH.format(n), pieces, parts) for n, each in enumerate(found, 1)]


def require_covered(rows: Sequence[Row], pieces: Secured, parts: Mapping[str, Carried]) -> None:
    """Messaging, Body and every part are referenced, and nothing twice (AS4 5.1.4, 5.1.5)."""
    targets = [row.target for row in rows]
    if len(set(targets)) != len(targets):
        raise noncompliant("ds:SignedInfo", say("referenced_once"))
    if not {pieces.messaging, pieces.body, *parts}.issubset(targets):
        raise noncompliant("ds:SignedInfo", say("all_covered"))


def require_digests(rows: Sequence[Row], parts: Mapping[str, Carried]) -> None:
    """Each digest is that of what came; EBMS:0101 where one is not."""
    for row in rows:
        if not row.stated.digest or row.stated.digest not in _digests(row, parts):  # empty: no base64
            raise failed(row.path, say("same_digest"))


def failed(path: str, expected: str) -> Rejected:
    """EBMS:0101: what was signed is not what came, or not by this key."""
    return rejected(ErrorCode.EBMS_0101, path, expected)


def octets(element: etree._Element, prefixes: str, path: str) -> bytes:
    """The element's canonical form; EBMS:0103 where a namespace name is no absolute URI (Canonical XML 1.0, 1.3)."""
    try:
        return canonical.element(element, prefixes)
    except etree.LxmlError:
        raise noncompliant(path, say("absolute_namespaces")) from None


def only_prefixes(method: etree._Element) -> bool:
    """Whether a canonicalisation or transform holds nothing but one short ec:InclusiveNamespaces, or nothing."""
    lists = [each.get("PrefixList", "").split() for each in method if each.tag == INCLUSIVE]
    return len(lists) == len(method) <= 1 and all(len(prefixes) <= MAX_PREFIXES for prefixes in lists)


def _row(found: etree._Element, path: str, pieces: Secured, parts: Mapping[str, Carried]) -> Row:
    inner = list(found)
    if [each.tag for each in inner] != PIECES or len(inner[1]) or len(inner[2]):
        raise noncompliant(path, say("signature_pieces"))
    stated = reference.read(found)
    target = _element(stated.uri, path, pieces) if stated.uri.startswith("#") else _part(stated.uri, path, parts)
    wanted = ATTACHMENT_CONTENT if isinstance(target, str) else EXCLUSIVE
    transforms = list(inner[0])
    exactly = [each.tag for each in transforms] == [TRANSFORM] and stated.transforms[0].algorithm == wanted
    plain = exactly and (only_prefixes(transforms[0]) if wanted == EXCLUSIVE else not len(transforms[0]))
    if not plain:
        raise noncompliant(path, say("only_transforms"))
    return Row(stated, target, path)


def _element(uri: str, path: str, pieces: Secured) -> etree._Element:
    """Messaging or Body, or a piece of wsse:Security (its timestamp or token): no other element is read, so none is signed."""
    found = pieces.ids.get(uri[1:])
    if found is None or (found not in (pieces.messaging, pieces.body) and found.getparent() is not pieces.security):
        raise noncompliant(path, say("own_target"))
    return found


def _part(uri: str, path: str, parts: Mapping[str, Carried]) -> str:
    """The Content-ID of a part that came (RFC 2392: percent-encoded where it has to be)."""
    if not uri.startswith(CID):
        raise noncompliant(path, say("own_target"))
    cid = uri.removeprefix(CID)
    found = next((each for each in (cid, unquote(cid)) if each in parts), None)
    if found is None:
        raise failed(path, say("content_id"))
    return found


def _digests(row: Row, parts: Mapping[str, Carried]) -> Iterator[bytes | None]:
    """What the digest may be; of XML and text parts also that of their canonical form (SwA 1.1.1 5.4.2)."""
    if not isinstance(row.target, str):
        found = octets(row.target, row.stated.transforms[0].prefixes, row.path)
        yield algorithms.digest(row.digest_name, found)
        return
    part = parts[row.target]
    yield part.digest(row.digest_name)
    if canonical.changes(part.media_type) and part.content is not None:
        yield algorithms.digest(row.digest_name, canonical.content(part.media_type, part.content))
