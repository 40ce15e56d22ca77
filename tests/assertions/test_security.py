"""AS4_CP_TA…: what is signed, what is encrypted, and in which order."""

import base64

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from tests.assertions.street import TRN, Forged, Street
from tests.assertions.test_core import ERROR, receipted
from tests.core.making import BY

SECURITY = "/S12:Envelope/S12:Header/wsse:Security"
INFO = f"{SECURITY}/ds:Signature/ds:SignedInfo"


def token(seen_value: str) -> bytes:
    """The certificate in a BinarySecurityToken, as DER."""
    return x509.load_der_x509_certificate(base64.b64decode(seen_value)).public_bytes(Encoding.DER)


async def test_as4_cp_ta12_the_signature_is_as_the_profile_says(on: Street) -> None:
    """SHA-256, RSA-SHA256, the sender's certificate; Messaging by its id, the empty Body and every part are covered."""
    seen = await on.send()

    assert set(seen.find(f"{INFO}//ds:DigestMethod/@Algorithm")) == {"http://www.w3.org/2001/04/xmlenc#sha256"}
    assert seen.find(f"{INFO}/ds:SignatureMethod/@Algorithm") == ["http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"]
    own = on.town["KZ.KGD"].settings.register.signers[0].chain[0].public_bytes(Encoding.DER)
    assert token(seen.find(f"{SECURITY}/wsse:BinarySecurityToken[last()]")[0]) == own
    named = [seen.find(f"//{name}/@wsu:Id")[0] for name in ("eb:Messaging", "S12:Body")]
    parts = [f"cid:{part.content_id}" for part in seen.raw.parts]
    assert seen.find(f"{INFO}/ds:Reference/@URI") == [*(f"#{name}" for name in named), *parts]


async def test_as4_cp_ta13_the_encryption_is_as_the_profile_says(on: Street) -> None:
    """AES-128-GCM, for the receiver's certificate; what is on the wire is not the document."""
    seen = await on.send()

    methods = seen.find(f"{SECURITY}/xenc:EncryptedData/xenc:EncryptionMethod/@Algorithm")
    assert methods == ["http://www.w3.org/2009/xmlenc11#aes128-gcm"]
    (reader,) = on.town["KZ.KGD"].settings.register.parties[BY].readers
    assert token(seen.find(f"{SECURITY}/wsse:BinarySecurityToken[1]")[0]) == reader.public_bytes(Encoding.DER)
    assert [part.content for part in seen.raw.parts] != [part.content for part in seen.opened.parts]


async def test_as4_cp_ta34_compressed_then_signed_is_receipted(on: Street) -> None:
    """The signature covers the gzip bytes."""
    assert receipted(await on.simulate(*Forged().made(on)))


async def test_as4_cp_ta35_signed_then_compressed_is_refused(on: Street) -> None:
    """What the signature covers is not what came: EBMS:0101; nothing is delivered."""
    seen = await on.simulate(*Forged().signed_before_packing(on))

    assert seen.answered(f"{ERROR}/@errorCode") == ["EBMS:0101"]
    assert await on.delivered() == []


async def test_as4_cp_ta36_compressed_then_encrypted_is_receipted(on: Street) -> None:
    """And delivered as it was submitted."""
    assert receipted(await on.send())
    assert await on.delivered() == [[TRN]]


async def test_as4_cp_ta37_encrypted_then_compressed_is_refused(on: Street) -> None:
    """It does not decrypt: EBMS:0102; nothing is delivered."""
    seen = await on.simulate(*Forged().encrypted_before_packing(on))

    assert seen.answered(f"{ERROR}/@errorCode") == ["EBMS:0102"]
    assert await on.delivered() == []


async def test_as4_cp_ta38_compressed_signed_and_encrypted_is_receipted(on: Street) -> None:
    """Both a signature over the gzip bytes and their encryption are there."""
    seen = await on.send()

    assert receipted(seen)
    assert seen.find(f"{SECURITY}/xenc:EncryptedData/@MimeType") == ["application/gzip"]


@pytest.mark.parametrize(
    ("old", "new"), [(b"<eb:Action>", b"<eb:Action> "), (b'<S12:Body wsu:Id="body"', b'<S12:Body a="" wsu:Id="body"')]
)
async def test_what_is_changed_after_signing_is_refused(on: Street, old: bytes, new: bytes) -> None:
    """The control of what the signature covers: header and Body."""
    content_type, body = Forged().made(on)
    assert old in body

    seen = await on.simulate(content_type, body.replace(old, new, 1))
    assert seen.answered(f"{ERROR}/@errorCode") == ["EBMS:0101"]
