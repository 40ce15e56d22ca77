"""Encrypted messages of other products: all open, and what must be refused is."""

import gzip
import json
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import load_der_private_key
from lxml import etree

from gateway.core.errors import Rejected
from gateway.core.message import MimePart
from gateway.core.mime import Reader
from gateway.core.wss.decrypt import open_keys, require_encrypted
from gateway.core.wss.gcm import GcmReader
from gateway.core.wss.keywrap import Opener, local_opener

FOLDER = Path("/work/shared/vectors/as4")
MANIFEST = FOLDER / "manifest.json"
ALL = json.loads(MANIFEST.read_text("utf-8")) if MANIFEST.exists() else []
ENCRYPTED = [row for row in ALL if "encrypt" in row["security"]]
SECURITY = "{http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd}Security"

pytestmark = pytest.mark.skipif(not MANIFEST.exists(), reason="the shared vectors are not on this machine")


def parts_of(row: dict[str, Any]) -> list[tuple[MimePart, bytes]]:
    """The MIME parts of a recorded message, the envelope first."""
    found: list[tuple[MimePart, bytes]] = []
    for each in Reader(row["content_type"]).feed((FOLDER / row["file"]).read_bytes()):
        if isinstance(each, MimePart):
            found.append((each, b""))
        else:
            found[-1] = (found[-1][0], found[-1][1] + each)
    return found


def opener(name: str) -> Opener:
    """The receiver's published test key."""
    certificate = x509.load_pem_x509_certificate((FOLDER / "keys" / name.replace(".key.der", ".crt.pem")).read_bytes())
    return local_opener(certificate, load_der_private_key((FOLDER / "keys" / name).read_bytes(), None))


def decrypted(row: dict[str, Any], *openers: Opener) -> dict[str, bytes]:
    """The content of every part."""
    (_, envelope), *payloads = parts_of(row)
    security = next(etree.fromstring(envelope).iter(SECURITY))
    keys = open_keys(security, openers, lambda size: b"?" * size)
    require_encrypted(keys, [part.content_id for part, _ in payloads])
    found = {}
    for part, content in payloads:
        reader = GcmReader(keys[part.content_id].key)
        found[part.content_id] = gzip.decompress(reader.feed(content) + reader.finish())
    return found


@pytest.mark.parametrize("row", ENCRYPTED, ids=[row["file"] for row in ENCRYPTED])
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
