"""Which parts of a message are encrypted, and with which keys (WSS SwA Profile 1.1.1 5.5): whole attachments, nothing else."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from lxml import etree

from gateway.core.errors import ErrorCode, Rejected, rejected
from gateway.core.fields import named_by
from gateway.core.texts import say
from gateway.core.wss import ciphers
from gateway.core.wss.ciphers import NS
from gateway.core.wss.keywrap import Opener, Randomness, fits, opened
from gateway.core.wss.names import IDS, WSSE11
from gateway.core.wss.wrapped import Accepted, Wrapped, algorithm, known, one, read_wrapped

MAX_KEYS = 16  # private-key operations are dear; products send one xenc:EncryptedKey a message
MAX_PARTS = 100  # a message has fewer; for each of them all keys are looked through
DATA, KEY = "xenc:EncryptedData", "xenc:EncryptedKey"
REFERENCE = "ds:KeyInfo/wsse:SecurityTokenReference/wsse:Reference"
ACCEPTED = Accepted()


@dataclass(frozen=True, slots=True)
class PartKey:
    """What opens one part."""

    cid: str
    key: bytes = field(repr=False)
    algorithm: str  # as "aes128-gcm"
    media_type: str  # of the part before it was encrypted; empty: not said


@dataclass(frozen=True, slots=True)
class _Part:
    cid: str
    algorithm: str
    media_type: str
    key: etree._Element


def open_keys(
    security: etree._Element, openers: Sequence[Opener], randomness: Randomness, accepted: Accepted = ACCEPTED
) -> Mapping[str, PartKey]:
    """The key of every encrypted part, by cid.

    A key that nobody here can open is replaced by a random one: the part is then read to its end and refused at its tag
    (`GcmReader.finish`, EBMS:0102), so that neither answer nor time tells a wrong key from an altered part.

    1. only whole parts are encrypted, each once  2. each has a key  3. every algorithm is accepted  4. keys are opened
    """
    # 1. Everything that costs no private key comes first.
    _only_attachments(security)
    keys = security.findall(KEY, NS) + security.findall(f"{DATA}/ds:KeyInfo/{KEY}", NS)
    if len(keys) > MAX_KEYS:
        raise _refused(KEY, say("at_most", n=MAX_KEYS))
    data = security.findall(DATA, NS)
    if len(data) > MAX_PARTS:
        raise _refused(DATA, say("at_most", n=MAX_PARTS))
    # 2.
    named = {key: _data_references(key) for key in keys}
    parts = [_part(each, named, accepted) for each in data]
    if len({part.cid for part in parts}) != len(parts):
        raise _refused(DATA, say("encrypted_once"))
    # 3.
    used = {part.key: read_wrapped(part.key, security, accepted) for part in parts}
    # 4.
    plain = {key: _contents(wrapped, openers) for key, wrapped in used.items()}
    return {part.cid: _part_key(part, plain[part.key], randomness) for part in parts}


def require_encrypted(keys: Collection[str], cids: Collection[str]) -> None:
    """Every part is encrypted, and nothing is that is not there (eDelivery AS4: all payload parts); else EBMS:0103."""
    if set(keys) != set(cids):
        raise _refused(DATA, say("encrypted_all"))


def _only_attachments(security: etree._Element) -> None:
    """No element of the envelope is encrypted: each xenc:EncryptedData stands for an attachment."""
    everywhere = list(security.getroottree().getroot().iter(f"{{{ciphers.XENC}}}EncryptedData"))
    headers = next(security.getroottree().getroot().iter(f"{{{WSSE11}}}EncryptedHeader"), None)
    if headers is not None or any(each.getparent() is not security for each in everywhere):
        raise _refused(DATA, say("encrypted_attachments"))


def _part(element: etree._Element, keys: Mapping[etree._Element, set[str]], accepted: Accepted) -> _Part:
    uris = {name: uri for name, (uri, _) in ciphers.DATA.items()}
    name = known(algorithm(element, path := "xenc:EncryptionMethod"), uris, accepted.data, path)
    reference = one(element, "xenc:CipherData/xenc:CipherReference")
    transforms = reference.findall("xenc:Transforms/ds:Transform", NS)
    whole = (
        element.get("Type") == ciphers.CONTENT_ONLY
        and len(one(element, "xenc:CipherData")) == 1
        and [each.get("Algorithm") for each in transforms] == [ciphers.CIPHERTEXT]
        and named_by(reference.get("URI", ""))
    )
    if not whole:
        raise _refused(DATA, say("encrypted_attachments"))
    cid = named_by(reference.get("URI", ""))
    return _Part(cid, name, element.get("MimeType", ""), _key_of(element, keys))


def _key_of(element: etree._Element, keys: Mapping[etree._Element, set[str]]) -> etree._Element:
    """The one key of the part: inside it, named by it, or naming it (WSS 1.1.1 9.3)."""
    reference = element.find(REFERENCE, NS)
    if (inside := element.find(f"ds:KeyInfo/{KEY}", NS)) is not None:
        found = [inside]
    elif reference is not None:
        found = [key for key in keys if reference.get("URI") in {f"#{key.get('Id')}", f"#{key.get(IDS[0])}"}]
    else:
        found = [key for key, named in keys.items() if f"#{element.get('Id')}" in named]
    if len(found) != 1:
        raise _refused(KEY, say("one_element", name=KEY))
    return found[0]


def _data_references(key: etree._Element) -> set[str]:
    return {each.get("URI", "") for each in key.findall("xenc:ReferenceList/xenc:DataReference", NS)}


def _contents(wrapped: Wrapped, openers: Sequence[Opener]) -> list[bytes]:
    """What the keys it is for make of it; where it names none of ours, every key of its kind.

    All of them are tried, so that the time does not depend on which one opened it.
    """
    able = [opener for opener in openers if fits(opener, wrapped.way)]
    named = [opener for opener in able if wrapped.names(opener.certificate)]
    found = [opened(opener, wrapped.way, wrapped.octets) for opener in named or able]
    return [key for key in found if key is not None]


def _part_key(part: _Part, found: Sequence[bytes], randomness: Randomness) -> PartKey:
    size = ciphers.DATA[part.algorithm][1]
    instead = randomness(size)  # drawn in every case, for the same reason
    key = next((key for key in found if len(key) == size), instead)
    return PartKey(part.cid, key, part.algorithm, part.media_type)


def _refused(path: str, expected: str) -> Rejected:
    return rejected(ErrorCode.EBMS_0103, path, expected)
