"""Content keys under way: the published examples of every step, and keys that do not fit."""

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, x25519
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from gateway.core.wss import ciphers
from gateway.core.wss.keywrap import (
    Agreement,
    Derivation,
    LocalOpener,
    Oaep,
    agree,
    fits,
    local_opener,
    opened,
    suits,
    transport,
    wrap,
)
from tests.core.wss.recipients import drawn, recipient

KEY = bytes(range(16))
HKDF16 = Derivation(ciphers.HKDF, "sha256", 16)
CURVES = ("p256", "p384", "p521", "brainpool")
WAYS = [("x25519", ciphers.X25519), *((curve, ciphers.ECDH) for curve in CURVES)]


def spki(public: x25519.X25519PublicKey | ec.EllipticCurvePublicKey) -> bytes:
    """A public key as an agreement carries it."""
    return public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def test_key_wrap_is_that_of_rfc_3394() -> None:
    """RFC 3394 4.1: 128 bits of key data under a 128-bit key."""
    data = bytes.fromhex("00112233445566778899AABBCCDDEEFF")
    assert wrap(KEY, data).hex() == "1fa68b0a8112b447aef34bd8fb5a7b829d3e862371d2cfe5"


@pytest.mark.parametrize(
    ("salt", "info", "key"),
    [
        (
            "000102030405060708090a0b0c",
            "f0f1f2f3f4f5f6f7f8f9",
            "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865",
        ),
        ("", "", "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8"),
    ],
)
def test_hkdf_is_that_of_rfc_5869(salt: str, info: str, key: str) -> None:
    """RFC 5869 A.1, and A.3 without salt and info."""
    derivation = Derivation(ciphers.HKDF, "sha256", 42, bytes.fromhex(salt), bytes.fromhex(info))
    assert derivation.key(b"\x0b" * 22).hex() == key


def test_concat_kdf_is_that_of_rfc_7518() -> None:
    """RFC 7518 C: the secret, its OtherInfo and the key that comes of them."""
    secret = bytes.fromhex("9e56d91d817135d372834283bf84269cfb316ea3da806a48f6daa7798cfe90c4")
    info = b"\0\0\0\x07A128GCM\0\0\0\x05Alice\0\0\0\x03Bob\0\0\0\x80"
    assert Derivation(ciphers.CONCAT, "sha256", 16, info=info).key(secret).hex() == "56aa8deaf8236d205c2228cd71a7101a"


def test_the_agreed_secret_is_that_of_rfc_7748() -> None:
    """RFC 7748 6.1: Bob's private key and Alice's public key."""
    bob = bytes.fromhex("5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb")
    alice = bytes.fromhex("8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a")
    opener = LocalOpener(recipient("x25519").certificate, x25519.X25519PrivateKey.from_private_bytes(bob))
    secret = opener.agree(spki(x25519.X25519PublicKey.from_public_bytes(alice)))
    assert secret.hex() == "4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742"


@pytest.mark.parametrize("digest", ciphers.DIGESTS)
@pytest.mark.parametrize("mgf", ["mgf1sha1", "mgf1sha256"])
def test_every_oaep_opens_with_its_own_parameters_only(digest: str, mgf: str) -> None:
    """The same digest, mask and label open it; any other label does not."""
    opener, oaep = recipient("rsa"), Oaep(digest, mgf, b"label")
    wrapped = transport(opener.certificate, oaep, KEY)
    assert opened(opener, oaep, wrapped) == KEY
    assert opened(opener, Oaep(digest, mgf), wrapped) is None


@pytest.mark.parametrize(("kind", "method"), WAYS)
@pytest.mark.parametrize("derivation", [HKDF16, Derivation(ciphers.CONCAT, "sha256", 16)])
def test_an_agreement_opens_for_its_recipient_only(kind: str, method: str, derivation: Derivation) -> None:
    """Both sides make the same wrapping key; the owner of another key makes none of use."""
    opener = recipient(kind)
    agreement, wrapping = agree(opener.certificate, method, derivation, drawn)
    wrapped = wrap(wrapping, KEY)
    assert opened(opener, agreement, wrapped) == KEY
    assert opened(recipient(kind, "other"), agreement, wrapped) is None
    assert opened(opener, agreement, wrapped[:-1]) is None


@pytest.mark.parametrize("octets", [b"", b"\x30\x00", spki(ec.generate_private_key(ec.SECP256K1()).public_key())])
def test_octets_that_are_no_key_open_nothing(octets: bytes) -> None:
    """Neither no key, nor something else, nor a key on another curve raises anything."""
    assert opened(recipient("p256"), Agreement(ciphers.ECDH, octets, HKDF16), b"?" * 24) is None


def test_a_point_of_low_order_opens_nothing() -> None:
    """An all-zero secret is no secret (RFC 7748 6.1)."""
    zero = spki(x25519.X25519PublicKey.from_public_bytes(bytes(32)))
    assert opened(recipient("x25519"), Agreement(ciphers.X25519, zero, HKDF16), b"?" * 24) is None


def test_a_key_of_another_kind_opens_nothing() -> None:
    """RSA keys agree on nothing, agreeing keys unwrap nothing, and kinds do not mix."""
    theirs = spki(x25519.X25519PrivateKey.generate().public_key())
    assert opened(recipient("x25519"), Oaep(), b"?" * 256) is None
    for kind in ("rsa", "p256"):
        assert opened(recipient(kind), Agreement(ciphers.X25519, theirs, HKDF16), b"?" * 24) is None


def test_an_opener_holds_the_key_of_its_certificate() -> None:
    """Neither another's certificate nor a key that only signs makes an opener."""
    certificate = recipient("p256").certificate
    for key in (ec.generate_private_key(ec.SECP256R1()), ed25519.Ed25519PrivateKey.generate()):
        with pytest.raises(ValueError, match=r"."):
            local_opener(certificate, key)


def test_keys_travel_only_to_keys_of_the_kind() -> None:
    """A P-Mode that does not fit the partner's certificate is found before anything is encrypted."""
    with pytest.raises(ValueError, match="X25519"):
        transport(recipient("x25519").certificate, Oaep(), KEY)
    for kind, method in (("rsa", ciphers.ECDH), ("rsa", ciphers.X25519), ("p256", ciphers.X25519)):
        with pytest.raises(ValueError, match=method):
            agree(recipient(kind).certificate, method, HKDF16, drawn)
        assert not suits(recipient(kind).certificate, method)


@pytest.mark.parametrize(("kind", "method"), [*WAYS, ("rsa", ciphers.OAEP), ("rsa", ciphers.OAEP_MGF1P)])
def test_an_opener_fits_what_its_kind_opens(kind: str, method: str) -> None:
    """RSA for OAEP, X25519 for x25519, curves for ECDH-ES, and nothing across."""
    way = Agreement(method, b"", HKDF16) if method in ciphers.AGREEMENTS else Oaep()
    assert suits(recipient(kind).certificate, method)
    assert fits(recipient(kind), way)
    for other in {"rsa", "x25519", "p256"} - {kind if kind not in CURVES else "p256"}:
        assert not fits(recipient(other), way)
