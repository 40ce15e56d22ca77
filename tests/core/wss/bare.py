"""The control of the attacks: a verifier that checks digests and the signature value, and nothing else.

It finds elements by any Id in document order, ignores transforms it does not know, and takes any algorithm.
"""

import hashlib
import hmac
from base64 import b64decode
from collections.abc import Mapping

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from lxml import etree

from gateway.core.reference import DS, EXCLUSIVE
from gateway.core.wss import names
from tests.core.wss.making import PARTS

WITH_COMMENTS = EXCLUSIVE + "WithComments"


def holds(message: bytes, parts: Mapping[str, bytes] = PARTS, certificate: x509.Certificate | None = None) -> bool:
    """Whether digests and value of the first signature fit, by the message's own certificate or the given one."""
    root = etree.fromstring(message)
    (info, *_) = root.iter(names.SIGNED_INFO)
    value = b64decode(root.findtext(f".//{names.SIGNATURE_VALUE}") or "")
    if certificate is None:
        certificate = x509.load_der_x509_certificate(b64decode(root.findtext(f".//{names.TOKEN}") or ""))
    method = algorithm(info, "SignatureMethod")
    data = etree.tostring(info, method="c14n", exclusive=True, with_comments=False)
    return all(_fits(root, row, parts) for row in info.findall(f"{{{DS}}}Reference")) and valid(
        method, certificate, value, data
    )


def algorithm(parent: etree._Element, name: str) -> str:
    """The Algorithm of a child."""
    found = parent.find(f"{{{DS}}}{name}")
    return found.get("Algorithm", "") if found is not None else ""


def valid(method: str, certificate: x509.Certificate, value: bytes, data: bytes) -> bool:
    """Whether the value fits by whatever the message says the method is."""
    public = certificate.public_key()
    if method.endswith("hmac-sha256"):  # with the public key as the secret
        secret = public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
        return hmac.digest(secret, data, "sha256") == value
    if isinstance(public, rsa.RSAPublicKey):
        hashing = hashes.SHA1() if method.endswith("sha1") else hashes.SHA256()  # noqa: S303 - what is shown to be too little
        public.verify(value, data, padding.PKCS1v15(), hashing)
        return True
    if isinstance(public, ec.EllipticCurvePublicKey):
        half = len(value) // 2
        pair = int.from_bytes(value[:half], "big"), int.from_bytes(value[half:], "big")
        public.verify(encode_dss_signature(*pair), data, ec.ECDSA(hashes.SHA256()))
    return True


def _fits(root: etree._Element, row: etree._Element, parts: Mapping[str, bytes]) -> bool:
    uri = row.get("URI", "")
    name = algorithm(row, "DigestMethod").rpartition("#")[2]
    if name not in hashlib.algorithms_available:
        return True
    digest = hashlib.new(name, _octets(root, uri, row, parts)).digest()
    return digest == b64decode(row.findtext(f"{{{DS}}}DigestValue") or "")


def _octets(root: etree._Element, uri: str, row: etree._Element, parts: Mapping[str, bytes]) -> bytes:
    if uri and not uri.startswith("#"):
        return parts[uri.removeprefix("cid:")]
    found = next(each for each in root.iter() if not uri or uri[1:] in [each.get(name) for name in names.IDS])
    commented = algorithm(row.find(f"{{{DS}}}Transforms"), "Transform") == WITH_COMMENTS  # type: ignore[arg-type]
    return etree.tostring(found, method="c14n", exclusive=True, with_comments=commented)
