"""xenc:EncryptedKey as it is read: how the content key travels, its octets, and whom it is for."""

import base64
import binascii
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from lxml import etree

from gateway.core.errors import ErrorCode, Rejected, rejected
from gateway.core.texts import say
from gateway.core.wss import ciphers
from gateway.core.wss.ciphers import NS
from gateway.core.wss.keywrap import Agreement, Derivation, Oaep
from gateway.core.wss.names import IDS
from gateway.core.wss.tokens import key_identifier

METHOD = "xenc:EncryptionMethod"
AGREEMENT = "ds:KeyInfo/xenc:AgreementMethod"
PUBLIC = PublicFormat.SubjectPublicKeyInfo
CONTEXT = (
    "AlgorithmID",
    "PartyUInfo",
    "PartyVInfo",
    "SuppPubInfo",
    "SuppPrivInfo",
)  # the order of ConcatKDF's OtherInfo
NAMING = (  # wherever it stands in ds:KeyInfo; ds:KeyName names nothing that both sides know
    "wsse:KeyIdentifier",
    "ds:X509SKI",
    "ds:X509Certificate",
)


@dataclass(frozen=True, slots=True)
class Accepted:
    """The algorithms a P-Mode takes from its partner.

    SHA-1 inside OAEP is taken: it is the default of rsa-oaep-mgf1p, peers use it, and no collision helps there.
    """

    data: frozenset[str] = frozenset(ciphers.DATA)
    keys: frozenset[str] = frozenset({*ciphers.TRANSPORTS, *ciphers.AGREEMENTS})
    digests: frozenset[str] = frozenset(ciphers.DIGESTS)
    mgfs: frozenset[str] = frozenset(ciphers.MGFS)


@dataclass(frozen=True, slots=True)
class Wrapped:
    """One xenc:EncryptedKey."""

    way: Oaep | Agreement
    octets: bytes
    named: frozenset[bytes]  # what its ds:KeyInfo says about the recipient's certificate

    def names(self, certificate: x509.Certificate) -> bool:
        """It says that it is for the owner of this certificate."""
        # A PKIPath ends with the recipient's own certificate (X.509 Token Profile 3.1).
        der = certificate.public_bytes(Encoding.DER)
        return bool(self.named & _identifiers(certificate)) or any(each.endswith(der) for each in self.named)


def read_wrapped(element: etree._Element, security: etree._Element, accepted: Accepted) -> Wrapped:
    """The key's way, octets and recipient; an algorithm that is not accepted is EBMS:0103."""
    method = algorithm(element, METHOD)
    wraps = {uri: size for size, uri in ciphers.WRAPS.items()}
    way: Oaep | Agreement = (
        _agreement(one(element, AGREEMENT), wraps[method], accepted)
        if method in wraps
        else _oaep(element, method, accepted)
    )
    return Wrapped(way, decoded(one(element, "xenc:CipherData/xenc:CipherValue")), _named(element, security))


def one(parent: etree._Element, path: str) -> etree._Element:
    """The only element at the path; else EBMS:0103."""
    found = parent.findall(path, NS)
    if len(found) != 1:
        raise rejected(ErrorCode.EBMS_0103, path, say("one_element", name=path))
    return found[0]


def algorithm(parent: etree._Element, path: str) -> str:
    """The URI at the path."""
    return one(parent, path).get("Algorithm", "")


def known(uri: str, table: Mapping[str, str], allowed: frozenset[str], path: str) -> str:
    """The name of an algorithm that is known and accepted; else EBMS:0103."""
    names = [name for name, known_uri in table.items() if name in allowed]
    found = [name for name in names if table[name] == uri]
    if not found:
        raise not_accepted(path, *sorted(names))
    return found[0]


def not_accepted(path: str, *names: str) -> Rejected:
    """The refusal of an algorithm, naming those that would do."""
    return rejected(ErrorCode.EBMS_0103, path, ", ".join(names))


def decoded(element: etree._Element) -> bytes:
    """The octets of a base64 element; none where it is not base64: they open nothing, and are answered like all that do not."""
    try:
        return base64.b64decode("".join("".join(element.itertext()).split()), validate=True)
    except (binascii.Error, ValueError):
        return b""


def _oaep(element: etree._Element, method: str, accepted: Accepted) -> Oaep:
    name = known(method, ciphers.TRANSPORTS, accepted.keys, METHOD)
    # rsa-oaep-mgf1p masks with SHA-1 whatever else it says (XML Encryption 1.1 5.5.2).
    mask = f"{METHOD}/xenc11:MGF" if name == ciphers.OAEP else ""
    label = element.findall(f"{METHOD}/xenc:OAEPparams", NS)
    return Oaep(
        _stated(element, f"{METHOD}/ds:DigestMethod", ciphers.DIGESTS, accepted.digests),
        _stated(element, mask, ciphers.MGFS, accepted.mgfs),
        decoded(label[0]) if label else b"",
    )


