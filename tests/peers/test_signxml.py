"""signxml as third verifier: it reads the references that we write, those to parts by a resolver of the test's."""

import pytest
from cryptography import x509
from lxml import etree
from signxml import SignatureConfiguration, XMLVerifier
from signxml.exceptions import InvalidDigest, InvalidInput, InvalidSignature

from gateway.core.pmode import Token
from gateway.core.wss.sign import How
from tests.core.wss.making import PARTS, signed, signer

EXPECTED = SignatureConfiguration(expect_references=4, location=".//")


def references(envelope: bytes, certificate: x509.Certificate) -> list[bytes]:
    """What signxml says was signed."""
    found = XMLVerifier().verify(
        etree.fromstring(envelope),
        x509_cert=certificate,
        uri_resolver=lambda uri: PARTS[uri.removeprefix("cid:")],
        expect_config=EXPECTED,
    )
    return [each.signed_data for each in found] if isinstance(found, list) else [found.signed_data]


@pytest.mark.parametrize("token", Token)
@pytest.mark.parametrize("digest", ["sha256", "sha384", "sha512"])
@pytest.mark.parametrize("kind", ["rsa", "p256", "p384", "p521"])
def test_signxml_agrees(kind: str, digest: str, token: Token) -> None:
    """Messaging, Body and both parts, in this order."""
    messaging, body, *parts = references(signed(signer(kind), How(digest, token)), signer(kind).chain[0])

    assert messaging.startswith(b"<eb:Messaging")
    assert body.startswith(b"<S12:Body")
    assert parts == list(PARTS.values())


def test_signxml_refuses_what_was_changed() -> None:
    """The control: a changed header, and another signer."""
    envelope, by = signed(signer("p256")), signer("p256").chain[0]
    with pytest.raises(InvalidDigest):
        references(envelope.replace(b"KZ.KGD", b"KZ.KGE"), by)
    with pytest.raises(InvalidSignature):
        references(envelope, signer("p256", n=1).chain[0])


def test_signxml_knows_no_ed25519() -> None:
    """Those signatures have the JDK as their second verifier."""
    with pytest.raises(InvalidInput):
        references(signed(signer("ed25519")), signer("ed25519").chain[0])
