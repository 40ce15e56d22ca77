"""Signed messages of other products: each signature gets the verdict that its fault, or its soundness, deserves."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import load_der_private_key
from lxml import etree

from gateway.core import mime, reference, xml
from gateway.core.agreement import Limits
from gateway.core.ebms import EBBP
from gateway.core.errors import Rejected
from gateway.core.message import MimePart
from gateway.core.pmode import CLASSIC
from gateway.core.reference import DS
from gateway.core.wss import names
from gateway.core.wss.carried import Octets
from gateway.core.wss.decrypt import open_keys
from gateway.core.wss.gcm import GcmReader
from gateway.core.wss.keywrap import local_opener
from gateway.core.wss.verify import Allowed, Verified, verify
from tests.vectors import recorded

# Rightly signed: their fault is another stage's to find.
HOLDING = {
    "domibus5-usermessage-href-without-cid.mime",
    "neg-gzip-damaged.mime",
    "neg-gzip-bomb-1gib.mime",
    "neg-mimetype-property-missing.mime",
    "neg-cid-points-nowhere.mime",
    "neg-partyid-missing.mime",
    "neg-certificate-expired.mime",
}
ALLOWED = Allowed(frozenset(CLASSIC))
Row = dict[str, Any]


def signed() -> list[Any]:
    """A test parameter for each message whose P-Mode asks for a signature."""
    return [each for each in recorded.rows() if not each.values[0] or each.values[0]["policy"]["sign"]]


def pem(name: str) -> x509.Certificate:
    """A certificate beside the messages."""
    return x509.load_pem_x509_certificate((recorded.FOLDER / "keys" / name).read_bytes())


def trusted(row: Row) -> list[x509.Certificate]:
    """The certificates that the receiver's P-Mode trusts."""
    return [pem(name) for name in row["keys"]["trust"]]


def opened(row: Row) -> tuple[etree._Element, Mapping[str, Octets]]:
    """The envelope and the parts beside it, decrypted."""
    content_type = row["content_type"]
    soap, *parts = (
        mime.split(recorded.body(row), content_type)
        if content_type.startswith("multipart/")
        else [MimePart({}, recorded.body(row))]
    )
    envelope = xml.parse(soap.content, Limits())
    if row["policy"]["encrypt"]:
        return envelope, decrypted(row, envelope, parts)
    return envelope, {part.content_id: Octets(part.media_type, part.content) for part in parts}


def decrypted(row: Row, envelope: etree._Element, parts: list[MimePart]) -> Mapping[str, Octets]:
    """The parts as their sender signed them; any of our keys where the message names none of them."""
    key = row["keys"]["decrypt"] or "domibus-red_gw.key.der"
    octets = (recorded.FOLDER / "keys" / key).read_bytes()
    opener = local_opener(pem(key.replace(".key.der", ".crt.pem")), load_der_private_key(octets, None))
    keys = open_keys(next(envelope.iter(names.SECURITY)), [opener], lambda size: b"?" * size)
    found = {}
    for part in parts:
        reader = GcmReader(keys[part.content_id].key)
        plain = reader.feed(part.content) + reader.finish()
        found[part.content_id] = Octets(keys[part.content_id].media_type, plain)
    return found


def verified(row: Row) -> Verified:
    """The message decrypted and verified."""
    envelope, parts = opened(row)
    return verify(envelope, parts, ALLOWED, trusted(row))


@pytest.mark.parametrize("row", signed())
def test_recorded_signature_gets_the_expected_verdict(row: Row) -> None:
    """Sound ones hold and name a trusted certificate; the others are refused with a code that is right."""
    if row["expect"] == "accept" or row["file"] in HOLDING:
        found = verified(row)
        assert found.chain[0] in trusted(row)
        assert found.method == row["algorithms"]["signature"]
        return
    with pytest.raises(Rejected) as refused:
        verified(row)
    assert refused.value.first.code in {row["expect"], *row["also_ok"]}


@pytest.mark.parametrize("row", [each for each in signed() if not each.values[0] or "sent" in each.values[0]])
def test_receipt_of_another_product_repeats_the_references_of_the_request(row: Row) -> None:
    """Domibus: NonRepudiationInformation is the set of the request's references; an altered one is another set."""
    request = next(each for each in recorded.manifest() if each["file"] == row["sent"]["file"])
    envelope, _ = opened(row)
    stated = [
        reference.read(each)
        for each in next(envelope.iter(f"{{{EBBP}}}NonRepudiationInformation")).iter(f"{{{DS}}}Reference")
    ]

    assert (set(stated) == set(verified(request).references)) is (row["expect"] == "accept")


@pytest.mark.parametrize(
    "row", [each for each in signed() if not each.values[0] or each.id == "neg-certificate-expired.mime"]
)
def test_expired_certificate_is_for_trust_to_refuse(row: Row) -> None:
    """The signature holds; that its certificate had ended is seen by who knows the time."""
    assert verified(row).chain[0].not_valid_after_utc < datetime.fromisoformat(row["valid_at"])
