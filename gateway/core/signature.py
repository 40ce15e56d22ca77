"""A sender's signature over its whole document: taken off, checked before redaction, its result kept (EA-5).

It covers the document as it was before anything was stripped. Its digest would let guesses at what was stripped be
tested, so it goes on only where the very bytes of the document do; else the manifest tells who signed.
"""

import re
from base64 import b64decode
from binascii import Error as NotBase64
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from typing import Self

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from lxml import etree
from signxml.algorithms import DigestAlgorithm
from signxml.exceptions import InvalidCertificate, SignXMLException
from signxml.verifier import SignatureConfiguration, XMLVerifier

from gateway.core.agreement import Party, Signing
from gateway.core.errors import ErrorCode, Fault
from gateway.core.evidence.xades import METHODS
from gateway.core.names import SECOND, Micros
from gateway.core.texts import say

DS = "http://www.w3.org/2000/09/xmldsig#"
SIGNATURE = f"{{{DS}}}Signature"
NAMES = {"ds": DS}
PATH = "/*/ds:Signature"
DIGESTS = frozenset({DigestAlgorithm.SHA256, DigestAlgorithm.SHA384, DigestAlgorithm.SHA512})
ENVELOPED = "http://www.w3.org/2000/09/xmldsig#enveloped-signature"
TRANSFORMS = frozenset(
    {
        ENVELOPED,
        "http://www.w3.org/TR/2001/REC-xml-c14n-20010315",
        "http://www.w3.org/2006/12/xml-c14n11",
        "http://www.w3.org/2001/10/xml-exc-c14n#",
    }
)
EXCLUSIVE = "{http://www.w3.org/2001/10/xml-exc-c14n#}InclusiveNamespaces"
# The schema does not see the signature, no rule looks into it, and it covers little of itself: so it may say nothing else.
PARTS: Mapping[str, frozenset[str]] = {
    SIGNATURE: frozenset({"Id"}),
    f"{{{DS}}}SignedInfo": frozenset({"Id"}),
    f"{{{DS}}}CanonicalizationMethod": frozenset({"Algorithm"}),
    f"{{{DS}}}SignatureMethod": frozenset({"Algorithm"}),
    f"{{{DS}}}Reference": frozenset({"Id", "URI"}),
    f"{{{DS}}}Transforms": frozenset(),
    f"{{{DS}}}Transform": frozenset({"Algorithm"}),
    EXCLUSIVE: frozenset({"PrefixList"}),
    f"{{{DS}}}DigestMethod": frozenset({"Algorithm"}),
    f"{{{DS}}}DigestValue": frozenset(),
    f"{{{DS}}}SignatureValue": frozenset({"Id"}),
    f"{{{DS}}}KeyInfo": frozenset({"Id"}),
    f"{{{DS}}}X509Data": frozenset(),
    f"{{{DS}}}X509Certificate": frozenset(),
}
VALUES = frozenset(f"{{{DS}}}{name}" for name in ("DigestValue", "SignatureValue", "X509Certificate"))
ENCODED = re.compile(r"[A-Za-z0-9+/=\s]*")
LAST = say("signature_last")
WHOLE = say("signature_whole")
NAMED = say("signature_named")
BARE = say("signature_bare")
HOLDS = say("signature_holds")
VALID = say("signature_valid")
EXACT = say("signature_exact")
FACTS = ("signer", "certificate", "method", "sha256")
HEX = re.compile(r"[0-9a-f]{64}")
LONGEST = 500  # characters of another gateway's text that are kept


@dataclass(frozen=True, slots=True)
class Signed:
    """A signature that held when the document was received."""

    signer: str  # the certificate's subject
    certificate: bytes  # its SHA-256 fingerprint
    method: str  # the algorithm's URI
    digest: bytes  # SHA-256 of the signature value
    checked_by: str = ""  # the gateway that checked it, where the signature could not come on; empty: this one

    def facts(self) -> Mapping[str, str]:
        """As log entries and manifests keep it."""
        shown = {
            "signer": self.signer,
            "certificate": self.certificate.hex(),
            "method": self.method,
            "sha256": self.digest.hex(),
            "checked_by": self.checked_by,
        }
        return {key: value for key, value in shown.items() if value}

    @classmethod
    def told(cls, facts: object, by: str) -> Self | None:
        """What another gateway tells about a signature; None where it is not of this form."""
        if not isinstance(facts, dict) or not all(isinstance(facts.get(key), str) for key in FACTS):
            return None
        if not (HEX.fullmatch(facts["certificate"]) and HEX.fullmatch(facts["sha256"])):
            return None
        certificate, digest = bytes.fromhex(facts["certificate"]), bytes.fromhex(facts["sha256"])
        return cls(facts["signer"][:LONGEST], certificate, facts["method"][:LONGEST], digest, by)


