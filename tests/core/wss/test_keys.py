"""A signer has the key of its certificate and a method that fits it; a verifier believes nothing else."""

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from gateway.core.wss.algorithms import METHODS, digest_name, method_name, method_uri
from gateway.core.wss.keys import LOCAL, fits, local_signer
from tests.core.wss.making import certificate, key, signer

SUITING = {
    "rsa": "rsa-sha256",
    "p256": "ecdsa-sha256",
    "brainpool": "ecdsa-sha256",
    "p384": "ecdsa-sha384",
    "p521": "ecdsa-sha512",
    "ed25519": "ed25519",
}


@pytest.mark.parametrize("kind", SUITING)
def test_method_is_chosen_by_the_key(kind: str) -> None:
    """And what it signs verifies, by that method and for that data alone."""
    by = signer(kind)
    made = by.sign(b"data")

    assert by.method == SUITING[kind]
    assert LOCAL.verify(by.method, by.chain[0], made, b"data")
    assert not LOCAL.verify(by.method, by.chain[0], made, b"other")
    assert not LOCAL.verify(by.method, by.chain[0], made[:-1], b"data")
    assert not LOCAL.verify(by.method, certificate(key(kind, 1)), made, b"data")


@pytest.mark.parametrize("kind", SUITING)
@pytest.mark.parametrize("method", [*METHODS, "urn:x", "hmac-sha256", ""])
def test_no_key_is_used_by_a_method_of_another_kind(kind: str, method: str) -> None:
    """Key confusion: whatever is given as the value."""
    by = signer(kind)
    if method not in METHODS or not fits(METHODS[method], by.chain[0].public_key()):
        assert not LOCAL.verify(method, by.chain[0], by.sign(b"data"), b"data")


@pytest.mark.parametrize("size", [32, 66])
def test_pair_has_the_length_of_its_curve(size: int) -> None:
    """RFC 9231 2.3.6: two numbers, each as long as the order; P-521 has 66 octets."""
    by = signer("p256" if size == 32 else "p521")

    assert len(by.sign(b"data")) == 2 * size


def test_zeros_are_no_signature() -> None:
    """CVE-2022-21449: r and s are not 0."""
    by = signer("p256")

    assert not LOCAL.verify(by.method, by.chain[0], bytes(64), b"data")


@pytest.mark.parametrize(
    ("kind", "method"), [("p256", "rsa-sha256"), ("rsa", "ed25519"), ("rsa", "rsa-sha1"), ("weak", "")]
)
def test_method_that_does_not_fit_the_key_makes_no_signer(kind: str, method: str) -> None:
    """Found when the gateway starts, not when it signs."""
    with pytest.raises(ValueError, match="does not fit"):
        local_signer((certificate(key(kind)),), key(kind), method)


@pytest.mark.parametrize("empty", [True, False])
def test_key_of_another_certificate_makes_no_signer(empty: bool) -> None:  # noqa: FBT001 - a row
    """Every signature would fail at the partner."""
    with pytest.raises(ValueError, match="not that of the first certificate"):
        local_signer(() if empty else (certificate(key("p256", 1)),), key("p256"))


def test_key_that_this_process_does_not_know_fits_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """A national key is for the verifier of its suite."""
    by = signer("ed25519")
    made = by.sign(b"data")
    monkeypatch.setattr("gateway.core.wss.keys.public_key", lambda _: None)

    assert not LOCAL.verify("ed25519", by.chain[0], made, b"data")


class Broken:
    """A certificate whose key cannot be read."""

    def public_key(self) -> object:
        """No key."""
        raise ValueError


def test_unreadable_key_is_none() -> None:
    """Whoever made that certificate did not sign anything."""
    assert not LOCAL.verify("ed25519", Broken(), b"", b"")  # type: ignore[arg-type]


@pytest.mark.parametrize(("bits", "fitting"), [(1024, False), (2048, True), (8192, True), (9216, False)])
def test_rsa_keys_have_a_size_on_both_sides(bits: int, fitting: bool, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: FBT001 - a row
    """Less than 2048 bits is weak, more than 8192 is an attack on our time."""
    public = rsa.RSAPublicNumbers(65537, (1 << bits) - 1).public_key()

    assert monkeypatch
    assert fits(METHODS["rsa-sha256"], public) is fitting


def test_names_and_uris_are_one_to_one() -> None:
    """A method without a row is its own name; a digest without one is none."""
    assert [method_name(method_uri(name)) for name in METHODS] == list(METHODS)
    assert method_name("urn:x") == method_uri("urn:x") == "urn:x"
    assert digest_name("http://www.w3.org/2000/09/xmldsig#sha1") == ""
    assert not [row for row in METHODS.values() if "sha1" in row.uri or "md5" in row.uri or "hmac" in row.uri]


def test_ecdsa_is_deterministic() -> None:
    """RFC 6979: a repeated receipt is the identical receipt."""
    private = key("p256")
    assert isinstance(private, ec.EllipticCurvePrivateKey)
    assert signer("p256").sign(b"x") == signer("p256").sign(b"x")
