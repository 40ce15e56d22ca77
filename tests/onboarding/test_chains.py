"""Certificates in other products' forms: nothing is lost, nothing else is in them."""

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, pkcs7

from gateway.onboarding import chains
from tests.msh.issuer import issued

SHORT, LONG = 0x80, 0x82  # forms of a length (X.690 8.1.3)


def given() -> tuple[x509.Certificate, x509.Certificate]:
    """A leaf and its issuer."""
    (leaf, _), _, authority = issued("BY.GTK", "KZ.KGD")
    return x509.load_pem_x509_certificate(leaf), x509.load_pem_x509_certificate(authority)


def unpacked(path: bytes) -> list[x509.Certificate]:
    """The certificates of a PkiPath, by the lengths that stand in it."""
    assert (path[0], path[1]) == (chains.SEQUENCE, LONG)
    assert int.from_bytes(path[2:4], "big") == len(path) - 4
    found, at = [], 4
    while at < len(path):
        assert path[at + 1] == LONG
        size = 4 + int.from_bytes(path[at + 2 : at + 4], "big")
        found.append(x509.load_der_x509_certificate(path[at : at + size]))
        at += size
    return found


def test_a_pkipath_ends_with_the_leaf() -> None:
    """The chain is given leaf first and written the other way round (WSS X.509 1.1.1 3.1)."""
    leaf, issuer = given()
    assert unpacked(chains.pkipath((leaf, issuer))) == [issuer, leaf]
    assert chains.pkipath(()) == bytes([chains.SEQUENCE, 0])


def test_certificates_are_read_from_every_form() -> None:
    """PEM, DER, PKCS #7 in both."""
    leaf, issuer = given()
    both = {chains.fingerprint(leaf), chains.fingerprint(issuer)}
    forms = (
        chains.pem((leaf, issuer)),
        chains.p7b((leaf, issuer)),
        pkcs7.serialize_certificates([leaf, issuer], Encoding.PEM),
    )
    for form in forms:
        assert {chains.fingerprint(each) for each in chains.certificates(form)} == both
    assert chains.certificates(leaf.public_bytes(Encoding.DER)) == (leaf,)


@pytest.mark.parametrize(
    "content", [b"", b"nothing", b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"]
)
def test_what_holds_no_certificate_is_refused(content: bytes) -> None:
    """ValueError, in words."""
    with pytest.raises(ValueError, match="neither PEM nor DER"):
        chains.certificates(content)


def test_parties_stand_before_issuers() -> None:
    """As a party's PEM file has them, in whatever order they came."""
    leaf, issuer = given()
    assert chains.ordered((issuer, leaf)) == chains.ordered((leaf, issuer)) == (leaf, issuer)