def _stated(element: etree._Element, path: str, table: Mapping[str, str], allowed: frozenset[str]) -> str:
    """What stands at the path, if it is accepted; where nothing does, SHA-1 is meant: the first of the table."""
    stated = bool(path) and element.findall(path, NS)
    uri = algorithm(element, path) if stated else next(iter(table.values()))
    return known(uri, table, allowed, path or METHOD)


def _agreement(element: etree._Element, size: int, accepted: Accepted) -> Agreement:
    name = known(element.get("Algorithm", ""), ciphers.AGREEMENTS, accepted.keys, AGREEMENT)
    derivation = _derivation(one(element, "xenc11:KeyDerivationMethod"), size)
    return Agreement(name, _ephemeral(one(element, "xenc:OriginatorKeyInfo")), derivation)


def _derivation(element: etree._Element, size: int) -> Derivation:
    every = frozenset(ciphers.DERIVATIONS)
    method = known(element.get("Algorithm", ""), ciphers.DERIVATIONS, every, "xenc11:KeyDerivationMethod")
    if method == ciphers.CONCAT:
        digest = algorithm(element, path := "xenc11:ConcatKDFParams/ds:DigestMethod")
        name = known(digest, ciphers.DIGESTS, frozenset(ciphers.PRFS), path)
        return Derivation(method, name, size, info=_other_info(one(element, "xenc11:ConcatKDFParams")))
    params = one(element, "dsig-more:HKDFParams")
    prf = known(algorithm(params, "dsig-more:PRF"), ciphers.PRFS, frozenset(ciphers.PRFS), "dsig-more:PRF")
    salt, info, length = (params.findall(f"dsig-more:{each}", NS) for each in ("Salt", "Info", "KeyLength"))
    if length and (length[0].text or "").strip() != str(size):
        raise not_accepted("dsig-more:KeyLength", str(size))
    return Derivation(method, prf, size, decoded(salt[0]) if salt else b"", decoded(info[0]) if info else b"")


def _other_info(params: etree._Element) -> bytes:
    """The bit strings in their order; each begins with the number of its padding bits, and only whole octets are taken."""
    try:
        fields = [bytes.fromhex(params.get(name, "")) for name in CONTEXT]
    except ValueError:
        fields = [b"\xff"]
    if any(field[:1] not in {b"", b"\x00"} for field in fields):
        raise not_accepted("xenc11:ConcatKDFParams", "hexBinary, 00…")
    return b"".join(field[1:] for field in fields)


def _ephemeral(originator: etree._Element) -> bytes:
    """The sender's public key of this one use; octets that are no key open nothing."""
    if originator.findall("dsig11:DEREncodedKeyValue", NS):
        return decoded(one(originator, "dsig11:DEREncodedKeyValue"))
    value = one(originator, "ds:KeyValue/dsig11:ECKeyValue")
    curve = ciphers.CURVES.get(one(value, "dsig11:NamedCurve").get("URI", ""))
    if curve is None:
        raise not_accepted("dsig11:NamedCurve", *ciphers.CURVES)
    try:
        point = ec.EllipticCurvePublicKey.from_encoded_point(curve, decoded(one(value, "dsig11:PublicKey")))
    except ValueError:
        return b""
    return point.public_bytes(Encoding.DER, PUBLIC)


def _named(element: etree._Element, security: etree._Element) -> frozenset[bytes]:
    tokens = {f"#{token.get(IDS[0])}": token for token in security.findall("wsse:BinarySecurityToken", NS)}
    wanted = (each.get("URI", "") for each in element.findall("ds:KeyInfo//wsse:Reference", NS))
    octets = [each for path in NAMING for each in element.findall(f"ds:KeyInfo//{path}", NS)]
    octets += [tokens[uri] for uri in wanted if uri in tokens]
    serials = element.findall("ds:KeyInfo//ds:X509SerialNumber", NS)
    return frozenset({*((each.text or "").strip().encode() for each in serials), *map(decoded, octets)} - {b""})


def _identifiers(certificate: x509.Certificate) -> frozenset[bytes]:
    """Every short name of the certificate: SubjectKeyIdentifier (stated and computed), thumbprint, serial number.

    The serial number stands without its issuer: it only says which key to try, and the key itself says the rest.
    """
    der = certificate.public_bytes(Encoding.DER)
    computed = x509.SubjectKeyIdentifier.from_public_key(certificate.public_key()).digest
    thumbprint = hashlib.sha1(der, usedforsecurity=False).digest()
    return frozenset({computed, key_identifier(certificate), thumbprint, str(certificate.serial_number).encode()})
