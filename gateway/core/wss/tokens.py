"""How a message names a certificate (WSS X.509 Token Profile 1.1.1 3): written as agreed, found in every form."""

import base64
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from xml.sax.saxutils import escape

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from lxml import etree

from gateway.core.errors import ErrorCode, Rejected, rejected
from gateway.core.pmode import Token
from gateway.core.reference import DS
from gateway.core.texts import say
from gateway.core.wss import issuer
from gateway.core.wss.certificate import load
from gateway.core.wss.names import (
    BASE64,
    IDS,
    PKIPATH,
    SKI,
    THUMBPRINT,
    TOKEN,
    TOKEN_REFERENCE,
    WSSE,
    WSSE11,
    WSU,
    X509_DATA,
    X509V3,
)

CERTIFICATE_ID = "signing-certificate"
MAX_PATH = 10
SEQUENCE, LONG_FORM = 0x30, 0x80
Chain = tuple[x509.Certificate, ...]


def find(security: etree._Element, key_info: etree._Element, known: Sequence[x509.Certificate]) -> Chain:
    """The certificate that ds:KeyInfo names, leaf first with what the message sends along; EBMS:0101 where there is none.

    Nothing is said about trust: a certificate in the message may be anybody's.
    """
    inner = list(key_info)
    if len(inner) == 1 and inner[0].tag == TOKEN_REFERENCE:
        inner = list(inner[0])
    if len(inner) != 1 or (finder := FINDERS.get(str(inner[0].tag))) is None:
        raise not_found()
    try:
        return finder(security, inner[0], known)
    except (ValueError, UnsupportedAlgorithm):
        raise not_found() from None


def not_found() -> Rejected:
    """EBMS:0101: the certificate is neither in the message nor known."""
    return rejected(ErrorCode.EBMS_0101, "ds:KeyInfo", say("found_certificate"))


def decode(element: etree._Element) -> bytes:
    """The octets that the element's base64 stands for; ValueError where other letters would stand for the same ones."""
    letters = "".join((element.text or "").split())
    octets = base64.b64decode(letters, validate=True)
    if len(element) or base64.b64encode(octets).decode() != letters:
        raise ValueError("elements, or bits behind the last octet")
    return octets


def write(token: Token, chain: Chain, token_id: str = CERTIFICATE_ID) -> tuple[str, str]:
    """The wsse:BinarySecurityToken, empty where there is none, and the wsse:SecurityTokenReference to it."""
    return WRITERS[token](chain, token_id)


def key_identifier(certificate: x509.Certificate) -> bytes:
    """The SubjectKeyIdentifier; where the certificate has none, the SHA-1 of its key (RFC 5280 4.2.1.2)."""
    try:
        return certificate.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value.digest
    except x509.ExtensionNotFound:
        return x509.SubjectKeyIdentifier.from_public_key(certificate.public_key()).digest


def _referenced(security: etree._Element, reference: etree._Element, _: Sequence[x509.Certificate]) -> Chain:
    uri = reference.get("URI", "")
    found = [token for token in security.iterchildren(TOKEN) if uri == f"#{token.get(IDS[0], '')}" != "#"]
    if len(found) != 1 or found[0].get("EncodingType", BASE64) != BASE64:
        raise not_found()
    octets = decode(found[0])
    match found[0].get("ValueType"):
        case value if value == X509V3:
            return (load(octets),)
        case value if value == PKIPATH:
            return tuple(load(der) for der in reversed(_path(octets)))
        case _:
            raise not_found()


def _identified(_: etree._Element, identifier: etree._Element, known: Sequence[x509.Certificate]) -> Chain:
    wanted = decode(identifier)
    value_type = identifier.get("ValueType", "")
    if value_type == X509V3:
        return (load(wanted),)
    if (digest := IDENTIFIERS.get(value_type)) is None:
        raise not_found()
    return _latest(each for each in known if _safely(digest, each) == wanted)


def _in_data(_: etree._Element, data: etree._Element, known: Sequence[x509.Certificate]) -> Chain:
    """ds:X509Data: certificates, or the issuer and the serial number of one, or its key identifier."""
    inner = list(data)
    if 0 < len(inner) <= MAX_PATH and all(each.tag == f"{{{DS}}}X509Certificate" for each in inner):
        return _leaf_first([load(decode(each)) for each in inner])
    if len(inner) == 1 and inner[0].tag == f"{{{DS}}}X509SKI":
        wanted = decode(inner[0])
        return _latest(each for each in known if _safely(key_identifier, each) == wanted)
    if len(inner) == 1 and inner[0].tag == f"{{{DS}}}X509IssuerSerial":
        return _latest(each for each in known if _issued(inner[0], each))
    raise not_found()


def _issued(stated: etree._Element, certificate: x509.Certificate) -> bool:
    """Whether issuer and serial number are both the certificate's: serial numbers repeat from issuer to issuer."""
    serial = (stated.findtext(f"{{{DS}}}X509SerialNumber") or "").strip()
    if serial != str(certificate.serial_number):
        return False
    return issuer.same(stated.findtext(f"{{{DS}}}X509IssuerName") or "", certificate.issuer)


