"""A signature is made of known pieces, by an agreed method, with a key that fits it."""

from collections.abc import Callable
from copy import deepcopy

import pytest
from cryptography import x509
from lxml import etree

from gateway.core.pmode import Token
from gateway.core.reference import DS, EXCLUSIVE
from gateway.core.wss import names
from gateway.core.wss.carried import Octets
from gateway.core.wss.references import MAX_PREFIXES, MAX_REFERENCES
from gateway.core.wss.sign import How, PartDigest, sign
from gateway.core.wss.verify import Allowed, verify
from tests.core.wss import bare
from tests.core.wss.making import EVERY, carried, checked, one, parsed, refusal, resigned, signed, signer, soap

POLICY, FAILED = "EBMS:0103", "EBMS:0101"
Change = Callable[[etree._Element], object]


def more(tag: str, name: str = f"{{{DS}}}Object") -> Change:
    """An element more in the first one of this name."""
    return lambda root: etree.SubElement(one(root, tag), name)


CHANGES: dict[str, Change] = {
    "an object": more(names.SIGNATURE),
    "key info twice": more(names.SIGNATURE, names.KEY_INFO),
    "no key info": lambda root: one(root, names.SIGNATURE).remove(one(root, names.KEY_INFO)),
    "an element in SignedInfo": more(names.SIGNED_INFO),
    "an element in SignatureMethod": more(f"{{{DS}}}SignatureMethod", f"{{{DS}}}HMACOutputLength"),
    "an element in Reference": more(f"{{{DS}}}Reference"),
    "an element in DigestMethod": more(f"{{{DS}}}DigestMethod"),
    "an element in DigestValue": more(f"{{{DS}}}DigestValue"),
    "an element in CanonicalizationMethod": more(f"{{{DS}}}CanonicalizationMethod"),
    "no references": lambda root: one(root, names.SIGNED_INFO).__delitem__(slice(2, None)),
    "another canonicalisation": lambda root: one(root, names.SIGNED_INFO)[0].set(
        "Algorithm", EXCLUSIVE + "WithComments"
    ),
    "no method": lambda root: one(root, names.SIGNED_INFO).__delitem__(1),
}


@pytest.mark.parametrize("name", CHANGES)
def test_signature_has_its_pieces_and_no_others(name: str) -> None:
    """What nobody checks has no place in it."""
    root = parsed()
    CHANGES[name](root)

    if name == "no method":
        assert refusal(etree.tostring(root))[0] == POLICY
        return
    assert bare.holds(resigned(root))
    assert refusal(resigned(root))[0] == POLICY


@pytest.mark.parametrize("where", [b"<eb:UserMessage", b"<S12:Body", b"<ds:SignedInfo"])
def test_relative_namespace_has_no_canonical_form(where: bytes) -> None:
    """libxml2 fails there; the partner is told, and nothing breaks."""
    made = signed().replace(where, where + b' xmlns:q="relative" q:a="1"', 1)

    assert refusal(made) == (POLICY, "absolute URIs as namespace names")


def test_element_in_the_value_fails() -> None:
    """Its text would be cut there."""
    root = parsed()
    value = one(root, names.SIGNATURE_VALUE)
    etree.SubElement(value, "x").tail = "AAAA"

    assert refusal(etree.tostring(root)) == (FAILED, "base64")


@pytest.mark.parametrize("value", ["", "!", "AAA", None])
def test_value_that_is_no_base64_fails(value: str | None) -> None:
    """It proves nothing."""
    root = parsed()
    one(root, names.SIGNATURE_VALUE).text = value

    assert refusal(etree.tostring(root))[0] == FAILED


@pytest.mark.parametrize("value", ["", "!", "AAAA"])
def test_digest_that_is_no_digest_fails(value: str) -> None:
    """Nothing equals it, not even a part whose digest is unknown."""
    root = parsed()
    one(root, names.SIGNED_INFO)[-1][-1].text = value

    assert refusal(resigned(root)) == (FAILED, "the digest of what was received")


class Undigested(Octets):
    """A part whose digest was not made."""

    def digest(self, name: str) -> bytes:
        """None is to be had."""
        assert name == "sha256"
        return b""


def test_part_without_a_digest_fails() -> None:
    """Not knowing is not agreeing."""
    root = parsed()
    one(root, names.SIGNED_INFO)[-1][-1].text = ""
    parts = {**carried(), "b@x": Undigested("application/gzip", b"")}

    assert refusal(resigned(root), parts)[0] == FAILED


@pytest.mark.parametrize("method", ["rsa-sha256", "ed25519", "ecdsa-sha384"])
def test_value_is_only_checked_by_the_method_of_its_key(method: str) -> None:
    """A P-256 key makes ECDSA values and no others; another hash than stated does not fit."""
    root = parsed()
    made = resigned(root, signer("p256"), {"rsa-sha256": URI_RSA, "ed25519": URI_ED}.get(method, URI_EC384))

    assert refusal(made)[0] == (FAILED if method == "ecdsa-sha384" else POLICY)


URI_RSA = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"
URI_ED = "http://www.w3.org/2021/04/xmldsig-more#eddsa-ed25519"
URI_EC384 = "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha384"


