"""A sender's signature over its whole document: checked before redaction, its result kept, never an oracle (EA-5)."""

import base64
import json
from hashlib import sha256

import pytest
from lxml import etree
from signxml.algorithms import CanonicalizationMethod, DigestAlgorithm, SignatureMethod

from gateway.core import manifest
from gateway.core.agreement import Signing
from gateway.core.message import payload
from gateway.core.seal import seal
from gateway.core.signature import EXACT, SIGNATURE
from tests.core.making import KZ, NOW, Gateway, arrived, codes, header, posted, prepared, refusal, sample, validated
from tests.core.signing import signer, signing

PLAIN = sample("TransitReleaseNotice--road-through-three-states")
SECRET = sample("TransitReleaseNotice--drivers-and-a-representative", "restricted")
OFFICER = signer("Declarant 1")


@pytest.fixture
def signed_kz(kz: Gateway) -> Gateway:
    """KZ under an agreement that demands signatures, with one registered signer."""
    return signing(kz, Signing.REQUIRED, OFFICER)


def test_signature_that_holds_is_kept_with_the_message(signed_kz: Gateway) -> None:
    """Who, by what algorithm, and the digest of the signature value: in the log entry."""
    redacted = prepared(signed_kz, posted(signed_kz, OFFICER.sign(PLAIN)))

    leaf = json.loads(seal(redacted, signed_kz.register, NOW, (b"n",)).messages[0].entry.body)
    assert leaf["signed"]["signer"] == "CN=Declarant 1"
    assert leaf["signed"]["method"] == SignatureMethod.ECDSA_SHA256.value
    assert leaf["signed"]["certificate"] == next(iter(OFFICER.registered)).hex()
    assert len(bytes.fromhex(leaf["signed"]["sha256"])) == 32


def test_unchanged_document_goes_on_with_its_signature(signed_kz: Gateway) -> None:
    """The very bytes: the receiver can check the signature itself."""
    body = OFFICER.sign(PLAIN)

    assert prepared(signed_kz, posted(signed_kz, body)).copies[0].payloads[0].content == body


def test_stripped_document_goes_on_without_its_signature(signed_kz: Gateway) -> None:
    """Its digest of the whole would let anyone who holds the rest test guesses at what was stripped."""
    body = OFFICER.sign(SECRET)

    (copy,) = prepared(signed_kz, posted(signed_kz, body)).copies
    assert copy.removed
    assert etree.fromstring(body).find(SIGNATURE) is not None
    assert etree.fromstring(copy.payloads[0].content).find(SIGNATURE) is None


@pytest.mark.parametrize("put_in", [b"<!-- a remark -->", b"<?put in?>"])
def test_signed_document_has_nothing_that_is_dropped(signed_kz: Gateway, put_in: bytes) -> None:
    """A comment is no part of what is signed, an instruction is: neither goes on, so neither is taken."""
    body = OFFICER.sign(PLAIN).replace(b"<ds:Signature ", put_in + b"<ds:Signature ")

    (fault,) = refusal(signed_kz, posted(signed_kz, body)).faults
    assert (fault.code.code, fault.expected) == ("GW:6012", EXACT)


def test_manifest_tells_who_signed_what_had_to_be_stripped(signed_kz: Gateway, by: Gateway) -> None:
    """The partner takes the sender's gateway's word for the signature, and its log says whose word it is."""
    (copy,) = prepared(signed_kz, posted(signed_kz, OFFICER.sign(SECRET))).copies
    document, *others = copy.payloads
    receiving = signing(by, Signing.REQUIRED, OFFICER, party=KZ)

    found = validated(receiving, arrived(receiving, document.content, copy.header, *others)).signed

    assert found is not None
    assert (found.signer, found.checked_by) == ("CN=Declarant 1", "KZ.KGD")
    assert found.facts()["checked_by"] == "KZ.KGD"


