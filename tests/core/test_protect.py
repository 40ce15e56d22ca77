"""What security a P-Mode puts on a message that goes out."""

from dataclasses import replace

import pytest
from lxml import etree

from gateway.core import ebms
from gateway.core.message import payload
from gateway.core.pmode import PROFILES, PMode, Token
from gateway.core.security import protect
from gateway.core.wss.ciphers import XENC
from gateway.core.wss.names import WSSE
from gateway.core.wss.sign import PartDigest
from tests.core.making import PARTY, REGISTER, header, parts
from tests.core.wss.making import signer
from tests.core.wss.recipients import recipient

CLASSIC, MODERN = PROFILES["edelivery-1.15"], PROFILES["edelivery-2.0"]


def reference(pmode: PMode, kind: str) -> str:
    """The element by which the header names whom the parts are encrypted for."""
    party = replace(PARTY, readers=(recipient(kind).certificate,))
    register = replace(REGISTER, signers=(signer("rsa"), signer("ed25519")))
    packed = parts(payload("", "application/xml", b"<a/>"))
    digests = [PartDigest(part.cid, part.packed_digest) for part in packed]

    made = protect(ebms.write_user_message(header(), packed), digests, (party, pmode), register, bytes)

    (key,) = etree.fromstring(made.soap).iter(f"{{{XENC}}}EncryptedKey")
    (named,) = key.iter(f"{{{WSSE}}}SecurityTokenReference")
    return etree.QName(named[0]).localname


@pytest.mark.parametrize(
    ("pmode", "kind", "element"),
    [
        (CLASSIC, "rsa", "Reference"),
        (replace(CLASSIC, token=Token.SKI), "rsa", "KeyIdentifier"),
        (replace(CLASSIC, token=Token.ISSUER_SERIAL), "rsa", "X509Data"),
        (replace(CLASSIC, token=Token.PKIPATH), "rsa", "KeyIdentifier"),
        (MODERN, "x25519", "KeyIdentifier"),
        (replace(MODERN, token=Token.BST), "x25519", "KeyIdentifier"),
    ],
)
def test_a_recipient_is_named_as_its_profile_says(pmode: PMode, kind: str, element: str) -> None:
    """The certificate itself in eDelivery 1.15 (1.4.2); in 2.0, and where only paths are sent, its key's identifier."""
    assert reference(pmode, kind) == element
