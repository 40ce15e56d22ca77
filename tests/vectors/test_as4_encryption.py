"""Encrypted messages of other products: all open, what must be refused is, and what is written here looks as theirs."""

import gzip
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import load_der_private_key
from lxml import etree

from gateway.core.errors import Rejected
from gateway.core.message import MimePart
from gateway.core.mime import Reader
from gateway.core.pmode import Token
from gateway.core.wss import ciphers
from gateway.core.wss.ciphers import NS
from gateway.core.wss.decrypt import open_keys, require_encrypted
from gateway.core.wss.encrypt import Encryption, encrypt
from gateway.core.wss.gcm import GcmReader
from gateway.core.wss.keywrap import Opener, local_opener
from gateway.core.wss.names import IDS, WSSE
from tests.vectors.recorded import FOLDER, MISSING, body, manifest

ENCRYPTED = [row for row in manifest() if "encrypt" in row["security"]]
ROWS = [pytest.param(row, id=row["file"]) for row in ENCRYPTED]
TOKENS = {
    "KeyIdentifier X509SubjectKeyIdentifier": Token.SKI,
    "BinarySecurityToken X509v3": Token.BST,
    "X509IssuerSerial": Token.ISSUER_SERIAL,
}

pytestmark = pytest.mark.skipif(not ENCRYPTED, reason=MISSING)


def parts_of(row: dict[str, Any]) -> list[tuple[MimePart, bytes]]:
    """The MIME parts of a recorded message, the envelope first."""
    found: list[tuple[MimePart, bytes]] = []
    for each in Reader(row["content_type"]).feed(body(row)):
        if isinstance(each, MimePart):
            found.append((each, b""))
        else:
            found[-1] = (found[-1][0], found[-1][1] + each)
    return found


def security_of(row: dict[str, Any]) -> etree._Element:
    """Its security header."""
    return next(etree.fromstring(parts_of(row)[0][1]).iter(f"{{{WSSE}}}Security"))


def opener(name: str) -> Opener:
    """The receiver's published test key."""
    certificate = x509.load_pem_x509_certificate((FOLDER / "keys" / name.replace(".key.der", ".crt.pem")).read_bytes())
    return local_opener(certificate, load_der_private_key((FOLDER / "keys" / name).read_bytes(), None))


def decrypted(row: dict[str, Any], *openers: Opener) -> dict[str, bytes]:
    """The content of every part."""
    keys = open_keys(security_of(row), openers, lambda size: b"?" * size)
    payloads = parts_of(row)[1:]
    require_encrypted(keys, [part.content_id for part, _ in payloads])
    found = {}
    for part, content in payloads:
        reader = GcmReader(keys[part.content_id].key)
        found[part.content_id] = gzip.decompress(reader.feed(content) + reader.finish())
    return found


def shape(element: etree._Element) -> object:
    """Names and attributes, all the way down; of values, those that are no ids and no content."""
    values = {name: "" if name in {"Id", IDS[0], "URI"} else value for name, value in sorted(element.attrib.items())}
    return element.tag, values, [shape(child) for child in element]


@pytest.mark.parametrize("row", ROWS)
def test_a_recorded_message_gets_the_expected_verdict(row: dict[str, Any]) -> None:
    """What Domibus encrypted to our key opens; an altered part, and one for another's key, do not."""
    openers = [opener("domibus-expired-blue_gw.key.der"), opener(row["keys"]["decrypt"] or "domibus-red_gw.key.der")]
    if row["expect"] == "accept":
        assert all(content.startswith(b"<") for content in decrypted(row, *openers).values())
    else:
        with pytest.raises(Rejected) as refusal:
            decrypted(row, *openers)
        assert refusal.value.first.code == row["expect"]


def test_the_vectors_hold_what_they_are_here_for() -> None:
    """Messages that open, one for another's key, and one altered on its way."""
    assert {row["expect"] for row in ENCRYPTED} == {"accept", "EBMS:0102"}


@pytest.mark.parametrize("row", ROWS)
def test_what_is_written_here_has_the_shape_of_theirs(row: dict[str, Any]) -> None:
    """The same elements, attributes and algorithms, in the same order, as Domibus and phase4 write (WSS4J)."""
    theirs = security_of(row)
    cids = [(part.content_id, "application/gzip") for part, _ in parts_of(row)[1:]]
    how = Encryption(token=TOKENS[row["algorithms"]["encryption_key_reference"]])
    extra = encrypt(opener("domibus-red_gw.key.der").certificate, how, cids, lambda size: b"?" * size).extra
    ours = etree.fromstring(b"<Security>" + extra + b"</Security>")
    reference = theirs.find("xenc:EncryptedKey/ds:KeyInfo//wsse:Reference", NS)
    wanted = ["" if reference is None else reference.get("URI", "").removeprefix("#")]
    sent = [
        each for each in theirs if etree.QName(each).namespace == ciphers.XENC or (each.get(IDS[0]) or "?") in wanted
    ]
    assert [shape(each) for each in ours] == [shape(each) for each in sent]
