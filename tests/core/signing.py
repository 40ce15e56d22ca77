"""Signers of documents: made on the fly, registered at a party, signing as national systems do."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from hashlib import sha256

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID
from lxml import etree
from signxml.algorithms import CanonicalizationMethod, DigestAlgorithm, SignatureMethod
from signxml.signer import XMLSigner

from gateway.core.agreement import Register, Signing
from gateway.core.names import SECOND, PartyId
from tests.core.making import NOW, Gateway

DAY = dt.timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Signer:
    """Somebody who signs documents."""

    key: ec.EllipticCurvePrivateKey
    certificate: x509.Certificate

    @property
    def registered(self) -> Mapping[bytes, str]:
        """As a party's `signers`."""
        der = self.certificate.public_bytes(Encoding.DER)
        return {sha256(der).digest(): self.certificate.public_bytes(Encoding.PEM).decode()}

    def sign(
        self,
        body: bytes,
        *,
        method: SignatureMethod = SignatureMethod.ECDSA_SHA256,
        digest: DigestAlgorithm = DigestAlgorithm.SHA256,
        canonical: CanonicalizationMethod = CanonicalizationMethod.CANONICAL_XML_1_0,
        reference: str | None = None,
    ) -> bytes:
        """The document with its enveloped signature as the root's last child."""
        signer = XMLSigner(signature_algorithm=method, digest_algorithm=digest, c14n_algorithm=canonical)
        signed = signer.sign(etree.fromstring(body), key=self.key, cert=[self.certificate], reference_uri=reference)
        return etree.tostring(signed, encoding="UTF-8", xml_declaration=True)


@cache
def signer(name: str, days: int = 30) -> Signer:
    """A signer whose certificate is valid for that many days around NOW; a negative number: it was, before."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = dt.datetime.fromtimestamp(NOW / SECOND, dt.UTC)
    ends = now + days * DAY
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(min(now, ends) - 30 * DAY)
        .not_valid_after(ends)
        .sign(key, hashes.SHA256())
    )
    return Signer(key, certificate)


def signing(gateway: Gateway, demand: Signing, *signers: Signer, party: PartyId | None = None) -> Gateway:
    """The gateway under agreements that have signatures, with these signers at the party (by default its own)."""
    register = gateway.register
    registered = {fingerprint: pem for each in signers for fingerprint, pem in each.registered.items()}
    owner = party or register.own.id
    parties = {**register.parties, owner: replace(register.parties[owner], signers=registered)}
    agreements = tuple(replace(agreement, signing=demand) for agreement in register.agreements)
    changed: Register = replace(register, own=parties[register.own.id], parties=parties, agreements=agreements)
    return replace(gateway, register=changed)
