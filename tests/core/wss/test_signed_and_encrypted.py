"""Signed, then encrypted; decrypted, then verified (AS4 5.1.4: the signature is over what is then encrypted)."""

from collections.abc import Mapping

import pytest
from lxml import etree

from gateway.core.errors import ErrorCode, Rejected
from gateway.core.pmode import Token
from gateway.core.wss.decrypt import open_keys, require_encrypted
from gateway.core.wss.encrypt import Encrypted, Encryption, encrypt, writer
from gateway.core.wss.gcm import decrypt_whole
from gateway.core.wss.names import SECURITY
from gateway.core.wss.sign import sign
from tests.core.wss.making import HOW, PARTS, carried, checked, digests, signer, soap
from tests.core.wss.recipients import drawn, recipient


def sent(how: Encryption, kind: str) -> tuple[bytes, Encrypted]:
    """The envelope over the plain parts, and how these were encrypted."""
    encrypted = encrypt(recipient(kind).certificate, how, [(cid, "application/gzip") for cid in PARTS], drawn)
    return sign(soap(), digests(carried(), HOW), signer(), HOW, encrypted.extra), encrypted


def wires(encrypted: Encrypted, parts: Mapping[str, bytes] = PARTS) -> dict[str, bytes]:
    """The parts as they travel."""
    made = {cid: writer(encrypted.key, cid) for cid in parts}
    return {cid: made[cid].feed(content) + made[cid].finish() for cid, content in parts.items()}


def received(envelope: bytes, kind: str, parts: Mapping[str, bytes]) -> None:
    """What the recipient does."""
    keys = open_keys(next(etree.fromstring(envelope).iter(SECURITY)), [recipient(kind)], lambda size: b"?" * size)
    require_encrypted(keys, parts)
    checked(envelope, carried({cid: decrypt_whole(keys[cid].key, wire) for cid, wire in parts.items()}))


@pytest.mark.parametrize("token", Token)
@pytest.mark.parametrize(("kind", "method"), [("rsa", "rsa-oaep"), ("x25519", "x25519"), ("p256", "ecdh-es")])
def test_what_is_signed_and_encrypted_arrives(token: Token, kind: str, method: str) -> None:
    """Every way of encryption stands in the same header as the signature, and neither disturbs the other."""
    envelope, encrypted = sent(Encryption(key=method, token=token), kind)
    received(envelope, kind, wires(encrypted))


def test_the_signature_is_over_the_plain_parts() -> None:
    """Whoever encrypts other content under the right key has not signed it."""
    envelope, encrypted = sent(Encryption(key="x25519"), "x25519")
    with pytest.raises(Rejected) as refusal:
        received(envelope, "x25519", wires(encrypted, {**PARTS, "a@x": b"\x1f\x8b six"}))
    assert refusal.value.first is ErrorCode.EBMS_0101


def test_one_part_does_not_pass_for_another() -> None:
    """Ciphertexts that change places open, but are not what was signed under those names."""
    envelope, encrypted = sent(Encryption(key="x25519"), "x25519")
    swapped = dict(zip(PARTS, reversed(wires(encrypted).values()), strict=True))
    with pytest.raises(Rejected) as refusal:
        received(envelope, "x25519", swapped)
    assert refusal.value.first is ErrorCode.EBMS_0101


def test_a_part_may_be_named_percent_encoded() -> None:
    """In all three references (RFC 2392 2); our own names need no encoding."""
    parts = {"a%40x": b"\x1f\x8b one"}
    encrypted = encrypt(recipient("x25519").certificate, Encryption(key="x25519"), [("a%40x", "x/y")], drawn)
    envelope = sign(soap(), digests(carried(parts), HOW), signer(), HOW, encrypted.extra)
    received(envelope, "x25519", {"a@x": wires(encrypted, parts)["a%40x"]})
