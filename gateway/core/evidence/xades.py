"""An advanced electronic signature over the files beside it, checked (ETSI EN 319 132-1 baseline B), by signxml.

The one module here that needs XML tools: whoever checks without them never imports it, and says what was skipped.
"""

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import Encoding
from lxml import etree
from signxml.algorithms import DigestAlgorithm, SignatureMethod
from signxml.exceptions import SignXMLException
from signxml.xades.xades import XAdESSignatureConfiguration, XAdESVerifier

from gateway.core.evidence.note import Malformed

LARGEST = 1024 * 1024  # bytes of a signature file
ASIC = "http://uri.etsi.org/02918/v1.2.1#"
DS = "http://www.w3.org/2000/09/xmldsig#"
XADES = "http://uri.etsi.org/01903/v1.3.2#"
NAMES = {"asic": ASIC, "ds": DS, "xades": XADES}
METHODS = frozenset(
    {
        SignatureMethod.RSA_SHA256,
        SignatureMethod.RSA_SHA384,
        SignatureMethod.RSA_SHA512,
        SignatureMethod.SHA256_RSA_MGF1,
        SignatureMethod.SHA384_RSA_MGF1,
        SignatureMethod.SHA512_RSA_MGF1,
        SignatureMethod.ECDSA_SHA256,
        SignatureMethod.ECDSA_SHA384,
        SignatureMethod.ECDSA_SHA512,
    }
)
BROKEN = (  # whatever stands in a file
    SignXMLException,
    UnsupportedAlgorithm,
    x509.InvalidVersion,
    x509.DuplicateExtension,
    ValueError,
    TypeError,
    KeyError,
    AttributeError,
    etree.LxmlError,
)
DECLARATION = b"<?xml version='1.0' encoding='UTF-8'?>\n"
PEM = "-----BEGIN CERTIFICATE-----\n{}-----END CERTIFICATE-----\n"
ID, KEY_ID = "SignXMLSignature0001", "SignXMLCertificate0002"  # what attest.py makes the library write
PROPERTIES = "ds:Object/xades:QualifyingProperties/xades:SignedProperties/xades:SignedSignatureProperties"
LISTED = f"{PROPERTIES}/xades:SigningCertificateV2/xades:Cert"
# What no digest covers: element ► its children and its attributes, and nothing else.
FORM: tuple[tuple[str, tuple[str, ...], Mapping[str, str]], ...] = (
    (".", ("ds:Signature",), {}),
    ("ds:Signature", ("ds:SignedInfo", "ds:SignatureValue", "ds:KeyInfo", "ds:Object"), {"Id": ID}),
    ("ds:Signature/ds:SignatureValue", (), {}),
    ("ds:Signature/ds:KeyInfo", ("ds:X509Data",), {"Id": KEY_ID}),
    ("ds:Signature/ds:Object", ("xades:QualifyingProperties",), {}),
    ("ds:Signature/ds:Object/xades:QualifyingProperties", ("xades:SignedProperties",), {"Target": f"#{ID}"}),
)


@dataclass(frozen=True, slots=True)
class Attested:
    """What a signature that holds says: whose it is, and when it says it was made."""

    certificate: bytes  # DER; whether it is believed is not said
    at: datetime  # by the signer's own clock


def check(signatures: bytes, digests: Mapping[str, bytes]) -> Attested:
    """Who signed exactly these files, by name and SHA-256; Malformed where the signature does not hold.

    1. one signature, in the form it is written in  2. its certificate, and the time it was valid at  3. the signature,
    the certificate's digest and every reference  4. nothing but these files is referenced, and each of them is
    """
    try:
        # 1. Form.
        signature = _signature(signatures)
        # 2. Certificate and time.
        certificate, at = _stated(signature)
        # 3. The signature.
        seen = _Seen(digests)
        config = XAdESSignatureConfiguration(
            expect_references=True,
            location="./",
            signature_methods=METHODS,
            digest_algorithms=frozenset({DigestAlgorithm.SHA256}),
            verification_time=at,
        )
        _Verifier().verify(signatures, x509_cert=certificate, expect_config=config, uri_resolver=seen)
    except Malformed:
        raise
    except BROKEN as error:
        raise Malformed(f"the XAdES signature does not hold ({type(error).__name__})") from None
    # 4. Exactly these.
    if seen.asked != set(digests):
        raise Malformed("the XAdES signature does not cover every file")
    return Attested(certificate.public_bytes(Encoding.DER), at)


class _Digested(bytes):
    """A file of which only its SHA-256 is here."""

    digest: bytes


class _Seen:
    """Which files were asked for."""

    def __init__(self, digests: Mapping[str, bytes]) -> None:
        self._digests, self.asked = digests, set[str]()

    def __call__(self, uri: str) -> _Digested | None:
        if uri not in self._digests:
            return None
        found = _Digested()
        found.digest = self._digests[uri]
        self.asked.add(uri)
        return found


class _Verifier(XAdESVerifier):
    def _get_digest(self, data: bytes, algorithm: DigestAlgorithm) -> bytes:
        if isinstance(data, _Digested):
            return data.digest
        found: bytes = super()._get_digest(data, algorithm)
        return found


def _signature(content: bytes) -> etree._Element:
    """The one signature; nothing stands around it, and no byte could be another one."""
    if len(content) > LARGEST or b"<!" in content:
        raise Malformed("a signature file that is too large, or has a DOCTYPE, comments or CDATA")
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    root = etree.fromstring(content, parser)
    rows = [(root.find(path, NAMES), children, attributes) for path, children, attributes in FORM]
    plain = all(
        found is not None
        and [each.tag for each in found] == [_name(each) for each in children]
        and dict(found.attrib) == attributes
        for found, children, attributes in rows
    )
    if root.tag != _name("asic:XAdESSignatures") or not plain:
        raise Malformed("expected one signature in asic:XAdESSignatures")
    if DECLARATION + etree.tostring(root, encoding="UTF-8") != content:
        raise Malformed("a signature file that is not written as it would be")
    return root[0]


def _stated(signature: etree._Element) -> tuple[x509.Certificate, datetime]:
    """The signer's certificate, and the time that is said; each octet in base64 is written in one way only."""
    data = signature.find("ds:KeyInfo/ds:X509Data", NAMES)
    rows = [] if data is None else [PEM.format(each.text or "") for each in data]
    certificates = [x509.load_pem_x509_certificate(pem.encode()) for pem in rows]
    value = signature.findtext("ds:SignatureValue", "", NAMES)
    same = [each.public_bytes(Encoding.PEM).decode() for each in certificates] == rows
    listed = len(signature.findall(LISTED, NAMES)) == len(rows) > 0
    if not same or not listed or base64.b64encode(binascii.a2b_base64(value)).decode() != value:
        raise Malformed("certificates that are not listed, or not written as they would be")
    at = datetime.fromisoformat(signature.findtext(f"{PROPERTIES}/xades:SigningTime", "", NAMES))
    if at.tzinfo is None:
        raise Malformed("a signing time without a zone")
    return certificates[0], at


def _name(prefixed: str) -> str:
    prefix, _, name = prefixed.partition(":")
    return f"{{{NAMES[prefix]}}}{name}"
