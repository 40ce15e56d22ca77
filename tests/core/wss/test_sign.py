"""What is signed holds, says what it covers, and changes nothing else."""

import pytest
from lxml import etree
from signxml.algorithms import SignatureMethod
from signxml.verifier import SignatureConfiguration, XMLVerifier

from gateway.core.pmode import Token
from gateway.core.reference import SHA256
from gateway.core.wss import canonical, names
from gateway.core.wss.algorithms import DIGESTS, METHODS
from gateway.core.wss.sign import How, sign
from tests.core.wss.making import PARTS, Signer, checked, signed, signer, soap

FITTING = {
    "rsa-sha256": "rsa",
    "rsa-sha384": "rsa",
    "rsa-sha512": "rsa",
    "rsa-pss-sha256": "rsa",
    "rsa-pss-sha384": "rsa",
    "rsa-pss-sha512": "rsa",
    "ecdsa-sha256": "p256",
    "ecdsa-sha384": "p384",
    "ecdsa-sha512": "p521",
    "ed25519": "ed25519",
}


@pytest.mark.parametrize("digest", DIGESTS)
@pytest.mark.parametrize("method", METHODS)
def test_every_method_and_digest_holds(method: str, digest: str) -> None:
    """What we make we accept."""
    by = signer(FITTING[method], method)
    found = checked(signed(by, How(digest)))

    assert (found.method, found.chain) == (method, by.chain)
    assert {row.method for row in found.references} == {DIGESTS[digest]}


@pytest.mark.parametrize("token", Token)
def test_every_token_names_the_signer(token: Token) -> None:
    """The receiver finds the certificate: in the message, or among those it knows."""
    by = signer()
    assert checked(signed(by, How(token=token)), known=by.chain).chain == by.chain


def test_signature_covers_messaging_body_and_parts() -> None:
    """AS4 5.1.4, 5.1.5: all of them, in this order."""
    found = checked(signed())

    assert [row.uri for row in found.references] == ["#messaging", "#body", "cid:a@x", "cid:b@x"]
    assert {row.method for row in found.references} == {SHA256}


def test_signal_has_no_parts() -> None:
    """A receipt is signed over Messaging and Body; the parts of the request are not its own."""
    found = checked(signed(parts={}), {})

    assert [row.uri for row in found.references] == ["#messaging", "#body"]


def test_no_other_byte_changes() -> None:
    """What is signed is what was written: without wsse:Security the envelope is as before."""
    made = signed()
    start, end = made.index(b"<wsse:Security "), made.index(b"</wsse:Security>") + len(b"</wsse:Security>")

    assert made[:start] + made[end:] == soap()


def test_what_stands_before_the_signature_is_kept() -> None:
    """Encryption's elements come first: a receiver works from top to bottom."""
    made = sign(soap(), [], signer(), How(), b'<x:Key xmlns:x="urn:x"/>')

    security = etree.fromstring(made).find(f".//{names.SECURITY}")
    assert security is not None
    assert [each.tag for each in security] == ["{urn:x}Key", names.TOKEN, names.SIGNATURE]
    assert checked(made, {}).method == "ecdsa-sha256"


@pytest.mark.parametrize("by", [signer("rsa"), signer("p256"), signer("ed25519")], ids=["rsa", "ec", "ed25519"])
def test_same_message_gets_the_same_signature(by: Signer) -> None:
    """A repeated message is answered with the identical receipt."""
    assert signed(by) == signed(by)


def test_signed_octets_stand_in_the_message() -> None:
    """SignedInfo is written in its canonical form."""
    found = etree.fromstring(signed()).find(f".//{names.SIGNED_INFO}")

    assert found is not None
    assert canonical.element(found) in signed()


@pytest.mark.parametrize("tag", [b"eb:Messaging", b"S12:Body"])
def test_half_an_envelope_is_not_signed(tag: bytes) -> None:
    """A signature that leaves something out is never made."""
    with pytest.raises(ValueError, match="one eb:Messaging and one S12:Body"):
        sign(soap().replace(tag, b"S12:Other"), [], signer(), How())


class Opinion(XMLVerifier):
    """signxml, told where parts are."""

    def _resolve_reference(self, doc_root: object, reference: etree._Element, uri_resolver: object = None) -> object:
        uri = reference.get("URI") or ""
        if uri.startswith("cid:"):
            return PARTS[uri.removeprefix("cid:")]
        return super()._resolve_reference(doc_root, reference, uri_resolver=uri_resolver)


@pytest.mark.parametrize("method", sorted(METHODS.keys() - {"ed25519"}))
def test_second_opinion_agrees(method: str) -> None:
    """Another implementation verifies every method that it knows."""
    by = signer(FITTING[method], method)
    config = SignatureConfiguration(
        require_x509=True,
        location=".//",
        expect_references=4,
        signature_methods=frozenset({SignatureMethod.from_fragment(METHODS[method].uri.rpartition("#")[2])}),
    )
    found = Opinion().verify(
        etree.fromstring(signed(by)), x509_cert=by.chain[0], expect_config=config, id_attribute="Id"
    )
    assert len(found) == 4  # type: ignore[arg-type]
