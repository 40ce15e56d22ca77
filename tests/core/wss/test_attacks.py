"""What a bare verifier takes and we refuse: the signature holds, but not for what a reader would read.

Each attack has its control: `bare.holds` says that the signature is valid.
"""

import hmac
from base64 import b64encode
from copy import deepcopy
from hashlib import sha256

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from lxml import etree

from gateway.core import ebms, xml
from gateway.core.agreement import Limits
from gateway.core.errors import Rejected
from gateway.core.reference import DS, EXCLUSIVE
from gateway.core.wss import canonical, names
from gateway.core.wss.keys import Signer
from gateway.core.wss.sign import How
from gateway.core.wss.verify import Allowed
from tests.core.wss import bare
from tests.core.wss.making import (
    PARTS,
    carried,
    certificate,
    checked,
    key,
    one,
    parsed,
    refusal,
    resigned,
    signed,
    signer,
    soap,
)

POLICY, FAILED = "EBMS:0103", "EBMS:0101"
WSU_ID = names.IDS[0]


def test_uncovered_part_is_refused() -> None:
    """An attachment that was put in on the way."""
    more = {**PARTS, "c@x": b"more"}

    assert bare.holds(signed(), more)
    assert refusal(signed(), carried(more))[0] == POLICY


@pytest.mark.parametrize("n", [1, 2, 3])
def test_uncovered_body_messaging_or_part_is_refused(n: int) -> None:
    """The signer itself left something out."""
    root = parsed()
    info = one(root, names.SIGNED_INFO)
    info.remove(info[-n])

    assert bare.holds(resigned(root))
    assert refusal(resigned(root))[0] == POLICY


def test_part_referenced_twice_is_refused() -> None:
    """Nothing is gained by it, and readers may count."""
    root = parsed()
    info = one(root, names.SIGNED_INFO)
    info.append(deepcopy(info[-1]))

    assert bare.holds(resigned(root))
    assert refusal(resigned(root)) == (POLICY, "nothing referenced twice")


@pytest.mark.parametrize("quoted", ["a@x", "a%40x"])
def test_part_is_found_by_its_percent_encoded_name(quoted: str) -> None:
    """RFC 2392; both ways of writing name one part."""
    root = parsed()
    info = one(root, names.SIGNED_INFO)
    info[-2].set("URI", f"cid:{quoted}")
    assert checked(resigned(root)).references[-2].uri == f"cid:{quoted}"

    info.append(deepcopy(info[-2]))
    info[-1].set("URI", "cid:a%40x" if quoted == "a@x" else "cid:a@x")
    assert refusal(resigned(root)) == (POLICY, "nothing referenced twice")


def test_part_that_did_not_come_fails() -> None:
    """A signature over something that nobody can check."""
    assert refusal(signed(), carried({"a@x": PARTS["a@x"]}))[0] == FAILED


def test_receipt_does_not_reference_parts_of_the_request() -> None:
    """A signal has no parts; what it says about the request stands in its NonRepudiationInformation."""
    assert bare.holds(signed())
    assert refusal(signed(), {})[0] == FAILED


TRANSFORMS = {
    "unknown": '<ds:Transform Algorithm="urn:x"/>',
    "xpath": '<ds:Transform Algorithm="http://www.w3.org/TR/1999/REC-xpath-19991116"><ds:XPath>0</ds:XPath></ds:Transform>',
    "xslt": '<ds:Transform Algorithm="http://www.w3.org/TR/1999/REC-xslt-19991116"><x/></ds:Transform>',
    "enveloped": f'<ds:Transform Algorithm="{DS}enveloped-signature"/>',
    "inclusive": '<ds:Transform Algorithm="http://www.w3.org/TR/2001/REC-xml-c14n-20010315"/>',
    "with comments": f'<ds:Transform Algorithm="{EXCLUSIVE}WithComments"/>',
    "a part's": f'<ds:Transform Algorithm="{names.ATTACHMENT_CONTENT}"/>',
    "two": f'<ds:Transform Algorithm="{EXCLUSIVE}"/><ds:Transform Algorithm="{EXCLUSIVE}"/>',
    "none": "",
    "with more inside": f'<ds:Transform Algorithm="{EXCLUSIVE}"><x/></ds:Transform>',
    "not a transform": f'<ds:Other Algorithm="{EXCLUSIVE}"/>',
}