def _latest(found: Iterator[x509.Certificate]) -> Chain:
    """Of certificates for the same key, the one that ends last."""
    rows = sorted(found, key=_ends)
    if not rows:
        raise not_found()
    return (rows[-1],)


def _ends(certificate: x509.Certificate) -> datetime:
    return certificate.not_valid_after_utc


def _leaf_first(certificates: list[x509.Certificate]) -> Chain:
    """XMLDSig 4.5.4 leaves the order open: the leaf issued none of the others."""
    issuers = [each.issuer for each in certificates if each.issuer != each.subject]
    return tuple(sorted(certificates, key=lambda each: each.subject in issuers))


def _safely(digest: Callable[[x509.Certificate], bytes], certificate: x509.Certificate) -> bytes | None:
    """None where it cannot be made: one unreadable certificate hides no other."""
    try:
        return digest(certificate)
    except (ValueError, UnsupportedAlgorithm):
        return None


def _path(der: bytes) -> list[bytes]:
    """The certificates of a PkiPath (X.509 2005 annex A): a SEQUENCE OF Certificate, of which the last is the leaf."""
    ((_, content),) = _sequences(der)
    rows = [whole for whole, _ in _sequences(content)]
    if not 0 < len(rows) <= MAX_PATH:
        raise ValueError("no certificate or too many")
    return rows


def _sequences(der: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Each SEQUENCE that stands in the octets, whole and its content; ValueError where something else does."""
    at = 0
    while at < len(der):
        if der[at] != SEQUENCE or at + 1 == len(der):
            raise ValueError("no SEQUENCE")
        more = max(0, der[at + 1] - LONG_FORM)
        size = int.from_bytes(der[at + 2 : at + 2 + more], "big") if more else der[at + 1]
        start = at + 2 + more
        if start + size > len(der):
            raise ValueError("cut short")
        yield der[at : start + size], der[start : start + size]
        at = start + size


def _sequence(content: bytes) -> bytes:
    """The DER of a SEQUENCE."""
    size = len(content)
    if size < LONG_FORM:
        return bytes((SEQUENCE, size)) + content
    length = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes((SEQUENCE, LONG_FORM + len(length))) + length + content


def _thumbprint(certificate: x509.Certificate) -> bytes:
    return certificate.fingerprint(hashes.SHA1())  # noqa: S303 - names one of the certificates that we hold, proves nothing


def _write_certificate(chain: Chain, token_id: str) -> tuple[str, str]:
    return _write_token(chain[0].public_bytes(Encoding.DER), X509V3, token_id, "")


def _write_path(chain: Chain, token_id: str) -> tuple[str, str]:
    der = _sequence(b"".join(each.public_bytes(Encoding.DER) for each in reversed(chain)))
    return _write_token(der, PKIPATH, token_id, f' xmlns:wsse11="{WSSE11}" wsse11:TokenType="{PKIPATH}"')


def _write_token(der: bytes, value_type: str, token_id: str, more: str) -> tuple[str, str]:
    token = (
        f'<wsse:BinarySecurityToken xmlns:wsse="{WSSE}" xmlns:wsu="{WSU}" EncodingType="{BASE64}"'
        f' ValueType="{value_type}" wsu:Id="{token_id}">{base64.b64encode(der).decode()}</wsse:BinarySecurityToken>'
    )
    return token, _reference(f'<wsse:Reference URI="#{token_id}" ValueType="{value_type}"/>', more)


def _write_identifier(chain: Chain, _: str) -> tuple[str, str]:
    octets = base64.b64encode(key_identifier(chain[0])).decode()
    inner = f'<wsse:KeyIdentifier EncodingType="{BASE64}" ValueType="{SKI}">{octets}</wsse:KeyIdentifier>'
    return "", _reference(inner)


def _write_issuer(chain: Chain, _: str) -> tuple[str, str]:
    inner = (
        f'<ds:X509Data xmlns:ds="{DS}"><ds:X509IssuerSerial>'
        f"<ds:X509IssuerName>{escape(chain[0].issuer.rfc4514_string())}</ds:X509IssuerName>"
        f"<ds:X509SerialNumber>{chain[0].serial_number}</ds:X509SerialNumber></ds:X509IssuerSerial></ds:X509Data>"
    )
    return "", _reference(inner)


def _reference(inner: str, more: str = "") -> str:
    return f'<wsse:SecurityTokenReference xmlns:wsse="{WSSE}"{more}>{inner}</wsse:SecurityTokenReference>'


Finder = Callable[[etree._Element, etree._Element, Sequence[x509.Certificate]], Chain]
FINDERS: Mapping[str, Finder] = {
    f"{{{WSSE}}}Reference": _referenced,
    f"{{{WSSE}}}KeyIdentifier": _identified,
    X509_DATA: _in_data,
}
IDENTIFIERS: Mapping[str, Callable[[x509.Certificate], bytes]] = {SKI: key_identifier, THUMBPRINT: _thumbprint}
WRITERS: Mapping[Token, Callable[[Chain, str], tuple[str, str]]] = {
    Token.BST: _write_certificate,
    Token.PKIPATH: _write_path,
    Token.SKI: _write_identifier,
    Token.ISSUER_SERIAL: _write_issuer,
}