@pytest.mark.parametrize("prefixes", ["", "S12", "S12 eb wsu", "eb unknown #default"])
def test_inclusive_namespaces_are_honoured(prefixes: str) -> None:
    """Exclusive XML Canonicalization 1.0, 4: in references and in CanonicalizationMethod."""
    root = parsed()
    info = one(root, names.SIGNED_INFO)
    for place in (info[0], info[2][0][0]):
        etree.SubElement(place, names.INCLUSIVE).set("PrefixList", prefixes)
    plain = etree.tostring(info, method="c14n", exclusive=True)
    prefixed = etree.tostring(info, method="c14n", exclusive=True, inclusive_ns_prefixes=prefixes.split())

    made = resigned(root)
    found = checked(made)
    assert found.references[0].transforms[0].prefixes == prefixes
    assert (plain != prefixed) == ("S12" in prefixes or "eb" in prefixes)


def test_inclusive_namespaces_stand_once() -> None:
    """Which of two lists counts is not for the reader to choose."""
    root = parsed()
    place = one(root, names.SIGNED_INFO)[2][0][0]
    for _ in range(2):
        etree.SubElement(place, names.INCLUSIVE).set("PrefixList", "S12")

    assert refusal(resigned(root))[0] == POLICY


def test_lists_are_short() -> None:
    """What takes time for each of its entries is bounded, before anybody is known to have signed."""
    root = parsed()
    info = one(root, names.SIGNED_INFO)
    etree.SubElement(info[0], names.INCLUSIVE).set("PrefixList", "p " * MAX_PREFIXES)
    assert checked(resigned(root))
    info[0][0].set("PrefixList", "p " * (MAX_PREFIXES + 1))
    assert refusal(resigned(root))[0] == POLICY

    root = parsed()
    info = one(root, names.SIGNED_INFO)
    info.extend(deepcopy(info[-1]) for _ in range(MAX_REFERENCES))
    assert refusal(resigned(root)) == (POLICY, "at most 100")


NATIONAL = "urn:x:national-method"


class National:
    """A signer and a verifier for a method that this process does not know."""

    method, chain = NATIONAL, signer().chain

    def sign(self, data: bytes) -> bytes:
        """What the other one takes."""
        return data[:8]

    def verify(self, method: str, certificate: x509.Certificate, signature: bytes, data: bytes) -> bool:
        """Whether the value is what `sign` makes."""
        return method == NATIONAL and certificate == self.chain[0] and signature == data[:8]


def test_method_without_a_row_goes_by_its_uri() -> None:
    """A national method is named by its URI, and only its own verifier judges it."""
    made, national = etree.fromstring(signed(National())), Allowed(frozenset({NATIONAL}))

    assert verify(made, carried(), national, (), National()).method == NATIONAL
    assert refusal(made, allowed=national) == (FAILED, "a value that the certificate's key made over ds:SignedInfo")
    assert refusal(made, allowed=EVERY)[0] == POLICY


@pytest.mark.parametrize("token", [Token.SKI, Token.ISSUER_SERIAL])
def test_unknown_signer_fails(token: Token) -> None:
    """Named, but not found among the certificates that are known."""
    assert refusal(signed(how=How(token=token)))[0] == FAILED


@pytest.mark.parametrize("media_type", ["text/xml", "application/xml", "application/soap+xml", "image/svg+xml"])
def test_xml_part_holds_by_its_octets_or_its_canonical_form(media_type: str) -> None:
    """SwA 1.1.1 5.4.2; peers differ in which type they take a part to have when they sign it."""
    octets, canonical_form = b"<?xml version='1.0'?>\n<a  y='1' x='2'/>\n", b'<a x="2" y="1"></a>'
    part = {"a@x": Octets(media_type, octets)}
    for signed_form in (octets, canonical_form):
        made = sign(soap(), [PartDigest("a@x", Octets("", signed_form).digest("sha256"))], signer(), How())
        assert checked(made, part)

    assert refusal(made, {"a@x": Octets(media_type, octets.replace(b"'2'", b"'3'"))})[0] == FAILED
    assert refusal(made, {"a@x": Octets("application/gzip", octets)})[0] == FAILED


def test_text_part_holds_whatever_its_line_ends_became() -> None:
    """SwA 1.1.1 5.4.2: CR LF is the canonical one."""
    made = sign(soap(), [PartDigest("a@x", Octets("", b"a\r\nb\r\n").digest("sha256"))], signer(), How())

    assert checked(made, {"a@x": Octets("text/plain", b"a\nb\n")})
    assert refusal(made, {"a@x": Octets("text/plain", b"a\n\nb\n")})[0] == FAILED
    assert refusal(made, {"a@x": Octets("application/octet-stream", b"a\nb\n")})[0] == FAILED


class Staged:
    """A part that is not in memory."""

    media_type, content = "text/xml", None

    def digest(self, name: str) -> bytes:
        """Of what lies on disk."""
        return Octets("", b"<a/>").digest(name)


def test_staged_part_holds_by_its_octets() -> None:
    """No canonical form is made of what is not in memory."""
    good, other = (
        sign(soap(), [PartDigest("a@x", Octets("", octets).digest("sha256"))], signer(), How())
        for octets in (b"<a/>", b"<a></a>")
    )
    assert checked(good, {"a@x": Staged()})
    assert refusal(other, {"a@x": Staged()})[0] == FAILED