class _Faulty(Exception):  # noqa: N818 - caught in this file
    """What is wrong with a signature."""

    def __init__(self, path: str, expected: str) -> None:
        """Say where and what was expected."""
        super().__init__(expected)
        self.path, self.expected = path, expected


def take_off(document: etree._Element) -> etree._Element | None:
    """The signature, no longer in the document; None where the root's last child is none."""
    found = _last(document)
    if found is not None:
        document.remove(found)
    return found


def check(
    document: etree._Element, sender: Party, signing: Signing, now: Micros, *, exact: bool
) -> tuple[Signed | None, tuple[Fault, ...]]:
    """Who signed the document, or what is wrong with the signature; `exact`: parsing dropped nothing.

    1. is there one where the agreement demands it  2. does it cover the whole document and nothing else
    3. is its certificate a registered signer's  4. does it say nothing else  5. does it hold, now
    """
    # 1. Presence.
    found = _last(document)
    if found is None:
        missing = Fault(ErrorCode.SIGNATURE_MISSING, "/*", expected=LAST)
        return None, (missing,) if signing is Signing.REQUIRED else ()
    try:
        # 2. Coverage.
        _require_whole(found, exact=exact)
        # 3. Signer.
        certificate = _signer(found, sender)
        # 4. Nothing else.
        _require_bare(found)
        # 5. It holds.
        _require_holds(document, certificate, now)
    except _Faulty as fault:
        return None, (Fault(ErrorCode.SIGNATURE_NOT_VALID, fault.path, expected=fault.expected),)
    return _signed(found, certificate), ()


def _last(document: etree._Element) -> etree._Element | None:
    last = document[-1] if len(document) else None
    return last if last is not None and last.tag == SIGNATURE else None


def _require_whole(taken: etree._Element, *, exact: bool) -> None:
    """One reference to the whole document as it came, changed by nothing but taking the signature out."""
    if not exact:
        raise _Faulty(PATH, EXACT)
    references = taken.findall("ds:SignedInfo/ds:Reference", NAMES)
    used = [str(found.get("Algorithm")) for found in taken.iterfind("ds:SignedInfo/ds:Reference//ds:Transform", NAMES)]
    whole = len(references) == 1 and references[0].get("URI") == ""
    if not whole or ENVELOPED not in used or not TRANSFORMS.issuperset(used) or len(used) != len(set(used)):
        raise _Faulty(f"{PATH}/ds:SignedInfo/ds:Reference", WHOLE)


def _signer(taken: etree._Element, sender: Party) -> x509.Certificate:
    """The certificate that the signature names, which must be one of the sender's signers."""
    for text in taken.itertext(f"{{{DS}}}X509Certificate"):
        try:
            der = b64decode("".join(str(text).split()), validate=True)
        except (NotBase64, ValueError):
            continue
        pem = sender.signers.get(sha256(der).digest())
        if pem is not None:
            return x509.load_pem_x509_certificate(pem.encode())
    raise _Faulty(f"{PATH}/ds:KeyInfo", NAMED)


def _require_bare(taken: etree._Element) -> None:
    """Nothing stands in the signature, nor behind it, but what makes it one."""
    for element in taken.iter():
        known = PARTS.get(str(element.tag), frozenset())
        text, tail = element.text or "", element.tail or ""
        spoken = not ENCODED.fullmatch(text) if element.tag in VALUES else text.strip()
        if element.tag not in PARTS or not known.issuperset(map(str, element.attrib)) or spoken or tail.strip():
            raise _Faulty(PATH, BARE)


def _require_holds(root: etree._Element, certificate: x509.Certificate, now: Micros) -> None:
    config = SignatureConfiguration(
        location="./",
        signature_methods=METHODS,
        digest_algorithms=DIGESTS,
        verification_time=datetime.fromtimestamp(now / SECOND, UTC),
    )
    try:
        XMLVerifier().verify(root, x509_cert=certificate, expect_config=config)
    except InvalidCertificate:
        raise _Faulty(f"{PATH}/ds:KeyInfo", VALID) from None
    except (SignXMLException, InvalidSignature, etree.LxmlError, ValueError, TypeError):
        raise _Faulty(PATH, HOLDS) from None


def _signed(taken: etree._Element, certificate: x509.Certificate) -> Signed:
    method = taken.find("ds:SignedInfo/ds:SignatureMethod", NAMES)
    value = b64decode("".join((taken.findtext("ds:SignatureValue", "", NAMES)).split()))
    return Signed(
        certificate.subject.rfc4514_string(),
        certificate.fingerprint(hashes.SHA256()),
        str(method.get("Algorithm")) if method is not None else "",
        sha256(value).digest(),
    )