@pytest.mark.parametrize("name", TRANSFORMS)
@pytest.mark.parametrize("n", [2, 4])
def test_only_the_agreed_transforms_are_taken(name: str, n: int) -> None:
    """A transform decides what is digested: an unknown one, that nothing is."""
    root = parsed()
    transforms = one(root, names.SIGNED_INFO)[n][0]
    element = n == 2
    if not element and name in {"a part's", "with more inside"}:
        name = "xpath" if name == "with more inside" else "enveloped"
    transforms[:] = etree.fromstring(f'<x xmlns:ds="{DS}">{TRANSFORMS[name]}</x>')[:]

    assert bare.holds(resigned(root))
    assert refusal(resigned(root))[0] == POLICY


def test_transform_of_a_part_holds_nothing() -> None:
    """The SwA transform has no parameters."""
    root = parsed()
    etree.SubElement(one(root, names.SIGNED_INFO)[-1][0][0], "x")

    assert bare.holds(resigned(root))
    assert refusal(resigned(root))[0] == POLICY


@pytest.mark.parametrize("digest", ["urn:x", f"{DS}sha1", "http://www.w3.org/2001/04/xmldsig-more#md5"])
def test_weak_or_unknown_digest_is_refused(digest: str) -> None:
    """SHA-1 and MD5 are never taken, whatever a P-Mode says."""
    root = parsed()
    for row in one(root, names.SIGNED_INFO)[2:4]:
        row[1].set("Algorithm", digest)
    if digest == "urn:x":
        made = etree.tostring(root)
        assert refusal(made) == (POLICY, "an algorithm that the P-Mode allows")
        return

    assert bare.holds(resigned(root))
    assert refusal(resigned(root)) == (POLICY, "an algorithm that the P-Mode allows")


class Confused(Signer):
    """Knows nothing but the public key, and uses it as a secret."""

    method, chain = "http://www.w3.org/2001/04/xmldsig-more#hmac-sha256", signer("rsa").chain

    def sign(self, data: bytes) -> bytes:
        """An HMAC that anybody can make."""
        secret = self.chain[0].public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
        return hmac.digest(secret, data, "sha256")


class Old(Signer):
    """Signs by SHA-1."""

    method, chain = f"{DS}rsa-sha1", signer("rsa").chain

    def sign(self, data: bytes) -> bytes:
        """A signature that a collision can move."""
        private = key("rsa")
        assert isinstance(private, rsa.RSAPrivateKey)
        return private.sign(data, padding.PKCS1v15(), hashes.SHA1())  # noqa: S303 - refused


@pytest.mark.parametrize("by", [Confused(), Old()], ids=["hmac", "sha1"])
def test_method_of_another_kind_is_refused(by: Signer) -> None:
    """A public key is no secret, SHA-1 no digest."""
    made = signed(by)

    assert bare.holds(made)
    assert refusal(made) == (POLICY, "an algorithm that the P-Mode allows")


@pytest.mark.parametrize("uri", ["http://example.org/x", "urn:x", "#x", "#xpointer(/)", "#", "", "file:///etc/passwd"])
def test_reference_to_anything_else_is_refused(uri: str) -> None:
    """Nothing is fetched, and no other element is signed."""
    root = parsed()
    info = one(root, names.SIGNED_INFO)
    info.append(deepcopy(info[-1]))
    info[-1].set("URI", uri)

    assert refusal(resigned(root))[0] == POLICY


def test_reference_to_the_whole_envelope_is_refused() -> None:
    """It would have to leave the signature out, which is a transform."""
    root = parsed()
    info = one(root, names.SIGNED_INFO)
    del info[2].attrib["URI"]

    assert refusal(resigned(root))[0] == POLICY


def test_pieces_of_security_may_be_signed_too() -> None:
    """Some peers sign a timestamp or the token."""
    root = parsed()
    info = one(root, names.SIGNED_INFO)
    info.insert(2, deepcopy(info[2]))
    info[2].set("URI", f"#{one(root, names.TOKEN).get(WSU_ID)}")

    assert len(checked(resigned(root)).references) == 5


