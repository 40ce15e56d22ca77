"""A signed SOAP part ► the octets and the certificate that its signature is checked by without XML tools.

As `wss.verify` sees them: exclusive canonical XML without comments (Canonical XML 1.0, XMLDSig 4.4.3.1).
"""

from collections.abc import Sequence
from dataclasses import dataclass

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from lxml import etree

from gateway.core import reference, xml
from gateway.core.agreement import Limits
from gateway.core.errors import Rejected
from gateway.core.reference import Reference
from gateway.core.wss import references, tokens
from gateway.core.wss.envelope import Secured, secured
from gateway.core.wss.names import KEY_INFO, SIGNATURE, SIGNED_INFO
from gateway.core.wss.references import REFERENCE
from gateway.core.wss.verify import signed_octets

LIMITS = Limits(body=16 * 1024 * 1024)


@dataclass(frozen=True, slots=True)
class Exhibit:
    """What a signature is over, and whose it is."""

    signed_info: bytes
    covered: tuple[bytes, ...]  # of each reference to an element of the envelope, in ds:SignedInfo's order
    certificate: str  # PEM; empty: the envelope only names it, and it is not known here any more
    parts: tuple[Reference, ...]  # those to parts beside the envelope


def exhibit(envelope: bytes, known: Sequence[x509.Certificate]) -> Exhibit | None:
    """The octets of the signature that was checked on arrival, or was ours; None where there is no such signature."""
    try:
        root = xml.parse(envelope, LIMITS)
        signature = root.find(f".//{SIGNATURE}")
        if signature is None:
            return None
        return _exhibit(secured(root), signature, known)
    except Rejected:
        return None


def _exhibit(pieces: Secured, signature: etree._Element, known: Sequence[x509.Certificate]) -> Exhibit | None:
    signed_info, key_info = signature.find(SIGNED_INFO), signature.find(KEY_INFO)
    if signed_info is None or key_info is None or not len(signed_info):
        return None
    covered = []
    rows = [*map(reference.read, signed_info.iterchildren(REFERENCE))]
    for number, row in enumerate(rows, 1):
        if not row.uri.startswith("#"):
            continue
        found = pieces.ids.get(row.uri[1:])
        if found is None or not row.transforms:
            return None
        covered.append(references.octets(found, row.transforms[0].prefixes, references.PATH.format(number)))
    certificate = _certificate(pieces.security, key_info, known)
    parts = tuple(row for row in rows if not row.uri.startswith("#"))
    return Exhibit(signed_octets(signed_info), tuple(covered), certificate, parts)


def _certificate(security: etree._Element, key_info: etree._Element, known: Sequence[x509.Certificate]) -> str:
    try:
        return tokens.find(security, key_info, known)[0].public_bytes(Encoding.PEM).decode()
    except Rejected:
        return ""