@pytest.mark.parametrize(
    "told",
    [
        None,
        {},
        "CN=X",
        {"signer": 1, "certificate": "", "method": "", "sha256": ""},
        {"signer": "a", "certificate": "x", "method": "m", "sha256": "00" * 32},
        {"signer": "a", "certificate": "00" * 32, "method": "m", "sha256": "x"},
    ],
)
def test_manifest_that_tells_no_signature_is_none(signed_kz: Gateway, by: Gateway, told: object) -> None:
    """Nothing told, or not in its form: the signature is missing."""
    (copy,) = prepared(signed_kz, posted(signed_kz, OFFICER.sign(SECRET))).copies
    content = {**manifest.read(copy.payloads[-1].content).content, "signed": told}
    changed = payload("m@x", manifest.MEDIA_TYPE, manifest.canonical(content), manifest.NAME)
    receiving = signing(by, Signing.REQUIRED, OFFICER, party=KZ)

    received = arrived(receiving, copy.payloads[0].content, copy.header, changed)
    assert codes(refusal(receiving, received).faults) == ["SIGNATURE_MISSING"]


def test_broken_manifest_tells_nothing(signed_kz: Gateway, by: Gateway) -> None:
    """Both are told: that the manifest is none, and that the signature is missing."""
    (copy,) = prepared(signed_kz, posted(signed_kz, OFFICER.sign(SECRET))).copies
    receiving = signing(by, Signing.REQUIRED, OFFICER, party=KZ)

    broken = arrived(receiving, copy.payloads[0].content, copy.header, payload("m@x", manifest.MEDIA_TYPE, b"{}"))
    assert codes(refusal(receiving, broken).faults) == ["MANIFEST_MISMATCH", "SIGNATURE_MISSING"]


def test_partner_checks_the_same_signature(by: Gateway) -> None:
    """On arrival it is the sending party's signers that count."""
    receiving = signing(by, Signing.REQUIRED, OFFICER, party=KZ)

    assert validated(receiving, arrived(receiving, OFFICER.sign(PLAIN), header())).signed is not None
    strangers = signing(by, Signing.REQUIRED, OFFICER)
    refused = refusal(strangers, arrived(strangers, OFFICER.sign(PLAIN), header()))
    assert codes(refused.faults) == ["SIGNATURE_NOT_VALID"]


def test_missing_signature_is_a_fault_only_where_demanded(kz: Gateway, signed_kz: Gateway) -> None:
    """Required: refused beside every other fault; allowed: taken."""
    assert codes(refusal(signed_kz, posted(signed_kz, PLAIN)).faults) == ["SIGNATURE_MISSING"]
    allowed = signing(kz, Signing.ALLOWED, OFFICER)
    assert validated(allowed, posted(allowed, PLAIN)).signed is None
    assert validated(allowed, posted(allowed, OFFICER.sign(PLAIN))).signed is not None


def test_signature_is_unknown_content_where_none_is_agreed(kz: Gateway) -> None:
    """EA-5: no agreement, no signature; the schema does not know the element."""
    assert codes(refusal(kz, posted(kz, OFFICER.sign(PLAIN))).faults) == ["ELEMENT_NOT_EXPECTED"]


