"""What a signature is over can be handed to somebody without XML tools, and is exactly what was checked on arrival."""

import base64
from collections.abc import Callable
from hashlib import sha256
from typing import Any

import pytest
from cryptography import x509
from lxml import etree

from gateway.core import mime
from gateway.core.exhibit import exhibit
from gateway.core.pmode import Token
from gateway.core.reference import DS
from gateway.core.wss.keys import LOCAL
from gateway.core.wss.sign import How
from tests.core.wss.making import checked, signed, signer, soap
from tests.vectors import recorded

NAMES = {"ds": DS}


def holds(envelope: bytes, known: tuple[x509.Certificate, ...] = ()) -> bool:
    """Whether the signature verifies from the octets alone, and each covered element's digest stands in them."""
    found = exhibit(envelope, known)
    assert found is not None
    info, root = etree.fromstring(found.signed_info), etree.fromstring(envelope)
    method = info.find("ds:SignatureMethod", NAMES).get("Algorithm")
    value = base64.b64decode(root.findtext(".//ds:SignatureValue", "", NAMES))
    certificate = x509.load_pem_x509_certificate(found.certificate.encode())
    rows = [row for row in info.iterfind("ds:Reference", NAMES) if row.get("URI").startswith("#")]
    digests = [base64.b64decode(row.findtext("ds:DigestValue", "", NAMES)) for row in rows]
    name = method.rpartition("#")[2]
    verified = LOCAL.verify({"eddsa-ed25519": "ed25519"}.get(name, name), certificate, value, found.signed_info)
    return verified and digests == [sha256(octets).digest() for octets in found.covered]


@pytest.mark.parametrize("kind", ["rsa", "p256", "p521", "ed25519"])
def test_the_octets_of_what_we_signed_verify_by_themselves(kind: str) -> None:
    """SignedInfo by the key, Messaging and Body by SignedInfo, in its order."""
    envelope = signed(signer(kind))
    found = exhibit(envelope, ())

    assert holds(envelope)
    assert found is not None
    assert [etree.fromstring(octets).tag.rpartition("}")[2] for octets in found.covered] == ["Messaging", "Body"]


def test_an_altered_header_does_not_verify() -> None:
    """The control."""
    assert not holds(signed().replace(b"KZ.KGD", b"BY.GTK"))


def test_a_certificate_that_is_only_named_comes_from_the_known_ones() -> None:
    """By its key identifier; where it is not known any more, the rest is there all the same."""
    envelope = signed(how=How(token=Token.SKI))

    assert holds(envelope, signer().chain)
    unknown = exhibit(envelope, ())
    assert unknown is not None
    assert (unknown.certificate, len(unknown.covered)) == ("", 2)


UNSIGNED = soap()


@pytest.mark.parametrize(
    "change",
    [
        lambda _: UNSIGNED,
        lambda _: b"no XML",
        lambda made: made.replace(b'URI="#body"', b'URI="#other"'),
        lambda made: made.replace(b"ds:KeyInfo>", b"ds:Other>"),
        lambda made: made[: made.index(b"<ds:SignedInfo")] + b"<ds:SignedInfo/>" + made.partition(b"</ds:SignedInfo>")[2],
        lambda made: made.replace(b"ds:SignedInfo>", b"ds:Other>").replace(b"<ds:SignedInfo ", b"<ds:Other "),
        lambda made: made.replace(b'<ds:Transforms><ds:Transform Algorithm="http://www.w3.org/2001/10/xml-exc-c14n#">'
                                  b"</ds:Transform></ds:Transforms>", b""),
    ],
    ids=["unsigned", "no-xml", "elsewhere", "no-key", "empty", "no-signed-info", "no-transform"],
)  # fmt: skip
def test_what_is_not_signed_as_as4_signs_is_no_exhibit(change: Callable[[bytes], bytes]) -> None:
    """Nothing is made up."""
    made = change(signed())

    assert made != signed()
    assert exhibit(made, signer().chain) is None


def holding() -> list[Any]:
    """A test parameter for each recorded message whose signature holds."""
    rows = recorded.rows()
    return [each for each in rows if not each.values[0] or _holding(each.values[0])]


def _holding(row: dict[str, Any]) -> bool:
    return bool(row["expect"] == "accept" and row["policy"]["sign"])


@pytest.mark.parametrize("row", holding())
def test_signatures_of_other_products_verify_from_the_octets_alone(row: dict[str, Any]) -> None:
    """Every recorded message and receipt whose signature holds on arrival holds from its exhibit."""
    multipart = row["content_type"].startswith("multipart/")
    body = recorded.body(row)
    content = mime.split(body, row["content_type"])[0].content if multipart else body
    trust = [(recorded.FOLDER / "keys" / name).read_bytes() for name in row["keys"]["trust"]]

    assert holds(content, tuple(map(x509.load_pem_x509_certificate, trust)))


def test_the_exhibit_is_of_what_was_verified() -> None:
    """The parser is the one of arrival: comments are in neither."""
    envelope = signed(envelope=soap(more="<!-- x -->"))
    checked(envelope)

    assert holds(envelope)