def test_another_certificate_in_the_token_fails() -> None:
    """The control checks by the certificate that it expects and tells the one in the message."""
    root, other = parsed(), certificate(key("p256", 1))
    one(root, names.TOKEN).text = b64encode(other.public_bytes(Encoding.DER)).decode()

    assert bare.holds(etree.tostring(root), PARTS, signer().chain[0])
    assert refusal(etree.tostring(root)) == (FAILED, "a value that the certificate's key made over ds:SignedInfo")


@pytest.mark.parametrize(("kind", "method"), [("weak", "rsa-sha256"), ("koblitz", "ecdsa-sha256")])
def test_weak_or_foreign_key_is_refused(kind: str, method: str) -> None:
    """At least RSA 2048 (eDelivery: MinimalStrength 128), of curves the agreed ones."""
    made = signed(Weak(kind, method))

    assert bare.holds(made)
    assert refusal(made) == (POLICY, "a key of the method's kind and strength")


class Weak(Signer):
    """Signs with a key that `local_signer` refuses."""

    method, chain = "", ()

    def __init__(self, kind: str, method: str) -> None:
        """With the key of the kind."""
        self._key = key(kind)
        self.method, self.chain = method, (certificate(self._key),)

    def sign(self, data: bytes) -> bytes:
        """By the key alone."""
        if isinstance(self._key, rsa.RSAPrivateKey):
            return self._key.sign(data, padding.PKCS1v15(), hashes.SHA256())
        return signer("p256").__class__(self.method, self.chain, self._key).sign(data)  # type: ignore[call-arg]


@pytest.mark.parametrize("marker", ["<!-- -->", "<?x y?>"])
def test_comment_in_a_value_changes_nothing(marker: str) -> None:
    """Canonical XML drops comments, so one may be put in; a reader of `.text` would then see half the name."""
    made = signed().replace(b"KZ.KGD", f"KZ{marker}.KGD".encode())
    kept = etree.fromstring(made)

    assert kept.findtext(".//{*}PartyId") == "KZ"
    if marker.startswith("<!"):
        assert bare.holds(made)
    assert refusal(kept) == (POLICY, "no comments and no processing instructions")
    assert checked(made)
    assert xml.parse(made, Limits()).findtext(".//{*}PartyId") == "KZ.KGD"


def test_doctype_is_refused_before_anything_is_checked() -> None:
    """Entities would let one text be read in two ways."""
    made = (
        signed(envelope=soap())
        .replace(b"<S12:Envelope", b'<!DOCTYPE x [<!ENTITY p "KZ.KGD">]><S12:Envelope', 1)
        .replace(b">KZ.KGD<", b">&p;<")
    )

    assert bare.holds(made)
    with pytest.raises(Rejected):
        checked(made)


NRI = (
    f'<ebbp:NonRepudiationInformation xmlns:ebbp="{ebms.EBBP}" xmlns:ds="{DS}"><ebbp:MessagePartNRInformation>'
    f'<ds:Reference URI="cid:a@x"><ds:DigestValue>{b64encode(sha256(b"1").digest()).decode()}</ds:DigestValue>'
    "</ds:Reference></ebbp:MessagePartNRInformation></ebbp:NonRepudiationInformation>"
)


def test_receipt_for_something_else_fails() -> None:
    """What a receipt says has arrived is under the receiver's signature."""
    made = signed(parts={}, envelope=soap(more=NRI))
    other = b64encode(sha256(b"2").digest())

    assert checked(made, {})
    altered = made.replace(b64encode(sha256(b"1").digest()), other)
    info = etree.fromstring(altered).find(f".//{names.SIGNED_INFO}")
    assert info is not None
    assert canonical.element(info) in made  # the value over SignedInfo still holds
    assert refusal(altered, {}) == (FAILED, "the digest of what was received")


@pytest.mark.parametrize("how", [How(digest="sha384"), How(digest="sha512")])
def test_only_what_the_p_mode_allows_is_taken(how: How) -> None:
    """An algorithm may be sound and still not be agreed."""
    made = signed(how=how)
    assert bare.holds(made)
    assert refusal(made, allowed=Allowed(frozenset({"ecdsa-sha256"})))[0] == POLICY
    assert refusal(signed(), allowed=Allowed(frozenset({"rsa-sha256"})))[0] == POLICY