@pytest.mark.parametrize(
    ("body", "where"),
    [
        (OFFICER.sign(PLAIN).replace("Алматы".encode(), "Астана".encode(), 1), "/*/ds:Signature"),
        (OFFICER.sign(PLAIN, method=SignatureMethod.ECDSA_SHA3_256), "/*/ds:Signature"),
        (OFFICER.sign(PLAIN, digest=DigestAlgorithm.SHA224), "/*/ds:Signature"),
        (signer("Stranger").sign(PLAIN), "/*/ds:Signature/ds:KeyInfo"),
        (signer("Expired", -1).sign(PLAIN), "/*/ds:Signature/ds:KeyInfo"),
        (OFFICER.sign(PLAIN).replace(b"X509Certificate>", b"X509CRL>"), "/*/ds:Signature/ds:KeyInfo"),
        (OFFICER.sign(PLAIN).replace(b"<ds:X509Certificate>", b"<ds:X509Certificate>!"), "/*/ds:Signature/ds:KeyInfo"),
        (OFFICER.sign(PLAIN).replace(b' URI=""', b' URI="#x"'), "/*/ds:Signature/ds:SignedInfo/ds:Reference"),
        (
            OFFICER.sign(PLAIN, canonical=CanonicalizationMethod.CANONICAL_XML_1_0_WITH_COMMENTS),
            "/*/ds:Signature/ds:SignedInfo/ds:Reference",
        ),
        (
            OFFICER.sign(PLAIN).replace(b"enveloped-signature", b"base64"),
            "/*/ds:Signature/ds:SignedInfo/ds:Reference",
        ),
    ],
    ids=[
        "changed",
        "method",
        "digest",
        "stranger",
        "expired",
        "unnamed",
        "broken certificate",
        "reference to a part",
        "with comments",
        "other transform",
    ],
)
def test_signature_that_does_not_hold_is_refused(kz: Gateway, body: bytes, where: str) -> None:
    """Each for its reason, at its place, without a word of the document."""
    gateway = signing(kz, Signing.REQUIRED, OFFICER, signer("Expired", -1))

    (fault,) = refusal(gateway, posted(gateway, body)).faults
    assert (fault.code.code, fault.path) == ("GW:6012", where)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"</ds:KeyInfo>", b"<ds:KeyName>CANARY</ds:KeyName></ds:KeyInfo>"),
        (b"</ds:Signature>", b"<ds:Object>CANARY</ds:Object></ds:Signature>"),
        (b"</ds:X509Data>", b"CANARY</ds:X509Data>"),
        (b"</ds:Signature>", b"</ds:Signature>CANARY"),
        (b"<ds:KeyInfo>", b'<ds:KeyInfo xml:lang="CANARY">'),
        (b"<ds:X509Data>", b"<ds:X509Data><ds:X509Certificate>CANARY!</ds:X509Certificate>"),
    ],
    ids=["name", "object", "text", "text behind", "attribute", "no certificate"],
)
def test_signature_says_nothing_else(signed_kz: Gateway, old: bytes, new: bytes) -> None:
    """No schema and no restriction looks there, and an enveloped signature does not cover itself; the bytes would go on."""
    body = OFFICER.sign(PLAIN).replace(old, new, 1)

    (fault,) = refusal(signed_kz, posted(signed_kz, body)).faults

    assert (fault.code.code, fault.path) == ("GW:6012", "/*/ds:Signature")
    assert "CANARY" not in str(fault.facts())


def test_signature_moved_into_the_document_is_not_one(signed_kz: Gateway) -> None:
    """Wrapping: only the root's last child is the signature; any other is unknown content."""
    root = etree.fromstring(OFFICER.sign(PLAIN))
    root[0].append(root[-1])

    found = codes(refusal(signed_kz, posted(signed_kz, etree.tostring(root))).faults)
    assert found[0] == "SIGNATURE_MISSING"
    assert "ELEMENT_NOT_EXPECTED" in found


def test_document_without_elements_has_no_signature(signed_kz: Gateway) -> None:
    """An empty root is refused like any other."""
    root = etree.fromstring(PLAIN)
    empty = etree.tostring(etree.Element(root.tag, nsmap=root.nsmap))

    assert codes(refusal(signed_kz, posted(signed_kz, empty)).faults) == ["SIGNATURE_MISSING", "ELEMENT_MISSING"]


def test_control_plain_digest_of_the_whole_stands_in_a_signature(signed_kz: Gateway) -> None:
    """Without taking it off, a guess at the stripped part could be confirmed: the digest is the original's."""
    signed = etree.fromstring(OFFICER.sign(SECRET))
    value = signed.findtext(".//{http://www.w3.org/2000/09/xmldsig#}DigestValue")
    signature = signed.find(SIGNATURE)
    assert signature is not None
    signed.remove(signature)

    assert base64.b64decode(value or "") == sha256(etree.tostring(signed, method="c14n")).digest()
    (copy,) = prepared(signed_kz, posted(signed_kz, OFFICER.sign(SECRET))).copies
    assert (value or "?").encode() not in copy.payloads[0].content
