"""A SOAP envelope ► the same envelope with wsse:Security: Messaging, Body and every part signed (AS4 5.1.4, 5.1.5)."""

import base64
from collections.abc import Sequence
from dataclasses import dataclass

from lxml import etree

from gateway.core.pmode import Token
from gateway.core.reference import DS, EXCLUSIVE, Reference, Transform
from gateway.core.wss import canonical, tokens
from gateway.core.wss.algorithms import DIGESTS, digest, method_uri
from gateway.core.wss.keys import Signer
from gateway.core.wss.names import ATTACHMENT_CONTENT, BODY, HEADER, IDS, MESSAGING, WSSE

CLOSING = b"</S12:Header>"


@dataclass(frozen=True, slots=True)
class PartDigest:
    """A MIME part and the digest of its octets by `How.digest`."""

    cid: str
    digest: bytes


@dataclass(frozen=True, slots=True)
class How:
    """What the P-Mode says about making a signature, beside the signer's own method."""

    digest: str = "sha256"
    token: Token = Token.BST


def sign(soap: bytes, parts: Sequence[PartDigest], signer: Signer, how: How, extra: bytes = b"") -> bytes:
    """The envelope with `extra` (encryption), the token and the signature in wsse:Security; no other byte changes.

    1. references  2. ds:SignedInfo in its canonical form, which is also what is written  3. its signature
    4. the token  5. all of it behind the last header
    """
    # 1. References: Messaging and Body as they stand, each part by its octets.
    rows = [*_elements(soap, how), *(_part(part, how) for part in parts)]
    # 2. SignedInfo.
    signed_info = _signed_info(rows, signer.method)
    # 3. Signature.
    value = base64.b64encode(signer.sign(signed_info)).decode()
    # 4. Token.
    token, reference = tokens.write(how.token, signer.chain)
    # 5. Security.
    before, closing, after = soap.rpartition(CLOSING)  # written by us: no text holds "<"
    security = (
        f'<wsse:Security xmlns:wsse="{WSSE}" S12:mustUnderstand="true">'.encode()
        + extra
        + f'{token}<ds:Signature xmlns:ds="{DS}">'.encode()
        + signed_info
        + f"<ds:SignatureValue>{value}</ds:SignatureValue>"
        f"<ds:KeyInfo>{reference}</ds:KeyInfo></ds:Signature></wsse:Security>".encode()
    )
    return before + security + closing + after


def _elements(soap: bytes, how: How) -> list[Reference]:
    envelope = etree.fromstring(soap, etree.XMLParser(resolve_entities=False, no_network=True))
    found = [*envelope.iterfind(f"{HEADER}/{MESSAGING}"), *envelope.iterfind(BODY)]
    if [each.tag for each in found] != [MESSAGING, BODY]:
        raise ValueError("one eb:Messaging and one S12:Body can be signed")
    return [
        Reference(
            f"#{element.get(IDS[0])}",
            digest(how.digest, canonical.element(element)),
            DIGESTS[how.digest],
            (Transform(EXCLUSIVE),),
        )
        for element in found
    ]


def _part(part: PartDigest, how: How) -> Reference:
    return Reference(f"cid:{part.cid}", part.digest, DIGESTS[how.digest], (Transform(ATTACHMENT_CONTENT),))


def _signed_info(rows: Sequence[Reference], method: str) -> bytes:
    written = (
        f'<ds:SignedInfo xmlns:ds="{DS}"><ds:CanonicalizationMethod Algorithm="{EXCLUSIVE}"/>'
        f'<ds:SignatureMethod Algorithm="{method_uri(method)}"/>'
        f"{''.join(row.write() for row in rows)}</ds:SignedInfo>"
    )
    return canonical.element(etree.fromstring(written))
